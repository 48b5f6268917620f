"""What a load would do, before it is saved: the next times, and the first rows with what is wrong with them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widget import Widget

from destui.domain.loads import Column, LineProblem, Preview
from destui.domain.units import count
from destui.tui.text import clean, cut, distance, fit, fit_right, width, wrap
from destui.tui.theme import Ink, ink_of
from destui.tui.widgets.findings import Shape, diagnosis_lines
from destui.tui.widgets.line import Lines, Runs
from destui.tui.widgets.load_times import moment_words, zone_words

ROWS = 20
NULL = "null"
WIDEST = 32
"""Cells of a column, at most."""
PROBLEMS = 5
"""Problems told, at most."""
_NUMBERS = ("int", "numeric", "decimal", "double", "float", "real", "number", "money")
_GAP = 2
_ROOMY = 90
_HEAD = 3
"""Rows that stay in sight: which columns are shown, their names, their types."""


class NextTimes(Lines):
    """The next five times of a schedule, one under the other."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._times: Sequence[datetime] = ()
        self._now: datetime | None = None
        self.add_class("-empty")

    def show(self, times: Sequence[datetime], now: datetime) -> None:
        """Show these, in their own zone."""
        if list(times) != list(self._times):
            self._times, self._now = times, now
            self.set_class(not times, "-empty")
            self.refresh(layout=True)

    def lines(self, cells: int) -> list[Runs]:
        """A row for each; where the clock changes about them, what it is called."""
        ink = ink_of(self)
        if not self._times or self._now is None:
            return []
        told = [
            (moment_words(t, self._now), z and f" {z}")
            for t, z in zip(self._times, zone_words(self._times), strict=True)
        ]
        far = distance((self._times[0] - self._now).total_seconds())
        beside = width("".join(told[0])) + 2 + width(far) <= cells
        rows: list[Runs] = [[("Next times" if beside else f"Next times, {far}", ink.muted)]]
        rows += [[(moment, ink.text), (zone, ink.muted)] for moment, zone in told]
        if beside:
            rows[1].append((f"  {far}", ink.muted))
        return rows


