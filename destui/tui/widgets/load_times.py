"""The next times of a schedule in words, by the clock of its own zone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from destui.tui.text import MONTHS, WEEKDAYS


def moment_words(moment: datetime, now: datetime) -> str:
    """`Mon 25 Nov 06:00`, in another year `Sat 29 Mar 2025 06:00`."""
    return f"{_day(moment, now.astimezone(moment.tzinfo), always=True)} {moment:%H:%M}"


def zone_words(times: Sequence[datetime]) -> list[str]:
    """What the clock is called at each of these, `CET`: empty where no change of the clock is near, so that nothing
    can be mistaken."""
    if len({t.utcoffset() for t in times}) > 1 or any(_comes_twice(t) for t in times):
        return [t.tzname() or "" for t in times]
    return [""] * len(times)


def _comes_twice(moment: datetime) -> bool:
    """The clock shows this time twice on this day."""
    return moment.replace(fold=1 - moment.fold).utcoffset() != moment.utcoffset()


def next_words(times: Sequence[datetime], now: datetime) -> str:
    """`next Mon 25 Nov 06:00, then Tue 26, Wed 27`: each tells only what is not as at the one before; empty where
    there is none."""
    if not times:
        return ""
    zones = zone_words(times)
    same_clock = len({f"{t:%H:%M}" for t in times}) == 1
    told = [f"{moment_words(times[0], now)} {zones[0]}".strip()]
    for (before, moment), zone in zip(pairwise(times), zones[1:], strict=True):
        parts = (_day(moment, before), "" if same_clock else f"{moment:%H:%M}", zone)
        told.append(" ".join(part for part in parts if part))
    return f"next {told[0]}" + (f", then {', '.join(told[1:])}" if told[1:] else "")


def _day(moment: datetime, seen_from: datetime, *, always: bool = False) -> str:
    """`Tue 26`, with the month and the year where they are others; empty on the same day, unless `always`."""
    day = f"{WEEKDAYS[moment.weekday()]} {moment.day}"
    if moment.year != seen_from.year:
        return f"{day} {MONTHS[moment.month - 1]} {moment.year}"
    if always or moment.month != seen_from.month:
        return f"{day} {MONTHS[moment.month - 1]}"
    return day if moment.date() != seen_from.date() else ""
