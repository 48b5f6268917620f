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

from sqlalchemy import ColumnElement, Row, and_, insert, select, text, true, update

from destui.store import load_turns, schema, workers
from destui.store.engine import Store, Tx
from destui.store.load_turns import HAS_FILE
from destui.store.open_jobs import is_claimed, is_open, is_queued

_T = schema.jobs
SLOTS = 50
"""Jobs at once in one worker."""
PER_SERVER = 4
"""Jobs at once against one host name."""
PER_TYPE = 50
"""Jobs at once of one type of destination."""


class Kind(StrEnum):
    """What a job does."""

    CHECK = "check"
    ROTATION = "rotation"
    DRAFT = "draft"
    CLEAN_UP = "clean-up"
    LOAD = "load"
    PREVIEW = "preview"
    ANNOUNCE = "announce"


CHECKS = (Kind.CHECK, Kind.ROTATION, Kind.DRAFT)
_PRIORITY = {
    Kind.DRAFT: 20, Kind.PREVIEW: 20, Kind.ANNOUNCE: 15, Kind.CHECK: 10, Kind.ROTATION: 10, Kind.LOAD: 5,
    Kind.CLEAN_UP: 0,
}  # fmt: skip
PER_WORKER = {Kind.LOAD: 4, Kind.PREVIEW: 4, Kind.ANNOUNCE: 2}
"""Jobs of a kind that one worker does at once: each is a process, of a load with some hundred megabytes of memory."""
BACKGROUND_PRIORITY = 0


def _holds_lease() -> ColumnElement[bool]:
    lease = schema.workers
    return select(lease.c.id).where(lease.c.id == _T.c.worker).exists()


def enqueue(
    tx: Tx, kind: Kind, key: str, *, destination_id: str | None = None, check_id: str | None = None,
    run_id: str | None = None, type_id: str = "", server: str = "", pinned: str = "", priority: int | None = None,
) -> str:  # fmt: skip
    """Insert a job in the transaction of the change that asks for it; returns its id.

    The caller has looked with `open_job` that none of this kind and key is open.
    """
    identity = uuid4().hex
    tx.execute(
        insert(_T).values(
            id=identity, kind=kind.value, key=f"{kind.value}:{key}", state="queued", destination_id=destination_id,
            check_id=check_id, run_id=run_id, type=type_id, server=server, pinned=pinned, created_at=tx.now,
            priority=_PRIORITY[kind] if priority is None else priority,
        )
    )  # fmt: skip
    return identity


def open_job(tx: Tx, kind: Kind, key: str) -> Row[Any] | None:
    """The open job of this kind and key."""
    found: Row[Any] | None = tx.execute(
        select(_T).where(_T.c.key == f"{kind.value}:{key}", text(is_open()))
    ).one_or_none()
    return found


def open_for(
    tx: Tx, *, destination_id: str | None = None, check_id: str | None = None, kinds: Sequence[Kind] = CHECKS
) -> Sequence[Row[Any]]:
    """Open jobs of a destination or a check."""
    column = _T.c.check_id == check_id if check_id else _T.c.destination_id == destination_id
    return tx.execute(select(_T).where(column, _T.c.kind.in_(kinds), text(is_open()))).all()  # type: ignore[no-any-return]


def pin(tx: Tx, kind: Kind, key: str, host: str) -> None:
    """A job that was not begun is to be done on this host; empty: on any."""
    waits = (_T.c.key == f"{kind.value}:{key}", text(is_queued()), _T.c.attempt == 0)
    tx.execute(update(_T).where(*waits).values(pinned=host))


_MAY_BEGIN = (
    "(kind <> 'load' OR NOT EXISTS (SELECT 1 FROM load_runs r"  # noqa: S608
    " JOIN load_orders o ON o.id = r.order_id JOIN destinations d ON d.id = o.destination_id OR d.id = o.source_id"
    f" WHERE r.id = jobs.run_id AND (d.status <> 'active' AND d.deleted_at IS NULL OR {HAS_FILE})))"
)
"""A load waits, without a worker, until the destination and the one that it reads are Active, and for its file."""


def ask_to_cancel(tx: Tx, job_id: str) -> None:
    """Raise the flag that the job's worker watches."""
    tx.execute(update(_T).where(_T.c.id == job_id).values(cancel=True))
    tx.wake()


def end_queued(tx: Tx, job_id: str) -> bool:
    """End a job that no worker has begun; False when one has."""
    done = tx.execute(
        update(_T).where(_T.c.id == job_id, _T.c.state == "queued").values(state="done", finished_at=tx.now)
    )
    return bool(done.rowcount)


