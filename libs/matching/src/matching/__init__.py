"""Names, phones and duplicate scores: pure computing, no input or output."""
