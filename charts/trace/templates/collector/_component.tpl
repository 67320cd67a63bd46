{{/* The layers in their order, later ones winning (docs/data-path.md). */}}
{{- define "trace.collector.layers" -}}
base ingest{{ if .Values.agent.enabled }} ingest-agents{{ end }} fan-out
{{- if .Values.kafka.enabled }} kafka-write
{{- else }}
{{- if include "trace.tempo.endpoint" . }} tempo{{ end }}
{{- if include "trace.loki.url" . }} loki{{ end }}
{{- if include "trace.prometheus.url" . }} prometheus{{ end }}
{{- end }}
{{- if .Values.alertEngine.enabled }} alert-engine{{ end }}
{{- if .Values.collector.external.enabled }} external{{ end }} kubernetes
{{- end -}}


{{- define "trace.enrichment.config" -}}
{{- $shipped := .Files.Get "files/enrichment-processor/enrichment-processor.yaml" | fromYaml -}}
{{- $here := dict
  "http" (dict "host" "0.0.0.0")
  "enrich" (dict
    "catalogue" "catalogue.yaml"
    "kubernetes" (dict "enabled" .Values.rbac.create))
-}}
{{- $config := mergeOverwrite $shipped $here -}}
{{- $attributes := dict "deployment.environment.name" .Values.environment "k8s.cluster.name" .Values.clusterName -}}
{{- $_ := set $config.enrich "attributes" $attributes -}}
{{- mergeOverwrite $config (deepCopy .Values.enrichmentProcessor.config) | toYaml -}}
{{- end -}}

{{- define "trace.enrichment.catalogue" -}}
{{- $shipped := .Files.Get "files/enrichment-processor/catalogue.yaml" | fromYaml -}}
{{- dict "services" (mergeOverwrite $shipped.services (deepCopy .Values.enrichmentProcessor.catalogue)) | toYaml -}}
{{- end -}}

{{/* The Secret whose key holds the tokens of those who send from outside. */}}
{{- define "trace.collector.externalSecret" -}}
{{- default (printf "%s-collector-external" (include "trace.fullname" .)) .Values.collector.external.existingSecret -}}
{{- end -}}
