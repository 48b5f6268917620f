"""What the tests of loads share: each target with a way to look into it, and runs in this process or in their own."""

from __future__ import annotations

import contextlib
import csv
import json
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pymysql
import pytest

from destui.domain.loads import LoadPlan, Mode, Place, Progress, RunResult, RunState, SourceSpec, share_of
from destui.domain.secret import Secret
from destui.loads import process
from destui.loads.run import Run
from tests.servers import mariadb as mariadb_server
from tests.servers import postgres as postgres_server
from tests.servers.mariadb import Mariadb
from tests.servers.postgres import Postgres

TARGETS = ("postgres", "mysql", "sqlite", "duckdb", "parquet", "csv", "jsonl")
MODES = ("append", "replace", "merge")


@dataclass
class Sink:
    """A place to load into. `read` gives the rows of a table, as Python has them; `run` a statement of its own."""

    kind: str
    place: Place
    read: Callable[[str], list[dict[str, Any]]]
    run: Callable[[str], Any]
    quote: str = '"'
    tables: list[str] = field(default_factory=list)

    @property
    def is_folder(self) -> bool:
        """Its tables are folders of files."""
        return self.kind in ("parquet", "csv", "jsonl")

    def table(self) -> str:
        """A name that no other test has."""
        self.tables.append(f"t_{uuid.uuid4().hex[:10]}")
        return self.tables[-1]

    def count(self, table: str) -> int:
        """How many rows a table has; 0 where there is none."""
        with contextlib.suppress(Exception):
            return len(self.read(table))
        return 0


def share(told: Progress) -> float | None:
    """How much of its source a run has read, as whoever shows it reckons it."""
    return share_of(told.bytes, told.total_bytes, told.rows, told.total_rows)


def _postgres_sink(server: Postgres) -> Sink:
    from psycopg.rows import dict_row

    def run(statement: str) -> Any:
        return server.run(f"SET search_path = analytics", f"SET ROLE loader", statement)  # noqa: F541

    def read(table: str) -> list[dict[str, Any]]:
        with server.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return list(cursor.execute(f'SELECT * FROM analytics."{table}"'.encode()))

    place = Place("postgres", server.fields, {"password": Secret(postgres_server.LOADER_PASSWORD)})
    return Sink("postgres", place, read, run)


def _mysql_sink(server: Mariadb) -> Sink:
    def connect() -> pymysql.Connection:
        return pymysql.connect(
            unix_socket=str(server.socket), user="root", database="warehouse", autocommit=True, charset="utf8mb4"
        )

    def run(statement: str) -> Any:
        with contextlib.closing(connect()) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def read(table: str) -> list[dict[str, Any]]:
        with contextlib.closing(connect()) as connection, connection.cursor(pymysql.cursors.DictCursor) as cursor:
            # Of a FLOAT the server shows six digits only.
            cursor.execute(
                f"SELECT COLUMN_NAME AS n, DATA_TYPE AS t FROM information_schema.COLUMNS WHERE TABLE_NAME = '{table}'"
            )
            names = [("`" + row["n"].replace("`", "``") + "`", row["t"]) for row in cursor.fetchall()]
            picked = ", ".join(f"CAST({n} AS DOUBLE) AS {n}" if t == "float" else n for n, t in names)
            cursor.execute(f"SELECT {picked} FROM `{table}`")
            return list(cursor.fetchall())

    place = Place("mysql", server.fields, {"password": Secret(mariadb_server.LOADER_PASSWORD)})
    return Sink("mysql", place, read, run, quote="`")


def _sqlite_sink(folder: Path) -> Sink:
    path = folder / "target.sqlite"

    def run(statement: str) -> Any:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=20)) as connection:
            return connection.execute(statement).fetchall()

    def read(table: str) -> list[dict[str, Any]]:
        with contextlib.closing(sqlite3.connect(path, timeout=20)) as connection:
            cursor = connection.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    return Sink("sqlite", Place("sqlite", {"path": str(path)}), read, run)


