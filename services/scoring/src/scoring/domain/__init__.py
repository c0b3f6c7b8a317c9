"""What is counted and how facts add up: no I/O, no clock, no framework."""
