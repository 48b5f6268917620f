"""Tells how the load runs that you asked for ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from destui.domain.errors import DestuiError, NotFound
from destui.domain.event import Change
from destui.domain.orders import LoadRun, RunStage
from destui.domain.units import count
from destui.tui.background import in_thread
from destui.tui.text import duration

if TYPE_CHECKING:
    from destui.services.context import Context
    from destui.tui.app import DestuiApp

Say = Callable[[str, bool], None]


class FollowingRuns:
    """The runs that this session asked for, until they end. `say` tells a sentence, and whether it is a good one."""

    def __init__(self, app: DestuiApp, say: Say) -> None:
        self._app, self._say = app, say
        self._open: dict[str, str] = {}
        """Run id → its order's name."""
        self._waits: dict[str, str] = {}
        """Run id → what it was last told to wait for."""
        self._looking = self._again = False

    def follow(self, run_id: str, name: str) -> None:
        """Tell how this run ends."""
        self._open[run_id] = name
        self._look()

    def forget(self, run_ids: Iterable[str]) -> None:
        """Do not tell of these."""
        for run_id in run_ids:
            self._open.pop(run_id, None)

    def look(self, changes: Iterable[Change]) -> None:
        """Something changed; if it is a run that is followed, see how it stands."""
        if any(change.entity == "all" or change.row_id in self._open for change in changes):
            self._look()

    def _look(self) -> None:
        self._again = True
        if not self._looking and self._open:
            self._looking = True
            self._app.run_worker(self._read(), group="following-runs", exit_on_error=False)

    async def _read(self) -> None:
        try:
            while self._again and self._open:
                self._again = False
                for run_id, run in (await in_thread(_runs, self._app.ctx, list(self._open))).items():
                    self._seen(run_id, run)
        except DestuiError:
            self._again = True  # the store is away; the next change looks again
        finally:
            self._looking = False

    def _seen(self, run_id: str, run: LoadRun | None) -> None:
        name = self._open.get(run_id)
        if name is None:
            return
        if run is not None and run.state.is_open:
            if run.waits_for and run.waits_for != self._waits.get(run_id):
                self._say(f"{name} waits. {run.waits_for}", False)
            self._waits[run_id] = run.waits_for
            return
        del self._open[run_id]
        self._waits.pop(run_id, None)
        if run is not None:
            self._say(*told(name, run))


def told(name: str, run: LoadRun) -> tuple[str, bool]:
    """The sentence about a run that ended, and whether it went well."""
    if run.state is RunStage.DONE:
        took = duration(run.seconds(run.created_at) * 1000)
        return f"{name}: {count(run.rows, 'row')} loaded in {took}.", True
    # A run that did not end well warns of nothing but that this is not known.
    table = run.warnings[0] if run.warnings else "The table is as it was before."
    if run.state is RunStage.STOPPED:
        return f"The run of {name} was stopped. {table}", False
    cause = run.diagnosis.cause if run.diagnosis else "The run failed."
    return f"{name}: {cause} {table}", False


def _runs(ctx: Context, ids: list[str]) -> dict[str, LoadRun | None]:
    from destui.services import loads

    found: dict[str, LoadRun | None] = {}
    for run_id in ids:
        try:
            found[run_id] = loads.run(ctx, run_id)
        except NotFound:
            found[run_id] = None
    return found
