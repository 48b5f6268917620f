"""PyMySQL and MariaDB, up to the sign-in."""

from __future__ import annotations

import shutil
import socket
import ssl
import tempfile
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pymysql
import sqlalchemy

from bench.diagnosis.provoke import recorder as made
from bench.diagnosis.provoke.pgbouncer import balancer
from bench.diagnosis.provoke.recorder import Recorder
from tests.servers.certificates import Authority, Certificate
from tests.servers.mariadb import LOADER_PASSWORD, Mariadb, start
from tests.servers.processes import free_port, server_folder

DENIED = "wrong_password unknown_user user_not_allowed_from_host tls_required tls_client_cert"
"""What MariaDB says `Access denied … (using password: YES)` for: also TLS or a client's certificate that the account
requires."""
NAMELESS = f"credentials_missing {DENIED}"
"""The same without a password."""
CRASHED = "auth_method_unsupported user_not_allowed_from_host"
"""What PyMySQL breaks off with `index out of range` at: a plug-in's question, and a refusal before its greeting."""
CUT = "connection_dropped server_unavailable"


def connect(**changed: Any) -> pymysql.Connection:
    """As a data tool connects; `None` leaves a setting out."""
    given = {
        "host": "127.0.0.1", "user": "loader", "password": LOADER_PASSWORD.encode(), "database": "warehouse",
        "connect_timeout": 2, "read_timeout": 2, **changed,
    }  # fmt: skip
    return pymysql.connect(**{k: v for k, v in given.items() if v is not None})


def wrapped(port: int, host: str = "127.0.0.1", database: str = "warehouse", password: str = "x") -> None:
    """The same by SQLAlchemy."""
    url = sqlalchemy.URL.create("mysql+pymysql", "loader", password, host, port, database)
    sqlalchemy.create_engine(url).connect()


