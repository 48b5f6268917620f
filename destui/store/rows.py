"""What lists and pages read: windows of rows, counts, ranks. Portable SQL, no SQLAlchemy: these stand before the
first rows on the screen and behind `destui list`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from json import loads
from typing import Any

from destui.domain.destination import DEFAULT_LIMIT, DestinationRow, Progress, Status
from destui.domain.event import Counts
from destui.domain.fuzzy import rank
from destui.store.documents import LOAD_ORDERS
from destui.store.engine import Store
from destui.store.times import to_datetime


class SortKey(StrEnum):
    """The columns that a list can be sorted by; the values name the table's columns."""

    NAME = "name_key"
    CONNECTED_BY = "connected_by"
    STATUS = "status"
    UPDATED = "updated_at"


@dataclass(frozen=True)
class Order:
    """How a list is sorted; equal keys follow the id, so that every row has one place."""

    key: SortKey = SortKey.UPDATED
    descending: bool = True

    def sql(self, alias: str = "") -> str:
        """The ORDER BY of this order."""
        way = "DESC" if self.descending else "ASC"
        prefix = f"{alias}." if alias else ""
        return f"{prefix}{self.key.value} {way}, {prefix}id {way}"


_COLUMNS = (
    "r.id, r.name, r.type, r.status, r.connected_by, r.updated_at, r.tags, r.version, r.step, r.number, r.total,"
    f" {LOAD_ORDERS}"
)


def to_row(row: Sequence[Any]) -> DestinationRow:
    """One line of `destination_rows` as the list shows it."""
    identity, name, type_, status, connected_by, updated_at, tags, version, step, number, total, orders = row[:12]
    return DestinationRow(
        id=identity,
        name=name,
        type=type_,
        status=Status(status),
        connected_by=connected_by,
        updated_at=to_datetime(updated_at),
        tags=tuple(loads(tags)),
        version=version,
        load_orders=orders,
        progress=None if number is None else Progress(step, number, total),
    )


def page(store: Store, order: Order, offset: int, count: int) -> list[DestinationRow]:
    """The rows from rank `offset` on, at most `count`."""
    # The inner query walks the index alone; only the rows of the page are joined.
    sql = (
        f"SELECT {_COLUMNS} FROM (SELECT id FROM destinations WHERE deleted_at IS NULL"  # noqa: S608
        f" ORDER BY {order.sql()} LIMIT :count OFFSET :offset) p"
        f" JOIN destination_rows r ON r.id = p.id ORDER BY {order.sql('r')}"
    )
    return [to_row(row) for row in store.fetch(sql, {"count": count, "offset": offset})]


def rows(store: Store, ids: Sequence[str]) -> list[DestinationRow]:
    """These rows in this order; those that are gone are left out."""
    sql = f"SELECT {_COLUMNS} FROM destination_rows r WHERE r.id IN ({{ids}})"  # noqa: S608
    found = {row[0]: to_row(row) for row in store.fetch_by_ids(sql, ids)}
    return [found[identity] for identity in ids if identity in found]


def counts(store: Store) -> Counts:
    """How many of each status, and the limit."""
    by_status = {
        row[0]: row[1]
        for row in store.fetch("SELECT status, count(*) FROM destinations WHERE deleted_at IS NULL GROUP BY status")
    }
    settings = {r[0]: r[1] for r in store.fetch("SELECT key, value FROM settings WHERE key IN ('limit', 'contact')")}
    return Counts(
        active=by_status.get("active", 0),
        initializing=by_status.get("initializing", 0),
        error=by_status.get("error", 0),
        limit=int(settings.get("limit", DEFAULT_LIMIT)),
        contact=settings.get("contact", ""),
    )


def position(store: Store, order: Order, destination_id: str) -> int | None:
    """The rank of a row, from 0; None when it is not there."""
    before = ">" if order.descending else "<"
    key = order.key.value
    found = store.fetch(
        f"SELECT (SELECT count(*) FROM destinations o WHERE o.deleted_at IS NULL"  # noqa: S608
        f" AND (o.{key}, o.id) {before} (d.{key}, d.id))"
        " FROM destinations d WHERE d.id = :id AND d.deleted_at IS NULL",
        {"id": destination_id},
    )
    return found[0][0] if found else None


def matching(store: Store, pattern: str, order: Order) -> list[str]:
    """Ids of the rows that a filter finds, best first, equal ones in `order`."""
    words = pattern.split()
    conditions, parameters = [], {}
    for number, word in enumerate(words):
        if not word.isascii():
            continue  # SQLite folds the case of ASCII alone; these few are left to the ranking
        letters = "".join("%" + ("\\" + c if c in "%_\\" else c) for c in word.casefold()) + "%"
        parameters[f"w{number}"] = letters
        columns = ("name_key", "type", "status", "lower(connected_by)", "lower(tags)")
        conditions.append("(" + " OR ".join(f"{c} LIKE :w{number} ESCAPE '\\'" for c in columns) + ")")
    where = " AND ".join(["deleted_at IS NULL", *conditions])
    # The database drops what cannot match; the ranking is the domain's.
    found = store.fetch(
        f"SELECT id, name, type, status, connected_by, tags FROM destinations WHERE {where} ORDER BY {order.sql()}",  # noqa: S608
        parameters,
    )
    scored = []
    for identity, name, type_, status, connected_by, tags in found:
        if (score := rank(pattern, (name, type_, status, connected_by, *loads(tags)))) is not None:
            scored.append((-score, identity))
    scored.sort(key=lambda hit: hit[0])
    return [identity for _, identity in scored]


def name_taken(store: Store, name: str, but_for: str | None = None) -> bool:
    """Whether another destination, not in the trash, has this name."""
    found = store.fetch(
        "SELECT id FROM destinations WHERE name = :name AND deleted_at IS NULL AND id <> :id",
        {"name": name, "id": but_for or ""},
    )
    return bool(found)
