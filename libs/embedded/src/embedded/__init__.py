"""Starts and supervises the whole suite on one machine without containers."""
