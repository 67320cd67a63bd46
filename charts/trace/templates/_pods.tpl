{{/* Metadata of a pod template; "checksums" are of the configuration that a pod reads at its start only. */}}
{{- define "trace.pod.meta" -}}
labels:
  {{- include "trace.component.labels" . | nindent 2 }}
  {{- with .values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  # Else every pod of the release would be one service, named after the release.
  resource.opentelemetry.io/service.name: {{ default .name .serviceName }}
  {{- range $name, $sum := .checksums }}
  checksum/{{ $name }}: {{ $sum }}
  {{- end }}
  {{- with .values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* What every pod's spec begins with; "user" is who the image's programs run as. */}}
{{- define "trace.pod.spec" -}}
serviceAccountName: {{ include "trace.component.serviceAccount" . }}
# Where a program speaks to the API server, it alone gets the token.
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: {{ ne (int .user) 0 }}
  runAsUser: {{ .user }}
  runAsGroup: {{ .user }}
  fsGroup: {{ .user }}
  # A large volume is not walked at each start.
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Image, rights and resources of a container: dict "root" $ "values" .Values.tempo */}}
{{- define "trace.container" -}}
{{- $image := .values.image -}}
{{- $registry := default $image.registry .root.Values.global.imageRegistry -}}
{{- $tag := default .root.Chart.AppVersion $image.tag -}}
image: {{ $registry }}/{{ $image.repository }}:{{ $tag }}{{ with $image.digest }}@{{ . }}{{ end }}
imagePullPolicy: {{ $image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
resources:
  {{- toYaml .values.resources | nindent 2 }}
{{- end -}}

{{/* A program that reads a long log of its own before it serves gets five minutes for it. */}}
{{- define "trace.startupProbe" -}}
startupProbe:
  httpGet: { path: {{ .path }}, port: {{ .port }} }
  periodSeconds: 2
  failureThreshold: 150
{{- end -}}

{{- define "trace.volumeClaim" -}}
volumeClaimTemplates:
  - metadata:
      name: data
      labels:
        {{- include "trace.component.selector" . | nindent 8 }}
    spec:
      accessModes: [ReadWriteOnce]
      {{- with default .root.Values.global.storageClass .values.persistence.storageClass }}
      storageClassName: {{ . }}
      {{- end }}
      resources:
        requests: { storage: {{ .values.persistence.size }} }
{{- end -}}

{{- define "trace.serviceAccount" -}}
{{- if .values.serviceAccount.create }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "trace.component.serviceAccount" . }}
  namespace: {{ default .root.Release.Namespace .namespace }}
  labels:
    {{- include "trace.component.labels" . | nindent 4 }}
  {{- with .values.serviceAccount.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end }}
{{- end -}}

{{- define "trace.podDisruptionBudget" -}}
{{- if .root.Values.podDisruptionBudgets.enabled }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "trace.component.meta" . | nindent 2 }}
spec:
  # One at a time: of a single replica a drain still gets its node.
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "trace.component.selector" . | nindent 6 }}
{{- end }}
{{- end -}}
