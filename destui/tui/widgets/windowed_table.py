"""A DataTable whose rows are not in it: it asks for those that it shows, so that twelve cost what a million do.

It puts lazy mappings in the place of the rows that DataTable holds, and draws its lines itself: one segment for each
run of a style, and no row but those that changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, overload

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size, Spacing
from textual.strip import Strip
from textual.widgets import DataTable
from textual.widgets.data_table import ColumnKey, Row, RowKey

from destui.tui.widgets.line import Runs, strip_of


class _Keys(Mapping[RowKey, Row]):
    """What DataTable takes for its dictionaries of rows: key → row, rank → key, without holding any."""

    def __init__(self, table: WindowedTable) -> None:
        self._table = table

    def __len__(self) -> int:
        return self._table.total

    def __iter__(self) -> Iterator[RowKey]:
        return (self.get_key(rank) for rank in range(len(self)))

    def __getitem__(self, key: RowKey) -> Row:
        return Row(key, 1)

    def get_key(self, rank: int) -> RowKey:
        """The key of the row of this rank; rows not in memory have one of their rank."""
        return RowKey(self._table.row_key(rank) or f"#{rank}")

    def get(self, key: RowKey) -> int | None:  # type: ignore[override]
        """The rank of a row in memory."""
        return self._table.row_rank(_text(key))


def _text(key: RowKey | str) -> str:
    # DataTable takes both.
    return key if isinstance(key, str) else key.value or ""


class _Cells(Mapping[RowKey, Mapping[ColumnKey, str]]):
    """Key → cells, for DataTable's `get_row` and `get_cell`."""

    def __init__(self, table: WindowedTable) -> None:
        self._table = table

    def __len__(self) -> int:
        return self._table.total

    def __iter__(self) -> Iterator[RowKey]:
        return iter(self._table.rows)

    def __getitem__(self, key: RowKey) -> Mapping[ColumnKey, str]:
        if (rank := self._table.row_rank(_text(key))) is None:
            raise KeyError(key)
        return dict(zip(self._table.columns, self._table.row_cells(rank), strict=True))


class _Ranks(Sequence[Row]):
    """The rows in order; slices yield them one by one."""

    def __init__(self, keys: _Keys, ranks: range) -> None:
        self._keys = keys
        self._ranks = ranks

    def __len__(self) -> int:
        return len(self._ranks)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> _Ranks: ...
    def __getitem__(self, index: int | slice) -> Row | _Ranks:
        if isinstance(index, slice):
            return _Ranks(self._keys, self._ranks[index])
        return Row(self._keys.get_key(self._ranks[index]), 1)