def claim(tx: Tx, worker: str, host: str, slots: int) -> list[tuple[str, int]]:
    """Claim up to `slots` jobs, the most urgent first, within the limits per type and per server: (id, priority)."""
    # An embedded store is on one host, whatever that is called today.
    here = true() if tx.connection.dialect.name == "sqlite" else _T.c.pinned.in_(("", host))
    running = tx.execute(select(_T.c.kind, _T.c.type, _T.c.server, _T.c.worker).where(text(is_claimed()))).all()
    kinds = Counter(r.kind for r in running if r.worker == worker)
    types, servers = Counter(r.type for r in running), Counter(r.server for r in running if r.server)
    taken: list[tuple[str, int]] = []
    while len(taken) < slots:
        # What is full is left out by the query: a hundred jobs of a server that hangs must not hide the others.
        queued = tx.execute(
            select(_T.c.id, _T.c.kind, _T.c.type, _T.c.server, _T.c.priority, _T.c.destination_id)
            .where(
                text(is_queued()),
                here,
                text(_MAY_BEGIN),
                _T.c.kind.not_in([kind for kind, most in PER_WORKER.items() if kinds[kind] >= most]),
                _T.c.type.not_in([name for name, count in types.items() if count >= PER_TYPE]),
                _T.c.server.not_in([name for name, count in servers.items() if count >= PER_SERVER]),
            )
            .order_by(_T.c.priority.desc(), _T.c.created_at, _T.c.id)
            .limit(slots - len(taken))
        ).all()
        if not queued:
            break
        found: dict[str, int] = {}
        loads = 0
        for job in queued:
            fits = job.kind not in PER_WORKER or kinds[job.kind] < PER_WORKER[job.kind]
            fits &= job.kind != Kind.LOAD or not loads  # whether another one may begin is known once this one has
            if fits and types[job.type] < PER_TYPE and (not job.server or servers[job.server] < PER_SERVER):
                kinds[job.kind] += 1
                types[job.type] += 1
                servers.update([job.server] if job.server else [])
                loads += job.kind == Kind.LOAD
                found[job.id] = job.priority
        tx.execute(update(_T).where(_T.c.id.in_(found)).values(state="claimed", worker=worker))
        load_turns.touch(tx, [job.destination_id for job in queued if job.id in found and job.kind == Kind.LOAD])
        taken += found.items()
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
    run_id: str | None = None


def begin(tx: Tx, job_id: str, worker: str) -> Work | None:
    """Begin a claimed job as a new attempt of this worker; None when it has ended or this worker has no lease.

    The engine hands a workflow to one worker at a time, so whoever begins it takes it over from whoever had it.
    """
    lease = schema.workers
    holds_lease = select(lease.c.id).where(lease.c.id == worker).exists()
    changed = tx.execute(
        update(_T)
        .where(_T.c.id == job_id, _T.c.state == "claimed", holds_lease)
        .values(attempt=_T.c.attempt + 1, worker=worker)
        .returning(_T.c.kind, _T.c.attempt, _T.c.destination_id, _T.c.check_id, _T.c.run_id)
    ).one_or_none()
    if changed is None:
        return None
    kind, attempt, *ids = changed
    return Work(job_id, Kind(kind), attempt, worker, *ids)


def read_work(store: Store, job_id: str, attempt: int, worker: str) -> Work | None:
    """A begun job again, by what the engine's journal knows of it; None when it is no longer this attempt's."""
    found = store.fetch(
        "SELECT kind, destination_id, check_id, run_id FROM jobs"
        " WHERE id = :id AND attempt = :attempt AND worker = :worker AND state = 'claimed'",
        {"id": job_id, "attempt": attempt, "worker": worker},
    )
    return Work(job_id, Kind(found[0][0]), attempt, worker, *found[0][1:]) if found else None


def _mine(work: Work) -> ColumnElement[bool]:
    return and_(
        _T.c.id == work.job_id, _T.c.attempt == work.attempt, _T.c.worker == work.worker, _T.c.state == "claimed"
    )


def holds(tx: Tx, work: Work) -> bool:
    """The fence: whether the job is still this attempt's."""
    return tx.execute(select(_T.c.id).where(_mine(work))).one_or_none() is not None


def finish(tx: Tx, work: Work) -> bool:
    """End the job; False when the fence refuses."""
    done = bool(tx.execute(update(_T).where(_mine(work)).values(state="done", finished_at=tx.now)).rowcount)
    if done and work.kind is Kind.LOAD:
        load_turns.touch(tx, [work.destination_id])
    return done


