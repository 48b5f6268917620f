"""Load orders: setting them up, running, pausing, stopping and deleting them, and what their runs say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from destui.domain.destination import name_problem
from destui.domain.errors import Conflict, InvalidInput, NameInUse, NotFound, NotNow, Problem
from destui.domain.loads import check_plan
from destui.domain.orders import LoadOrder, LoadRun, OrderDraft, RunPoint
from destui.domain.schedule import next_times, parse, words, zone
from destui.loads.engine import missing_extra
from destui.services.context import Context
from destui.services.destinations import get, stop
from destui.services.load_sources import TARGETS, Source, understand
from destui.store import destinations, events, jobs, load_orders, load_reading, load_runs, queueing
from destui.store.engine import Tx
from destui.store.jobs import Kind
from destui.store.load_reading import OrderKey, OrderSort
from destui.store.times import now_us, to_datetime

__all__ = ["OrderKey", "OrderSort"]


def orders(
    ctx: Context, destination_id: str | None, offset: int, count: int, sort: OrderSort | None = None
) -> list[LoadOrder]:
    """Orders from rank `offset` on, at most `count`, of one destination or of all; each with its newest run."""
    return load_reading.page(ctx.store, destination_id, sort or OrderSort(), offset, count)


def count(ctx: Context, destination_id: str | None = None) -> int:
    """How many there are, of one destination or of all."""
    return load_reading.count(ctx.store, destination_id)


def matching(ctx: Context, destination_id: str | None, pattern: str, sort: OrderSort) -> list[str]:
    """Ids of the orders that a filter finds, best first; of one destination or of all."""
    return load_reading.matching(ctx.store, destination_id, pattern, sort)


def position(ctx: Context, destination_id: str | None, sort: OrderSort, order_id: str) -> int | None:
    """The rank of an order, from 0; None when it is gone."""
    return load_reading.position(ctx.store, destination_id, sort, order_id)


def orders_by_id(ctx: Context, ids: Sequence[str]) -> list[LoadOrder]:
    """These orders, in this order; the gone ones are left out."""
    return load_reading.by_ids(ctx.store, ids)


def order(ctx: Context, order_id: str) -> LoadOrder:
    """An order whole. Raises NotFound."""
    found = load_reading.by_ids(ctx.store, [order_id])
    if not found:
        raise NotFound("This load order has been deleted.")
    return found[0]


def find(ctx: Context, name: str) -> LoadOrder:
    """An order by its name. Raises NotFound."""
    name = name.encode("utf-8", "replace").decode()  # bytes that are no text name nothing
    found = load_reading.by_name(ctx.store, name)
    if found is None:
        raise NotFound(f"There is no load order named {name or '(nothing)'}. See: destui load list")
    return found


def name_taken(ctx: Context, name: str, but_for: str | None = None) -> bool:
    """Whether another order has this name."""
    return load_reading.name_taken(ctx.store, name, but_for)


def can_load_into(type_id: str) -> str | None:
    """Why nothing can be loaded into this type from here, as a sentence; None when it can."""
    return _not_a_target(type_id) or missing_extra()


def _not_a_target(type_id: str) -> str | None:
    if type_id in TARGETS:
        return None
    return f"There are no loads into the type {type_id} yet. There are into {', '.join(TARGETS)}."


def missing_packages(ctx: Context) -> str | None:
    """What to install for loads on this host, as a sentence; None where its worker has it, or another host's may."""
    return missing_extra() if ctx.store.is_sqlite else None


@dataclass(frozen=True)
class Times:
    """A schedule in words, and its next five times in its own zone."""

    words: str
    next: tuple[datetime, ...]


def times(ctx: Context, cron: str, tz: str = "") -> Times:
    """What a schedule means, while it is typed. Raises CronMistake with the place of a mistake, InvalidInput (`tz`)."""
    schedule = parse(cron)
    place = zone(tz or ctx.config.timezone)
    return Times(words(schedule), tuple(next_times(schedule, place, to_datetime(now_us()))))


@dataclass(frozen=True)
class Saved:
    """A saved order, and the run that was asked for with it."""

    order_id: str
    run_id: str | None = None
    joined: bool = False
    """The run goes on already, with the settings before; no other was begun."""
    paused: bool = False
    """Its schedule rests."""


