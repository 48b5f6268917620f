"""`destui trash`."""

from __future__ import annotations

from collections import Counter

from destui.cli.arguments import Arguments, Kind
from destui.cli.output import local_time, print_json
from destui.cli.session import open_session
from destui.domain.safe import visible
from destui.services.documents import rfc3339

HELP = """
destui trash [--json]

Lists deleted destinations that can still be restored.
"""
OPTIONS = {"json": Kind.FLAG}


def run(arguments: Arguments) -> int:
    """Print the trash."""
    arguments.names(0, 0, "no names")
    from destui.services import destinations

    found = destinations.trash(open_session())
    if arguments.flag("json"):
        print_json(
            [
                {
                    "id": t.id, "name": t.name, "type": t.type, "deleted_at": rfc3339(t.deleted_at),
                    "deleted_by": t.deleted_by, "purge_at": rfc3339(t.purge_at),
                }
                for t in found
            ]
        )  # fmt: skip
        return 0
    if not found:
        print("The trash is empty.")
    names = Counter(t.name for t in found)
    for t in found:
        twin = f"  id {t.id}" if names[t.name] > 1 else ""  # the name alone brings back the newest
        print(
            f"{visible(t.name)}  {t.type}  deleted {local_time(t.deleted_at)} by {visible(t.deleted_by)}, "
            f"gone {local_time(t.purge_at)}{twin}"
        )
    return 0
