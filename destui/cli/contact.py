"""`destui contact`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind
from destui.cli.session import open_session
from destui.domain.safe import visible

HELP = """
destui contact [TEXT]

Shows, or sets, whom to ask to raise the limit; it stands beside the limit's message. An empty text takes it away.
"""
OPTIONS: dict[str, Kind] = {}


def run(arguments: Arguments) -> int:
    """Show or set it."""
    names = arguments.names(0, 1, "at most one TEXT")
    ctx = open_session(to_change=bool(names))
    from destui.services import settings

    if not names:
        print(visible(settings.get_contact(ctx)))
        return 0
    settings.set_contact(ctx, names[0])
    print("The contact is set." if names[0].strip() else "The contact is taken away.")
    return 0