def save(ctx: Context, draft: OrderDraft, *, run: bool = False) -> Saved:
    """Set an order up, or change the one that `draft.order_id` names; `run`: and run it now.

    What a run does that goes on already stays as it was. Raises InvalidInput (all problems at once; a mistake in the
    schedule alone as CronMistake), NameInUse, Conflict, NotFound.
    """
    draft, source = _validated(ctx, draft)
    with ctx.store.write() as tx:
        if draft.order_id is None:
            destinations.locked(tx, draft.destination_id)
            order_id = load_orders.add(
                tx, draft, source.spec, source_id=source.destination_id, host=source.host, by=ctx.user
            )
            _tell(tx, ctx, load_orders.locked(tx, order_id), "load added")
        else:
            order_id = draft.order_id
            row = load_orders.locked(tx, order_id)
            if row.destination_id != draft.destination_id:
                sentence = "A load order stays with its destination. Duplicate it there instead."
                raise InvalidInput([Problem("destination", sentence)])
            _ensure_version(ctx, row, draft)
            load_orders.edit(tx, row, draft, source.spec, source_id=source.destination_id, host=source.host)
            jobs.pin(tx, Kind.LOAD, order_id, source.host)
            _tell(tx, ctx, load_orders.locked(tx, order_id), "load edited", _changed(row, tx, order_id))
        saved = load_orders.locked(tx, order_id)
        joined = run and jobs.open_job(tx, Kind.LOAD, order_id) is not None and load_runs.has_begun(tx, saved.run_id)
        run_id = queueing.queue_load(tx, saved, ctx.user) if run else None
    ctx.wake_worker()  # also for its schedule: a worker is there for that
    return Saved(order_id, run_id, joined, bool(saved.paused))


def _ensure_version(ctx: Context, row: Any, draft: OrderDraft) -> None:
    if draft.version is not None and row.version != draft.version:
        told = [
            f"{e.who} {e.verb} ({e.detail}) at {e.at.astimezone():%H:%M}"
            for e in events.page(ctx.store, 0, 20, row.destination_id)
            if e.verb.startswith("load ") and f"{e.detail}: ".startswith(f"{row.name}: ")
        ]
        sentence = f"{row.name} was changed meanwhile: {told[0] if told else 'by somebody else'}."
        raise Conflict(f"{sentence} Look at it, then change it again.", row.version)


_TOLD = {
    "name": "name", "source": "source", "table_name": "table", "mode": "mode", "key_columns": "key", "cron": "schedule",
    "tz": "time zone", "missed": "missed times", "add_columns": "new columns",
    "host": "host",
}  # fmt: skip


def _changed(old: Any, tx: Tx, order_id: str) -> str:
    new = load_orders.locked(tx, order_id)
    return ", ".join(word for column, word in _TOLD.items() if getattr(old, column) != getattr(new, column))


def _tell(tx: Tx, ctx: Context, row: Any, verb: str, more: str = "") -> None:
    """An event of an order, under its destination's name."""
    place = destinations.name_of(tx, row.destination_id)
    events.append(
        tx, who=ctx.user, host=ctx.host, verb=verb, destination_id=row.destination_id, name=place,
        detail=f"{row.name}{more and f': {more}'}",
    )  # fmt: skip


def _validated(ctx: Context, draft: OrderDraft) -> tuple[OrderDraft, Source]:
    """The draft as it is kept, and its source. Raises InvalidInput, NameInUse, NotFound."""
    cron, tz = " ".join(draft.cron.split()), draft.tz.strip() or ctx.config.timezone
    draft = replace(draft, table=draft.table.strip(), cron=cron, tz=tz)
    target = get(ctx, draft.destination_id)
    sources: list[Source] = []
    errors = _refusals(
        lambda: _check_name(draft.name), lambda: _check_target(target.type),
        lambda: sources.append(understand(ctx, draft.source, draft.options, draft.order_id)),
        lambda: check_plan(draft.mode, draft.key, draft.table), lambda: cron and parse(cron), lambda: zone(tz),
    )  # fmt: skip
    if len(errors) == 1:
        raise errors[0]  # of a schedule, with the place of the mistake
    if errors:
        raise InvalidInput([problem for error in errors for problem in error.problems])
    (source,) = sources
    if target.host and source.host and target.host != source.host:
        sentence = f"It is on {source.host}, and the destination on {target.host}: no worker can reach both."
        raise InvalidInput([Problem("source", sentence)])
    if name_taken(ctx, draft.name, draft.order_id):
        raise NameInUse(draft.name, "Another load order has this name. Choose another.")
    return draft, replace(source, host=target.host or source.host)


