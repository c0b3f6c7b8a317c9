"""One use case per file: a frozen command or question and its handler, one transaction."""
