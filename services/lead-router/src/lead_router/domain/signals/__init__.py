"""What leads do after receipt: signals, what they add up to, and behaviour recognised in them."""
