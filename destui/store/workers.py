"""Workers and their leases."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, text, update

from destui.domain.event import WorkerInfo
from destui.store import schema
from destui.store.engine import Store, Tx
from destui.store.times import now_us, to_datetime

LEASE_US = 20_000_000
BEAT_SECONDS = 5.0
_T = schema.workers
_SERVER_CLOCK = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)"


def clock(store: Store) -> int:
    """Now (µs), as leases are told: on a team's store by the server, since the clocks of hosts differ."""
    if store.is_sqlite:
        return now_us()
    return int(store.fetch(_SERVER_CLOCK)[0][0])


def _clock(tx: Tx) -> int:
    if tx.connection.dialect.name != "postgresql":
        return tx.now
    return int(tx.execute(text(_SERVER_CLOCK)).scalar_one())


def register(tx: Tx, *, worker: str, host: str, pid: int, birth: str, version: str) -> None:
    """Take a lease, before anything is claimed. It is held as long as the row is there: `dead` tells who takes it
    away; `lease_until` is for people to see."""
    now = _clock(tx)
    tx.execute(
        insert(_T).values(
            id=worker, host=host, pid=pid, birth=birth, version=version,
            started_at=tx.now, beat_at=now, lease_until=now + LEASE_US,
        )
    )  # fmt: skip
    tx.touch("worker", worker)


def renew(tx: Tx, worker: str) -> bool:
    """Say that it lives; False: its lease was taken away, and it must end."""
    now = _clock(tx)
    done = tx.execute(update(_T).where(_T.c.id == worker).values(beat_at=now, lease_until=now + LEASE_US))
    return bool(done.rowcount)


def leave(tx: Tx, worker: str) -> None:
    """Give the lease back."""
    tx.execute(delete(_T).where(_T.c.id == worker))
    tx.touch("worker", worker)


def forget_all(tx: Tx) -> None:
    """Take everybody's lease away."""
    tx.execute(delete(_T))


def forget(tx: Tx, workers: Sequence[str]) -> None:
    """Take away the leases of the dead: should one come back, it begins nothing and ends."""
    for worker in workers:
        leave(tx, worker)


def forget_process(tx: Tx, host: str, pid: int, birth: str) -> None:
    """Take away the leases of one process: it begins anew."""
    tx.execute(delete(_T).where(_T.c.host == host, _T.c.pid == pid, _T.c.birth == birth))


def on_record(store: Store) -> list[WorkerInfo]:
    """All workers on record; `alive` by what their leases say."""
    now = clock(store)
    found = store.fetch(
        "SELECT id, host, pid, version, started_at, birth, lease_until, beat_at FROM workers ORDER BY started_at"
    )
    return [
        WorkerInfo(r[0], r[1], r[2], r[3], to_datetime(r[4]), r[5], to_datetime(r[6]), r[6] >= now, r[7]) for r in found
    ]
