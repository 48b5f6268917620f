"""PostgreSQL behind PgBouncer and HAProxy, which must be on the PATH, and a newer PostgreSQL (its programs' folder in
POSTGRES_BIN)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest import mock

import psycopg
import pytest

from bench.diagnosis.provoke.postgres_entry import CUT, REFUSED, SILENT, connect, version
from bench.diagnosis.provoke.postgres_inside import PROBE, statement
from bench.diagnosis.provoke.recorder import Recorder
from tests.servers.certificates import Authority
from tests.servers.postgres import LOADER_PASSWORD, Postgres, start
from tests.servers.processes import dropped, find_binary, free_port, running, server_folder, server_user

FULL = "server_unavailable too_many_connections"
"""What PgBouncer says `query_wait_timeout` for: no server behind it, or none free."""
LIBRARIES = {"LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")}


@contextmanager
def bouncer(server: Postgres, **settings: str) -> Iterator[int]:
    """A PgBouncer before the server; its port."""
    program, user, port = find_binary("pgbouncer", "pgbouncer"), server_user(), free_port()
    with server_folder(user) as folder:
        (folder / "users").write_text(f'"loader" "{LOADER_PASSWORD}"\n"guest" "another"\n')
        given = {
            "listen_addr": "127.0.0.1", "listen_port": str(port), "auth_file": str(folder / "users"),
            "unix_socket_dir": "", "auth_type": "scram-sha-256", "pool_mode": "transaction", "default_pool_size": "1",
            "query_wait_timeout": "1", "server_connect_timeout": "1", "server_login_retry": "1",
            "admin_users": "loader", **settings,
        }  # fmt: skip
        where = f"host=127.0.0.1 port={server.port}"
        databases = {
            "warehouse": where, "dead": f"host=127.0.0.1 port={free_port()}", "gone": f"{where} dbname=warehose",
            "refused": f"{where} dbname=warehouse user=loader password=other", "lost": "host=db.invalid port=5432",
        }  # fmt: skip
        for certificate in folder.glob("*.pem"):
            shutil.chown(certificate, user)
        file = folder / "pgbouncer.ini"
        file.write_text(
            "[databases]\n" + "".join(f"{k} = {v}\n" for k, v in databases.items())
            + "[pgbouncer]\n" + "".join(f"{k} = {v}\n" for k, v in given.items())
        )  # fmt: skip
        with running(dropped([program, str(file)], user, "TERM"), "process up", environment=LIBRARIES):
            yield port


def through_bouncer(server: Postgres) -> None:
    """What PgBouncer says, and what of the server's words comes through it."""
    program = find_binary("pgbouncer", "pgbouncer")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    record = Recorder("postgres", f"PgBouncer {said}, {version(server)}")
    with bouncer(server) as port:
        record.catch("open", "database_missing", lambda: connect(port=port, dbname="warehose"))
        record.catch("open", "database_missing", lambda: connect(port=port, dbname="gone"))
        record.catch("sign in", REFUSED, lambda: connect(port=port, password="not it"))
        record.catch("sign in", REFUSED, lambda: connect(port=port, user="lodaer"))
        record.catch("sign in", FULL, lambda: connect(port=port, dbname="dead", connect_timeout=9))
        record.catch("sign in", REFUSED, lambda: connect(port=port, dbname="refused", connect_timeout=9))
        record.catch("encrypt", "tls_not_offered", lambda: connect(port=port, sslmode="require"))
        options = "-c search_path=analytics"
        record.catch("sign in", "config_invalid", lambda: connect(port=port, options=options))
        with connect(port=port) as holder:
            holder.execute("SELECT 1")
            waiting = statement(port, "SELECT 1")
            record.catch("open", FULL, waiting)
    with bouncer(server, query_wait_timeout="30") as port:
        record.catch("sign in", SILENT, lambda: connect(port=port, dbname="dead", connect_timeout=4))
    with bouncer(server, max_client_conn="1") as port, connect(port=port):
        record.catch("sign in", "too_many_connections", lambda: connect(port=port))
    with bouncer(server, auth_type="plain") as port:
        record.catch("sign in", "unknown_user wrong_password", lambda: connect(port=port, user="lodaer"))
        with psycopg.connect(port=port, host="127.0.0.1", dbname="pgbouncer", user="loader", password=LOADER_PASSWORD,
            autocommit=True, prepare_threshold=None) as console:  # fmt: skip
            console.pgconn.exec_(b"DISABLE warehouse")
            record.catch("open", "server_unavailable no_connect_right", lambda: connect(port=port))
    with bouncer(server, default_pool_size="2") as port:
        _prepared(record, port)
    with server_folder(server_user()) as folder:
        certificate = Authority(folder).issue("localhost")
        for file in (certificate.certificate, certificate.key):
            shutil.chown(file, server_user())
        tls = {"client_tls_cert_file": certificate.certificate, "client_tls_key_file": certificate.key}
        with bouncer(server, client_tls_sslmode="require", **{k: str(v) for k, v in tls.items()}) as port:
            record.catch("encrypt", "tls_required", lambda: connect(port=port, sslmode="disable"))


