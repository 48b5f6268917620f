"""`destui delete`."""

from __future__ import annotations

import sys
from shlex import quote

from destui.cli.arguments import Arguments, Kind, usage
from destui.cli.session import open_session
from destui.domain.destination import TRASH_DAYS
from destui.domain.safe import visible
from destui.domain.units import count
from destui.services import browse

HELP = """
destui delete NAME [--yes]

Moves a destination into the trash, from which `destui restore NAME` brings it back for 7 days. Data in the destination
itself is never touched. Asks on a terminal; elsewhere --yes is needed.
"""
OPTIONS = {"yes": Kind.FLAG}


def run(arguments: Arguments) -> int:
    """Ask, then delete."""
    (name,) = arguments.names(1, 1, "one NAME")
    if not arguments.flag("yes") and not sys.stdin.isatty():
        raise usage("delete", "needs --yes where nobody can be asked")
    ctx = open_session(to_change=True)
    found = browse.find(ctx, name)
    from destui.services import destinations

    orders = destinations.consequences(ctx, found.id).load_orders
    with_it = f" With it: {count(orders, 'load order')}; what of them runs is stopped." if orders else ""
    if not arguments.flag("yes"):
        answer = input(f"Delete {visible(name)} ({found.type})?{with_it} Data in it is not touched. Type yes: ")
        if answer.strip().lower() not in ("y", "yes"):
            print("Nothing was deleted.")
            return 1
    destinations.delete(ctx, [found.id])
    by = name if visible(name) == name else found.id  # what is shown otherwise names nothing
    again = f"destui restore {'-- ' if by.startswith('-') else ''}{quote(by)}"
    print(f"Deleted {visible(name)}.{with_it} For {TRASH_DAYS} days it can be brought back with: {again}")
    return 0
