"""What happens when deadlines come."""
