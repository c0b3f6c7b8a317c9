"""The business rules of the action flow: no I/O, no clock, no framework."""
