"""Times in the store are whole microseconds since 1970, UTC: the same in both databases, sorted as numbers."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now_us() -> int:
    """Now, in microseconds."""
    return time.time_ns() // 1000


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
