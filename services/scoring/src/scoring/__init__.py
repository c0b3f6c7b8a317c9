"""The event warehouse, models, scores, forecasts and diagnosis."""
