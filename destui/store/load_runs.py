"""Runs of load orders and previews, as they are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from json import dumps, loads
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, delete, insert, select, update

from destui.domain.check import Diagnosis
from destui.domain.fields import Fields
from destui.domain.loads import Mode, Progress, RunResult, RunState, SourceSpec
from destui.domain.orders import LOG_LINES, source_document, source_of
from destui.store import load_turns, schema
from destui.store.engine import Store, Tx

_T, _O, _P = schema.load_runs, schema.load_orders, schema.load_previews
OPEN = ("queued", "waiting", "running")
PREVIEW_US = 900_000_000
"""How long a preview is kept: it shows rows of the source."""


def touch(tx: Tx, run_id: str, order_id: str) -> None:
    """Tell the others: a run shows on its order's row."""
    tx.touch("run", run_id)
    tx.touch("order", order_id)


def add(tx: Tx, order: Row[Any], by: str, due_at: int | None = None) -> str:
    """Insert a queued run as the order's newest; returns its id."""
    identity = uuid4().hex
    tx.execute(
        insert(_T).values(
            id=identity, order_id=order.id, destination_id=order.destination_id, state="queued", by=by, due_at=due_at,
            created_at=tx.now,
        )
    )  # fmt: skip
    tx.execute(update(_O).where(_O.c.id == order.id).values(run_id=identity))
    touch(tx, identity, order.id)
    return identity


def was_due(tx: Tx, order_id: str, due_at: int) -> bool:
    """Whether a run of this time (µs) of the order's schedule is there."""
    return tx.execute(select(_T.c.id).where(_T.c.order_id == order_id, _T.c.due_at == due_at)).first() is not None


def has_begun(tx: Tx, run_id: str | None) -> bool:
    """Whether a run keeps to what the order was when it began."""
    return tx.execute(select(_T.c.id).where(_T.c.id == run_id, _T.c.plan.is_not(None))).first() is not None


@dataclass(frozen=True)
class Side:
    """A destination at the version that a run keeps to; its secrets are under `secret_id`."""

    destination_id: str
    type: str
    fields: Fields
    secret_id: str | None
    config: int


@dataclass(frozen=True)
class Pinned:
    """What a run or a preview works with, to its end. No secrets."""

    target: Side
    table: str
    mode: Mode
    source: SourceSpec
    source_side: Side | None
    key: tuple[str, ...]
    add_columns: bool
    source_gone: bool = False
    """The destination that is to be read has been deleted."""


def begin(tx: Tx, run_id: str, attempt: int) -> None:
    """Start, or start again. The first attempt pins what the order and its destinations are now."""
    run = tx.execute(select(_T).where(_T.c.id == run_id)).one_or_none()
    if run is None:
        return
    values: dict[str, Any] = {
        "state": "running", "attempt": attempt, "phase": "", "rows": 0, "bytes": 0, "rows_per_second": 0.0,
        "waits_for": "",
    }  # fmt: skip
    if run.started_at is None:
        values["started_at"] = tx.now
    if run.plan is None:
        order = tx.execute(select(_O).where(_O.c.id == run.order_id)).one()
        what = _what(order.source, order.table_name, order.mode, loads(order.key_columns), order.add_columns)
        plan = _pin(tx, what, order.destination_id, order.source_id)
        sides = [plan[name] or {} for name in ("target", "source_side")]
        values |= {"plan": dumps(plan), "secret_id": sides[0].get("secret_id")}
        values["source_secret_id"] = sides[1].get("secret_id")
    tx.execute(update(_T).where(_T.c.id == run_id).values(**values))
    touch(tx, run_id, run.order_id)


def _what(source: str, table: str, mode: str, key: Sequence[str], add_columns: bool) -> dict[str, Any]:
    return {"source": loads(source), "table": table, "mode": mode, "key": list(key), "add_columns": bool(add_columns)}


def _pin(tx: Tx, what: dict[str, Any], destination_id: str, source_id: str | None) -> dict[str, Any]:
    source = _side(tx, source_id) if source_id else None
    gone = source_id is not None and source is None
    return {**what, "target": _side(tx, destination_id), "source_side": source, "source_gone": gone}


def _side(tx: Tx, destination_id: str) -> dict[str, Any] | None:
    table = schema.destinations
    row = tx.execute(select(table).where(table.c.id == destination_id, table.c.deleted_at.is_(None))).one_or_none()
    if row is None:
        return None
    return {
        "destination_id": row.id, "type": row.type, "fields": loads(row.fields), "secret_id": row.secret_id,
        "config": row.config,
    }  # fmt: skip


def _pinned(raw: dict[str, Any]) -> Pinned | None:
    if raw["target"] is None:
        return None
    source_side = raw["source_side"]
    return Pinned(
        Side(**raw["target"]), raw["table"], Mode(raw["mode"]), source_of(raw["source"]),
        None if source_side is None else Side(**source_side), tuple(raw["key"]), raw["add_columns"],
        raw["source_gone"],
    )  # fmt: skip


def pinned(store: Store, run_id: str) -> Pinned | None:
    """What a begun run works with; None when it, or its destination, is gone."""
    found = store.fetch("SELECT plan FROM load_runs WHERE id = :id", {"id": run_id})
    return _pinned(loads(found[0][0])) if found and found[0][0] else None


