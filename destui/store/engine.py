"""Opening the store and its transactions, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path

from destui.domain.errors import StoreUnavailable
from destui.store.times import now_us

TYPE_CHECKING = False  # `typing` itself would cost its import before the first rows
if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection, Engine

BUSY_SECONDS = 10.0
_ROOM = 1_000_000
"""Bytes without which a disk counts as full: SQLite needs some for a write-ahead log."""


class Tx:
    """A writing transaction. What it touches is told to the other sessions when it commits."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.now = now_us()
        self._touched: dict[tuple[str, str], bool] = {}
        self._wakes = False

    def execute(self, statement: Any, parameters: Any = None) -> Any:
        """Run an SQLAlchemy statement."""
        return self.connection.execute(statement, parameters)

    def touch(self, entity: str, row_id: str, *, removed: bool = False) -> None:
        """Say that this row changed; see `domain.event.Change` for the entities."""
        self._touched[entity, row_id] = removed

    def wake(self) -> None:
        """Have the workers look, though no row that people see has changed. SQLite's look at every commit."""
        self._wakes = True

    def flush_changes(self) -> None:
        """Append the touched rows to `changes`, and tell it; the store calls it last."""
        if self._touched:
            self._append_changes()
        if (self._touched or self._wakes) and self.connection.dialect.name == "postgresql":
            from sqlalchemy import text

            self.connection.execute(text("NOTIFY destui_changes"))

    def _append_changes(self) -> None:
        from sqlalchemy import insert

        from destui.store import schema

        rows = [
            {"entity": entity, "row_id": row_id, "removed": removed, "at": self.now}
            for (entity, row_id), removed in self._touched.items()
        ]
        self.connection.execute(insert(schema.changes), rows)


