"""The schema this program knows."""

REVISION = "0001"
REVISIONS = ("0001",)
"""All revisions, oldest first."""
