{{/* The layers of the Collector that reads from Kafka, later ones winning. */}}
{{- define "trace.kafkaReader.layers" -}}
base
{{- if include "trace.tempo.endpoint" . }} tempo kafka-tempo{{ end }}
{{- if include "trace.loki.url" . }} loki kafka-loki{{ end }}
{{- if include "trace.prometheus.url" . }} prometheus kafka-prometheus{{ end }}
{{- end -}}

{{/* TLS and SASL of the receivers that those layers have. */}}
{{- define "trace.kafkaReader.connection" -}}
{{- $client := include "trace.kafka.client" . | fromYaml -}}
{{- $receivers := dict -}}
{{- if include "trace.tempo.endpoint" . }}{{ $_ := set $receivers "kafka/traces" $client }}{{ end -}}
{{- if include "trace.loki.url" . }}{{ $_ := set $receivers "kafka/logs" $client }}{{ end -}}
{{- if include "trace.prometheus.url" . }}{{ $_ := set $receivers "kafka/metrics" $client }}{{ end -}}
{{- dict "receivers" $receivers | toYaml -}}
{{- end -}}
