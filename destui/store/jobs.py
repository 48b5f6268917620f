"""The jobs table: the outbox that interfaces insert into and workers claim from.

Every write of a job carries its attempt and its worker, and changes nothing when they are no longer the job's (the
fence), so that a worker which comes back from a pause cannot write over the one that took over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, and_, insert, or_, select, update

from destui.store import schema
from destui.store.engine import Store, Tx

_T = schema.jobs
PER_SERVER = 4
"""Checks at once against one host name."""


class Kind(StrEnum):
    """What a job does."""

    CHECK = "check"
    ROTATION = "rotation"
    DRAFT = "draft"
    CLEAN_UP = "clean-up"


_PRIORITY = {Kind.DRAFT: 20, Kind.CHECK: 10, Kind.ROTATION: 10, Kind.CLEAN_UP: 0}
BACKGROUND_PRIORITY = 0


def _is_open() -> ColumnElement[bool]:
    return _T.c.state.in_(("queued", "claimed"))


def enqueue(
    tx: Tx, kind: Kind, key: str, *, destination_id: str | None = None, check_id: str | None = None, type_id: str = "",
    server: str = "", pinned: str = "", priority: int | None = None,
) -> str:  # fmt: skip
    """Insert a job in the transaction of the change that asks for it; returns its id.

    The caller has looked with `open_job` that none of this kind and key is open.
    """
    identity = uuid4().hex
    tx.execute(
        insert(_T).values(
            id=identity, kind=kind.value, key=f"{kind.value}:{key}", state="queued", destination_id=destination_id,
            check_id=check_id, type=type_id, server=server, pinned=pinned, created_at=tx.now,
            priority=_PRIORITY[kind] if priority is None else priority,
        )
    )  # fmt: skip
    return identity


def open_job(tx: Tx, kind: Kind, key: str) -> Row[Any] | None:
    """The open job of this kind and key."""
    found: Row[Any] | None = tx.execute(select(_T).where(_T.c.key == f"{kind.value}:{key}", _is_open())).one_or_none()
    return found


def open_for(tx: Tx, *, destination_id: str | None = None, check_id: str | None = None) -> Sequence[Row[Any]]:
    """Open jobs of a destination or a check."""
    column = _T.c.check_id == check_id if check_id else _T.c.destination_id == destination_id
    return tx.execute(select(_T).where(column, _is_open())).all()  # type: ignore[no-any-return]


def ask_to_cancel(tx: Tx, job_id: str) -> None:
    """Raise the flag that the job's worker watches."""
    tx.execute(update(_T).where(_T.c.id == job_id).values(cancel=True))


def end_queued(tx: Tx, job_id: str) -> bool:
    """End a job that no worker has begun; False when one has."""
    done = tx.execute(
        update(_T).where(_T.c.id == job_id, _T.c.state == "queued").values(state="done", finished_at=tx.now)
    )
    return bool(done.rowcount)


def claim(tx: Tx, worker: str, host: str, slots: int, limit_of_type: int) -> list[str]:
    """Claim up to `slots` jobs, the most urgent first, within the limits per type and per server."""
    running = tx.execute(select(_T.c.type, _T.c.server).where(_T.c.state == "claimed")).all()
    types, servers = Counter(r.type for r in running), Counter(r.server for r in running)
    queued = tx.execute(
        select(_T.c.id, _T.c.type, _T.c.server)
        .where(
            _T.c.state == "queued",
            _T.c.pinned.in_(("", host)),
            or_(_T.c.not_before.is_(None), _T.c.not_before <= tx.now),
        )
        .order_by(_T.c.priority.desc(), _T.c.created_at, _T.c.id)
        .limit(slots * 4)
        .with_for_update(skip_locked=True)
    ).all()
    taken: list[str] = []
    for job in queued:
        if len(taken) == slots:
            break
        if types[job.type] >= limit_of_type or (job.server and servers[job.server] >= PER_SERVER):
            continue
        types[job.type] += 1
        servers[job.server] += 1
        taken.append(job.id)
    if taken:
        tx.execute(update(_T).where(_T.c.id.in_(taken)).values(state="claimed", worker=worker))
    return taken


