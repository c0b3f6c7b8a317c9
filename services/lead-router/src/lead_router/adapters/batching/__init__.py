"""Groups calls that arrive together into one transaction."""
