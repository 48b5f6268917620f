"""DuckDB's errors."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb

from bench.diagnosis.provoke.disks import answering, broken_disk, disk, fill, remount
from bench.diagnosis.provoke.recorder import Recorder, limited_files, nobody
from tests.servers.processes import free_port

PROBE = "CREATE TABLE _destui_probe_k3x9_1 (id INTEGER)"
GROW = "CREATE TABLE big AS SELECT hash(i) AS a, hash(i + 1) AS b FROM range(300000) t(i)"


def execute(path: Path | str, *statements: str, **options: Any) -> Callable[[], None]:
    """A connection that executes statements, the last of which fails."""

    def work() -> None:
        with closing(duckdb.connect(str(path), **options)) as connection:
            for sql in statements:
                connection.execute(sql).fetchall()

    return work


@contextmanager
def database(folder: Path) -> Iterator[Path]:
    """A sound database with one table, on its own."""
    path = folder / "warehouse.duckdb"
    execute(
        path, "CREATE TABLE events (id INTEGER PRIMARY KEY, kind VARCHAR NOT NULL)",
        "INSERT INTO events SELECT i, 'kind ' || hash(i) FROM range(20000) t(i)",
    )()  # fmt: skip
    try:
        yield path
    finally:
        for file in folder.glob("warehouse.duckdb*"):
            file.unlink()


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another process that has the database open."""
    code = f"import duckdb; c = duckdb.connect({str(path)!r}); print(1, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield
        process.communicate(b"\n")


def opening(record: Recorder, folder: Path) -> None:
    """Paths, and what is there."""
    record.catch("open", "path_missing", execute(folder / "data" / "w.duckdb"))
    record.catch("open", "path_missing", execute(folder / "none.duckdb", read_only=True))
    record.catch("open", "path_wrong_kind", execute(folder))
    (folder / "notes.duckdb").write_text("Monday: nothing. Tuesday: less than nothing, but in more words.\n" * 300)
    record.catch("open", "file_not_a_database", execute(folder / "notes.duckdb"))
    (folder / "short.duckdb").write_text("x")
    record.catch("open", "file_not_a_database file_corrupt", execute(folder / "short.duckdb"))
    folder.chmod(0o755)
    with database(folder) as path:
        path.chmod(0o644)
        record.catch("open", "path_not_permitted no_write_right", execute(path), nobody)
        record.catch("open", "path_not_permitted no_write_right", execute(folder / "new.duckdb"), nobody)
        with held(path):
            record.catch("open", "locked", execute(path))
            record.catch("open", "locked", execute(path, read_only=True))
        with closing(duckdb.connect(str(path))):
            record.catch("open", "config_invalid locked", execute(path, read_only=True))
        _damaged(record, path)
    for name, value in (("memory_limitt", "1GB"), ("memory_limit", "plenty"), ("threads", "0"), ("access_mode", "rw")):
        record.catch("open", "config_invalid", execute(folder / "w.duckdb", config={name: value}))
    record.catch("open", "config_invalid path_missing", execute("mysql://db.example/warehouse"))
    key = f"ATTACH '{folder}/sealed.duckdb' AS sealed (ENCRYPTION_KEY '{{}}')"
    execute(
        ":memory:",
        "SET force_mbedtls_unsafe = 'true'",
        key.format("a made-up key"),
        "CREATE TABLE sealed.t (id INTEGER)",
    )()
    record.catch(
        "open", "wrong_password", execute(":memory:", "SET force_mbedtls_unsafe = 'true'", key.format("another key"))
    )
    record.catch("open", "credentials_missing", execute(folder / "sealed.duckdb"))
    # Files that other versions of DuckDB have made.
    for file in sorted(Path(os.environ.get("DUCKDB_FILES", folder / "none")).glob("*.duckdb")):
        record.catch("open", "version_incompatible", execute(file))
    with answering(0) as gone:
        record.catch("open", "connection_dropped", execute(gone / "w.duckdb"))


def _damaged(record: Recorder, path: Path) -> None:
    whole = path.read_bytes()
    for at, data, causes in (
        (12, b"\xff" * 40, "file_corrupt"),
        (4096, b"\xff" * 8192, "file_corrupt"),
        (8, b"DUCC", "file_not_a_database"),
    ):
        path.write_bytes(whole[:at] + data + whole[at + len(data) :])
        record.catch("open", causes, execute(path))
    path.write_bytes(whole[:12288] + b"\xff" * (len(whole) - 12288))
    record.catch("open", "file_corrupt", execute(path, "SELECT sum(id), max(kind) FROM events"))
    path.write_bytes(whole[:20000])
    record.catch("read back", "file_corrupt", execute(path, "SELECT sum(id), max(kind) FROM events"))
    path.write_bytes(whole)
    wal = Path(f"{path}.wal")
    keep = ("PRAGMA disable_checkpoint_on_shutdown", "SET checkpoint_threshold = '1GB'")
    execute(path, *keep, "INSERT INTO events SELECT i, 'later' FROM range(50000, 60000) t(i)")()
    logged = wal.read_bytes()
    wal.write_bytes(logged[:300] + b"\xff" * 3000 + logged[3300:])
    record.catch("open", "file_corrupt", execute(path))
    wal.unlink()


