"""Ladders against a real MariaDB server: each fault at its step, with its causes, and a fix that works as pasted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing
from typing import Any

import pymysql
import pytest

from destui.connectors.base import Fault
from destui.connectors.diagnosis import diagnose
from destui.connectors.mysql_protocol import fault
from destui.domain.check import Outcome, Step, StepState
from tests.e2e.mysql_checks import KILLED_LADDERS, check
from tests.e2e.postgres_checks import fails, passes
from tests.servers.mariadb import DATABASE, LOADER_PASSWORD, Mariadb
from tests.servers.postgres import Postgres
from tests.servers.sshd import Sshd

pytestmark = pytest.mark.servers

SHORT = {"encrypt": 1.0, "sign in": 1.0, "create": 2.0}
"""Seconds for faults that last until the deadline."""

REFUSED = ("wrong_password", "unknown_user", "user_not_allowed_from_host")


def denied(server: Mariadb) -> int:
    """How often the server has refused a sign-in."""
    return int(server.run("SHOW GLOBAL STATUS LIKE 'Access_denied_errors'")[0][1])


def test_a_good_destination_passes_and_nothing_stays(mariadb: Mariadb) -> None:
    outcome = check(mariadb.fields)
    passes(outcome)
    assert [s.state for s in outcome.steps] == [StepState.PASSED] * len(outcome.steps)
    assert outcome.detail["server"].startswith("MariaDB 1")
    assert mariadb.tables() == []


def test_a_unix_socket_passes(mariadb: Mariadb) -> None:
    outcome = check({**mariadb.fields, "host": str(mariadb.socket), "tls": "verify-full"})
    passes(outcome)
    assert [s.name for s in outcome.steps][:2] == ["reach", "sign in"]


def test_a_unix_socket_that_is_not_there(mariadb: Mariadb) -> None:
    fails(check({**mariadb.fields, "host": f"{mariadb.socket}2"}), "reach", "MY-SOCKET", "connection_refused")


def test_a_wrong_password_is_tried_only_once(mariadb: Mariadb) -> None:
    before = denied(mariadb)
    found = fails(check(mariadb.fields, "wrong"), "sign in", "MY-1045", *REFUSED)
    assert denied(mariadb) - before == 1
    assert found.code == "MY-1045" and "Password" in found.fix and "127.0.0.1" in found.cause
    assert mariadb.run(*found.fix_lines)[0][0] == "%"
    passes(check(mariadb.fields))


def test_no_password(mariadb: Mariadb) -> None:
    before = denied(mariadb)
    found = fails(check(mariadb.fields, ""), "sign in", "MY-1045-NO-PASSWORD", "credentials_missing", *REFUSED[1:])
    assert denied(mariadb) - before == 1 and "Password" in found.fix
    passes(check(mariadb.fields))


def test_an_unknown_user(mariadb: Mariadb) -> None:
    found = fails(check({**mariadb.fields, "user": "no'body\\"}), "sign in", "MY-1045", *REFUSED)
    assert mariadb.run(*found.fix_lines) == []  # the pasted look-up shows it: there is none


def test_a_user_of_another_host(mariadb: Mariadb) -> None:
    with mariadb.user(host="localhost") as fields:
        found = fails(check(fields), "sign in", "MY-1045", *REFUSED)
        assert mariadb.run(*found.fix_lines)[0][0] == "localhost"


def test_a_host_without_any_user(mariadb: Mariadb) -> None:
    mariadb.run("RENAME USER loader@'%' TO loader@localhost", "FLUSH PRIVILEGES")
    try:
        found = fails(check(mariadb.fields), "sign in", "MY-1130", "user_not_allowed_from_host")
        assert found.fix_lines == ("RENAME USER 'loader'@'localhost' TO 'loader'@'127.0.0.1';",)
        mariadb.run(*found.fix_lines)
        passes(check(mariadb.fields))
    finally:
        for (host,) in mariadb.run("SELECT host FROM mysql.user WHERE user = 'loader'"):
            mariadb.run(f"RENAME USER loader@'{host}' TO loader@'%'")


def test_a_locked_account(mariadb: Mariadb) -> None:
    with mariadb.user("ACCOUNT LOCK") as fields:
        found = fails(check(fields), "sign in", "MY-3118", "account_locked")
        mariadb.run(*found.fix_lines)
        passes(check(fields))


def test_too_many_wrong_passwords(mariadb: Mariadb) -> None:
    with mariadb.setting("max_password_errors", "1"), mariadb.user() as fields:
        fails(check(fields, "wrong"), "sign in", "MY-1045", *REFUSED)
        found = fails(check(fields), "sign in", "MY-4150", "account_locked")
        mariadb.run(*found.fix_lines)
        passes(check(fields))


@pytest.mark.parametrize("disconnects", ["OFF", "ON"])
def test_an_expired_password(mariadb: Mariadb, disconnects: str) -> None:
    with mariadb.setting("disconnect_on_expired_password", disconnects), mariadb.user("PASSWORD EXPIRE") as fields:
        found = fails(check(fields), "sign in", "MY-1862", "password_expired")
        assert "ALTER USER" in found.fix
        mariadb.run(f"ALTER USER {fields['user']} IDENTIFIED BY 'a newer secret'")
        passes(check(fields, "a newer secret"))


@pytest.mark.parametrize(
    ("how", "library", "told"),
    [
        ("IDENTIFIED VIA unix_socket", "", "MY-1698 auth_method_unsupported"),
        ("IDENTIFIED VIA mysql_old_password", "", "MY-2059 auth_method_unsupported"),
        ("IDENTIFIED VIA pam", "auth_pam_v1", "MY-2059 auth_method_unsupported"),
        (
            "IDENTIFIED VIA ed25519 USING PASSWORD('x')",
            "auth_ed25519",
            "MY-ED25519 driver_missing auth_method_unsupported",
        ),
    ],
)
def test_other_ways_of_signing_in(mariadb: Mariadb, how: str, library: str, told: str) -> None:
    if library and not mariadb.run(f"SELECT 1 FROM mysql.plugin WHERE dl LIKE '{library}%'"):
        mariadb.run(f"INSTALL SONAME '{library}'")
    with mariadb.user(how) as fields:
        found = fails(check(fields), "sign in", *told.split())
        if "SELECT" in found.fix:
            assert mariadb.run(*found.fix_lines)[0][1] in how
        mariadb.run(f"ALTER USER {fields['user']} IDENTIFIED BY '{LOADER_PASSWORD}'")
        passes(check(fields))


@pytest.mark.parametrize("language", ["de_DE", "fr_FR", "ja_JP", "ru_RU"])
def test_a_server_that_speaks_another_language(mariadb: Mariadb, language: str) -> None:
    with mariadb.setting("lc_messages", f"'{language}'", "'en_US'"):
        found = fails(check(mariadb.fields, "wrong"), "sign in", "MY-1045", *REFUSED)
        assert "Access denied" not in found.message and "127.0.0.1" in found.cause
        fails(check(mariadb.fields, ""), "sign in", "MY-1045-NO-PASSWORD", "credentials_missing", *REFUSED[1:])
        absent = {**mariadb.fields, "database": "later"}
        fails(check(absent), "open", "MY-1044", "no_connect_right", "database_missing")
        with mariadb.user(rights="SELECT") as fields:
            found = fails(check(fields), "create", "MY-1142", "no_create_right")
            mariadb.run(*found.fix_lines)
            passes(check(fields))


def test_a_closed_port(mariadb: Mariadb, closed_port: int) -> None:
    found = fails(check({**mariadb.fields, "port": closed_port}), "reach", "NET-REFUSED", "connection_refused")
    assert str(closed_port) in found.cause


def test_a_host_that_does_not_exist(mariadb: Mariadb) -> None:
    fails(check({**mariadb.fields, "host": "nowhere.invalid"}), "resolve", "NET-NO-HOST", "host_not_found")


@pytest.mark.parametrize(("tls", "step"), [("off", "sign in"), ("require", "encrypt")])
def test_what_else_may_listen_on_the_port(
    sshd: Sshd, postgres: Postgres, silent_socket: int, tls: str, step: str
) -> None:
    fields = {"host": "127.0.0.1", "database": "d", "user": "u", "tls": tls}
    fails(check({**fields, "port": sshd.port}), step, "MY-NOT-MYSQL", "wrong_protocol")
    fails(check({**fields, "port": postgres.port}, deadlines=SHORT), step, "MY-NOT-MYSQL", "wrong_protocol")
    silent = check({**fields, "port": silent_socket}, deadlines=SHORT)
    fails(silent, step, "NET-SILENT", "timeout_firewall", "server_unavailable", "wrong_protocol")


@pytest.mark.parametrize("name", ["later", "With `quote` 100%"])
def test_a_missing_database_of_a_user_that_sees_all(mariadb: Mariadb, name: str) -> None:
    with mariadb.user() as fields:
        mariadb.run(f"GRANT INSERT ON *.* TO {fields['user']}")
        fields["database"] = name
        found = fails(check(fields), "open", "MY-1049", "database_missing")
        mariadb.run(*found.fix_lines)
        passes(check(fields))
    mariadb.run("DROP DATABASE `{}`".format(name.replace("`", "``")))


def test_a_missing_database_of_a_user_that_sees_little(mariadb: Mariadb) -> None:
    with mariadb.user() as fields:
        fields["database"] = "hidden"
        found = fails(check(fields), "open", "MY-1044", "no_connect_right", "database_missing")
        mariadb.run(*found.fix_lines)
        passes(check(fields))
    mariadb.run("DROP DATABASE hidden")


def test_a_database_that_is_seen_but_may_not_be_used(mariadb: Mariadb) -> None:
    with mariadb.user(rights="") as fields:
        mariadb.run(f"GRANT SHOW DATABASES ON *.* TO {fields['user']}")
        found = fails(check(fields), "open", "MY-1044-RIGHT", "no_connect_right")
        mariadb.run(*found.fix_lines)
        passes(check(fields))


@pytest.mark.parametrize(
    ("rights", "step", "told"),
    [
        ("SELECT", "create", "MY-1142 no_create_right"),
        ("SELECT, INSERT, UPDATE, DELETE", "create", "MY-1142 no_create_right"),
        ("DROP", "create", "MY-1142 no_create_right"),
        ("CREATE", "create", "MY-1142-DROP no_write_right"),
        ("CREATE, DROP", "write", "MY-1142-WRITE no_write_right"),
        ("CREATE, DROP, INSERT", "read back", "MY-1142-READ no_read_right"),
    ],
)
def test_missing_rights(mariadb: Mariadb, rights: str, step: str, told: str) -> None:
    with mariadb.user(rights=rights) as fields:
        found = fails(check(fields), step, *told.split())
        assert mariadb.tables() == []
        mariadb.run(*found.fix_lines)
        passes(check(fields))


@pytest.mark.parametrize(
    ("on", "off", "code"),
    [
        ("read_only = ON", "read_only = OFF", "MY-1290"),
        ("TRANSACTION READ ONLY", "TRANSACTION READ WRITE", "MY-1792"),
    ],
)
def test_a_read_only_server(mariadb: Mariadb, on: str, off: str, code: str) -> None:
    mariadb.run(f"SET GLOBAL {on}")
    try:
        found = fails(check(mariadb.fields), "create", code, "read_only")
        assert off in found.fix
        mariadb.run(*found.fix_lines)
        passes(check(mariadb.fields))
    finally:
        mariadb.run(f"SET GLOBAL {off}")


def test_too_many_connections_of_a_user(mariadb: Mariadb) -> None:
    seen: list[str] = []
    with mariadb.user("WITH MAX_USER_CONNECTIONS 1") as fields, held(mariadb, fields["user"]):
        outcome = check(fields, deadlines=SHORT, on_step=lambda position, step: seen.append(step.message))
        found = fails(outcome, "sign in", "MY-1203", "too_many_connections")
        assert "too many connections, trying again" in seen
        mariadb.run(*found.fix_lines)
        passes(check(fields))


def held(server: Mariadb, user: str) -> Any:
    """A connection of somebody else's."""
    return closing(pymysql.connect(host="127.0.0.1", port=server.port, user=user, password=LOADER_PASSWORD.encode()))


