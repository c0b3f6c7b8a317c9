"""Sends the rows of a file in numbered chunks, so that an import that was cut off goes on where it stopped."""
