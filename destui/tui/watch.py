"""Watches the store from a thread of its own: what others did, whether it answers, whether a worker lives."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING

from textual.message import Message

from destui.domain.errors import StoreUnavailable
from destui.domain.event import Change
from destui.services import browse

if TYPE_CHECKING:
    from destui.services.changes import Watch
    from destui.services.context import Context

RETRY = 10.0
"""Seconds between two tries while the store does not answer."""
PROBE = 1.0
"""Seconds between two tries to write while the store can only be read."""
GLANCE = 5.0
"""Seconds between two looks whether the store could be written, while nobody does."""
LOOK = 0.25
"""Seconds that one wait lasts at most; closing the watch ends it at once."""


@dataclass
class StoreChanged(Message):
    """Others, or the worker, changed these rows."""

    changes: list[Change]


@dataclass
class StoreLost(Message):
    """The store does not answer; the sentence says what was said."""

    sentence: str


@dataclass
class StoreUnwritable(Message):
    """The store can be read, but not written; the sentence says why."""

    sentence: str


class StoreBack(Message):
    """The store answers again, and can be written."""


class StoreWatch:
    """Tells the interface what happens in the store. `post` must be safe to call from a thread."""

    def __init__(self, ctx: Context, watch: Watch, post: Callable[[Message], object]) -> None:
        self._ctx = ctx
        self._post = post
        self._watch = watch
        self._ended = Event()
        self._again = Event()
        self._lost = False
        self._next_try = 0.0
        """By the monotonic clock, while the store can only be read."""
        self._next_glance = time.monotonic() + GLANCE

    def start(self) -> None:
        """Begin, in a thread that ends with the program."""
        Thread(target=self._run, daemon=True, name="store-watch").start()

    def close(self) -> None:
        """End; a wait that is under way is ended too."""
        self._ended.set()
        self._again.set()
        self._watch.close()

    def report_lost(self) -> None:
        """Somebody else found that the store does not answer, or cannot be written: look until it does and can."""
        self._lost = True

    def try_now(self) -> None:
        """Do not wait for the next try."""
        self._again.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                if self._lost and (self._again.is_set() or time.monotonic() >= self._next_try):
                    self._ask()
                elif not self._lost:
                    self._glance()
                if changes := self._watch.wait(LOOK):
                    self._post(StoreChanged(changes))
            except StoreUnavailable as error:
                self._lost, self._next_try = True, 0.0
                self._post(StoreLost(str(error)))
                self._again.wait(RETRY)
                self._again.clear()

    def _glance(self) -> None:
        if not self._ctx.read_only and time.monotonic() >= self._next_glance:
            if self._watch.has_become_unwritable():  # else somebody may have found so meanwhile
                self._lost = True
            self._next_glance = time.monotonic() + GLANCE

    def _ask(self) -> None:
        self._again.clear()
        browse.counts(self._ctx)
        if not self._ctx.read_only and (why := self._watch.why_unwritable()):
            self._next_try = time.monotonic() + PROBE
            self._post(StoreUnwritable(why))
        else:
            self._lost, self._next_try = False, 0.0
            self._post(StoreBack())
