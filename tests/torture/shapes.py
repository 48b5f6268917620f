"""Connections that work and connections that do not, to each kind of destination, all really there."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.servers import mariadb as maria
from tests.servers.mariadb import Mariadb
from tests.servers.postgres import DATABASE, SCHEMA, Postgres
from tests.torture.model import Shape

ROLES = 6
WRONG = "Wr0ng'$%é"
"""How passwords that the servers refuse begin."""
WEIGHTS = {"postgres": 8, "mysql": 3, "sqlite": 2, "duckdb": 1, "folder": 2, "simulator": 2}
"""How often each type is chosen."""
PROBES = "SELECT relname FROM pg_class WHERE relname LIKE '%destui_probe%'"


@dataclass
class Places:
    """Where destinations may be: what a process needs to know to make shapes of them."""

    folder: str
    postgres_port: int
    mysql_port: int
    passwords: tuple[str, ...]
    """Of the roles and users `torture_0`, `torture_1`, …: right for that one alone."""
    types: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """What another process makes the same of."""
        return asdict(self)

    def shape(self, rng: random.Random, type_id: str, *, good: bool) -> Shape:
        """A connection of this type that works or does not."""
        if type_id in ("postgres", "mysql"):
            return self._account(rng, type_id, good)
        if type_id == "simulator":
            seconds = ("seconds", f"0.{rng.randint(1, 9)}")
            outcome = (("outcome", "active"),) if good else (("outcome", "error"), ("fail_at", rng.choice(_STEPS)))
            return Shape(type_id, (*outcome, seconds), None, good)
        place = Path(self.folder) / type_id
        if not good:
            place /= "missing"
        suffix = "" if type_id == "folder" else f".{type_id}"
        return Shape(type_id, (("path", str(place / f"{rng.randrange(ROLES)}{suffix}")),), None, good)

    def _account(self, rng: random.Random, type_id: str, good: bool) -> Shape:
        number = rng.randrange(ROLES)
        port, database = (self.postgres_port, DATABASE) if type_id == "postgres" else (self.mysql_port, maria.DATABASE)
        fields = {"host": "127.0.0.1", "port": port, "database": database, "user": f"torture_{number}", "tls": "off"}
        password = self.passwords[number] if good else f"{WRONG}{uuid4().hex[:8]}"
        return Shape(type_id, tuple((name, str(value)) for name, value in fields.items()), password, good)


_STEPS = ("reach", "sign in", "create")


@contextmanager
def prepared(folder: Path, postgres: Postgres, mariadb: Mariadb) -> Iterator[Places]:
    """Accounts, files and folders; the accounts of MariaDB go afterwards, since they let in whoever comes from
    anywhere, which others' tests are about."""
    passwords = tuple(f"p{n} '\"$%\\ é日 {uuid4().hex[:8]}" for n in range(ROLES))
    for number, password in enumerate(passwords):
        _make_accounts(postgres, mariadb, f"torture_{number}", password)
    import duckdb

    for kind in ("sqlite", "duckdb", "folder"):
        (folder / kind).mkdir(parents=True)
    for number in range(ROLES):
        sqlite3.connect(folder / "sqlite" / f"{number}.sqlite").execute("CREATE TABLE t (a)").connection.close()
        duckdb.connect(str(folder / "duckdb" / f"{number}.duckdb")).execute("CREATE TABLE t (a INTEGER)").close()
        (folder / "folder" / f"{number}").mkdir()
    try:
        yield Places(str(folder), postgres.port, mariadb.port, passwords, tuple(WEIGHTS))
    finally:
        mariadb.run(*(f"DROP USER IF EXISTS torture_{number}@'%'" for number in range(ROLES)))


def _make_accounts(postgres: Postgres, mariadb: Mariadb, name: str, password: str) -> None:
    quoted = password.replace("'", "''")
    postgres.run(
        f"DROP OWNED BY {name}" if postgres.run(f"SELECT 1 FROM pg_roles WHERE rolname = '{name}'") else "SELECT 1",
        f"DROP ROLE IF EXISTS {name}",
        f"CREATE ROLE {name} LOGIN PASSWORD '{quoted}'",
        f"GRANT USAGE, CREATE ON SCHEMA public, {SCHEMA} TO {name}",
    )
    quoted = quoted.replace("\\", "\\\\")
    mariadb.run(
        f"CREATE OR REPLACE USER {name}@'%' IDENTIFIED BY '{quoted}'",
        f"GRANT {maria.RIGHTS} ON {maria.DATABASE}.* TO {name}@'%'",
    )


def probes(folder: Path, postgres: Postgres, mariadb: Mariadb) -> list[str]:
    """What checks have left behind, anywhere."""
    import duckdb

    found = [f"postgres {name}" for (name,) in postgres.run(PROBES)]
    found += [f"mysql {name}" for name in mariadb.tables()]
    found += [f"folder {file}" for file in (folder / "folder").rglob("*") if not file.is_dir()]
    for file in (folder / "sqlite").glob("*.sqlite*"):
        found += [f"beside sqlite {file}"] if "probe" in file.name else []
    for file in (folder / "sqlite").glob("*.sqlite"):
        with sqlite3.connect(file) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE name <> 't'").fetchall()
        found += [f"sqlite {name}" for (name,) in names]
    for file in (folder / "duckdb").glob("*.duckdb"):
        with duckdb.connect(str(file), read_only=True) as duck:
            names = duck.execute("SELECT table_name FROM duckdb_tables() WHERE table_name <> 't'").fetchall()
        found += [f"duckdb {name}" for (name,) in names]
    return found
