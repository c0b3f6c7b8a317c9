"""Deadlines that come."""
