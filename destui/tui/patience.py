"""Telling that something takes longer than a second."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from destui.tui.screens.base import ActionHost

PATIENCE = 1.0
"""Seconds before it is told."""


@contextmanager
def telling(screen: ActionHost[Any], sentence: str) -> Iterator[None]:
    """While the block lasts longer than a moment, say so in the message line of `screen`."""
    timer = screen.set_timer(PATIENCE, lambda: screen.say(sentence))
    try:
        yield
    finally:
        timer.stop()
        screen.unsay(sentence)
