"""The schema this program knows."""

REVISION = "0002"
REVISIONS = ("0001", "0002")
"""All revisions, oldest first."""
