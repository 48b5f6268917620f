"""What a run has read, and how that is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from destui.domain.loads import Phase, Progress

EVERY = 0.25
"""Seconds between two tellings of the progress."""


class Meter:
    """Counts what a run reads, and tells it at most four times a second."""

    def __init__(self, tell: Callable[[Progress], None], folder: Path | None = None) -> None:
        """`folder` is where the run puts things aside."""
        self._tell = tell
        self._folder = folder
        self.disk = 0
        """The most bytes that were put aside until now."""
        self._started = self._loading = time.monotonic()
        self._told = 0.0
        self.phase = Phase.CONNECT
        self.rows = 0
        self.total_bytes: int | None = None
        self.total_rows: int | None = None
        self.share: Callable[[], float] = lambda: 0.0
        """How much of the source is read, from 0 to 1, as the engine knows it."""
        self._best = 0.0
        self._mutex = threading.Lock()

    def enter(self, phase: Phase) -> None:
        """Another phase begins."""
        self.phase = phase
        if phase is Phase.LOAD:
            self.rows, self._best, self._loading = 0, 0.0, time.monotonic()
        self.tell(force=True)

    @contextmanager
    def waiting(self) -> Iterator[Callable[[], None]]:
        """Gives what is called where others are waited for; when it ends, the phase is again what it was."""
        was = self.phase
        yield lambda: self.enter(Phase.LOCK)
        if self.phase is Phase.LOCK:
            self.enter(was)

    def add(self, rows: int) -> None:
        """Rows have been read; the first are told at once."""
        first = not self.rows
        self.rows += rows
        self.tell(force=first)

    @property
    def bytes(self) -> int:
        """Of the source, as far as the engine knows."""
        if self.phase in (Phase.MERGE, Phase.MOVE, Phase.COMMIT):
            self._best = 1.0
        elif self.phase is Phase.LOAD:
            # The engine reads far ahead of a target that is slow.
            share = self.rows / self.total_rows if self.total_rows else self.share()
            self._best = max(self._best, min(1.0, share))
        return int(self._best * (self.total_bytes or 0))

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self._started

    def tell(self, force: bool = False) -> None:
        """Pass on where the run is, unless that was done a moment ago."""
        now = time.monotonic()
        with self._mutex:
            if not force and now - self._told < EVERY:
                return
            self._told = now
        self.measure()
        rate = self.rows / max(now - self._loading, 0.001) if self.rows else 0.0
        self._tell(
            Progress(
                self.phase, self.rows, self.bytes, self.total_bytes, round(rate, 1), round(self.seconds, 3),
                self.total_rows, self.disk,
            )
        )  # fmt: skip

    def measure(self) -> None:
        """How much is put aside now."""
        if self._folder is not None:
            self.disk = max(self.disk, put_aside(self._folder))


def put_aside(folder: Path) -> int:
    """Bytes of the files below a folder, also of those that this process has open and removed, as SQLite does."""
    total = 0
    for file in folder.rglob("*"):
        with suppress(OSError):
            total += file.lstat().st_size
    with suppress(OSError):  # Linux
        for descriptor in Path("/proc/self/fd").iterdir():
            with suppress(OSError):
                path = str(descriptor.readlink())
                if path.startswith(f"{folder}/") and path.endswith(" (deleted)"):
                    total += descriptor.stat().st_size
    return total
