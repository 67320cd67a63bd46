{{/* 39 characters: "-alert-engine" is added, and by Kubernetes eleven more in a label of a StatefulSet's pods, which holds 63. */}}
{{- define "trace.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 39 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 39 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 39 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/*
The templates below take a component: dict "root" $ "name" "tempo" "values" .Values.tempo, and a "namespace" where it
is not the release's.
*/}}

{{- define "trace.component.name" -}}
{{- printf "%s-%s" (include "trace.fullname" .root) .name -}}
{{- end -}}

{{- define "trace.component.selector" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{- define "trace.component.labels" -}}
{{ include "trace.component.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: trace
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "trace.component.meta" -}}
name: {{ include "trace.component.name" . }}
namespace: {{ default .root.Release.Namespace .namespace }}
labels:
  {{- include "trace.component.labels" . | nindent 2 }}
{{- end -}}

{{- define "trace.component.serviceAccount" -}}
{{- if .values.serviceAccount.name -}}
{{- .values.serviceAccount.name -}}
{{- else if .values.serviceAccount.create -}}
{{- include "trace.component.name" (dict "root" .root "name" (default .name .account)) -}}
{{- else -}}
default
{{- end -}}
{{- end -}}
