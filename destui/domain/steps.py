"""The names of a ladder's steps, and the seconds that each may take."""

from __future__ import annotations

CLEAN_UP = "clean up"

DATABASE_STEPS = (
    "resolve", "reach", "encrypt", "sign in", "open", "create", "write", "read back", CLEAN_UP,
)  # fmt: skip
"""The ladder of a database (the tunnel comes with the bastion)."""

FILE_STEPS = ("open", "create", "write", "read back", CLEAN_UP)
"""The ladder of a database that is a file on this host."""

FOLDER_STEPS = ("open", "write", "read back", CLEAN_UP)
"""The ladder of a folder on this host."""

DEADLINES: dict[str, float] = {
    "resolve": 5, "reach": 5, "tunnel": 10, "encrypt": 5, "sign in": 10,
    "open": 10, "create": 10, "write": 10, "read back": 10, CLEAN_UP: 10,
}  # fmt: skip
"""Seconds that a step may take."""
