"""Statements that real PostgreSQL servers refuse: what a ladder, which works on a table of its own, never hears."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from destui.connectors.diagnosis import diagnose, explain_message
from destui.domain.check import Diagnosis
from tests.e2e.postgres_checks import check, fails, passes, paste
from tests.servers.postgres import DATABASE, SCHEMA, Postgres, start

pytestmark = pytest.mark.servers


def refusal(server: Postgres, connection: psycopg.Connection[Any], statement: str, step: str = "") -> Diagnosis:
    """What a statement that the server refuses means."""
    with pytest.raises(psycopg.Error) as refused:
        connection.execute(statement.encode())
    return diagnose("postgres", step, refused.value, {**server.fields, "user": connection.info.user})


def new_table(server: Postgres, *more: str) -> tuple[str, str]:
    """A role that sees the schema, and the superuser's table of the same name; `more` is run with both names."""
    role = server.new_role()
    lines = ("CREATE TABLE {t} (id serial, name text)", "GRANT USAGE ON SCHEMA {schema} TO {role}", *more)
    server.run(*(line.format(role=role, t=f"{SCHEMA}.{role}", schema=SCHEMA) for line in lines))
    return role, f"{SCHEMA}.{role}"


MENDED = [
    ("INSERT INTO {t} VALUES (1)", "PG-42501-TABLE", ()),
    ("SELECT * FROM {t}", "PG-42501-TABLE", ()),
    ("DROP TABLE {t}", "PG-42501-OWNER", ()),
    ("SELECT nextval('{t}_id_seq')", "PG-42501-SEQUENCE", ()),
    (
        "INSERT INTO {t} VALUES (1)", "PG-42501-POLICY",
        ("ALTER TABLE {t} ENABLE ROW LEVEL SECURITY", "GRANT INSERT ON {t} TO {role}"),
    ),
    (
        "SET row_security = off; SELECT * FROM {t}", "PG-42501-ROWS",
        ("ALTER TABLE {t} ENABLE ROW LEVEL SECURITY", "GRANT SELECT ON {t} TO {role}"),
    ),
    ("SET ROLE {role}_other", "PG-42501-ROLE", ("CREATE ROLE {role}_other",)),
    (
        "SELECT {t}_f()", "PG-42501-FUNCTION",
        ("CREATE FUNCTION {t}_f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "REVOKE ALL ON FUNCTION {t}_f FROM PUBLIC"),
    ),
    ("COPY (SELECT 1) TO '{file}'", "PG-42501-COPY-TO", ()),
    ("COPY {t} FROM '/dev/null'", "PG-42501-COPY-FROM", ("GRANT INSERT ON {t} TO {role}",)),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "code", "before"), MENDED)
def test_rights_that_a_load_lacks(postgres: Postgres, statement: str, code: str, before: tuple[str, ...]) -> None:
    role, table = new_table(postgres, *before)
    statement = statement.format(role=role, t=table, file=postgres.folder / f"{role}.txt")
    with postgres.connect_as(role) as connection:
        found = refusal(postgres, connection, statement)
        assert found.code == code
        paste(postgres, found)
        connection.execute(statement.encode())


@pytest.mark.parametrize(
    ("statement", "step", "code"),
    [
        ("INSERT INTO {t} VALUES (1)", "write", "PG-42501-WRITE"),
        ("SELECT * FROM {t}", "read back", "PG-42501-READ"),
        ("ALTER FUNCTION pg_catalog.now() OWNER TO {role}", "", "PG-42501-OWNER-OTHER"),
        ("SELECT pg_create_logical_replication_slot('x', 'test_decoding')", "", "PG-42501-ANY"),
        ("SET ROLE nobody_here", "", "PG-NO-ROLE-GRANTED"),
        ("SELECT * FROM {t}_that_is_gone", "", "PG-42P01"),
        ("SELECT pg_column_size(a) FROM pg_class", "", "PG-42703"),
        ("EXECUTE nothing", "", "PG-PREPARED"),
        ("SET nonsense = 1", "", "PG-CONFIG"),
        ("SET work_mem = 'much'", "", "PG-CONFIG"),
        ("CREATE EXTENSION not_there", "", "PG-DRIVER"),
        ("SELECT '1'::geometry", "", "PG-DRIVER"),
        ("SELECT pg_cancel_backend(pg_backend_pid())", "", "PG-CANCELLED"),
        ("SELECT 1 / 0", "", "PG-STATEMENT"),
        ("SELECT 1 FROM another.database.t", "", "PG-STATEMENT"),
    ],
)
def test_what_a_server_says_of_statements(postgres: Postgres, statement: str, step: str, code: str) -> None:
    role, table = new_table(postgres)
    with postgres.connect_as(role) as connection:
        assert refusal(postgres, connection, statement.format(role=role, t=table), step).code == code


