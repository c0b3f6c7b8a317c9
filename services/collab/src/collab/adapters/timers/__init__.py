"""Deadlines that have come."""
