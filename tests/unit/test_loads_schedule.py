"""Schedules: what is read, what is refused and where, the words, and the times over both changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from croniter import croniter
from hypothesis import given
from hypothesis import strategies as st

from destui.domain.errors import InvalidInput
from destui.domain.schedule import CronMistake, next_time, next_times, parse, words, zone

BERLIN = zone("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("30 6 * * 1-5", "Every weekday at 06:30"),
        ("30 6 * * mon-fri", "Every weekday at 06:30"),
        ("*/15 * * * *", "Every 15 minutes"),
        ("* * * * *", "Every minute"),
        ("0 * * * *", "Every hour"),
        ("15 * * * *", "Every hour at 15 past"),
        ("0 * * * 6,0", "Every hour, every weekend day"),
        ("@daily", "Every day at 00:00"),
        ("0 6,18 * * thu,Mon", "Every Monday and Thursday at 06:00 and 18:00"),
        ("0 */4 * * *", "Every day every 4 hours"),
        ("*/10 8-17 * * *", "Every day every 10 minutes, in the hours 08 to 17"),
        ("0 0 1 * *", "On the 1st of every month at 00:00"),
        ("0 0 29 2 *", "On the 29th of February at 00:00"),
        ("0 9 1,15 * 5", "On the 1st and 15th, and every Friday at 09:00"),
        ("0 9 1-7 * */7", "On the 1st to 7th, when Sunday at 09:00"),
        ("0 9 * 6-8 7", "Every Sunday in June to August at 09:00"),
    ],
)
def test_it_is_told_in_words(text: str, said: str) -> None:
    assert words(parse(text)) == said


@pytest.mark.parametrize(
    ("text", "at", "length", "part"),
    [
        ("61 * * * *", 0, 2, "no minute"),
        ("0 24 * * *", 2, 2, "no hour"),
        ("0 0 1,32 * *", 6, 2, "no day of the month"),
        ("0 0 * Jly *", 6, 3, "no month"),
        ("0 0 * * foo", 8, 3, "Sun to Sat"),
        ("*/0 * * * *", 2, 1, "After /"),
        ("*/90 * * * *", 2, 2, "more than there is"),
        ("0  0 5-1 * *", 5, 3, "backwards"),
        ("0 0 31 2 *", 4, 2, "February never has a day 31"),
        ("0 0 31 4,6 *", 4, 2, "April or June never"),
        ("0 6", 3, 1, "day of the month"),
        ("", 0, 1, "Next comes the minute"),
        ("0 6 * * 1 2", 10, 1, "one too many"),
        ("0 6,, * * *", 4, 0, "missing"),
        ("@often", 0, 6, "@daily"),
        ("٣ * * * *", 0, 1, "no minute"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, at: int, length: int, part: str) -> None:
    with pytest.raises(CronMistake) as caught:
        parse(text)
    assert (caught.value.at, caught.value.length) == (at, max(1, length))
    assert part in caught.value.sentence


def _clock(text: str, after: str, count: int = 3, tz: object = BERLIN) -> list[str]:
    found = next_times(parse(text), tz, datetime.fromisoformat(after), count)  # type: ignore[arg-type]
    return [f"{moment:%d %H:%M %z}" for moment in found]


def test_a_time_that_spring_leaves_out_falls_due_when_the_gap_ends() -> None:
    assert _clock("30 2 * * *", "2026-03-28T12:00+01:00") == ["29 03:00 +0200", "30 02:30 +0200", "31 02:30 +0200"]
    # Many in the gap are one.
    assert _clock("*/20 2 * * *", "2026-03-28T12:00+01:00", 2) == ["29 03:00 +0200", "30 02:00 +0200"]
    # One at the end of the gap is the same moment.
    assert _clock("0 2,3 * * *", "2026-03-28T12:00+01:00", 2) == ["29 03:00 +0200", "30 02:00 +0200"]


def test_a_time_that_autumn_repeats_falls_due_once() -> None:
    assert _clock("30 2 * * *", "2026-10-24T12:00+02:00") == ["25 02:30 +0200", "26 02:30 +0100", "27 02:30 +0100"]
    # Also for whoever asks between the two.
    assert _clock("30 2 * * *", "2026-10-25T02:10+01:00", 1) == ["26 02:30 +0100"]


def test_every_hour_means_the_hours_that_pass() -> None:
    assert _clock("0 * * * *", "2026-10-25T00:30Z", 3) == ["25 02:00 +0100", "25 03:00 +0100", "25 04:00 +0100"]
    assert _clock("30 * * * *", "2026-03-29T00:00Z", 3) == ["29 01:30 +0100", "29 03:30 +0200", "29 04:30 +0200"]


def test_a_gap_over_midnight() -> None:
    found = _clock("30 0 * * *", "2018-11-03T12:00-03:00", 2, zone("America/Sao_Paulo"))
    assert found == ["04 01:00 -0200", "05 00:30 -0200"]


def test_a_leap_day_is_found_over_a_turn_of_the_century() -> None:
    assert next_time(parse("0 0 29 2 *"), zone("UTC"), datetime(2096, 3, 1, tzinfo=UTC)).year == 2104


def test_a_zone_that_is_not_there_is_told() -> None:
    with pytest.raises(InvalidInput, match="Did you mean Europe/Berlin"):
        zone("Berlin")


_numbers = {"minute": (0, 59), "hour": (0, 23), "day": (1, 28), "month": (1, 12), "weekday": (0, 6)}


def _place(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    # The other takes 0-0 for any day of the week.
    span = st.sets(number, min_size=2, max_size=2).map(lambda p: f"{min(p)}-{max(p)}")
    stepped = st.tuples(st.just("*"), st.integers(1, high)).map(lambda p: f"{p[0]}/{p[1]}")
    listed = st.lists(st.one_of(number.map(str), span), min_size=1, max_size=3).map(",".join)
    return st.one_of(st.just("*"), stepped, listed)


@given(st.tuples(*(_place(*bounds) for bounds in _numbers.values())).map(" ".join), st.integers(0, 10**9))
def test_without_changes_of_the_clock_it_agrees_with_another_reckoning(text: str, seconds: int) -> None:
    after = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    other = croniter(text, after, implement_cron_bug=True)
    assert next_times(parse(text), zone("UTC"), after, 3) == [other.get_next(datetime) for _ in range(3)]
