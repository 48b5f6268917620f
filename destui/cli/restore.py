"""`destui restore`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind
from destui.cli.session import open_session
from destui.domain.errors import NotFound
from destui.domain.safe import visible

HELP = """
destui restore NAME

Brings a destination back from the trash, with its secrets. Of several with this name the one deleted last.
"""
OPTIONS: dict[str, Kind] = {}


def run(arguments: Arguments) -> int:
    """Restore it."""
    (name,) = arguments.names(1, 1, "one NAME")
    ctx = open_session(to_change=True)
    from destui.services import destinations

    found = next((t for t in destinations.trash(ctx) if t.name == name), None)
    if found is None:
        raise NotFound(f"There is no {name} in the trash. See: destui trash")
    destinations.restore(ctx, found.id)
    print(f"Restored {visible(name)}.")
    return 0
