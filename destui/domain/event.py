"""The audit trail and what a worker says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Event:
    """Who did what to which destination, when, from which host.

    `verb` is one of added, edited, re-authorised, rolled back, deleted, restored, purged, active, error, kept, limit,
    contact; of load orders: load added, load edited, load run, load paused, load resumed, load stopped, load failed,
    load deleted. `detail` says more in words (never a secret), of load orders with their name first.
    """

    id: int
    at: datetime
    who: str
    host: str
    verb: str
    destination_id: str | None
    name: str
    detail: str = ""


@dataclass(frozen=True)
class Change:
    """One write that other sessions reread after: which row of what (`destination`, `check`, `order`, also for each
    step of its run, `run`, `preview`, `settings`, `event`, `worker`; `all`: too much was missed), and whether it went.
    """

    seq: int
    entity: str
    row_id: str
    removed: bool = False


@dataclass(frozen=True)
class WorkerInfo:
    """A worker that is alive, or was."""

    id: str
    host: str
    pid: int
    version: str
    started_at: datetime
    birth: str
    """Its process's start as the system tells it: a pid alone may be reused."""
    lease_until: datetime
    alive: bool
    beat: int = 0
    """When it last said that it lives (µs, by the store's clock)."""

    @property
    def heard_at(self) -> datetime:
        """The same as a time."""
        return datetime.fromtimestamp(self.beat / 1e6, UTC)


@dataclass(frozen=True)
class Counts:
    """What the title row shows."""

    active: int
    initializing: int
    error: int
    limit: int
    contact: str = ""

    @property
    def total(self) -> int:
        """Destinations that count towards the limit."""
        return self.active + self.initializing + self.error

    @property
    def at_limit(self) -> bool:
        """No more may be added."""
        return self.total >= self.limit
