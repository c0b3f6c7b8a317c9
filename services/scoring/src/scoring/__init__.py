"""The event warehouse and the funnel; later models, scores, forecasts and diagnosis."""
