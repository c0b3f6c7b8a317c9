"""One use case per file: a frozen command and its handler, one transaction."""
