"""What the lead-router knows, without a database, a network or a clock."""
