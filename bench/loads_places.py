"""The places that loads are measured on: their tables, their floors, and how dlt is told of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from destui.domain.loads import Place
from destui.domain.secret import Secret
from tests.servers import mariadb, postgres
from tests.servers.mariadb import Mariadb
from tests.servers.postgres import Postgres
from tests.servers.processes import find_binary

TABLE = "orders"
COLUMNS = {
    "id": "BIGINT", "customer": "TEXT", "email": "TEXT", "city": "TEXT", "amount": "DECIMAL(12,2)",
    "quantity": "INTEGER", "score": "DOUBLE PRECISION", "ordered_at": "TIMESTAMP",
}  # fmt: skip
DLT = "dlt"
"""Its role, password, and schema or database: it fails with a blank in a password."""
_BUFFERS = "512 * 1024 * 1024"


def make_csv(path: Path, rows: int, first: int = 1, other: bool = False) -> Path:
    """A file of so many rows; with `other` every second one has another amount than the same id would have."""
    amount = "CASE WHEN i % 2 = 0 THEN 0.01 ELSE 0 END" if other else "0"
    with closing(duckdb.connect()) as engine:
        engine.execute(
            f"COPY (SELECT i AS id, 'Customer ' || hash(i) % 1000000 AS customer,"
            f" 'customer.' || i || '@mail.example.test' AS email,"
            " ['Buenos Aires', 'Lisboa', 'København', 'Oslo', 'Lima, OH'][1 + CAST(hash(i + 1) % 5 AS INT)] AS city,"
            f" CAST(hash(i + 2) % 1000000 / 100.0 + {amount} AS DECIMAL(12, 2)) AS amount,"
            " hash(i + 3) % 1000 AS quantity, round(hash(i + 4) % 1000000000 / 1000003.0, 5) AS score,"
            " TIMESTAMP '2024-01-01' + to_seconds(i) AS ordered_at"
            f" FROM range({first}, {first + rows}) AS t(i)) TO '{path}' (HEADER)"
        )
    return path


class Target(ABC):
    """A place to load into. `base` is the file with the rows that are there before a replace or a merge."""

    name: str
    floor_name: str
    kinds: Mapping[str, str] = {}
    """Types that the place calls otherwise."""
    dlt_format = "parquet"
    dlt_given = "credentials"
    dlt_destination: str

    def __init__(self, base: Path, folder: Path) -> None:
        self.base, self.folder = base, folder

    @property
    @abstractmethod
    def place(self) -> Place:
        """As a run gets it."""

    @abstractmethod
    def prepare(self, mode: str) -> None:
        """An empty table, or for replace and merge one with the rows of `base`; and all that was written is settled."""

    @abstractmethod
    def count(self) -> int:
        """How many rows the table has."""

    @abstractmethod
    def floor(self, csv: Path) -> tuple[list[str], dict[str, str]]:
        """The command of the place's own that loads the file, and what its environment has besides."""

    @abstractmethod
    def dlt_credentials(self) -> str:
        """Where dlt loads to."""

    @abstractmethod
    def forget_dlt(self) -> None:
        """Remove what dlt has loaded."""

    def give_dlt_a_key(self) -> None:
        """Give the table that dlt made the key that ours has, where that can be done."""
        return

    def columns(self, key: str = "") -> str:
        """The table's columns, as CREATE TABLE takes them."""
        return ", ".join(f"{name} {self.kinds.get(kind, kind)}" for name, kind in COLUMNS.items()) + key


