"""What the Helm chart's values mean: typed models, from which schema, `values.yaml` and the value table are written."""
