"""`destui limit`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind
from destui.cli.session import open_session
from destui.domain.errors import InvalidInput, Problem

HELP = """
destui limit [N]

Shows, or sets, how many destinations are allowed. Under the present count nothing is deleted; adding is disabled.
"""
OPTIONS: dict[str, Kind] = {}


def run(arguments: Arguments) -> int:
    """Show or set it."""
    names = arguments.names(0, 1, "at most one number")
    ctx = open_session(to_change=bool(names))
    if not names:
        from destui.services import browse

        print(browse.counts(ctx).limit)
        return 0
    if not names[0].isascii() or not names[0].isdigit():
        raise InvalidInput([Problem("limit", "Give a whole number, such as 25.")])
    from destui.services import settings

    settings.set_limit(ctx, int(names[0]))
    print(f"The limit is {int(names[0])}.")
    return 0
