"""What is at work, what waits, and what went wrong last, as `worker status` and `doctor` tell it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from destui.domain.work import Failure, OpenJob
from destui.store import jobs
from destui.store.engine import Store
from destui.store.load_turns import WAITS
from destui.store.open_jobs import is_claimed, is_queued
from destui.store.times import optional, to_datetime

_JOB = (
    "j.id, j.kind, j.state, j.attempt, j.worker, j.destination_id, d.name, o.name, j.check_id, j.run_id, j.type,"
    " j.server, j.pinned, j.created_at, coalesce(c.started_at, r.started_at), coalesce(c.step, r.phase, ''),"
    " coalesce(c.number, 0), coalesce(c.total, 0), coalesce(r.rows, 0), coalesce(c.waits_for, r.waits_for, '')"
)


def open_jobs(store: Store, *, claimed: bool, most: int) -> list[OpenJob]:
    """Those at work, or those not begun in the order in which they will be."""
    found = store.fetch(
        f"SELECT {_JOB} FROM jobs j LEFT JOIN destinations d ON d.id = j.destination_id"  # noqa: S608
        " LEFT JOIN checks c ON c.id = j.check_id LEFT JOIN load_runs r ON r.id = j.run_id AND j.kind = 'load'"
        f" LEFT JOIN load_orders o ON o.id = r.order_id WHERE {is_claimed('j') if claimed else is_queued('j')}"
        " ORDER BY j.priority DESC, j.created_at, j.id LIMIT :most",
        {"most": most},
    )
    return [_to_job(row) for row in found]


def _to_job(row: Sequence[Any]) -> OpenJob:
    return OpenJob(
        id=row[0], kind=row[1], is_claimed=row[2] == "claimed", attempt=row[3], worker=row[4] or "",
        destination_id=row[5] or "", destination=row[6] or "", order=row[7] or "", check_id=row[8] or "",
        run_id=row[9] or "", type=row[10], server=row[11], pinned=row[12], created_at=to_datetime(row[13]),
        started_at=optional(row[14]), step=row[15], number=row[16], total=row[17], rows=row[18], waits_for=row[19],
    )  # fmt: skip


@dataclass(frozen=True)
class AtWork:
    """How many jobs are at work: by type, by server, and by worker and kind."""

    types: Mapping[str, int]
    servers: Mapping[str, int]
    kinds: Mapping[tuple[str, str], int]
    kept: Set[str]
    """Runs that wait in the queue for another load that has their file."""

    def slots(self, worker: str) -> int:
        """How many more this worker takes."""
        return jobs.SLOTS - sum(count for (of, _), count in self.kinds.items() if of == worker)


def at_work(store: Store) -> AtWork:
    """What counts against the limits."""
    found = store.fetch(f"SELECT type, server, worker, kind FROM jobs WHERE {is_claimed()}")  # noqa: S608
    servers = Counter(row[1] for row in found if row[1])
    kept = store.fetch(
        f"SELECT r.id FROM load_runs r JOIN load_orders o ON o.id = r.order_id WHERE {WAITS}"  # noqa: S608
    )
    return AtWork(
        Counter(row[0] for row in found), servers, Counter((row[2] or "", row[3]) for row in found),
        {row[0] for row in kept},
    )  # fmt: skip


def not_active(store: Store) -> dict[str, tuple[str, str]]:
    """Runs that wait for a destination: run → its name and status."""
    found = store.fetch(
        "SELECT r.id, d.name, d.status FROM jobs j JOIN load_runs r ON r.id = j.run_id JOIN load_orders o"  # noqa: S608
        " ON o.id = r.order_id JOIN destinations d ON d.id = o.destination_id OR d.id = o.source_id"
        f" WHERE {is_queued('j')} AND j.kind = 'load' AND d.status <> 'active' AND d.deleted_at IS NULL"
    )
    return {row[0]: (row[1], row[2]) for row in found}


def failures(store: Store, most: int) -> list[Failure]:
    """The last ones, the newest first."""
    checks = store.fetch(
        "SELECT c.finished_at, 'check', c.id, c.destination_id, d.name, c.code, c.cause FROM checks c"
        " JOIN destinations d ON d.id = c.destination_id WHERE c.state = 'failed' AND c.finished_at IS NOT NULL"
        " ORDER BY c.finished_at DESC LIMIT :most",
        {"most": most},
    )
    runs = store.fetch(
        "SELECT r.finished_at, 'load', r.id, r.destination_id, o.name, r.code, r.cause FROM load_runs r"
        " JOIN load_orders o ON o.id = r.order_id WHERE r.state = 'failed' AND r.finished_at IS NOT NULL"
        " ORDER BY r.finished_at DESC LIMIT :most",
        {"most": most},
    )
    newest = sorted([*checks, *runs], key=lambda row: row[0], reverse=True)[:most]
    return [Failure(to_datetime(row[0]), row[1], row[2], row[3], row[4], row[5] or "", row[6] or "") for row in newest]


def next_check(store: Store) -> datetime | None:
    """When an Active destination is checked again next."""
    found = store.fetch(
        "SELECT min(next_check_at) FROM destinations WHERE deleted_at IS NULL AND status = 'active'"
        " AND NOT EXISTS (SELECT 1 FROM settings WHERE key = 'background_minutes' AND value = '0')"
    )
    return optional(found[0][0])
