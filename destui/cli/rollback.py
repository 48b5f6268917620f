"""`destui rollback`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind
from destui.cli.session import find_id, open_session, wait_for
from destui.domain.safe import visible

HELP = """
destui rollback NAME [--wait [SECONDS]]

Goes back to the fields and secrets before the last change, and checks them. A second rollback undoes the first.
"""
OPTIONS = {"wait": Kind.SECONDS}


def run(arguments: Arguments) -> int:
    """Roll back, and wait when asked to."""
    (name,) = arguments.names(1, 1, "one NAME")
    ctx = open_session(to_change=True)
    old = find_id(ctx, name)
    from destui.services import rotation

    check_id = rotation.rollback(ctx, old.id)
    print(f"{visible(name)} is back on its previous version, which is being checked.")
    return wait_for(ctx, check_id, arguments.seconds("wait")) if arguments.flag("wait") else 0
