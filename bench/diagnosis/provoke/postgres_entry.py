"""PostgreSQL's client and server, up to the sign-in."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy

from bench.diagnosis.provoke import recorder as made
from bench.diagnosis.provoke.recorder import Recorder
from tests.servers.certificates import Authority, Certificate
from tests.servers.postgres import LOADER_PASSWORD, Postgres, start
from tests.servers.processes import find_binary, free_port, server_folder, server_user

REFUSED = "wrong_password unknown_user password_expired auth_method_unsupported"
"""What the server says the same words for: also a role without a password that this method could check."""
SILENT = "timeout_firewall server_unavailable wrong_protocol"
"""Connected, and then no word."""
CUT = "connection_dropped server_unavailable"
UNTRUSTED = "tls_untrusted_ca tls_expired clock_skew"
"""What libpq says `certificate verify failed` for; the last is a certificate that is not valid yet."""
NO_RULE = "user_not_allowed_from_host tls_required"
ENCRYPTED_NO_RULE = "user_not_allowed_from_host network_policy_blocked"
"""With TLS the same words are a cloud's firewall, too (Azure)."""


def connect(**changed: Any) -> psycopg.Connection[Any]:
    """As a data tool connects; `None` leaves a setting out."""
    given = {
        "host": "127.0.0.1", "user": "loader", "password": LOADER_PASSWORD, "dbname": "warehouse", "sslmode": "prefer",
        "connect_timeout": 2, **changed,
    }  # fmt: skip
    return psycopg.connect(**{k: v for k, v in given.items() if v is not None})


def wrapped(port: int, **changed: str) -> None:
    """The same by SQLAlchemy."""
    given = {"user": "loader", "password": "not it", "host": "127.0.0.1", "dbname": "warehouse", **changed}
    words = "&".join(f"{k}={v}" for k, v in given.items())
    sqlalchemy.create_engine(f"postgresql+psycopg://:{port}/?{words}", pool_size=1).connect()


