"""Ladders against real PostgreSQL servers: each fault at its step, with its causes, and a fix that works as pasted."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from destui.domain.check import CheckState, Step, StepState
from destui.domain.safe import visible_lines
from tests.e2e.postgres_checks import VARIABLES, check, edited, fails, passes, paste
from tests.fixtures import Home
from tests.servers.postgres import DATABASE, LOADER_PASSWORD, SCHEMA, SUPERUSER, Postgres
from tests.servers.sshd import Sshd

pytestmark = pytest.mark.servers

SHORT = {"encrypt": 1.0, "sign in": 1.0, "create": 1.0}
"""Seconds for faults that last until the deadline."""


@contextmanager
def event_trigger(server: Postgres, body: str) -> Iterator[dict[str, Any]]:
    """A database of its own in which each CREATE TABLE first runs `body`."""
    name = server.new_role().replace("role", "db")
    server.run(f"CREATE DATABASE {name} OWNER loader")
    server.run(
        f"CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS $body$ BEGIN {body} END $body$",
        "CREATE EVENT TRIGGER t ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION f()",
        database=name,
    )
    yield {**server.fields, "database": name, "schema": "public"}


def test_a_good_destination_passes_and_nothing_stays(postgres: Postgres) -> None:
    outcome = check(postgres.fields)
    passes(outcome)
    assert [s.state for s in outcome.steps] == [StepState.PASSED] * len(outcome.steps)
    assert outcome.steps[0].message == "127.0.0.1"
    assert outcome.detail["server"].startswith("PostgreSQL 1")
    assert postgres.run("SELECT relname FROM pg_class WHERE relname LIKE '%probe%'") == []


def test_a_unix_socket_passes(postgres: Postgres) -> None:
    outcome = check({**postgres.fields, "host": str(postgres.socket_folder), "tls": "verify-full"})
    passes(outcome)
    assert [s.name for s in outcome.steps][:2] == ["reach", "sign in"]


def test_wrong_password(postgres: Postgres) -> None:
    found = fails(
        check(postgres.fields, "wrong"), "sign in", "PG-28P01", "wrong_password", "unknown_user", "password_expired"
    )
    assert found.code == "PG-28P01" and "Password" in found.fix
    passes(check(postgres.fields, LOADER_PASSWORD))


def test_a_wrong_password_is_tried_only_once(postgres: Postgres) -> None:
    role = postgres.new_role()
    log: list[Step] = []
    check({**postgres.fields, "user": role}, "wrong", on_step=lambda position, step: log.append(step))
    assert [s.message for s in log if s.name == "sign in" and s.state is StepState.RUNNING] == [""]


def new_owner(server: Postgres, database: str) -> str:
    """A role that owns the database and is neither a superuser nor a member of anybody's."""
    owner = server.new_role()
    server.run(f'ALTER DATABASE "{database}" OWNER TO {owner}')
    return owner


def new_database(server: Postgres) -> tuple[str, str]:
    """A database of its own and its owner."""
    name = server.new_role().replace("role", "db")
    server.run(f"CREATE DATABASE {name}")
    return name, new_owner(server, name)


@pytest.fixture(params=["superuser", "maker"])
def role_admin(request: pytest.FixtureRequest, postgres: Postgres) -> Callable[[str], tuple[str, str]]:
    """Makes a role that may use the schema; returns it and who is to mend it."""

    def make(options: str) -> tuple[str, str]:
        admin = postgres.new_role("LOGIN CREATEROLE") if request.param == "maker" else SUPERUSER
        role = postgres.new_role().replace("role", "made")
        with postgres.connect() as connection:
            connection.execute(f"SET SESSION AUTHORIZATION {admin}".encode())
            connection.execute(f"CREATE ROLE {role} {options} PASSWORD '{LOADER_PASSWORD}'".encode())
        postgres.run(f"GRANT CREATE, USAGE ON SCHEMA {SCHEMA} TO {role}")
        return role, admin

    return make


