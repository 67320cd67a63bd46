{{/* Who the brokers are and what is asked of them, for both Collectors. */}}
{{- define "trace.kafka.env" -}}
{{- $kafka := .Values.kafka -}}
- name: TRACE_KAFKA_BROKERS
  value: '[{{ join "," $kafka.brokers }}]'
{{- range $signal, $topic := $kafka.topics }}
- name: TRACE_KAFKA_TOPIC_{{ upper $signal }}
  value: {{ $topic }}
{{- end }}
{{- with $kafka.sasl.existingSecret }}
- name: TRACE_KAFKA_USERNAME
  valueFrom: { secretKeyRef: { name: {{ . }}, key: {{ $kafka.sasl.usernameKey }} } }
- name: TRACE_KAFKA_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ . }}, key: {{ $kafka.sasl.passwordKey }} } }
{{- end }}
{{- end -}}

{{/* How a client of theirs is trusted and trusts, as the exporter and the receivers have it. */}}
{{- define "trace.kafka.client" -}}
{{- $kafka := .Values.kafka -}}
{{- $client := dict -}}
{{- if $kafka.tls.enabled -}}
{{- $tls := dict "insecure" false -}}
{{- if $kafka.tls.caSecret }}{{ $_ := set $tls "ca_file" "/etc/trace-kafka/ca.crt" }}{{ end -}}
{{- $_ := set $client "tls" $tls -}}
{{- end -}}
{{- with $kafka.sasl.mechanism -}}
{{- $sasl := dict "mechanism" . -}}
{{- if $kafka.sasl.existingSecret -}}
{{- $_ := set $sasl "username" "${env:TRACE_KAFKA_USERNAME}" -}}
{{- $_ := set $sasl "password" "${env:TRACE_KAFKA_PASSWORD}" -}}
{{- end -}}
{{- with $kafka.sasl.awsRegion }}{{ $_ := set $sasl "aws_msk" (dict "region" .) }}{{ end -}}
{{- $_ := set $client "auth" (dict "sasl" $sasl) -}}
{{- end -}}
{{- toYaml $client -}}
{{- end -}}

{{- define "trace.kafka.hasClient" -}}
{{- if or .Values.kafka.tls.enabled .Values.kafka.sasl.mechanism }}true{{ end -}}
{{- end -}}

{{- define "trace.kafka.caMount" -}}
{{- if and .Values.kafka.tls.enabled .Values.kafka.tls.caSecret }}
- { name: kafka-ca, mountPath: /etc/trace-kafka, readOnly: true }
{{- end }}
{{- end -}}

{{- define "trace.kafka.caVolume" -}}
{{- if and .Values.kafka.tls.enabled .Values.kafka.tls.caSecret }}
- name: kafka-ca
  secret:
    secretName: {{ .Values.kafka.tls.caSecret }}
    items: [{ key: {{ .Values.kafka.tls.caKey }}, path: ca.crt }]
{{- end }}
{{- end -}}
