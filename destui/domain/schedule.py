"""Schedules in cron's five fields: read, told in words, and reckoned into the times at which they fall due.

The clock of a schedule is that of its time zone, daylight saving included. A time that the spring change leaves out
falls due at the first moment after the gap; one that the autumn change repeats falls due at its first occurrence.
Schedules of every hour (`*` in the hour's place) follow the hours that really pass: none is added, none left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

from destui.domain.errors import InvalidInput, Problem

_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split()
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MOST_DAYS = 366 * 9
"""29 February comes again within eight years, also over a turn of the century."""

_ALIASES = {
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}  # fmt: skip


class CronMistake(InvalidInput):
    """A schedule that cannot be read; `at` and `length` say which characters are wrong (from 0)."""

    def __init__(self, sentence: str, at: int, length: int = 1) -> None:
        self.sentence = sentence
        self.at = at
        self.length = max(1, length)
        super().__init__([Problem("cron", sentence)])


@dataclass(frozen=True)
class _Place:
    """One of the five fields: what it is called, its range, and the names that stand for numbers."""

    name: str
    low: int
    high: int
    names: Sequence[str] = ()

    def number(self, word: str, at: int) -> int:
        lowered = word.lower()
        for offset, name in enumerate(self.names):
            if lowered in (name[:3].lower(), name.lower()):
                return self.low + offset
        if not re.fullmatch(r"[0-9]{1,4}", word) or not self.low <= int(word) <= self.high:
            raise CronMistake(f'"{word}" is no {self.name}: {self.range}.', at, len(word))
        return int(word)

    @property
    def range(self) -> str:
        """The numbers that it takes, in words."""
        named = f", or {self.names[0][:3]} to {self.names[-1][:3]}" if self.names else ""
        return f"{self.low} to {self.high}{named}"


_PLACES = (
    _Place("minute", 0, 59),
    _Place("hour", 0, 23),
    _Place("day of the month", 1, 31),
    _Place("month", 1, 12, _MONTHS),
    _Place("day of the week", 0, 7, _DAYS),  # 7 is Sunday too
)


@dataclass(frozen=True)
class Schedule:
    """A schedule that has been read: the numbers that each place allows, in order."""

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    """0 is Sunday."""
    any_day: bool
    any_weekday: bool

    @property
    def is_hourly(self) -> bool:
        """It runs in every hour, so that it follows the hours that really pass."""
        return len(self.hours) == 24

    def falls_on(self, day: date) -> bool:
        """Whether it runs on this day. With both kinds of day given, either is enough, as cron has it."""
        if day.month not in self.months:
            return False
        by_day, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_day and by_weekday if self.any_day or self.any_weekday else by_day or by_weekday


def parse(text: str) -> Schedule:
    """Read a schedule: five fields, or a word such as @daily. Raises CronMistake, with the place of the mistake."""
    source = _ALIASES.get(text.strip().lower(), text)
    words = [(m[0], m.start()) for m in re.finditer(r"\S+", source)]
    if words and words[0][0].startswith("@"):
        raise CronMistake(f"Of these words there are {', '.join(_ALIASES)}.", words[0][1], len(words[0][0]))
    if len(words) > 5:
        raise CronMistake("A schedule has five fields; this is one too many.", words[5][1], len(words[5][0]))
    read = [_read(place, *word) for place, word in zip(_PLACES, words, strict=False)]
    if len(words) < 5:
        missing = _PLACES[len(words)]
        sentence = f"Next comes the {missing.name}: {missing.range}, or * for any."
        raise CronMistake(sentence, len(source))
    minutes, hours, days, months, weekdays = read
    any_day, any_weekday = (words[n][0].startswith("*") for n in (2, 4))
    found = Schedule(
        " ".join(text.split()), minutes, hours, days, months, tuple(sorted({d % 7 for d in weekdays})),
        any_day, any_weekday,
    )  # fmt: skip
    if any_weekday and not any(day <= _LONGEST[month - 1] for day in days for month in months):
        which = " or ".join(_MONTHS[month - 1] for month in months)
        raise CronMistake(f"{which} never has a day {' or '.join(map(str, days))}.", words[2][1], len(words[2][0]))
    return found


def _read(place: _Place, word: str, at: int) -> tuple[int, ...]:
    found: set[int] = set()
    for part in word.split(","):
        found |= _read_part(place, part, at)
        at += len(part) + 1
    return tuple(sorted(found))


def _read_part(place: _Place, part: str, at: int) -> set[int]:
    span, slash, step_word = part.partition("/")
    first, dash, last = span.partition("-")
    if not span:
        raise CronMistake(f"A {place.name} is missing here: {place.range}, or * for any.", at, len(part))
    step = 1
    if slash:
        step_at = at + len(span) + 1
        if not re.fullmatch(r"[0-9]{1,3}", step_word) or int(step_word) == 0:
            raise CronMistake("After / comes every how many, from 1.", step_at, len(step_word))
        if int(step_word) > place.high:
            raise CronMistake(f"{step_word} is more than there is: {place.range}.", step_at, len(step_word))
        step = int(step_word)
    if first == "*":
        if dash:
            raise CronMistake("* stands for any and has no end.", at + 1, len(span) - 1)
        return set(range(place.low, min(place.high, 6 if place.high == 7 else place.high) + 1, step))
    low = place.number(first, at)
    if not dash:
        return set(range(low, place.high + 1, step)) if slash else {low}
    high = place.number(last, at + len(first) + 1)
    if place.high == 7 and high == 0 < low:  # Fri-Sun
        high = 7
    if high < low:
        raise CronMistake(f"{first}-{last} runs backwards.", at, len(span))
    return set(range(low, high + 1, step))


def zone(name: str) -> ZoneInfo:
    """The time zone of a name such as Europe/Berlin. Raises InvalidInput on the field `tz`."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        tail = name.rpartition("/")[2].lower().replace(" ", "_")
        near = sorted(z for z in available_timezones() if tail and z.lower().rpartition("/")[2] == tail)
        hint = f"Did you mean {near[0]}?" if near else "Give one such as Europe/Berlin or UTC."
        raise InvalidInput([Problem("tz", f"There is no time zone of this name. {hint}")]) from None