def test_a_role_that_may_not_log_in(postgres: Postgres, role_admin: Callable[[str], tuple[str, str]]) -> None:
    role, admin = role_admin("NOLOGIN")
    fields = {**postgres.fields, "user": role}
    found = fails(check(fields), "sign in", "PG-NOLOGIN", "account_locked")
    assert found.fix_lines == (f"ALTER ROLE {role} LOGIN;",)
    paste(postgres, found, admin)
    passes(check(fields))


def test_a_role_that_does_not_exist_where_no_password_is_asked(postgres: Postgres) -> None:
    fields = {**postgres.fields, "user": "New Role"}
    with postgres.hba("host all all 127.0.0.1/32 trust"):
        found = fails(check(fields), "sign in", "PG-NO-ROLE", "unknown_user")
        assert f"in database {DATABASE}" in found.fix_sentence
        paste(postgres, found)
        passes(check(fields))


@pytest.mark.parametrize(
    ("change", "password", "step", "told"),
    [
        ({}, "wrong", "sign in", "PG-28P01 wrong_password unknown_user password_expired"),
        ({"user": "nobody_here"}, LOADER_PASSWORD, "sign in", "PG-28P01 wrong_password unknown_user password_expired"),
        ({"user": "sleeper"}, LOADER_PASSWORD, "sign in", "PG-NOLOGIN account_locked"),
        ({"database": "later"}, LOADER_PASSWORD, "open", "PG-3D000 database_missing"),
        ({"schema": "later"}, LOADER_PASSWORD, "open", "PG-3F000 schema_missing"),
        ({"user": "guest"}, LOADER_PASSWORD, "create", "PG-42501 no_create_right"),
    ],
)
def test_a_server_that_speaks_another_language(
    postgres_german: Postgres, change: dict[str, Any], password: str, step: str, told: str
) -> None:
    fails(check({**postgres_german.fields, **change}, password), step, *told.split())


def test_host_rules_of_a_server_that_speaks_another_language(postgres_german: Postgres) -> None:
    with postgres_german.hba(""):
        found = fails(check(postgres_german.fields), "sign in", "PG-HBA", "user_not_allowed_from_host")
        assert "kein" in found.message  # German it is
        postgres_german.append_hba(found.fix_lines[0])
        passes(check(postgres_german.fields))


def test_a_closed_port(postgres: Postgres, closed_port: int) -> None:
    found = fails(check({**postgres.fields, "port": closed_port}), "reach", "NET-REFUSED", "connection_refused")
    assert str(closed_port) in found.cause and "Port" in found.fix
    passes(check({**postgres.fields, "port": postgres.port}))


def test_a_host_that_does_not_exist(postgres: Postgres) -> None:
    found = fails(check({**postgres.fields, "host": "nowhere.invalid"}), "resolve", "NET-NO-HOST", "host_not_found")
    assert "nowhere.invalid" in found.cause and "Host" in found.fix


