"""Takes in leads, de-duplicates, scores and routes them to one owner each."""
