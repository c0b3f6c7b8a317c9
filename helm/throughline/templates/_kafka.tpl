{{- define "throughline.kafkaTopic" -}}
{{- $kafka := .root.Values.kafka -}}
{{- $topic := include "throughline.topic" .aggregate -}}
---
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata:
  name: {{ $topic | replace "_" "-" }}
  labels:
    {{- .labels | nindent 4 }}
    strimzi.io/cluster: {{ $kafka.cluster }}
  annotations:
    # A topic outlives its release: events are not the chart's to delete.
    helm.sh/resource-policy: keep
spec:
  topicName: {{ $topic }}
  partitions: {{ $kafka.partitions }}
  replicas: {{ $kafka.replicas }}
  config:
    min.insync.replicas: {{ $kafka.minInsyncReplicas | quote }}
    retention.ms: {{ mul $kafka.retentionDays 86400000 | quote }}
    unclean.leader.election.enable: "false"
{{- end }}
