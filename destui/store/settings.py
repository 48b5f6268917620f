"""The store's own settings: limit, contact, identity, which vault."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import delete, insert, select

from destui.domain.destination import DEFAULT_LIMIT
from destui.store import schema
from destui.store.engine import Store, Tx

BACKGROUND_MINUTES = "background_minutes"
"""How often Active destinations are checked again; 0: never."""
KEEP_DAYS = "keep_days"
"""Days that ended checks and load runs are kept."""
KEEP_EVENTS_DAYS = "keep_events_days"
"""Days that the audit trail goes back."""
OF_HOSTS = (BACKGROUND_MINUTES, KEEP_DAYS, KEEP_EVENTS_DAYS)
"""What a host's settings file says for the whole store, under the same name."""


def read(store: Store, key: str) -> str | None:
    """A setting, or None."""
    found = store.fetch("SELECT value FROM settings WHERE key = :key", {"key": key})
    return found[0][0] if found else None


def read_number(store: Store, key: str, otherwise: int) -> int:
    """A setting that is a whole number."""
    found = read(store, key)
    return otherwise if found is None else int(found)


def write(tx: Tx, key: str, value: str | None) -> None:
    """Set a setting; None takes it away."""
    tx.execute(delete(schema.settings).where(schema.settings.c.key == key))
    if value is not None:
        tx.execute(insert(schema.settings).values(key=key, value=value))
    tx.touch("settings", key)


def get(tx: Tx, key: str) -> str | None:
    """A setting inside a transaction."""
    found: str | None = tx.execute(select(schema.settings.c.value).where(schema.settings.c.key == key)).scalar()
    return found


def write_once(tx: Tx, key: str, value: str) -> str:
    """Set a setting that nobody has set yet; returns the one that counts."""
    if (found := get(tx, key)) is not None:
        return found
    write(tx, key, value)
    return value


def store_id(store: Store) -> str:
    """The store's lasting identity, made at its first use."""
    if (found := read(store, "store_id")) is not None:
        return found
    with store.write() as tx:
        return write_once(tx, "store_id", uuid4().hex)


def limit(tx: Tx) -> int:
    """The number of destinations allowed."""
    found = get(tx, "limit")
    return int(found) if found is not None else DEFAULT_LIMIT