def next_times(schedule: Schedule, tz: ZoneInfo, after: datetime, count: int = 5) -> list[datetime]:
    """The next times after a moment, in the zone's own clock."""
    return list(islice(_times(schedule, tz, after), count))


def next_time(schedule: Schedule, tz: ZoneInfo, after: datetime) -> datetime:
    """The next time after a moment, in UTC."""
    return next(_times(schedule, tz, after)).astimezone(UTC)


def _times(schedule: Schedule, tz: ZoneInfo, after: datetime) -> Iterator[datetime]:
    # From the day before: what a gap over midnight left out falls due on the next day.
    first = after.astimezone(tz).date() - timedelta(days=1)
    told = after.astimezone(UTC)
    idle = 0
    for offset in range(10**6):
        day = first + timedelta(days=offset)
        idle += 1
        if idle > _MOST_DAYS or day.year >= 9999:
            return
        if not schedule.falls_on(day):
            continue
        # The autumn change makes a day's times overlap: by the moment, not by the clock.
        for moment in sorted(_moments(schedule, tz, day)):
            if moment > told:
                told, idle = moment, 0
                yield moment.astimezone(tz)


def _moments(schedule: Schedule, tz: ZoneInfo, day: date) -> set[datetime]:
    """The moments of one day, in UTC."""
    found: set[datetime] = set()
    for hour in schedule.hours:
        for minute in schedule.minutes:
            wall = datetime.combine(day, time(hour, minute))
            early, late = (wall.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (0, 1))
            if early == late:
                found.add(early)
            elif early < late:  # the clock shows it twice
                found |= {early, late} if schedule.is_hourly else {early}
            elif not schedule.is_hourly:  # the clock never shows it
                found.add(_end_of_gap(tz, late, early))
    return found