def writing(record: Recorder, folder: Path) -> None:
    """What stands in the way of a write."""
    with database(folder) as path:
        record.catch("create", "read_only", execute(path, PROBE, read_only=True))
        record.catch("write", "read_only", execute(path, "INSERT INTO events VALUES (99999, 'a')", read_only=True))
        record.catch("clean up", "read_only", execute(path, "DROP TABLE events", read_only=True))
        small = {"memory_limit": "8MB", "temp_directory": ""}
        record.catch("write", "quota_exceeded", execute(path, GROW, config=small))
        locked_in = {"enable_external_access": "false"}
        record.catch("write", "path_not_permitted", execute(path, "COPY events TO '/srv/out.csv'", config=locked_in))
        record.catch("open", "path_not_permitted", execute(":memory:", f"ATTACH '{path}' AS w", config=locked_in))
        record.catch("read back", "path_missing", execute(path, "SELECT * FROM '/srv/landing/none.parquet'"))
        record.catch(
            "write", "quota_exceeded", execute(path, GROW.replace("big", "bigger")), lambda: limited_files(200_000)
        )
        whole = path.read_bytes()
    with disk("size=1200k") as little:
        record.catch("write", "disk_full", execute(little / "w.duckdb", GROW))
        record.catch("create", "disk_full", lambda: _full(little))
    with disk("size=4m") as little:
        execute(little / "w.duckdb", "CREATE TABLE t (id INTEGER)")()
        remount(little, "ro")
        record.catch("open", "read_only", execute(little / "w.duckdb", PROBE))
        record.catch("open", "read_only", execute(little / "new.duckdb", PROBE))
    with broken_disk("warehouse.duckdb", whole) as bad:
        record.catch("open", "file_corrupt connection_dropped",
            execute(bad / "warehouse.duckdb", "SELECT sum(id), max(kind) FROM events"))  # fmt: skip


def _full(folder: Path) -> None:
    path = folder / "other.duckdb"
    (folder / "w.duckdb").unlink(missing_ok=True)
    fill(folder)
    execute(path, PROBE)()


def noise(record: Recorder, folder: Path) -> None:
    """What is no set-up problem, and what is missing."""
    with database(folder) as path:
        for step, sql, causes in (
            ("create", "CREATE TABEL t (id INTEGER)", "unknown"),
            ("write", "INSERT INTO events VALUES (1, 'a')", "unknown"),
            ("write", "INSERT INTO events VALUES ('two', 'a')", "unknown"),
            ("create", "CREATE TABLE events (id INTEGER)", "unknown"),
            ("read back", "SELECT knd FROM events", "unknown"),
            ("read back", "SELECT error('stop here')", "unknown"),
            ("read back", "SELECT * FROM evnts", "table_missing"),
            ("create", "CREATE TABLE staging.t (id INTEGER)", "schema_missing"),
            ("open", "USE lake.main", "schema_missing database_missing"),
            ("open", "SET search_path = 'staging'", "schema_missing"),
        ):
            record.catch(step, causes, execute(path, sql))
        one, other = duckdb.connect(str(path)), duckdb.connect(str(path))
        one.execute("BEGIN; UPDATE events SET kind = 'x' WHERE id = 1")
        record.catch("write", "unknown", lambda: other.execute("UPDATE events SET kind = 'y' WHERE id = 1"))
        one.close()
        other.close()
    record.catch("open", "driver_missing", execute(":memory:", "LOAD spatial"))
    record.catch("open", "driver_missing", execute(":memory:", "LOAD '/opt/duckdb/lake.duckdb_extension'"))
    where = f"SET custom_extension_repository = 'http://127.0.0.1:{free_port()}'"
    record.catch("open", "path_missing config_invalid", execute(":memory:", where, "INSTALL spatial"))
    home = f"SET home_directory = '{folder}'"
    record.catch("open", "driver_missing connection_refused", execute(":memory:", home, where, "INSTALL spatial"))
    (folder / "odd.duckdb_extension").write_bytes(b"no extension" * 99)
    record.catch("open", "driver_missing version_incompatible config_invalid",
        execute(":memory:", f"LOAD '{folder}/odd.duckdb_extension'"))  # fmt: skip


def provoke() -> None:
    """All of it."""
    os.chdir("/")
    record = Recorder("duckdb", f"DuckDB {duckdb.__version__}")
    for part in (opening, writing, noise):
        with tempfile.TemporaryDirectory(prefix="lake-") as name:
            part(record, Path(name))
