"""`destui reauthorize`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind
from destui.cli.session import find_id, open_session, read_secrets, wait_for
from destui.domain.safe import visible

HELP = """
destui reauthorize NAME [field=value …] [--secret field=env:VAR|file:PATH|stdin …] [--wait [SECONDS]]

Checks new credentials; they replace the current ones only when the check passes. Secrets that are not given stay,
except when the host or port changes: then they must be given again.
"""
OPTIONS = {"secret": Kind.VALUES, "wait": Kind.SECONDS}


def run(arguments: Arguments) -> int:
    """Re-authorise, and wait when asked to."""
    (name,), fields = arguments.names_and_fields(1, "one NAME")
    secrets = read_secrets(arguments.values("secret"))
    ctx = open_session(to_change=True)
    old = find_id(ctx, name)
    from destui.services import rotation

    check_id = rotation.reauthorize(ctx, old.id, old.version, {**old.fields, **fields}, secrets)
    print(f"New credentials for {visible(name)} are being checked; they count when the check passes.")
    return wait_for(ctx, check_id, arguments.seconds("wait")) if arguments.flag("wait") else 0
