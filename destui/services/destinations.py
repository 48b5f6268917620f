"""Adding, editing, deleting and restoring destinations."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from json import dumps, loads
from pathlib import Path
from typing import Any

from destui.connectors import registry
from destui.connectors.diagnosis import CANCELLED
from destui.domain.check import Outcome, Reason
from destui.domain.destination import TRASH_DAYS, Destination, clean_tags, name_problem
from destui.domain.errors import Conflict, DestuiError, InvalidInput, LimitReached, NameInUse, NotFound, Problem
from destui.domain.fields import FieldKind, Fields, FieldValue, TypeSpec, validate
from destui.domain.loads import RunResult, RunState
from destui.domain.secret import Secret
from destui.services import rotation
from destui.services.browse import find as find  # it stands there because that is light
from destui.services.changes import Watch
from destui.services.context import Context
from destui.store import (
    destinations,
    events,
    jobs,
    load_orders,
    load_outcome,
    load_reading,
    outcome,
    queueing,
    reading,
    rows,
)
from destui.store import secrets as ledger
from destui.store.engine import Tx
from destui.store.jobs import Kind
from destui.store.times import to_datetime

STOP_SECONDS = 3.0
"""How long a load that is stopped is waited for: it ends within two."""
NAMED = 6
"""So many names of load orders are told when their destination is deleted."""


@dataclass(frozen=True)
class Added:
    """A new destination and the check that initialises it."""

    destination_id: str
    check_id: str


@dataclass(frozen=True)
class Consequences:
    """What goes when a destination is deleted: its load orders, and the first names of them; the last load's time, rows
    and table, if there was one."""

    load_orders: int = 0
    last_load: datetime | None = None
    rows: int | None = None
    names: tuple[str, ...] = ()
    table: str = ""


@dataclass(frozen=True)
class Trashed:
    """A deleted destination that can be restored until `purge_at`."""

    id: str
    name: str
    type: str
    deleted_at: datetime
    deleted_by: str
    purge_at: datetime


def get(ctx: Context, destination_id: str) -> Destination:
    """A destination whole. Raises NotFound."""
    found = reading.by_id(ctx.store, destination_id)
    if found is None:
        raise NotFound("This destination has been deleted.")
    return found


def add(
    ctx: Context,
    type_id: str,
    name: str,
    values: Mapping[str, object],
    secrets: Mapping[str, Secret],
    tags: Sequence[str] = (),
) -> Added:
    """Save a destination and queue its initialisation.

    Raises InvalidInput (all problems at once), NameInUse, LimitReached, StoreUnavailable, VaultUnavailable; then
    nothing is kept.
    """
    spec = registry.spec(type_id)
    fields, clean = _validated(spec, name, values, secrets)
    tags = clean_tags(tuple(tags))
    _look_before(ctx, name)
    secret_id = ctx.vault.stage(clean) if clean else None
    try:
        with ctx.store.write() as tx:
            added = _insert(tx, ctx, spec, name, fields, tags, secret_id)
    except DestuiError:
        ctx.vault.discard(secret_id)
        raise
    ctx.wake_worker()
    return added


def _look_before(ctx: Context, name: str) -> None:
    """Refuse early, before anything is written to the vault; the transaction looks again."""
    if rows.name_taken(ctx.store, name):
        raise NameInUse(name)
    now = rows.counts(ctx.store)
    if now.at_limit:
        raise LimitReached(now.limit, now.contact)


def _insert(
    tx: Tx, ctx: Context, spec: TypeSpec, name: str, fields: Fields, tags: Sequence[str], secret_id: str | None
) -> Added:
    host = ctx.host if spec.local else ""
    identity = destinations.add(
        tx, name=name, type_id=spec.id, fields=fields, tags=tags, connected_by=ctx.user, host=host, secret_id=secret_id
    )
    if not ledger.set_state(tx, secret_id, "current", identity):
        raise Conflict("The secrets were kept too long before they were saved. Add the destination again.")
    check_id = queueing.queue_check(tx, destinations.locked(tx, identity), Reason.INITIALISE, ctx.user)
    events.append(tx, who=ctx.user, host=ctx.host, verb="added", destination_id=identity, name=name, version=1)
    return Added(identity, check_id)


def _validated(
    spec: TypeSpec, name: str, values: Mapping[str, object], secrets: Mapping[str, Secret]
) -> tuple[dict[str, FieldValue], dict[str, Secret]]:
    problems = []
    if (sentence := name_problem(name)) is not None:
        problems.append(Problem("name", sentence))
    try:
        fields, clean = validate(spec, values, secrets)
    except InvalidInput as error:
        raise InvalidInput([*problems, *error.problems]) from None
    if problems:
        raise InvalidInput(problems)
    return absolute_paths(spec, fields), clean


def absolute_paths(spec: TypeSpec, fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """Paths made absolute: the worker has another working folder."""
    return {
        name: str(Path(str(value)).expanduser().absolute())
        if (f := spec.field(name)) and f.kind is FieldKind.PATH
        else value
        for name, value in fields.items()
    }


def edit(
    ctx: Context, destination_id: str, version: int, *, name: str | None = None, tags: Sequence[str] | None = None,
    values: Mapping[str, object] | None = None, secrets: Mapping[str, Secret] | None = None,
) -> str | None:  # fmt: skip
    """Change a destination that was read at `version`; None leaves a thing as it is.

    Name and tags count at once. Connection fields and secrets are checked first and become current only when the ladder
    passes: then the check's id is returned. Raises InvalidInput, NameInUse, Conflict, NotNow, NotFound.
    """
    old = get(ctx, destination_id)
    candidate = None
    if values is not None or secrets:
        candidate = rotation.prepare(ctx, old, values, secrets or {})
    new_tags = None if tags is None else clean_tags(tuple(tags))
    if name is not None and name != old.name and (sentence := name_problem(name)) is not None:
        raise InvalidInput([Problem("name", sentence)])
    staged = candidate.stage(ctx) if candidate and candidate.changed else None
    try:
        with ctx.store.write() as tx:
            row = destinations.locked(tx, destination_id)
            ensure_version(ctx, row, version)
            _rename(tx, ctx, row, name, new_tags)
            check_id = rotation.queue(tx, ctx, row, candidate, staged) if candidate and candidate.changed else None
    except DestuiError:
        ctx.vault.discard(staged)
        raise
    if check_id is not None:
        ctx.wake_worker()
    return check_id


def ensure_version(ctx: Context, row: Any, version: int) -> None:
    """Raise Conflict, saying who changed what and when, if the row is not the one that was read."""
    if row.version == version:
        return
    since = events.since_version(ctx.store, row.id, version)
    told = "; ".join(
        f"{e.who} {e.verb} it{f' ({e.detail})' if e.detail else ''} at {e.at.astimezone():%H:%M}" for e in since
    )
    sentence = f"{row.name} was changed meanwhile: {told or 'by somebody else'}. Look at it, then change it again."
    raise Conflict(sentence, row.version)


def _rename(tx: Tx, ctx: Context, row: Any, name: str | None, tags: Sequence[str] | None) -> None:
    values: dict[str, Any] = {}
    said = []
    if name is not None and name != row.name:
        values |= {"name": name, "name_key": destinations.name_key(name)}
        said.append(f"name, was {row.name}")
    if tags is not None and list(tags) != loads(row.tags):
        values["tags"] = dumps(list(tags), ensure_ascii=False)
        said.append("tags")
    if values:
        destinations.change(tx, row.id, values | {"version": row.version + 1, "updated_at": tx.now})
        events.append(
            tx, who=ctx.user, host=ctx.host, verb="edited", destination_id=row.id, name=name or row.name,
            detail=", ".join(said), version=row.version + 1,
        )  # fmt: skip


def delete(ctx: Context, ids: Sequence[str]) -> int:
    """Into the trash, with their load orders; returns how many. What runs on them is stopped: loads first, which is
    waited for up to `STOP_SECONDS`. The vault need not be there."""
    _stop_loads(ctx, ids)
    gone = 0
    with ctx.store.write() as tx:
        for identity in ids:
            try:
                row = destinations.locked(tx, identity)
            except NotFound:
                continue
            for job in jobs.open_for(tx, destination_id=identity, kinds=_STOPPED):
                stop(tx, ctx, job)
            load_orders.to_trash(tx, identity)
            destinations.to_trash(tx, identity, ctx.user)
            events.append(
                tx, who=ctx.user, host=ctx.host, verb="deleted", destination_id=identity, name=row.name,
                version=row.version + 1,
            )  # fmt: skip
            gone += 1
    return gone


_STOPPED = tuple(kind for kind in Kind if kind is not Kind.ANNOUNCE)
"""Kinds of what runs on a destination. What is still to be told of one goes on."""


def _stop_loads(ctx: Context, ids: Sequence[str]) -> None:
    """Stop the loads into these, and wait until they have ended, where a worker is there to end them."""
    watch = Watch(ctx)
    try:
        with ctx.store.write() as tx:
            for identity in ids:
                for job in jobs.open_for(tx, destination_id=identity, kinds=(Kind.LOAD,)):
                    stop(tx, ctx, job)
        end = time.monotonic() + STOP_SECONDS
        while jobs.at_work(ctx.store, Kind.LOAD, ids) and (left := end - time.monotonic()) > 0:
            watch.wait(left)
    finally:
        watch.close()


def stop(tx: Tx, ctx: Context, job: Any) -> None:
    """Stop an open job: at once when no worker has begun it, otherwise by its flag."""
    if jobs.end_queued(tx, job.id):
        if job.kind == Kind.LOAD:
            load_outcome.apply(tx, job.run_id, RunResult(RunState.STOPPED), host=ctx.host)
        elif job.kind in jobs.CHECKS:
            outcome.apply(tx, job.check_id, Outcome((), CANCELLED, cancelled=True), host=ctx.host)
    else:
        jobs.ask_to_cancel(tx, job.id)


def consequences(ctx: Context, destination_id: str) -> Consequences:
    """What goes with it."""
    orders = load_reading.count(ctx.store, destination_id)
    named = load_reading.page(ctx.store, destination_id, load_reading.OrderSort(), 0, NAMED) if orders else []
    names = tuple(order.name for order in named)
    if (last := load_reading.last_load(ctx.store, destination_id)) is None:
        return Consequences(orders, names=names)
    when, rows_loaded, table = last
    return Consequences(orders, to_datetime(when), rows_loaded, names, table)


def restore(ctx: Context, *ids: str) -> None:
    """Out of the trash, with their secrets: all or none. Raises NotFound, LimitReached, NameInUse."""
    with ctx.store.write() as tx:
        for identity in ids:
            row = destinations.from_trash(tx, identity)
            events.append(
                tx, who=ctx.user, host=ctx.host, verb="restored", destination_id=row.id, name=row.name,
                version=row.version + 1,
            )  # fmt: skip
            for was, name in load_orders.from_trash(tx, identity):
                events.append(
                    tx, who=ctx.user, host=ctx.host, verb="load edited", destination_id=row.id, name=row.name,
                    detail=f"{name}: name, was {was}",
                )  # fmt: skip
            _resume(tx, ctx, destinations.locked(tx, identity))
    ctx.wake_worker()


def _resume(tx: Tx, ctx: Context, row: Any) -> None:
    """What was Active, its check long past, is looked at again; one whose first check was stopped by the deletion is in
    Error with that cause, and checked when somebody asks."""
    if row.status != "error":
        reason = Reason.INITIALISE if row.status == "initializing" else Reason.BACKGROUND
        queueing.queue_check(tx, row, reason, ctx.user, priority=jobs.BACKGROUND_PRIORITY)


def trash(ctx: Context) -> list[Trashed]:
    """What can be restored, newest first."""
    return [
        Trashed(r[0], r[1], r[2], to_datetime(r[3]), r[4] or "", to_datetime(r[3]) + timedelta(days=TRASH_DAYS))
        for r in destinations.trashed(ctx.store)
    ]
