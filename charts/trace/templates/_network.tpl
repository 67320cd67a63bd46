{{/*
One entry of `from` or `to`: the pods of a component of this release. dict "root" $ "name" "tempo", and a "namespace"
where it is another than that of the policy.
*/}}
{{- define "trace.peer" -}}
- podSelector:
    matchLabels:
      {{- include "trace.component.selector" . | nindent 6 }}
  {{- with .namespace }}
  namespaceSelector:
    matchLabels: { kubernetes.io/metadata.name: {{ . }} }
  {{- end }}
{{- end -}}

{{- define "trace.egress.dns" -}}
- ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
{{- end -}}

{{/*
A NetworkPolicy in which everything is denied but what is listed. "from" and "to" are lists of
dict "name" <component> "ports" (list …), with "namespace" where it is another; "moreFrom" and "moreTo" are rules as they are.
*/}}
{{- define "trace.networkPolicy" -}}
{{- $root := .root -}}
{{- if $root.Values.networkPolicies.enabled }}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "trace.component.meta" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "trace.component.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    {{- range .from }}
    - from:
        {{- include "trace.peer" (dict "root" $root "name" .name "namespace" .namespace) | nindent 8 }}
      ports:
        {{- range .ports }}
        - { protocol: TCP, port: {{ . }} }
        {{- end }}
    {{- end }}
    {{- with .moreFrom }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- if not (or .from .moreFrom) }} []{{ end }}
  egress:
    {{- include "trace.egress.dns" . | nindent 4 }}
    {{- range .to }}
    - to:
        {{- include "trace.peer" (dict "root" $root "name" .name "namespace" .namespace) | nindent 8 }}
      ports:
        {{- range .ports }}
        - { protocol: TCP, port: {{ . }} }
        {{- end }}
    {{- end }}
    {{- with .moreTo }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
{{- end -}}
