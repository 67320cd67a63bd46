{{/*
Where each backend is: the one of this chart, else the external one, else nothing.
*/}}
{{- define "trace.tempo.endpoint" -}}
{{- if .Values.tempo.enabled -}}
{{ include "trace.fullname" . }}-tempo:14317
{{- else -}}
{{ .Values.tempo.external.endpoint }}
{{- end -}}
{{- end -}}

{{- define "trace.tempo.queryUrl" -}}
{{- if .Values.tempo.enabled -}}
http://{{ include "trace.fullname" . }}-tempo:3200
{{- else -}}
{{ .Values.tempo.external.queryUrl }}
{{- end -}}
{{- end -}}

{{- define "trace.loki.url" -}}
{{- if .Values.loki.enabled -}}
http://{{ include "trace.fullname" . }}-loki:3100
{{- else -}}
{{ .Values.loki.external.endpoint | trimSuffix "/" }}
{{- end -}}
{{- end -}}

{{- define "trace.prometheus.url" -}}
{{- if .Values.prometheus.enabled -}}
http://{{ include "trace.fullname" . }}-prometheus:9090
{{- else -}}
{{ .Values.prometheus.external.endpoint | trimSuffix "/" }}
{{- end -}}
{{- end -}}

{{- define "trace.nats.url" -}}
{{- if .Values.nats.enabled -}}
nats://{{ include "trace.fullname" . }}-nats:4222
{{- else -}}
{{ .Values.nats.external.endpoint }}
{{- end -}}
{{- end -}}

{{/*
An egress rule to an address outside of this chart: its port is all that a NetworkPolicy can hold it to, for it
knows no names. Of a URL without a port it is 443 or 80.
*/}}
{{- define "trace.egress.external" -}}
{{- $port := regexFind ":[0-9]+(/|$)" . | trimAll ":/" -}}
{{- if not $port }}{{ $port = ternary "80" "443" (hasPrefix "http://" .) }}{{ end -}}
- ports:
    - { protocol: TCP, port: {{ $port }} }
{{- end -}}

{{/* Egress rules to the brokers: each port that one of them has. */}}
{{- define "trace.egress.kafka" -}}
{{- $ports := list -}}
{{- range .Values.kafka.brokers }}{{ $ports = append $ports (splitList ":" . | last | int) }}{{ end -}}
- ports:
    {{- range uniq $ports }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
{{- end -}}

{{/* The store of Tempo or Loki, as its shipped file reads it: dict "prefix" "TRACE_LOGS" "s3" .Values.loki.storage.s3 */}}
{{- define "trace.storage.env" -}}
{{- $prefix := .prefix -}}
{{- with .s3 }}
{{- if .bucket }}
- name: {{ $prefix }}_STORE
  value: s3
- name: {{ $prefix }}_S3_BUCKET
  value: {{ .bucket }}
- name: {{ $prefix }}_S3_REGION
  value: {{ .region | quote }}
- name: {{ $prefix }}_S3_ENDPOINT
  value: {{ default (printf "s3.%s.amazonaws.com" .region) .endpoint }}
- name: {{ $prefix }}_S3_INSECURE
  value: {{ .insecure | quote }}
- name: {{ $prefix }}_S3_PATH_STYLE
  value: {{ .forcePathStyle | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* "7d" as "168h": Tempo, unlike Loki and Prometheus, knows no unit above the hour. */}}
{{- define "trace.hours" -}}
{{- $number := regexFind "^[0-9]+" . | int -}}
{{- $hours := get (dict "h" 1 "d" 24 "w" 168) (regexFind "[hdw]$" .) | int -}}
{{- mul $number $hours }}h
{{- end -}}