def network(record: Recorder) -> None:
    """Names, ways, and what else may listen."""
    port = free_port()
    lookup = lambda host: socket.getaddrinfo(host, 5432, type=socket.SOCK_STREAM)  # noqa: E731
    record.catch("resolve", "host_not_found", lambda: lookup("warehouse-db.invalid"))
    record.catch("resolve", "host_not_found", lambda: connect(host="pg-prod.invalid", port=port))
    record.catch("resolve", "host_not_found", lambda: wrapped(port, host="analytics-pg.invalid"))
    record.catch("resolve", "dns_unavailable", lambda: lookup("db.example.com"), made.no_network)
    record.catch("resolve", "dns_unavailable", lambda: connect(host="db.example.com", port=5432), made.no_network)
    record.catch("resolve", "config_invalid", lambda: connect(host="db..example.com", port=port))
    record.catch("resolve", "config_invalid", lambda: connect(host="https://db.example.com", port=port))
    record.catch("reach", "connection_refused", lambda: connect(port=port))
    record.catch("reach", "connection_refused", lambda: socket.create_connection(("127.0.0.1", port)))
    record.catch("reach", "connection_refused", lambda: wrapped(port))
    far = ("198.51.100.7", 5432)
    record.catch("reach", "timeout_firewall", lambda: socket.create_connection(far, 1), made.lossy_network)
    record.catch("reach", "timeout_firewall", lambda: connect(host=far[0], port=5432), made.lossy_network)
    record.catch("reach", "network_unreachable", lambda: socket.create_connection(far), made.no_network)
    record.catch("reach", "network_unreachable", lambda: connect(host=far[0], port=5432), made.no_network)
    record.catch("reach", "network_unreachable", lambda: connect(host="2001:db8::7", port=5432), made.no_network)
    record.catch("reach", made.NO_ROUTE, lambda: connect(host=far[0], port=5432), made.no_route)
    with tempfile.TemporaryDirectory() as folder:
        record.catch("reach", "connection_refused", lambda: connect(host=folder, port=5432))
        Path(folder).chmod(0o700)
        record.catch("reach", "path_not_permitted", lambda: connect(host=folder, port=5432), made.nobody)
        (Path(folder) / ".s.PGSQL.5432").write_text("")
        record.catch("reach", "connection_refused", lambda: connect(host=folder, port=5432))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        record.catch("encrypt", SILENT, lambda: connect(port=silent.getsockname()[1]))
    web = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
    with made.saying(web, ask_first=True) as other:
        record.catch("encrypt", "wrong_protocol", lambda: connect(port=other, sslmode="require"))
        record.catch("sign in", "wrong_protocol", lambda: connect(port=other, sslmode="disable"))
    with made.saying(b"J\x00\x00\x00\x0a5.5.5-10.11.19-MariaDB\x00") as other:
        record.catch("encrypt", "wrong_protocol", lambda: connect(port=other, sslmode="require"))
    with made.saying(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n") as other:
        record.catch("encrypt", "wrong_protocol", lambda: connect(port=other))
    with made.saying(b"", ask_first=True) as other:
        record.catch("encrypt", CUT, lambda: connect(port=other))
        record.catch("sign in", CUT, lambda: connect(port=other, sslmode="disable"))


def settings(record: Recorder, port: int) -> None:
    """Settings that the client itself refuses, or the server."""
    record.catch("sign in", "config_invalid", lambda: connect(port=port, sslmode="required"))
    record.catch("sign in", "config_invalid", lambda: connect(port="54x2"))
    record.catch("reach", "config_invalid", lambda: connect(port=654321))
    record.catch("sign in", "config_invalid", lambda: connect(port=port, ssl_mode="require"))
    record.catch("sign in", "config_invalid", lambda: psycopg.connect("host=127.0.0.1 loader warehouse"))
    record.catch("sign in", "config_invalid", lambda: psycopg.connect("postgresql://loader:a@b@127.0.0.1:x/warehouse"))
    record.catch("sign in", "config_invalid", lambda: connect(port=port, options="-c serch_path=analytics"))
    record.catch("sign in", "config_invalid", lambda: connect(port=port, client_encoding="UTF9"))
    record.catch("sign in", "config_invalid", lambda: connect(port=port, options="-c statement_timeout=soon"))
    record.catch("sign in", "config_invalid", lambda: connect(port=port, target_session_attrs="writable"))
    record.catch("open", "read_only", lambda: _standby_wanted(port))
    record.catch("sign in", "config_invalid", lambda: connect(port=port, service="warehouse"))
    record.catch("resolve", "config_invalid", lambda: _url(port))


def _standby_wanted(port: int) -> None:
    connect(port=port, options="-c default_transaction_read_only=on", target_session_attrs="read-write")


def _url(port: int) -> None:
    """A password with `@` in a URL becomes part of the host's name. The truth is the URL's form."""
    psycopg.connect(f"postgresql://loader:tiger@se@127.0.0.1:{port}/warehouse", connect_timeout=2)


def sign_in(record: Recorder, server: Postgres) -> None:
    """Passwords, roles and rules."""
    port = server.port
    record.catch("sign in", REFUSED, lambda: connect(port=port, password="not it"))
    record.catch("sign in", REFUSED, lambda: connect(port=port, user="lodaer"))
    server.run("CREATE ROLE intern LOGIN PASSWORD 'x y z' VALID UNTIL '2020-01-01'")
    record.catch("sign in", REFUSED, lambda: connect(port=port, user="intern", password="x y z"))
    record.catch("sign in", REFUSED, lambda: wrapped(port))
    record.catch("sign in", "credentials_missing", lambda: connect(port=port, password=None))
    record.catch("sign in", "account_locked", lambda: connect(port=port, user="sleeper"))
    record.catch("sign in", "auth_method_unsupported", lambda: connect(port=port, require_auth="password,md5"))
    record.catch("sign in", "auth_method_unsupported tls_not_offered config_invalid",
        lambda: connect(port=port, channel_binding="require"))  # fmt: skip
    socket_folder = str(server.socket_folder)
    with server.hba("host all all 127.0.0.1/32 trust"):
        record.catch("sign in", "unknown_user", lambda: connect(port=port, user="lodaer"))
        record.catch("sign in", "user_not_allowed_from_host", lambda: connect(port=port, host=socket_folder))
    with server.hba("host all someone 127.0.0.1/32 md5"):
        record.catch("sign in", NO_RULE, lambda: connect(port=port))
        record.catch("sign in", NO_RULE, lambda: wrapped(port, sslmode="disable"))
    with server.hba("host all all 127.0.0.1/32 reject"):
        record.catch("sign in", NO_RULE, lambda: connect(port=port))
    with server.hba("host all all 127.0.0.1/32 password"):
        record.catch("sign in", "auth_method_unsupported", lambda: connect(port=port, require_auth="scram-sha-256"))
    with server.hba("local all all peer"):
        record.catch("sign in", "auth_method_unsupported user_not_allowed_from_host",
            lambda: connect(port=port, host=socket_folder))  # fmt: skip
    with server.hba(f"host all all 127.0.0.1/32 ldap ldapserver=127.0.0.1 ldapport={free_port()} ldapprefix=a"):
        record.catch("sign in", "server_unavailable wrong_password unknown_user", lambda: connect(port=port))
    with server.hba("host all all 127.0.0.1/32 pam"):
        record.catch("sign in", "wrong_password unknown_user account_locked token_expired role_missing",
            lambda: connect(port=port, connect_timeout=20))  # fmt: skip
    with server.hba("host all all 127.0.0.1/32 gss"):
        record.catch("sign in", "credentials_missing auth_method_unsupported", lambda: connect(port=port))
    with server.hba("host all all 127.0.0.1/32 ident"):
        record.catch("sign in", "auth_method_unsupported user_not_allowed_from_host", lambda: connect(port=port))


def encryption(record: Recorder, server: Postgres) -> None:
    """TLS: whether, with which certificates and versions."""
    port = server.port
    record.catch("encrypt", "tls_not_offered", lambda: connect(port=port, sslmode="require"))
    record.catch("encrypt", "tls_not_offered", lambda: wrapped(port, sslmode="require"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "stranger").mkdir()
        ours, stranger = Authority(folder), Authority(folder / "stranger", "Example Intermediate CA")
        trusted = {"port": port, "host": "localhost", "sslmode": "verify-full", "sslrootcert": str(ours.ca_file)}
        server.use_certificate(ours.issue("localhost"), ours)
        record.catch("encrypt", "tls_hostname_mismatch", lambda: connect(**{**trusted, "host": "127.0.0.1"}))
        record.catch("encrypt", UNTRUSTED, lambda: connect(**{**trusted, "sslrootcert": str(stranger.ca_file)}))
        missing = str(folder / "none.pem")
        record.catch("encrypt", "tls_file_missing", lambda: connect(**{**trusted, "sslrootcert": missing}))
        record.catch("encrypt", "tls_file_missing", lambda: connect(**{**trusted, "sslrootcert": None}))
        (folder / "empty.pem").write_text("-----BEGIN NOTHING-----\n")
        record.catch(
            "encrypt", "tls_file_missing", lambda: connect(**{**trusted, "sslrootcert": str(folder / "empty.pem")})
        )
        _client_certificates(record, server, trusted, ours, stranger)
        _by_hand(record, server, ours, stranger)
        for age in ({"starts": -400, "days": 300}, {"starts": 30}):
            server.use_certificate(ours.issue("localhost", **age), ours)
            record.catch("encrypt", UNTRUSTED, lambda: connect(**trusted))
        server.use_certificate(ours.issue("localhost"), ours)
        server.run("ALTER SYSTEM SET ssl_min_protocol_version = 'TLSv1.3'")
        server.reload()
        old = {**trusted, "ssl_max_protocol_version": "TLSv1.2"}
        record.catch("encrypt", "tls_version_mismatch", lambda: connect(**old))
        with server.hba("hostssl all all 127.0.0.1/32 scram-sha-256"):
            record.catch("sign in", NO_RULE, lambda: connect(port=port, sslmode="disable"))
            # libpq tries again without TLS and tells of both.
            record.catch("sign in", REFUSED, lambda: connect(port=port, password="not it"))
        with server.hba("host all someone 127.0.0.1/32 scram-sha-256"):
            record.catch("sign in", ENCRYPTED_NO_RULE, lambda: connect(port=port, sslmode="require"))
        with server.hba("hostnossl all all 127.0.0.1/32 reject\nhost all all 127.0.0.1/32 scram-sha-256"):
            record.catch("sign in", NO_RULE, lambda: connect(port=port, sslmode="disable"))


def _client_certificates(
    record: Recorder, server: Postgres, trusted: dict[str, Any], ours: Authority, stranger: Authority
) -> None:
    def using(certificate: Certificate, **changed: Any) -> psycopg.Connection[Any]:
        given = {"sslcert": str(certificate.certificate), "sslkey": str(certificate.key), **changed}
        return connect(**{**trusted, **given})

    mine, other = ours.issue("loader"), ours.issue("someone")
    foreign = stranger.issue("loader")
    for certificate in (mine, other, foreign):
        certificate.key.chmod(0o600)
    with server.hba("hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca"):
        record.catch("sign in", "tls_client_cert", lambda: connect(**trusted))
        record.catch("encrypt", "tls_client_cert", lambda: using(foreign))
    with server.hba("hostssl all all 127.0.0.1/32 cert"):
        record.catch("sign in", "tls_client_cert", lambda: using(other))
    record.catch("encrypt", "tls_client_cert key_invalid", lambda: using(mine, sslkey=str(other.key)))
    record.catch("encrypt", "key_invalid tls_client_cert", lambda: using(mine, sslkey="/etc/ssl/loader.key"))
    mine.key.chmod(0o644)
    record.catch("encrypt", "key_invalid tls_client_cert", lambda: using(mine))
    record.catch("encrypt", "key_invalid tls_client_cert", lambda: using(other, sslcert=str(other.key)))


def _by_hand(record: Recorder, server: Postgres, ours: Authority, stranger: Authority) -> None:
    """What Python's ssl says, which a ladder that looks for itself gets to hear."""

    def speak(host: str, context: ssl.SSLContext) -> None:
        with socket.create_connection(("127.0.0.1", server.port)) as plain:
            plain.sendall(b"\x00\x00\x00\x08\x04\xd2\x16\x2f")
            assert plain.recv(1) == b"S"
            context.wrap_socket(plain, server_hostname=host).close()

    trusting = ssl.create_default_context(cafile=str(ours.ca_file))
    record.catch("encrypt", "tls_untrusted_ca", lambda: speak("localhost", ssl.create_default_context()))
    record.catch("encrypt", "tls_hostname_mismatch", lambda: speak("db.example.com", trusting))
    record.catch("encrypt", "tls_hostname_mismatch", lambda: speak("127.0.0.1", trusting))
    for age, cause in (({"starts": -400, "days": 300}, "tls_expired"), ({"starts": 30}, "clock_skew tls_expired")):
        server.use_certificate(ours.issue("localhost", **age), ours)
        record.catch("encrypt", cause, lambda: speak("localhost", trusting))
    server.use_certificate(ours.issue("localhost"), ours)
    record.catch(
        "encrypt",
        "tls_file_missing key_invalid tls_client_cert",
        lambda: ssl.create_default_context(cafile="/etc/ssl/none.pem"),
    )
    with made.saying(b"HTTP/1.0 400 Bad Request\r\n\r\n", ask_first=True) as port:

        def mistaken() -> None:
            with socket.create_connection(("127.0.0.1", port)) as plain:
                trusting.wrap_socket(plain, server_hostname="localhost")

        record.catch("encrypt", "wrong_protocol tls_not_offered", mistaken)


def program(port: int) -> None:
    """The words of psql, which people paste."""
    psql = find_binary("psql", "postgresql-client")

    def run(port: int, user: str = "loader", password: str = LOADER_PASSWORD, database: str = "warehouse") -> None:
        where = ["-h", "127.0.0.1", "-p", str(port), "-U", user, "-w", database]
        done = subprocess.run(
            [psql, *where, "-c", "SELECT * FROM analytics.events"],
            env={"PGPASSWORD": password, "PATH": "/usr/bin"}, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr.rstrip("\n"))

    record = Recorder("postgres", "psql 15", program=True)
    record.catch("reach", "connection_refused", lambda: run(free_port()))
    record.catch("sign in", REFUSED, lambda: run(port, password="not it"))
    record.catch("open", "database_missing", lambda: run(port, database="warehose"))
    record.catch("sign in", "account_locked", lambda: run(port, user="sleeper"))
    record.catch("read back", "table_missing", lambda: run(port))


LOCALES = ("de_DE", "fr_FR", "ja_JP", "ru_RU")


def localised() -> None:
    """Servers whose messages are not English, and a client library that speaks another language itself."""
    with server_folder(server_user()) as folder:
        for locale in LOCALES:
            subprocess.run(
                ["localedef", "-i", locale, "-f", "UTF-8", str(folder / f"{locale}.UTF-8")],
                check=True, capture_output=True,
            )  # fmt: skip
        with start({"LOCPATH": str(folder), "LC_ALL": "de_DE.UTF-8"}) as server:
            for locale in LOCALES:
                server.run(f"ALTER SYSTEM SET lc_messages = '{locale}.UTF-8'")
                server.reload()
                _localised(Recorder("postgres", f"{version(server)}, lc_messages {locale}"), server)
            _localised_client(folder, server)
        with start({"LOCPATH": str(folder)}) as server:
            # A server started without a locale can say neither umlauts nor Japanese before the client's encoding is
            # known.
            for locale, causes in (("de_DE", REFUSED), ("ja_JP", "unknown")):
                server.run(f"ALTER SYSTEM SET lc_messages = '{locale}.UTF-8'")
                server.reload()
                record = Recorder("postgres", f"{version(server)}, lc_messages {locale}, lc_ctype C")
                record.catch("sign in", causes, lambda: connect(port=server.port, password="not it"))


def _localised(record: Recorder, server: Postgres) -> None:
    port = server.port
    record.catch("sign in", REFUSED, lambda: connect(port=port, password="not it"))
    record.catch("open", "database_missing", lambda: connect(port=port, dbname="warehose"))
    with server.hba("host all someone 127.0.0.1/32 md5"):
        record.catch("sign in", NO_RULE, lambda: connect(port=port))
    with connect(port=port, user="guest") as guest:
        probe = "CREATE TABLE analytics._destui_probe_k3x9_1 (id integer)"
        record.catch("create", "no_create_right", lambda: guest.execute(probe))
        guest.rollback()


def _localised_client(folder: Path, server: Postgres) -> None:
    code = (
        "import locale, psycopg\n"
        "locale.setlocale(locale.LC_ALL, '')\n"
        "try: psycopg.connect(host='127.0.0.1', port={}, user='loader', dbname='warehouse', sslmode='{}', "
        "connect_timeout=2)\n"
        "except Exception as error: print(error, end='')"
    )
    refused = (free_port(), "prefer", "reach", "connection_refused")
    no_tls = (server.port, "require", "encrypt", "tls_not_offered")
    for locale, (port, mode, step, cause) in zip(LOCALES, (refused, no_tls, refused, no_tls), strict=True):
        environment = {"LOCPATH": str(folder), "LC_ALL": f"{locale}.UTF-8", "PSYCOPG_IMPL": "python"}
        said = subprocess.run(
            [sys.executable, "-c", code.format(port, mode)],
            env=environment, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        record = Recorder("postgres", f"libpq 15, LC_MESSAGES {locale}")
        record.catch(step, cause, lambda said=said: _raise(psycopg.OperationalError(said)))


def _raise(error: Exception) -> None:
    raise error


def version(server: Postgres) -> str:
    """The server's name and version."""
    return f"PostgreSQL {server.run('SHOW server_version')[0][0].split()[0]}"


def provoke() -> None:
    """All of it."""
    with start() as server:
        record = Recorder("postgres", version(server))
        network(record)
        settings(record, server.port)
        sign_in(record, server)
        program(server.port)
        encryption(record, server)
    localised()