def order_of(store: Store, run_id: str) -> str | None:
    """The id of a run's order; None when it is gone."""
    found = store.fetch("SELECT order_id FROM load_runs WHERE id = :id", {"id": run_id})
    return str(found[0][0]) if found else None


def write_progress(tx: Tx, run_id: str, order_id: str, progress: Progress) -> None:
    """How far it is."""
    values = {
        "phase": progress.phase.value, "rows": progress.rows, "bytes": progress.bytes,
        "total_bytes": progress.total_bytes, "rows_per_second": progress.rows_per_second,
        "total_rows": progress.total_rows, "disk": progress.disk,
    }  # fmt: skip
    tx.execute(update(_T).where(_T.c.id == run_id).values(**values))
    touch(tx, run_id, order_id)


def wait(tx: Tx, run_id: str, order_id: str, sentence: str) -> None:
    """Say what a begun run waits for, or (empty) that it goes on."""
    state = "waiting" if sentence else "running"
    waits = update(_T).where(_T.c.id == run_id).values(waits_for=sentence, state=state)
    load_turns.touch(tx, tx.execute(waits.returning(_T.c.destination_id)).scalars())
    touch(tx, run_id, order_id)


def log_of(store: Store, run_id: str) -> list[str]:
    """The lines of a run's log."""
    found = store.fetch("SELECT log FROM load_runs WHERE id = :id", {"id": run_id})
    return str(found[0][0]).splitlines() if found else []


def write_log(tx: Tx, run_id: str, lines: Sequence[str]) -> None:
    """The run's log as it is now; the last lines are kept."""
    tx.execute(update(_T).where(_T.c.id == run_id).values(log="\n".join(lines[-LOG_LINES:])))


def finish(tx: Tx, run_id: str, result: RunResult) -> Row[Any] | None:
    """The end of a run; returns its row as it was, None when it is gone (its order was deleted)."""
    run = tx.execute(select(_T).where(_T.c.id == run_id)).one_or_none()
    if run is None:
        return None
    found = result.diagnosis
    # What an earlier attempt has loaded took longer than the last one, which only found it.
    took = result.seconds if run.attempt == 1 or run.started_at is None else (tx.now - run.started_at) / 1e6
    rate = result.rows / took if took and result.state is RunState.DONE else 0.0
    tx.execute(
        update(_T)
        .where(_T.c.id == run_id)
        .values(
            state=result.state.value, finished_at=tx.now, rows=result.rows, bytes=result.bytes, rows_per_second=rate,
            waits_for="", phase="", columns_added=dumps(result.columns_added, ensure_ascii=False),
            warnings=dumps(result.warnings, ensure_ascii=False), of_source=result.of_source,
            failed_step=found and found.step, code=found and found.code, causes=found and dumps(found.causes),
            cause=found and found.cause, fix=found and found.fix, message=found and found.message,
            driver_code=found and found.driver_code, disk=max(run.disk, result.peak_disk),
        )
    )  # fmt: skip
    touch(tx, run_id, run.order_id)
    return run  # type: ignore[no-any-return]


def add_preview(
    tx: Tx, source: SourceSpec, source_id: str | None, destination_id: str, table: str, mode: Mode,
    key: Sequence[str], add_columns: bool,
) -> str:  # fmt: skip
    """Insert a preview that is to be made; returns its id."""
    prune_previews(tx)
    identity = uuid4().hex
    plan = _what(dumps(source_document(source)), table, mode.value, key, add_columns)
    tx.execute(
        insert(_P).values(
            id=identity, destination_id=destination_id, source_id=source_id, plan=dumps(plan), created_at=tx.now
        )
    )
    return identity


def preview_plan(tx: Tx, preview_id: str) -> Pinned | None:
    """What a preview looks at; None when it, or its destination, is gone."""
    row = tx.execute(select(_P).where(_P.c.id == preview_id)).one_or_none()
    return None if row is None else _pinned(_pin(tx, loads(row.plan), row.destination_id, row.source_id))


def finish_preview(tx: Tx, preview_id: str, result: dict[str, Any]) -> None:
    """What a preview shows."""
    tx.execute(update(_P).where(_P.c.id == preview_id).values(result=dumps(result, ensure_ascii=False)))
    tx.touch("preview", preview_id)


def fail_preview(tx: Tx, preview_id: str, diagnosis: Diagnosis) -> None:
    """Why nothing can be shown."""
    parts = ("step", "code", "causes", "cause", "fix", "message")
    finish_preview(tx, preview_id, {"failed": {name: getattr(diagnosis, name) for name in parts}})


def preview_result(store: Store, preview_id: str) -> tuple[bool, dict[str, Any] | None]:
    """(whether it is known, what it shows once it is made)."""
    found = store.fetch("SELECT result FROM load_previews WHERE id = :id", {"id": preview_id})
    return bool(found), loads(found[0][0]) if found and found[0][0] else None


def prune_previews(tx: Tx) -> None:
    """Forget those past their time."""
    tx.execute(delete(_P).where(_P.c.created_at < tx.now - PREVIEW_US))
