"""`destui events`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind
from destui.cli.output import local_time, print_json
from destui.cli.session import open_session
from destui.domain.safe import visible
from destui.services.documents import rfc3339

HELP = """
destui events [--limit N] [--json]

The audit trail, newest first: who did what to which destination, when, from which host. All of it, or the newest N.
"""
OPTIONS = {"json": Kind.FLAG, "limit": Kind.VALUE}
EVERYTHING = 2**62


def run(arguments: Arguments) -> int:
    """Print it."""
    arguments.names(0, 0, "no names")
    from destui.services import events

    count = arguments.number("limit", EVERYTHING)
    found = events.page(open_session(), 0, count)
    if arguments.flag("json"):
        print_json(
            [
                {
                    "at": rfc3339(e.at), "who": e.who, "host": e.host, "verb": e.verb, "destination": e.name or None,
                    "destination_id": e.destination_id, "detail": e.detail,
                }
                for e in found
            ]
        )  # fmt: skip
        return 0
    if not found:
        print("Nothing was done yet.")
    for e in found:
        line = f"{local_time(e.at)}  {e.who}  {e.verb}  {e.name}{f'  ({e.detail})' if e.detail else ''}  on {e.host}"
        print(visible(line))
    return 0
