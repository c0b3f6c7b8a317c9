"""Facts and their counts in PostgreSQL."""