def duck(path: Path | str, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements in a DuckDB file; returns the rows of the last."""
    with contextlib.closing(duckdb.connect(str(path))) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for statement in statements:
            result = connection.execute(statement)
        return result.fetchall()


def _duckdb_sink(folder: Path) -> Sink:
    path = folder / "target.duckdb"

    def read(table: str) -> list[dict[str, Any]]:
        with contextlib.closing(duckdb.connect(str(path))) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            names = [(r[0], r[1]) for r in connection.execute(f'DESCRIBE "{table}"').fetchall()]
            # What the module would turn into Python's own with less in it.
            texts = ("TIME", "DATE", "INTERVAL", "BIT")
            quoted = [(n.replace('"', '""'), k) for n, k in names]
            picked = ", ".join(f'"{n}"' + ("::VARCHAR" if any(t in k for t in texts) else "") for n, k in quoted)
            rows = connection.execute(f'SELECT {picked} FROM "{table}"').fetchall()
            return [dict(zip((n for n, _ in names), row, strict=True)) for row in rows]

    return Sink("duckdb", Place("duckdb", {"path": str(path)}), read, lambda statement: duck(path, statement))


def _folder_sink(folder: Path, shape: str) -> Sink:
    path = folder / f"target_{shape}"
    path.mkdir(exist_ok=True)

    def read(table: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for file in sorted((path / table).glob(f"*.{shape}")):
            rows += _read_file(file, shape)
        return rows

    def run(statement: str) -> Any:
        raise AssertionError("a folder has no statements")

    return Sink(shape, Place("folder", {"path": str(path), "format": shape}), read, run)


def _read_file(file: Path, shape: str) -> list[dict[str, Any]]:
    if shape == "jsonl":
        return [json.loads(line) for line in file.read_text().splitlines()]
    if shape == "csv":
        with file.open(newline="") as text:
            # The module tells nothing apart: an empty text is quoted, NULL is not.
            csv.field_size_limit(1 << 24)
            head, *lines = list(csv.reader(text))
        return [dict(zip(head, line, strict=True)) for line in lines]
    import pyarrow.parquet

    return pyarrow.parquet.read_table(file).to_pylist()


@contextlib.contextmanager
def sink_of(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Sink]:
    """A target of this kind; what was loaded is dropped afterwards."""
    if kind in ("postgres", "mysql"):
        server = request.getfixturevalue("postgres" if kind == "postgres" else "mariadb")
        made = _postgres_sink(server) if kind == "postgres" else _mysql_sink(server)
    elif kind in ("sqlite", "duckdb"):
        made = {"sqlite": _sqlite_sink, "duckdb": _duckdb_sink}[kind](folder)
    else:
        made = _folder_sink(folder, kind)
    yield made
    if kind in ("postgres", "mysql"):
        for table in made.tables:
            made.run(f"DROP TABLE IF EXISTS {made.quote}{table}{made.quote}")


@pytest.fixture
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sink]:
    """A target, by the parameter's name."""
    with sink_of(request.param, request, tmp_path) as made:
        yield made


def plan(
    sink: Sink, table: str, source: SourceSpec | Path | str, mode: str = "append", key: Sequence[str] = (), *,
    run_id: str = "", add_columns: bool = False, place: Place | None = None,
) -> LoadPlan:  # fmt: skip
    """A plan with a new id unless one is given."""
    spec = source if isinstance(source, SourceSpec) else SourceSpec(path=str(source))
    keys = tuple(key) or (("id",) if mode == "merge" else ())
    return LoadPlan(run_id or uuid.uuid4().hex, sink.place, table, Mode(mode), spec, place, keys, add_columns)


def load(made: LoadPlan, folder: Path) -> RunResult:
    """Run a plan in this process, as its own process does."""
    own = folder / f"run-{uuid.uuid4().hex[:8]}"
    own.mkdir()
    return Run(made, own, lambda progress: None).run()


def loaded(made: LoadPlan, folder: Path) -> RunResult:
    """Run a plan that must succeed."""
    result = load(made, folder)
    assert result.state is RunState.DONE, result.diagnosis
    return result


def refused(made: LoadPlan, folder: Path) -> str:
    """Run a plan that must fail; returns the code of its diagnosis."""
    result = load(made, folder)
    assert result.state is RunState.FAILED
    assert result.diagnosis is not None
    assert "destui-" not in result.diagnosis.message
    return result.diagnosis.code


def apart(
    made: LoadPlan, folder: Path, cancel: threading.Event | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> RunResult:  # fmt: skip
    """Run a plan in a process of its own."""
    return process.run(made, folder=folder / "runs", on_progress=on_progress, cancel=cancel or threading.Event())


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    """A CSV file; None is an empty field."""
    with path.open("w", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([["" if value is None else value for value in row] for row in rows])
    return path
