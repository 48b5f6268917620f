"""A table of things that happened, newest first: checks, events. It grows as it is scrolled."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from rich.style import Style
from textual.message import Message

from destui.tui.text import cut, fit, fit_right, width
from destui.tui.theme import Ink, ink_of
from destui.tui.widgets.line import Run, Runs, crop, runs_width
from destui.tui.widgets.windowed_table import WindowedTable

T = TypeVar("T")

_GAP = 2
_AHEAD = 10
"""More is asked for when so few rows are left below the cursor or the screen."""


@dataclass(frozen=True)
class Column:
    """A column. Width 0 takes what is left; where the terminal is narrow it is `narrow` wide, if that is given, and
    `roomy` ones are left out."""

    title: str
    width: int = 0
    right: bool = False
    roomy: bool = False
    narrow: int = 0
    spills: bool = False
    """What is too long for it runs on over empty cells behind it."""


@dataclass(frozen=True)
class Drawn(Generic[T]):
    """A thing with its lasting key and how it is written: runs for each column, given the inks for words and for
    all else (on the row under the cursor both are bright)."""

    key: str
    item: T
    write: Callable[[T, Ink, Style], Sequence[Runs]]
    marked: bool = False


class Records(WindowedTable, Generic[T]):
    """Rows held here, in order. It asks for more by `Wanted`, and tells by `Chosen` what stands under the cursor."""

    ACTED_ON: ClassVar[bool] = False
    """What stands under the cursor is changed, run, deleted: it must not become another one by itself."""

    class Wanted(Message):
        """The last rows come into sight."""

        def __init__(self, records: Records[Any]) -> None:
            super().__init__()
            self.records = records

        @property
        def control(self) -> Records[Any]:
            """For `@on(Records.Wanted, "#id")`."""
            return self.records

    class Chosen(Wanted):
        """Another row is under the cursor."""

    def __init__(self, columns: Sequence[Column], *, id: str | None = None) -> None:
        self._all = tuple(columns)
        self._drawn: list[Drawn[T]] = []
        self._ranks: dict[str, int] = {}
        self.complete = False
        """There are no more to ask for."""
        super().__init__([c.title for c in columns], id=id)

    @property
    def items(self) -> list[T]:
        """All that it holds."""
        return [d.item for d in self._drawn]

    @property
    def item(self) -> T | None:
        """What stands under the cursor."""
        return self._drawn[self.cursor_row].item if self.cursor_row < len(self._drawn) else None

    def take(self, drawn: Sequence[Drawn[T]], *, complete: bool) -> None:
        """Hold these. The cursor stays on the row it was on, or at the top if it was at the top; where rows are acted
        on, also there when others come in above it."""
        if (list(drawn), complete) == (self._drawn, self.complete):
            return
        if [d.key for d in drawn] == [d.key for d in self._drawn]:
            self._replace(drawn, complete=complete)
            return
        grows = self.ACTED_ON and {d.key for d in self._drawn} <= {d.key for d in drawn}
        at = self.row_key(self.cursor_row) if self.cursor_row or grows else None
        above, was_top = self.cursor_row - self.first_shown, not self.cursor_row
        self._drawn, self.complete = list(drawn), complete
        self._ranks = {d.key: rank for rank, d in enumerate(self._drawn)}
        self.set_total(len(self._drawn))
        rank = self._ranks.get(at or "", min(self.cursor_row if at else 0, max(0, self.total - 1)))
        self.place(rank, 0 if was_top and rank < self.rows_shown else max(0, rank - above))
        self.refresh()
        self.post_message(self.Chosen(self))

    def _replace(self, drawn: Sequence[Drawn[T]], *, complete: bool) -> None:
        """Newer states of the same things: only those that differ are drawn again."""
        pairs = enumerate(zip(self._drawn, drawn, strict=True))
        differing = [n for n, (old, new) in pairs if (old.item, old.marked) != (new.item, new.marked)]
        self._drawn, self.complete = list(drawn), complete
        self.refresh_ranks(differing)
        if self.cursor_row in differing:
            self.post_message(self.Chosen(self))

    def watch_cursor_coordinate(self, old: object, new: object) -> None:
        """Tell what stands under the cursor, and ask for more in time."""
        super().watch_cursor_coordinate(old, new)  # type: ignore[arg-type]
        self.post_message(self.Chosen(self))
        self._look_ahead()

    def watch_scroll_y(self, old: float, new: float) -> None:
        """Ask for more in time."""
        super().watch_scroll_y(old, new)
        self._look_ahead()

    def _look_ahead(self) -> None:
        seen = max(self.cursor_row, self.first_shown + self.rows_shown)
        if not self.complete and self.total and seen + _AHEAD >= self.total:
            self.post_message(self.Wanted(self))

    # What WindowedTable asks for

    def row_key(self, rank: int) -> str | None:
        """The key of the row of this rank."""
        return self._drawn[rank].key if 0 <= rank < len(self._drawn) else None

    def row_rank(self, key: str) -> int | None:
        """The rank of the row with this key."""
        return self._ranks.get(key)

    def row_cells(self, rank: int) -> Sequence[str]:
        """The cells as plain text."""
        drawn, ink = self._drawn[rank], ink_of(self)
        return ["".join(text for text, _ in runs) for runs in drawn.write(drawn.item, ink, ink.muted)]

    def row_runs(self, rank: int, under_cursor: bool) -> Runs:
        """A row from edge to edge; it overhangs the text by one column on each side."""
        drawn, ink = self._drawn[rank], ink_of(self)
        soft = ink.text if under_cursor else ink.muted
        cells = drawn.write(drawn.item, ink, soft)
        runs: Runs = [(ink.marks.selected, ink.accent) if drawn.marked else (" ", ink.text)]
        for column, size, cell in self._spread([cells[n] for n in self._shown()]):
            runs += [*_placed(cell, size, column.right, ink, soft), (" " * _GAP, soft)]
        runs = crop(runs, self.outer_size.width)
        runs.append((" " * (self.outer_size.width - runs_width(runs)), soft))
        if not under_cursor:
            return runs
        under = ink.cursor if self.has_focus else ink.cursor_blurred
        # Without backgrounds the row is one run, reversed: colours inside it would tear it apart.
        return [(text, under if ink.flat else under + style) for text, style in runs]

    def _spread(self, cells: Sequence[Runs]) -> Iterator[tuple[Column, int, Runs]]:
        """Each cell with the width that it has: what spills takes that of the empty ones behind it too."""
        left = deque(zip(self._columns(), cells, strict=True))
        while left:
            (column, size), cell = left.popleft()
            while column.spills and runs_width(cell) > size and left and not runs_width(left[0][1]):
                size += _GAP + left.popleft()[0][1]
            yield column, size, cell

    def header_runs(self) -> Runs:
        """The titles."""
        muted = ink_of(self).muted
        return [(" ", muted)] + [
            ((fit_right if column.right else fit)(column.title, size) + " " * _GAP, muted)
            for column, size in self._columns()
        ]

    def clicked(self, rank: int, x: int) -> None:
        """A click moves the cursor."""
        if rank >= 0:
            self.move_cursor(row=rank)

    def _shown(self) -> list[int]:
        narrow = self.screen.has_class("-narrow")
        return [n for n, column in enumerate(self._all) if not (narrow and column.roomy)]

    def _columns(self) -> list[tuple[Column, int]]:
        is_narrow = self.screen.has_class("-narrow")
        columns = [(c, c.narrow if is_narrow and c.narrow else c.width) for c in (self._all[n] for n in self._shown())]
        fixed = sum(size + _GAP for _, size in columns) + 2
        rest = max(0, self.outer_size.width - fixed)
        return [(c, size or rest) for c, size in columns]


def _placed(cell: Runs, size: int, right: bool, ink: Ink, soft: Style) -> Runs:
    """A cell's runs in its width, cut with a mark."""
    room, out = size, list[Run]()
    for text, style in cell:
        short = cut(text, room, ink.marks.cut)
        out.append((short, style))
        room -= width(short)
        if short != text:
            break
    blank: Run = (" " * max(0, room), soft)
    return [blank, *out] if right else [*out, blank]