class PostgresTarget(Target):
    """A PostgreSQL server."""

    name, floor_name, dlt_destination = "PostgreSQL", "COPY by psql", "postgres"

    def __init__(self, base: Path, folder: Path, server: Postgres) -> None:
        super().__init__(base, folder)
        self.server = server
        server.run(
            f"CREATE ROLE {DLT} LOGIN PASSWORD '{DLT}'", f"GRANT CREATE ON DATABASE {postgres.DATABASE} TO {DLT}"
        )
        server.run("ALTER SYSTEM SET autovacuum = off")  # it would work for one beside the other
        server.reload()
        self._as_loader(f"CREATE TABLE base ({self.columns()})")
        with server.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"SET search_path = {postgres.SCHEMA}".encode())
            with cursor.copy("COPY base FROM STDIN (FORMAT csv, HEADER)") as copy, base.open("rb") as file:
                while block := file.read(1 << 20):
                    copy.write(block)

    def _as_loader(self, *statements: str) -> list[tuple[Any, ...]]:
        return self.server.run(f"SET search_path = {postgres.SCHEMA}", f"SET ROLE {postgres.LOADER}", *statements)

    @property
    def place(self) -> Place:
        """See `Target.place`."""
        return Place("postgres", self.server.fields, {"password": Secret(postgres.LOADER_PASSWORD)})

    def make_long(self, rows: int) -> str:
        """A table of so many rows of about a kilobyte; its name."""
        made = f"SELECT i AS id, repeat('x', 900) AS t FROM generate_series(1, {rows}) AS i"
        self._as_loader("DROP TABLE IF EXISTS long", f"CREATE UNLOGGED TABLE long AS {made}")
        return "long"

    def prepare(self, mode: str) -> None:
        """See `Target.prepare`."""
        key = ", PRIMARY KEY (id)" if mode == "merge" else ""
        self._as_loader(f"DROP TABLE IF EXISTS {TABLE}", f"CREATE TABLE {TABLE} ({self.columns(key)})")
        if mode != "append":
            self._as_loader(f"INSERT INTO {TABLE} SELECT * FROM base")
            self.server.run(f"VACUUM ANALYZE {postgres.SCHEMA}.{TABLE}")
        self.server.run("CHECKPOINT")

    def count(self) -> int:
        """See `Target.count`."""
        return int(self._as_loader(f"SELECT count(*) FROM {TABLE}")[0][0])

    def floor(self, csv: Path) -> tuple[list[str], dict[str, str]]:
        """See `Target.floor`."""
        where = f"host={self.server.host} port={self.server.port} dbname={postgres.DATABASE} user={postgres.LOADER}"
        copy = f"\\copy {postgres.SCHEMA}.{TABLE} FROM '{csv}' WITH (FORMAT csv, HEADER)"
        command = [find_binary("psql", "postgresql"), "-X", "-q", "-d", f"{where} sslmode=disable", "-c", copy]
        return command, {"PGPASSWORD": postgres.LOADER_PASSWORD}

    def dlt_credentials(self) -> str:
        """See `Target.dlt_credentials`."""
        return f"postgresql://{DLT}:{DLT}@{self.server.host}:{self.server.port}/{postgres.DATABASE}?sslmode=disable"

    def forget_dlt(self) -> None:
        """See `Target.forget_dlt`."""
        self.server.run(*(f"DROP SCHEMA IF EXISTS {name} CASCADE" for name in (DLT, f"{DLT}_staging")), "CHECKPOINT")

    def give_dlt_a_key(self) -> None:
        """See `Target.give_dlt_a_key`."""
        self.server.run(
            f"ALTER TABLE {DLT}.{TABLE} ADD PRIMARY KEY (id)", f"VACUUM ANALYZE {DLT}.{TABLE}", "CHECKPOINT"
        )


