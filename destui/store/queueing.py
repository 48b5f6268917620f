"""Asking for work: a check and its job, in the transaction of the change that wants them."""

from __future__ import annotations

from json import loads
from typing import Any

from sqlalchemy import select

from destui.domain.check import Reason
from destui.domain.errors import NotNow
from destui.domain.fields import Fields
from destui.store import checks, destinations, jobs, load_orders, load_runs, schema, settings
from destui.store.engine import Store, Tx
from destui.store.jobs import Kind
from destui.store.times import steady_us


def server_of(fields: Fields) -> str:
    """The host name that work on these fields goes to, for the limit per server."""
    return str(fields.get("host", "")).lower()


def queue_check(tx: Tx, row: Any, reason: Reason, by: str, *, priority: int | None = None) -> str:
    """Queue a check of a destination's row as it is, or join the open one; returns the check's id."""
    if (running := jobs.open_job(tx, Kind.CHECK, row.id)) is not None:
        checks.wait(tx, running.check_id, row.id, "")
        return str(running.check_id)
    check_id = checks.add(tx, reason=reason, by=by, type_id=row.type, destination_id=row.id, config=row.config)
    jobs.enqueue(
        tx, Kind.CHECK, row.id, destination_id=row.id, check_id=check_id, type_id=row.type,
        server=server_of(loads(row.fields)), pinned=row.host, priority=priority,
    )  # fmt: skip
    destinations.change(tx, row.id, {"check_id": check_id, "next_check_at": None})
    return check_id


def queue_rotation(tx: Tx, row: Any, by: str, fields: Fields, secret_id: str | None, pinned: str) -> str:
    """Queue the check of a candidate; returns the check's id. Raises NotNow while another candidate is checked."""
    if jobs.open_job(tx, Kind.ROTATION, row.id) is not None:
        raise NotNow(f"New credentials for {row.name} are being checked already. Wait, or stop that check.")
    check_id = checks.add(
        tx, reason=Reason.REAUTHORISE, by=by, type_id=row.type, destination_id=row.id, fields=fields,
        secret_id=secret_id, config=row.config,
    )  # fmt: skip
    jobs.enqueue(
        tx, Kind.ROTATION, row.id, destination_id=row.id, check_id=check_id, type_id=row.type,
        server=server_of(fields), pinned=pinned,
    )  # fmt: skip
    destinations.change(tx, row.id, {"check_id": check_id})
    return check_id


def queue_draft(tx: Tx, by: str, type_id: str, fields: Fields, secret_id: str | None, pinned: str) -> str:
    """Queue the check of a form's values; returns the check's id."""
    check_id = checks.add(tx, reason=Reason.DRAFT, by=by, type_id=type_id, fields=fields, secret_id=secret_id)
    jobs.enqueue(tx, Kind.DRAFT, check_id, check_id=check_id, type_id=type_id, server=server_of(fields), pinned=pinned)
    return check_id


def is_background_due(store: Store) -> bool:
    """Whether a re-check is due; a cheap look before a write."""
    found = store.fetch(
        "SELECT 1 FROM destinations WHERE next_check_at <= :now AND deleted_at IS NULL AND status = 'active'"
        " AND NOT EXISTS (SELECT 1 FROM settings WHERE key = :minutes AND value = '0') LIMIT 1",
        {"now": steady_us(), "minutes": settings.BACKGROUND_MINUTES},
    )
    return bool(found)


def queue_background(tx: Tx, most: int) -> int:
    """Queue the re-checks that are due, at most so many, unless they are switched off; returns how many."""
    if settings.get(tx, settings.BACKGROUND_MINUTES) == "0":
        return 0
    table = schema.destinations
    due = tx.execute(
        select(table)
        .where(table.c.next_check_at <= steady_us(), table.c.deleted_at.is_(None), table.c.status == "active")
        .order_by(table.c.next_check_at)
        .limit(most)
    ).all()
    for row in due:
        queue_check(tx, row, Reason.BACKGROUND, "schedule", priority=jobs.BACKGROUND_PRIORITY)
    return len(due)


def queue_clean_up(tx: Tx) -> None:
    """Queue a clean-up of the store, if none is open."""
    if jobs.open_job(tx, Kind.CLEAN_UP, "store") is None:
        jobs.enqueue(tx, Kind.CLEAN_UP, "store")


SCHEDULE = "schedule"
"""Who asks for what the clock asks for."""


def queue_load(tx: Tx, order: Any, by: str, due_at: int | None = None) -> str:
    """Queue a run of an order, or join the one that is open; returns the run's id."""
    if (running := jobs.open_job(tx, Kind.LOAD, order.id)) is not None:
        return str(running.run_id)
    run_id = load_runs.add(tx, order, by, due_at)
    jobs.enqueue(
        tx, Kind.LOAD, order.id, destination_id=order.destination_id, run_id=run_id, type_id="load", pinned=order.host
    )
    return run_id


def queue_due_loads(tx: Tx, most: int) -> int:
    """Queue the loads that are due, at most so many; returns how many."""
    due = load_orders.take_due(tx, most)
    for order in due:
        queue_load(tx, order, SCHEDULE, order.next_run_at)
    return len(due)


def queue_preview(tx: Tx, preview_id: str, destination_id: str, pinned: str) -> None:
    """Queue a preview."""
    jobs.enqueue(
        tx, Kind.PREVIEW, preview_id, destination_id=destination_id, run_id=preview_id, type_id="load", pinned=pinned
    )
