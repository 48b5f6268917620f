"""Workers and their leases."""

from __future__ import annotations

from sqlalchemy import delete, insert, update

from destui.domain.event import WorkerInfo
from destui.store import schema
from destui.store.engine import Store, Tx
from destui.store.times import now_us, to_datetime

LEASE_US = 20_000_000
BEAT_SECONDS = 5.0
_T = schema.workers


def register(tx: Tx, *, worker: str, host: str, pid: int, birth: str, version: str) -> None:
    """Take a lease, before anything is claimed."""
    tx.execute(
        insert(_T).values(
            id=worker, host=host, pid=pid, birth=birth, version=version,
            started_at=tx.now, beat_at=tx.now, lease_until=tx.now + LEASE_US,
        )
    )  # fmt: skip
    tx.touch("worker", worker)


def renew(tx: Tx, worker: str) -> bool:
    """Renew the lease, only while it has not run out; False: it has, and the worker must end."""
    done = tx.execute(
        update(_T)
        .where(_T.c.id == worker, _T.c.lease_until >= tx.now)
        .values(beat_at=tx.now, lease_until=tx.now + LEASE_US)
    )
    return bool(done.rowcount)


def leave(tx: Tx, worker: str) -> None:
    """Give the lease back."""
    tx.execute(delete(_T).where(_T.c.id == worker))
    tx.touch("worker", worker)


def forget_all(tx: Tx) -> None:
    """Take everybody's lease away."""
    tx.execute(delete(_T))


def forget_process(tx: Tx, host: str, pid: int, birth: str) -> None:
    """Take away the leases of one process: it begins anew."""
    tx.execute(delete(_T).where(_T.c.host == host, _T.c.pid == pid, _T.c.birth == birth))


def prune(tx: Tx, before: int) -> None:
    """Forget workers whose lease ran out before this moment (µs)."""
    tx.execute(delete(_T).where(_T.c.lease_until < before))


def living(store: Store) -> list[WorkerInfo]:
    """All workers on record, whether their lease holds or not."""
    now = now_us()
    found = store.fetch(
        "SELECT id, host, pid, version, started_at, birth, lease_until FROM workers ORDER BY started_at"
    )
    return [WorkerInfo(r[0], r[1], r[2], r[3], to_datetime(r[4]), r[5], to_datetime(r[6]), r[6] >= now) for r in found]
