"""Previews that a screen has asked for: each is read when it has come, and given to whom it is for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from destui.domain.errors import NotFound, StoreUnavailable
from destui.domain.event import Change
from destui.domain.loads import Preview
from destui.tui.background import in_thread
from destui.tui.screens import load_services

if TYPE_CHECKING:
    from destui.tui.screens.base import ActionHost


class AskedPreviews:
    """Those that have not come yet."""

    def __init__(self, screen: ActionHost[Any]) -> None:
        self._screen = screen
        self._waiting: dict[str, Callable[[Preview], None]] = {}

    def wait_for(self, preview_id: str, came: Callable[[Preview], None]) -> None:
        """Call `came` with it, which may be there already."""
        self._waiting[preview_id] = came
        self._collect([preview_id])

    def give_up(self, preview_id: str) -> bool:
        """Nobody wants it any more; whether it was still to come."""
        return self._waiting.pop(preview_id, None) is not None

    def hear(self, changes: Sequence[Change]) -> None:
        """The store has changed: one may have come."""
        if any(change.entity == "all" for change in changes):
            self.collect()
        elif ids := [c.row_id for c in changes if c.entity == "preview" and c.row_id in self._waiting]:
            self._collect(ids)

    def collect(self) -> None:
        """Read all that have come meanwhile."""
        self._collect(list(self._waiting))

    def _collect(self, ids: list[str]) -> None:
        if ids:
            self._screen.run_worker(self._read(ids), group="previews", exit_on_error=False)

    async def _read(self, ids: list[str]) -> None:
        for preview_id in ids:
            try:
                found = await in_thread(load_services.previewed, self._screen.ctx, preview_id)
            except NotFound:
                self.give_up(preview_id)
                continue
            except StoreUnavailable as error:
                self._screen.destui.store_lost(str(error))
                return
            if found is not None and (came := self._waiting.pop(preview_id, None)) is not None:
                came(found)