class MariadbTarget(Target):
    """A MariaDB server."""

    name, floor_name, dlt_destination = "MariaDB", "LOAD DATA by mariadb", "sqlalchemy"
    kinds = {"TEXT": "VARCHAR(100)", "TIMESTAMP": "DATETIME(6)"}  # noqa: RUF012
    dlt_format = "typed-jsonl"  # Parquet goes through a driver that pip does not have

    def __init__(self, base: Path, folder: Path, server: Mariadb) -> None:
        super().__init__(base, folder)
        self.server = server
        server.run(f"SET GLOBAL innodb_buffer_pool_size = {_BUFFERS}")
        server.run(f"CREATE TABLE {mariadb.DATABASE}.base ({self.columns()})")
        self._run(base, "base")
        server.run(f"CREATE USER {DLT}@'%' IDENTIFIED BY '{DLT}'")
        for database in (DLT, f"{DLT}_staging", mariadb.DATABASE):
            server.run(f"GRANT ALL ON {database}.* TO {DLT}@'%'")

    def _run(self, csv: Path, table: str) -> None:
        command, environment = self.floor(csv, table)
        subprocess.run(command, env={**os.environ, **environment}, check=True)

    @property
    def place(self) -> Place:
        """See `Target.place`."""
        return Place("mysql", self.server.fields, {"password": Secret(mariadb.LOADER_PASSWORD)})

    def prepare(self, mode: str) -> None:
        """See `Target.prepare`."""
        key = ", PRIMARY KEY (id)" if mode == "merge" else ""
        table = f"{mariadb.DATABASE}.{TABLE}"
        self.server.run(f"DROP TABLE IF EXISTS {table}", f"CREATE TABLE {table} ({self.columns(key)})")
        if mode != "append":
            self.server.run(f"INSERT INTO {table} SELECT * FROM {mariadb.DATABASE}.base", f"ANALYZE TABLE {table}")
        self._settle()

    def _settle(self) -> None:
        """Wait until what was written before is on the disk, and what was deleted is gone."""
        self.server.run("SET GLOBAL innodb_max_dirty_pages_pct = 0")
        asked = (
            "SELECT SUM(VARIABLE_VALUE) FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME IN"
            " ('INNODB_BUFFER_POOL_PAGES_DIRTY', 'INNODB_HISTORY_LIST_LENGTH')"
        )
        ends_at = time.monotonic() + 30
        while float(self.server.run(asked)[0][0]) > 200 and time.monotonic() < ends_at:
            time.sleep(0.1)
        self.server.run("SET GLOBAL innodb_max_dirty_pages_pct = DEFAULT")

    def count(self) -> int:
        """See `Target.count`."""
        return int(self.server.run(f"SELECT COUNT(*) FROM {mariadb.DATABASE}.{TABLE}")[0][0])

    def floor(self, csv: Path, table: str = TABLE) -> tuple[list[str], dict[str, str]]:
        """See `Target.floor`."""
        load = (
            f"LOAD DATA LOCAL INFILE '{csv}' INTO TABLE {table} CHARACTER SET utf8mb4 FIELDS TERMINATED BY ','"
            " OPTIONALLY ENCLOSED BY '\"' IGNORE 1 LINES"
        )
        command = [find_binary("mariadb", "mariadb-client"), "--no-defaults", "--local-infile=1", "--skip-ssl"]
        command += [f"--host={self.server.host}", f"--port={self.server.port}", f"--user={mariadb.LOADER}"]
        return [*command, mariadb.DATABASE, "-e", load], {"MYSQL_PWD": mariadb.LOADER_PASSWORD}

    def dlt_credentials(self) -> str:
        """See `Target.dlt_credentials`."""
        return f"mysql+pymysql://{DLT}:{DLT}@{self.server.host}:{self.server.port}/{mariadb.DATABASE}"

    def forget_dlt(self) -> None:
        """See `Target.forget_dlt`."""
        self.server.run(
            *(f"DROP DATABASE IF EXISTS {name}" for name in (DLT, f"{DLT}_staging")), f"CREATE DATABASE {DLT}"
        )
        self._settle()

    def give_dlt_a_key(self) -> None:
        """See `Target.give_dlt_a_key`."""
        self.server.run(f"ALTER TABLE {DLT}.{TABLE} ADD PRIMARY KEY (id)")
        self._settle()


class FileTarget(Target):
    """A place in the file system. One with rows in it is made once, and copied for each load."""

    suffix: str

    def __init__(self, base: Path, folder: Path) -> None:
        super().__init__(base, folder)
        self.path, self._filled, self._empty = (
            folder / f"{name}{self.suffix}" for name in ("target", "filled", "empty")
        )
        self.fill(self._empty, "")
        self.fill(self._filled, f"FROM '{base}'")

    @abstractmethod
    def fill(self, path: Path, rows: str) -> None:
        """Make the table at `path`, with `rows` (DuckDB's words for where they are) or empty."""

    def prepare(self, mode: str) -> None:
        """See `Target.prepare`."""
        remove(self.path)
        made = self._empty if mode == "append" else self._filled
        if made.is_dir():
            shutil.copytree(made, self.path)
        else:
            shutil.copyfile(made, self.path)
        os.sync()

    def dlt_credentials(self) -> str:
        """See `Target.dlt_credentials`."""
        return str(self.folder / f"by_dlt{self.suffix}")

    def forget_dlt(self) -> None:
        """See `Target.forget_dlt`."""
        for path in self.folder.glob("by_dlt*"):
            remove(path)
        os.sync()


