"""SQLite's errors."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy

from bench.diagnosis.provoke.disks import broken_disk, disk, fill, remount
from bench.diagnosis.provoke.recorder import Recorder, limited_files, nobody

CANTOPEN = "path_missing path_not_permitted path_wrong_kind"
"""What SQLite says `unable to open database file` for."""
READONLY = "read_only no_write_right path_not_permitted"
"""What SQLite says `attempt to write a readonly database` for."""
FULL = "disk_full quota_exceeded"
"""What SQLite says `database or disk is full` for: the disk, or a limit of pages."""
BROKEN = "quota_exceeded disk_full connection_dropped file_corrupt"
"""What SQLite says `disk I/O error` for: whatever the system answers to a read or write."""
PROBE = "CREATE TABLE _destui_probe_k3x9_1 (id INTEGER)"


def execute(path: Path | str, *statements: str, **options: Any) -> Callable[[], None]:
    """A connection that executes statements, the last of which fails."""

    def work() -> None:
        with closing(sqlite3.connect(str(path), timeout=0.1, isolation_level=None, **options)) as connection:
            for sql in statements:
                connection.execute(sql).fetchall()

    return work


def wrapped(path: Path, sql: str) -> None:
    """The same by SQLAlchemy."""
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(sql))
    finally:
        engine.dispose()


@contextmanager
def database(folder: Path, rows: int = 2000) -> Iterator[Path]:
    """A sound database with one table, on its own."""
    path = folder / "warehouse.db"
    execute(
        path, "PRAGMA journal_mode=DELETE", "CREATE TABLE events (id INTEGER PRIMARY KEY, kind TEXT NOT NULL)",
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "
        "INSERT INTO events SELECT i, 'some kind of event' FROM n",
    )()  # fmt: skip
    try:
        yield path
    finally:
        for file in folder.glob("warehouse.db*"):
            file.unlink()


def opening(record: Recorder, folder: Path) -> None:
    """Paths, and what is there."""
    record.catch("open", CANTOPEN, execute(folder / "data" / "w.db", PROBE))
    record.catch("open", CANTOPEN, execute(folder, PROBE))
    record.catch("open", CANTOPEN,
        execute(f"file:{folder}/none.db?mode=ro", PROBE, uri=True))  # fmt: skip
    record.catch("open", "config_invalid", execute(f"file:{folder}/w.db?mode=wr", PROBE, uri=True))
    record.catch("open", "config_invalid", execute(f"file:{folder}/w.db?vfs=unix-nolocks", PROBE, uri=True))
    record.catch("open", "config_invalid", execute(str(folder / "a\x00b.db"), PROBE))
    (folder / "notes.db").write_text("Monday: nothing. Tuesday: less than nothing, but in more words.\n" * 9)
    record.catch("open", "file_not_a_database", execute(folder / "notes.db", "SELECT * FROM sqlite_master"))
    record.catch("open", "file_not_a_database", lambda: wrapped(folder / "notes.db", "SELECT 1 FROM sqlite_master"))
    with database(folder) as path:
        _damaged(record, path)
    with database(folder) as path:
        path.chmod(0o600)
        folder.chmod(0o755)
        record.catch("open", CANTOPEN, execute(path, PROBE), nobody)
    attach = [f"ATTACH ':memory:' AS a{n}" for n in range(11)]
    record.catch("open", "too_many_connections quota_exceeded", execute(":memory:", *attach))


def _damaged(record: Recorder, path: Path) -> None:
    whole = path.read_bytes()
    for step, at, data, sql, causes in (
        ("read back", 4096, b"\xff" * 4096, "SELECT * FROM events", "file_corrupt"),
        ("open", 100, b"\xff" * 60, "SELECT * FROM sqlite_master", "file_corrupt"),
        ("open", 44, (9).to_bytes(4, "big"), "SELECT * FROM sqlite_master", "version_incompatible file_corrupt"),
        ("open", 0, os.urandom(4096), "SELECT * FROM sqlite_master", "file_not_a_database"),
    ):
        path.write_bytes(whole[:at] + data + whole[at + len(data) :])
        record.catch(step, causes, execute(path, sql))
    path.write_bytes(whole[: len(whole) // 2])
    record.catch("read back", "file_corrupt", execute(path, "SELECT count(*), sum(length(kind)) FROM events"))
    path.write_bytes(whole)


def writing(record: Recorder, folder: Path) -> None:
    """What stands in the way of a write."""
    with database(folder) as path, closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        record.catch("create", "locked", execute(path, PROBE))
        record.catch("open", "locked", execute(path, "SELECT * FROM sqlite_master"))
        record.catch("write", "locked", lambda: wrapped(path, "DELETE FROM events"))
        holder.execute("COMMIT")
        record.catch("create", READONLY, execute(f"file:{path}?mode=ro", PROBE, uri=True))
        record.catch("write", READONLY, execute(path, "PRAGMA query_only=1", "DELETE FROM events"))
        cursor = holder.execute("SELECT * FROM events")
        cursor.fetchone()
        record.catch("clean up", "locked", lambda: holder.execute("DROP TABLE events"))
        cursor.close()
        path.chmod(0o644)
        record.catch("write", READONLY,
            execute(path, "DELETE FROM events"), nobody)  # fmt: skip
        path.chmod(0o666)
        record.catch("write", READONLY,
            execute(path, "DELETE FROM events"), nobody)  # fmt: skip
        record.catch("write", FULL,
            execute(path, "PRAGMA max_page_count=1", f"INSERT INTO events VALUES (9999, '{'x' * 9000}')"))  # fmt: skip
        record.catch("write", READONLY, execute(f"file:{path}?immutable=1", "DELETE FROM events", uri=True))
        with closing(sqlite3.connect("file:m?mode=memory&cache=shared", uri=True, isolation_level=None)) as shared:
            shared.execute(PROBE)
            shared.execute("BEGIN")
            shared.execute("INSERT INTO _destui_probe_k3x9_1 VALUES (1)")
            record.catch("read back", "locked",
                execute("file:m?mode=memory&cache=shared", "SELECT * FROM _destui_probe_k3x9_1", uri=True))  # fmt: skip
    with disk("size=200k") as small, database(small, 100) as path:
        fill(small)
        record.catch("write", FULL, execute(path, f"INSERT INTO events VALUES (999, '{'x' * 90000}')"))
        record.catch("create", FULL, execute(path, "PRAGMA journal_mode=WAL", PROBE))
        record.catch("create", FULL, lambda: wrapped(path, PROBE))
        (small / "filler").unlink()
        remount(small, "ro")
        record.catch("write", READONLY, execute(path, "DELETE FROM events"))
        remount(small, "rw")
    with database(folder) as path:
        grow = f"INSERT INTO events VALUES (9999, '{'x' * 400000}')"
        record.catch("write", BROKEN, execute(path, grow), lambda: limited_files(100_000))
        whole = path.read_bytes()
    with broken_disk("warehouse.db", whole) as folder:
        record.catch("read back", BROKEN, execute(folder / "warehouse.db", "SELECT * FROM events"))


def noise(record: Recorder, folder: Path) -> None:
    """What is no set-up problem, and what is missing."""
    with database(folder) as path:
        for step, sql, causes in (
            ("create", "CREATE TABEL t (id)", "unknown"),
            ("write", "INSERT INTO events VALUES (1, 'a')", "unknown"),
            ("write", "INSERT INTO events VALUES (9999, NULL)", "unknown"),
            ("create", "CREATE TABLE events (id)", "unknown"),
            ("read back", "SELECT knd FROM events", "unknown"),
            ("read back", "SELECT * FROM evnts", "table_missing"),
            ("create", "CREATE TABLE staging.t (id)", "schema_missing database_missing"),
            ("create", "CREATE VIRTUAL TABLE t USING fts9(x)", "driver_missing"),
        ):
            record.catch(step, causes, execute(path, sql))

        def load() -> None:
            with closing(sqlite3.connect(path)) as connection:
                connection.load_extension("mod_spatialite")

        record.catch("open", "driver_missing", load)

        closed = sqlite3.connect(path)
        closed.close()
        record.catch("write", "unknown", lambda: closed.execute(PROBE))
        record.catch("write", "unknown", execute(path, "BEGIN", "BEGIN"))

        def interrupted() -> None:
            with closing(sqlite3.connect(path, check_same_thread=False)) as connection:
                threading.Timer(0.2, connection.interrupt).start()
                connection.execute("SELECT count(*) FROM events a, events b, events c").fetchall()

        record.catch("read back", "unknown", interrupted)


def program(record: Recorder) -> None:
    """Python's own command, which people paste from."""

    def run() -> None:
        code = "import sqlite3; sqlite3.connect('/srv/data/warehouse/w.db')"
        raise RuntimeError(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr.strip())

    record.catch("open", CANTOPEN, run)


def provoke() -> None:
    """All of it."""
    server = f"SQLite {sqlite3.sqlite_version}"
    with tempfile.TemporaryDirectory() as name:
        for part in (opening, writing, noise):
            part(Recorder("sqlite", server), Path(name))
    program(Recorder("sqlite", server, program=True))
