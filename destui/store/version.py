"""The schema this program knows."""

REVISION = "0003"
REVISIONS = ("0001", "0002", "0003")
"""All revisions, oldest first."""