@dataclass(frozen=True)
class Work:
    """A begun job with all its workflow needs; no secrets, no fields."""

    job_id: str
    kind: Kind
    attempt: int
    worker: str
    destination_id: str | None
    check_id: str | None
    created_at: int


def begin(tx: Tx, job_id: str, worker: str) -> Work | None:
    """Begin a claimed job as a new attempt of this worker; None when it is done or another's."""
    changed = tx.execute(
        update(_T)
        .where(_T.c.id == job_id, _T.c.state == "claimed", _T.c.worker == worker)
        .values(attempt=_T.c.attempt + 1)
        .returning(_T.c.kind, _T.c.attempt, _T.c.destination_id, _T.c.check_id, _T.c.created_at)
    ).one_or_none()
    if changed is None:
        return None
    return Work(
        job_id,
        Kind(changed.kind),
        changed.attempt,
        worker,
        changed.destination_id,
        changed.check_id,
        changed.created_at,
    )


def _mine(work: Work) -> ColumnElement[bool]:
    return and_(
        _T.c.id == work.job_id, _T.c.attempt == work.attempt, _T.c.worker == work.worker, _T.c.state == "claimed"
    )


def holds(tx: Tx, work: Work) -> bool:
    """The fence: whether the job is still this attempt's; locks it until the transaction ends."""
    return tx.execute(select(_T.c.id).where(_mine(work)).with_for_update()).one_or_none() is not None


def finish(tx: Tx, work: Work) -> bool:
    """End the job; False when the fence refuses."""
    return bool(tx.execute(update(_T).where(_mine(work)).values(state="done", finished_at=tx.now)).rowcount)


def give_back(tx: Tx, work: Work, not_before: int) -> bool:
    """Put the job back into the queue, to be claimed from `not_before` (µs) on: what it needs is not there now."""
    done = tx.execute(update(_T).where(_mine(work)).values(state="queued", worker=None, not_before=not_before))
    return bool(done.rowcount)


def cancelled(store: Store, worker: str) -> set[str]:
    """Claimed jobs of this worker that somebody wants stopped."""
    found = store.fetch(
        "SELECT id FROM jobs WHERE state = 'claimed' AND worker = :worker AND cancel", {"worker": worker}
    )
    return {row[0] for row in found}


def claimed_by(tx: Tx, workers: Sequence[str]) -> list[str]:
    """Jobs that these workers hold."""
    return list(tx.execute(select(_T.c.id).where(_T.c.state == "claimed", _T.c.worker.in_(workers))).scalars())


def claimed_by_none(tx: Tx, living: Sequence[str]) -> list[str]:
    """Claimed jobs whose worker is not among the living."""
    held = select(_T.c.id).where(_T.c.state == "claimed", or_(_T.c.worker.is_(None), _T.c.worker.not_in(living)))
    return list(tx.execute(held).scalars())


def requeue(tx: Tx, job_ids: Sequence[str]) -> None:
    """Back into the queue, for another worker; the attempt's number goes on rising."""
    if job_ids:
        tx.execute(update(_T).where(_T.c.id.in_(job_ids), _T.c.state == "claimed").values(state="queued", worker=None))


def open_count(store: Store) -> tuple[int, int]:
    """(queued, claimed)."""
    found = {
        r[0]: r[1]
        for r in store.fetch("SELECT state, count(*) FROM jobs WHERE state IN ('queued', 'claimed') GROUP BY state")
    }
    return found.get("queued", 0), found.get("claimed", 0)


def prune(tx: Tx, before: int) -> None:
    """Forget jobs that ended before this moment (µs)."""
    tx.execute(schema.jobs.delete().where(_T.c.state == "done", _T.c.finished_at < before))


def next_due(store: Store, now: int) -> int | None:
    """The earliest `not_before` still ahead, or None."""
    found = store.fetch("SELECT min(not_before) FROM jobs WHERE state = 'queued' AND not_before > :now", {"now": now})
    due: int | None = found[0][0]
    return due


def too_many_attempts(tx: Tx, most: int) -> Sequence[Row[Any]]:
    """Queued jobs that were begun too often (they kill their workers)."""
    found: Sequence[Row[Any]] = tx.execute(select(_T).where(_T.c.state == "queued", _T.c.attempt >= most)).all()
    return found
