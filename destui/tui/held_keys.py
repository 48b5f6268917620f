"""Keys typed ahead: what comes after a key that opens a screen waits until that screen is there.

Over a slow line several keys arrive at once; the letters of a name must not be taken as commands of the list that is
being left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import events

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

LONGEST = 3.0
"""Seconds after which keys are let go whatever has come."""


class HeldKeys:
    """Keys and pastes kept back, in their order."""

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._known: set[int] | None = None
        """Ids of the screens that were there when the keys began to wait; None: none wait."""
        self._kept: list[events.Event] = []
        self._returning: list[events.Event] = []
        self._round = 0

    def hold(self) -> None:
        """From now on keys wait for a new screen."""
        self._known = {id(screen) for screen in self._app.screen_stack}
        self._round += 1
        self._app.set_timer(LONGEST, lambda held=self._round: self.let_go() if held == self._round else None)

    def shown(self, screen: Screen[Any]) -> None:
        """A screen has come to the front; if it is a new one, the keys are for it."""
        if self._known is not None and id(screen) not in self._known and getattr(screen, "TAKES_KEYS_AT_ONCE", True):
            screen.call_after_refresh(self.let_go)

    def takes(self, event: events.Event) -> bool:
        """Whether this event is kept for later."""
        returned = event in self._returning
        if returned:
            self._returning.remove(event)
        if self._known is not None or (self._returning and not returned):
            self._kept.append(event)
            return True
        if returned and not self._returning and self._kept:
            self.let_go()
        return False

    def let_go(self) -> None:
        """The keys go where they are meant to."""
        self._known = None
        # Those that were let go before and came back are older than those that came since.
        self._returning, self._kept = [*self._returning, *self._kept], []
        for event in self._returning:
            self._app.post_message(event)
