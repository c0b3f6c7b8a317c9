"""Backup and restore of an embedded suite: the five databases, the files, and the keys that the databases need."""
