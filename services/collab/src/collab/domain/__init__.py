"""The rules of directory, calendar and notifications: no I/O, no clock, no framework."""
