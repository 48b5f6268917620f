"""The one place where text becomes screen text: safe to print, cut to a width, times and counts in words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

from rich.cells import cell_len, set_cell_size

from destui.domain.safe import limit_combining, visible, visible_lines

# They ask for another picture of the letter before them, and terminals do not agree on how wide that is.
_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def clean(text: str) -> str:
    """One line that is safe to print: controls visible, no markup, no invisible formatting, few combining marks."""
    safe = visible(text)
    return safe if safe.isascii() else limit_combining(_VARIATION.sub("", safe))


def clean_lines(text: str) -> list[str]:
    """The lines of a text, each safe to print."""
    return [clean(line) for line in visible_lines(text).split("\n")]


def width(text: str) -> int:
    """How many cells the terminal needs for it."""
    return len(text) if text.isascii() else cell_len(text)


def cut(text: str, cells: int, mark: str = "…") -> str:
    """At most `cells` wide; what was cut is shown by `mark`."""
    if width(text) <= cells:
        return text
    if cells <= 0:
        return ""
    # A wide character that does not fit leaves one cell, which the mark moves into.
    return set_cell_size(text, cells - 1).rstrip() + mark


def fit(text: str, cells: int, mark: str = "…") -> str:
    """Exactly `cells` wide, from the left."""
    short = cut(text, cells, mark)
    return short + " " * (cells - width(short))


def fit_right(text: str, cells: int, mark: str = "…") -> str:
    """Exactly `cells` wide, from the right."""
    short = cut(text, cells, mark)
    return " " * (cells - width(short)) + short


def wrap(text: str, cells: int) -> list[str]:
    """Lines at most `cells` wide, broken at blanks; a word longer than a line is broken where it must be."""
    cells = max(2, cells)
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if width(joined) <= cells:
            line = joined
            continue
        if line:
            lines.append(line)
        while width(word) > cells:
            # Only the blank that stands for half of a wide character is cut: a word may begin with wide blanks.
            head = set_cell_size(word, cells).rstrip(" ") or word[0]
            lines.append(head)
            word = word[len(head) :]
        line = word
    lines.append(line)
    return lines


def local(moment: datetime, zone: tzinfo | None = None) -> datetime:
    """In `zone`, or in the system's zone (TZ) when it is None."""
    return moment.astimezone(zone)


def when(moment: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """A clock time that does not go stale: `09:58` today, `Sat 17:05` within a week, `16 Nov`, `2023-11-16`."""
    there, here = local(moment, zone), local(now, zone)
    days = (here.date() - there.date()).days
    if days == 0:
        return f"{there:%H:%M}"
    if 0 < days < 7:
        return f"{WEEKDAYS[there.weekday()]} {there:%H:%M}"
    if there.year == here.year or 0 < days < 180:
        return f"{there.day} {MONTHS[there.month - 1]}"
    return f"{there:%Y-%m-%d}"


def upcoming(moment: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """A clock time that is to come: `06:00` today, `Mon 06:00` within a week, `25 Dec`, `2025-12-25`."""
    there, here = local(moment, zone), local(now, zone)
    days = (there.date() - here.date()).days
    if days == 0:
        return f"{there:%H:%M}"
    if 0 < days < 7:
        return f"{WEEKDAYS[there.weekday()]} {there:%H:%M}"
    if there.year == here.year or 0 < days < 180:
        return f"{there.day} {MONTHS[there.month - 1]}"
    return f"{there:%Y-%m-%d}"


def distance(seconds: float) -> str:
    """How far off, in one unit: `in 20 h`, `in 3 days`."""
    minutes = max(0, round(seconds / 60))
    if minutes < 1:
        return "in under a minute"
    if minutes < 60:
        return f"in {minutes} min"
    hours = round(minutes / 60)
    return f"in {hours} h" if hours < 48 else f"in {round(hours / 24)} days"


def day(moment: datetime, zone: tzinfo | None = None) -> str:
    """`1 Dec`."""
    there = local(moment, zone)
    return f"{there.day} {MONTHS[there.month - 1]}"


def clock(moment: datetime, zone: tzinfo | None = None) -> str:
    """`09:58:14`."""
    return f"{local(moment, zone):%H:%M:%S}"


def zone_name(now: datetime, zone: tzinfo | None = None) -> str:
    """What the zone is called now: `UTC`, `CET`."""
    return local(now, zone).tzname() or "local time"


def until_midnight(now: datetime, zone: tzinfo | None = None) -> float:
    """Seconds until `when` says something else of today's times."""
    here = local(now, zone)
    tomorrow = (here + timedelta(days=1)).replace(hour=0, minute=0, second=1, microsecond=0)
    return max(1.0, (tomorrow - here).total_seconds())


def duration(milliseconds: float) -> str:
    """`12 ms`, `1.4 s`, `2 min 5 s`."""
    if milliseconds < 1000:
        return f"{round(milliseconds)} ms"
    seconds = milliseconds / 1000
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def short_count(number: int) -> str:
    """A count in at most nine cells: `1,284,902`, `12.8 M`."""
    if number < 10_000_000:
        return f"{number:,}"
    amount, unit = number / 1e6, "M"
    if amount >= 9999.5:
        amount, unit = amount / 1e3, "G"
    return f"{amount:,.1f} {unit}" if amount < 1000 else f"{amount:,.0f} {unit}"
