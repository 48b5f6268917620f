"""`destui check`."""

from __future__ import annotations

import sys
import time

from destui.cli.arguments import Arguments, Kind, usage
from destui.cli.output import print_json
from destui.cli.session import find_id, open_session, print_diagnosis, print_steps, tell_waiting
from destui.domain.destination import Destination
from destui.domain.errors import NotFound
from destui.domain.safe import visible
from destui.services.context import Context
from destui.store import documents, reading

HELP = """
destui check [NAME …] [--all] [--tag T] [--parallel N] [--timeout SECONDS] [--json]

Checks destinations now, waits, and shows each ladder as it comes. A check that runs already is joined.
--parallel   how many at once (10)
--timeout    how long to wait for all of them; the checks themselves go on
Exit 0 when all passed, 1 when one failed or time ran out.
"""
OPTIONS = {
    "all": Kind.FLAG, "tag": Kind.VALUE, "parallel": Kind.VALUE, "timeout": Kind.VALUE, "json": Kind.FLAG,
}  # fmt: skip


def run(arguments: Arguments) -> int:
    """Ask for the checks, and wait."""
    if not arguments.words and not arguments.flag("all") and arguments.value("tag") is None:
        raise usage("check", "needs a NAME, --tag or --all")
    parallel = arguments.number("parallel", 10)
    timeout = arguments.number("timeout", 0) if arguments.flag("timeout") else None
    ctx = open_session(to_change=True)
    targets = _targets(ctx, arguments)
    end = None if timeout is None else time.monotonic() + timeout
    passed = True
    done: list[dict[str, object]] = []
    for start in range(0, len(targets), parallel):
        wave = targets[start : start + parallel]
        passed = _check(ctx, wave, end, as_json=arguments.flag("json")) and passed
        done += [d for target in wave for d in documents.destinations(ctx.store, name=target.name)]
    if arguments.flag("json"):
        print_json(done)
    return 0 if passed else 1


def _targets(ctx: Context, arguments: Arguments) -> list[Destination]:
    found = {name: find_id(ctx, name) for name in arguments.words}
    if arguments.flag("all") or arguments.value("tag") is not None:
        found |= {d.name: d for d in reading.selected(ctx.store, None, arguments.value("tag"))}
    if not found and arguments.value("tag") is not None:
        raise NotFound(f"No destination has the tag {arguments.value('tag')}.")
    return list(found.values())


def _check(ctx: Context, wave: list[Destination], end: float | None, *, as_json: bool) -> bool:
    from destui.services import checks
    from destui.services.following import follow

    asked = checks.request(ctx, [d.id for d in wave])
    names = {asked[d.id]: d.name for d in wave if d.id in asked}
    left = set(names)
    good = len(names) == len(wave)
    told = ""
    for check in follow(ctx, names, None if end is None else max(0.0, end - time.monotonic())):
        if check.state.is_open:
            told = tell_waiting(check, told)
            continue
        left.discard(check.id)
        good = good and check.state.is_good
        if not as_json:
            print(f"{visible(names[check.id])}: {check.state.value}")
            print_steps(check.steps)
            if check.diagnosis is not None:
                print_diagnosis(check.diagnosis)
            sys.stdout.flush()
    for identity in left:
        print(f"destui: {visible(names[identity])}: the wait ran out; its check goes on", file=sys.stderr)
    return good and not left
