"""Keys are handed on one at a time: the next waits until what the one before set off is there.

Over a slow line several keys arrive at once. Textual would give them all to what has the focus when they arrive: the
letters of a name would be taken as commands of the list that is being left.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from textual import events
from textual.message_pump import MessagePump
from textual.widgets import DataTable, Input

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

LONGEST = 10.0
"""Seconds after which what waits is thrown away: it was typed for something that did not come."""
ROUNDS = 3
"""A key becomes a message of its widget (submitted), which becomes one of the widget around it (left), on which the
screen acts: so often must be waited until what was said before has been heard by all."""
_MOVES = frozenset({"up", "down", "pageup", "pagedown", "home", "end"})


class HeldKeys:
    """Keys and pastes in their order. `hand_on` gives one to what has the focus."""

    def __init__(self, app: App[None], hand_on: Callable[[events.Event], Awaitable[None]]) -> None:
        self._app = app
        self._give = hand_on
        self._kept: deque[events.Event] = deque()
        self._on_way: Screen[Any] | None = None
        """The screen whose key is being acted on."""
        self._stops: deque[MessagePump] = deque()
        """What the key on its way still comes by."""
        self._known: list[Screen[Any]] | None = None
        """The screens that were there when keys began to wait for a new one; None: they do not."""
        self._holds = 0
        self._late: asyncio.TimerHandle | None = None

    async def take(self, event: events.Event) -> None:
        """Hand it on, now or when its turn comes."""
        self._kept.append(event)
        if not self._is_busy:
            await self._next()

    # What screens tell

    def hold(self) -> int:
        """From now on keys wait for a new screen, or until they are let go of; returns a number for that."""
        self._known = list(self._app.screen_stack)
        self._wait_no_longer_than()
        self._holds += 1
        return self._holds

    def let_go(self, number: int) -> None:
        """What was begun with this `hold` has ended. Where it has opened a screen that is not ready yet, keys wait for
        that; where somebody else holds them since, for that."""
        screen = self._app.screen
        if number == self._holds and self._known is not None and (screen in self._known or _is_ready(screen)):
            self._known = None
            self._go_on()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keys wait until the block has ended, or a new screen is there."""
        number = self.hold()
        try:
            yield
        finally:
            self.let_go(number)

    def shown(self, screen: Screen[Any]) -> None:
        """A screen has come to the front, or has become ready; if it is a new one, the keys are for it."""
        if self._known is not None and screen not in self._known and _is_ready(screen):
            screen.call_after_refresh(self.let_go, self._holds)

    # How a key goes its way

    @property
    def _is_busy(self) -> bool:
        return self._on_way is not None or self._known is not None

    async def _next(self) -> None:
        while self._kept and not self._is_busy:
            event = self._kept.popleft()
            focused = self._app.focused
            if not _stays(event, focused):
                self._on_way = self._app.screen
                # Behind the key, in the queue of each widget that it comes by.
                self._stops = deque([*(focused or self._app.screen).ancestors_with_self] * ROUNDS)
                self._wait_no_longer_than()
            await self._give(event)
            if self._on_way is not None:
                self._go_with_it(self._stops)

    def _go_with_it(self, stops: deque[MessagePump]) -> None:
        """Once this stop has done all that was before, go to the next one; those that have gone meanwhile are left
        out."""
        while stops:
            if stops.popleft().call_later(self._go_with_it, stops):
                return
        if self._on_way is not None and stops is self._stops:
            here, screen = self._on_way, self._app.screen
            if screen is here:
                self._arrived()
            elif _is_ready(screen):
                screen.call_after_refresh(self._arrived)
            else:
                self._on_way, self._known = None, self._known or [here]

    def _arrived(self) -> None:
        self._on_way = None
        self._go_on()

    def _go_on(self) -> None:
        if not self._is_busy:
            if self._late is not None:
                self._late.cancel()
            self._app.call_later(self._next)

    def _wait_no_longer_than(self) -> None:
        if self._late is not None:
            self._late.cancel()
        self._late = asyncio.get_running_loop().call_later(LONGEST, self._give_up)

    def _give_up(self) -> None:
        if self._kept:
            self._app.bell()
        self._kept.clear()
        self._stops = deque()
        self._on_way = self._known = None
        self._go_on()


def _is_ready(screen: Screen[Any]) -> bool:
    return bool(getattr(screen, "is_ready", True))


def _stays(event: events.Event, focused: Any) -> bool:
    """Whether it can lead nowhere else: a letter that is typed, a move of a list's cursor."""
    if not isinstance(event, events.Key):
        return True
    if isinstance(focused, Input):
        return bool(focused.check_consume_key(event.key, event.character))
    return isinstance(focused, DataTable) and event.key in _MOVES
