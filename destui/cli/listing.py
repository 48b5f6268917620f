"""`destui list`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind, usage
from destui.cli.output import print_columns, print_json, warn_of_settings
from destui.cli.session import see_to_worker
from destui.config import load_config
from destui.services import documents
from destui.services.context import open_context

TYPE_CHECKING = False  # `typing` itself would cost its import
if TYPE_CHECKING:
    from typing import Any

HELP = """
destui list [--status active|initializing|error] [--tag T] [--json]

Lists destinations by name. --json prints an array of objects, [] when there are none.
"""
OPTIONS = {"status": Kind.VALUE, "tag": Kind.VALUE, "json": Kind.FLAG}
STATUSES = ("active", "initializing", "error")


def run(arguments: Arguments) -> int:
    """Print the list."""
    arguments.names(0, 0, "no names")
    status = arguments.value("status")
    if status is not None and status.lower() not in STATUSES:
        raise usage("list", f"--status is one of {', '.join(STATUSES)}")
    ctx = open_context(load_config())
    warn_of_settings(ctx.config)
    found = documents.destinations(ctx, status=status and status.lower(), tag=arguments.value("tag"))
    if arguments.flag("json"):
        print_json(found)
    else:
        _print_table(found)
    see_to_worker(ctx)
    return 0


def _print_table(found: list[dict[str, Any]]) -> None:
    """A line a destination, columns as wide as needed."""
    from destui.domain.safe import visible

    rows = [("NAME", "TYPE", "STATUS", "CONNECTED BY", "LAST UPDATED", "TAGS")]
    rows += [
        (
            visible(d["name"]), d["type"], d["status"].capitalize(), visible(d["connected_by"]),
            d["updated_at"][:16].replace("T", " ") + "Z", visible(", ".join(d["tags"])),
        )
        for d in found
    ]  # fmt: skip
    print_columns(rows)
