{{/*
Looks through the values for what values.schema.json leaves to this chart to say, since Helm's own words for it name
nothing (charts/values/src/kinds.ts): keys that there are not, maps that have lost their defaults, texts that do not
look like what they should be. Every problem is a line, with the nearest right thing.
*/}}
{{- define "trace.settings" -}}
{{- $schema := .Files.Get "files/values.schema.json" | fromJson -}}
{{- $context := dict "definitions" $schema.definitions "problems" list -}}
{{- $values := .Values -}}
{{- if not .Chart.IsRoot -}}
{{- /* In a chart around this one `global` is everybody's, and `enabled` may be what switches this one on. */ -}}
{{- $schema = set $schema "properties" (omit $schema.properties "global") -}}
{{- $values = omit .Values "global" "enabled" -}}
{{- end -}}
{{- include "trace.settings.look" (dict "context" $context "schema" $schema "value" $values "path" list) -}}
{{- with $context.problems -}}
{{- include "trace.refuse" (join "\n\n" .) -}}
{{- end -}}
{{- end -}}

{{/* `helm lint` goes on after a `fail`, even with --strict; a template that there is not is more than it puts up with. */}}
{{- define "trace.refuse" -}}
{{- fail (printf "\n\n%s" .) -}}
{{- include . . -}}
{{- end -}}

{{/* One value and all that is below it: dict "context" … "schema" … "value" … "path" (list "tempo" "image") */}}
{{- define "trace.settings.look" -}}
{{- $schema := .schema -}}
{{- with get $schema "$ref" -}}
{{- $schema = get $.context.definitions (trimPrefix "#/definitions/" .) -}}
{{- end -}}
{{- if kindIs "map" .value -}}
{{- $properties := default dict $schema.properties -}}
{{- range $key, $value := .value -}}
{{- $path := append $.path $key -}}
{{- if hasKey $properties $key -}}
{{- include "trace.settings.look" (dict "context" $.context "schema" (get $properties $key) "value" $value "path" $path) -}}
{{- else -}}
{{- include "trace.settings.unknown" (dict "context" $.context "schema" $schema "path" $path) -}}
{{- end -}}
{{- end -}}
{{- range $key, $property := $properties -}}
{{- if not (hasKey $.value $key) -}}
{{- include "trace.settings.lost" (dict "context" $.context "schema" $property "path" (append $.path $key)) -}}
{{- end -}}
{{- end -}}
{{- else if and $schema.anyOf (not (kindIs "invalid" .value)) -}}
{{- include "trace.settings.format" (dict "context" .context "schema" $schema "value" .value "path" .path) -}}
{{- end -}}
{{- end -}}

{{- define "trace.settings.problem" -}}
{{- $_ := set .context "problems" (append .context.problems .line) -}}
{{- end -}}

{{/*
A key that its map does not list. Of a free map that is right, of one of files the name has to be one; else the line
has the nearest that there is, or the one of its very name a level below.
*/}}
{{- define "trace.settings.unknown" -}}
{{- $key := last .path -}}
{{- with dig "additionalProperties" "deprecationMessage" "" .schema -}}
{{- $isFile := false -}}
{{- range $pattern, $_ := default dict $.schema.patternProperties -}}
{{- $isFile = or $isFile (regexMatch $pattern $key) -}}
{{- end -}}
{{- if $.schema.properties -}}
{{- include "trace.settings.nearest" $ -}}
{{- else if not $isFile -}}
{{- include "trace.settings.problem" (dict "context" $.context "line" (printf "%s: %s." (join "." $.path) .)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "trace.settings.nearest" -}}
{{- $key := last .path -}}
{{- $above := initial .path -}}
{{- $keys := keys .schema.properties | sortAlpha -}}
{{- $nearest := include "trace.nearest" (dict "word" $key "candidates" $keys) -}}
{{- range $each := $keys -}}
{{- $property := get $.schema.properties $each -}}
{{- with get $property "$ref" -}}
{{- $property = get $.context.definitions (trimPrefix "#/definitions/" .) -}}
{{- end -}}
{{- if and (not $nearest) (hasKey (default dict $property.properties) $key) -}}
{{- $nearest = printf "%s.%s" $each $key -}}
{{- end -}}
{{- end -}}
{{- $line := printf "%s is not a setting of this chart." (join "." .path) -}}
{{- if $nearest -}}
{{- $line = printf "%s Did you mean %s?" $line (join "." (append $above $nearest)) -}}
{{- else if $above -}}
{{- $line = printf "%s Below %s there are %s." $line (join "." $above) (join ", " $keys) -}}
{{- else -}}
{{- $line = printf "%s There are %s." $line (join ", " $keys) -}}
{{- end -}}
{{- include "trace.settings.problem" (dict "context" .context "line" $line) -}}
{{- end -}}

{{/* `tempo:` with nothing below it takes all of its defaults away. That there are no resources is a choice. */}}
{{- define "trace.settings.lost" -}}
{{- $schema := .schema -}}
{{- with get $schema "$ref" -}}
{{- $schema = get $.context.definitions (trimPrefix "#/definitions/" .) -}}
{{- end -}}
{{- if and $schema.properties (dig "additionalProperties" "deprecationMessage" "" $schema) (ne (last .path) "resources") -}}
{{- $line := printf "%s is null, and so without any of its defaults. Take the line out, or put settings below it." (join "." .path) -}}
{{- include "trace.settings.problem" (dict "context" .context "line" $line) -}}
{{- end -}}
{{- end -}}

{{/* A text that does not look like what it should be. */}}
{{- define "trace.settings.format" -}}
{{- $form := first .schema.anyOf -}}
{{- $text := toString .value -}}
{{- if and (kindIs "float64" .value) (eq (floor .value) .value) -}}
{{- $text = printf "%.0f" .value -}}
{{- end -}}
{{- if not (regexMatch $form.pattern $text) -}}
{{- $example := first .schema.examples -}}
{{- if regexMatch "^[0-9]+$" $text -}}
{{- $example = print $text (regexFind "[A-Za-z]*$" $example) -}}
{{- end -}}
{{- $lower := $text | lower | trunc 39 | trimSuffix "-" -}}
{{- if regexMatch $form.pattern $lower -}}
{{- $example = $lower -}}
{{- end -}}
{{- $yaml := "" -}}
{{- range $depth, $key := .path -}}
{{- $yaml = printf "%s%s%s:" $yaml (ternary "\n" "" (gt $depth 0)) (indent (int (mul 2 $depth)) $key) -}}
{{- end -}}
{{- $line := printf "%s: %q: %s. Put this into your values:\n\n%s %s" (join "." .path) $text (last .schema.anyOf).deprecationMessage $yaml $example -}}
{{- include "trace.settings.problem" (dict "context" .context "line" $line) -}}
{{- end -}}
{{- end -}}
