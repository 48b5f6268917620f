"""Announces that a check has changed a destination's status, in the message line and by the terminal's bell where that
is wanted: what the background found, and what others asked for. What this session asked for is told by `Following`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from destui.domain.destination import Status
from destui.domain.errors import DestuiError
from destui.domain.event import Change
from destui.tui.background import in_thread

if TYPE_CHECKING:
    from destui.domain.announcement import StatusChange
    from destui.services.context import Context
    from destui.tui.app import DestuiApp

MOST_NAMES = 5


class Announcing:
    """The changes of status since this session began."""

    def __init__(self, app: DestuiApp, *, bell: bool) -> None:
        self._app = app
        self._bell = bell
        self._after: int | None = None
        """The newest event when it began."""
        self._told: dict[str, int] = {}
        """Destination id → the event that was last told of."""
        self._wanted: set[str] = set()
        self._reading = False

    def begin(self) -> None:
        """Announce what happens from now on."""
        self._app.run_worker(self._begin(), group="announcing", exit_on_error=False)

    async def _begin(self) -> None:
        try:
            self._after = await in_thread(_last_event, self._app.ctx)
        except DestuiError:
            self._after = None  # the banner tells

    def look(self, changes: Iterable[Change]) -> None:
        """Something was written; if it is an event of a destination, see whether its status has changed."""
        self._wanted |= {change.row_id for change in changes if change.entity == "event" and change.row_id}
        if self._after is None:
            self._wanted.clear()
        elif self._wanted and not self._reading:
            self._reading = True
            self._app.run_worker(self._read(self._after), group="announcing", exit_on_error=False)

    async def _read(self, after: int) -> None:
        try:
            while self._wanted:
                wanted, self._wanted = self._wanted, set()
                try:
                    found = await in_thread(_newest, self._app.ctx, sorted(wanted), after)
                except DestuiError:
                    self._wanted |= wanted  # the store is away; the next change looks again
                    return
                self._announce([c for event, c in found if self._is_news(event, c)])
        finally:
            self._reading = False

    def _is_news(self, event: int, change: StatusChange) -> bool:
        if event <= self._told.get(change.id, 0):
            return False
        self._told[change.id] = event
        return change.before is not Status.INITIALIZING and not self._app.following.is_own(change.check_id)

    def _announce(self, news: Sequence[StatusChange]) -> None:
        from destui.tui.screens.base import ActionHost

        if not news:
            return
        hosts = (screen for screen in reversed(self._app.screen_stack) if isinstance(screen, ActionHost))
        if (screen := next(hosts, None)) is not None:
            screen.say(told(news), good=all(change.after is Status.ACTIVE for change in news))
        if self._bell:
            self._app.bell()


def told(news: Sequence[StatusChange]) -> str:
    """The sentence about changes of status."""
    broken = [change for change in news if change.after is Status.ERROR]
    mended = [change.name for change in news if change.after is not Status.ERROR]
    parts = []
    if len(broken) == 1:
        cause = broken[0].diagnosis.cause if broken[0].diagnosis else "the check failed."
        parts.append(f"{broken[0].name} is in Error now: {cause}")
    elif broken:
        parts.append(f"{len(broken)} are in Error now: {_names([change.name for change in broken])}.")
    if mended:
        parts.append(f"{_names(mended)} {'is' if len(mended) == 1 else 'are'} Active again.")
    return " ".join(parts)


def _names(names: Sequence[str]) -> str:
    shown = list(names[:MOST_NAMES])
    if len(names) > MOST_NAMES:
        shown.append(f"{len(names) - MOST_NAMES} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _last_event(ctx: Context) -> int:
    from destui.services import announcing

    return announcing.last_event(ctx)


def _newest(ctx: Context, ids: Sequence[str], after: int) -> list[tuple[int, StatusChange]]:
    from destui.services import announcing

    return announcing.newest(ctx, ids, after)
