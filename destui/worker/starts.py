"""What a process knows of the workers that it started: which came up, and why the others did not."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from destui.config import Config
from destui.domain.safe import visible

TRIES = 3
"""Starts in a row that may fail before it is told."""
RETRY_SECONDS = 30.0
"""How long no further one is tried then."""
_MOST = 300


@dataclass
class Starts:
    """The starts of one store's worker. Whoever uses it holds `turn`."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    _pipe: int | None = None
    _log: Path = Path()
    _log_from: int = 0
    _failed: int = 0
    _why: str = ""
    _retry_at: float = 0.0

    @property
    def may_try(self) -> bool:
        """Whether another start is worth it now."""
        return not self.trouble or time.monotonic() >= self._retry_at

    @property
    def trouble(self) -> str:
        """Why no worker comes up; empty while there is hope."""
        return self._why if self._failed >= TRIES else ""

    def begun(self, pipe: int, log: Path, log_from: int) -> None:
        """One was started; it writes a byte into the pipe when it is up, and its words into the log from there on."""
        self._forget_pipe()
        self._pipe, self._log, self._log_from = pipe, log, log_from

    def look(self) -> None:
        """See whether the last one is up, or has ended before it was."""
        if self._pipe is None:
            return
        try:
            is_up = bool(os.read(self._pipe, 1))
        except BlockingIOError:
            return
        self._forget_pipe()
        if is_up:
            self._failed, self._why = 0, ""
        else:
            self._failed += 1
            self._why = f"The worker does not start{self._last_words()}. Its log: {self._log}."
            self._retry_at = time.monotonic() + RETRY_SECONDS

    def is_held(self) -> None:
        """The worker's lock is held: by ours, which is coming up, or by another one, which works."""
        if self._pipe is None:
            self._failed, self._why = 0, ""

    def impossible(self, why: str) -> None:
        """It cannot even be started; trying again brings nothing for a while."""
        self._failed, self._why = TRIES, why
        self._retry_at = time.monotonic()  # a look costs nothing

    def _last_words(self) -> str:
        try:
            with self._log.open("rb") as log:
                log.seek(self._log_from)
                lines = log.read().decode("utf-8", "replace").split("\n")
        except OSError:
            return ""
        said = [line.strip() for line in lines if line.strip()]
        return f": {visible(_words(said[-1]))[:_MOST].rstrip('.')}" if said else ""

    def _forget_pipe(self) -> None:
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None


def _words(line: str) -> str:
    """A line of the log without its time and level."""
    time, _, rest = line.partition(" ")
    is_dated = time.endswith("Z") and time[:4].isdigit()
    return rest.partition(" ")[2] if is_dated else line.removeprefix("destui: ")


_starts: dict[Path, Starts] = {}


def of(config: Config) -> Starts:
    """The starts of this store's worker."""
    return _starts.setdefault(config.worker_lock, Starts())
