"""`destui rollback`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind
from destui.cli.session import open_session
from destui.cli.waiting import wait_if_asked
from destui.domain.safe import visible
from destui.services import browse

HELP = """
destui rollback NAME [--wait [SECONDS]]

Goes back to the fields and secrets before the last change, and checks them. A second rollback undoes the first.
"""
OPTIONS = {"wait": Kind.SECONDS}


def run(arguments: Arguments) -> int:
    """Roll back, and wait when asked to."""
    (name,) = arguments.names(1, 1, "one NAME")
    ctx = open_session(to_change=True)
    old = browse.find(ctx, name)
    from destui.services import rotation

    check_id = rotation.rollback(ctx, old.id)
    print(f"{visible(name)} is back on its previous version, which is being checked.")
    return wait_if_asked(ctx, check_id, arguments)
