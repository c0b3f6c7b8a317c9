{{/* Peers of a NetworkPolicy, from values. */}}
{{- define "throughline.peers" -}}
{{- range . }}
{{- if .cidr }}
- ipBlock: {cidr: {{ .cidr | quote }}}
{{- else if and .namespaceLabels .podLabels }}
- namespaceSelector: {matchLabels: {{ toJson .namespaceLabels }}}
  podSelector: {matchLabels: {{ toJson .podLabels }}}
{{- else if .namespaceLabels }}
- namespaceSelector: {matchLabels: {{ toJson .namespaceLabels }}}
{{- else }}
- podSelector: {matchLabels: {{ toJson .podLabels }}}
{{- end }}
{{- end }}
{{- end }}

{{/* One rule out, to a destination of the values. */}}
{{- define "throughline.egressTo" -}}
- ports:
{{- range .ports }}
  - {port: {{ . }}, protocol: TCP}
{{- end }}
{{- with .peers }}
  to:
  {{- include "throughline.peers" . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "throughline.egressToPostgres" -}}
{{- if and .Values.postgres.manage (not .Values.network.postgres.peers) -}}
{{- $ours := dict "cidr" "" "namespaceLabels" dict "podLabels" (dict "cnpg.io/cluster" (include "throughline.clusterName" .)) -}}
{{- include "throughline.egressTo" (dict "ports" .Values.network.postgres.ports "peers" (list $ours)) -}}
{{- else -}}
{{- include "throughline.egressTo" .Values.network.postgres -}}
{{- end -}}
{{- end }}

{{- define "throughline.egressToDns" -}}
- ports:
{{- range .ports }}
  - {port: {{ . }}, protocol: UDP}
  - {port: {{ . }}, protocol: TCP}
{{- end }}
{{- with .peers }}
  to:
  {{- include "throughline.peers" . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Where the processes of a service may go. */}}
{{- define "throughline.egress" -}}
{{- $network := .root.Values.network -}}
{{- $contacts := index .root.Values.callGraph .service -}}
{{- include "throughline.egressToDns" $network.dns }}
{{ include "throughline.egressToPostgres" .root }}
{{ include "throughline.egressTo" $network.kafka }}
{{ include "throughline.egressTo" $network.issuer }}
{{- if .root.Values.telemetry.otlpEndpoint }}
{{ include "throughline.egressTo" $network.telemetry }}
{{- end }}
{{- if eq .root.Values.transport "mesh" }}
{{ include "throughline.egressTo" $network.mesh }}
{{- end }}
{{- if $contacts.objectStore }}
{{ include "throughline.egressTo" $network.objectStore }}
{{- end }}
{{- if $contacts.mail }}
{{ include "throughline.egressTo" $network.mail }}
{{- end }}
{{- range $contacts.calls }}
- ports:
  - {port: 50051, protocol: TCP}
  to:
  - podSelector:
      matchLabels:
        {{- include "throughline.selector" (dict "root" $.root "service" . "role" "serve") | nindent 8 }}
{{- end }}
{{- if and $contacts.webhooks (eq .role "worker") }}
- ports:
{{- range $network.webhooks.ports }}
  - {port: {{ . }}, protocol: TCP}
{{- end }}
  to:
  - ipBlock: {cidr: 0.0.0.0/0, except: {{ toJson $network.webhooks.exceptV4 }}}
  - ipBlock: {cidr: "::/0", except: {{ toJson $network.webhooks.exceptV6 }}}
{{- end }}
{{- end }}

{{/* Who calls a service, as a JSON list. */}}
{{- define "throughline.callers" -}}
{{- $callers := list -}}
{{- range $caller, $contacts := .root.Values.callGraph -}}
{{- if has $.service $contacts.calls }}{{ $callers = append $callers $caller }}{{ end -}}
{{- end -}}
{{- $callers | toJson -}}
{{- end }}
