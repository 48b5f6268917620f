"""`destui export`."""

from __future__ import annotations

import os
from pathlib import Path

from destui.cli.arguments import Arguments, Kind
from destui.cli.session import open_session
from destui.domain.errors import InvalidInput, Problem
from destui.services.exporting import export

HELP = """
destui export [FILE.yaml]

Writes all destinations as YAML, to standard output or into a new file. It holds no secrets, only references to
environment variables.
"""
OPTIONS: dict[str, Kind] = {}


def run(arguments: Arguments) -> int:
    """Write it."""
    names = arguments.names(0, 1, "at most one FILE")
    text = export(open_session())
    if names in ([], ["-"]):
        print(text, end="")
        return 0
    path = Path(names[0])
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InvalidInput([Problem(names[0], f"The file cannot be made: {error.strerror}. Name a new one.")]) from None
    print(f"Wrote {path}.")
    return 0
