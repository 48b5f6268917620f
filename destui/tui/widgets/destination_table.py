"""The table of destinations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.message import Message

from destui.domain.destination import DestinationRow
from destui.services.browse import SortKey
from destui.tui.rows import PAGE, Place, Reading, RowWindow
from destui.tui.text import clean
from destui.tui.theme import ink_of
from destui.tui.widgets import destination_rows as drawing
from destui.tui.widgets.destination_rows import Columns, Look
from destui.tui.widgets.line import Runs
from destui.tui.widgets.windowed_table import WindowedTable


class DestinationTable(WindowedTable):
    """Shows a window of destinations. It holds the cursor; the screen holds what is selected and expanded, and
    fetches what `Wanted` asks for."""

    class Wanted(Message):
        """Rows are shown that are not in memory."""

        bubble = True

        def can_replace(self, message: Message) -> bool:
            """One is enough."""
            return isinstance(message, DestinationTable.Wanted)

    @dataclass
    class Pointed(Message):
        """A part of a row was clicked: `part` is a column. The cursor is on that row."""

        row: DestinationRow
        part: str

    @dataclass
    class HeaderPointed(Message):
        """The header of a sortable column was clicked."""

        key: SortKey

    def __init__(self) -> None:
        self.window = RowWindow()
        self.expanded: str | None = None
        self.selected: set[str] = set()
        self.stale = False
        self._when: Callable[[datetime], str] = str
        super().__init__(drawing.COLUMNS, id="destinations")

    def use_times(self, when: Callable[[datetime], str]) -> None:
        """How a moment is written."""
        self._when = when
        self.refresh()

    @property
    def row(self) -> DestinationRow | None:
        """The row under the cursor; None when there is none, or while it is being fetched."""
        return self.window.row(self.cursor_row) if self.total else None

    @property
    def place_now(self) -> Place:
        """Where the list stands, so that it can be found again after a change."""
        return Place(
            identity=self.row.id if self.row else None,
            rank=self.cursor_row,
            above=self.cursor_row - self.first_shown,
            height=self.rows_shown,
            at_top=self.first_shown == 0,
        )

    @property
    def columns_now(self) -> Columns:
        """The columns for the table's width; a scroll bar takes the overhang, not a column."""
        return drawing.columns_for(max(20, self.outer_size.width))

    def take(self, reading: Reading) -> None:
        """Show a new reading: only rows that differ are drawn again."""
        shown = range(self.first_shown, self.first_shown + self.rows_shown)
        before = {rank: (self.window.row(rank), rank == self.cursor_row) for rank in shown}
        same_order = self.window.view.order == reading.view.order
        stood = (self.first_shown, self.total)
        self.window.take(reading)
        self.set_total(reading.total)
        self.place(reading.rank, reading.first)
        if (self.first_shown, self.total) != stood or not same_order or self.window.view.pattern:
            self.refresh()
        else:
            self.refresh_ranks([r for r, was in before.items() if was != (self.window.row(r), r == self.cursor_row)])

    def put(self, number: int, rows: list[DestinationRow]) -> None:
        """A page that was asked for has come."""
        self.window.put(number, rows)
        first = max(self.first_shown, number * PAGE)
        last = min(self.first_shown + self.rows_shown, (number + 1) * PAGE)
        if first < last:
            self.refresh_ranks(range(first, last))
            if first <= self.cursor_row < last:
                self._highlight_cursor()

    def update_rows(self, rows: Sequence[DestinationRow]) -> None:
        """Newer states of rows that stay where they are."""
        for row in rows:
            old_rank = self.window.rank(row.id)
            if old_rank is None or self.window.row(old_rank) == row:
                continue
            self.window.replace(row)
            self.refresh_row(old_rank)
            if old_rank == self.cursor_row:
                self._highlight_cursor()

    def refresh_ids(self, ids: Sequence[str]) -> None:
        """Draw these rows again: they were expanded, selected, or no longer."""
        self.refresh_ranks([rank for identity in ids if (rank := self.window.rank(identity)) is not None])

    # What WindowedTable asks for.

    def row_key(self, rank: int) -> str | None:
        """The id of the destination of this rank, while it is in memory."""
        row = self.window.row(rank)
        return row.id if row else None

    def row_rank(self, key: str) -> int | None:
        """The rank of a destination in memory."""
        return self.window.rank(key)

    def row_cells(self, rank: int) -> Sequence[str]:
        """The cells as plain text."""
        row = self.window.row(rank)
        if row is None:
            return [""] * len(drawing.COLUMNS)
        texts = (
            row.name,
            row.connected_by,
            row.status.label,
            self._when(row.updated_at),
            drawing.ACTION_WORDS[row.status],
        )
        return ["", *(clean(text) for text in texts), ""]

    def row_runs(self, rank: int, under_cursor: bool) -> Runs:
        """The row as it is drawn; one that is not in memory is asked for."""
        row, ink = self.window.row(rank), ink_of(self)
        look = Look(
            under_cursor=under_cursor,
            focused=self.has_focus,
            expanded=row is not None and row.id == self.expanded,
            selected=row is not None and row.id in self.selected,
            stale=self.stale,
            pattern=self.window.view.pattern,
        )
        if row is None:
            self.post_message(self.Wanted())
            return drawing.waiting_runs(self.columns_now, ink, look)
        return drawing.row_runs(row, self._when(row.updated_at), self.columns_now, ink, look)

    def header_runs(self) -> Runs:
        """The header, with the sorted column marked."""
        return drawing.header_runs(self.columns_now, self.window.view.order, ink_of(self))

    def clicked(self, rank: int, x: int) -> None:
        """Tell which part of which row, or which header."""
        part = self.columns_now.at(x)
        if rank < 0:
            for key, column in drawing.SORTED_BY.items():
                if column == part:
                    self.post_message(self.HeaderPointed(key))
            return
        self.move_cursor(row=rank)
        if part and (row := self.window.row(rank)):
            self.post_message(self.Pointed(row, part))
