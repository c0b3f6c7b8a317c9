"""How the use cases are reached, and what they reach."""
