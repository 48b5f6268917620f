"""Opens the store and reads the first rows beside Textual's own start, so that the first picture has them."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event, Thread

from destui.config import Config
from destui.services.browse import Order
from destui.services.changes import Watch
from destui.services.context import Context, open_context
from destui.tui.background import in_thread
from destui.tui.rows import Place, Reading, View, read

PATIENCE = 0.05
"""Seconds that the first picture may wait for rows that are nearly there."""


@dataclass(frozen=True)
class Opened:
    """An open store and what it holds at first."""

    ctx: Context
    reading: Reading
    watch: Watch
    """Begun before the reading, so that nothing that others do falls between the two."""


class Opening:
    """One opening of the store, begun at once in a thread."""

    def __init__(self, config: Config, *, read_only: bool, pattern: str) -> None:
        self._done = Event()
        self._opened: Opened | None = None
        self._error: Exception | None = None
        self._arguments = (config, read_only, View(Order(), pattern))
        Thread(target=self._run, daemon=True, name="opening").start()

    def _run(self) -> None:
        config, read_only, view = self._arguments
        try:
            ctx = open_context(config, read_only=read_only)
            watch = Watch(ctx)
            watch.wait(0)
            self._opened = Opened(ctx, read(ctx, view, Place()), watch)
        except Exception as error:
            self._error = error
        self._done.set()

    def at_once(self) -> Opened | None:
        """What has come, waiting no longer than the first picture may; None: it takes longer, or went wrong."""
        self._done.wait(PATIENCE)
        return self._opened

    async def result(self) -> Opened:
        """What comes. Raises what opening raised."""
        if not self._done.is_set():
            await in_thread(self._done.wait)
        if self._error is not None:
            raise self._error
        assert self._opened is not None
        return self._opened
