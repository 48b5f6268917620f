"""`destui cancel`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind
from destui.cli.session import open_session
from destui.domain.errors import NotFound
from destui.domain.safe import visible
from destui.services import browse

HELP = """
destui cancel NAME

Stops the check that runs on a destination. Exit 4 when none runs.
"""
OPTIONS: dict[str, Kind] = {}


def run(arguments: Arguments) -> int:
    """Stop it."""
    (name,) = arguments.names(1, 1, "one NAME")
    ctx = open_session(to_change=True)
    found = browse.find(ctx, name)
    from destui.services import checks

    if not checks.cancel(ctx, destination_id=found.id):
        raise NotFound(f"No check runs on {name}.")
    print(f"The check of {visible(name)} is being stopped.")
    return 0
