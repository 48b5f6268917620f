"""Runs that are written down as having been, for a store that shows what one looks like."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from destui.domain.loads import RunResult, RunState
from destui.store import load_orders, load_runs, schema
from destui.store.engine import Tx
from destui.store.times import to_us


def record(tx: Tx, order_id: str, began: datetime, rows: int, *, seconds: float, by: str) -> None:
    """A run of an order that was done, as its newest."""
    table = schema.load_runs
    run_id = load_runs.add(tx, load_orders.locked(tx, order_id), by)
    load_runs.begin(tx, run_id, attempt=1)
    load_runs.finish(tx, run_id, RunResult(RunState.DONE, rows, rows * 41, seconds))
    ended = began + timedelta(seconds=seconds)
    tx.execute(
        update(table)
        .where(table.c.id == run_id)
        .values(created_at=to_us(began), started_at=to_us(began), finished_at=to_us(ended))
    )
