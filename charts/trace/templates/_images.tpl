{{/* An image is put together of registry, repository, tag and digest; the first and the last two are often in the repository too. */}}
{{- define "trace.validate.images" -}}
{{- range $name, $component := .Values -}}
{{- if kindIs "map" $component -}}
{{- with $component.image -}}
{{- if hasPrefix (printf "%s/" .registry) .repository -}}
{{- include "trace.refuse" (printf "%s.image.repository has its registry in it. Put this into your values:\n\n%s:\n  image:\n    registry: %s\n    repository: %s" $name $name .registry (trimPrefix (printf "%s/" .registry) .repository)) -}}
{{- end -}}
{{- if regexMatch "[:@][^/]*$" .repository -}}
{{- $digest := regexFind "sha256:[0-9a-f]{64}$" .repository -}}
{{- $tag := .repository | trimSuffix $digest | trimSuffix "@" | regexFind ":[^/:]+$" | trimPrefix ":" -}}
{{- $repository := regexReplaceAll "[:@][^/]*$" .repository "" -}}
{{- $rest := printf "%s%s" (ternary (printf "\n    tag: %q" $tag) "" (ne $tag "")) (ternary (printf "\n    digest: %s" $digest) "" (ne $digest "")) -}}
{{- include "trace.refuse" (printf "%s.image.repository has a tag in it. Put this into your values:\n\n%s:\n  image:\n    repository: %s%s" $name $name $repository $rest) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
