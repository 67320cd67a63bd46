{{/* What one value alone cannot show. Each message ends with what to put into a values file. */}}
{{- define "trace.validate" -}}
{{- range $name := list "tempo" "loki" "prometheus" "nats" -}}
{{- $values := index $.Values $name -}}
{{- if and $values.enabled $values.external.endpoint -}}
{{- include "trace.refuse" (printf "%s is both installed and external. Put one of these into your values:\n\n%s:\n  enabled: false\n  external:\n    endpoint: %s\n\n%s:\n  enabled: true\n  external:\n    endpoint: ''\n" $name $name $values.external.endpoint $name) -}}
{{- end -}}
{{- end -}}
{{- if contains "://" .Values.tempo.external.endpoint -}}
{{- include "trace.refuse" (printf "tempo.external.endpoint is host:port of OTLP/gRPC, not a URL. Put this into your values:\n\ntempo:\n  external:\n    endpoint: %s\n" (regexReplaceAll "^[a-z]+://([^/]*).*$" .Values.tempo.external.endpoint "${1}")) -}}
{{- end -}}
{{- range $name := list "loki" "prometheus" -}}
{{- $endpoint := (index $.Values $name).external.endpoint -}}
{{- if and $endpoint (not (regexMatch "^https?://" $endpoint)) -}}
{{- include "trace.refuse" (printf "%s.external.endpoint is a URL. Put this into your values:\n\n%s:\n  external:\n    endpoint: http://%s\n" $name $name $endpoint) -}}
{{- end -}}
{{- end -}}
{{- if not .Values.alertEngine.enabled -}}
{{- range $signal, $name := dict "traces" "tempo" "logs" "loki" "metrics" "prometheus" -}}
{{- $values := index $.Values $name -}}
{{- if not (or $values.enabled $values.external.endpoint) -}}
{{- include "trace.refuse" (printf "%s have nowhere to go: %s and the alert engine are off. Put one of these into your values:\n\n%s:\n  enabled: true\n\nalertEngine:\n  enabled: true\n" $signal $name $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.agent.enabled .Values.agent.namespace.create (eq (include "trace.agent.namespace" .) .Release.Namespace) -}}
{{- include "trace.refuse" (printf "%s is the release's own namespace, which is there already. Put one of these into your values:\n\nagent:\n  namespace:\n    create: false\n\nagent:\n  namespace:\n    name: %s-agent\n" .Release.Namespace .Release.Namespace) -}}
{{- end -}}
{{- $ingresses := dict "grafana" .Values.grafana "alertEngine" .Values.alertEngine -}}
{{- range $name, $values := merge (dict "collector.external" .Values.collector.external) $ingresses (dict "tempo" .Values.tempo "loki" .Values.loki "prometheus" .Values.prometheus) -}}
{{- if $values.enabled -}}
{{- $isOpen := ne $values.service.type "ClusterIP" -}}
{{- range $key := list "ingress" "grpcIngress" -}}
{{- $ingress := get $values $key | default dict -}}
{{- if $ingress.enabled -}}
{{- $isOpen = true -}}
{{- if not $ingress.hosts -}}
{{- include "trace.refuse" (printf "%s.%s has no host. Put this into your values:\n\n%s" $name $key (include "trace.validate.nested" (dict "path" (printf "%s.%s.hosts" $name $key) "value" (list (dict "host" "trace.example.com"))))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $isOpen $.Values.networkPolicies.enabled (not $values.allowedFrom) -}}
{{- $peer := dict "namespaceSelector" (dict "matchLabels" (dict "kubernetes.io/metadata.name" "ingress-nginx")) -}}
{{- $anywhere := dict "ipBlock" (dict "cidr" "0.0.0.0/0") -}}
{{- include "trace.refuse" (printf "%s is to be reached from outside, and its NetworkPolicy lets nobody in. Put one of these into your values:\n\n%s\n%s" $name (include "trace.validate.nested" (dict "path" (printf "%s.allowedFrom" $name) "value" (list $peer))) (include "trace.validate.nested" (dict "path" (printf "%s.allowedFrom" $name) "value" (list $anywhere)))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name := list "tempo" "loki" -}}
{{- $s3 := (index $.Values $name).storage.s3 -}}
{{- if and $s3.bucket (not $s3.region) (not $s3.endpoint) -}}
{{- include "trace.refuse" (printf "%s.storage.s3 has a bucket, and neither region nor endpoint. Put one of these into your values:\n\n%s\n%s" $name (include "trace.validate.nested" (dict "path" (printf "%s.storage.s3.region" $name) "value" "eu-central-1")) (include "trace.validate.nested" (dict "path" (printf "%s.storage.s3.endpoint" $name) "value" "minio.example.com:9000"))) -}}
{{- end -}}
{{- end -}}
{{- $engine := .Values.alertEngine -}}
{{- $mended := dict -}}
{{- $others := list -}}
{{- range $engine.extraEnv -}}
{{- if ne .name "TRACE_ALERT_DATABASE_URL" }}{{ $others = append $others . }}{{ else }}{{ $_ := set $mended "extraEnv" list }}{{ end -}}
{{- end -}}
{{- if hasKey $mended "extraEnv" }}{{ $_ := set $mended "extraEnv" $others }}{{ end -}}
{{- $fromSecret := "${env:TRACE_ALERT_DATABASE_URL:-}" -}}
{{- if not (has (dig "state" "database" "url" "" $engine.config) (list "" $fromSecret)) -}}
{{- $_ := set $mended "config" (dict "state" (dict "database" (dict "url" $fromSecret))) -}}
{{- end -}}
{{- if $mended -}}
{{- $_ := set $mended "database" (dict "existingSecret" "trace-alert-database") -}}
{{- include "trace.refuse" (printf "The URL of the alert engine's database comes from a Secret, and then there is no volume. Put this into your values:\n\n%s" (toYaml (dict "alertEngine" $mended))) -}}
{{- end -}}
{{- if and $engine.database.existingSecret (dig "state" "file" "" $engine.config) -}}
{{- include "trace.refuse" "alertEngine.config.state.file and alertEngine.database are two places for one state. Take the file out, or put this into your values:\n\nalertEngine:\n  database:\n    existingSecret: ''\n" -}}
{{- end -}}
{{- if and .Values.sampleServices.enabled (not .Values.nats.enabled) (not .Values.nats.external.endpoint) -}}
{{- include "trace.refuse" "The sample services need a broker. Put one of these into your values:\n\nnats:\n  enabled: true\n\nnats:\n  enabled: false\n  external:\n    endpoint: nats://nats.example.com:4222\n" -}}
{{- end -}}
{{- if and .Values.kafka.enabled (not .Values.kafka.brokers) -}}
{{- include "trace.refuse" "The road through Kafka needs brokers; the chart brings none. Put one of these into your values:\n\nkafka:\n  enabled: true\n  brokers: [kafka.example.com:9092]\n\nkafka:\n  enabled: false\n" -}}
{{- end -}}
{{- $sasl := .Values.kafka.sasl -}}
{{- if and $sasl.mechanism (ne $sasl.mechanism "AWS_MSK_IAM_OAUTHBEARER") (not $sasl.existingSecret) -}}
{{- include "trace.refuse" (printf "kafka.sasl.mechanism %s needs a user name and a password. Put this into your values:\n\nkafka:\n  sasl:\n    existingSecret: kafka\n" $sasl.mechanism) -}}
{{- end -}}
{{- end -}}

{{/* A value at its place, as YAML to paste: dict "path" "a.b" "value" … */}}
{{- define "trace.validate.nested" -}}
{{- $value := .value -}}
{{- range splitList "." .path | reverse }}{{ $value = dict . $value }}{{ end -}}
{{- toYaml $value }}
{{ end -}}
