"""Tells how what you asked for ended: an add, a check, a re-authorisation, a load run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from destui.domain.check import Reason
from destui.domain.errors import DestuiError
from destui.domain.event import Change
from destui.tui.background import in_thread
from destui.tui.following_runs import FollowingRuns

if TYPE_CHECKING:
    from destui.domain.check import Check
    from destui.services.context import Context
    from destui.tui.app import DestuiApp
    from destui.tui.screens.base import ActionHost


class Following:
    """The checks that this session asked for, until they end."""

    def __init__(self, app: DestuiApp) -> None:
        self._app = app
        self._open: dict[str, tuple[str, str]] = {}
        """Check id → destination id, name."""
        self._ended: list[tuple[str, Check]] = []
        self._waits: dict[str, str] = {}
        """Check id → what it was last told to wait for."""
        self._own: set[str] = set()
        """Ids of all checks that were ever followed."""
        self._looking = False
        self._again = False
        self._runs = FollowingRuns(app, self._say)

    def follow_run(self, run_id: str, name: str) -> None:
        """Tell how this run of the load order of this name ends."""
        self._runs.follow(run_id, name)

    def forget_runs(self, run_ids: Iterable[str]) -> None:
        """Do not tell of these: their orders were deleted."""
        self._runs.forget(run_ids)

    def follow(self, check_id: str, destination_id: str, name: str) -> None:
        """Tell how this check ends."""
        self._open[check_id] = (destination_id, name)
        self._own.add(check_id)
        self._again = True
        self._look()

    def is_own(self, check_id: str) -> bool:
        """This session asked for the check, and tells how it ends."""
        return check_id in self._own

    def forget(self, destination_ids: Iterable[str]) -> None:
        """Do not tell of these: they were deleted."""
        gone = set(destination_ids)
        self._open = {c: (d, n) for c, (d, n) in self._open.items() if d not in gone}
        self._tell_if_all_ended()

    def look(self, changes: Iterable[Change]) -> None:
        """Something changed; if it concerns what is followed, see how it stands."""
        changes = list(changes)
        self._runs.look(changes)
        followed = {d for d, _ in self._open.values()} | set(self._open)
        if any(change.row_id in followed or change.entity == "all" for change in changes):
            self._again = True
            self._look()

    def _look(self) -> None:
        if not self._looking and self._open:
            self._looking = True
            self._app.run_worker(self._read(), group="following", exit_on_error=False)

    async def _read(self) -> None:
        try:
            while self._again and self._open:
                self._again = False
                found = await in_thread(_checks, self._app.ctx, list(self._open))
                for check_id, check in found.items():
                    if check_id not in self._open:
                        continue
                    if check is not None and check.state.is_open:
                        self._tell_waiting(check)
                        continue
                    _, name = self._open.pop(check_id)
                    if check is not None:
                        self._ended.append((name, check))
        except DestuiError:
            self._again = True  # the store is away; the next change looks again
        finally:
            self._looking = False
        self._tell_if_all_ended()

    def _tell_if_all_ended(self) -> None:
        if self._ended and not self._open:
            self._tell()

    def _tell_waiting(self, check: Check) -> None:
        """A check that cannot go on says why and what to do, once."""
        if check.waits_for and check.waits_for != self._waits.get(check.id):
            self._say(f"{self._open[check.id][1]} waits. {check.waits_for}", good=False)
        self._waits[check.id] = check.waits_for

    def _tell(self) -> None:
        from destui.tui import list_actions

        ended, self._ended = self._ended, []
        self._waits = {}
        screen = self._screen
        shown = screen is not None and screen.details_of == ended[0][1].destination_id
        self._say(*told(ended, screen.key_now(list_actions.DETAILS) if screen and not shown else ""))

    def _say(self, sentence: str, good: bool) -> None:
        if self._screen is not None:
            self._screen.say(sentence, good=good)

    @property
    def _screen(self) -> ActionHost[Any] | None:
        from destui.tui.screens.base import ActionHost

        return self._app.screen if isinstance(self._app.screen, ActionHost) else None


def told(ended: list[tuple[str, Check]], details: str) -> tuple[str, bool]:
    """The sentence about checks that ended, and whether all went well. `details` is the key that shows a fix; empty
    where none does."""
    if len(ended) > 1:
        failed = [name for name, check in ended if not check.state.is_good]
        if not failed:
            return f"All {len(ended)} checks passed.", True
        return f"{len(ended) - len(failed)} of {len(ended)} checks passed. Not: {', '.join(failed)}.", False
    name, check = ended[0]
    if check.state.is_good:
        works = "works with what was changed" if check.reason is Reason.REAUTHORISE else "works"
        return f"{name} {works}: every step passed.", True
    if check.state == "cancelled":
        return f"The check of {name} was stopped.", False
    cause = check.diagnosis.cause if check.diagnosis else "The check failed."
    if check.was_refused:
        return f"{name} keeps its old settings and credentials. The change was not taken: {cause}", False
    return f"{name}: {cause}" + (f" {details} shows the fix." if details else ""), False


def _checks(ctx: Context, ids: list[str]) -> dict[str, Check | None]:
    from destui.domain.errors import NotFound
    from destui.services import checks

    found: dict[str, Check | None] = {}
    for check_id in ids:
        try:
            found[check_id] = checks.check(ctx, check_id)
        except NotFound:
            found[check_id] = None
    return found
