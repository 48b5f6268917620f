"""PostgreSQL's server from the open on: rights, limits, disks, states."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg

from bench.diagnosis.provoke.disks import disk, fill
from bench.diagnosis.provoke.postgres_entry import CUT, connect, version
from bench.diagnosis.provoke.recorder import Recorder
from tests.servers.postgres import Postgres, start
from tests.servers.processes import server_user

PROBE = "analytics._destui_probe_k3x9_1"


def statement(port: int, sql: str, user: str = "loader", **changed: Any) -> Callable[[], None]:
    """A connection that executes one statement."""

    def work() -> None:
        with connect(port=port, user=user, **changed) as connection:
            connection.execute(sql.encode())

    return work


def opening(record: Recorder, server: Postgres) -> None:
    """Databases, schemas, and how many may come."""
    port = server.port
    record.catch("open", "database_missing", lambda: connect(port=port, dbname="warehose"))
    record.catch("open", "database_missing", lambda: connect(port=port, dbname="template9", sslmode="disable"))
    server.run("CREATE DATABASE closed", "REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
    record.catch("open", "no_connect_right", lambda: connect(port=port, dbname="closed"))
    record.catch("open", "no_connect_right server_unavailable", lambda: connect(port=port, dbname="template0"))
    record.catch("open", "schema_missing", statement(port, "CREATE TABLE analytic.t (id int)"))
    record.catch("open", "schema_missing", statement(port, "SET search_path = ''; CREATE TABLE t (id int)"))
    record.catch("open", "table_missing", statement(port, "SELECT * FROM analytics.events"))
    record.catch("open", "role_missing", statement(port, "SET ROLE reporting"))
    server.run("CREATE ROLE reporting")
    record.catch("open", "role_missing", statement(port, "SET ROLE reporting"))
    server.run("CREATE ROLE single LOGIN CONNECTION LIMIT 1 PASSWORD 'loader s secret'")
    with connect(port=port, user="single"):
        record.catch("open", "too_many_connections", lambda: connect(port=port, user="single"))
    server.run("CREATE DATABASE narrow CONNECTION LIMIT 0")
    record.catch("open", "too_many_connections", lambda: connect(port=port, dbname="narrow"))
    held = []
    with suppress(psycopg.Error):
        while True:
            held.append(connect(port=port))
    record.catch("sign in", "too_many_connections", lambda: connect(port=port))
    with suppress(psycopg.Error):
        while True:
            held.append(psycopg.connect(host=str(server.folder), port=port, dbname="postgres", user="chief",
                password="chief s secret"))  # fmt: skip
    record.catch("sign in", "too_many_connections", lambda: connect(port=port))
    for connection in held:
        connection.close()


def rights(record: Recorder, server: Postgres) -> None:
    """What a role may not."""
    port = server.port
    record.catch("create", "no_create_right", statement(port, f"CREATE TABLE {PROBE} (id int)", "guest"))
    record.catch("create", "no_create_right", statement(port, "CREATE TABLE public.t (id int)"))
    record.catch("create", "no_create_right", statement(port, "CREATE SCHEMA staging"))
    record.catch("create", "no_create_right", statement(port, "CREATE DATABASE staging", autocommit=True))
    record.catch("create", "no_create_right", statement(port, "CREATE EXTENSION file_fdw"))
    record.catch("create", "driver_missing", lambda: server.run("CREATE EXTENSION postgis"))
    record.catch("create", "no_create_right", statement(port, "CREATE TABLE analytics.t (id int) TABLESPACE pg_global"))
    server.run(
        "CREATE TABLE analytics.events (id int PRIMARY KEY, kind varchar(4) NOT NULL)",
        "CREATE TABLE analytics.guarded (id int)", "ALTER TABLE analytics.guarded ENABLE ROW LEVEL SECURITY",
        "GRANT ALL ON analytics.guarded TO loader", "CREATE SEQUENCE analytics.numbers",
    )  # fmt: skip
    record.catch("write", "no_write_right", statement(port, "INSERT INTO analytics.events VALUES (1, 'a')"))
    record.catch("write", "no_write_right", statement(port, "INSERT INTO analytics.guarded VALUES (1)"))
    record.catch("write", "no_write_right", statement(port, "SELECT nextval('analytics.numbers')"))
    record.catch("write", "no_write_right", statement(port, "COPY analytics.events FROM STDIN"))
    record.catch("read back", "no_read_right", statement(port, "SELECT * FROM analytics.events"))
    record.catch("read back", "no_read_right", statement(port, "SELECT count(*) FROM pg_authid"))
    record.catch("clean up", "no_write_right", statement(port, "DROP TABLE analytics.events"))
    record.catch("write", "no_write_right", statement(port, "ALTER TABLE analytics.events ADD COLUMN x int"))
    record.catch("write", "no_write_right", statement(port, "COPY (SELECT 1) TO '/srv/out.csv'"))
    only = "-c default_transaction_read_only=on"
    record.catch("create", "read_only", statement(port, f"CREATE TABLE {PROBE} (id int)", options=only))
    record.catch("write", "read_only", statement(port, "INSERT INTO analytics.guarded VALUES (1)", options=only))


def noise(record: Recorder, server: Postgres) -> None:
    """What is no set-up problem."""
    port = server.port
    server.run("GRANT ALL ON analytics.events TO loader")
    insert = "INSERT INTO analytics.events VALUES"
    for step, sql in (
        ("create", "CREATE TABEL analytics.t (id int)"),
        ("write", f"{insert} (1, 'a'), (1, 'b')"),
        ("write", f"{insert} ('two', 'a')"),
        ("read back", "SELECT knd FROM analytics.events"),
        ("create", "CREATE TABLE analytics.events (id int)"),
    ):
        record.catch(step, "unknown", statement(port, sql))
    with connect(port=port) as failed:
        with suppress(psycopg.Error):
            failed.execute("SELECT 1 / 0")
        record.catch("read back", "unknown", lambda: failed.execute("SELECT 1"))
        failed.rollback()
    with connect(port=port) as stopped:
        threading.Timer(0.3, stopped.cancel_safe).start()
        record.catch("read back", "unknown", lambda: stopped.execute("SELECT pg_sleep(5)"))
        stopped.rollback()
    _deadlock(record, port)


def _deadlock(record: Recorder, port: int) -> None:
    statement(port, "INSERT INTO analytics.events VALUES (11, 'a'), (12, 'b')")()
    change = "UPDATE analytics.events SET kind = 'c' WHERE id = {}"
    with connect(port=port) as one, connect(port=port) as other:
        one.execute(change.format(11).encode())
        other.execute(change.format(12).encode())
        thread = threading.Timer(0.3, lambda: other.execute(change.format(11).encode()))
        thread.start()
        record.catch("write", "unknown", lambda: one.execute(change.format(12).encode()))
        one.rollback()
        thread.join()
        other.rollback()


def limits(record: Recorder, server: Postgres) -> None:
    """Time, locks, space."""
    port = server.port
    short = "-c statement_timeout=100"
    record.catch("read back", "query_timeout", statement(port, "SELECT pg_sleep(5)", options=short))
    with connect(port=port) as holder:
        holder.execute("LOCK TABLE analytics.events")
        lock = "-c lock_timeout=100"
        record.catch("clean up", "locked", statement(port, "LOCK TABLE analytics.events", options=lock))
        record.catch("write", "locked", statement(port, "LOCK TABLE analytics.events NOWAIT"))
        holder.rollback()
    spill = "SELECT count(*) FROM (SELECT DISTINCT a FROM generate_series(1, 300000) a) x"
    server.run("ALTER ROLE guest SET temp_file_limit = '64kB'", "ALTER ROLE guest SET work_mem = '64kB'")
    record.catch("read back", "quota_exceeded", statement(port, spill, "guest"))
    many = "".join(f"CREATE TABLE analytics.t{n} (id int);" for n in range(9000))
    record.catch("create", "quota_exceeded", statement(port, many))
    with disk("size=400k") as small:
        (small / "space").mkdir()
        shutil.chown(small / "space", server_user())
        server.run(f"CREATE TABLESPACE tiny LOCATION '{small / 'space'}'", "GRANT CREATE ON TABLESPACE tiny TO loader")
        grow = f"CREATE TABLE {PROBE} TABLESPACE tiny AS SELECT a FROM generate_series(1, 100000) a"
        record.catch("write", "disk_full", statement(port, grow))
        fill(small)
        record.catch("create", "disk_full", statement(port, f"CREATE TABLE {PROBE} TABLESPACE tiny AS SELECT 1 AS a"))
        server.run("DROP TABLESPACE tiny")


def damage(record: Recorder, server: Postgres) -> None:
    """Files of the server's that are broken or gone."""
    server.run(
        "CREATE TABLE analytics.old AS SELECT a FROM generate_series(1, 3000) a",
        "CREATE TABLE analytics.gone AS SELECT 1 AS a",
        "GRANT SELECT ON analytics.old, analytics.gone TO loader",
    )
    # The copy's pages are on the disk only.
    server.run("CREATE DATABASE broken TEMPLATE warehouse STRATEGY file_copy", database="postgres")
    for name in ("old", "gone"):
        path = server.run(f"SELECT pg_relation_filepath('analytics.{name}')", database="broken")[0][0]
        with (server.folder / "data" / path).open("r+b") as file:
            file.write(b"\xff" * 8192)
        if name == "gone":
            (server.folder / "data" / path).unlink()
        record.catch("read back", "file_corrupt", statement(server.port, f"SELECT * FROM analytics.{name}",
            dbname="broken"))  # fmt: skip


