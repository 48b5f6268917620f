"""Times in the store are whole microseconds since 1970, UTC: the same in both databases, sorted as numbers."""

from __future__ import annotations

import time
from datetime import UTC, datetime

_PASSING = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""What counts the time that passes, also while the machine sleeps, where the system has such a clock."""
_START, _BEGAN = time.time_ns() // 1000, time.clock_gettime_ns(_PASSING)


def now_us() -> int:
    """Now, in microseconds."""
    return time.time_ns() // 1000


def steady_us() -> int:
    """The same, but for this process a clock that is set while it runs goes on as it went: for what is planned."""
    return _START + (time.clock_gettime_ns(_PASSING) - _BEGAN) // 1000


def to_datetime(us: int) -> datetime:
    """Microseconds as an aware time in UTC."""
    seconds, rest = divmod(us, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def optional(us: int | None) -> datetime | None:
    """The same for a column that may be empty."""
    return None if us is None else to_datetime(us)


def to_us(moment: datetime) -> int:
    """An aware time as microseconds."""
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond
