"""Finds out what is wrong with a suite, and what to do about it."""
