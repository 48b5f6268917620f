"""Looks whether somebody does the work of this store, sees that somebody does, and tells why nobody can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from destui.domain.errors import StoreUnavailable
from destui.faults import record
from destui.tui.background import in_thread
from destui.tui.widgets.chrome import Trouble

if TYPE_CHECKING:
    from destui.services.context import Context
    from destui.tui.app import DestuiApp

INTERVAL = 5.0
"""Seconds between two looks: a worker that was killed says nothing."""


@dataclass(frozen=True)
class _Found:
    alive: bool
    has_work: bool
    initializing: int
    why: str | None
    """Why nobody does it."""


class Serving:
    """The state of the workers, as the menu's foot and the banner show it."""

    def __init__(self, app: DestuiApp) -> None:
        self._app = app
        self._unserved = 0
        """Looks in a row at which work lay there and nobody did it."""

    def begin(self) -> None:
        """Look now, and from time to time."""
        self._app.set_interval(INTERVAL, self.look)
        self.look()

    def look(self) -> None:
        """Look now."""
        self._app.run_worker(self._look(), group="workers", exclusive=True, exit_on_error=False)

    async def _look(self) -> None:
        app = self._app
        try:
            found = await in_thread(_find, app.ctx, mend=not app.read_only)
        except StoreUnavailable:
            return
        except OSError as error:
            record(app.config, error, app.clock())
            return
        if app.trouble and app.trouble.of_store:
            return
        team = app.config.store_path is None
        # A worker that was just started needs a moment; only work that stays undone is worth a banner.
        self._unserved = 0 if found.alive or not (found.has_work or team) else self._unserved + 1
        rest = "no worker" if team or self._unserved else "worker at rest"
        app.show_serving("worker running" if found.alive else rest, self._trouble(found, team))

    def _trouble(self, found: _Found, team: bool) -> Trouble | None:
        if found.why and not team:
            return Trouble.worker_fails(found.why)
        return Trouble.no_worker(found.initializing) if self._unserved > 1 or (team and self._unserved) else None


def _find(ctx: Context, *, mend: bool) -> _Found:
    from destui.services import browse, status

    if mend:
        ctx.mend_worker()  # one that was killed, or hangs, would leave work undone
    alive = any(worker.alive for worker in status.workers(ctx))
    return _Found(alive, any(status.work(ctx)), browse.counts(ctx).initializing, status.worker_trouble(ctx))
