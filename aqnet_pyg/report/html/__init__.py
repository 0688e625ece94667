"""HTML page of a run: one file that works without a server or a network connection."""
