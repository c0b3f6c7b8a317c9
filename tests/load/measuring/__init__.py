"""What the measurements share: figures and their table, a router to load, callers, and where its time goes."""