@pytest.mark.parametrize(
    ("tls", "administrators", "step"), [("off", 0, "sign in"), ("off", 1, "sign in"), ("require", 1, "encrypt")]
)
def test_too_many_connections(mariadb_tls: Mariadb, tls: str, administrators: int, step: str) -> None:
    fields = {**mariadb_tls.fields, "tls": tls}
    with mariadb_tls.setting("max_connections", "10"), ExitStack() as others:
        for _ in range(10):
            others.enter_context(held(mariadb_tls, "loader"))
        for _ in range(administrators):  # one place is kept for them; without it there is not even a greeting
            others.enter_context(closing(mariadb_tls.root()))
        found = fails(check(fields, deadlines=SHORT), step, "MY-1040", "too_many_connections")

        def leave_room(position: int, shown: Step) -> None:
            if "trying again" in shown.message:
                others.close()

        passes(check(fields, on_step=leave_room))
        assert mariadb_tls.run(*found.fix_lines)


def test_what_is_used_up_for_this_hour(mariadb: Mariadb) -> None:
    with mariadb.user("WITH MAX_QUERIES_PER_HOUR 1") as fields:
        found = fails(check(fields), "sign in", "MY-1226", "quota_exceeded")
        mariadb.run(*found.fix_lines)
        passes(check(fields))


