"""Work that recurs, for every tenant in turn."""
