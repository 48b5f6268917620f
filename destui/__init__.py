"""destui: manage the destinations of a data platform from the terminal."""

__version__ = "0.1.0"
