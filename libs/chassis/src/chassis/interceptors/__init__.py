"""What happens around every call, before and after the servicer: one link per file, joined by `chain`."""
