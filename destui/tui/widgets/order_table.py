"""The table of load orders: of all destinations, or of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache

from rich.style import Style
from textual.message import Message

from destui.domain.fuzzy import match
from destui.domain.orders import LoadOrder
from destui.tui.text import clean, short_count
from destui.tui.theme import Ink, ink_of
from destui.tui.widgets import order_words as words
from destui.tui.widgets.line import Runs, marked
from destui.tui.widgets.records import Column, Drawn, Records

NAME, ROUTE, MODE, SCHEDULE, STATUS, LAST, ROWS, NEXT = TITLES = (
    "Name", "Source, table", "Mode", "Schedule", "Status", "Last run", "Rows", "Next run",
)  # fmt: skip
_WIDTHS = {MODE: 7, SCHEDULE: 13, STATUS: 14, LAST: 9, ROWS: 9, NEXT: 9}
_GIVE_WAY = (MODE, LAST, NEXT, SCHEDULE)
"""In this order columns are left out; the details have them all."""
_GAP = 2
_LEAST_NAME, _MOST_NAME = 14, 36
_WAITING = 10
"""What `Waiting for connection` needs more than the column of statuses has."""


@cache
def widths_for(cells: int, *, with_destination: bool) -> dict[str, int]:
    """Columns and their widths in a table `cells` wide; a destination beside each table needs room."""
    inner = cells - 2
    least = (28 if inner >= 90 else 18) + (12 if with_destination else 0)
    shown = dict(_WIDTHS)
    for gone in (*_GIVE_WAY, ""):
        room = inner - _LEAST_NAME - sum(size + _GAP for size in shown.values()) - _GAP
        if room >= least or not gone:
            break
        del shown[gone]
    spare = max(0, room - least)
    if spare >= 4 * _WAITING:
        shown[STATUS] += _WAITING
        spare -= _WAITING
    name = min(_MOST_NAME, _LEAST_NAME + spare // 3)
    rest = inner - name - sum(size + _GAP for size in shown.values()) - _GAP
    sizes = {NAME: name, ROUTE: max(4, rest), **shown}
    return {title: sizes[title] for title in TITLES if title in sizes}


class OrderTable(Records[LoadOrder]):
    """Shows orders; the screen reads them. `selected` holds ids."""

    ACTED_ON = True

    class Opened(Message):
        """A name was clicked; the cursor is on its row."""

    class HeaderPointed(Message):
        """A title was clicked."""

        def __init__(self, title: str) -> None:
            super().__init__()
            self.title = title

    def __init__(self, past: Callable[[datetime], str], future: Callable[[datetime], str], *, id: str) -> None:
        """`past` and `future` write a moment."""
        super().__init__([Column(title, right=title == ROWS, spills=title == STATUS) for title in TITLES], id=id)
        self._past, self._future = past, future
        self.with_destination = True
        self.selected: set[str] = set()
        self.pattern = ""
        """The filter, whose hits are marked."""
        self.sorted_by = (NAME, False)
        """The title that it is sorted by, and whether from the end."""

    def show(self, orders: Sequence[LoadOrder], *, complete: bool, pattern: str = "") -> None:
        """Show these, which a filter may have found: another filter puts the cursor on the best."""
        self.selected &= {o.id for o in orders}
        another, self.pattern = pattern != self.pattern, pattern
        self.take([Drawn(o.id, o, self._write) for o in orders], complete=complete)
        if another:
            if pattern and orders:
                self.move_cursor(row=0)
            self.refresh()

    def refresh_ids(self, ids: Sequence[str]) -> None:
        """Draw these again: they were selected, or no longer."""
        self.refresh_ranks([rank for identity in ids if (rank := self.row_rank(identity)) is not None])

    def row_runs(self, rank: int, under_cursor: bool) -> Runs:
        """A row; what is selected has its mark in the overhang."""
        runs = super().row_runs(rank, under_cursor)
        if self.row_key(rank) not in self.selected:
            return runs
        ink = ink_of(self)
        (text, style), *rest = runs
        return [(ink.marks.selected, style + ink.accent), (text[1:], style), *rest]

    def header_runs(self) -> Runs:
        """The titles; what it is sorted by is bold and has an arrow."""
        runs, ink = super().header_runs(), ink_of(self)
        title, descending = self.sorted_by
        marked = f"{title} {ink.marks.down if descending else ink.marks.up}"
        out: Runs = []
        for text, style in runs:
            if text.strip() == title and len(text) >= len(marked):
                at = text.index(title)
                out += [(text[:at], style), (marked, ink.strong), (text[at + len(marked) :], style)]
            else:
                out.append((text, style))
        return out

    def clicked(self, rank: int, x: int) -> None:
        """A click moves the cursor, on a name opens it, on a title sorts."""
        title = self._at(x)
        if rank < 0:
            if title:
                self.post_message(self.HeaderPointed(title))
            return
        super().clicked(rank, x)
        if title == NAME:
            self.post_message(self.Opened())

    def _at(self, x: int) -> str | None:
        start = 1
        for column, size in self._columns():
            if start <= x < start + size:
                return column.title
            start += size + _GAP
        return None

    @property
    def _sizes(self) -> dict[str, int]:
        return widths_for(self.outer_size.width, with_destination=self.with_destination)

    def _shown(self) -> list[int]:
        sizes = self._sizes
        return [n for n, title in enumerate(TITLES) if title in sizes]

    def _columns(self) -> list[tuple[Column, int]]:
        sizes = self._sizes
        return [(self._all[n], sizes[TITLES[n]]) for n in self._shown()]

    def _write(self, order: LoadOrder, ink: Ink, soft: Style) -> list[Runs]:
        sizes = self._sizes
        run = order.run
        source, table = words.route(order, sizes[ROUTE], ink.marks, with_destination=self.with_destination)
        next_run = self._future(order.next_run_at) if order.next_run_at and not order.paused else ""
        name = clean(order.name)
        # Hits are marked where they count most: in the name, otherwise in source and table, otherwise in the status.
        below = " ".join(word for word in self.pattern.split() if not match(word, name))
        last = " ".join(word for word in below.split() if not match(word, source) and not match(word, table))
        last_run = self._past(run.started_at) if run and run.started_at else "" if run else "never"
        rows = short_count(run.rows) if run and (run.rows or not run.state.is_open) else ""
        room, behind = sizes[STATUS], LAST if LAST in sizes else ROWS
        if not {LAST: last_run, ROWS: rows}[behind]:  # what waits has begun nothing, so its status has their room
            room += _GAP + sizes[behind]
        status = words.status_runs(order, ink, soft, short=room < _WIDTHS[STATUS] + _WAITING)
        (mark, mark_look), (state, state_look) = status
        return [
            marked(name, self.pattern, ink.text, ink.hit),
            marked(source, below, soft, ink.hit) + marked(table, below, soft, ink.hit),
            [(order.mode.value, soft)],
            [(words.schedule_words(order.cron), soft)],
            [(mark, mark_look), *marked(state, last, state_look, ink.hit)],
            [(last_run, soft)],
            [(rows, soft)],
            [(next_run, soft)],
        ]
