"""How a check's end moves its destination: the one place where a status changes and a candidate becomes current."""

from __future__ import annotations

import random
from json import loads
from typing import Any

from sqlalchemy import Row, select

from destui.domain.check import Outcome, Reason
from destui.domain.destination import Status
from destui.store import announcing, checks, destinations, events, queueing, schema, secrets, settings
from destui.store.engine import Tx
from destui.store.times import steady_us

BACKGROUND_MINUTES = 15


def apply(tx: Tx, check_id: str, outcome: Outcome, *, host: str) -> None:
    """Write a check's end and what follows from it, in the transaction that also ends the job."""
    check = tx.execute(select(schema.checks).where(schema.checks.c.id == check_id)).one_or_none()
    if check is None:  # its destination was purged meanwhile
        return
    checks.finish(tx, check_id, check.destination_id, outcome)
    if check.reason == Reason.DRAFT:
        secrets.discard(tx, check.secret_id)
        return
    row = tx.execute(select(schema.destinations).where(schema.destinations.c.id == check.destination_id)).one()
    if check.reason == Reason.REAUTHORISE:
        _end_rotation(tx, row, check, outcome, host)
    else:
        _end_check(tx, row, check, outcome, host)


def _end_check(tx: Tx, row: Row[Any], check: Row[Any], outcome: Outcome, host: str) -> None:
    overtaken = check.config != row.config
    if check.reason != Reason.INITIALISE and (outcome.cancelled or overtaken):
        _plan_next(tx, row, Status(row.status))  # it says nothing about what is current
        if overtaken and not outcome.cancelled and row.deleted_at is None:
            queueing.queue_check(tx, row, Reason.ASKED, check.by)  # whoever rolled back joined it: now look at that
        return
    _set_status(tx, row, check, Status.ACTIVE if outcome.state.is_good else Status.ERROR, outcome, host)


def _end_rotation(tx: Tx, row: Row[Any], check: Row[Any], outcome: Outcome, host: str) -> None:
    if outcome.state.is_good and check.config == row.config:
        _make_current(tx, row, check, host)
        _set_status(tx, row, check, Status.ACTIVE, outcome, host)
        return
    if check.secret_id != row.secret_id:
        secrets.discard(tx, check.secret_id)
    if row.status == Status.INITIALIZING:
        _set_status(tx, row, check, Status.ERROR, outcome, host)
        return
    why = "stopped" if outcome.cancelled else outcome.diagnosis.cause if outcome.diagnosis else "changed meanwhile"
    events.append(tx, who=check.by, host=host, verb="kept", destination_id=row.id, name=row.name, detail=why)
    _plan_next(tx, row, Status(row.status))


def _make_current(tx: Tx, row: Row[Any], check: Row[Any], host: str) -> None:
    """The candidate becomes current, the current one previous, the previous one goes."""
    values: dict[str, Any] = {"version": row.version + 1, "config": row.config + 1, "updated_at": tx.now}
    changed = []
    if row.previous_secret_id not in (None, row.secret_id):
        secrets.discard(tx, row.previous_secret_id)
    values["previous_secret_id"] = row.secret_id
    if check.secret_id is not None and check.secret_id != row.secret_id:
        secrets.set_state(tx, row.secret_id, "previous")
        secrets.set_state(tx, check.secret_id, "current", row.id)
        values["secret_id"] = check.secret_id
        changed.append("secrets")
    if check.fields is not None:
        old, new = loads(row.fields), loads(check.fields)
        changed += sorted(k for k in {*old, *new} if old.get(k) != new.get(k))
        values["fields"] = check.fields
    values["previous_fields"] = row.fields
    destinations.change(tx, row.id, values)
    events.append(
        tx, who=check.by, host=host, verb="re-authorised", destination_id=row.id, name=row.name,
        detail=", ".join(changed), version=row.version + 1,
    )  # fmt: skip


def _set_status(tx: Tx, row: Row[Any], check: Row[Any], status: Status, outcome: Outcome, host: str) -> None:
    values: dict[str, Any] = {"status": status.value}
    if status is Status.ERROR:
        values["failing_since"] = row.failing_since or tx.now
        # A stopped rotation leaves the earlier diagnosis in place: that failure still stands.
        values["diagnosed_by"] = row.diagnosed_by if outcome.cancelled and row.diagnosed_by else check.id
    else:
        values |= {"failing_since": None, "diagnosed_by": None}
    if status.value != row.status:
        values["updated_at"] = tx.now
        detail = outcome.diagnosis.cause if outcome.diagnosis else ""
        events.append(
            tx, who=check.by if check.reason != Reason.BACKGROUND else "schedule", host=host, verb=status.value,
            destination_id=row.id, name=row.name, detail=detail,
        )  # fmt: skip
        checks.note_before(tx, check.id, row.status)
        announcing.queue(tx, check.id, row.id, host)
    destinations.change(tx, row.id, values)
    _plan_next(tx, row, status)


def _plan_next(tx: Tx, row: Row[Any], status: Status) -> None:
    """When the background looks again: Active ones only, with jitter so that they do not come in a crowd."""
    # Planned also where it is switched off: switched on again it goes on.
    minutes = float(settings.get(tx, settings.BACKGROUND_MINUTES) or 0) or BACKGROUND_MINUTES
    due = steady_us() + int(minutes * 60e6 * random.uniform(0.8, 1.2)) if status is Status.ACTIVE else None  # noqa: S311
    destinations.change(tx, row.id, {"next_check_at": due})
