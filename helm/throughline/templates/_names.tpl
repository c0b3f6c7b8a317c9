{{/* Names and labels. Nothing depends on the release's name: several releases, each with one service, make one suite. */}}

{{- define "throughline.version" -}}
{{- $image := (index .root.Values.services .service).image -}}
{{- $image.tag | default .root.Values.image.tag | default .root.Chart.AppVersion -}}
{{- end }}

{{/* What selects the pods of a service; with a role, those of one workload. Never changes: selectors cannot. */}}
{{- define "throughline.selector" -}}
app.kubernetes.io/name: {{ .service }}
app.kubernetes.io/instance: {{ .root.Values.suite }}
{{- with .role }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{- define "throughline.labels" -}}
{{ include "throughline.selector" . }}
app.kubernetes.io/part-of: throughline
app.kubernetes.io/version: {{ include "throughline.version" . | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Of what the suite has once. */}}
{{- define "throughline.sharedLabels" -}}
app.kubernetes.io/name: throughline
app.kubernetes.io/instance: {{ .Values.suite }}
app.kubernetes.io/part-of: throughline
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Whether this release carries what the suite has once. */}}
{{- define "throughline.isShared" -}}
{{- if (index .Values.services .Values.sharedWith).enabled }}yes{{ end -}}
{{- end }}

{{- define "throughline.image" -}}
{{- $image := (index .root.Values.services .service).image -}}
{{- $repository := $image.repository | default (printf "%s/throughline-%s" .root.Values.image.registry .service) -}}
{{- if $image.digest -}}
{{ printf "%s@%s" $repository $image.digest }}
{{- else -}}
{{ printf "%s:%s" $repository (include "throughline.version" .) }}
{{- end -}}
{{- end }}

{{- define "throughline.secret" -}}
{{- (index .root.Values.services .service).existingSecret | default (printf "%s-%s" .root.Values.suite .service) -}}
{{- end }}

{{- define "throughline.migrationSecret" -}}
{{- (index .root.Values.services .service).migrationSecret | default (printf "%s-%s-owner" .root.Values.suite .service) -}}
{{- end }}

{{- define "throughline.prefix" -}}
{{- .service | replace "-" "_" | upper -}}_
{{- end }}

{{- define "throughline.clusterName" -}}
{{- .Values.postgres.cluster.name | default (printf "%s-postgres" .Values.suite) -}}
{{- end }}

{{/* An aggregate's topic. */}}
{{- define "throughline.topic" -}}
throughline.{{ . }}.v1
{{- end }}

{{/* Every topic that a service reads, once, as JSON. */}}
{{- define "throughline.read" -}}
{{- $read := .reads -}}
{{- range $topics := .consumers }}{{ $read = concat $read $topics }}{{ end -}}
{{- $read | uniq | sortAlpha | toJson -}}
{{- end }}
