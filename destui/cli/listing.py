"""`destui list`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind, usage
from destui.cli.session import document, local_time, open_session, print_json
from destui.domain.destination import Destination, Status
from destui.domain.safe import visible
from destui.store import reading

HELP = """
destui list [--status active|initializing|error] [--tag T] [--json]

Lists destinations by name. --json prints an array of objects, [] when there are none.
"""
OPTIONS = {"status": Kind.VALUE, "tag": Kind.VALUE, "json": Kind.FLAG}


def run(arguments: Arguments) -> int:
    """Print the list."""
    arguments.names(0, 0, "no names")
    status = arguments.value("status")
    if status is not None and status.lower() not in list(Status):
        raise usage("list", f"--status is one of {', '.join(Status)}")
    found = reading.selected(open_session().store, status and status.lower(), arguments.value("tag"))
    if arguments.flag("json"):
        print_json([document(d) for d in found])
    else:
        print_table(found)
    return 0


def print_table(destinations: list[Destination]) -> None:
    """A line a destination, columns as wide as needed."""
    rows = [("NAME", "TYPE", "STATUS", "CONNECTED BY", "LAST UPDATED", "TAGS")]
    rows += [
        (
            visible(d.name), d.type, d.status.label, visible(d.connected_by), local_time(d.updated_at),
            visible(", ".join(d.tags)),
        )
        for d in destinations
    ]  # fmt: skip
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
