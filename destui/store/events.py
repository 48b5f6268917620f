"""The audit trail."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from destui.domain.event import Event
from destui.store import schema
from destui.store.engine import Store, Tx
from destui.store.times import to_datetime


def append(
    tx: Tx, *, who: str, host: str, verb: str, destination_id: str | None = None, name: str = "", detail: str = "",
    version: int | None = None,
) -> None:  # fmt: skip
    """Write down what was done; `version` is the destination's after it."""
    tx.execute(
        insert(schema.events).values(
            at=tx.now,
            who=who,
            host=host,
            verb=verb,
            destination_id=destination_id,
            name=name,
            detail=detail,
            version=version,
        )
    )
    tx.touch("event", destination_id or "")


_COLUMNS = "id, at, who, host, verb, destination_id, name, detail"


def page(store: Store, offset: int, count: int, destination_id: str | None = None) -> list[Event]:
    """Events, newest first, of all or of one destination."""
    where = "WHERE destination_id = :of" if destination_id else ""
    parameters: dict[str, Any] = {"count": count, "offset": offset}
    if destination_id:
        parameters["of"] = destination_id
    sql = f"SELECT {_COLUMNS} FROM events {where} ORDER BY id DESC LIMIT :count OFFSET :offset"  # noqa: S608
    return [_to_event(row) for row in store.fetch(sql, parameters)]


def since_version(store: Store, destination_id: str, version: int) -> list[Event]:
    """What was done to a destination after that version, oldest first."""
    sql = f"SELECT {_COLUMNS} FROM events WHERE destination_id = :of AND version > :version ORDER BY id"  # noqa: S608
    return [_to_event(row) for row in store.fetch(sql, {"of": destination_id, "version": version})]


def _to_event(row: Any) -> Event:
    return Event(row[0], to_datetime(row[1]), *row[2:8])
