"""`destui restore`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind
from destui.cli.session import open_session
from destui.domain.errors import NotFound
from destui.domain.safe import visible

HELP = """
destui restore NAME

Brings a destination back from the trash, with its secrets. Of several with this name the one deleted last; an earlier
one by its id, which `destui trash` shows then.
"""
OPTIONS: dict[str, Kind] = {}


def run(arguments: Arguments) -> int:
    """Restore it."""
    (name,) = arguments.names(1, 1, "one NAME")
    ctx = open_session(to_change=True)
    from destui.services import destinations

    trash = destinations.trash(ctx)
    found = [t for t in trash if t.name == name] or [t for t in trash if t.id == name]
    if not found:
        raise NotFound(f"There is no {name} in the trash. See: destui trash")
    destinations.restore(ctx, found[0].id)
    others = f", the one deleted last; {len(found) - 1} more of this name can be had by id" if len(found) > 1 else ""
    print(f"Restored {visible(found[0].name)}{others}.")
    return 0