class Store:
    """One store. Safe to use from many threads: each has a connection of its own."""

    def __init__(self, url: str, path: Path | None, *, durable: bool = True, patient: bool = False) -> None:
        self.url = url
        self.path = path
        self._durable = durable
        self._patient = patient
        self.revision: str | None = None
        """The schema that this program writes, once the store is known to have it."""
        self._local = threading.local()
        self._file: tuple[int, int] | None = None
        """The embedded store's file as it was found last: device and number."""
        # One writes at a time. Threads of one process stand in line here: not in SQLite's sleeping busy handler, and on
        # PostgreSQL not in the server, which would give a process that stands still the lock once for each of them.
        self.one_writer = threading.RLock()

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded store."""
        return self.path is not None

    @cached_property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, made at the first use: its import must not stand before the first rows."""
        from destui.store.dialects import make_engine

        return make_engine(self.url, self.path, durable=self._durable, patient=self._patient)

    def file(self) -> tuple[int, int] | None:
        """The embedded store's file, by device and number. Connections go on with a file that was moved away: where it
        is another one now, new ones are made. Raises StoreUnavailable where there was one, and is none."""
        if self.path is None:
            return None
        try:
            found = self.path.stat()
        except OSError:
            if self._file is not None:
                raise StoreUnavailable(
                    f"The store's file is gone, moved away or deleted. Put {self.path} back."
                ) from None
            return None
        now = found.st_dev, found.st_ino
        if now != self._file:
            if self._file is not None and "engine" in self.__dict__:
                self.engine.dispose()
            self._file = now
        return now

    def fetch(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Sequence[Sequence[Any]]:
        """Read rows by portable SQL with `:name` parameters; on SQLite without SQLAlchemy. Raises StoreUnavailable."""
        if self.path is None:
            from sqlalchemy import text

            with self.read() as connection:
                return connection.execute(text(sql), dict(parameters or {})).fetchall()
        with translated(self.path):
            return self._reader().execute(sql, parameters or {}).fetchall()

    def fetch_by_ids(
        self, sql: str, ids: Sequence[str], parameters: Mapping[str, Any] | None = None
    ) -> Iterator[Sequence[Any]]:
        """Read rows by SQL in which `{ids}` stands for a list of ids, so many at a time as a statement may name."""
        for start in range(0, len(ids), 500):
            names = {f"i{n}": identity for n, identity in enumerate(ids[start : start + 500])}
            yield from self.fetch(
                sql.replace("{ids}", ", ".join(f":{name}" for name in names)), {**names, **(parameters or {})}
            )

    def _reader(self) -> sqlite3.Connection:
        file = self.file()
        connection: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if connection is not None and file != self._local.file:
            connection.close()
            connection = None
        if connection is None:
            connection = connect_sqlite(self.path)
            connection.execute("PRAGMA query_only=1")
            self._local.reader, self._local.file = connection, self.file()
        return connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A reading connection. Raises StoreUnavailable."""
        self.file()
        with (
            translated(self.path),
            self.engine.connect().execution_options(reading=True) as connection,
        ):
            yield connection

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """A writing transaction: all of it or nothing, and one at a time on either database. What it has counted or
        looked up is still true when it writes, nobody waits for whom waits for him, and the numbers of the changes
        become visible in their order. Raises StoreUnavailable, also where a newer program has upgraded the store.
        """
        self.file()
        commits = False
        try:
            with self.one_writer, translated(self.path), self.engine.begin() as connection:
                if self.path is None:  # SQLite's engine begins with BEGIN IMMEDIATE
                    from sqlalchemy import text

                    connection.execute(text("SELECT pg_advisory_xact_lock(7031861)"))
                if self.revision is not None:
                    self._ensure_revision(connection)
                tx = Tx(connection)
                yield tx
                tx.flush_changes()
                commits = True
        except StoreUnavailable as error:
            if commits and self.path is None:  # the answer may be what was lost
                saved = "It is not known whether what was asked was saved: look before you repeat it."
                raise StoreUnavailable(f"{str(error).rstrip('.')}. {saved}", is_cut=error.is_cut) from None
            raise

    def _ensure_revision(self, connection: Connection) -> None:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if found != self.revision:
            raise StoreUnavailable(
                f"The store has been upgraded to schema {found}, which this destui does not write. "
                "Leave, and start the newer destui."
            )

    def is_locked(self) -> bool:
        """Whether some process keeps others from writing into the embedded store now."""
        if self.path is None:
            return False
        probe = connect_sqlite(self.path, timeout=0)
        try:
            probe.execute("BEGIN IMMEDIATE")
            probe.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            return error.sqlite_errorname.startswith("SQLITE_BUSY")
        finally:
            probe.close()
        return False

    def seems_unwritable(self, seconds: float) -> bool:
        """Whether the store may be one that can be read and not written, by a look that writes nothing: for so long
        somebody holds an embedded one locked and writes nothing, or its file may not be written, or its disk has no
        room; or the server takes no changes. Raises StoreUnavailable where it cannot be read."""
        if self.path is None:
            return self.why_unwritable() is not None
        ends_at = time.monotonic() + seconds
        with translated(self.path), closing(connect_sqlite(self.path, timeout=0)) as probe:
            seen = probe.execute("PRAGMA data_version").fetchone()
            while time.monotonic() < ends_at:
                try:
                    probe.execute("BEGIN IMMEDIATE")
                    probe.execute("ROLLBACK")
                    return not has_room(self.path.parent)
                except OSError:
                    return True
                except sqlite3.OperationalError as error:
                    if not error.sqlite_errorname.startswith("SQLITE_BUSY"):
                        return True
                if probe.execute("PRAGMA data_version").fetchone() != seen:
                    return False  # somebody writes
                time.sleep(0.1)  # nothing tells when it is let go
        return True

    def why_unwritable(self) -> str | None:
        """Why the store can be read and not written now, as a sentence; None: it can be. Commits a row of an embedded
        one as it was: a full disk says so only then. Raises StoreUnavailable where it cannot be read."""
        if self.path is None:
            if self.fetch("SHOW transaction_read_only")[0][0] == "off":
                return None
            self.engine.dispose()  # sessions keep for good what was so when they began
            return _SERVER_READ_ONLY
        with translated(self.path), closing(connect_sqlite(self.path, timeout=0.2)) as probe:
            probe.execute("SELECT version_num FROM alembic_version").fetchone()
            try:
                with translated(self.path):
                    probe.execute("BEGIN IMMEDIATE")
                    probe.execute("UPDATE alembic_version SET version_num = version_num")
                    probe.execute("COMMIT")
            except StoreUnavailable as error:
                return str(error)
        return None

    def close(self) -> None:
        """Let go of all connections of this thread and the pool."""
        reader: sqlite3.Connection | None = self._local.__dict__.pop("reader", None)
        if reader is not None:
            reader.close()
        if "engine" in self.__dict__:
            self.engine.dispose()


def has_room(folder: Path) -> bool:
    """Whether the disk of this folder takes more than a little. Raises OSError."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize >= _ROOM


def connect_sqlite(path: Path | None, timeout: float = BUSY_SECONDS) -> sqlite3.Connection:
    """A plain sqlite3 connection to the embedded store, in autocommit."""
    return sqlite3.connect(str(path), timeout=timeout, isolation_level=None, check_same_thread=False)


def connect_existing(path: Path, timeout: float, isolation_level: Any = "") -> sqlite3.Connection:
    """A connection to a file that is there: SQLite would make a new one where the store was moved away."""
    from urllib.parse import quote

    return sqlite3.connect(f"file:{quote(str(path))}?mode=rw", timeout, 0, isolation_level, False, uri=True)


@contextmanager
def translated(path: Path | None) -> Iterator[None]:
    """Turn what the database says into StoreUnavailable with a remedy."""
    try:
        yield
    except sqlite3.Error as error:
        raise _unavailable(error, path) from None
    except Exception as error:
        original = getattr(error, "orig", None)
        if isinstance(original, sqlite3.Error) and not isinstance(original, sqlite3.IntegrityError):
            raise _unavailable(original, path) from None
        if type(error).__module__.startswith(("sqlalchemy", "psycopg")) and _is_of_the_store(error):
            raise _of_the_server(original or error) from None
        raise


def _is_of_the_store(error: Exception) -> bool:
    """psycopg has a class for each code, below the few that matter here."""
    kinds = {"OperationalError", "InterfaceError", "InternalError", "ProgrammingError", "DataError", "TimeoutError"}
    return any(kind.__name__ in kinds for kind in type(error).__mro__)


_SERVER_READ_ONLY = "The store's server takes no changes: it is read-only, or a standby."


def _of_the_server(error: Exception) -> StoreUnavailable:
    if getattr(error, "sqlstate", None) == "25006":
        return StoreUnavailable(_SERVER_READ_ONLY)
    if getattr(error, "sqlstate", None) == "55P03":
        return StoreUnavailable("The store is busy: another session has held it locked for too long. Try again.")
    words = str(error).strip().splitlines()
    sentence = f"The store does not answer: {words[0] if words else type(error).__name__}"
    return StoreUnavailable(sentence, is_cut=any(kind.__name__ == "OperationalError" for kind in type(error).__mro__))


_SAID = (
    ("locked", "The store {path} is busy: another process has held it locked for too long. Try again in a moment."),
    ("busy", "The store {path} is busy: another process has held it locked for too long. Try again in a moment."),
    ("full", "The disk that holds the store {path} is full. Free some space, then try again."),
    ("readonly", "The store {path} cannot be written. Give yourself write permission on {path}* and their folder."),
    ("mounted", "The store {path} cannot be written, though you may: see lsattr {path} and how its disk is mounted."),
    ("unable to open", "The store {path} cannot be opened. Look whether its folder exists and is yours."),
    ("not a database", "The file {path} is not a destui store. Move it away, or set DESTUI_HOME to another folder."),
    ("malformed", "The store {path} is damaged. Put back the copy made before the last upgrade, or a backup."),
    ("no such table", "The file {path} is not a destui store. Move it away, or set DESTUI_HOME to another folder."),
    ("i/o error", "The disk that holds the store {path} gives errors. Look at the system's log."),
)


def _unavailable(error: sqlite3.Error, path: Path | None) -> StoreUnavailable:
    words = str(error)
    if words.startswith(("disk I/O error", "unable to open")) and path is not None and _is_read_only(path):
        words = "readonly"  # a connection that was open before the file was marked so has no other word for it
    if "readonly" in words and path is not None and path.exists() and not _is_read_only(path):
        words = "mounted"
    for part, sentence in _SAID:
        if part in words.lower():
            return StoreUnavailable(sentence.format(path=path))
    return StoreUnavailable(f"The store {path} does not answer: {words}")


def _is_read_only(path: Path) -> bool:
    files = (path, Path(f"{path}-wal"), Path(f"{path}-shm"))
    return any(file.exists() and not os.access(file, os.W_OK) for file in files)