@pytest.mark.parametrize(("limit", "told"), [("", "MY-1205 locked"), ("0.2", "MY-3024 query_timeout")])
def test_a_server_that_is_locked(mariadb: Mariadb, limit: str, told: str) -> None:
    with closing(mariadb.root()) as locker:
        locker.cursor().execute("FLUSH TABLES WITH READ LOCK")
        with mariadb.setting("max_statement_time", limit or "0"):
            found = fails(check(mariadb.fields, deadlines=SHORT), "create", *told.split())
            assert mariadb.run(*found.fix_lines)  # it shows the sessions, or the limits
    passes(check(mariadb.fields))


def test_a_session_that_is_killed_leaves_nothing(mariadb: Mariadb) -> None:
    def on_step(position: int, step: Step) -> None:
        if step.name == "write" and step.state is StepState.RUNNING:
            for (session,) in mariadb.run("SELECT id FROM information_schema.PROCESSLIST WHERE user = 'loader'"):
                mariadb.run(f"KILL {session}")

    with mariadb.user() as _:
        fails(check(mariadb.fields, on_step=on_step), "write", "MY-2013", "connection_dropped", "server_unavailable")
    assert mariadb.tables() == []


STATEMENTS = [
    ("SELECT 1 FROM nothing_here", "open", "MY-1146 table_missing"),
    ("SET GLOBAL max_connections = 5", "open", "MY-1227 no_write_right"),
    ("CREATE USER somebody", "create", "MY-1227-CREATE no_create_right"),
    ("SHOW BINARY LOGS", "read back", "MY-1227-READ no_read_right"),
    ("USE later", "open", "MY-1044 no_connect_right database_missing"),
    ("CREATE TABLE later.t (a INT)", "create", "MY-1142 no_create_right"),
    ("CREATE TEMPORARY TABLE t (a INT)", "create", "MY-1044-CREATE no_create_right"),
    ("LOCK TABLES information_schema.TABLES WRITE", "write", "MY-1044-WRITE no_write_right"),
    ("SELECT 1 INTO OUTFILE '/tmp/destui-never'", "write", "MY-1227 no_write_right"),
    ("LOAD DATA INFILE '/etc/passwd' INTO TABLE t", "write", "MY-1045-WRITE no_write_right"),
    ("SELECT LOAD_FILE('/etc/passwd') FROM mysql.user", "read back", "MY-1142-READ no_read_right"),
    ("LOAD DATA INFILE '/etc/passwd' INTO TABLE t", "read back", "MY-1045-READ no_read_right"),
    ("CREATE TABLE t (a INT) ENGINE = nothing", "create", "MY-DRIVER driver_missing"),
    ("SELECT SLEEP(", "open", "MY-STATEMENT unknown"),
    ("SELECT @@no_such_variable", "open", "MY-1193 config_invalid"),
    ("SET time_zone = 'Mars/Base'", "open", "MY-1193 config_invalid"),
    ("SET NAMES klingon", "open", "MY-CHARSET config_invalid"),
    ("SELECT 'a' COLLATE klingon_ci", "open", "MY-CHARSET config_invalid"),
    ("SET ROLE reporting", "open", "MY-3530 role_missing"),
    ("SELECT 1 FROM mysql.user", "", "MY-1142-READ no_read_right"),
    ("CALL nothing_here()", "open", "MY-1142-TABLE no_write_right no_create_right no_read_right"),
    ("SET STATEMENT max_statement_time = 0.01 FOR SELECT SLEEP(9)", "read back", "MY-3024 query_timeout"),
    ("SELECT 1 WHERE 1 IN (SELECT 1 LIMIT 1)", "open", "MY-VERSION version_incompatible"),
]


