"""Rules of the front door that need no transport: who sees a notice, how much a caller may ask for."""