class PreviewNote(Lines):
    """The row above the preview: that it is of before a change, or what was found where fields have no notes."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._found = self._warning = ""

    def show(self, found: str, warning: str = "") -> None:
        """Show this; a warning goes before."""
        if (found, warning) != (self._found, self._warning):
            self._found, self._warning = found, warning
            self.refresh()

    def lines(self, cells: int) -> list[Runs]:
        """The one row, which may be blank."""
        ink = ink_of(self)
        if self._warning:
            return [[(cut(f"{ink.marks.warned} {self._warning}", cells, ink.marks.cut), ink.work_word)]]
        told = "" if self.screen.has_class("-tall") else clean(self._found)
        return [[(cut(told, cells, ink.marks.cut), ink.muted)]]


class PreviewLines(Lines):
    """The first rows of a source with the columns that the table has or gets. Takes the focus where columns do not
    fit; names and types stay in sight when it is scrolled in what holds it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "sideways(-1)", show=False),
        Binding("right", "sideways(1)", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.preview: Preview | None = None
        self._waiting = ""
        self._first = 0
        """The first column shown."""
        self._made: tuple[tuple[object, ...], tuple[list[Runs], int]] | None = None
        """What was made last, and of what."""

    @property
    def is_empty(self) -> bool:
        """It shows nothing, and waits for nothing."""
        return self.preview is None and not self._waiting

    def show(self, preview: Preview | None, waiting: str = "") -> None:
        """Show this, or what it waits for."""
        before = self.preview.columns if self.preview is not None else ()
        self.preview, self._waiting = preview, waiting
        if preview is None or preview.columns != before:
            self._first = 0
        self._fit()
        self.refresh(layout=True)

    def sideways(self, by: int) -> None:
        """Show columns further right, or left."""
        if self.preview is not None:
            self._first = max(0, min(self._first + by, last_first(self.preview, self.content_size.width)))
            self.refresh()

    action_sideways = sideways

    def lines(self, cells: int) -> list[Runs]:
        """All of it."""
        return self._lines(cells)[0]

    def render_line(self, y: int) -> Strip:
        """One line; at the top of what is in sight, the head in the place of what is scrolled away."""
        head = self._lines(self.content_size.width)[1]
        if isinstance(self.parent, Widget) and head >= 0:
            top = self.parent.scroll_offset.y
            if head < top <= y < top + _HEAD < top + self.parent.content_size.height:
                y += head - top
        return super().render_line(y)

    def _lines(self, cells: int) -> tuple[list[Runs], int]:
        ink = ink_of(self)
        if self._waiting:
            return [[(self._waiting, ink.muted)]], -1
        if self.preview is None:
            return [], -1
        of = (self.preview, ink, cells, self._first, self.has_focus)
        if self._made is None or any(a is not b and a != b for a, b in zip(self._made[0], of, strict=True)):
            self._made = of, preview_lines(self.preview, ink, cells, self._first, focused=self.has_focus)
        return self._made[1]

    def _fit(self) -> None:
        last = last_first(self.preview, self.content_size.width) if self.preview is not None else 0
        self._first = min(self._first, last)
        self.can_focus = last > 0

    def on_mount(self) -> None:
        """The head goes along when what holds it is scrolled."""
        if isinstance(self.parent, Widget):
            self.watch(self.parent, "scroll_y", self._scrolled, init=False)

    def _scrolled(self) -> None:
        self.refresh()

    def on_resize(self) -> None:
        """More or fewer columns fit."""
        super().on_resize()
        self._fit()

    def on_focus(self, event: events.Focus) -> None:
        """The head looks focused."""
        self.refresh()

    def on_blur(self, event: events.Blur) -> None:
        """It no longer does."""
        self.refresh()


def preview_lines(
    preview: Preview, ink: Ink, cells: int, first: int = 0, *, focused: bool = False
) -> tuple[list[Runs], int]:
    """What would go wrong, then the rows, from the column `first` on; and the line with which the head of the rows
    begins, -1 where there is none."""
    rows: list[Runs] = []
    if preview.diagnosis is not None:
        narrow = cells < _ROOMY
        rows += diagnosis_lines(
            preview.diagnosis, ink, min(cells, 100), Shape(cells, narrow, False, False, copy_key="")
        )
        rows.append([])
    rows += _problem_lines(_untold(preview), ink, cells)
    if not preview.columns:
        return rows, -1
    shown = _fitting(preview, cells, first)
    places = range(first, first + len(shown))
    head = len(rows)
    title = cut(_title(preview, places, focused), cells, ink.marks.cut)
    rows.append([(fit(title, cells), ink.strong + ink.cursor) if focused else (title, ink.muted)])
    numeric = [_is_number(column) for column, _ in shown]
    rows.append(_row([clean(c.name) for c, _ in shown], shown, numeric, ink, header=True))
    rows.append(_row([clean(c.type) for c, _ in shown], shown, numeric, ink, header=True))
    for row in preview.rows[:ROWS]:
        some = [row[n] for n in places]
        rows.append(_row([_text(value) for value in some], shown, numeric, ink, nulls=[v is None for v in some]))
    return rows, head


def _title(preview: Preview, places: range, focused: bool) -> str:
    """How many rows there are, which columns, and how to come to the others."""
    title = f"Preview, the first {count(len(preview.rows), 'row')}" if preview.rows else "Preview: there are no rows"
    total = len(preview.columns)
    if len(places) == total:
        return title
    one, last = places.start + 1, places.stop
    which = f"column {one:,}" if one == last else f"columns {one:,} to {last:,}"
    return f"{title}; {which} of {total:,}: {'left, right' if focused else 'tab here for more'}"


def _untold(preview: Preview) -> list[LineProblem]:
    """The problems but for the one that the diagnosis tells in the same words, its line among them."""
    cause = preview.diagnosis.cause if preview.diagnosis is not None else ""
    return [
        p
        for p in preview.problems
        if p.sentence != cause or (p.line and not {f"{p.line}", f"{p.line:,}"} & _words(cause))
    ]


def _words(text: str) -> set[str]:
    return {word.strip(".,:;") for word in text.split()}


def _problem_lines(problems: Sequence[LineProblem], ink: Ink, cells: int) -> list[Runs]:
    rows: list[Runs] = []
    for problem in problems[:PROBLEMS]:
        where = f"line {problem.line:,}: " if problem.line else ""
        file = f"{clean(problem.file)}, " if problem.file and problem.line else ""
        text = f"{ink.marks.warned} {file}{where}{clean(problem.sentence)}"
        rows += [[(line, ink.bad_word)] for line in wrap(text, cells)]
    if (more := len(problems) - PROBLEMS) > 0:
        rows.append([(f"and {count(more, 'more problem')}", ink.muted)])
    return [*rows, []] if rows else rows


def _fitting(preview: Preview, cells: int, first: int) -> list[tuple[Column, int]]:
    """The columns from `first` on for which there is room, with their widths."""
    out: list[tuple[Column, int]] = []
    for number in range(first, len(preview.columns)):
        size = _size(preview, number)
        if size > cells and not out:
            size = cells
        if size > cells:
            break
        out.append((preview.columns[number], size))
        cells -= size + _GAP
    return out


def last_first(preview: Preview, cells: int) -> int:
    """The first column that has to be left out for the last one to be shown; 0 where all fit."""
    number = len(preview.columns)
    while number and (size := _size(preview, number - 1)) <= cells:
        number -= 1
        cells -= size + _GAP
    return min(number, max(0, len(preview.columns) - 1))


def _size(preview: Preview, number: int) -> int:
    """Cells that a column needs."""
    column = preview.columns[number]
    texts = [clean(column.name), clean(column.type), *(_text(row[number]) for row in preview.rows[:ROWS])]
    return min(WIDEST, max(width(text) for text in texts))


def _text(value: str | None) -> str:
    """A value; a text that reads like NULL is quoted, since colour alone would tell them apart."""
    if value is None:
        return NULL
    return f'"{clean(value)}"' if value.strip().lower() == NULL else clean(value)


def _is_number(column: Column) -> bool:
    return column.type.lower().startswith(_NUMBERS) or "int" in column.type.lower().split("(")[0]


def _row(
    texts: Sequence[str], shown: Sequence[tuple[Column, int]], numeric: Sequence[bool], ink: Ink, *,
    header: bool = False, nulls: Sequence[bool] = (),
) -> Runs:  # fmt: skip
    runs: Runs = []
    for number, (_, size) in enumerate(shown):
        placed = (fit_right if numeric[number] else fit)(cut(texts[number], size, ink.marks.cut), size)
        muted = header or bool(nulls and nulls[number])
        runs.append((placed + " " * _GAP, ink.muted if muted else ink.text))
    return runs