@pytest.mark.parametrize(("statement", "step", "told"), STATEMENTS)
def test_what_the_ladder_itself_never_says(mariadb: Mariadb, statement: str, step: str, told: str) -> None:
    with held(mariadb, "loader") as session, session.cursor() as cursor:
        cursor.execute(f"USE {DATABASE}")
        with pytest.raises(pymysql.MySQLError) as raised:
            cursor.execute(statement)
    found = diagnose("mysql", step, fault(raised.value), mariadb.fields)
    assert (found.code, *found.causes) == tuple(told.split()), (found, raised.value)


ADMINISTRATION = [
    ("GRANT SELECT ON warehouse.* TO nobody_here@'%'", "MY-1410 unknown_user"),
    ("ALTER USER nobody_here@'%' ACCOUNT UNLOCK", "MY-1410 unknown_user"),
    ("CREATE USER x@'%' IDENTIFIED VIA no_such_plugin", "MY-2059 auth_method_unsupported"),
    ("SELECT * FROM no_database_is_chosen", "MY-1046 database_missing"),
    ("DROP DATABASE nothing_here", "MY-1049 database_missing"),
    ("LOAD DATA INFILE '/nowhere/rows.csv' INTO TABLE warehouse.t", "MY-1146 table_missing"),
    ("SELECT 1 INTO OUTFILE '/nowhere/rows.csv'", "MY-1290-OPTION config_invalid"),
    ("SELECT 1 INTO OUTFILE '/sys/rows.csv'", "MY-FILES path_not_permitted"),
]


