"""Screen text: safe, cut by cells, times that do not go stale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from destui.domain.units import count
from destui.tui import text

NOW = datetime(2024, 11, 24, 10, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (NOW - timedelta(minutes=4), "09:58"),
        (NOW - timedelta(hours=16, minutes=57), "Sat 17:05"),
        (NOW - timedelta(days=6), "Mon 10:02"),
        (NOW - timedelta(days=8), "16 Nov"),
        (NOW - timedelta(days=373), "2023-11-17"),
        (NOW + timedelta(days=7), "1 Dec"),
    ],
)
def test_a_moment_is_a_clock_time(moment: datetime, written: str) -> None:
    assert text.when(moment, NOW, UTC) == written


def test_today_is_today_in_the_users_zone() -> None:
    late = datetime(2024, 11, 23, 23, 30, tzinfo=UTC)
    assert text.when(late, NOW, UTC) == "Sat 23:30"
    assert text.when(late, NOW, ZoneInfo("Europe/Berlin")) == "00:30"


def test_each_moment_has_its_own_side_of_the_clock_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    summer, winter = datetime(2024, 10, 26, 12, tzinfo=UTC), datetime(2024, 10, 28, 12, tzinfo=UTC)
    assert text.when(summer, winter, berlin) == "Sat 14:00"
    assert text.when(winter, winter, berlin) == "13:00"


def test_midnight_is_the_zones() -> None:
    assert text.until_midnight(NOW, timezone(timedelta(hours=2))) == pytest.approx(11 * 3600 + 58 * 60 + 1)


@pytest.mark.parametrize(
    ("ms", "written"), [(12, "12 ms"), (999, "999 ms"), (1400, "1.4 s"), (59_940, "59.9 s"), (125_000, "2 min 5 s")]
)
def test_durations(ms: int, written: str) -> None:
    assert text.duration(ms) == written


def test_counts_have_their_noun() -> None:
    assert count(1_284_902, "row") == "1,284,902 rows"
    assert count(1, "row") == "1 row"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("[/]", "[/]"),
        ("\x1b[31mred", "␛[31mred"),
        ("a\nb", "a␊b"),
        ("safe\u202egnp.exe", "safe\ufffdgnp.exe"),
        ("✈\ufe0f", "✈"),
    ],
)
def test_what_a_terminal_would_act_on_is_shown(raw: str, shown: str) -> None:
    assert text.clean(raw) == shown


def test_stacked_marks_do_not_spill_over_the_neighbours() -> None:
    assert len(text.clean("a" + "\u0301" * 500)) == 5


@given(st.text(max_size=60), st.integers(0, 30))
def test_a_fitted_text_is_as_wide_as_its_column(raw: str, cells: int) -> None:
    shown = text.clean(raw)
    assert cell_len(text.fit(shown, cells)) == cells
    assert cell_len(text.fit_right(shown, cells)) == cells


@given(st.text(st.characters(codec="utf-8"), max_size=80), st.integers(2, 20))
def test_wrapped_lines_fit_and_lose_nothing(raw: str, cells: int) -> None:
    shown = text.clean(raw)
    lines = text.wrap(shown, cells)
    assert all(cell_len(line) <= cells for line in lines)
    assert "".join("".join(lines).split()) == "".join(shown.split())


@pytest.mark.parametrize("word", ["\u3000\u3000\u3000", "\u3000東京", "a\u3000\u3000\u3000\u3000b"])
def test_wide_blanks_are_wrapped_like_letters(word: str) -> None:
    assert "".join(text.wrap(word, 2)) == word and all(cell_len(line) <= 2 for line in text.wrap(word, 2))


def test_a_wide_letter_is_not_halved() -> None:
    assert text.cut("東京売上", 4) == "東…"
