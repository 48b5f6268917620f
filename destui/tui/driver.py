"""The terminal's driver: Textual's, for terminals that go away or no longer read.

Textual's ends its writing thread at the first error, so that the event loop waits for ever behind a full queue; and it
reads a lost terminal again and again. Here what cannot be written is dropped, and the end of the line is awaited by a
thread that asks the system for nothing else.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import IO, TYPE_CHECKING, Any

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.app import App

PATIENCE = 2.0
"""Seconds that a polite end may take; afterwards the process ends as it is."""


class TerminalDriver(LinuxDriver):
    """Textual's driver, which ends the app when nobody is there any more."""

    def __init__(self, app: App[Any], **more: Any) -> None:
        super().__init__(app, **more)
        self._on_lost = partial(app.exit, return_code=128 + signal.SIGHUP)
        self._file: IO[str] = _UntilItIsGone(self._file)  # type: ignore[assignment]
        self._is_watched = False

    def start_application_mode(self) -> None:
        """As Textual does, and watch the line."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if not self._is_watched:
            self._is_watched = True
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._watch_line, args=(loop,), name="line-end", daemon=True).start()

    def _watch_line(self, loop: asyncio.AbstractEventLoop) -> None:
        """Sleep until the other end of the terminal is closed."""
        line = select.poll()
        line.register(self.fileno, 0)  # the end of a line is told whatever one asks for
        line.poll()
        end_for_sure(128 + signal.SIGHUP)
        with suppress(RuntimeError):  # it has ended by itself
            loop.call_soon_threadsafe(self._on_lost)


def end_for_sure(code: int) -> None:
    """End this process in a while, also when its event loop waits for a terminal that no longer reads."""

    def end() -> None:
        time.sleep(PATIENCE)
        os._exit(code)

    threading.Thread(target=end, name="end", daemon=True).start()


class _UntilItIsGone:
    """What is written to it is dropped once it cannot be written."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._is_gone = False

    def write(self, text: str) -> int:
        """Write, or drop."""
        return self._try(self._file.write, text) or len(text)

    def flush(self) -> None:
        """Write what is kept, or drop it."""
        self._try(self._file.flush)

    def _try(self, act: Callable[..., Any], *arguments: str) -> Any:
        if self._is_gone:
            return None
        try:
            return act(*arguments)
        except OSError:
            self._is_gone = True
            return None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
