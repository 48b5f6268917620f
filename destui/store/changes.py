"""What other sessions did: the changes after a number, and a signal that says when to look."""

from __future__ import annotations

import select as io_select
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Protocol

from destui.domain.event import Change
from destui.store.engine import Store, connect_sqlite, translated

if TYPE_CHECKING:
    from destui.store.engine import Tx
    from destui.store.postgres import PatientConnection

KEEP = 20_000
"""Changes kept; a session that missed more rereads all."""
PING_SECONDS = 5.0
"""After so long without a word from the server it is asked for one, which may take as long."""


def last(store: Store) -> int:
    """The newest number."""
    found = store.fetch("SELECT max(seq) FROM changes")
    return found[0][0] or 0


def since(store: Store, seq: int) -> list[Change]:
    """Changes after this number, oldest first; one of entity `all` when some of them are kept no longer, or an
    older copy of the store was put back."""
    oldest, newest = store.fetch("SELECT min(seq), coalesce(max(seq), 0) FROM changes")[0]
    if seq and (oldest is None or oldest > seq + 1 or newest < seq):  # or it is another store now
        return [Change(newest, "all", "")]
    found = store.fetch("SELECT seq, entity, row_id, removed FROM changes WHERE seq > :seq ORDER BY seq", {"seq": seq})
    return [Change(row[0], row[1], row[2], bool(row[3])) for row in found]


def prune(tx: Tx, most: int) -> bool:
    """Keep the newest `KEEP`: forget at most so many of the others; returns whether some are left."""
    from sqlalchemy import delete, func, select

    from destui.store import schema

    seq = schema.changes.c.seq
    oldest, newest = tx.execute(select(func.min(seq), func.max(seq))).one()
    if newest is None or oldest > newest - KEEP:
        return False
    upto = min(newest - KEEP, oldest + most - 1)
    tx.execute(delete(schema.changes).where(seq <= upto))
    return bool(upto < newest - KEEP)


class Signal(Protocol):
    """Waits until the store was written to."""

    def wait(self, timeout: float) -> bool:
        """True when something was written, False at the time-out (seconds) or after `close`."""

    def close(self) -> None:
        """End all waiting; may be called from another thread."""


class SqliteSignal:
    """`PRAGMA data_version` moves when another connection has committed: one cheap look at the shared memory."""

    def __init__(self, store: Store, interval: float) -> None:
        self._store = store
        self._interval = interval
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._seen: int | None = None
        self._closed = threading.Event()

    def wait(self, timeout: float) -> bool:
        """See `Signal`. Raises StoreUnavailable."""
        end = time.monotonic() + timeout
        while not self._closed.is_set():
            version = self._version()
            if version != self._seen:
                self._seen = version
                return True
            left = end - time.monotonic()
            if left <= 0:
                return False
            self._closed.wait(min(self._interval, left))
        if self._connection is not None:
            self._connection.close()  # here, where nobody is using it
            self._connection = None
        return False

    def _version(self) -> int:
        file = self._store.file()
        if file != self._file and self._connection is not None:
            self._connection.close()
            self._connection = self._seen = None
        with translated(self._store.path):
            if self._connection is None:
                self._connection, self._file = connect_sqlite(self._store.path), file
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
            return version

    def close(self) -> None:
        """See `Signal`."""
        self._closed.set()


class PostgresSignal:
    """LISTEN on a connection of its own; after a reconnect it reports once, for what was missed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: PatientConnection | None = None
        self._heard = 0.0
        self._closed = threading.Event()

    def wait(self, timeout: float) -> bool:
        """See `Signal`. Raises StoreUnavailable."""
        import psycopg

        with translated(None):
            try:
                if self._connection is None:
                    self._listen()
                    return True
                return self._wait(self._connection, timeout)
            except psycopg.Error:
                self._connection = None
                raise

    def _listen(self) -> None:
        from destui.store import postgres

        engine = self._store.engine
        _, parameters = engine.dialect.create_connect_args(engine.url)
        self._connection = postgres.connect(autocommit=True, patience=PING_SECONDS, **parameters)
        self._connection.execute("LISTEN destui_changes")
        self._heard = time.monotonic()

    def _wait(self, connection: PatientConnection, timeout: float) -> bool:
        end = time.monotonic() + timeout
        while not self._closed.is_set() and (left := end - time.monotonic()) > 0:
            ready = time.monotonic() - self._heard > PING_SECONDS
            if ready:
                connection.execute("SELECT 1")  # a network that swallows everything says nothing by itself
                self._heard = time.monotonic()  # what came before the answer is with psycopg now, not in the socket
            else:
                # Short waits, so that close() is seen; the socket wakes us at once when something comes.
                ready = bool(io_select.select([connection.fileno()], [], [], min(left, 0.25))[0])
            if ready and list(connection.notifies(timeout=0)):
                self._heard = time.monotonic()
                return True
        return False

    def close(self) -> None:
        """See `Signal`."""
        self._closed.set()


def signal(store: Store, interval: float) -> Signal:
    """The signal of this store; `interval` (seconds) is how often SQLite is looked at."""
    return SqliteSignal(store, interval) if store.is_sqlite else PostgresSignal(store)
