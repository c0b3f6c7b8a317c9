"""What is done when a deadline comes."""
