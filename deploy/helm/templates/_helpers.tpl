{{- define "audienceflow.name" -}}
{{- printf "%s-audienceflow" .Release.Name | replace "audienceflow-audienceflow" "audienceflow" | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "audienceflow.labels" -}}
app.kubernetes.io/name: audienceflow
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "audienceflow.selector" -}}
app.kubernetes.io/name: audienceflow
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* Helm reads numbers as floats, which it would write as 1e+06. */ -}}
{{- define "audienceflow.text" -}}
{{ if kindIs "string" . }}{{ . }}{{ else }}{{ toJson . }}{{ end }}
{{- end -}}

{{- define "audienceflow.image" -}}
{{ .Values.image.repository }}:{{ include "audienceflow.text" (.Values.image.tag | default .Chart.AppVersion) }}
{{- end -}}

{{- define "audienceflow.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (ternary (include "audienceflow.name" .) "default" .Values.serviceAccount.create) }}
{{- end -}}

{{- define "audienceflow.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "audienceflow.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- /* The environment of every program: where Temporal and the store are. */ -}}
{{- define "audienceflow.env" -}}
- name: TEMPORAL_ADDRESS
  value: {{ required "temporal.address: host:port of Temporal's frontend" .Values.temporal.address | quote }}
- name: TEMPORAL_NAMESPACE
  value: {{ .Values.temporal.namespace | quote }}
- name: STORE_URL
  valueFrom:
    secretKeyRef:
      name: {{ required "store.existingSecret: a Secret with the PostgreSQL URL of the store" .Values.store.existingSecret | quote }}
      key: {{ .Values.store.key | quote }}
- name: LOG_FORMAT
  value: {{ .Values.logFormat | quote }}
- name: LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
{{- range $name, $value := .Values.env }}
- name: {{ $name }}
  value: {{ include "audienceflow.text" $value | quote }}
{{- end }}
{{- end -}}