def network(record: Recorder) -> None:
    """Names, ways, and what else may listen."""
    port = free_port()
    record.catch("resolve", "host_not_found", lambda: socket.getaddrinfo("mysql-prod.invalid", 3306))
    record.catch("resolve", "host_not_found", lambda: connect(host="mysql-prod.invalid", port=port))
    record.catch("resolve", "host_not_found", lambda: wrapped(port, host="mysql-prod.invalid"))
    record.catch("resolve", "dns_unavailable", lambda: connect(host="db.example.com"), made.no_network)
    record.catch("resolve", "config_invalid", lambda: connect(host="tcp://db.example.com", port=port))
    record.catch("resolve", "config_invalid", lambda: connect(host="db.example..com", port=port))
    record.catch("reach", "connection_refused", lambda: connect(port=port))
    record.catch("reach", "connection_refused", lambda: wrapped(port))
    record.catch("reach", "connection_refused", lambda: connect(unix_socket="/run/mysqld/mysqld.sock", host=None))
    far = "198.51.100.7"
    record.catch("reach", "timeout_firewall", lambda: connect(host=far), made.lossy_network)
    record.catch("reach", "network_unreachable", lambda: connect(host=far), made.no_network)
    record.catch("reach", made.NO_ROUTE, lambda: connect(host=far), made.no_route)
    record.catch("reach", made.NO_ROUTE, lambda: socket.create_connection((far, 3306)), made.no_route)
    with server_folder(None) as folder:
        path = str(folder / "s")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path)
            listening.listen()
            record.catch("reach", "path_not_permitted", lambda: connect(unix_socket=path, host=None), made.nobody)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        record.catch("sign in", "timeout_firewall server_unavailable wrong_protocol",
            lambda: connect(port=silent.getsockname()[1]))  # fmt: skip
    with made.saying(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n") as other:
        record.catch("sign in", "wrong_protocol", lambda: connect(port=other))
        record.catch("sign in", "wrong_protocol", lambda: wrapped(other))
    with made.saying(b"220 ftp.example.com ready\r\n") as other:
        record.catch("sign in", "wrong_protocol", lambda: connect(port=other))
    with made.saying(b"HTTP/1.1 400 Bad Request\r\n\r\n") as other:
        record.catch("sign in", "wrong_protocol", lambda: connect(port=other))
    with made.saying(b"") as other:
        record.catch("sign in", CUT, lambda: connect(port=other))
    haproxy(record)


def haproxy(record: Recorder) -> None:
    """A balancer whose servers are all gone, where it is on the PATH."""
    if shutil.which("haproxy"):
        with balancer() as port:
            Recorder("mysql", "HAProxy 2.6, no server behind").catch("sign in", CUT, lambda: connect(port=port))


def settings(record: Recorder, port: int) -> None:
    """Settings that the client itself refuses, or the server."""
    record.catch("sign in", "config_invalid", lambda: connect(port=port, charset="utf9"))
    record.catch("sign in", "config_invalid", lambda: connect(port=port, sslmode="require"))
    record.catch("sign in", "config_invalid", lambda: connect(port=str(port)))
    record.catch("sign in", "config_invalid", lambda: connect(port=port, connect_timeout=0))
    record.catch("open", "config_invalid", lambda: connect(port=port, init_command="SET sql_mod = 'ANSI'"))
    record.catch("open", "config_invalid", lambda: connect(port=port, init_command="SET NAMES utf9"))
    record.catch("open", "config_invalid", lambda: connect(port=port, init_command="SET time_zone = 'Europe/Bonn'"))
    record.catch("open", "config_invalid", lambda: connect(port=port, sql_mode="STRICT"))


def sign_in(record: Recorder, server: Mariadb) -> None:
    """Passwords, users and hosts."""
    port = server.port
    record.catch("sign in", DENIED, lambda: connect(port=port, password="not it"))
    record.catch("sign in", DENIED, lambda: connect(port=port, user="lodaer"))
    record.catch("sign in", DENIED, lambda: wrapped(port, password="not it"))
    record.catch("sign in", NAMELESS, lambda: connect(port=port, password=None))
    with server.user(host="10.%") as there:
        record.catch("sign in", DENIED, lambda: connect(port=port, user=there["user"]))
    with server.user("ACCOUNT LOCK") as locked:
        record.catch("sign in", "account_locked", lambda: connect(port=port, user=locked["user"]))
    with server.user("PASSWORD EXPIRE") as expired:
        with server.setting("disconnect_on_expired_password", "1", "0"):
            record.catch("sign in", "password_expired", lambda: connect(port=port, user=expired["user"]))
        record.catch("open", "password_expired",
            lambda: connect(port=port, user=expired["user"]).query("CREATE TABLE t (id int)"))  # fmt: skip
    with server.user("WITH MAX_USER_CONNECTIONS 1") as single, connect(port=port, user=single["user"]):
        record.catch("sign in", "too_many_connections quota_exceeded", lambda: connect(port=port, user=single["user"]))
    with server.user("WITH MAX_QUERIES_PER_HOUR 1") as few:
        record.catch("open", "too_many_connections quota_exceeded",
            lambda: connect(port=port, user=few["user"]).query("SELECT 1"))  # fmt: skip
    with server.user("WITH MAX_CONNECTIONS_PER_HOUR 1") as few:
        connect(port=port, user=few["user"]).close()
        record.catch("sign in", "too_many_connections quota_exceeded", lambda: connect(port=port, user=few["user"]))
    _plugins(record, server)
    server.run("RENAME USER loader@'%' TO loader@'10.%'", "FLUSH PRIVILEGES")
    record.catch("sign in", "user_not_allowed_from_host", lambda: connect(port=port))
    record.catch("sign in", "user_not_allowed_from_host", lambda: wrapped(port))
    server.run("RENAME USER loader@'10.%' TO loader@'%'", "FLUSH PRIVILEGES")
    _full(record, server)


def _full(record: Recorder, server: Mariadb) -> None:
    held = [server.root()]  # the one more that an administrator may have
    with server.setting("max_connections", "10", "60"):
        with suppress(pymysql.Error):
            while True:
                held.append(connect(port=server.port))
        record.catch("sign in", "too_many_connections", lambda: connect(port=server.port))
        for connection in held:
            connection.close()


def _plugins(record: Recorder, server: Mariadb) -> None:
    """Other ways of signing in."""
    port = server.port
    server.run("INSTALL SONAME 'auth_ed25519'")
    with server.user("IDENTIFIED VIA ed25519 USING PASSWORD('x')") as modern:
        record.catch(
            "sign in", "driver_missing auth_method_unsupported", lambda: connect(port=port, user=modern["user"])
        )
    with server.user("IDENTIFIED VIA unix_socket") as local:
        record.catch("sign in", "auth_method_unsupported user_not_allowed_from_host",
            lambda: connect(port=port, user=local["user"]))  # fmt: skip
    server.run("INSTALL SONAME 'auth_pam_v1'")
    with server.user("IDENTIFIED VIA pam USING 'mariadb'") as person:
        record.catch("sign in", CRASHED, lambda: connect(port=port, user=person["user"]))
    with server.user("IDENTIFIED VIA mysql_old_password USING '0123456789abcdef'") as old:
        record.catch("sign in", "auth_method_unsupported", lambda: connect(port=port, user=old["user"]))


def encryption(record: Recorder) -> None:
    """TLS: whether, with which certificates and versions."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "stranger").mkdir()
        ours, stranger = Authority(folder), Authority(folder / "stranger", "Example Intermediate CA")
        with start(ours.issue("localhost")) as server:
            port, trusted = server.port, {"ssl_ca": str(ours.ca_file), "ssl_verify_identity": True}
            record.catch("encrypt", "tls_hostname_mismatch", lambda: connect(port=port, **trusted))
            strangers = {**trusted, "ssl_ca": str(stranger.ca_file), "host": "localhost"}
            record.catch("encrypt", "tls_untrusted_ca", lambda: connect(port=port, **strangers))
            missing = {**trusted, "ssl_ca": "/etc/ssl/mysql/ca.pem"}
            record.catch(
                "encrypt", "tls_file_missing key_invalid tls_client_cert", lambda: connect(port=port, **missing)
            )
            (folder / "empty.pem").write_text("no certificate\n")
            empty = {**trusted, "ssl_ca": str(folder / "empty.pem")}
            record.catch("encrypt", "tls_file_missing", lambda: connect(port=port, **empty))
            for age, causes in (
                ({"starts": -400, "days": 300}, "tls_expired"), ({"starts": 30}, "clock_skew tls_expired")
            ):  # fmt: skip
                server.use_certificate(ours.issue("localhost", **age))
                record.catch("encrypt", causes, lambda: connect(port=port, host="localhost", **trusted))
            server.use_certificate(ours.issue("localhost"))
            with server.user("REQUIRE SSL") as user:
                record.catch("sign in", DENIED, lambda: connect(port=port, user=user["user"], ssl_disabled=True))
            with server.user("REQUIRE X509") as user:
                record.catch("sign in", DENIED,
                    lambda: connect(port=port, user=user["user"], host="localhost", **trusted))  # fmt: skip
            with server.setting("require_secure_transport", "1", "0"):
                record.catch("sign in", DENIED, lambda: connect(port=port, ssl_disabled=True))
            old = ssl.create_default_context(cafile=str(ours.ca_file))
            old.maximum_version = ssl.TLSVersion.TLSv1_1
            record.catch("encrypt", "tls_version_mismatch", lambda: connect(port=port, host="localhost", ssl=old))
            odd = ssl.create_default_context(cafile=str(ours.ca_file))
            odd.maximum_version = ssl.TLSVersion.TLSv1_2
            odd.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")
            record.catch("encrypt", "tls_version_mismatch", lambda: connect(port=port, host="localhost", ssl=odd))
            _client_key(record, port, trusted, ours.issue("loader"), ours.issue("other"))
    with start() as server:
        context = ssl.create_default_context()
        record.catch("encrypt", "tls_not_offered", lambda: connect(port=server.port, ssl=context))


def _client_key(record: Recorder, port: int, trusted: dict[str, Any], mine: Certificate, other: Certificate) -> None:
    def using(certificate: Path, key: str) -> None:
        connect(port=port, host="localhost", ssl_cert=str(certificate), ssl_key=key, **trusted)

    record.catch("encrypt", "tls_client_cert key_invalid", lambda: using(mine.certificate, str(other.key)))
    record.catch("encrypt", "tls_file_missing key_invalid tls_client_cert",
        lambda: using(mine.certificate, "/etc/ssl/mysql/client.key"))  # fmt: skip


def localised(server: Mariadb) -> None:
    """The same words in other languages; the numbers stay."""
    port, name = server.port, version(server)
    for locale in ("de_DE", "fr_FR", "ja_JP", "ru_RU"):
        record = Recorder("mysql", f"{name}, lc_messages {locale}")
        with server.setting("lc_messages", f"'{locale}'", "'en_US'"):
            record.catch("sign in", DENIED, lambda: connect(port=port, password="not it"))
            record.catch("open", "no_connect_right database_missing", lambda: connect(port=port, database="payroll"))
            with closing(connect(port=port, init_command=f"SET lc_messages = '{locale}'")) as own:
                record.catch("create", "no_create_right", partial(own.query, "CREATE VIEW v AS SELECT 1"))
            held = [server.root()]
            with server.setting("max_connections", "10", "60"):
                with suppress(pymysql.Error):
                    while True:
                        held.append(connect(port=port))
                record.catch("sign in", "too_many_connections", lambda: connect(port=port))
                for connection in held:
                    connection.close()
            server.run("RENAME USER loader@'%' TO loader@'10.%'", "FLUSH PRIVILEGES")
            record.catch("sign in", "user_not_allowed_from_host", lambda: connect(port=port))
            server.run("RENAME USER loader@'10.%' TO loader@'%'", "FLUSH PRIVILEGES")


def version(server: Mariadb) -> str:
    """The server's name and version."""
    return "MariaDB " + server.run("SELECT VERSION()")[0][0].partition("-")[0]


def provoke() -> None:
    """All of it."""
    with start() as server:
        record = Recorder("mysql", version(server))
        network(record)
        settings(record, server.port)
        sign_in(record, server)
        localised(server)
        encryption(record)
