"""Loading rows into destinations: sources, targets, and the process that a run lives in."""