def _prepared(record: Recorder, port: int) -> None:
    """A statement prepared on one server connection and executed on another, as transaction pooling has it."""
    with connect(port=port, autocommit=True, prepare_threshold=0) as one:
        one.execute("SELECT 1")
        with connect(port=port) as other:
            other.execute("SELECT 2")
            record.catch("read back", "config_invalid version_incompatible", lambda: one.execute("SELECT 1"))
            other.rollback()


@contextmanager
def balancer() -> Iterator[int]:
    """The port of a HAProxy that has no server behind it."""
    program, port = find_binary("haproxy", "haproxy"), free_port()
    with server_folder(None) as folder:
        file = folder / "haproxy.cfg"
        file.write_text(
            "defaults\n mode tcp\n timeout connect 1s\n timeout client 5s\n timeout server 5s\n retries 0\n"
            f"listen databases\n bind 127.0.0.1:{port}\n server a 127.0.0.1:{free_port()}\n"
        )
        command = dropped([program, "-W", "-db", "-f", str(file)], None, "TERM")
        with running(command, "Loading success", environment=LIBRARIES):
            yield port


def through_haproxy(server: Postgres) -> None:
    """A balancer whose servers are all gone."""
    with balancer() as port:
        record = Recorder("postgres", "HAProxy 2.6, no server behind")
        record.catch("encrypt", CUT, lambda: connect(port=port, sslmode="require"))


def newer(folder: Path) -> None:
    """A few words that newer servers say otherwise."""

    def find(name: str, package: str, folders: Sequence[Path] = ()) -> str:
        return str(folder / name)

    with mock.patch("tests.servers.postgres.find_binary", find), start() as server:
        record, port = Recorder("postgres", version(server)), server.port
        record.catch("open", "role_missing", statement(port, "SET ROLE pg_monitor"))
        record.catch("create", "no_create_right", statement(port, f"CREATE TABLE {PROBE} (id int)", "guest"))
        record.catch("create", "no_create_right", statement(port, "CREATE ROLE staging"))
        server.run("CREATE ROLE single LOGIN CONNECTION LIMIT 0 PASSWORD 'loader s secret'")
        record.catch("open", "too_many_connections", lambda: connect(port=port, user="single"))
        with server.hba("hostssl all all 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 reject"):
            record.catch("sign in", "user_not_allowed_from_host tls_required", lambda: connect(port=port))
        held = []
        with suppress(psycopg.Error):
            while True:
                held.append(connect(port=port))
        record.catch("sign in", "too_many_connections", lambda: connect(port=port))
        for connection in held:
            connection.close()
        slow = "-c transaction_timeout=200"
        record.catch("read back", "query_timeout", statement(port, "SELECT pg_sleep(3)", options=slow))


def provoke() -> None:
    """All of it, each where its program is there."""
    with start() as server:
        for part in (through_bouncer, through_haproxy):
            try:
                part(server)
            except pytest.skip.Exception as reason:
                print(reason, file=sys.stderr)
    if found := os.environ.get("POSTGRES_BIN"):
        newer(Path(found))