@pytest.mark.parametrize(("statement", "told"), ADMINISTRATION)
def test_what_an_administrator_hears(mariadb: Mariadb, statement: str, told: str) -> None:
    with pytest.raises(pymysql.MySQLError) as raised:
        mariadb.run("SET SESSION sql_mode = 'NO_AUTO_CREATE_USER'", statement)
    found = diagnose("mysql", "", fault(raised.value), mariadb.fields)
    assert (found.code, *found.causes) == tuple(told.split()), (found, raised.value)


def test_what_is_too_large_and_what_is_full(mariadb: Mariadb) -> None:
    with closing(mariadb.root()) as session, session.cursor() as cursor:
        cursor.execute("SET SESSION max_heap_table_size = 16384")
        cursor.execute(f"CREATE TABLE {DATABASE}.small (a VARCHAR(1000)) ENGINE = MEMORY")
        try:
            with pytest.raises(pymysql.MySQLError) as full:
                for _ in range(1000):
                    cursor.execute(f"INSERT INTO {DATABASE}.small VALUES (REPEAT('x', 1000))")
        finally:
            cursor.execute(f"DROP TABLE {DATABASE}.small")
    assert diagnose("mysql", "write", fault(full.value), mariadb.fields).code == "MY-1114"
    with (
        mariadb.setting("max_allowed_packet", "1048576", "16777216"),
        held(mariadb, "loader") as session,
        session.cursor() as cursor,
        pytest.raises(pymysql.MySQLError) as large,
    ):
        cursor.execute("SELECT %s", "x" * 2_000_000)
    found = diagnose("mysql", "write", fault(large.value), mariadb.fields)
    assert found.code in ("MY-1153", "MY-2013")  # it may hang up before it has said so
    mariadb.run(*diagnose("mysql", "write", Fault("1153", ""), {}).fix_lines)


def hears(server: Mariadb, *statements: str, step: str = "") -> str:
    """The code for what the administrator hears of the last of these statements."""
    with pytest.raises(pymysql.MySQLError) as raised:
        server.run(*statements)
    return diagnose("mysql", step, fault(raised.value), server.fields).code


def test_files_of_the_server(mariadb: Mariadb) -> None:
    path, load = mariadb.folder / "rows.csv", f"LOAD DATA INFILE '{mariadb.folder / 'rows.csv'}' INTO TABLE"
    mariadb.run(f"CREATE TABLE {DATABASE}.loaded (a INT)")
    try:
        assert hears(mariadb, f"{load} {DATABASE}.loaded") == "MY-NO-FILE"
        path.write_text("1\n")
        path.chmod(0o644)
        mariadb.run(f"{load} {DATABASE}.loaded")
    finally:
        mariadb.run(f"DROP TABLE {DATABASE}.loaded")


def test_a_damaged_table(mariadb: Mariadb) -> None:
    mariadb.run(f"CREATE TABLE {DATABASE}.damaged (a INT)", "FLUSH TABLES")
    path = mariadb.folder / "data" / DATABASE / "damaged.frm"
    whole = path.read_bytes()
    path.write_bytes(b"\0" * len(whole))
    try:
        assert hears(mariadb, f"SELECT * FROM {DATABASE}.damaged") == "MY-CORRUPT"
    finally:
        path.write_bytes(whole)
        mariadb.run("FLUSH TABLES", f"DROP TABLE {DATABASE}.damaged")


