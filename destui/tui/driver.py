"""The terminal's driver: Textual's, for terminals that go away or no longer read.

Textual's ends its writing thread at the first error, so that the event loop waits for ever behind a full queue; and it
reads a lost terminal again and again. Here what cannot be written is dropped, and the end of the line is awaited by a
thread that asks the system for nothing else.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import IO, TYPE_CHECKING, Any

from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Paste

if TYPE_CHECKING:
    from textual.app import App
    from textual.message import Message

TICK_MS = 100
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

    def run_input_thread(self) -> None:
        """Read keys until the app ends or the line does."""
        parser = PasteParser(self._debug)
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode  # a terminal may send any byte
        line = select.poll()
        line.register(self.fileno, select.POLLIN)
        while not self.exit_event.is_set():
            if line.poll(TICK_MS):
                try:
                    data = os.read(self.fileno, 4096)
                except OSError:
                    return
                if not data:
                    return
                for event in parser.feed(decode(data)):
                    self.process_message(event)
            for event in parser.tick():  # an escape after which nothing came is the key
                self.process_message(event)

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


class PasteParser(XTermParser):
    """Textual's parser of what a terminal sends, but for pastes: those are handed on as they are.

    Textual's looks for keys within them too, so that a pasted escape sequence would type its letters.
    """

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._before = ""
        """The last of what was typed, in which a paste may have begun."""
        self._pasted: str | None = None
        """What of a paste has come; None outside of one."""
        self._is_split = False
        """Textual's parser has seen that it began, and must see its end."""

    def feed(self, data: str) -> Iterable[Message]:
        """The events of what came; an empty text is the end of all."""
        if not data:
            yield from super().feed(data)
        while data:
            if self._pasted is None:
                typed, data = self._up_to_paste(data)
                if typed:
                    yield from super().feed(typed)
            else:
                looked_at = max(0, len(self._pasted) - len(BRACKETED_PASTE_END))
                self._pasted += data
                end = self._pasted.find(BRACKETED_PASTE_END, looked_at)
                if end < 0:
                    return
                text, data = self._pasted[:end], self._pasted[end + len(BRACKETED_PASTE_END) :]
                self._pasted = None
                if self._is_split:
                    yield from super().feed(BRACKETED_PASTE_END)
                yield Paste(text.replace("\0", ""))

    def _up_to_paste(self, data: str) -> tuple[str, str]:
        """What is typed, and the text of a paste that begins after it, without its mark."""
        seen = self._before + data
        at = seen.find(BRACKETED_PASTE_START)
        if at < 0:
            self._before = seen[1 - len(BRACKETED_PASTE_START) :]
            return data, ""
        begun = len(self._before)
        text = seen[at + len(BRACKETED_PASTE_START) :]
        self._before, self._pasted, self._is_split = "", "", at < begun
        return (seen[begun : at + len(BRACKETED_PASTE_START)] if self._is_split else seen[begun:at]), text


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
