"""MariaDB from the open on: rights, limits, disks, states."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

from bench.diagnosis.provoke.disks import disk, fill
from bench.diagnosis.provoke.mysql_entry import CUT, connect, version
from bench.diagnosis.provoke.recorder import Recorder, lossy_network
from tests.servers.mariadb import Mariadb, start
from tests.servers.processes import find_binary, server_user

PROBE = "_destui_probe_k3x9_1"
FULL = "disk_full quota_exceeded"
"""What the server says `The table … is full` for: the disk, or a limit of its own."""


def statement(port: int, *statements: str, **changed: Any) -> Callable[[], None]:
    """A connection that executes statements, the last of which fails."""

    def work() -> None:
        with closing(connect(port=port, **changed)) as connection:
            for sql in statements:
                connection.query(sql)
            connection.commit()

    return work


def opening(record: Recorder, server: Mariadb) -> None:
    """Databases, tables and roles."""
    port = server.port
    record.catch("open", "no_connect_right database_missing", lambda: connect(port=port, database="payroll"))
    server.run("CREATE DATABASE payroll")
    record.catch("open", "no_connect_right database_missing", statement(port, "USE payroll"))
    with server.user(rights="") as nobody:
        record.catch("open", "no_connect_right database_missing", lambda: connect(port=port, user=nobody["user"]))
    server.run("CREATE USER dba@'%' IDENTIFIED BY 'a b c'", "GRANT ALL ON *.* TO dba@'%'")
    chief = {"user": "dba", "password": b"a b c", "database": None}
    record.catch("open", "database_missing", lambda: connect(port=port, **{**chief, "database": "warehose"}))
    record.catch("open", "database_missing", statement(port, f"CREATE TABLE {PROBE} (id int)", **chief))
    record.catch("open", "table_missing", statement(port, "SELECT * FROM events"))
    record.catch("open", "role_missing", statement(port, "SET ROLE reporting"))
    server.run("CREATE ROLE reporting")
    record.catch("open", "role_missing", statement(port, "SET ROLE reporting"))


def rights(record: Recorder, server: Mariadb) -> None:
    """What a user may not."""
    port = server.port
    server.run(
        "CREATE TABLE warehouse.events (id int PRIMARY KEY, kind varchar(4) NOT NULL) ENGINE=InnoDB",
        "CREATE TABLE payroll.people (id int, pay int)", "GRANT SELECT (id) ON payroll.people TO loader@'%'",
    )  # fmt: skip
    with server.user(rights="SELECT") as reader, server.user(rights="CREATE, INSERT") as writer:
        for step, sql, who, cause in (
            ("create", f"CREATE TABLE {PROBE} (id int)", reader, "no_create_right"),
            ("write", "INSERT INTO events VALUES (1, 'a')", reader, "no_write_right"),
            ("write", "UPDATE events SET kind = 'a'", writer, "no_write_right"),
            ("write", "ALTER TABLE events ADD x int", reader, "no_write_right"),
            ("read back", "SELECT * FROM events", writer, "no_read_right"),
            ("clean up", "DROP TABLE events", writer, "no_write_right"),
        ):
            record.catch(step, cause, statement(port, sql, user=who["user"]))
    record.catch("read back", "no_read_right", statement(port, "SELECT pay FROM payroll.people"))
    record.catch("create", "no_create_right", statement(port, "CREATE DATABASE staging"))
    record.catch("create", "no_create_right", statement(port, "CREATE PROCEDURE p() SELECT 1"))
    record.catch("write", "no_write_right", statement(port, "LOAD DATA INFILE '/srv/in.csv' INTO TABLE events"))
    with server.setting("read_only", "1", "0"):
        record.catch("create", "read_only", statement(port, f"CREATE TABLE {PROBE} (id int)"))
        record.catch("write", "read_only", statement(port, "INSERT INTO events VALUES (1, 'a')"))
    only = "SET SESSION TRANSACTION READ ONLY"
    record.catch("write", "read_only", statement(port, only, "INSERT INTO events VALUES (1, 'a')"))
    strict = "SET sql_mode = 'NO_ENGINE_SUBSTITUTION'"
    record.catch("create", "config_invalid driver_missing",
        statement(port, strict, f"CREATE TABLE {PROBE} (id int) ENGINE=rocksdb"))  # fmt: skip


def noise(record: Recorder, server: Mariadb) -> None:
    """What is no set-up problem."""
    port = server.port
    insert = "INSERT INTO events VALUES"
    for step, sql in (
        ("create", "CREATE TABEL t (id int)"),
        ("write", f"{insert} (1, 'a'), (1, 'b')"),
        ("write", f"{insert} (2, 'far too long')"),
        ("write", f"{insert} (2)"),
        ("create", "CREATE TABLE events (id int)"),
    ):
        record.catch(step, "unknown", statement(port, sql))
    with closing(connect(port=port)) as stopped:
        threading.Timer(0.5, server.run, [f"KILL QUERY {stopped.thread_id()}"]).start()
        record.catch(
            "write",
            "unknown",
            lambda: stopped.query("SELECT SLEEP(1.5)"),
        )
    _deadlock(record, server)


def _deadlock(record: Recorder, server: Mariadb) -> None:
    port = server.port
    server.run("REPLACE INTO warehouse.events VALUES (11, 'a'), (12, 'b'), (13, 'c')")
    change = "UPDATE events SET kind = 'd' WHERE id = {}"
    with closing(connect(port=port, read_timeout=9)) as one, closing(connect(port=port, read_timeout=9)) as other:
        other.query("DELETE FROM events WHERE id = 13")  # the one that has done less is the victim
        other.query(change.format(12))
        one.query(change.format(11))
        thread = threading.Timer(0.3, lambda: other.query(change.format(11)))
        thread.start()
        record.catch("write", "unknown", lambda: one.query(change.format(12)))
        one.rollback()
        thread.join()
        other.rollback()


def limits(record: Recorder, server: Mariadb) -> None:
    """Time, locks, space."""
    port = server.port
    short = "SET max_statement_time = 0.2"
    record.catch("read back", "query_timeout", statement(port, short, "SELECT * FROM events, (SELECT SLEEP(1)) s"))
    record.catch("read back", "query_timeout connection_dropped server_unavailable timeout_firewall",
        statement(port, "SELECT SLEEP(5)", read_timeout=1))  # fmt: skip
    with closing(connect(port=port)) as holder:
        holder.begin()
        holder.query("UPDATE events SET kind = 'x' WHERE id = 11")
        patience = "SET innodb_lock_wait_timeout = 1, lock_wait_timeout = 1"
        record.catch("write", "locked", statement(port, patience, "UPDATE events SET kind = 'y' WHERE id = 11"))
        record.catch("clean up", "locked", statement(port, patience, "DROP TABLE events"))
        holder.rollback()
    record.catch("write", FULL, statement(port, "SET max_heap_table_size = 16384",
        f"CREATE TABLE {PROBE} (a char(200)) ENGINE=MEMORY",
        f"INSERT INTO {PROBE} SELECT 'x' FROM information_schema.columns"))  # fmt: skip
    server.run(f"DROP TABLE warehouse.{PROBE}")
    with server.setting("max_allowed_packet", "1024", "16777216"):
        record.catch("write", "quota_exceeded config_invalid", statement(port, f"SELECT '{'x' * 20000}'"))
    with disk("size=300k") as small:
        (small / "full").mkdir()
        shutil.chown(small / "full", server_user())
        os.symlink(small / "full", server.folder / "data" / "full")
        server.run("GRANT ALL ON full.* TO loader@'%'")
        rows = (
            "SELECT REPEAT('x', 100) AS a FROM information_schema.columns, (SELECT 1 UNION SELECT 2 UNION SELECT 3) x"
        )
        big = f"CREATE TABLE {PROBE}_big ENGINE=InnoDB AS {rows}"
        record.catch("write", FULL, statement(port, "USE full", big, read_timeout=20))
        fill(small)
        record.catch("create", "disk_full", statement(port, "USE full", f"CREATE TABLE {PROBE}_new (id int)"))
        (small / "filler").unlink()
        os.chmod(small / "full", 0o500)
        record.catch("create", "path_not_permitted no_create_right read_only",
            statement(port, "USE full", f"CREATE TABLE {PROBE}_no (id int) ENGINE=MyISAM"))  # fmt: skip
        os.chmod(small / "full", 0o700)
        (small / "full" / "note.txt").write_text("kept")
        record.catch("clean up", "locked", lambda: server.run("DROP DATABASE full"))
        (server.folder / "data" / "full").unlink(missing_ok=True)


def damage(record: Recorder, server: Mariadb) -> None:
    """Files of the server's that are broken or gone."""
    port, folder = server.port, server.folder / "data" / "warehouse"
    server.run(
        "CREATE TABLE warehouse.old (a int, b char(90), KEY (a)) ENGINE=MyISAM",
        "INSERT INTO warehouse.old SELECT 1, 'x' FROM information_schema.columns",
        "CREATE TABLE warehouse.older (a int) ENGINE=MyISAM", "CREATE TABLE warehouse.gone (a int)",
        "FLUSH TABLES",
    )  # fmt: skip
    os.truncate(folder / "old.MYI", 1500)
    (folder / "older.MYI").unlink()
    (folder / "gone.frm").write_bytes(b"\xff" * 4096)
    for name in ("old", "older", "gone"):
        record.catch("read back", "file_corrupt", statement(port, f"SELECT * FROM {name} WHERE a = 1"))


