"""Calls of the other services."""
