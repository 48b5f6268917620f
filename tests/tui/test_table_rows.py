"""How destinations become rows, and the window of them that is in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.cells import cell_len

from destui.domain.destination import DestinationRow, Progress, Status
from destui.services.browse import Order, SortKey
from destui.tui.rows import KEPT, PAGE, Place, RowWindow, View, moves
from destui.tui.theme import make_ink
from destui.tui.widgets.destination_rows import (
    ACTION,
    CONNECTED,
    DELETE,
    NAME,
    STATUS,
    UPDATED,
    Look,
    columns_for,
    header_runs,
    row_runs,
)  # fmt: skip
from destui.tui.widgets.line import join

ROW = DestinationRow(
    "id1", "orders_dwh", "postgres", Status.ACTIVE, "ines.alvarez@acme.test",
    datetime(2024, 11, 24, 9, 58, tzinfo=UTC), (), 1,
)  # fmt: skip
ERROR = replace(ROW, status=Status.ERROR)
INITIALIZING = replace(ROW, status=Status.INITIALIZING, progress=Progress("sign in", 4, 8))
PLAIN = Look()
DARK = make_ink("dark")


def drawn(
    row: DestinationRow, look: Look = PLAIN, cells: int = 102, theme: str = "dark", **ink: bool
) -> list[tuple[str, object]]:
    return join(row_runs(row, "09:58", columns_for(cells), make_ink(theme, **ink), look))


def text_of(runs: list[tuple[str, object]]) -> str:
    return "".join(text for text, _ in runs)


def test_columns_at_120_are_the_style_guides() -> None:
    columns = columns_for(102)
    assert [columns.get(c) for c in (NAME, CONNECTED, STATUS, UPDATED, ACTION, DELETE)] == [23, 15, 14, 13, 22, 1]
    assert [columns.start(c) for c in (NAME, CONNECTED, STATUS, UPDATED, ACTION, DELETE)] == [3, 28, 45, 61, 76, 100]


def test_columns_at_80_leave_connected_by_out() -> None:
    columns = columns_for(80)
    assert [columns.get(c) for c in (NAME, CONNECTED, STATUS, UPDATED, ACTION)] == [19, 0, 14, 13, 22]
    assert columns.start(DELETE) == 78


def test_wide_columns_stop_growing() -> None:
    columns = columns_for(182)
    assert (columns.get(NAME), columns.get(CONNECTED), columns.start(DELETE)) == (46, 26, 180)


@pytest.mark.parametrize("cells", range(26, 200, 3))
def test_every_row_fills_its_width(cells: int) -> None:
    for row in (ROW, ERROR, INITIALIZING, replace(ROW, name="東" * 60, type="x" * 90, connected_by="é" * 50)):
        for look in (Look(), Look(under_cursor=True), Look(selected=True, pattern="or")):
            assert cell_len(text_of(drawn(row, look, cells))) == max(cells, columns_for(cells).start(DELETE) + 2)


@pytest.mark.parametrize("row", [ROW, ERROR, INITIALIZING])
def test_a_row_is_at_most_four_runs_and_the_cursors_three(row: DestinationRow) -> None:
    assert len(drawn(row)) <= 4
    assert len(drawn(row, Look(under_cursor=True))) <= 3
    assert len(drawn(row, Look(under_cursor=True), theme="ansi-dark", no_color=True)) == 1


def test_status_is_told_by_mark_and_word_in_every_theme() -> None:
    for theme, no_color in (("dark", False), ("light", False), ("ansi-light", False), ("ansi-dark", True)):
        assert "✗ Error" in text_of(drawn(ERROR, theme=theme, no_color=no_color))
    assert "x Error" in text_of(drawn(ERROR, theme="ansi-dark", ascii_marks=True))


def test_actions_follow_the_status() -> None:
    assert "Setup load" in text_of(drawn(ROW))
    assert "Waiting for connection" in text_of(drawn(INITIALIZING))
    assert "Re-authorize" in text_of(drawn(ERROR))


def test_progress_stands_in_the_place_of_the_time() -> None:
    shown = text_of(drawn(INITIALIZING))
    assert "sign in 4/8" in shown
    assert "09:58" not in shown
    assert "waiting" in text_of(drawn(replace(INITIALIZING, progress=Progress("", 0, 0))))


def test_only_errors_can_be_expanded_by_their_mark() -> None:
    assert text_of(drawn(ERROR))[1] == "+"
    assert text_of(drawn(ROW))[1] == " "
    assert text_of(drawn(ERROR, Look(expanded=True)))[1] == "−"


def test_the_type_stands_only_where_all_of_it_fits() -> None:
    assert "orders_dwh  postgres" in text_of(drawn(ROW))
    assert "postgres" not in text_of(drawn(ROW, cells=80))


def test_hits_are_bold_and_underlined_where_they_count_most() -> None:
    def marked(row: DestinationRow, pattern: str) -> str:
        runs = drawn(row, Look(pattern=pattern))
        return "".join(t for t, s in runs if s.underline)  # type: ignore[attr-defined]

    assert marked(ROW, "dwh") == "dwh"
    assert marked(replace(ROW, name="legacy", type="oracle"), "ora") == "ora"
    assert marked(replace(ROW, name="legacy", type="s3"), "ines") == "ines"


def test_hostile_names_are_shown_and_not_interpreted() -> None:
    shown = text_of(drawn(replace(ROW, name="[/]\x1b]0;x\x07", type="[red]t")))
    assert "[/]␛]0;x␇" in shown
    assert "[red]t" in shown


def test_the_sorted_column_has_an_arrow() -> None:
    runs = header_runs(columns_for(102), Order(SortKey.NAME, descending=False), DARK)
    assert [text for text, style in runs if style.bold] == ["Destination ↑"]


def test_a_click_finds_its_column() -> None:
    columns = columns_for(102)
    assert [columns.at(x) for x in (1, 3, 45, 76, 100)] == ["expander", NAME, STATUS, ACTION, DELETE]
    assert columns.at(0) is None


def rows(number: int, count: int = PAGE) -> list[DestinationRow]:
    return [replace(ROW, id=f"{number}-{n}") for n in range(count)]


def test_the_window_asks_for_what_shows_then_for_the_neighbours() -> None:
    window = RowWindow()
    window.total = 1000
    assert window.wanted(130, 160) == 2
    window.put(2, rows(2))
    assert window.wanted(130, 160) == 3
    window.put(3, rows(3))
    assert window.wanted(130, 160) == 1
    window.put(1, rows(1))
    assert window.wanted(130, 160) is None
    assert window.wanted(120, 135) == 0


def test_the_window_forgets_what_is_far() -> None:
    window = RowWindow()
    window.total = 100_000
    for number in range(KEPT + 1):
        window.put(number, rows(number))
    assert window.row(0) is None
    assert window.rank("0-0") is None
    assert window.rank(f"{KEPT}-3") == KEPT * PAGE + 3
    assert len(window.held()) == KEPT * PAGE


def test_a_list_at_its_top_stays_there() -> None:
    assert Place("x", rank=3, above=3, height=30, at_top=True).first(4) == 0
    assert Place("x", rank=50, above=10, height=30, at_top=False).first(51) == 41


def test_only_the_sorted_value_moves_a_row() -> None:
    by_name, by_time = View(Order(SortKey.NAME, descending=False)), View()
    later = replace(ROW, updated_at=datetime(2024, 11, 24, 10, tzinfo=UTC))
    assert moves(by_time, ROW, later)
    assert not moves(by_name, ROW, later)
    assert moves(by_name, ROW, replace(ROW, name="other"))
    assert not moves(by_time, ROW, INITIALIZING)
