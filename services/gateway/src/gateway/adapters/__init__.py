"""How the gateway is reached, and what it reaches."""