def _refusals(*checks: Callable[[], object]) -> list[InvalidInput]:
    found = []
    for check in checks:
        try:
            check()
        except InvalidInput as error:
            found.append(error)
    return found


def _check_name(name: str) -> None:
    if (sentence := name_problem(name)) is not None:
        raise InvalidInput([Problem("name", sentence)])


def _check_target(type_id: str) -> None:
    if (sentence := _not_a_target(type_id)) is not None:
        raise InvalidInput([Problem("destination", sentence)])


def duplicate(ctx: Context, order_id: str) -> OrderDraft:
    """A form filled in like this order, with a name that is free. Nothing is saved. Raises NotFound."""
    draft = order(ctx, order_id).draft
    with ctx.store.write() as tx:
        name = load_orders.free_name(tx, draft.name)
    return replace(draft, name=name, order_id=None, version=None)


def run_now(ctx: Context, ids: Sequence[str]) -> dict[str, str]:
    """Run these now; returns order id → run id. One that runs or waits already is joined: no load overlaps itself."""
    asked: dict[str, str] = {}
    with ctx.store.write() as tx:
        for row in _rows(tx, ids):
            if jobs.open_job(tx, Kind.LOAD, row.id) is None:
                _tell(tx, ctx, row, "load run")
            asked[row.id] = queueing.queue_load(tx, row, ctx.user)
    ctx.wake_worker()
    return asked


def _rows(tx: Tx, ids: Sequence[str]) -> list[Any]:
    """Those that are there still."""
    found = []
    for identity in ids:
        try:
            found.append(load_orders.locked(tx, identity))
        except NotFound:
            continue
    return found


def pause(ctx: Context, ids: Sequence[str]) -> int:
    """Let these schedules rest; what runs goes on. Returns how many; raises NotNow where none has a schedule."""
    done = 0
    with ctx.store.write() as tx:
        rows = _rows(tx, ids)
        for row in rows:
            if row.cron and not row.paused:
                load_orders.change(tx, row.id, {"paused": True, "next_run_at": None, "version": row.version + 1})
                _tell(tx, ctx, row, "load paused")
                done += 1
        if rows and not any(row.cron for row in rows):
            raise NotNow(f"{rows[0].name} has no schedule to pause: it is run by hand.")
    return done


def resume(ctx: Context, ids: Sequence[str]) -> int:
    """Have these schedules go on from now; returns how many."""
    done = 0
    with ctx.store.write() as tx:
        for row in _rows(tx, ids):
            if row.paused:
                due = load_orders.following(row.cron, row.tz, tx.now)
                load_orders.change(tx, row.id, {"paused": False, "next_run_at": due, "version": row.version + 1})
                _tell(tx, ctx, row, "load resumed")
                done += 1
    ctx.wake_worker()
    return done


def stop_runs(ctx: Context, ids: Sequence[str]) -> int:
    """Stop what runs or waits of these orders; returns how many. The table is left as it was."""
    done = 0
    with ctx.store.write() as tx:
        for row in _rows(tx, ids):
            if (job := jobs.open_job(tx, Kind.LOAD, row.id)) is not None:
                stop(tx, ctx, job)
                _tell(tx, ctx, row, "load stopped")
                done += 1
    if done:
        ctx.wake_worker()
    return done


def delete(ctx: Context, ids: Sequence[str]) -> int:
    """Delete these orders with their runs, stopping what runs; returns how many. What is loaded stays."""
    done = 0
    with ctx.store.write() as tx:
        for row in _rows(tx, ids):
            if (job := jobs.open_job(tx, Kind.LOAD, row.id)) is not None:
                stop(tx, ctx, job)
            _tell(tx, ctx, row, "load deleted")
            load_orders.remove(tx, row)
            done += 1
    return done


def runs(ctx: Context, order_id: str, offset: int, count: int) -> list[LoadRun]:
    """Runs of an order, newest first."""
    return load_reading.runs(ctx.store, order_id, offset, count)


def run_count(ctx: Context, order_id: str) -> int:
    """How many runs of it are kept."""
    return load_reading.run_count(ctx.store, order_id)


def run(ctx: Context, run_id: str) -> LoadRun:
    """One run, with its log. Raises NotFound."""
    found = load_reading.run(ctx.store, run_id)
    if found is None:
        raise NotFound("This run is no longer kept.")
    return found


def recent(ctx: Context, order_ids: Sequence[str], count: int = 24) -> dict[str, list[RunPoint]]:
    """The last runs of each, oldest first, for spark lines."""
    return load_reading.recent(ctx.store, order_ids, count)
