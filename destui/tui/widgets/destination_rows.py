"""How a destination becomes a row of the table: columns for a width, and at most four runs of style. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from rich.style import Style

from destui.domain.destination import DestinationRow, Status
from destui.domain.fuzzy import match
from destui.services.browse import Order, SortKey
from destui.tui.text import clean, cut, fit, width
from destui.tui.theme import Ink
from destui.tui.widgets.line import Runs, crop, marked, runs_width

EXPANDER, NAME, CONNECTED, STATUS, UPDATED, ACTION, DELETE = COLUMNS = (
    "expander", "Destination", "Connected by", "Status", "Last updated", "Actions", "delete",
)  # fmt: skip
SORTED_BY = {SortKey.NAME: NAME, SortKey.CONNECTED_BY: CONNECTED, SortKey.STATUS: STATUS, SortKey.UPDATED: UPDATED}
ACTION_WORDS = {
    Status.ACTIVE: "Setup load",
    Status.INITIALIZING: "Waiting for connection",
    Status.ERROR: "Re-authorize",
}
_FIXED = {STATUS: 14, UPDATED: 13, ACTION: 22}
_GAP = 2


@dataclass(frozen=True)
class Columns:
    """Where each column begins and how wide it is; those that do not fit are left out."""

    widths: tuple[tuple[str, int, int], ...]
    """Column, start, width."""
    cells: int

    def get(self, name: str) -> int:
        """The width of a column; 0 when it is left out."""
        return next((size for column, _, size in self.widths if column == name), 0)

    def start(self, name: str) -> int:
        """Where a column begins."""
        return next((start for column, start, _ in self.widths if column == name), self.cells)

    def at(self, x: int) -> str | None:
        """The column at this position."""
        return next((column for column, start, size in self.widths if start <= x < start + size), None)


@cache
def columns_for(cells: int) -> Columns:
    """The columns of a table `cells` wide. The row under the cursor overhangs the text by one on each side."""
    inner = cells - 2
    for shown in ((STATUS, UPDATED, ACTION), (STATUS, UPDATED), (STATUS,)):
        fixed = 2 + sum(_FIXED[c] + _GAP for c in shown) + 1
        if inner - fixed >= 18 or shown == (STATUS,):
            break
    room = inner - fixed
    connected = min(26, max(15, int((room - 2 * _GAP) * 0.41)))
    if room - connected - 2 * _GAP < 19:
        # The gap before the delete mark gives way first.
        name, connected = min(46, max(4, room - 1)), 0
    else:
        name = min(46, room - connected - 2 * _GAP)
    out, at = [(EXPANDER, 1, 1), (NAME, 3, name)], 3 + name + _GAP
    for column, size in ((CONNECTED, connected), *((c, _FIXED[c]) for c in shown)):
        if size:
            out.append((column, at, size))
            at += size + _GAP
    out.append((DELETE, cells - 2, 1))
    return Columns(tuple(out), cells)


@dataclass(frozen=True)
class Look:
    """How a row stands in the list."""

    under_cursor: bool = False
    focused: bool = True
    expanded: bool = False
    selected: bool = False
    stale: bool = False
    """The store does not answer: what is shown is old."""
    pattern: str = ""
    """The filter, whose hits are marked."""


def row_runs(row: DestinationRow, updated: str, columns: Columns, ink: Ink, look: Look) -> Runs:
    """The row from edge to edge. `updated` is its time in words."""
    base, soft = _base(ink, look)
    name_look = ink.text if not look.under_cursor and not look.stale else base
    state = soft if look.stale or (look.under_cursor and ink.flat) else None
    cells: dict[str, Runs] = {
        EXPANDER: [(f"{_expander(row, ink, look)} ", name_look)],
        NAME: _name(row, columns.get(NAME), name_look, soft, ink, look),
        CONNECTED: _email(row, columns.get(CONNECTED), soft, ink, look),
        STATUS: _status(row, ink, soft, state),
        UPDATED: [(_step(row), state or ink.work_word) if row.progress else (updated, soft)],
        ACTION: [(ACTION_WORDS[row.status], soft)],
        DELETE: [(f"{ink.marks.delete} ", soft)],
    }
    mark = (ink.marks.selected, base + ink.accent) if look.selected else (" ", name_look)
    runs: Runs = [mark]
    used = 1
    for column, start, size in columns.widths:
        cell = crop(cells[column], size + 1)
        runs += [(" " * (start - used), soft), *cell]
        used = max(start, used) + runs_width(cell)
    if not look.under_cursor:
        return runs
    under = ink.cursor if look.focused else ink.cursor_blurred
    return [(text, under + style) for text, style in runs]


def _base(ink: Ink, look: Look) -> tuple[Style, Style]:
    """The look of names, and of all else."""
    if look.under_cursor:
        if ink.flat:
            return Style(), Style()
        return ink.text, ink.muted if look.stale else ink.text
    return (ink.muted, ink.muted) if look.stale else (ink.text, ink.muted)


def _expander(row: DestinationRow, ink: Ink, look: Look) -> str:
    if row.status is not Status.ERROR:
        return " "
    return ink.marks.collapse if look.expanded else ink.marks.expand


def _elsewhere(row: DestinationRow, look: Look) -> bool:
    """Hits are marked where they count most: in the name, then the type, then the email."""
    return not any(match(word, text) for word in look.pattern.split() for text in (row.name, row.type))


def _name(row: DestinationRow, size: int, bright: Style, soft: Style, ink: Ink, look: Look) -> Runs:
    name, kind = cut(clean(row.name), size, ink.marks.cut), clean(row.type)
    if width(name) + 2 + width(kind) > size:
        return _marked(name, look.pattern, bright, ink, size)
    in_name = all(match(word, name) for word in look.pattern.split())
    rest = size - width(name) - 2
    return [
        *_marked(name, look.pattern, bright, ink, width(name)),
        ("  ", bright),
        *_marked(kind, "" if in_name else look.pattern, soft, ink, rest),
    ]


def _marked(text: str, pattern: str, style: Style, ink: Ink, size: int) -> Runs:
    """The text filled up to its width, the letters that the filter found bold and underlined."""
    if not any(match(word, text) for word in pattern.split()):
        return [(fit(text, size), style)]
    return [*marked(text, pattern, style, ink.hit), (" " * (size - width(text)), style)]


def _email(row: DestinationRow, size: int, soft: Style, ink: Ink, look: Look) -> Runs:
    email = cut(clean(row.connected_by), size, ink.marks.cut)
    return _marked(email, look.pattern if _elsewhere(row, look) else "", soft, ink, size)


def _status(row: DestinationRow, ink: Ink, soft: Style, state: Style | None) -> Runs:
    mark, word = ink.marks.of_status(row.status), row.status.label
    if state is not None:
        return [(f"{mark} {word}", state)]
    match row.status:
        case Status.ACTIVE:
            return [(f"{mark} ", ink.ok), (word, soft)]
        case Status.INITIALIZING:
            return [(f"{mark} ", ink.work), (word, ink.work_word)]
        case _:
            return [(f"{mark} ", ink.bad), (word, ink.bad_word)]


def _step(row: DestinationRow) -> str:
    progress = row.progress
    if progress is None or not progress.step:
        return "waiting"
    return f"{clean(progress.step)} {progress.number}/{progress.total}"


def waiting_runs(columns: Columns, ink: Ink, look: Look) -> Runs:
    """A row that has not come yet."""
    runs: Runs = [(fit("   " + ink.marks.cut, columns.cells), ink.muted)]
    if not look.under_cursor:
        return runs
    return [(text, ink.cursor if look.focused else ink.cursor_blurred) for text, _ in runs]


def header_runs(columns: Columns, order: Order, ink: Ink) -> Runs:
    """The header; the sorted column is bold and has an arrow."""
    runs: Runs = []
    at = 0
    for column, start, _ in columns.widths:
        if column in (EXPANDER, DELETE):
            continue
        runs.append((" " * (start - at), ink.muted))
        if SORTED_BY[order.key] == column:
            arrow = ink.marks.down if order.descending else ink.marks.up
            runs.append((f"{column} {arrow}", ink.strong))
            at = start + width(column) + 2
        else:
            runs.append((column, ink.muted))
            at = start + width(column)
    return runs