def ends(record: Recorder, server: Postgres) -> None:
    """Sessions that the server ends, and servers that end."""
    port = server.port

    def ended(how: str, **changed: Any) -> Callable[[], None]:
        connection = connect(port=port, **changed)
        pid = connection.info.backend_pid
        if how == "terminate":
            server.run(f"SELECT pg_terminate_backend({pid})")
        elif how == "kill":
            os.kill(pid, signal.SIGKILL)
        else:
            connection.execute("SELECT 1")
            connection.rollback() if how == "idle" else None
            time.sleep(0.5)
        return lambda: connection.execute("SELECT 1")

    record.catch("write", "server_unavailable", ended("terminate"))
    record.catch("write", "server_unavailable", ended("idle", options="-c idle_session_timeout=200"))
    idle = "-c idle_in_transaction_session_timeout=200"
    record.catch("write", "server_unavailable", ended("in transaction", options=idle))

    def until_refused() -> None:
        ends_at = time.monotonic() + 2
        while time.monotonic() < ends_at:
            connect(port=port).close()

    broken = ended("kill")
    with suppress(psycopg.Error):
        until_refused()
    record.catch("sign in", "server_unavailable", until_refused)
    record.catch("write", CUT, broken)
    _shutting_down(record, server)


def _shutting_down(record: Recorder, server: Postgres) -> None:
    """A server that waits for its last client."""
    ends_at = time.monotonic() + 20
    while time.monotonic() < ends_at:  # it recovers from the kill before
        try:
            last = connect(port=server.port)
            break
        except psycopg.Error:
            time.sleep(0.2)
    pid = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGTERM)
    time.sleep(0.5)
    record.catch("sign in", "server_unavailable", lambda: connect(port=server.port))
    os.kill(pid, signal.SIGINT)
    time.sleep(0.5)
    record.catch("read back", "server_unavailable", lambda: last.execute("SELECT 1"))
    last.close()


def provoke() -> None:
    """All of it."""
    with start() as server:
        record = Recorder("postgres", version(server))
        for part in (opening, rights, noise, limits, damage, ends):
            part(record, server)