def ends(record: Recorder, server: Mariadb) -> None:
    """Sessions that the server ends, and servers that end."""
    port = server.port
    killed = connect(port=port)
    server.run(f"KILL {killed.thread_id()}")
    record.catch("write", CUT, lambda: killed.query("SELECT 1"))
    record.catch("write", CUT, lambda: killed.query("SELECT 1"))
    idle = connect(port=port, init_command="SET wait_timeout = 1")
    time.sleep(2)
    record.catch("write", CUT, lambda: idle.query("SELECT 1"))
    slow = connect(port=port, read_timeout=20)
    pid = int((server.folder / "pid").read_text())
    threading.Timer(0.5, os.kill, [pid, signal.SIGTERM]).start()
    record.catch("read back", CUT, lambda: slow.query("SELECT SLEEP(10)"))


def behind_command_line(server: Mariadb) -> None:
    """The words of MariaDB's own client, which people paste."""
    client = find_binary("mariadb", "mariadb-client")

    def run(*words: str) -> None:
        done = subprocess.run(
            [client, "--no-defaults", *words, "-e", "SELECT 1"], capture_output=True, text=True,
            env={"PATH": "/usr/bin"},
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr.rstrip("\n"))

    where = ("-h", "127.0.0.1", "-P", str(server.port), "-u", "loader")
    said = subprocess.run([client, "--version"], capture_output=True, text=True).stdout.split()[4].partition("-")[0]
    record = Recorder("mysql", f"mariadb client {said}", program=True)
    record.catch("reach", "connection_refused timeout_firewall", lambda: run("-h", "127.0.0.1", "-P", "1"))
    record.catch("reach", "timeout_firewall", lambda: run("-h", "198.51.100.7", "--connect-timeout=1"), lossy_network)
    record.catch("reach", "connection_refused", lambda: run("-S", "/run/mysqld/mysqld.sock", "-u", "loader"))
    record.catch("resolve", "host_not_found", lambda: run("-h", "mysql-prod.invalid", "-u", "loader"))
    record.catch("open", "no_connect_right database_missing", lambda: run(*where, "-ploader s secret ü", "warehose"))
    record.catch("encrypt", "tls_not_offered", lambda: run(*where, "-px", "--ssl-verify-server-cert", "--ssl"))


def provoke() -> None:
    """All of it."""
    with start() as server:
        record = Recorder("mysql", version(server))
        for part in (opening, rights, noise, limits, damage):
            part(record, server)
        behind_command_line(server)
        with suppress(RuntimeError):
            ends(record, server)
