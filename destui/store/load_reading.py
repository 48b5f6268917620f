"""Load orders and runs as lists and pages read them: windows, counts, ranks. Portable SQL, no SQLAlchemy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from json import loads
from typing import Any

from destui.domain.check import Diagnosis
from destui.domain.destination import Status
from destui.domain.fuzzy import rank
from destui.domain.loads import Mode, Phase
from destui.domain.orders import LoadOrder, LoadRun, LoadTask, Missed, OrderStatus, RunPoint, RunStage, source_of
from destui.store.engine import Store
from destui.store.load_turns import WAITS
from destui.store.times import optional, to_datetime

_PHASE = f"CASE WHEN {WAITS} THEN '{Phase.TURN}' ELSE r.phase END"
_RUN_COLUMNS = (
    "r.id", "r.order_id", "r.destination_id", "r.state", "r.by", "r.created_at", "r.due_at", "r.started_at",
    "r.finished_at", "r.attempt", _PHASE, "r.rows", "r.bytes", "r.total_bytes", "r.rows_per_second", "r.waits_for",
    "r.columns_added", "r.warnings", "r.of_source", "r.failed_step", "r.code", "r.causes", "r.cause", "r.fix",
    "r.message", "r.driver_code", "r.total_rows", "r.disk", "r.plan",
)  # fmt: skip
_RUN = ", ".join(_RUN_COLUMNS)
_NOT_ACTIVE = "(d.status <> 'active' OR (s.status IS NOT NULL AND s.status <> 'active' AND s.deleted_at IS NULL))"
"""The destination, or the one that is read, cannot be used now."""
_SOURCE_STATUS = "CASE WHEN s.deleted_at IS NULL THEN s.status END"
_STATUS = (
    f"CASE WHEN r.state = 'waiting' OR (r.state = 'queued' AND {_NOT_ACTIVE}) THEN 'waiting for connection'"
    " WHEN r.state IN ('queued', 'running') THEN 'running' WHEN o.paused THEN 'paused'"
    " WHEN r.state IN ('done', 'failed', 'stopped') THEN r.state WHEN o.cron = '' THEN 'not run' ELSE 'scheduled' END"
)
_FROM = (
    " FROM load_orders o JOIN destinations d ON d.id = o.destination_id LEFT JOIN destinations s ON s.id = o.source_id"
    " LEFT JOIN load_runs r ON r.id = o.run_id WHERE o.deleted_at IS NULL"
)
_ORDER = (
    f"o.id, o.name, o.destination_id, d.name, d.type, d.status, o.source, s.name, o.table_name, o.mode, {_STATUS},"
    " o.key_columns, o.source_id, o.add_columns, o.cron, o.tz, o.missed, o.paused, o.next_run_at, o.host, o.by,"
    f" o.version, o.created_at, o.updated_at, {_SOURCE_STATUS}, {_RUN}"
)
_RUN_FROM = 25
"""Where the columns of the run begin."""


class OrderKey(StrEnum):
    """The columns that a list of orders can be sorted by."""

    NAME = "name"
    DESTINATION = "destination"
    STATUS = "status"
    LAST_RUN = "last run"
    NEXT_RUN = "next run"

    @property
    def sql(self) -> str:
        """The value that it is sorted by; never NULL."""
        return {
            OrderKey.NAME: "o.name_key", OrderKey.DESTINATION: "d.name_key", OrderKey.STATUS: _STATUS,
            OrderKey.LAST_RUN: "coalesce(r.started_at, r.created_at, 0)",
            OrderKey.NEXT_RUN: f"coalesce(o.next_run_at, {2**62})",
        }[self]  # fmt: skip


@dataclass(frozen=True)
class OrderSort:
    """How a list of orders is sorted; equal keys follow the id, so that every row has one place."""

    key: OrderKey = OrderKey.NAME
    descending: bool = False

    @property
    def sql(self) -> str:
        """The ORDER BY."""
        way = "DESC" if self.descending else "ASC"
        return f"{self.key.sql} {way}, o.id {way}"


def page(store: Store, destination_id: str | None, sort: OrderSort, offset: int, count: int) -> list[LoadOrder]:
    """Orders from rank `offset` on, of one destination or of all."""
    where, parameters = _of(destination_id)
    sql = f"SELECT {_ORDER}{_FROM}{where} ORDER BY {sort.sql} LIMIT :count OFFSET :offset"
    return [_to_order(row) for row in store.fetch(sql, {**parameters, "count": count, "offset": offset})]


def _of(destination_id: str | None) -> tuple[str, dict[str, Any]]:
    return (" AND o.destination_id = :of", {"of": destination_id}) if destination_id else ("", {})


def count(store: Store, destination_id: str | None = None) -> int:
    """How many orders there are, of one destination or of all."""
    where, parameters = _of(destination_id)
    return int(store.fetch(f"SELECT count(*) FROM load_orders o WHERE o.deleted_at IS NULL{where}", parameters)[0][0])  # noqa: S608


def matching(store: Store, destination_id: str | None, pattern: str, sort: OrderSort) -> list[str]:
    """Ids of the orders that a filter finds by name, destination, table, source or status, best first, equal ones in
    the order of `sort`."""
    where, parameters = _of(destination_id)
    sql = f"SELECT o.id, o.name, o.table_name, o.source, s.name, {_STATUS}, d.name{_FROM}{where} ORDER BY {sort.sql}"
    scored = []
    for identity, name, table, source, read, status, destination in store.fetch(sql, parameters):
        texts = [name, table, source_of(loads(source), read).text, status]
        if destination_id is None:  # otherwise it is the same for all
            texts.append(destination)
        if (score := rank(pattern, texts)) is not None:
            scored.append((-score, identity))
    scored.sort(key=lambda hit: hit[0])
    return [identity for _, identity in scored]


def by_ids(store: Store, ids: Sequence[str]) -> list[LoadOrder]:
    """These orders, in this order; the gone ones are left out."""
    sql = f"SELECT {_ORDER}{_FROM} AND o.id IN ({{ids}})"
    found = {row[0]: _to_order(row) for row in store.fetch_by_ids(sql, ids)}
    return [found[identity] for identity in ids if identity in found]


def by_name(store: Store, name: str) -> LoadOrder | None:
    """An order by its name."""
    found = store.fetch(f"SELECT {_ORDER}{_FROM} AND o.name = :name", {"name": name})
    return _to_order(found[0]) if found else None


def position(store: Store, destination_id: str | None, sort: OrderSort, order_id: str) -> int | None:
    """The rank of an order, from 0; None when it is not there."""
    where, parameters = _of(destination_id)
    ranked = f"SELECT o.id AS id, row_number() OVER (ORDER BY {sort.sql}) AS place{_FROM}{where}"
    found = store.fetch(f"SELECT place FROM ({ranked}) ranked WHERE id = :id", {**parameters, "id": order_id})  # noqa: S608
    return found[0][0] - 1 if found else None


def names(store: Store) -> list[tuple[str, str, str]]:
    """(id, name, type) of the destinations, for sources."""
    found = store.fetch("SELECT id, name, type FROM destinations WHERE deleted_at IS NULL")
    return [(row[0], row[1], row[2]) for row in found]


def name_taken(store: Store, name: str, but_for: str | None = None) -> bool:
    """Whether another order has this name."""
    sql = "SELECT 1 FROM load_orders WHERE name = :name AND deleted_at IS NULL AND id <> :id"
    return bool(store.fetch(sql, {"name": name, "id": but_for or ""}))


_RUNS_FROM = (
    " FROM load_runs r JOIN load_orders o ON o.id = r.order_id JOIN destinations d ON d.id = o.destination_id"
    " LEFT JOIN destinations s ON s.id = o.source_id"
)
_RUN_WITH = f"{_RUN}, d.name, d.status, s.name, {_SOURCE_STATUS}, o.source_id"


def runs(store: Store, order_id: str, offset: int, count: int) -> list[LoadRun]:
    """Runs of an order, newest first; without their logs."""
    sql = (
        f"SELECT {_RUN_WITH}{_RUNS_FROM} WHERE r.order_id = :id"
        " ORDER BY r.created_at DESC, r.id DESC LIMIT :count OFFSET :offset"
    )
    return [_with_wait(row) for row in store.fetch(sql, {"id": order_id, "count": count, "offset": offset})]


def run_count(store: Store, order_id: str) -> int:
    """How many runs of an order are kept."""
    return int(store.fetch("SELECT count(*) FROM load_runs WHERE order_id = :id", {"id": order_id})[0][0])


def run(store: Store, run_id: str) -> LoadRun | None:
    """One run, with its log."""
    found = store.fetch(f"SELECT {_RUN_WITH}, r.log{_RUNS_FROM} WHERE r.id = :id", {"id": run_id})
    return replace(_with_wait(found[0]), log=tuple(found[0][-1].splitlines())) if found else None


def recent(store: Store, order_ids: Sequence[str], count: int) -> dict[str, list[RunPoint]]:
    """The last runs of each order, oldest first, for a spark line."""
    sql = (
        "SELECT order_id, state, rows FROM (SELECT order_id, state, rows, created_at, id,"
        " row_number() OVER (PARTITION BY order_id ORDER BY created_at DESC, id DESC) AS place FROM load_runs"
        " WHERE order_id IN ({ids})) ranked WHERE place <= :count ORDER BY order_id, created_at, id"
    )
    points: dict[str, list[RunPoint]] = {identity: [] for identity in order_ids}
    for order_id, state, rows in store.fetch_by_ids(sql, order_ids, {"count": count}):
        points[order_id].append(RunPoint(RunStage(state), rows))
    return points


def last_load(store: Store, destination_id: str) -> tuple[int, int, str] | None:
    """(when the last load into a destination ended in µs, its rows, its table); None: there was none."""
    found = store.fetch(
        "SELECT r.finished_at, r.rows, o.table_name, r.plan FROM load_runs r JOIN load_orders o ON o.id = r.order_id"
        " WHERE o.destination_id = :id AND r.state = 'done' ORDER BY r.finished_at DESC LIMIT 1",
        {"id": destination_id},
    )
    if not found:
        return None
    ended, rows, table, plan = found[0]
    return ended, rows, loads(plan)["table"] if plan else table


def _to_order(row: Sequence[Any]) -> LoadOrder:
    run = row[_RUN_FROM:]
    newest = None
    if run[0] is not None:
        newest = _waiting(_to_run(run, row[12], row[7]), row[3], row[5], row[7], row[24])
    return LoadOrder(
        id=row[0], name=row[1], destination_id=row[2], destination=row[3], destination_type=row[4],
        destination_status=Status(row[5]), source=source_of(loads(row[6]), row[7]), table=row[8], mode=Mode(row[9]),
        status=OrderStatus(row[10]), key=tuple(loads(row[11])), source_id=row[12], add_columns=bool(row[13]),
        cron=row[14], tz=row[15], missed=Missed(row[16]), paused=bool(row[17]), next_run_at=optional(row[18]),
        host=row[19], by=row[20], version=row[21], created_at=to_datetime(row[22]), updated_at=to_datetime(row[23]),
        run=newest,
    )  # fmt: skip


def _with_wait(row: Sequence[Any]) -> LoadRun:
    target, target_status, source, source_status, source_id = row[len(_RUN_COLUMNS) : len(_RUN_COLUMNS) + 5]
    return _waiting(_to_run(row, source_id, source), target, target_status, source, source_status)


def _waiting(run: LoadRun, target: str, target_status: str, source: str | None, source_status: str | None) -> LoadRun:
    """A queued run whose destination is not Active waits for it."""
    if run.state is not RunStage.QUEUED:
        return run
    for name, status in ((target, target_status), (source, source_status)):
        if status is not None and status != Status.ACTIVE:
            why = "is initializing" if status == Status.INITIALIZING else "is in Error: re-authorize it"
            return replace(run, state=RunStage.WAITING, waits_for=f"{name} {why}.")
    return run


def _to_run(row: Sequence[Any], source_id: str | None, source: str | None) -> LoadRun:
    """`source_id` and `source` (its name) are of the destination that the order reads now."""
    diagnosis = None
    if row[20] is not None:
        diagnosis = Diagnosis(
            row[19] or "", row[20], tuple(loads(row[21] or "[]")), row[22] or "", row[23] or "", row[24] or "",
            driver_code=row[25] or "", is_own=row[20].startswith("LOAD-") and not row[25],
        )  # fmt: skip
    return LoadRun(
        id=row[0], order_id=row[1], destination_id=row[2], state=RunStage(row[3]), by=row[4],
        created_at=to_datetime(row[5]), due_at=optional(row[6]), started_at=optional(row[7]),
        finished_at=optional(row[8]), attempt=row[9], phase=row[10], rows=row[11], bytes=row[12], total_bytes=row[13],
        rows_per_second=row[14], waits_for=row[15], columns_added=tuple(loads(row[16])), warnings=tuple(loads(row[17])),
        diagnosis=diagnosis, of_source=bool(row[18]), total_rows=row[26], disk=row[27],
        task=_to_task(loads(row[28]), source_id, source) if row[28] else None,
    )  # fmt: skip


def _to_task(plan: dict[str, Any], source_id: str | None, source: str | None) -> LoadTask:
    """What a run began with. A destination that the order still reads is called as it is now."""
    side = plan["source_side"]
    name = source if side is not None and side["destination_id"] == source_id else None
    return LoadTask(
        source_of(plan["source"], name), plan["table"], Mode(plan["mode"]), tuple(plan["key"]), plan["add_columns"]
    )
