"""What a load would do, before it is saved: the next times, and the first rows with what is wrong with them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

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


class PreviewLines(Lines):
    """The first rows of a source with the columns that the table has or gets."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.preview: Preview | None = None
        self._waiting = ""

    @property
    def is_empty(self) -> bool:
        """It shows nothing, and waits for nothing."""
        return self.preview is None and not self._waiting

    def show(self, preview: Preview | None, waiting: str = "") -> None:
        """Show this, or what it waits for."""
        self.preview, self._waiting = preview, waiting
        self.refresh(layout=True)

    def lines(self, cells: int) -> list[Runs]:
        """All of it."""
        ink = ink_of(self)
        if self._waiting:
            return [[(self._waiting, ink.muted)]]
        return preview_lines(self.preview, ink, cells) if self.preview is not None else []


def preview_lines(preview: Preview, ink: Ink, cells: int) -> list[Runs]:
    """What would go wrong, then the rows."""
    rows: list[Runs] = []
    if preview.diagnosis is not None:
        narrow = cells < _ROOMY
        rows += diagnosis_lines(
            preview.diagnosis, ink, min(cells, 100), Shape(cells, narrow, False, False, copy_key="")
        )
        rows.append([])
    rows += _problem_lines(preview.problems, ink, cells)
    if not preview.columns:
        return rows
    shown = _fitting(preview, cells)
    title = f"Preview, the first {count(len(preview.rows), 'row')}" if preview.rows else "Preview: there are no rows"
    if cells < _ROOMY and (whole := preview.extent):  # elsewhere it stands under the source
        title += f" of {whole}"
    if (more := len(preview.columns) - len(shown)) > 0:
        title += f"; {count(more, 'more column')} that do not fit here"
    rows.append([(title, ink.muted)])
    numeric = [_is_number(column) for column, _ in shown]
    rows.append(_row([clean(c.name) for c, _ in shown], shown, numeric, ink, header=True))
    rows.append(_row([clean(c.type) for c, _ in shown], shown, numeric, ink, header=True))
    for row in preview.rows[:ROWS]:
        rows.append(_row([_text(value) for value in row], shown, numeric, ink, nulls=[v is None for v in row]))
    return rows


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


def _fitting(preview: Preview, cells: int) -> list[tuple[Column, int]]:
    """The first columns for which there is room, with their widths."""
    out: list[tuple[Column, int]] = []
    for number, column in enumerate(preview.columns):
        texts = [clean(column.name), clean(column.type), *(_text(row[number]) for row in preview.rows[:ROWS])]
        size = min(WIDEST, max(width(text) for text in texts))
        if size > cells and not out:
            size = cells
        if size > cells:
            break
        out.append((column, size))
        cells -= size + _GAP
    return out


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
