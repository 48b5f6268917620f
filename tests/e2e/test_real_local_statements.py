"""What real SQLite and DuckDB say to other programs, or of statements: what a ladder itself never hears."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

import duckdb
import pytest

from destui.connectors.diagnosis import diagnose
from destui.connectors.ladder import run_ladder
from destui.domain.check import Step, StepState


def told(type_id: str, path: Path, act: Callable[[], object], step: str = "") -> str:
    """The code for the error that this ends with."""
    with pytest.raises(Exception) as refused:
        act()
    return diagnose(type_id, step, refused.value, {"path": str(path)}).code


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT * FROM nix", "SQLITE-NO-TABLE"),
        ("DETACH nix", "SQLITE-NO-DATABASE"),
        ("SELECT nix(1)", "SQLITE-FUNCTION"),
        ("SELECT * FROM t ORDER BY a COLLATE nix", "SQLITE-FUNCTION"),
        ("CREATE VIRTUAL TABLE v USING nix", "SQLITE-MODULE"),
        ("SELECT load_extension('nix')", "SQLITE-LOADING"),
        ("INSERT INTO t VALUES (1)", "SQLITE-STATEMENT"),
        ("SELECT zeroblob(2000000000)", "SQLITE-STATEMENT"),
        ("SELECT json('{')", "SQLITE-UNKNOWN"),
        ("ATTACH '/nowhere/other.db' AS other", "SQLITE-CANTOPEN"),
        ("ATTACH '{path}.txt' AS other", "SQLITE-NOTADB"),
        ("CREATE TABLE sqlite_mine (a)", "SQLITE-UNKNOWN"),
    ],
)
def test_statements_of_sqlite(tmp_path: Path, statement: str, code: str) -> None:
    path = tmp_path / "lake.db"
    Path(f"{path}.txt").write_text("no database at all, " * 100)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a integer PRIMARY KEY)")
        connection.execute("INSERT INTO t VALUES (1)")
        assert told("sqlite", path, lambda: connection.execute(statement.format(path=path)).fetchall()) == code
    connection.close()


@pytest.mark.parametrize(
    ("action", "step", "code"),
    [
        (sqlite3.SQLITE_SELECT, "read back", "SQLITE-AUTH-READ"),
        (sqlite3.SQLITE_INSERT, "write", "SQLITE-AUTH-WRITE"),
        (sqlite3.SQLITE_CREATE_TABLE, "create", "SQLITE-AUTH-CREATE"),
        (sqlite3.SQLITE_SELECT, "", "SQLITE-AUTH"),
    ],
)
def test_a_program_that_forbids(action: int, step: str, code: str) -> None:
    statements = {
        sqlite3.SQLITE_SELECT: "SELECT * FROM sqlite_schema", sqlite3.SQLITE_INSERT: "INSERT INTO t VALUES (1)",
        sqlite3.SQLITE_CREATE_TABLE: "CREATE TABLE u (a)",
    }  # fmt: skip
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a)")
    connection.set_authorizer(lambda asked, *more: sqlite3.SQLITE_DENY if asked == action else sqlite3.SQLITE_OK)
    assert told("sqlite", Path("x"), lambda: connection.execute(statements[action]), step) == code
    connection.close()


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("file:{path}?mode=nix", "SQLITE-CONFIG"),
        ("file:{path}?cache=nix", "SQLITE-CONFIG"),
        ("file://another/x.db", "SQLITE-CONFIG"),
        ("file:{path}?vfs=nix", "SQLITE-MODULE"),
        ("file:{path}?mode=ro", "SQLITE-CANTOPEN"),
        ("\0", "SQLITE-NAME"),
    ],
)
def test_paths_that_programs_give_to_sqlite(tmp_path: Path, uri: str, code: str) -> None:
    path = tmp_path / "lake.db"
    assert told("sqlite", path, lambda: sqlite3.connect(uri.format(path=path), uri=True)) == code


def test_limits_of_sqlite(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "lake.db")
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    assert told("sqlite", tmp_path, lambda: connection.execute("ATTACH ':memory:' AS m")) == "SQLITE-OPEN-FILES"
    connection.close()
    code = (
        "import sqlite3; c = sqlite3.connect(':memory:'); c.execute('PRAGMA hard_heap_limit=1000000').fetchall();"
        " c.execute('SELECT hex(zeroblob(10000000))')"
    )  # for good, so in a process of its own
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == "MemoryError"
    assert diagnose("sqlite", "", MemoryError(), {}).code == "SQLITE-MEMORY"


def test_a_file_format_of_the_future(tmp_path: Path) -> None:
    path = tmp_path / "lake.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a)")
    connection.close()
    with path.open("r+b") as file:
        file.seek(44)  # the schema's format
        file.write(b"\0\0\0\x09")
    connection = sqlite3.connect(path)
    assert told("sqlite", path, lambda: connection.execute("SELECT * FROM t")) == "SQLITE-VERSION"
    connection.close()


def test_a_file_that_is_moved_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "lake.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a)")
    os.rename(path, f"{path}.moved")
    assert told("sqlite", path, lambda: connection.execute("INSERT INTO t VALUES (1)")) == "SQLITE-MOVED"
    connection.close()


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT * FROM nothing", "DUCK-NO-TABLE"),
        ("SELECT nothing FROM t", "DUCK-STATEMENT"),
        ("INSERT INTO t VALUES (1)", "DUCK-STATEMENT"),
        ("CALL nothing()", "DUCK-UNKNOWN"),
        ("CREATE TABLE nothing.u (a int)", "DUCK-NO-SCHEMA"),
        ("CREATE SCHEMA main", "DUCK-STATEMENT"),
        ("CREATE TABLE no.such.u (a int)", "DUCK-NO-DATABASE"),
        ("DETACH nothing", "DUCK-NO-DATABASE"),
        ("SET nothing = 1", "DUCK-CONFIG"),
        ("SET threads = 'many'", "DUCK-CONFIG"),
        ("SET memory_limit = 'much'", "DUCK-CONFIG"),
        ("LOAD nothing", "DUCK-EXTENSION"),
        ("SELECT * FROM 'nothing.parquet'", "DUCK-NO-FOLDER"),
        ("SELECT * FROM '{path}.parquet'", "DUCK-NOT-PARQUET"),
        ("COPY t TO '{folder}'", "DUCK-WRONG-KIND"),
        ("SET enable_external_access = false; COPY t TO '{path}.csv'", "DUCK-NOT-PERMITTED"),
        ("SET memory_limit = '1MB'; SELECT list(i), list(i + 1) FROM range(10000000) r(i)", "DUCK-MEMORY"),
    ],
)
def test_statements_of_duckdb(tmp_path: Path, statement: str, code: str) -> None:
    path = tmp_path / "lake.duckdb"
    Path(f"{path}.parquet").write_text("nothing like it")
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1)")
        told_code = told(
            "duckdb", path, lambda: connection.execute(statement.format(path=path, folder=tmp_path)).fetchall()
        )
    assert told_code == code


def test_how_programs_open_duckdb(tmp_path: Path) -> None:
    path = tmp_path / "lake.duckdb"
    assert told("duckdb", path, lambda: duckdb.connect(":memory:", read_only=True)) == "DUCK-MEMORY-READONLY"
    assert told("duckdb", path, lambda: duckdb.connect(path, read_only=True)) == "DUCK-NO-FOLDER"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE t (a int)")
        connection.execute("INSERT INTO t VALUES (1)")
        assert told("duckdb", path, lambda: duckdb.connect(path, read_only=True)) == "DUCK-CONFIG"
        other = connection.cursor()
        for one in (connection, other):
            one.execute("BEGIN")
        connection.execute("UPDATE t SET a = 2")
        assert told("duckdb", path, lambda: other.execute("UPDATE t SET a = 3"), "write") == "DUCK-CONFLICT"
    with duckdb.connect(path, read_only=True) as connection:
        assert told("duckdb", path, lambda: connection.execute("INSERT INTO t VALUES (2)"), "write") == "DUCK-READONLY"


def test_more_paths_of_duckdb(tmp_path: Path) -> None:
    path = tmp_path / "lake.duckdb"
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert told("duckdb", path, lambda: duckdb.connect(tmp_path / "loop")) == "DUCK-LOOP"
    assert told("duckdb", path, lambda: duckdb.connect(tmp_path / ("x" * 300))) == "DUCK-NAME"
    with duckdb.connect(path) as connection:
        assert told("duckdb", path, lambda: connection.execute(f"ATTACH '{path}' AS again")) == "DUCK-LOCKED"


def test_what_the_system_says_of_folders(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert told("folder", tmp_path, tmp_path.rmdir, "clean up") == "DIR-BUSY"
    assert told("folder", tmp_path, lambda: os.makedirs(tmp_path / "file", exist_ok=True), "open") == "DIR-FILE-THERE"
    assert told("folder", tmp_path, lambda: os.listdir(tmp_path / "file"), "open") == "DIR-WRONG-KIND"
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1, limits[1]))
    try:
        code = told("folder", tmp_path, lambda: os.open(tmp_path / "file", os.O_RDONLY), "write")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert code == "DIR-HANDLES"


def test_a_probe_that_somebody_cleans_away(tmp_path: Path) -> None:
    def clean(position: int, step: Step) -> None:
        if step.name == "read back" and step.state is StepState.RUNNING:
            for path in tmp_path.iterdir():
                path.unlink()

    outcome = run_ladder("folder", {"path": str(tmp_path)}, {}, on_step=clean, cancel=Event(), token="e2e")
    assert outcome.diagnosis is not None
    assert (outcome.diagnosis.step, outcome.diagnosis.code) == ("read back", "DIR-VANISHED")


def test_reading_only_of_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "lake.db"
    sqlite3.connect(path).execute("CREATE TABLE t (a)").connection.close()
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    assert told("sqlite", path, lambda: connection.execute("INSERT INTO t VALUES (1)"), "write") == "SQLITE-READONLY"
    connection.close()
