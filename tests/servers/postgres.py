"""PostgreSQL servers: one plain, one with TLS, with roles that may much or little."""

from __future__ import annotations

import itertools
import os
import select
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.servers.certificates import Authority, Certificate
from tests.servers.processes import dropped, find_binary, free_port, running, server_folder, server_user

SUPERUSER, SUPERUSER_PASSWORD = "chief", "chief s secret"
LOADER, LOADER_PASSWORD = "loader", "loader s secret"
DATABASE, SCHEMA = "warehouse", "analytics"
ENDING = signal.SIGINT
"""A fast shutdown: the other kind waits for those who are connected."""

_ROLES = f"""
CREATE ROLE {LOADER} LOGIN PASSWORD '{LOADER_PASSWORD}';
CREATE ROLE guest LOGIN PASSWORD '{LOADER_PASSWORD}';
CREATE ROLE sleeper NOLOGIN PASSWORD '{LOADER_PASSWORD}';
CREATE DATABASE {DATABASE};
"""
_RIGHTS = f"""
CREATE SCHEMA {SCHEMA};
GRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO {LOADER};
GRANT USAGE ON SCHEMA {SCHEMA} TO guest;
"""
_HBA = """
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
"""


@dataclass
class Postgres:
    """A running server, with what is needed to sign in and to change its rules."""

    port: int
    folder: Path
    host: str = "127.0.0.1"
    _names: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _later: list[subprocess.Popen[bytes]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    """The lines of its log until now."""
    pid: int = 0
    locales: Path | None = None
    """Where its system looks for languages."""

    @property
    def socket_folder(self) -> Path:
        """Where its Unix socket is."""
        return self.folder

    @property
    def fields(self) -> dict[str, Any]:
        """A destination that works: the role `loader`, without TLS."""
        return {
            "host": self.host, "port": self.port, "database": DATABASE, "schema": SCHEMA, "user": LOADER, "tls": "off",
        }  # fmt: skip

    def connection_words(self, database: str = DATABASE) -> str:
        """How the superuser connects, as libpq takes it."""
        return make_conninfo(
            host=str(self.folder), port=self.port, dbname=database, user=SUPERUSER, password=SUPERUSER_PASSWORD
        )

    def connect(self, database: str = DATABASE) -> psycopg.Connection[Any]:
        """A connection of the superuser's, each statement by itself."""
        return psycopg.connect(self.connection_words(database), autocommit=True)

    def connect_as(self, role: str, database: str = DATABASE) -> psycopg.Connection[Any]:
        """The same of a role with the loader's password."""
        return psycopg.connect(
            host=str(self.folder), port=self.port, dbname=database, user=role, password=LOADER_PASSWORD,
            autocommit=True,
        )  # fmt: skip

    def run(self, *statements: str, database: str = DATABASE) -> list[tuple[Any, ...]]:
        """Run statements as the superuser; returns the rows of the last."""
        with self.connect(database) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def new_role(self, options: str = "LOGIN", password: str = LOADER_PASSWORD) -> str:
        """A role of its own for one test."""
        name = f"role_{os.getpid()}_{next(self._names)}"
        self.run(f"CREATE ROLE {name} {options} PASSWORD '{password}'")
        return name

    def append_hba(self, line: str) -> None:
        """Add a line at the end of pg_hba.conf and have it read."""
        with (self.folder / "data" / "pg_hba.conf").open("a") as file:
            file.write(line + "\n")
        self.reload()

    @contextmanager
    def hba(self, text: str) -> Iterator[None]:
        """Other rules for a while; the superuser keeps the Unix socket."""
        file = self.folder / "data" / "pg_hba.conf"
        file.write_text(f"local all {SUPERUSER} scram-sha-256\n{text}\n")
        self.reload()
        try:
            yield
        finally:
            file.write_text(_HBA)
            self.reload()

    def reload(self) -> None:
        """Have the server read its files, and wait until it has."""
        before = self.run("SELECT pg_conf_load_time()")
        self.run("SELECT pg_reload_conf()")
        ends_at = time.monotonic() + 10
        while self.run("SELECT pg_conf_load_time()") == before:  # the server tells nobody
            assert time.monotonic() < ends_at, "the server does not read its files"
            time.sleep(0.01)

    @contextmanager
    def away(self) -> Iterator[None]:
        """The server ended for a while, as by a restart or a failover."""
        options = shlex.split((self.folder / "data" / "postmaster.opts").read_text())
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        watch = os.pidfd_open(pid)
        for way in (signal.SIGINT, signal.SIGQUIT):  # the second for one that waits for somebody who hangs
            os.kill(pid, way)
            if select.select([watch], [], [], 10)[0]:
                break
        else:
            raise AssertionError(f"the server does not end: {self.log[-5:]}")
        os.close(watch)
        yield
        again = subprocess.Popen(
            dropped(options, server_user(), "QUIT"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )  # fmt: skip
        self._later.append(again)
        ends_at = time.monotonic() + 20
        while True:
            try:
                self.run("SELECT 1", database="postgres")
                return
            except psycopg.OperationalError:
                assert time.monotonic() < ends_at, "the server does not come back"
                time.sleep(0.05)

    def use_language(self, language: str) -> None:
        """Messages in this language from now on, such as `ja_JP`; the rest of its locale stays C."""
        assert self.locales is not None, "it was not started for other languages"
        _make_locale(self.locales, language)
        self.run(f"ALTER SYSTEM SET lc_messages = '{language}.UTF-8'")
        self.reload()

    @contextmanager
    def speaking(self, language: str) -> Iterator[None]:
        """The same for a while, then German again."""
        self.use_language(language)
        try:
            yield
        finally:
            self.use_language("de_DE")

    def end(self) -> None:
        """End what was started again after having been away."""
        for process in self._later:
            process.send_signal(ENDING)
            process.wait(10)

    def use_certificate(self, certificate: Certificate, clients: Authority) -> None:
        """Serve TLS with this certificate from now on; client certificates must be of the authority `clients`."""
        files = {"server.crt": certificate.certificate, "server.key": certificate.key, "ca.crt": clients.ca_file}
        for name, source in files.items():
            target = self.folder / "data" / name
            temporary = target.with_suffix(".new")
            shutil.copyfile(source, temporary)
            temporary.chmod(0o600)
            if user := server_user():
                shutil.chown(temporary, user)
            temporary.replace(target)
        self.run("ALTER SYSTEM SET ssl = on", "ALTER SYSTEM SET ssl_ca_file = 'ca.crt'")
        self.reload()


@contextmanager
def start(environment: Mapping[str, str] | None = None, connections: int = 30) -> Iterator[Postgres]:
    """A new server with the tests' roles, database and schema, for so many connections at once."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    initdb = find_binary("initdb", "postgresql", folders)
    program = find_binary("postgres", "postgresql", folders)
    user = server_user()
    with server_folder(user) as folder:
        (folder / "password").write_text(SUPERUSER_PASSWORD)
        (folder / "password").chmod(0o644)
        data = folder / "data"
        made = [initdb, "-D", str(data), "-U", SUPERUSER, "-A", "scram-sha-256", "--no-sync", "-E", "UTF8"]
        made += ["--locale=C", f"--pwfile={folder / 'password'}"]
        subprocess.run(dropped(made, user), check=True, capture_output=True, cwd=folder)
        (data / "pg_hba.conf").write_text(_HBA)
        port = free_port()
        options = ("listen_addresses=127.0.0.1", f"port={port}", f"unix_socket_directories={folder}", "fsync=off")
        command = [program, "-D", str(data), *(f"--{o}" for o in (*options, f"max_connections={connections}"))]
        log: list[str] = []
        ready = "ready to accept connections"
        with running(dropped(command, user, "QUIT"), ready, environment=environment, log=log, ending=ENDING) as process:
            server = Postgres(port, folder, log=log, pid=process.pid)
            server.run(*_ROLES.strip().splitlines(), database="postgres")
            server.run(*_RIGHTS.strip().splitlines())
            try:
                yield server
            finally:
                server.end()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server with passwords and no TLS."""
    with start() as server:
        yield server


@pytest.fixture(scope="session")
def store_server() -> Iterator[Postgres]:
    """A PostgreSQL server for stores: no test ends its sessions or changes its rules."""
    with start(connections=100) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_tls(certificate_authority: Authority) -> Iterator[Postgres]:
    """A PostgreSQL server whose certificate, of the tests' authority, is for `localhost` alone."""
    with start() as server:
        server.use_certificate(certificate_authority.issue("localhost"), certificate_authority)
        yield server


_LOCALE_OF_C = Path("/usr/lib/locale/C.utf8")


@pytest.fixture(scope="session")
def postgres_german() -> Iterator[Postgres]:
    """A PostgreSQL server whose messages are in German, and for a while in other languages."""
    with server_folder(server_user()) as folder:
        _make_locale(folder, "de_DE")
        with start({"LOCPATH": str(folder)}) as server:
            server.locales = folder
            server.use_language("de_DE")
            yield server


def _make_locale(folder: Path, language: str) -> None:
    """A translation is found by its locale's name alone; all else in it may be that of C."""
    locale = folder / f"{language}.UTF-8"
    if not _LOCALE_OF_C.exists():
        pytest.skip(f"the locale {language} cannot be made: {_LOCALE_OF_C} is missing")
    if not locale.exists():
        locale.symlink_to(_LOCALE_OF_C)
