"""Ladders against real PostgreSQL servers: ways of signing in, rules for hosts, and connections that are cut."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from destui.connectors.diagnosis import diagnose, explain_message
from destui.domain.check import Step, StepState
from tests.e2e.postgres_checks import check, edited, fails, passes, paste
from tests.servers.postgres import DATABASE, LOADER, LOADER_PASSWORD, SCHEMA, Postgres

pytestmark = pytest.mark.servers

ALL = "host all all 127.0.0.1/32"


def test_no_rule_for_the_unix_socket(postgres: Postgres) -> None:
    fields = {**postgres.fields, "host": str(postgres.socket_folder)}
    with postgres.hba(f"{ALL} scram-sha-256"):
        found = fails(check(fields), "sign in", "PG-HBA-LOCAL", "user_not_allowed_from_host")
        postgres.append_hba(found.fix_lines[0])
        passes(check(fields))


@pytest.mark.parametrize("host", [str(Path("/nowhere")), str(Path("/tmp"))])
def test_a_unix_socket_that_is_not_there(postgres: Postgres, host: str) -> None:
    fields = {**postgres.fields, "host": host, "port": 5}
    fails(check(fields), "reach", "PG-SOCKET", "connection_refused")


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("gss", "PG-NO-TICKET credentials_missing"),
        ("pam", "PG-DIRECTORY wrong_password unknown_user token_expired account_locked"),
        (
            'ldap ldapserver=127.0.0.1 ldapport=9 ldapprefix="cn="',
            "PG-LDAP wrong_password unknown_user account_locked server_unavailable",
        ),
    ],
)
def test_whom_else_a_server_may_ask(postgres: Postgres, method: str, told: str) -> None:
    with postgres.hba(f"{ALL} {method}"):
        if not postgres.run("SELECT 1 FROM pg_hba_file_rules WHERE type = 'host' AND error IS NULL"):
            pytest.skip("this server was built without it")
        fails(check(postgres.fields), "sign in", *told.split())
    passes(check(postgres.fields))


def told_to_others(server: Postgres) -> str:
    """The code for what libpq says by itself, without TLS and without the server's code."""
    with pytest.raises(psycopg.OperationalError) as refused:
        psycopg.connect(
            host=server.host, port=server.port, user=LOADER, password=LOADER_PASSWORD, dbname=DATABASE,
            sslmode="disable",
        )  # fmt: skip
    found = diagnose("postgres", "sign in", refused.value, server.fields)
    passes(check(edited(server.fields, found)))
    return found.code


def test_rules_as_programs_without_the_server_s_code_hear_them(postgres_tls: Postgres) -> None:
    with postgres_tls.hba("hostssl all all all scram-sha-256"):
        assert told_to_others(postgres_tls) == "PG-TLS-OR-HBA"
    with postgres_tls.hba("hostssl all all all scram-sha-256\nhostnossl all all all reject"):
        assert told_to_others(postgres_tls) == "PG-HBA-REJECT-CLEAR"


def test_words_at_the_end_of_a_long_log_fill_the_line_to_paste(postgres: Postgres) -> None:
    with postgres.hba("host all nobody 127.0.0.1/32 scram-sha-256"):
        with pytest.raises(psycopg.OperationalError) as refused:
            psycopg.connect(host=postgres.host, port=postgres.port, user=LOADER, dbname=DATABASE, sslmode="disable")
        found = explain_message("postgres", "nothing to see here\n" * 5_000 + str(refused.value))
        assert found.code == "PG-TLS-OR-HBA" and found.message.rstrip().endswith("no encryption")
        told = str(refused.value).replace("no encryption", "SSL encryption")
        assert explain_message("postgres", told).fix_lines == (
            f"hostssl {DATABASE} {LOADER} 127.0.0.1/32 scram-sha-256",
        )


