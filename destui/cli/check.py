"""`destui check`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from destui.cli.arguments import Arguments, Kind, usage
from destui.cli.ladders import print_diagnosis, print_steps
from destui.cli.output import print_json
from destui.cli.session import open_session
from destui.cli.waiting import GOES_ON, TOO_LATE, ran_out, tell_unserved, tell_waiting, the_check_goes_on
from destui.domain.check import Check, told_steps
from destui.domain.destination import Destination
from destui.domain.errors import NotFound, VaultUnavailable
from destui.domain.safe import visible
from destui.services import browse, documents
from destui.services.context import Context

HELP = """
destui check [NAME …] [--all] [--tag T] [--parallel N] [--timeout SECONDS] [--json]

Checks destinations now, waits, and shows each ladder as it comes. A check that runs already is joined.
--parallel   how many at once (10)
--timeout    how long to wait for all of them; the checks themselves go on
Exit 0 when all passed, 1 when one failed or time ran out, 6 when the vault or the worker is not there: then the checks
wait, and go on by themselves when it is back.
"""
OPTIONS = {
    "all": Kind.FLAG, "tag": Kind.VALUE, "parallel": Kind.VALUE, "timeout": Kind.VALUE, "json": Kind.FLAG,
}  # fmt: skip


def run(arguments: Arguments) -> int:
    """Ask for the checks, and wait."""
    if not arguments.words and not arguments.flag("all") and arguments.value("tag") is None:
        raise usage("check", "needs a NAME, --tag or --all")
    parallel = arguments.number("parallel", 10)
    timeout = arguments.duration("timeout")
    ctx = open_session(to_change=True)
    targets = _targets(ctx, arguments)
    following = _Following(ctx, None if timeout is None else time.monotonic() + timeout, arguments.flag("json"))
    with the_check_goes_on():
        for start in range(0, len(targets), parallel):
            following.check(targets[start : start + parallel])
    if arguments.flag("json"):
        print_json([d for target in targets for d in documents.destinations(ctx, name=target.name)])
    if following.waits_for:
        raise VaultUnavailable(f"{following.waits_for} {GOES_ON if timeout is None else TOO_LATE}")
    return 0 if following.all_passed else 1


def _targets(ctx: Context, arguments: Arguments) -> list[Destination]:
    found = {name: browse.find(ctx, name) for name in arguments.words}
    tag = arguments.value("tag")
    if arguments.flag("all") or tag is not None:
        found |= {d.name: d for d in browse.tagged(ctx, tag)}
    if not found and tag is not None:
        raise NotFound(f"No destination has the tag {tag}.")
    return list(found.values())


class _Following:
    """Checks that are waited for, until `end` (None: until their ends)."""

    def __init__(self, ctx: Context, end: float | None, as_json: bool) -> None:
        self._ctx = ctx
        self._end = end
        self._as_json = as_json
        self.all_passed = True
        self.waits_for = ""
        """Why some of them wait still, when nothing else was left to wait for."""

    def check(self, wave: list[Destination]) -> None:
        """Ask for these, and follow them."""
        from destui.services import checks

        asked = checks.request(self._ctx, [d.id for d in wave])
        names = {asked[d.id]: d.name for d in wave if d.id in asked}
        self.all_passed = self.all_passed and len(names) == len(wave)  # the others were deleted meanwhile
        left = dict.fromkeys(names, "")
        for check in self._follow(names):
            if check.state.is_open:
                left[check.id] = check.waits_for
            else:
                del left[check.id]
                self._ended(names[check.id], check)
            if left and all(left.values()) and self._end is None:
                break  # nothing else moves: whoever waits for a vault would wait for ever
        for identity, waits_for in left.items():
            self.all_passed = False
            self.waits_for = waits_for or self.waits_for
            if not waits_for:
                ran_out(self._ctx, f"{names[identity]}: the wait ran out; its check goes on")

    def _follow(self, names: dict[str, str]) -> Iterator[Check]:
        from destui.services.following import follow

        told = ""
        tell_unserved(self._ctx)
        for check in follow(self._ctx, names, None if self._end is None else max(0.0, self._end - time.monotonic())):
            if check.state.is_open and self._end is not None:
                told = tell_waiting(check, told)
            yield check

    def _ended(self, name: str, check: Check) -> None:
        self.all_passed = self.all_passed and check.state.is_good
        if self._as_json:
            return
        print(f"{visible(name)}: {check.state.value}")
        print_steps(told_steps(check))
        if check.diagnosis is not None:
            print_diagnosis(check.diagnosis, more=check.more)
        sys.stdout.flush()
