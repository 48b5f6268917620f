"""Load orders as they are written, and what is due by their schedules."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from json import dumps, loads
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from destui.domain.errors import InvalidInput, NameInUse, NotFound
from destui.domain.loads import SourceSpec
from destui.domain.orders import Missed, OrderDraft, source_document, source_of
from destui.domain.schedule import next_time, parse, zone
from destui.store import load_runs, schema
from destui.store.destinations import name_key
from destui.store.engine import Store, Tx
from destui.store.times import now_us, to_datetime, to_us

_T = schema.load_orders
LATE_US = 60_000_000
"""A time that is found to be due later than this was missed."""
AGAIN_US = 600_000_000
"""How long a schedule that this host does not understand is put off."""
log = logging.getLogger("destui.worker")


def touch(tx: Tx, order_id: str, *, removed: bool = False) -> None:
    """Tell the others of an order."""
    tx.touch("order", order_id, removed=removed)


def _columns(draft: OrderDraft, source: SourceSpec, source_id: str | None, host: str) -> dict[str, Any]:
    return {
        "name": draft.name, "name_key": name_key(draft.name), "source": dumps(source_document(source)),
        "source_id": source_id, "table_name": draft.table, "mode": draft.mode.value,
        "key_columns": dumps(draft.key, ensure_ascii=False), "add_columns": draft.add_columns, "cron": draft.cron,
        "tz": draft.tz, "missed": draft.missed.value, "host": host,
    }  # fmt: skip


def add(tx: Tx, draft: OrderDraft, source: SourceSpec, *, source_id: str | None, host: str, by: str) -> str:
    """Insert an order; returns its id. Raises NameInUse."""
    identity = uuid4().hex
    values = _columns(draft, source, source_id, host) | {
        "id": identity, "destination_id": draft.destination_id, "by": by, "created_at": tx.now, "updated_at": tx.now,
        "next_run_at": following(draft.cron, draft.tz, tx.now),
    }  # fmt: skip
    try:
        tx.execute(insert(_T).values(**values))
    except IntegrityError:
        raise NameInUse(draft.name, "Another load order has this name. Choose another.") from None
    touch(tx, identity)
    tx.touch("destination", draft.destination_id)
    return identity


def edit(tx: Tx, row: Row[Any], draft: OrderDraft, source: SourceSpec, *, source_id: str | None, host: str) -> None:
    """Write what was changed; another schedule begins anew. Raises NameInUse."""
    values = _columns(draft, source, source_id, host)
    if not draft.cron:
        values |= {"paused": False, "next_run_at": None}  # only a schedule is paused
    elif (draft.cron, draft.tz) != (row.cron, row.tz):
        values["next_run_at"] = None if row.paused else following(draft.cron, draft.tz, tx.now)
    change(tx, row.id, values | {"version": row.version + 1, "updated_at": tx.now})


def host_of_files(store: Store, order_id: str, path: str) -> str:
    """The host on which an order reads the files of this path; empty where it reads something else."""
    found = store.fetch("SELECT source, source_id, host FROM load_orders WHERE id = :id", {"id": order_id})
    is_it = bool(found) and found[0][1] is None and source_of(loads(found[0][0])).path == path
    return str(found[0][2]) if is_it else ""


def change(tx: Tx, order_id: str, values: Mapping[str, Any]) -> None:
    """Write columns and tell the others. Raises NameInUse."""
    try:
        tx.execute(update(_T).where(_T.c.id == order_id).values(**values))
    except IntegrityError:
        raise NameInUse(str(values.get("name")), "Another load order has this name. Choose another.") from None
    touch(tx, order_id)


def locked(tx: Tx, order_id: str) -> Row[Any]:
    """The row, which nobody else changes until the transaction ends. Raises NotFound."""
    row = tx.execute(select(_T).where(_T.c.id == order_id)).one_or_none()
    if row is None or row.deleted_at is not None:
        raise NotFound("This load order has been deleted.")
    return row  # type: ignore[no-any-return]


def remove(tx: Tx, row: Row[Any]) -> None:
    """Take an order away for good, with its runs."""
    tx.execute(delete(_T).where(_T.c.id == row.id))
    touch(tx, row.id, removed=True)
    tx.touch("destination", row.destination_id)


def of_destination(tx: Tx, destination_id: str) -> Sequence[Row[Any]]:
    """The orders that load into a destination."""
    found = select(_T).where(_T.c.destination_id == destination_id, _T.c.deleted_at.is_(None)).order_by(_T.c.id)
    return tx.execute(found).all()  # type: ignore[no-any-return]


def to_trash(tx: Tx, destination_id: str) -> None:
    """Out of sight with their destination."""
    for row in of_destination(tx, destination_id):
        tx.execute(update(_T).where(_T.c.id == row.id).values(deleted_at=tx.now))
        touch(tx, row.id, removed=True)


def from_trash(tx: Tx, destination_id: str) -> list[tuple[str, str]]:
    """Back with their destination: schedules go on from now. Where a name was given to another order meanwhile, it is
    followed by a number; returns (was, is) of those."""
    renamed = []
    gone = select(_T).where(_T.c.destination_id == destination_id, _T.c.deleted_at.is_not(None)).order_by(_T.c.id)
    for row in tx.execute(gone).all():
        name = free_name(tx, row.name)
        if name != row.name:
            renamed.append((row.name, name))
        due = None if row.paused else following(row.cron, row.tz, tx.now)
        values = {"deleted_at": None, "name": name, "name_key": name_key(name), "next_run_at": due}
        change(tx, row.id, values)
    return renamed


def free_name(tx: Tx, name: str) -> str:
    """This name, or where it is in use the first `name 2`, `name 3` that is not."""
    tried, number = name, 1
    while tx.execute(select(_T.c.id).where(_T.c.name == tried, _T.c.deleted_at.is_(None))).first() is not None:
        number += 1
        end = f" {number}"
        tried = f"{name[: 128 - len(end)].rstrip()}{end}"
    return tried


def following(cron: str, tz: str, after: int) -> int | None:
    """The next time (µs) of a schedule after a moment; None without one."""
    return to_us(next_time(parse(cron), zone(tz), to_datetime(after))) if cron else None


_DUE = "cron <> '' AND next_run_at IS NOT NULL AND deleted_at IS NULL"


def next_due(store: Store) -> int | None:
    """When (µs) the next order is due, also in the past; None without schedules. One that is due waits for its own run
    before it is left out: it comes up when that has ended."""
    found = store.fetch(
        f"SELECT min(next_run_at) FROM load_orders o WHERE {_DUE} AND NOT EXISTS"  # noqa: S608
        " (SELECT 1 FROM load_runs r WHERE r.id = o.run_id AND r.state IN ('queued', 'waiting', 'running'))"
    )
    return found[0][0]  # type: ignore[no-any-return]


def scheduled(store: Store) -> int:
    """How many orders run by a schedule."""
    return int(store.fetch(f"SELECT count(*) FROM load_orders WHERE {_DUE}")[0][0])  # noqa: S608


def take_due(tx: Tx, most: int) -> list[Row[Any]]:
    """The orders that are to be run now, each of which goes on to its next time. One whose run before still goes on is
    left until that has ended, what was missed is left out where the order says so, and a time that was run is not run
    again (a clock that is set back makes it due once more)."""
    open_run = select(schema.load_runs.c.id).where(
        schema.load_runs.c.id == _T.c.run_id, schema.load_runs.c.state.in_(load_runs.OPEN)
    )
    found = tx.execute(
        select(_T)
        .where(_T.c.next_run_at <= tx.now, _T.c.cron != "", _T.c.deleted_at.is_(None), ~open_run.exists())
        .order_by(_T.c.next_run_at, _T.c.id)
        .limit(most)
    ).all()
    known = [row for row in found if _go_on(tx, row)]
    meant = [row for row in known if row.missed == Missed.RUN or row.next_run_at > tx.now - LATE_US]
    return [row for row in meant if not load_runs.was_due(tx, row.id, row.next_run_at)]


def _go_on(tx: Tx, row: Row[Any]) -> bool:
    """Set an order's next time. One that cannot be reckoned here keeps no other from running: it is looked at again
    later, when the host may know its time zone."""
    try:
        next_one = following(row.cron, row.tz, tx.now)
    except InvalidInput as error:
        log.error("schedule not understood order=%s: %s", row.id, error)
        change(tx, row.id, {"next_run_at": tx.now + AGAIN_US})
        return False
    change(tx, row.id, {"next_run_at": next_one})
    return True


def is_due(store: Store) -> bool:
    """Whether an order is due; a cheap look before a write."""
    found = next_due(store)
    return found is not None and found <= now_us()


def next_moment(store: Store) -> datetime | None:
    """When the next order is due, for people."""
    found = next_due(store)
    return None if found is None else to_datetime(found)
