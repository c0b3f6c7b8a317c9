"""Rows and aggregates, mapped by hand."""
