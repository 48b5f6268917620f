"""`destui reauthorize`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind
from destui.cli.notes import tell_needless
from destui.cli.references import read_secrets
from destui.cli.session import open_session
from destui.cli.waiting import wait_if_asked
from destui.connectors import registry
from destui.domain.safe import visible
from destui.services import browse

HELP = """
destui reauthorize NAME [field=value …] [--secret field=env:VAR|file:PATH|stdin …] [--wait [SECONDS]]

Checks new credentials; they replace the current ones only when the check passes. Secrets that are not given stay,
except when the host or port changes, or TLS or its CA file no longer makes as sure of them: then they must be given
again.
"""
OPTIONS = {"secret": Kind.VALUES, "wait": Kind.SECONDS}


def run(arguments: Arguments) -> int:
    """Re-authorise, and wait when asked to."""
    (name,), fields = arguments.names_and_fields(1, "one NAME")
    ctx = open_session(to_change=True)
    old = browse.find(ctx, name)
    from destui.services import rotation

    spec, values = registry.spec(old.type), {**old.fields, **fields}
    secrets = read_secrets(arguments.values("secret"), spec, values, kept=old.secret_names)
    check_id = rotation.reauthorize(ctx, old.id, old.version, values, secrets)
    tell_needless(spec, values, [*(n for n in fields if fields[n]), *secrets])
    print(f"New credentials for {visible(name)} are being checked; they count when the check passes.")
    return wait_if_asked(ctx, check_id, arguments)
