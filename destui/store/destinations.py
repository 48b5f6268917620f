"""Destinations as they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from json import dumps
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from destui.domain.destination import TRASH_DAYS, Status
from destui.domain.errors import LimitReached, NameInUse, NotFound
from destui.domain.fields import Fields
from destui.store import schema, settings
from destui.store.engine import Store, Tx
from destui.store.times import now_us

_T = schema.destinations
TRASH_US = TRASH_DAYS * 86_400_000_000
PURGE_US = TRASH_US + 2 * 3_600_000_000
"""What can no longer be restored is kept a little longer: a clock that is an hour ahead does not empty the trash."""


def name_key(name: str) -> str:
    """How a name sorts."""
    return name.casefold()


def ensure_room(tx: Tx) -> None:
    """Raise LimitReached when no more destinations are allowed; holds the count until the transaction ends."""
    limit = settings.limit(tx)
    live = tx.execute(select(func.count()).select_from(_T).where(_T.c.deleted_at.is_(None))).scalar_one()
    if live >= limit:
        raise LimitReached(limit, settings.get(tx, "contact") or "")


def add(
    tx: Tx, *, name: str, type_id: str, fields: Fields, tags: Sequence[str], connected_by: str, host: str,
    secret_id: str | None,
) -> str:  # fmt: skip
    """Insert a destination as Initializing; returns its id. Raises LimitReached, NameInUse."""
    ensure_room(tx)
    identity = uuid4().hex
    try:
        tx.execute(
            insert(_T).values(
                id=identity, name=name, name_key=name_key(name), type=type_id, fields=dumps(dict(fields)),
                tags=dumps(list(tags), ensure_ascii=False), status=Status.INITIALIZING.value, connected_by=connected_by,
                host=host, secret_id=secret_id, created_at=tx.now, updated_at=tx.now,
            )
        )  # fmt: skip
    except IntegrityError:
        raise NameInUse(name) from None
    tx.touch("destination", identity)
    return identity


def secret_of(store: Store, destination_id: str) -> str | None:
    """The ledger row in use."""
    found = store.fetch("SELECT secret_id FROM destinations WHERE id = :id", {"id": destination_id})
    return found[0][0] if found else None


def name_of(tx: Tx, destination_id: str) -> str:
    """Its name, also in the trash; empty when it is gone."""
    return tx.execute(select(_T.c.name).where(_T.c.id == destination_id)).scalar() or ""


def locked(tx: Tx, destination_id: str, *, in_trash: bool = False) -> Row[Any]:
    """The row, which nobody else changes until the transaction ends. Raises NotFound."""
    row = tx.execute(select(_T).where(_T.c.id == destination_id)).one_or_none()
    if row is None or (row.deleted_at is not None) != in_trash:
        raise NotFound("This destination is not in the trash." if in_trash else "This destination has been deleted.")
    return row  # type: ignore[no-any-return]


def change(tx: Tx, destination_id: str, values: Mapping[str, Any]) -> None:
    """Write columns and tell the others. Raises NameInUse."""
    try:
        tx.execute(update(_T).where(_T.c.id == destination_id).values(**values))
    except IntegrityError:
        raise NameInUse(str(values.get("name", ""))) from None
    tx.touch("destination", destination_id)


def to_trash(tx: Tx, destination_id: str, who: str) -> None:
    """Into the trash."""
    row = locked(tx, destination_id)
    change(tx, destination_id, {"deleted_at": tx.now, "deleted_by": who, "version": row.version + 1})
    tx.touch("destination", destination_id, removed=True)


def from_trash(tx: Tx, destination_id: str) -> Row[Any]:
    """Out of the trash again. Raises NotFound, LimitReached, NameInUse."""
    row = locked(tx, destination_id, in_trash=True)
    if row.deleted_at < tx.now - TRASH_US:
        raise NotFound(f"{row.name} was deleted more than {TRASH_DAYS} days ago and is gone.")
    ensure_room(tx)
    try:
        change(tx, destination_id, {"deleted_at": None, "deleted_by": None, "version": row.version + 1})
    except NameInUse:
        raise NameInUse(
            row.name, f"Another destination is named {row.name}. Rename it, then restore this one."
        ) from None
    return row


def trashed(store: Store) -> Sequence[Sequence[Any]]:
    """(id, name, type, deleted_at, deleted_by) of what can be restored, newest first."""
    return store.fetch(
        "SELECT id, name, type, deleted_at, deleted_by FROM destinations"
        " WHERE deleted_at IS NOT NULL AND deleted_at >= :since ORDER BY deleted_at DESC, id",
        {"since": now_us() - TRASH_US},
    )


def purge(tx: Tx) -> list[tuple[str, str]]:
    """Remove what has been in the trash too long, with its checks; returns (id, name). Its secrets are swept next."""
    old = tx.execute(
        select(_T.c.id, _T.c.name).where(_T.c.deleted_at.is_not(None), _T.c.deleted_at < tx.now - PURGE_US)
    ).all()
    for row in old:
        tx.execute(delete(_T).where(_T.c.id == row.id))
    return [(row.id, row.name) for row in old]
