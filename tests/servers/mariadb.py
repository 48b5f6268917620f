"""MariaDB servers: one plain, one with TLS, with users that may much or little."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql
import pytest

from tests.servers.certificates import Authority, Certificate
from tests.servers.processes import dropped, find_binary, free_port, running, server_folder, server_user

LOADER, LOADER_PASSWORD = "loader", "loader s secret ü"
DATABASE = "warehouse"
RIGHTS = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX"


@dataclass
class Mariadb:
    """A running server, with what is needed to sign in and to change its rules."""

    port: int
    folder: Path
    host: str = "127.0.0.1"
    _names: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    log: list[str] = field(default_factory=list)
    """The lines of its log until now."""
    pid: int = 0

    @property
    def socket(self) -> Path:
        """Its Unix socket, over which root needs no password."""
        return self.folder / "s"

    @property
    def fields(self) -> dict[str, Any]:
        """A destination that works: the user `loader`, without TLS."""
        return {"host": self.host, "port": self.port, "database": DATABASE, "user": LOADER, "tls": "off"}

    def root(self) -> pymysql.Connection:
        """A connection of the administrator's, each statement by itself."""
        return pymysql.connect(unix_socket=str(self.socket), user="root", autocommit=True)

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements as root; returns the rows of the last."""
        with closing(self.root()) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    @contextmanager
    def user(self, options: str = "", rights: str = RIGHTS, host: str = "%") -> Iterator[dict[str, Any]]:
        """A user of its own for one test, with the loader's password unless the options say otherwise; its fields."""
        name = f"user_{os.getpid()}_{next(self._names)}"
        how = options if options.startswith("IDENTIFIED") else f"IDENTIFIED BY '{LOADER_PASSWORD}' {options}"
        self.run(f"CREATE USER {name}@'{host}' {how}")
        if rights:
            self.run(f"GRANT {rights} ON {DATABASE}.* TO {name}@'{host}'")
        try:
            yield {**self.fields, "user": name}
        finally:
            # A fix may have renamed it.
            for (where,) in self.run(f"SELECT host FROM mysql.user WHERE user = '{name}'"):
                self.run(f"DROP USER {name}@'{where}'")

    @contextmanager
    def setting(self, name: str, value: str, after: str = "DEFAULT") -> Iterator[None]:
        """A global variable set otherwise for a while."""
        self.run(f"SET GLOBAL {name} = {value}")
        try:
            yield
        finally:
            self.run(f"SET GLOBAL {name} = {after}")

    def use_certificate(self, certificate: Certificate) -> None:
        """Serve TLS with this certificate from now on."""
        _place(certificate, self.folder)
        self.run("FLUSH SSL")

    def tables(self) -> list[str]:
        """The probes that are there."""
        query = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_NAME LIKE '%probe%'"
        return [name for (name,) in self.run(query)]


def _place(certificate: Certificate, folder: Path) -> None:
    for name, source in {"server.crt": certificate.certificate, "server.key": certificate.key}.items():
        temporary = folder / f"{name}.new"
        shutil.copyfile(source, temporary)
        temporary.chmod(0o600)
        if user := server_user():
            shutil.chown(temporary, user)
        temporary.replace(folder / name)


@contextmanager
def start(certificate: Certificate | None = None) -> Iterator[Mariadb]:
    """A new server with the tests' user and database."""
    install = find_binary("mariadb-install-db", "mariadb-server")
    program = find_binary("mariadbd", "mariadb-server")
    user = server_user()
    with server_folder(user) as folder:
        data, port = folder / "data", free_port()
        made = [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"]
        made += [
            "--skip-test-db",
            f"--tmpdir={folder}",
            "--innodb-use-native-aio=0",
        ]  # of which a user has little, for many servers at once
        done = subprocess.run(dropped(made, user), capture_output=True, cwd=folder, text=True)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}"
        options = [f"--datadir={data}", f"--port={port}", f"--socket={folder / 's'}", f"--pid-file={folder / 'pid'}"]
        options += ["--bind-address=127.0.0.1", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0"]
        options += ["--innodb-buffer-pool-size=32M", "--max-connections=60", "--plugin-maturity=unknown"]
        # A server that starts removes what others have put aside where it puts things aside.
        options += ["--innodb-use-native-aio=0", f"--tmpdir={folder}"]
        if certificate is not None:
            _place(certificate, folder)
            options += [f"--ssl-cert={folder / 'server.crt'}", f"--ssl-key={folder / 'server.key'}"]
        command = [program, "--no-defaults", *options]
        log: list[str] = []
        with running(dropped(command, user, "TERM"), "ready for connections", log=log) as process:
            server = Mariadb(port, folder, log=log, pid=process.pid)
            server.run(
                "DELETE FROM mysql.global_priv WHERE User = 'root' AND Host <> 'localhost'",
                "FLUSH PRIVILEGES",
                f"CREATE DATABASE {DATABASE}",
                f"CREATE USER {LOADER}@'%' IDENTIFIED BY '{LOADER_PASSWORD}'",
                f"GRANT {RIGHTS} ON {DATABASE}.* TO {LOADER}@'%'",
            )
            yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Mariadb]:
    """A MariaDB server with passwords and no TLS."""
    with start() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_tls(certificate_authority: Authority) -> Iterator[Mariadb]:
    """A MariaDB server whose certificate, of the tests' authority, is for `localhost` alone."""
    with start(certificate_authority.issue("localhost")) as server:
        yield server