@pytest.mark.parametrize("answer", [socket.EAI_AGAIN, socket.EAI_FAIL])
def test_no_name_server_is_told_from_no_such_host(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch, answer: int
) -> None:
    def ask_nobody(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(answer, "no answer")

    monkeypatch.setattr(socket, "getaddrinfo", ask_nobody)
    fails(check({**postgres.fields, "host": "db.example"}), "resolve", "NET-DNS", "dns_unavailable")


@pytest.mark.parametrize(("tls", "step"), [("off", "sign in"), ("require", "encrypt")])
def test_a_host_that_accepts_and_never_answers(silent_socket: int, tls: str, step: str) -> None:
    fields = {"host": "127.0.0.1", "port": silent_socket, "database": "d", "user": "u", "tls": tls}
    fails(
        check(fields, deadlines=SHORT), step, "NET-SILENT", "timeout_firewall", "server_unavailable", "wrong_protocol"
    )


@pytest.mark.parametrize(
    ("tls", "step", "code"), [("off", "sign in", "PG-NOT-POSTGRES"), ("require", "encrypt", "TLS-NOT-SPOKEN")]
)
def test_something_else_on_the_port(sshd: Sshd, tls: str, step: str, code: str) -> None:
    fields = {"host": sshd.host, "port": sshd.port, "database": "d", "user": "u", "tls": tls}
    fails(check(fields), step, code, "wrong_protocol")


@pytest.mark.parametrize("schema", ["public", "Ana lytics"])
@pytest.mark.parametrize("name", ["later", 'With "Blank"'])
@pytest.mark.parametrize("who", ["superuser", "creator"])
def test_a_missing_database(postgres: Postgres, who: str, name: str, schema: str) -> None:
    fields = {**postgres.fields, "database": name, "schema": schema}
    found = fails(check(fields), "open", "PG-3D000", "database_missing")
    assert "psql" in found.fix_sentence
    creator = postgres.new_role("LOGIN CREATEDB") if who == "creator" else SUPERUSER
    try:
        paste(postgres, found, creator)
        passes(check(fields))
    finally:
        postgres.run('DROP DATABASE IF EXISTS "{}"'.format(name.replace('"', '""')))


@pytest.mark.parametrize("who", ["superuser", "owner"])
def test_no_right_to_connect(postgres: Postgres, who: str) -> None:
    name, owner = new_database(postgres)
    postgres.run(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
    postgres.run("GRANT CREATE ON SCHEMA public TO loader", database=name)
    fields = {**postgres.fields, "database": name, "schema": "public"}
    found = fails(check(fields), "open", "PG-42501-CONNECT", "no_connect_right")
    assert found.fix_lines == (f"GRANT CONNECT ON DATABASE {name} TO loader;",)
    paste(postgres, found, owner if who == "owner" else SUPERUSER)
    passes(check(fields))


@pytest.mark.parametrize("who", ["superuser", "owner"])
def test_a_database_that_takes_no_connections(postgres: Postgres, who: str) -> None:
    name, owner = new_database(postgres)
    postgres.run("GRANT CREATE ON SCHEMA public TO loader", database=name)
    postgres.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    fields = {**postgres.fields, "database": name, "schema": "public"}
    paste(
        postgres, fails(check(fields), "open", "PG-55000", "no_connect_right"), owner if who == "owner" else SUPERUSER
    )
    passes(check(fields))


@pytest.mark.parametrize("name", ["staging", "Übergabe"])
@pytest.mark.parametrize("who", ["superuser", "owner"])
def test_a_missing_schema(postgres: Postgres, who: str, name: str) -> None:
    database, owner = new_database(postgres)
    fields = {**postgres.fields, "database": database, "schema": name}
    found = fails(check(fields), "open", "PG-3F000", "schema_missing")
    assert f"in database {database} as its owner or a superuser" in found.fix_sentence
    paste(postgres, found, owner if who == "owner" else SUPERUSER, database)
    passes(check(fields))


@pytest.mark.parametrize("schema", ["public", "theirs"])
def test_the_owner_of_a_schema_grants_the_right_to_create(postgres: Postgres, schema: str) -> None:
    database, owner = new_database(postgres)
    if schema != "public":
        owner = postgres.new_role()
        postgres.run(f"CREATE SCHEMA {schema} AUTHORIZATION {owner}", database=database)
    fields = {**postgres.fields, "database": database, "schema": schema}
    paste(postgres, fails(check(fields), "create", "PG-42501", "no_create_right"), owner, database)
    passes(check(fields))


def test_a_tablespace_that_is_closed_is_not_laid_on_the_schema(postgres: Postgres) -> None:
    role = postgres.new_role()
    postgres.run(f"GRANT CREATE, USAGE ON SCHEMA {SCHEMA} TO {role}")
    postgres.run(f"ALTER ROLE {role} SET default_tablespace = pg_global")
    found = fails(check({**postgres.fields, "user": role}), "create", "PG-42501-CREATE", "no_create_right")
    assert found.code == "PG-42501-CREATE" and "pg_global" in found.message and not found.fix_lines


@pytest.mark.parametrize("rights", ["", "USAGE"])
def test_no_right_to_create(postgres: Postgres, rights: str) -> None:
    role = postgres.new_role()
    if rights:
        postgres.run(f"GRANT {rights} ON SCHEMA {SCHEMA} TO {role}")
    fields = {**postgres.fields, "user": role}
    found = fails(check(fields), "create", "PG-42501", "no_create_right")
    assert found.cause == f"The role {role} may not create tables in schema {SCHEMA}."
    assert found.fix == (f"Run this as the owner of the schema:\nGRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO {role};")
    assert found.message == f"permission denied for schema {SCHEMA}"
    postgres.run(*found.fix_lines)
    passes(check(fields))


@pytest.mark.parametrize(
    "where", ["ROLE {role}", "DATABASE {database}", "ROLE {role} IN DATABASE {database}", "ROLE ALL"]
)
def test_sessions_set_to_read_only(postgres: Postgres, where: str) -> None:
    role, (database, _) = postgres.new_role(), new_database(postgres)
    postgres.run(f"GRANT CREATE ON SCHEMA public TO {role}", database=database)
    where = where.format(role=role, database=database)
    fields = {**postgres.fields, "user": role, "database": database, "schema": "public"}
    postgres.run(f"ALTER {where} SET default_transaction_read_only = on")
    try:
        found = fails(check(fields), "create", "PG-25006-SETTING", "read_only")
        assert found.fix_lines[1] == f"ALTER {where} SET default_transaction_read_only = off;"
        paste(postgres, found, database=database)
        passes(check(fields))
    finally:
        postgres.run("SET default_transaction_read_only = off", "ALTER ROLE ALL RESET default_transaction_read_only")


def test_a_server_set_to_read_only(postgres: Postgres) -> None:
    postgres.run("ALTER SYSTEM SET default_transaction_read_only = on")
    postgres.reload()
    try:
        found = fails(check(postgres.fields), "create", "PG-25006-SERVER", "read_only")
        assert found.code == "PG-25006-SERVER"
        paste(postgres, found)
        await_that(lambda: check(postgres.fields).state is CheckState.PASSED)
    finally:
        postgres.run("ALTER SYSTEM RESET default_transaction_read_only")
        postgres.reload()


def await_that(is_so: Callable[[], bool]) -> None:
    """The server tells nobody when it has read its files."""
    ends_at = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < ends_at


def test_too_many_connections_of_a_role(postgres: Postgres, role_admin: Callable[[str], tuple[str, str]]) -> None:
    role, admin = role_admin("LOGIN CONNECTION LIMIT 0")
    fields, seen = {**postgres.fields, "user": role}, []
    outcome = check(fields, deadlines=SHORT, on_step=lambda position, step: seen.append(step.message))
    found = fails(outcome, "sign in", "PG-53300-ROLE", "too_many_connections")
    assert "too many connections, trying again" in seen
    paste(postgres, found, admin)
    passes(check(fields))


def test_too_many_connections_to_a_database(postgres: Postgres) -> None:
    database, owner = new_database(postgres)
    postgres.run("GRANT CREATE ON SCHEMA public TO loader", database=database)
    postgres.run(f"ALTER DATABASE {database} CONNECTION LIMIT 0")
    fields = {**postgres.fields, "database": database, "schema": "public"}
    paste(
        postgres, fails(check(fields, deadlines=SHORT), "sign in", "PG-53300-DATABASE", "too_many_connections"), owner
    )
    passes(check(fields))


def test_too_many_connections_to_the_server(postgres: Postgres) -> None:
    role = postgres.new_role()
    with ExitStack() as others:
        with pytest.raises(psycopg.OperationalError, match="remaining connection slots"):
            while True:
                others.enter_context(postgres.connect_as(role))
        found = fails(check(postgres.fields, deadlines=SHORT), "sign in", "PG-53300", "too_many_connections")
        assert role in paste(postgres, found)
    await_that(lambda: check(postgres.fields).state is CheckState.PASSED)


def test_a_lock_of_somebody_else(postgres: Postgres) -> None:
    with postgres.connect() as holder:
        holder.execute("BEGIN")
        holder.execute("LOCK TABLE pg_catalog.pg_class IN SHARE MODE")
        found = fails(check(postgres.fields, deadlines=SHORT), "create", "PG-55P03", "locked")
        assert "LOCK TABLE pg_catalog.pg_class" in paste(postgres, found).splitlines()[2]
    passes(check(postgres.fields))


@pytest.mark.parametrize(
    ("rule", "host", "code"),
    [("local all all peer", "socket", "PG-PEER"), ("host all all 127.0.0.1/32 ident", "127.0.0.1", "PG-IDENT")],
)
def test_users_of_the_operating_system(postgres: Postgres, rule: str, host: str, code: str) -> None:
    fields = {**postgres.fields, "host": str(postgres.socket_folder) if host == "socket" else host}
    with postgres.hba(rule):
        found = fails(check(fields), "sign in", code, "auth_method_unsupported")
    with postgres.hba(f"{found.fix_lines[0]}\n{rule}"):
        passes(check(fields))


def test_no_rule_for_this_host(postgres: Postgres) -> None:
    with postgres.hba("host all all 10.255.255.255/32 scram-sha-256"):
        found = fails(check(postgres.fields), "sign in", "PG-HBA", "user_not_allowed_from_host")
        assert found.fix_lines == (f"host {DATABASE} loader 127.0.0.1/32 scram-sha-256",)
        postgres.append_hba(found.fix_lines[0])
        passes(check(postgres.fields))


def test_a_rule_that_rejects(postgres: Postgres) -> None:
    with postgres.hba("host all all 127.0.0.1/32 reject"):
        found = fails(check(postgres.fields), "sign in", "PG-HBA-REJECT", "user_not_allowed_from_host")
    with postgres.hba(f"{found.fix_lines[0]}\nhost all all 127.0.0.1/32 reject"):
        passes(check(postgres.fields))


def test_no_password_although_the_environment_has_one(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".pgpass").write_text(f"*:*:*:*:{LOADER_PASSWORD}\n")
    (tmp_path / ".pgpass").chmod(0o600)
    (tmp_path / ".pg_service.conf").write_text(f"[mine]\npassword={LOADER_PASSWORD}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in {"PASSWORD": LOADER_PASSWORD, "PASSFILE": str(tmp_path / ".pgpass"), "SERVICE": "mine"}.items():
        monkeypatch.setenv(f"PG{name}", value)
    fails(check(postgres.fields, ""), "sign in", "PG-NO-PASSWORD", "credentials_missing")


@pytest.mark.parametrize("host", ["127.0.0.1", "socket"])
def test_no_variable_of_the_environment_has_an_effect(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    known = {option.envvar.decode() for option in psycopg.pq.Conninfo.get_defaults() if option.envvar}
    assert known <= VARIABLES.keys(), "libpq has come to know more"
    fields = {**postgres.fields, "host": str(postgres.socket_folder) if host == "socket" else host}
    for name, value in VARIABLES.items():
        with monkeypatch.context() as one:
            one.setenv(name, value)
            passes(check(fields))
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    passes(check(fields))
    past = ("PGSERVICE", "PGTZ", "PGDATESTYLE", "PGGEQO")  # what no parameter overrides
    assert {n: os.environ.get(n) for n in VARIABLES} == {n: None if n in past else VARIABLES[n] for n in VARIABLES}


def test_a_worker_started_by_hand_forgets_the_variables(home: Home, postgres: Postgres) -> None:
    fields = [f"{name}={value}" for name, value in postgres.fields.items()]
    secret = ("--secret", "password=env:PASSWORD", "--wait")
    environment = {**home.environment, **VARIABLES}
    command = home.command("worker", "run")
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as worker:
        try:
            assert worker.stderr is not None
            assert any(" started" in line for line in worker.stderr)  # reads on until it is
            done = home.run("add", "postgres", "orders", *fields, *secret, PASSWORD=LOADER_PASSWORD)
            assert done.returncode == 0, done.stdout
        finally:
            worker.terminate()
            worker.communicate()
    assert json.loads(home.ok("worker", "status", "--json"))["workers"] == [], "another worker did it"


@pytest.mark.parametrize("tls", ["require", "verify-ca", "verify-full"])
def test_a_server_without_tls(postgres: Postgres, tls: str) -> None:
    fields = {**postgres.fields, "tls": tls}
    found = fails(check(fields), "encrypt", "TLS-NOT-OFFERED", "tls_not_offered")
    passes(check(edited(fields, found)))


@pytest.mark.parametrize(
    "words",
    ["[/] [bold]", "\x1b[31m\x1b]0;owned\x07", "\u202eright\u2066 to left\u200b", "東京" * 10, "x" * 10_000],
    ids=["markup", "escapes", "bidi", "wide", "long"],
)
def test_hostile_words_of_a_server_pass_through_safely(postgres: Postgres, words: str) -> None:
    with event_trigger(postgres, f"RAISE EXCEPTION '%', '{words}';") as fields:
        found = fails(check(fields), "create", "PG-STATEMENT", "unknown")
    assert found.message == visible_lines(found.message)
    assert 5 < len(found.message) <= 4000
    assert "not known" in found.cause


def test_a_server_that_echoes_the_password(postgres: Postgres) -> None:
    with event_trigger(postgres, f"RAISE EXCEPTION 'it is %', '{LOADER_PASSWORD}';") as fields:
        assert fails(check(fields), "create", "PG-STATEMENT", "unknown").message == "it is •••"


def test_a_statement_that_hangs_ends_in_time(postgres: Postgres) -> None:
    with event_trigger(postgres, "PERFORM pg_sleep(60);") as fields:
        fails(check(fields, deadlines=SHORT), "create", "PG-57014", "query_timeout")


def test_cancel_cuts_a_statement_that_hangs(postgres: Postgres) -> None:
    cancel, running, outcomes = threading.Event(), threading.Event(), []

    def on_step(position: int, step: Step) -> None:
        if step.name == "create" and step.state is StepState.RUNNING:
            running.set()

    with event_trigger(postgres, "PERFORM pg_sleep(60);") as fields:
        runner = threading.Thread(target=lambda: outcomes.append(check(fields, cancel=cancel, on_step=on_step)))
        runner.start()
        assert running.wait(10)
        started = time.monotonic()
        cancel.set()
        runner.join(10)
    assert time.monotonic() - started < 1
    assert outcomes[0].cancelled and outcomes[0].diagnosis.code == "CANCELLED"
    assert outcomes[0].steps[-1].state is StepState.PASSED


@pytest.mark.parametrize("tls", ["off", "require"])
def test_cancel_cuts_a_sign_in_that_hangs(silent_socket: int, tls: str) -> None:
    cancel, ends = threading.Event(), []
    fields = {"host": "127.0.0.1", "port": silent_socket, "database": "d", "user": "u", "tls": tls}

    def on_step(position: int, step: Step) -> None:
        if step.name in ("sign in", "encrypt") and step.state is StepState.RUNNING:
            threading.Timer(0.05, cancel.set).start()
            ends.append(time.monotonic())

    assert check(fields, cancel=cancel, on_step=on_step).cancelled
    assert time.monotonic() - ends[0] < 1


def test_a_killed_check_leaves_nothing(postgres: Postgres) -> None:
    code = (
        "import os, signal, sys, threading\n"
        "from destui.connectors.ladder import run_ladder\n"
        "from destui.domain.secret import Secret\n"
        "fields = dict(word.split('=', 1) for word in sys.argv[1:])\n"
        "def on_step(position, step):\n"
        "    if step.name == 'read back':\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        f"run_ladder('postgres', fields, {{'password': Secret({LOADER_PASSWORD!r})}}, on_step=on_step,"
        " cancel=threading.Event(), token='killed')\n"
    )
    words = [f"{name}={value}" for name, value in postgres.fields.items()]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    # A table of an open transaction shows to nobody, so its lock is what to look for, then the table itself.
    held = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'destui' AND state LIKE 'idle in transaction%'"
    ends_at = time.monotonic() + 5
    while postgres.run(held):
        assert time.monotonic() < ends_at, "the server still holds the killed session's transaction"
        time.sleep(0.02)
    assert postgres.run("SELECT relname FROM pg_class WHERE relname LIKE '%probe%'") == []