class DuckdbTarget(FileTarget):
    """A DuckDB file."""

    name, floor_name, suffix, dlt_destination = "DuckDB", "its own reader", ".duckdb", "duckdb"

    @property
    def place(self) -> Place:
        """See `Target.place`."""
        return Place("duckdb", {"path": str(self.path)})

    def fill(self, path: Path, rows: str) -> None:
        """See `FileTarget.fill`."""
        _duck(path, f"CREATE TABLE {TABLE} ({self.columns()})", *([f"INSERT INTO {TABLE} {rows}"] if rows else []))

    def count(self) -> int:
        """See `Target.count`."""
        return int(_duck(self.path, f"SELECT count(*) FROM {TABLE}")[0][0])

    def floor(self, csv: Path) -> tuple[list[str], dict[str, str]]:
        """See `Target.floor`: it finds the types out by itself."""
        return _engine(self.path, f"INSERT INTO {TABLE} SELECT * FROM read_csv('{csv}')"), {}


class SqliteTarget(FileTarget):
    """An SQLite file; it has no loader of its own besides its shell."""

    name, floor_name, suffix, dlt_destination = "SQLite", "", ".sqlite", "sqlalchemy"

    @property
    def place(self) -> Place:
        """See `Target.place`."""
        return Place("sqlite", {"path": str(self.path)})

    def fill(self, path: Path, rows: str) -> None:
        """See `FileTarget.fill`."""
        import sqlite3

        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"CREATE TABLE {TABLE} ({self.columns(', PRIMARY KEY (id)')})")
            if rows:
                marks = ", ".join("?" * len(COLUMNS))
                with closing(duckdb.connect()) as engine:
                    texts = "SELECT * REPLACE (CAST(amount AS DOUBLE) AS amount, CAST(ordered_at AS VARCHAR)"
                    found = engine.sql(f"{texts} AS ordered_at) {rows}")
                    while block := found.fetchmany(50_000):
                        connection.executemany(f"INSERT INTO {TABLE} VALUES ({marks})", block)
            connection.commit()

    def count(self) -> int:
        """See `Target.count`."""
        import sqlite3

        with closing(sqlite3.connect(self.path)) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {TABLE}").fetchone()[0])

    def floor(self, csv: Path) -> tuple[list[str], dict[str, str]]:
        """See `Target.floor`."""
        raise NotImplementedError

    def dlt_credentials(self) -> str:
        """See `Target.dlt_credentials`."""
        return f"sqlite:///{super().dlt_credentials()}"


class FolderTarget(FileTarget):
    """A folder of Parquet files."""

    name, floor_name, suffix, dlt_destination = "folder, Parquet", "DuckDB's COPY", "", "filesystem"
    dlt_given = "bucket_url"

    @property
    def place(self) -> Place:
        """See `Target.place`."""
        return Place("folder", {"path": str(self.path), "format": "parquet"})

    def fill(self, path: Path, rows: str) -> None:
        """See `FileTarget.fill`."""
        (path / TABLE).mkdir(parents=True)
        if rows:
            _duck(":memory:", f"COPY ({rows}) TO '{path / TABLE / 'base.parquet'}' (FORMAT parquet)")

    def count(self) -> int:
        """See `Target.count`."""
        return int(_duck(":memory:", f"SELECT count(*) FROM '{self.path / TABLE}/*.parquet'")[0][0])

    def floor(self, csv: Path) -> tuple[list[str], dict[str, str]]:
        """See `Target.floor`."""
        where = self.path / TABLE / "floor.parquet"
        return _engine(":memory:", f"COPY (FROM read_csv('{csv}')) TO '{where}' (FORMAT parquet)"), {}


def _duck(path: Path | str, *statements: str) -> list[tuple[Any, ...]]:
    with closing(duckdb.connect(str(path))) as connection:
        for statement in statements:
            found = connection.execute(statement)
        return found.fetchall()


def _engine(path: Path | str, statement: str) -> list[str]:
    code = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); c.execute(sys.argv[2]); c.close()"
    return [sys.executable, "-c", code, str(path), statement]


def remove(path: Path) -> None:
    """Remove a file or folder, if it is there, and what SQLite or DuckDB keeps beside it."""
    if path.is_dir():
        shutil.rmtree(path)
    for file in [path, *path.parent.glob(f"{path.name}[-.]*")]:
        file.unlink(missing_ok=True)


FILES: Sequence[type[FileTarget]] = (DuckdbTarget, SqliteTarget, FolderTarget)
