{{/* What the schema cannot say. Every template begins with it, for values are judged before anything is written. */}}
{{- define "throughline.checks" -}}
{{- include "throughline.renames" . -}}
{{- $values := .Values -}}
{{- if and (eq $values.transport "plaintext") (eq $values.environment "production") -}}
{{- fail "transport: plaintext is for environment: development; use tls, or mesh where a mesh encrypts" -}}
{{- end -}}
{{- if and $values.postgres.manage (eq $values.migrations.mode "hook") -}}
{{- fail "postgres.manage: a hook would run before the databases are there; set migrations.mode to job" -}}
{{- end -}}
{{- if and $values.edge.grpc.enabled (eq $values.transport "tls") -}}
{{- fail "edge.grpc.enabled: with transport tls services ask every caller for a certificate of the suite's own; use transport mesh" -}}
{{- end -}}
{{- if gt (int $values.kafka.minInsyncReplicas) (int $values.kafka.replicas) -}}
{{- fail "kafka.minInsyncReplicas is more than kafka.replicas: nothing could ever be written" -}}
{{- end -}}
{{- $any := false -}}
{{- range $service, $settings := $values.services -}}
{{- $any = or $any $settings.enabled -}}
{{- $serving := $settings.serve.autoscaling -}}
{{- if gt (int $serving.minReplicas) (int $serving.maxReplicas) -}}
{{- fail (printf "services.%s.serve.autoscaling: minReplicas is more than maxReplicas" $service) -}}
{{- end -}}
{{- $working := $settings.worker.autoscaling -}}
{{- if gt (int $working.minReplicas) (int $working.maxReplicas) -}}
{{- fail (printf "services.%s.worker.autoscaling: minReplicas is more than maxReplicas" $service) -}}
{{- end -}}
{{- if and $working.enabled (gt (int $working.maxReplicas) (int $values.kafka.partitions)) -}}
{{- fail (printf "services.%s.worker.autoscaling.maxReplicas: more workers than kafka.partitions (%v) idle" $service $values.kafka.partitions) -}}
{{- end -}}
{{- end -}}
{{- if not $any -}}
{{- fail "services: none is enabled" -}}
{{- end -}}
{{- include "throughline.connections" . -}}
{{- end }}

{{/* Connections to PostgreSQL that this release could open at once: a pool for each pod, one pod more for each workload
while it is rolled out, and a migration for each service. */}}
{{- define "throughline.connections" -}}
{{- $values := .Values -}}
{{- $most := int (ternary $values.postgres.cluster.maxConnections $values.postgres.maxConnections $values.postgres.manage) -}}
{{- $pods := 0 -}}
{{- $wanted := 20 -}}
{{- range $service, $settings := $values.services -}}
{{- if $settings.enabled -}}
{{- $here := 2 -}}
{{- range $workload := list $settings.serve $settings.worker -}}
{{- $scaling := $workload.autoscaling -}}
{{- $here = add $here (ternary $scaling.maxReplicas $workload.replicas $scaling.enabled) -}}
{{- end -}}
{{- $pods = add $pods $here -}}
{{- $wanted = add $wanted 1 (mul $here $settings.settings.databasePoolSize) -}}
{{- end -}}
{{- end -}}
{{- if and $most (gt (int $wanted) $most) -}}
{{- $key := ternary "postgres.cluster.maxConnections" "postgres.maxConnections" $values.postgres.manage -}}
{{- fail (printf "%s is %d, and %d pods could want %d connections: raise it, or lower services.<service>.settings.databasePoolSize or maxReplicas" $key $most (int $pods) (int $wanted)) -}}
{{- end -}}
{{- end }}

{{/* Carries old keys over to new ones for one minor version, then refuses them. */}}
{{- define "throughline.renames" -}}
{{- $values := .Values -}}
{{- range $row := .Files.Get "files/renamed-keys.yaml" | fromYamlArray -}}
{{- $parts := splitList "." $row.old -}}
{{- $found := $values -}}
{{- range $part := $parts -}}
{{- $found = ternary (get (ternary $found dict (kindIs "map" $found)) $part) nil (kindIs "map" $found) -}}
{{- end -}}
{{- if not (kindIs "invalid" $found) -}}{{- if ne (toString $found) "" -}}
{{- if $row.gone -}}
{{- fail (printf "%s -> %s, see UPGRADING.md" $row.old $row.new) -}}
{{- end -}}
{{- $parent := $values -}}
{{- $path := splitList "." $row.new -}}
{{- range $part := initial $path -}}{{- $parent = get $parent $part -}}{{- end -}}
{{- $_ := set $parent (last $path) $found -}}
{{- end -}}{{- end -}}
{{- end -}}
{{- end }}
