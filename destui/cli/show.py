"""`destui show`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind
from destui.cli.ladders import print_diagnosis, print_steps
from destui.cli.output import local_time, print_json
from destui.cli.session import open_session, see_to_worker
from destui.domain.check import Check, Reason, told_steps
from destui.domain.destination import Destination, Status
from destui.domain.safe import visible
from destui.services import browse, documents

HELP = """
destui show NAME [--json]

Shows a destination with its last ladder and, when it is in Error, the diagnosis and the fix.
"""
OPTIONS = {"json": Kind.FLAG}


def run(arguments: Arguments) -> int:
    """Print one destination."""
    (name,) = arguments.names(1, 1, "one NAME")
    ctx = open_session()
    found = browse.find(ctx, name)
    if arguments.flag("json"):
        print_json(documents.destinations(ctx, name=found.name)[0])
    else:
        _print(found)
    see_to_worker(ctx)
    return 0


def _print(destination: Destination) -> None:
    facts = {
        "Name": destination.name, "Type": destination.type, "Status": destination.status.label,
        "Connected by": destination.connected_by, "Last updated": local_time(destination.updated_at),
        "Tags": ", ".join(destination.tags),
        **{name: str(value) for name, value in destination.fields.items()},
        **dict.fromkeys(destination.secret_names, "set, never shown"),
    }  # fmt: skip
    for label, value in facts.items():
        if value:
            print(f"{label:<14}{visible(value)}")
    check = destination.check
    if check is None:
        return
    print(f"\nCheck ({check.reason.value}) of {local_time(check.created_at)}: {check.state.value}")
    if check.waits_for:
        print(f"  It waits: {visible(check.waits_for)}")
    if (sentence := _of_a_candidate(destination, check)) is not None:
        print(f"  {sentence}")
    print_steps(told_steps(check))
    if check.diagnosis is not None:
        print()
        print_diagnosis(check.diagnosis, more=check.more)


def _of_a_candidate(destination: Destination, check: Check) -> str | None:
    """What a check of new values means for those in use, as long as they do not count."""
    if check.reason is not Reason.REAUTHORISE or check.state.is_good:
        return None
    if check.state.is_open:
        return "New values are being checked. Until they pass, what is shown above stays in use."
    kept = "The new values were not taken; what is shown above, and its secrets, are still in use."
    return kept if destination.status is Status.ACTIVE else None
