"""`destui doctor`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind
from destui.cli.output import can_print, print_json
from destui.config import load_config
from destui.domain.safe import visible

HELP = """
destui doctor [--json]

Looks at store, vault, worker, drivers and terminal, says sizes, what waits and what failed last, and what to do where
something is wrong. Exit 1 then.
"""
OPTIONS = {"json": Kind.FLAG}


def run(arguments: Arguments) -> int:
    """Print what was found."""
    arguments.names(0, 0, "no names")
    from destui.services.doctor import examine

    found = examine(load_config())
    if arguments.flag("json"):
        print_json(
            [
                {"subject": f.subject, "ok": f.ok, "message": f.sentence}
                | ({"values": dict(f.values)} if f.values else {})
                for f in found
            ]
        )
    else:
        good, bad = ("✓", "✗") if can_print("✓✗") else ("ok", "!!")
        for finding in found:
            print(f"{good if finding.ok else bad} {finding.subject:<16} {visible(finding.sentence)}")
    return 0 if all(f.ok for f in found) else 1