def _end_of_gap(tz: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The moment at which the clock jumps, which lies between two that the gap's time could mean."""
    offset = before.astimezone(tz).utcoffset()
    low, high = before, after
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(tz).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def words(schedule: Schedule) -> str:
    """The schedule as a person says it: "Every weekday at 06:30"."""
    clock, is_round = _clock_words(schedule)
    days = _day_words(schedule)
    if is_round:
        return clock if days == "every day" else f"{clock}, {days}"
    return f"{days[0].upper()}{days[1:]} {clock}"


def _clock_words(schedule: Schedule) -> tuple[str, bool]:
    """When in a day; True where it goes round the clock and is said first."""
    minutes, hours = schedule.minutes, schedule.hours
    if schedule.is_hourly:
        step = _step(minutes, 60)
        if step:
            return ("Every minute" if step == 1 else f"Every {step} minutes"), True
        past = f" at {_join([f'{m:02d}' for m in minutes])} past" if minutes != (0,) else ""
        return f"Every hour{past}", True
    if len(minutes) == 1 and len(hours) > 2 and (step := _step(hours, 24)):
        return f"every {step} hours" + (f" at {minutes[0]:02d} past" if minutes != (0,) else ""), False
    if len(minutes) * len(hours) <= 6:
        return "at " + _join([f"{h:02d}:{m:02d}" for h in hours for m in minutes]), False
    often = _step(minutes, 60)
    start = {None: f"at {_join([f'{m:02d}' for m in minutes])} past", 1: "every minute"}.get(
        often, f"every {often} minutes"
    )
    return f"{start}, in the hours {_join(_runs([f'{h:02d}' for h in hours], hours))}", False


def _step(numbers: tuple[int, ...], whole: int) -> int | None:
    """Every how many, where they go evenly round the whole."""
    step = whole // len(numbers)
    return step if numbers == tuple(range(0, whole, step)) and len(numbers) > 1 else None


def _day_words(schedule: Schedule) -> str:
    parts = []
    weekdays = _weekday_words(schedule.weekdays)
    days = "the " + _join(_runs([_ordinal(d) for d in schedule.days], schedule.days))
    months = _join(_runs([_MONTHS[m - 1] for m in schedule.months], schedule.months))
    by_day, by_weekday = len(schedule.days) < 31, len(schedule.weekdays) < 7
    if by_day and by_weekday:
        # Where one of the two begins with *, cron wants both, otherwise either.
        both = schedule.any_day or schedule.any_weekday
        parts.append(f"on {days}, {f'when {weekdays[6:]}' if both else f'and {weekdays}'}")
    elif by_day:
        parts.append(f"on {days}" + (" of every month" if len(schedule.months) == 12 else ""))
    else:
        parts.append(weekdays)
    if len(schedule.months) < 12:
        parts.append(f"{'of' if by_day and not by_weekday else 'in'} {months}")
    return " ".join(parts)


def _weekday_words(weekdays: tuple[int, ...]) -> str:
    named = {(0, 1, 2, 3, 4, 5, 6): "every day", (1, 2, 3, 4, 5): "every weekday", (0, 6): "every weekend day"}
    monday_first = sorted(weekdays, key=lambda d: (d - 1) % 7)
    return named.get(weekdays) or "every " + _join([_DAYS[d] for d in monday_first])


def _runs(texts: list[str], numbers: tuple[int, ...]) -> list[str]:
    """Three and more in a row as "first to last"."""
    out: list[str] = []
    start = 0
    for end in range(1, len(numbers) + 1):
        if end < len(numbers) and numbers[end] == numbers[end - 1] + 1:
            continue
        run = texts[start:end]
        out += [f"{run[0]} to {run[-1]}"] if len(run) > 2 else run
        start = end
    return out


def _ordinal(number: int) -> str:
    ending = "th" if 11 <= number <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _join(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
