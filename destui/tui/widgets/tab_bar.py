"""The tabs of a page: their titles, and a bar under the current one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.style import Style
from textual import events
from textual.message import Message

from destui.tui.text import width
from destui.tui.theme import ink_of
from destui.tui.widgets.line import Lines, Runs

_GAP = 3


class TabBar(Lines):
    """Two rows. Keys belong to the screen; a click on a title is told by `Clicked`."""

    @dataclass
    class Clicked(Message):
        """A title was clicked."""

        tab: str

    def __init__(self, tabs: Mapping[str, str], current: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._tabs = dict(tabs)
        self._current = current

    @property
    def current(self) -> str:
        """The current tab."""
        return self._current

    def show(self, current: str) -> None:
        """Make it the current one."""
        if current != self._current:
            self._current = current
            self.refresh()

    def rename(self, tab: str, title: str) -> None:
        """Change a title."""
        if self._tabs[tab] != title:
            self._tabs[tab] = title
            self.refresh()

    def beside(self, by: int) -> str:
        """The tab before or after the current one; the ends meet."""
        names = list(self._tabs)
        return names[(names.index(self._current) + by) % len(names)]

    def lines(self, cells: int) -> list[Runs]:
        """Titles, bar."""
        ink = ink_of(self)
        titles: Runs = []
        start = end = at = 0
        for tab, title in self._tabs.items():
            if tab == self._current:
                start, end = at, at + width(title)
            look = ink.strong if tab == self._current else ink.muted
            titles += [(title, look + Style(meta={"tab": tab})), (" " * _GAP, ink.muted)]
            at += width(title) + _GAP
        bar = ink.marks.bar
        before = bar * (start - 1) + ink.marks.bar_end if start else ""
        after = ink.marks.bar_start + bar * max(0, cells - end - 1)
        return [titles, [(before, ink.line), (bar * (end - start), ink.accent), (after, ink.line)]]

    def on_click(self, event: events.Click) -> None:
        """A click on a title, or on the bar under it."""
        if tab := event.style.meta.get("tab"):
            self.post_message(self.Clicked(tab))