def test_what_other_programs_hear_of_a_closed_port(mariadb: Mariadb, closed_port: int) -> None:
    with pytest.raises(pymysql.MySQLError) as raised:
        pymysql.connect(host="127.0.0.1", port=closed_port)
    assert diagnose("mysql", "reach", raised.value, mariadb.fields).code == "MY-2003"


def test_a_server_that_stops_in_the_middle(mariadb: Mariadb) -> None:
    def stop(position: int, step: Step) -> None:
        if step.name == "create" and step.state is StepState.RUNNING:
            os.kill(mariadb.pid, signal.SIGSTOP)

    try:
        outcome = check(mariadb.fields, deadlines={"create": 1.0, "clean up": 1.0}, on_step=stop)
    finally:
        os.kill(mariadb.pid, signal.SIGCONT)
    assert outcome.diagnosis is not None
    told = (outcome.diagnosis.step, outcome.diagnosis.code)
    assert told == ("create", "MY-TIMEOUT"), outcome
    passes(check(mariadb.fields))  # which also sweeps


def cancelled_at(fields: dict[str, Any], name: str) -> tuple[Outcome, float]:
    """A check cancelled while a step runs, and the seconds that it then took."""
    cancel, started = threading.Event(), []

    def on_step(position: int, step: Step) -> None:
        if step.name == name and step.state is StepState.RUNNING:
            threading.Timer(0.1, lambda: (started.append(time.monotonic()), cancel.set())).start()

    outcome = check(fields, cancel=cancel, on_step=on_step)
    return outcome, time.monotonic() - started[0]


def test_cancel_cuts_a_statement_that_hangs(mariadb: Mariadb) -> None:
    with closing(mariadb.root()) as locker:
        locker.cursor().execute("FLUSH TABLES WITH READ LOCK")
        outcome, seconds = cancelled_at(mariadb.fields, "create")
    assert outcome.cancelled and seconds < 1
    assert mariadb.tables() == []


def test_cancel_after_the_table_is_there_drops_it(mariadb: Mariadb) -> None:
    cancel = threading.Event()

    def on_step(position: int, step: Step) -> None:
        if step.name == "write" and step.state is StepState.RUNNING:
            assert mariadb.tables()
            cancel.set()

    outcome = check(mariadb.fields, cancel=cancel, on_step=on_step)
    assert outcome.cancelled and outcome.steps[-1].state is StepState.PASSED
    assert mariadb.tables() == []


@pytest.mark.parametrize(("tls", "step"), [("off", "sign in"), ("require", "encrypt")])
def test_cancel_cuts_a_silent_server(silent_socket: int, tls: str, step: str) -> None:
    fields = {"host": "127.0.0.1", "port": silent_socket, "database": "d", "user": "u", "tls": tls}
    outcome, seconds = cancelled_at(fields, step)
    assert outcome.cancelled and seconds < 1


def test_the_next_attempt_sweeps_what_a_kill_left(mariadb: Mariadb) -> None:
    mariadb.run(f"CREATE TABLE {DATABASE}._destui_probe_other_1 (a INT)")
    mariadb.run(f"CREATE TABLE {DATABASE}._destui_probe_mine_1 (a INT)")
    passes(check(mariadb.fields, token="mine", attempt=2))
    assert mariadb.tables() == ["_destui_probe_other_1"]  # young: its check may still run
    with mariadb.setting("init_connect", "'SET timestamp = UNIX_TIMESTAMP() + 660'", "''"):
        passes(check(mariadb.fields))
    assert mariadb.tables() == []


def test_200_killed_ladders_and_the_sweep_leave_nothing(mariadb: Mariadb) -> None:
    words = [f"{name}={value}" for name, value in mariadb.fields.items()]
    program = [sys.executable, "-c", KILLED_LADDERS, "200", LOADER_PASSWORD, *words]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    left = mariadb.tables()
    assert left, "no ladder was killed while its table was there"
    with mariadb.setting("init_connect", "'SET timestamp = UNIX_TIMESTAMP() + 660'", "''"):
        passes(check(mariadb.fields))
    assert mariadb.tables() == []
