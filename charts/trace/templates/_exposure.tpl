{{/* Ways in from outside: kinds of Service, Ingresses, and the NetworkPolicy rules that go with them. */}}

{{/* Of a `service` value, if it has any. */}}
{{- define "trace.service.annotations" -}}
{{- with .annotations -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{/* list <`service` value> <name of the port>: what is added to that port. */}}
{{- define "trace.service.nodePort" -}}
{{- with get (index . 0).nodePorts (index . 1) }}, nodePort: {{ . }}{{ end -}}
{{- end -}}

{{/*
dict "root" $ "name" <component> "service" <name of its Service, if another> "port" <name> "ingress" <value>
*/}}
{{- define "trace.ingress" -}}
{{- $service := printf "%s-%s" (include "trace.fullname" .root) (default .name .service) -}}
{{- $port := .port -}}
{{- if .ingress.enabled }}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ $service }}{{ with .suffix }}-{{ . }}{{ end }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "trace.component.labels" . | nindent 4 }}
  {{- with .ingress.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with .ingress.className }}
  ingressClassName: {{ . }}
  {{- end }}
  {{- with .ingress.tls }}
  tls:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  rules:
    {{- range .ingress.hosts }}
    - host: {{ .host }}
      http:
        paths:
          {{- range default (list (dict "path" "/")) .paths }}
          - path: {{ .path }}
            pathType: {{ default "Prefix" .pathType }}
            backend: { service: { name: {{ $service }}, port: { name: {{ $port }} } } }
          {{- end }}
    {{- end }}
{{- end }}
{{- end -}}

{{/* The first address under which an Ingress serves; an annotation may bring TLS (ALB), so 443 there is TLS too. */}}
{{- define "trace.ingress.url" -}}
{{- if and .enabled .hosts -}}
{{- $listens := get .annotations "alb.ingress.kubernetes.io/listen-ports" | default "" -}}
{{- $path := (first (default (list (dict "path" "/")) (first .hosts).paths)).path -}}
{{ ternary "https" "http" (or (gt (len .tls) 0) (contains "HTTPS" $listens)) }}://{{ (first .hosts).host }}{{ trimSuffix "/" $path }}
{{- end -}}
{{- end -}}

{{/* NetworkPolicy rules, a list: dict "from" <entries of `from`> "ports" (list …) */}}
{{- define "trace.from" -}}
{{- if .from }}
- from:
    {{- toYaml .from | nindent 4 }}
  ports:
    {{- range .ports }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
{{- end }}
{{- end -}}

{{/* Those whom the values let in: dict "root" $ "values" .Values.tempo "ports" (list …) "metrics" (list …) */}}
{{- define "trace.from.values" -}}
{{- include "trace.from" (dict "from" .values.allowedFrom "ports" .ports) -}}
{{- with .root.Values.serviceMonitor -}}
{{- if .enabled }}
{{ include "trace.from" (dict "from" .allowedFrom "ports" (default $.ports $.metrics)) }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Egress for AWS's credentials: STS for roles of service accounts, the agent for Pod Identity. */}}
{{- define "trace.egress.aws" -}}
- ports:
    - { protocol: TCP, port: 443 }
- to:
    - ipBlock: { cidr: 169.254.170.23/32 }
  ports:
    - { protocol: TCP, port: 80 }
{{- end -}}

{{/* The way to a bucket, and to the credentials for it. */}}
{{- define "trace.egress.s3" -}}
{{- with .endpoint }}
{{ include "trace.egress.external" (printf "%s://%s" (ternary "http" "https" $.insecure) .) }}
{{- end }}
{{ include "trace.egress.aws" . }}
{{- end -}}