def test_a_session_that_is_ended(postgres: Postgres) -> None:
    role, _ = new_table(postgres)
    with suppress(psycopg.Error), postgres.connect_as(role) as connection:
        assert refusal(postgres, connection, "SELECT pg_terminate_backend(pg_backend_pid())").code == "PG-57P03"
        assert refusal(postgres, connection, "SELECT 1").code == "NET-DROPPED"


def test_a_limit_of_temporary_files(postgres: Postgres) -> None:
    role, _ = new_table(
        postgres, "ALTER ROLE {role} SET temp_file_limit = '64kB'", "ALTER ROLE {role} SET work_mem = 64"
    )
    sort = "SELECT count(*) FROM (SELECT g FROM generate_series(1, 100000) g ORDER BY g DESC) sorted"
    with postgres.connect_as(role) as connection:
        assert refusal(postgres, connection, sort).code == "PG-53200"
    postgres.run(f"ALTER ROLE {role} RESET temp_file_limit")
    with postgres.connect_as(role) as connection:
        connection.execute(sort)


def of_the_server(server: Postgres, path: Path, mode: int) -> None:
    """Give a file to the user that the server runs as, with this mode."""
    owner = (server.folder / "data").stat()
    os.chown(path, owner.st_uid, owner.st_gid)
    path.chmod(mode)


def test_files_of_the_server(postgres: Postgres) -> None:
    _, table = new_table(postgres)
    path = postgres.folder / f"{table}.csv"
    copy = f"COPY {table} FROM '{path}' (FORMAT csv)"
    with postgres.connect() as connection:
        assert refusal(postgres, connection, copy).code == "PG-FILE-MISSING"
        path.write_text("1,one\n")
        of_the_server(postgres, path, 0)
        assert refusal(postgres, connection, copy).code == "PG-FILE-CLOSED"
        of_the_server(postgres, path, 0o600)
        connection.execute(copy.encode())
        assert refusal(postgres, connection, f"COPY {table} FROM '{postgres.folder}'").code == "PG-FILE-KIND"


@pytest.fixture(scope="module")
def own() -> Iterator[Postgres]:
    """A server that nobody else needs while it is away."""
    with start() as server:
        yield server


def test_a_standby(own: Postgres) -> None:
    mark = own.folder / "data" / "standby.signal"
    with own.away():
        mark.touch()
        of_the_server(own, mark, 0o600)
    try:
        fails(check(own.fields), "create", "PG-25006", "read_only")
    finally:
        with own.away():
            mark.unlink()
    passes(check(own.fields))


def test_a_damaged_table(own: Postgres) -> None:
    _, table = new_table(own, "INSERT INTO {t} SELECT 1, 'one'")
    path = own.folder / "data" / own.run("CHECKPOINT", f"SELECT pg_relation_filepath('{table}')")[0][0]
    with own.away():
        path.write_bytes(b"\xff" * 8192)
    with own.connect() as connection:
        assert refusal(own, connection, f"SELECT * FROM {table}").code == "PG-CORRUPT"
    own.run(f"DROP TABLE {table}")
    passes(check(own.fields))


def test_a_client_of_another_age(postgres: Postgres) -> None:
    words = b"user\0loader\0database\0" + DATABASE.encode() + b"\0\0"
    with socket.create_connection((postgres.host, postgres.port)) as connection:
        connection.sendall(struct.pack("!ii", 8 + len(words), 2 << 16) + words)
        answer = connection.makefile("rb").read().decode()
    assert "2.0" in answer
    assert explain_message("postgres", answer.strip("\0")).code == "PG-VERSION"


CONNECTIONS: list[tuple[dict[str, Any], str]] = [
    ({"channel_binding": "require", "sslmode": "disable"}, "PG-CHANNEL-BINDING"),
    ({"require_auth": "md5"}, "PG-CHANNEL-BINDING"),
    ({"sslmode": "nonsense"}, "PG-CONFIG"),
    ({"options": "-c nonsense=1"}, "PG-CONFIG"),
    ({"service": "nowhere"}, "PG-CONFIG"),
    ({"target_session_attrs": "standby"}, "PG-CONFIG"),
    ({"host": "ss:word@127.0.0.1"}, "NET-URL"),
    ({"host": "a..b"}, "NET-NAME"),
]


@pytest.mark.parametrize(("wrong", "code"), CONNECTIONS)
def test_what_other_programs_hear_of_their_own_settings(postgres: Postgres, wrong: dict[str, Any], code: str) -> None:
    right = {"host": postgres.host, "port": postgres.port, "user": "loader", "password": "loader s secret"}
    connect: Callable[..., psycopg.Connection[Any]] = psycopg.connect
    with pytest.raises((psycopg.Error, UnicodeError)) as refused:
        connect(**{**right, "dbname": DATABASE, **wrong})
    assert diagnose("postgres", "", refused.value, postgres.fields).code == code
    connect(**right, dbname=DATABASE).close()  # without that setting
