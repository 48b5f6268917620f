"""Checks and their steps as they are written."""

from __future__ import annotations

from json import dumps, loads
from typing import Any
from uuid import uuid4

from sqlalchemy import case, delete, func, insert, select, update

from destui.domain.check import CheckState, Outcome, Reason, Step
from destui.domain.fields import Fields
from destui.store import schema
from destui.store.documents import MORE
from destui.store.engine import Tx
from destui.store.reading import BEFORE, DRIVER_CODE, OWN
from destui.store.times import to_us

_T, _S, _D = schema.checks, schema.check_steps, schema.destinations


def add(
    tx: Tx, *, reason: Reason, by: str, type_id: str, destination_id: str | None = None, fields: Fields | None = None,
    secret_id: str | None = None, config: int = 0,
) -> str:  # fmt: skip
    """Insert a queued check; `fields` and `secret_id` are a candidate's or a draft's."""
    identity = uuid4().hex
    tx.execute(
        insert(_T).values(
            id=identity, destination_id=destination_id, reason=reason.value, state=CheckState.QUEUED.value, by=by,
            type=type_id, fields=None if fields is None else dumps(dict(fields)), secret_id=secret_id, config=config,
            created_at=tx.now,
        )
    )  # fmt: skip
    touch(tx, identity, destination_id)
    return identity


def touch(tx: Tx, check_id: str, destination_id: str | None) -> None:
    """Tell the others: a destination's check shows on its row, a draft's on its form."""
    tx.touch("check", check_id)
    if destination_id is not None:
        tx.touch("destination", destination_id)


def begin(tx: Tx, check_id: str, destination_id: str | None, attempt: int, steps: tuple[str, ...]) -> None:
    """Start (or start again) with all steps waiting. What is looked at is what the destination now is, unless the
    check brought a candidate or a draft."""
    now = select(_D.c.config).where(_D.c.id == _T.c.destination_id).scalar_subquery()
    tx.execute(
        update(_T)
        .where(_T.c.id == check_id)
        .values(
            config=case((_T.c.fields.is_(None), func.coalesce(now, 0)), else_=_T.c.config),
            state=CheckState.RUNNING.value,
            attempt=attempt,
            started_at=tx.now,
            step="",
            number=0,
            total=len(steps),
            waits_for="",
        )
    )
    tx.execute(delete(_S).where(_S.c.check_id == check_id))
    if steps:
        tx.execute(
            insert(_S),
            [{"check_id": check_id, "position": n, "name": name, "state": "waiting"} for n, name in enumerate(steps)],
        )
    touch(tx, check_id, destination_id)


def wait(tx: Tx, check_id: str, destination_id: str | None, sentence: str) -> None:
    """Say what a check waits for, or (empty) that it waits no more or shall look again."""
    if tx.execute(
        update(_T).where(_T.c.id == check_id, _T.c.waits_for != sentence).values(waits_for=sentence)
    ).rowcount:
        touch(tx, check_id, destination_id)


def waits(tx: Tx, check_id: str | None) -> bool:
    """Whether a check has said that it waits for something."""
    return tx.execute(select(_T.c.id).where(_T.c.id == check_id, _T.c.waits_for != "")).first() is not None


def _columns(step: Step) -> dict[str, Any]:
    """What is kept of a step beside its name and place."""
    return {
        "state": step.state.value, "ms": step.ms, "message": step.message,
        "started_at": None if step.started_at is None else to_us(step.started_at),
        "deadline": None if step.deadline is None else round(step.deadline * 1000),
    }  # fmt: skip


def write_step(tx: Tx, check_id: str, destination_id: str | None, position: int, step: Step) -> None:
    """Progress of one step."""
    tx.execute(update(_S).where(_S.c.check_id == check_id, _S.c.position == position).values(_columns(step)))
    tx.execute(update(_T).where(_T.c.id == check_id).values(step=step.name, number=position + 1))
    touch(tx, check_id, destination_id)


def finish(tx: Tx, check_id: str, destination_id: str | None, outcome: Outcome) -> None:
    """The end of a check: its state, diagnosis and the last word on its steps."""
    found = outcome.diagnosis
    beside = {DRIVER_CODE: found.driver_code if found else "", MORE: outcome.more}
    if found and found.is_own:
        beside[OWN] = "yes"
    detail = {**outcome.detail, **{name: text for name, text in beside.items() if text}}
    tx.execute(
        update(_T)
        .where(_T.c.id == check_id)
        .values(
            state=outcome.state.value, finished_at=tx.now, detail=dumps(detail),
            failed_step=found and found.step, code=found and found.code, causes=found and dumps(found.causes),
            cause=found and found.cause, fix=found and found.fix, message=found and found.message,
        )
    )  # fmt: skip
    if outcome.steps:
        tx.execute(delete(_S).where(_S.c.check_id == check_id))
        tx.execute(
            insert(_S),
            [
                {"check_id": check_id, "position": n, "name": step.name, **_columns(step)}
                for n, step in enumerate(outcome.steps)
            ],
        )
    touch(tx, check_id, destination_id)


def note_before(tx: Tx, check_id: str, status: str) -> None:
    """Keep what the destination's status was before this ended check changed it."""
    detail = loads(tx.execute(select(_T.c.detail).where(_T.c.id == check_id)).scalar_one())
    tx.execute(update(_T).where(_T.c.id == check_id).values(detail=dumps({**detail, BEFORE: status})))
