"""How much room the store takes, what it holds, and how free room is given back."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from destui.store.engine import Store, connect_sqlite, translated
from destui.store.times import to_datetime

KEPT_FREE = 1_000
"""Free pages that stay in the file for what comes next."""
_STEP = 500
"""Pages given back in one transaction."""
_PAUSE_SECONDS = 0.01
_CHECKPOINT_SECONDS = 0.2
_TABLES = ("checks", "load_runs", "events", "jobs", "changes")


@dataclass(frozen=True)
class Space:
    """What the store takes and holds. `free`: bytes of it that are used again before it grows (SQLite)."""

    bytes: int
    free: int
    rows: Mapping[str, int]
    """How many of checks, load_runs, events, jobs, changes; `journal`: the durable engine's workflows."""
    oldest_check: datetime | None
    oldest_event: datetime | None


def measure(store: Store) -> Space:
    """Look at the store. Raises StoreUnavailable."""
    taken, free = _sqlite_bytes(store, store.path) if store.path is not None else (_postgres_bytes(store), 0)
    counts = ", ".join(f"(SELECT count(*) FROM {name})" for name in _TABLES)  # noqa: S608
    row = store.fetch(f"SELECT {counts}, (SELECT min(created_at) FROM checks), (SELECT min(at) FROM events)")[0]  # noqa: S608
    rows = dict(zip(_TABLES, row, strict=False)) | {"journal": _journal(store)}
    check, event = (None if us is None else to_datetime(us) for us in row[len(_TABLES) :])
    return Space(taken, free, rows, check, event)


def _sqlite_bytes(store: Store, path: Path) -> tuple[int, int]:
    files = [Path(f"{path}{end}") for end in ("", "-wal", "-shm")]
    page, free = (store.fetch(f"PRAGMA {name}")[0][0] for name in ("page_size", "freelist_count"))
    return sum(file.stat().st_size for file in files if file.exists()), page * free


def _postgres_bytes(store: Store) -> int:
    """The store's own tables and the engine's, with their indexes: the database may hold more."""
    from destui.store import schema

    names = ", ".join(f"'{name}'" for name in [*schema.metadata.tables, "alembic_version"])
    found = store.fetch(
        "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c"  # noqa: S608
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r'"
        f" AND (n.nspname = 'dbos' OR (n.nspname = current_schema() AND c.relname IN ({names})))"
    )
    return int(found[0][0])


def _journal(store: Store) -> int:
    if store.is_sqlite:
        table, there = "workflow_status", "SELECT 1 FROM sqlite_master WHERE name = 'workflow_status'"
    else:
        table, there = "dbos.workflow_status", "SELECT 1 WHERE to_regclass('dbos.workflow_status') IS NOT NULL"
    return int(store.fetch(f"SELECT count(*) FROM {table}")[0][0]) if store.fetch(there) else 0  # noqa: S608


def give_back(store: Store) -> None:
    """Give free pages of an embedded store back to the disk, some at a time, and empty its write-ahead log. A store
    made by an older destui keeps its file's size and uses the room again; PostgreSQL looks after itself."""
    if store.path is None:
        return
    with translated(store.path):
        connection = connect_sqlite(store.path)
        try:
            connection.execute("PRAGMA synchronous=NORMAL")
            while (free := _free_pages(connection)) > KEPT_FREE:
                with store.one_writer:
                    step = min(_STEP, free - KEPT_FREE)
                    # `execute` would take one step of it, and so give back a single page.
                    connection.executescript(f"PRAGMA incremental_vacuum({step})")
                if _free_pages(connection) >= free:
                    break
                time.sleep(_PAUSE_SECONDS)
            connection.execute(f"PRAGMA busy_timeout={_CHECKPOINT_SECONDS * 1000:.0f}")
            with store.one_writer:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.close()


def _free_pages(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA freelist_count").fetchone()[0])


def prepare(path: Path) -> None:
    """Have a new, empty file of a store give room back; only its first page can say so."""
    connection = connect_sqlite(path)
    try:
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute("VACUUM")
    finally:
        connection.close()