def cancelled(store: Store, worker: str) -> set[str]:
    """Claimed jobs of this worker that somebody wants stopped."""
    found = store.fetch(f"SELECT id FROM jobs WHERE {is_claimed()} AND worker = :worker AND cancel", {"worker": worker})  # noqa: S608
    return {row[0] for row in found}


def requeue(tx: Tx, job_ids: Sequence[str], worker: str | None = None) -> None:
    """Back into the queue; the attempt's number goes on rising. Only what this worker still has claimed or, where none
    is named, by one without a lease: what another one has put back meanwhile may have begun."""
    if job_ids:
        whose = _T.c.worker == worker if worker else ~_holds_lease()
        back = update(_T).where(_T.c.id.in_(job_ids), _T.c.state == "claimed", whose)
        found = tx.execute(back.values(state="queued", worker=None).returning(_T.c.kind, _T.c.destination_id)).all()
        load_turns.touch(tx, [destination_id for kind, destination_id in found if kind == Kind.LOAD])


def claimed_by(store: Store, worker: str) -> list[str]:
    """The jobs that a worker has claimed."""
    found = store.fetch(f"SELECT id FROM jobs WHERE {is_claimed()} AND worker = :worker", {"worker": worker})  # noqa: S608
    return [row[0] for row in found]


def open_count(store: Store) -> tuple[int, int]:
    """(queued, claimed)."""
    found = {r[0]: r[1] for r in store.fetch(f"SELECT state, count(*) FROM jobs WHERE {is_open()} GROUP BY state")}  # noqa: S608
    return found.get("queued", 0), found.get("claimed", 0)


def hosts_wanting(store: Store, ids: Sequence[str]) -> list[str]:
    """Hosts on which alone one of these checks or loads can be done, and where no worker is alive."""
    sql = (
        "SELECT DISTINCT pinned FROM jobs WHERE coalesce(check_id, run_id) IN ({ids})"  # noqa: S608
        f" AND {is_queued()}"
        " AND pinned <> '' AND pinned NOT IN (SELECT host FROM workers WHERE lease_until >= :now)"
    )
    return sorted({row[0] for row in store.fetch_by_ids(sql, ids, {"now": workers.clock(store)})})


def prune_news(tx: Tx, before: int) -> None:
    """Forget news that waits since before this moment (µs) for a host without a worker."""
    news = (_T.c.kind == Kind.ANNOUNCE.value, text(is_queued()), _T.c.created_at < before)
    tx.execute(schema.jobs.delete().where(*news))


def orphans(tx: Tx) -> Sequence[Row[Any]]:
    """Claimed jobs of workers that have no lease."""
    return tx.execute(select(_T).where(text(is_claimed()), ~_holds_lease())).all()  # type: ignore[no-any-return]


def give_up(tx: Tx, job_id: str, worker: str | None = None) -> Row[Any] | None:
    """End a job that no attempt could end, if it is still open (and this worker's); returns it."""
    mine = and_(_T.c.id == job_id, text(is_open()), *([_T.c.worker == worker] if worker else []))
    done = update(_T).where(mine).values(state="done", finished_at=tx.now)
    found: Row[Any] | None = tx.execute(done.returning(*_T.c)).one_or_none()
    if found is not None and found.kind == Kind.LOAD:
        load_turns.touch(tx, [found.destination_id])
    return found


def is_done(store: Store, job_id: str) -> bool:
    """Whether a job has ended (or is forgotten)."""
    return not store.fetch("SELECT 1 FROM jobs WHERE id = :id AND state <> 'done'", {"id": job_id})


def has_queued(store: Store) -> bool:
    """Whether some job can be begun; a load whose destination is not Active cannot."""
    return bool(store.fetch(f"SELECT 1 FROM jobs WHERE {is_queued()} AND {_MAY_BEGIN} LIMIT 1"))  # noqa: S608


def has_work(store: Store) -> bool:
    """Whether some job can be begun, or is being done."""
    return has_queued(store) or open_count(store)[1] > 0


def at_work(store: Store, kind: Kind, destination_ids: Sequence[str]) -> bool:
    """Whether a living worker does a job of this kind on one of these destinations."""
    sql = (
        "SELECT 1 FROM jobs JOIN workers w ON w.id = jobs.worker AND w.lease_until >= :now"  # noqa: S608
        f" WHERE jobs.destination_id IN ({{ids}}) AND jobs.kind = :kind AND {is_claimed()}"
    )
    return any(store.fetch_by_ids(sql, destination_ids, {"kind": kind.value, "now": workers.clock(store)}))
