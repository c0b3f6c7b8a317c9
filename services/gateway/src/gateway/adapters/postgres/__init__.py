"""What the gateway keeps in its own database."""
