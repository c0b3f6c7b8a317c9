"""What a file really is, found by opening it as that. Runs in a child process with limits: `content.__main__`."""
