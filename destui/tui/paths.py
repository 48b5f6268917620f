"""Completing the paths of this machine's files, as a shell does."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

MOST = 5_000
"""Entries of a folder that are looked at."""


def completed_path(typed: str) -> str | None:
    """The first file or folder, by name, that goes on as this does; a folder ends in a slash. None: there is none,
    or the folder cannot be read.

    Hidden ones are found where the dot is typed. Blocks as long as the file system does.
    """
    head, slash, beginning = typed.rpartition("/")
    if not beginning and not slash:
        return None
    try:
        folder = Path(f"{head}/" if slash else ".").expanduser()
        with os.scandir(folder) as entries:
            found = min(
                (
                    entry.name + ("/" if entry.is_dir() else "")
                    for entry in islice(entries, MOST)
                    if _fits(entry.name, beginning)
                ),
                default=None,
            )
    except (OSError, RuntimeError, ValueError):  # RuntimeError: ~somebody, of whom nothing is known
        return None
    return None if found is None or found == beginning else f"{head}{slash}{found}"


def _fits(name: str, beginning: str) -> bool:
    """What cannot be shown as it is, is not offered."""
    return name.startswith(beginning) and (bool(beginning) or not name.startswith(".")) and name.isprintable()
