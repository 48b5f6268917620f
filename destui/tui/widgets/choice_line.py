"""A few words on one line, of which one is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from destui.tui.theme import ink_of
from destui.tui.widgets.line import Lines, Runs


class ChoiceLine(Lines, can_focus=True):
    """`( ) append  (•) merge`: left, right and space choose, as does a click."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False),
        Binding("right,space", "step(1)", show=False),
    ]

    class Changed(Message):
        """Another one is chosen."""

        def __init__(self, line: ChoiceLine) -> None:
            super().__init__()
            self.line = line

        @property
        def control(self) -> ChoiceLine:
            """For `@on(ChoiceLine.Changed, "#id")`."""
            return self.line

    def __init__(self, choices: Sequence[tuple[str, str]], value: str, *, id: str | None = None) -> None:
        """`choices` are what is meant and what is read."""
        super().__init__(id=id)
        self._choices = tuple(choices)
        self._value = value

    @property
    def value(self) -> str:
        """What is chosen."""
        return self._value

    @value.setter
    def value(self, value: str) -> None:
        if value != self._value:
            self._value = value
            self.refresh()
            self.post_message(self.Changed(self))

    def action_step(self, by: int) -> None:
        """The one before or after; the ends meet."""
        values = [value for value, _ in self._choices]
        self.value = values[(values.index(self._value) + by) % len(values)]

    def lines(self, cells: int) -> list[Runs]:
        """The one row."""
        ink = ink_of(self)
        runs: Runs = []
        for value, words in self._choices:
            chosen = value == self._value
            look = (ink.strong if chosen else ink.text) + Style(meta={"choice": value})
            if chosen and self.has_focus and ink.flat:
                look += ink.cursor
            mark = ink.marks.active if chosen else " "
            runs += [(f"({mark}) {words}", look), ("  ", ink.muted)]
        return [runs[:-1]]

    def on_focus(self) -> None:
        """What is chosen looks focused."""
        self.refresh()

    def on_blur(self) -> None:
        """It no longer does."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """A click chooses."""
        if (value := event.style.meta.get("choice")) is not None:
            self.value = value
