"""Open work, and work that failed, as it is told of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class OpenJob:
    """A job that waits or is being done. `subject`: the name of its load order, or else of its destination."""

    id: str
    kind: str
    is_claimed: bool
    attempt: int
    worker: str
    destination_id: str
    destination: str
    order: str
    check_id: str
    run_id: str
    type: str
    server: str
    pinned: str
    created_at: datetime
    started_at: datetime | None
    step: str
    number: int
    total: int
    rows: int
    waits_for: str

    @property
    def subject(self) -> str:
        """What people call it by."""
        return self.order or self.destination


@dataclass(frozen=True)
class Failure:
    """A check or load run that failed. `subject`: the destination, or the load order."""

    at: datetime
    kind: str
    id: str
    destination_id: str
    subject: str
    code: str
    cause: str