class WindowedTable(DataTable[str], inherit_css=False, inherit_bindings=False):
    """A table of rows of one line that a subclass gives by rank. One header row, a row cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "cursor_up", "Up", show=False, id="move_up"),
        Binding("down", "cursor_down", "Down", show=False, id="move_down"),
        Binding("pageup", "page_up", "Page up", show=False, id="page_up"),
        Binding("pagedown", "page_down", "Page down", show=False, id="page_down"),
        Binding("home,ctrl+home", "scroll_top", "First", show=False, id="first"),
        Binding("end,ctrl+end", "scroll_bottom", "Last", show=False, id="last"),
    ]

    DEFAULT_CSS = """
    WindowedTable {
        width: 1fr; height: 1fr; overflow-x: hidden; overflow-y: auto; layout: vertical;
        scrollbar-size-vertical: 1; scrollbar-color: $scrollbar; scrollbar-background: $scrollbar-background;
        scrollbar-color-hover: $scrollbar-hover; scrollbar-background-hover: $scrollbar-background;
        scrollbar-color-active: $scrollbar-active; scrollbar-background-active: $scrollbar-background;
    }
    """

    total: int = 0
    """How many rows there are."""

    def __init__(self, columns: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(cursor_type="row", cell_padding=0, show_row_labels=False, id=id)
        for name in columns:
            self.add_column(name, width=1, key=name)
        self._early = 0
        keys = _Keys(self)
        self.rows = keys  # type: ignore[assignment]
        self._row_locations = keys  # type: ignore[assignment]
        self._data = _Cells(self)  # type: ignore[assignment]

    # What a subclass gives.

    def row_key(self, rank: int) -> str | None:
        """The lasting key of the row of this rank; None while it is not in memory."""
        raise NotImplementedError

    def row_rank(self, key: str) -> int | None:
        """The rank of a row in memory."""
        raise NotImplementedError

    def row_cells(self, rank: int) -> Sequence[str]:
        """The text of its cells, one a column."""
        raise NotImplementedError

    def row_runs(self, rank: int, under_cursor: bool) -> Runs:
        """The row as it is drawn."""
        raise NotImplementedError

    def header_runs(self) -> Runs:
        """The header as it is drawn."""
        raise NotImplementedError

    def clicked(self, rank: int, x: int) -> None:
        """A click on a row (-1: the header) at column `x` of the table."""

    # What changes.

    def set_total(self, total: int) -> None:
        """Say how many rows there are now; the cursor is kept inside."""
        if total != self.total:
            self.total = total
            self._resize_virtual()

    def place(self, rank: int, first: int) -> None:
        """Put the cursor on a row, with row `first` at the top of the screen, without scrolling on the way."""
        self.scroll_to(y=first, animate=False, force=True)
        self.set_reactive(
            DataTable.cursor_coordinate, self.validate_cursor_coordinate(self.cursor_coordinate._replace(row=rank))
        )
        self._highlight_cursor()

    @property
    def first_shown(self) -> int:
        """The rank at the top of the screen."""
        return int(self.scroll_y)

    @property
    def rows_shown(self) -> int:
        """How many rows there is room for."""
        return max(1, self.size.height - self.header_height)

    def refresh_ranks(self, ranks: Sequence[int]) -> None:
        """Draw these rows again, and nothing else."""
        for rank in ranks:
            self.refresh_row(rank)

    # Keys that come before the first rows.

    def action_cursor_down(self) -> None:
        """Down; noted while there are no rows yet."""
        if self.total:
            super().action_cursor_down()
        else:
            self._early += 1

    def action_cursor_up(self) -> None:
        """Up; noted while there are no rows yet."""
        if self.total:
            super().action_cursor_up()
        else:
            self._early = max(0, self._early - 1)

    def catch_up(self) -> None:
        """The first rows are there: go where the keys before them meant to go."""
        if self._early and self.total:
            self.move_cursor(row=min(self._early, self.total - 1), animate=False)
        self._early = 0

    # DataTable's hooks: it would sum over all rows.

    @property
    def ordered_rows(self) -> Sequence[Row]:  # type: ignore[override]
        """The rows in order, not held."""
        keys = _Keys(self)
        return _Ranks(keys, range(len(keys)))

    @property
    def _total_row_height(self) -> int:
        return self.total

    def _update_dimensions(self, new_rows: object) -> None:
        self._resize_virtual()

    def _resize_virtual(self) -> None:
        self.virtual_size = Size(0, self.total + self.header_height)
        self._update_count += 1

    def _get_row_region(self, row_index: int) -> Region:
        if not self.is_valid_row_index(row_index):
            return Region()
        return Region(0, row_index + self.header_height, self.size.width, 1)

    def _get_cell_region(self, coordinate: object) -> Region:
        return self._get_row_region(self.cursor_row)

    def _get_fixed_offset(self) -> Spacing:
        return Spacing(self.header_height, 0, 0, 0)

    def _set_hover_cursor(self, active: bool) -> None:
        """No row is drawn for the mouse: DataTable draws row 0 at every key."""

    def _refuse(self, *_: object, **__: object) -> None:
        raise TypeError("The rows of a windowed table come from outside.")

    add_row = add_rows = remove_row = sort = clear = _refuse  # type: ignore[assignment]

    def notify_style_update(self) -> None:
        """DataTable would draw all rows again at each focus; what really changes is drawn again anyhow."""
        super(DataTable, self).notify_style_update()

    # Drawing.

    def render_line(self, y: int) -> Strip:
        """One line: the header, a row, or nothing."""
        background = self._background()
        if y < self.header_height:
            return strip_of(self.header_runs(), self.size.width, background)
        rank = y - self.header_height + self.first_shown
        if rank >= self.total:
            return Strip.blank(self.size.width, background)
        runs = self.row_runs(rank, rank == self.cursor_row)
        return strip_of(runs, self.size.width, background)

    def _background(self) -> Style:
        return Style(bgcolor=self.background_colors[1].rich_color)

    # Events.

    def on_focus(self) -> None:
        """The cursor's row shows where the focus is."""
        self.refresh_row(self.cursor_row)

    def on_blur(self) -> None:
        """The cursor's row shows that the focus is elsewhere."""
        self.refresh_row(self.cursor_row)

    def on_click(self, event: events.Click) -> None:
        """Which row, which column; clicks below the last row are nothing."""
        if event.y < self.header_height:
            self.clicked(-1, event.x)
        elif (rank := event.y - self.header_height + self.first_shown) < self.total:
            self.clicked(rank, event.x)
