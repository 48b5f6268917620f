"""How a load run's end is written, and what follows from it: an event, and the status of a destination whose
credentials no longer work."""

from __future__ import annotations

from json import loads
from typing import Any

from sqlalchemy import select

from destui.domain.check import Diagnosis, Outcome, Reason, Step, StepState
from destui.domain.loads import RunResult
from destui.store import checks, events, load_runs, outcome, schema
from destui.store.engine import Tx

CREDENTIALS = frozenset((
    "wrong_password", "unknown_user", "credentials_missing", "user_not_allowed_from_host", "auth_method_unsupported",
    "account_locked", "password_expired", "token_expired", "mfa_required", "key_invalid", "key_passphrase",
    "key_not_accepted", "account_missing", "tls_client_cert",
))  # fmt: skip
"""Causes that say that one cannot sign in with what is kept; trying again might lock the account."""


def apply(tx: Tx, run_id: str, result: RunResult, *, host: str) -> None:
    """Write a run's end and what follows from it, in the transaction that also ends the job."""
    run = load_runs.finish(tx, run_id, result)
    if run is None:  # its order was deleted meanwhile
        return
    order = schema.load_orders
    name, destination = tx.execute(
        select(order.c.name, schema.destinations.c.name)
        .join(schema.destinations, schema.destinations.c.id == order.c.destination_id)
        .where(order.c.id == run.order_id)
    ).one()
    if result.diagnosis is not None:
        events.append(
            tx, who=run.by, host=host, verb="load failed", destination_id=run.destination_id, name=destination,
            detail=f"{name}: {result.diagnosis.cause}",
        )  # fmt: skip
        _refuse(tx, run, result, result.diagnosis, host)


def _refuse(tx: Tx, run: Any, result: RunResult, diagnosis: Diagnosis, host: str) -> None:
    """A destination whose credentials do not work is in Error, by a check that tells what the run has found; unless
    they were replaced meanwhile."""
    if not set(diagnosis.causes[:1]) & CREDENTIALS or run.plan is None:
        return
    side = loads(run.plan)["source_side" if result.of_source else "target"]
    if side is None:
        return
    row = tx.execute(
        select(schema.destinations).where(schema.destinations.c.id == side["destination_id"])
    ).one_or_none()
    if row is None or row.status != "active" or row.config != side["config"]:
        return
    check_id = checks.add(
        tx, reason=Reason.LOAD, by=run.by, type_id=row.type, destination_id=row.id, config=row.config
    )  # fmt: skip
    step = Step(diagnosis.step or "sign in", StepState.FAILED, None, diagnosis.message)
    outcome.apply(tx, check_id, Outcome((step,), diagnosis), host=host)
