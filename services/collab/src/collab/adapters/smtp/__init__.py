"""E-mails out."""
