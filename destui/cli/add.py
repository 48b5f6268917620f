"""`destui add`."""

from __future__ import annotations

import sys

from destui.cli.arguments import Arguments, Kind
from destui.cli.notes import tell_needless, tell_url_notes
from destui.cli.references import read_reference, read_secrets
from destui.cli.session import open_session
from destui.cli.waiting import wait_if_asked
from destui.connectors import registry
from destui.domain.safe import visible
from destui.domain.secret import Secret
from destui.domain.url import looks_like_url, parse_url

HELP = """
destui add TYPE NAME [field=value …] [--url URL] [--tag T …] [--secret field=env:VAR|file:PATH|stdin …]
           [--wait [SECONDS]]

Adds a destination and starts its initialisation in the worker. See `destui types` for types and their fields.
--url       fills fields from a URL; to keep a password out of the process list give env:VAR, file:PATH or stdin
--secret    a secret field by reference; the value is never on the command line
--wait      wait until the check ends (or so many seconds): exit 0 when it passed, 1 when it failed or time ran out
"""
OPTIONS = {
    "url": Kind.VALUE, "tag": Kind.VALUES, "secret": Kind.VALUES, "wait": Kind.SECONDS,
}  # fmt: skip


def run(arguments: Arguments) -> int:
    """Add, and wait when asked to."""
    (type_id, name), fields = arguments.names_and_fields(2, "TYPE and NAME")
    spec = registry.spec(type_id)
    values: dict[str, object] = {}
    secrets: dict[str, Secret] = {}
    if (url := arguments.value("url")) is not None:
        whole = url if looks_like_url(url) else read_reference("url", url)
        values, secrets = parse_url(spec, whole)
        tell_url_notes(spec, whole, fields)
        if secrets and looks_like_url(url):
            print(
                "destui: the password in --url could be read by other users of this host while this ran; "
                "give --url env:VARIABLE, file:PATH or stdin",
                file=sys.stderr,
            )
    values |= fields
    secrets |= read_secrets(arguments.values("secret"), spec, values, name=name, kept=secrets)
    ctx = open_session(to_change=True)
    from destui.services import destinations

    added = destinations.add(ctx, type_id, name, values, secrets, arguments.values("tag"))
    tell_needless(spec, values, [*values, *secrets])
    print(f"Added {visible(name)}; it is initializing.")
    return wait_if_asked(ctx, added.check_id, arguments)
