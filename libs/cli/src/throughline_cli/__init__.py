"""The command `throughline`: start, watch, feed and question a suite."""
