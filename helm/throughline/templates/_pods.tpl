{{/* What all pods have in common, migrations included. */}}

{{- define "throughline.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "throughline.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "throughline.placement" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
- name: {{ . }}
{{- end }}
{{- end }}
{{- with .Values.pods.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.pods.nodeSelector }}
nodeSelector:
{{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pods.tolerations }}
tolerations:
{{- range . }}
- operator: {{ .operator }}
{{- with .key }}
  key: {{ . }}
{{- end }}
{{- with .value }}
  value: {{ . | quote }}
{{- end }}
{{- with .effect }}
  effect: {{ . }}
{{- end }}
{{- end }}
{{- end }}
securityContext:
{{- include "throughline.podSecurity" . | nindent 2 }}
{{- end }}

{{- define "throughline.container" -}}
image: {{ include "throughline.image" . }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: [{{ .role }}]
securityContext:
{{- include "throughline.containerSecurity" . | nindent 2 }}
resources:
{{- toYaml .resources | nindent 2 }}
{{- end }}

{{/* Where certificates and keys are mounted. */}}
{{- define "throughline.mounts" -}}
- {name: tmp, mountPath: /tmp}
{{- if eq .root.Values.transport "tls" }}
- {name: tls, mountPath: /etc/throughline/tls, readOnly: true}
{{- end }}
{{- if (index .root.Values.callGraph .service).secretFiles }}
- {name: keys, mountPath: /etc/throughline/keys, readOnly: true}
{{- end }}
{{- if ne .root.Values.kafka.security "plaintext" }}
- {name: kafka-authority, mountPath: /etc/throughline/kafka-authority, readOnly: true}
{{- end }}
{{- if eq .root.Values.kafka.security "tls" }}
- {name: kafka, mountPath: /etc/throughline/kafka, readOnly: true}
{{- end }}
{{- end }}

{{- define "throughline.volumes" -}}
- name: tmp
  emptyDir: {sizeLimit: {{ .workload.temporarySpace }}}
{{- if eq .root.Values.transport "tls" }}
- name: tls
  secret: {secretName: {{ .root.Values.suite }}-{{ .service }}-tls, defaultMode: 0440}
{{- end }}
{{- with (index .root.Values.callGraph .service).secretFiles }}
- name: keys
  secret:
    secretName: {{ include "throughline.secret" $ }}
    defaultMode: 0440
    items:
{{- range . }}
    - {key: {{ . }}, path: {{ . }}}
{{- end }}
{{- end }}
{{- if ne .root.Values.kafka.security "plaintext" }}
- name: kafka-authority
  secret: {secretName: {{ .root.Values.kafka.authoritySecret }}, defaultMode: 0440, items: [{key: ca.crt, path: ca.crt}]}
{{- end }}
{{- if eq .root.Values.kafka.security "tls" }}
- name: kafka
  secret: {secretName: {{ .root.Values.suite }}-{{ .service }}-kafka, defaultMode: 0440, items: [{key: user.crt, path: user.crt}, {key: user.key, path: user.key}]}
{{- end }}
{{- end }}

{{/* HTTP where there is a port for it; else the two names of the health service. A dependency that is down restarts nothing. */}}
{{- define "throughline.probes" -}}
{{- $http := and (index .root.Values.callGraph .service).http (eq .role "serve") -}}
{{- $port := ternary 50052 50051 (eq .root.Values.transport "tls") -}}
startupProbe:
{{- if $http }}
  httpGet: {path: /livez, port: http}
{{- else }}
  grpc: {port: {{ $port }}, service: liveness}
{{- end }}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 60
livenessProbe:
{{- if $http }}
  httpGet: {path: /livez, port: http}
{{- else }}
  grpc: {port: {{ $port }}, service: liveness}
{{- end }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
{{- if $http }}
  httpGet: {path: /readyz, port: http}
{{- else }}
  grpc: {port: {{ $port }}, service: readiness}
{{- end }}
  periodSeconds: 3
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}
