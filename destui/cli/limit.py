"""`destui limit`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind, whole_number
from destui.cli.session import open_session
from destui.domain.errors import InvalidInput, Problem
from destui.services import browse

HELP = """
destui limit [N]

Shows, or sets, how many destinations are allowed. Under the present count nothing is deleted; adding is disabled.
"""
OPTIONS: dict[str, Kind] = {}


def run(arguments: Arguments) -> int:
    """Show or set it."""
    names = arguments.names(0, 1, "at most one number")
    if not names:
        print(browse.counts(open_session()).limit)
        return 0
    from destui.services import settings

    limit = whole_number(names[0])
    if limit is None:
        raise InvalidInput([Problem("limit", f"Give a whole number from 0 to {settings.MOST}, such as 25.")])
    ctx = open_session(to_change=True)
    settings.set_limit(ctx, limit)
    print(f"The limit is {limit}.")
    return 0
