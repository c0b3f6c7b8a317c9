"""HTTP: what every exchange has in common, the transcoder, and the few routes written by hand."""
