{{/* What a service reads from its environment: what is open, in a ConfigMap; what is secret, by reference. */}}

{{- define "throughline.issuers" -}}
{{- $issuers := list -}}
{{- range $each := .Values.identity.issuers -}}
{{- $issuer := dict "issuer" $each.issuer "jwks_url" $each.jwksUrl -}}
{{- with $each.audience }}{{ $_ := set $issuer "audience" . }}{{ end -}}
{{- with $each.services }}{{ $_ := set $issuer "services" . }}{{ end -}}
{{- with $each.tenants }}{{ $_ := set $issuer "tenants" . }}{{ end -}}
{{- $issuers = append $issuers $issuer -}}
{{- end -}}
{{- $ours := printf "https://%s/api-keys" .Values.edge.host -}}
{{- $issuers = append $issuers (dict "issuer" $ours "jwks_url" (printf "%s/.well-known/jwks.json" $ours)) -}}
{{- $issuers | toJson -}}
{{- end }}

{{- define "throughline.settings" -}}
{{- $values := .root.Values -}}
{{- $contacts := index $values.callGraph .service -}}
{{- $peers := dict -}}
{{- range $peer := $contacts.calls -}}
{{- $_ := set $peers $peer (printf "dns:///%s-%s-headless:50051" $values.suite $peer) -}}
{{- end -}}
{{- $settings := dict
  "environment" $values.environment
  "transport" $values.transport
  "grpc_listen" "0.0.0.0:50051"
  "metrics_listen" "0.0.0.0:9464"
  "kafka_bootstrap" $values.kafka.bootstrap
  "kafka_security" $values.kafka.security
  "kafka_topic_partitions" (toString $values.kafka.partitions)
  "kafka_topic_replicas" (toString $values.kafka.replicas)
  "kafka_topic_min_insync_replicas" (toString $values.kafka.minInsyncReplicas)
  "peers" (toJson $peers)
  "issuers" (include "throughline.issuers" .root)
  "client_id" .service
  "token_url" $values.identity.tokenUrl
  "drain_s" (toString $values.gracefulStop.drainSeconds)
  "grace_s" (toString $values.gracefulStop.graceSeconds)
-}}
{{- if eq $values.transport "tls" -}}
{{- $_ := set $settings "probe_listen" "0.0.0.0:50052" -}}
{{- $_ := set $settings "tls_certificate_file" "/etc/throughline/tls/tls.crt" -}}
{{- $_ := set $settings "tls_key_file" "/etc/throughline/tls/tls.key" -}}
{{- $_ := set $settings "tls_authority_file" "/etc/throughline/tls/ca.crt" -}}
{{- end -}}
{{- if ne $values.kafka.security "plaintext" -}}
{{- $_ := set $settings "kafka_authority_file" "/etc/throughline/kafka-authority/ca.crt" -}}
{{- end -}}
{{- if eq $values.kafka.security "tls" -}}
{{- $_ := set $settings "kafka_certificate_file" "/etc/throughline/kafka/user.crt" -}}
{{- $_ := set $settings "kafka_key_file" "/etc/throughline/kafka/user.key" -}}
{{- end -}}
{{- if eq $values.kafka.security "scram" -}}
{{- $_ := set $settings "kafka_username" (printf "%s-%s-kafka" $values.suite .service) -}}
{{- end -}}
{{- with $values.telemetry.otlpEndpoint }}{{ $_ := set $settings "otlp_endpoint" . }}{{ end -}}
{{- if $contacts.objectStore }}{{ $_ := set $settings "objects_url" $values.objectStore.url }}{{ end -}}
{{- if $contacts.http -}}
{{- $_ := set $settings "http_listen" "0.0.0.0:8080" -}}
{{- $_ := set $settings "public_url" (printf "https://%s" $values.edge.host) -}}
{{- $_ := set $settings "trusted_proxies" $values.edge.trustedProxies -}}
{{- end -}}
{{- range $key := $contacts.secretFiles -}}
{{- $_ := set $settings (printf "%s_file" ($key | replace "-" "_")) (printf "/etc/throughline/keys/%s" $key) -}}
{{- end -}}
{{- range $key, $value := (index $values.services .service).settings -}}
{{- $_ := set $settings (snakecase $key) (ternary $value (toJson $value) (kindIs "string" $value)) -}}
{{- end -}}
{{- $prefix := include "throughline.prefix" . -}}
{{- range $name, $value := $settings }}
{{ $prefix }}{{ upper $name }}: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* Settings that are secret: keys of the service's Secret, never their values. */}}
{{- define "throughline.secretSettings" -}}
{{- $contacts := index .root.Values.callGraph .service -}}
{{- $prefix := include "throughline.prefix" . -}}
{{- $secret := include "throughline.secret" . -}}
{{- range $key := $contacts.secretEnv }}
- name: {{ $prefix }}{{ $key | replace "-" "_" | upper }}
  valueFrom:
    secretKeyRef: {name: {{ $secret }}, key: {{ $key }}}
{{- end }}
{{- range $key := $contacts.secretEnvIfThere }}
- name: {{ $prefix }}{{ $key | replace "-" "_" | upper }}
  valueFrom:
    secretKeyRef: {name: {{ $secret }}, key: {{ $key }}, optional: true}
{{- end }}
{{- if eq .root.Values.kafka.security "scram" }}
- name: {{ $prefix }}KAFKA_PASSWORD
  valueFrom:
    secretKeyRef: {name: {{ .root.Values.suite }}-{{ .service }}-kafka, key: password}
{{- end }}
{{- end }}