def test_words_of_a_refused_connection_name_the_server(closed_port: int) -> None:
    with pytest.raises(psycopg.OperationalError) as refused:
        psycopg.connect(host="127.0.0.1", port=closed_port, user=LOADER, dbname=DATABASE)
    found = explain_message("postgres", str(refused.value))
    assert found.cause == f"Nothing listens on port {closed_port} of 127.0.0.1."


@pytest.mark.parametrize("name", ["late", "Odd Role's"])
def test_a_password_that_has_expired(postgres: Postgres, name: str) -> None:
    quoted = f'"{name}"'
    postgres.run(
        f"CREATE ROLE {quoted} LOGIN PASSWORD '{LOADER_PASSWORD}' VALID UNTIL '2020-01-01'",
        f"GRANT CREATE, USAGE ON SCHEMA {SCHEMA} TO {quoted}",
    )
    fields = {**postgres.fields, "user": name}
    found = fails(check(fields), "sign in", "PG-28P01", "wrong_password", "unknown_user", "password_expired")
    printed = paste(postgres, found)
    assert [cell.strip() for cell in printed.splitlines()[2].split("|")] == [name, "2020-01-01 00:00:00+00", "t"]
    passes(check(fields))


def test_a_role_that_is_missing_shows_in_what_is_pasted(postgres: Postgres) -> None:
    fields = {**postgres.fields, "user": "nobody_here"}
    found = fails(check(fields), "sign in", "PG-28P01", "wrong_password", "unknown_user", "password_expired")
    assert postgres.run(found.fix_lines[0]) == []


def test_a_name_that_cannot_be(postgres: Postgres) -> None:
    fails(check({**postgres.fields, "host": "db..example"}), "resolve", "NET-NAME", "config_invalid")


def test_a_server_that_knows_only_old_encryption(postgres_tls: Postgres) -> None:
    fields = {**postgres_tls.fields, "tls": "require"}
    postgres_tls.run(
        "ALTER SYSTEM SET ssl_min_protocol_version = 'TLSv1'", "ALTER SYSTEM SET ssl_max_protocol_version = 'TLSv1.1'"
    )
    postgres_tls.reload()
    try:
        fails(check(fields), "encrypt", "TLS-VERSION", "tls_version_mismatch")
    finally:
        postgres_tls.run("ALTER SYSTEM RESET ssl_min_protocol_version", "ALTER SYSTEM RESET ssl_max_protocol_version")
        postgres_tls.reload()
    passes(check(fields))


@contextmanager
def hanging_up(answer: bytes) -> Iterator[int]:
    """The port of a program that hears once, answers this, and hangs up."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with connection:
                    connection.recv(4096)
                    if answer:
                        connection.sendall(answer)
                        connection.recv(4096)

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = threading.Thread(target=serve, daemon=True)
        server.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            server.join(10)


@pytest.mark.parametrize(
    ("tls", "answer", "step", "told"),
    [
        ("off", b"", "sign in", "PG-08006 connection_dropped server_unavailable"),
        ("require", b"", "encrypt", "TLS-HUNG-UP wrong_protocol server_unavailable connection_dropped"),
        ("require", b"S", "encrypt", "TLS-DROPPED connection_dropped server_unavailable"),
    ],
)
def test_a_program_that_hangs_up(tls: str, answer: bytes, step: str, told: str) -> None:
    with hanging_up(answer) as port:
        fields = {"host": "127.0.0.1", "port": port, "database": "d", "user": "u", "tls": tls}
        fails(check(fields), step, *told.split())


def test_a_server_that_stops_in_the_middle(postgres: Postgres) -> None:
    stopped: list[int] = []

    def stop(position: int, step: Step) -> None:
        if step.name == "create" and step.state is StepState.RUNNING and not stopped:
            (newest,) = postgres.run(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'destui' ORDER BY backend_start DESC LIMIT 1"
            )
            stopped.append(newest[0])
            os.kill(stopped[0], signal.SIGSTOP)

    try:
        outcome = check(postgres.fields, deadlines={"create": 1.0}, on_step=stop)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    fails(outcome, "create", "PG-TIMEOUT", "query_timeout", "server_unavailable", "connection_dropped")
