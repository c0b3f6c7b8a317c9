"""Routes that no contract describes: health, documentation, notices, the clock, the built-in issuer."""
