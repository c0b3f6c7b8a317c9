"""Aggregates in PostgreSQL, mapped by hand."""
