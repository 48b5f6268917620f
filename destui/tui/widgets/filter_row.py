"""The filter field and what stands at its right: counts by status, hits, or what is selected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from destui.domain.destination import Status
from destui.domain.event import Counts
from destui.tui.text import clean, fit
from destui.tui.theme import ink_of
from destui.tui.widgets.line import Lines, Runs, runs_width
from destui.tui.widgets.visible import Visible

PLACEHOLDER = "/ filter by name, type, status, tag, email"


class FilterInput(Input):
    """The field while letters are typed; moving keys move the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "screen.move('cursor_up')", show=False),
        Binding("down", "screen.move('cursor_down')", show=False),
        Binding("pageup", "screen.move('page_up')", show=False),
        Binding("pagedown", "screen.move('page_down')", show=False),
        Binding("escape", "screen.clear_filter", show=False),
    ]


class FilterText(Lines):
    """The field at rest: a hint, or the filter that is in force."""

    pattern = ""

    def __init__(self, hint: str = PLACEHOLDER) -> None:
        super().__init__()
        self._hint = hint

    def lines(self, cells: int) -> list[Runs]:
        """The one row."""
        ink = ink_of(self)
        text, look = (clean(self.pattern), ink.text) if self.pattern else (self._hint, ink.muted)
        # Where backgrounds do not show the field, a line under it does.
        return [[(fit(text, cells, ink.marks.cut), look + Style(underline=True) if ink.flat else look)]]


class FilterField(Horizontal):
    """A text until it is needed, then an input: the first picture has no use for one."""

    @dataclass
    class Changed(Message):
        """The filter is another one."""

        pattern: str

    class Left(Message):
        """Typing ended; the filter stays."""

    def __init__(self, pattern: str = "", hint: str = PLACEHOLDER) -> None:
        """`hint` says what is looked through."""
        super().__init__(id="filter")
        self._pattern, self._hint = pattern, hint

    def compose(self) -> ComposeResult:
        """At rest."""
        text = FilterText(self._hint)
        text.pattern = self._pattern
        yield text

    @property
    def is_open(self) -> bool:
        """Letters are being typed."""
        return bool(self.query(FilterInput))

    def open(self) -> None:
        """Begin typing."""
        if not self.is_open:
            self.query_one(FilterText).display = False
            field = FilterInput(self._pattern, highlighter=Visible(), select_on_focus=False)
            field.cursor_blink = False
            self.mount(field)
            field.focus()

    def close(self) -> None:
        """End typing; the filter stays."""
        text = self.query_one(FilterText)
        text.pattern = self._pattern
        text.display = True
        self.query(FilterInput).remove()

    def set_pattern(self, pattern: str) -> None:
        """Change the filter from outside."""
        self._pattern = pattern
        self.query_one(FilterText).pattern = pattern
        self.query_one(FilterText).refresh()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self._pattern:
            self._pattern = event.value
            self.post_message(self.Changed(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Left())

    def on_click(self, event: events.Click) -> None:
        """A click begins typing."""
        self.open()


class CountsLine(Lines):
    """Counts by status; `2 of 12` under a filter; `3 selected`; `as of 10:02` while the store is away."""

    counts: Counts | None = None
    matching: int | None = None
    selected = 0
    as_of = ""

    def show(self, counts: Counts | None, *, matching: int | None, selected: int, as_of: str) -> None:
        """Change what it says."""
        new = (counts, matching, selected, as_of)
        if new != (self.counts, self.matching, self.selected, self.as_of):
            self.counts, self.matching, self.selected, self.as_of = new
            self.refresh()

    def lines(self, cells: int) -> list[Runs]:
        """The one row, right-aligned."""
        runs = self._runs(words=not self.screen.has_class("-narrow"))
        if runs_width(runs) > cells:
            runs = self._runs(words=False)
        used = runs_width(runs)
        return [[(" " * max(0, cells - used), ink_of(self).muted), *runs]]

    def _runs(self, *, words: bool) -> Runs:
        ink, counts = ink_of(self), self.counts
        if self.as_of:
            return [(f"as of {self.as_of}", ink.muted)]
        if self.selected:
            return [(f"{self.selected} selected", ink.accent)]
        if counts is None:
            return []
        if self.matching is not None:
            return [(f"{self.matching:,} of {counts.total:,}", ink.muted)]
        runs: Runs = []
        for status, number, mark in (
            (Status.ACTIVE, counts.active, ink.ok),
            (Status.INITIALIZING, counts.initializing, ink.work),
            (Status.ERROR, counts.error, ink.bad),
        ):
            text = f"{number:,} {status.label}" if words else f"{number:,}"
            runs += [("   " if runs else "", ink.muted), (f"{ink.marks.of_status(status)} ", mark), (text, ink.muted)]
        return runs


class EmptyState(Lines):
    """What stands in the list's place while there is nothing to list. `keys` are what adds and what quits."""

    filtered = False

    def __init__(self, keys: tuple[str, str]) -> None:
        super().__init__()
        self._keys = keys

    def show(self, *, filtered: bool) -> None:
        """Nothing matches, or there is nothing."""
        self.filtered = filtered
        self.refresh(layout=True)

    def lines(self, cells: int) -> list[Runs]:
        """The words."""
        ink = ink_of(self)
        if self.filtered:
            return [
                [("Nothing matches this filter.", ink.strong)],
                [],
                [("escape", ink.strong), ("  Clear it", ink.muted)],
            ]
        rows: list[Runs] = [
            [("No destinations yet", ink.strong)],
            [],
            [("A destination is a database, warehouse, object store or", ink.text)],
            [("server that data is loaded into. Add one and watch its", ink.text)],
            [("connection being checked, step by step.", ink.text)],
            [],
        ]
        add, leave = self._keys
        if add:
            rows.append([(add, ink.strong), ("  Add the first one", ink.muted)])
        last: Runs = [
            (leave, ink.strong), ("  Quit; then ", ink.muted), ("destui demo", ink.text),
            (" shows it all with simulated ones", ink.muted),
        ]  # fmt: skip
        return [*rows, last]
