{{- define "trace.agent.namespace" -}}
{{- default (printf "%s-agent" .Release.Namespace) .Values.agent.namespace.name -}}
{{- end -}}

{{/* The layers in their order, later ones winning. Without a right to the kubelet's figures they are not asked for. */}}
{{- define "trace.agent.layers" -}}
base agent{{ if .Values.rbac.create }} kubelet{{ end }}
{{- end -}}

{{/*
Paths of pods whose lines are not read, as JSON. What stands on the logs' own road would say a line about each line;
the sample services send theirs by OTLP; and what agent.logs.exclude names, as namespace/pod/container.
*/}}
{{- define "trace.agent.excluded" -}}
{{- $name := include "trace.fullname" . -}}
{{- $pods := list (printf "%s/%s-agent-*/*" (include "trace.agent.namespace" .) $name) -}}
{{- $ours := list "collector" "loki" "alert-engine" -}}
{{- if .Values.sampleServices.enabled -}}
{{- $ours = concat $ours (include "trace.sampleServices.roles" . | fromYaml | keys | sortAlpha) -}}
{{- end -}}
{{- range $ours }}{{ $pods = append $pods (printf "%s/%s-%s-*/*" $.Release.Namespace $name .) }}{{ end -}}
{{- $paths := list -}}
{{- range concat $pods .Values.agent.logs.exclude -}}
{{- $parts := splitList "/" . -}}
{{- $paths = append $paths (printf "/var/log/pods/%s_%s_*/%s/*" (index $parts 0) (index $parts 1) (index $parts 2)) -}}
{{- end -}}
{{- toJson $paths -}}
{{- end -}}
