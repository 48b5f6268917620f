"""PostgreSQL: its declaration and its ladder."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, LiteralString

from destui.connectors.base import PATIENT, Climb, Connector, Fault, Run, StepResult
from destui.connectors.libpq import admits_encrypted, pem_files, request_encryption, sign_in
from destui.connectors.network import Endpoint, is_socket, passing_trouble, told_of_the_socket, useful_steps
from destui.connectors.phrases import sql_identifier
from destui.connectors.postgres_errors import CATALOGUE
from destui.connectors.tls import MAYBE, Encryption
from destui.domain.check import CLEAN_UP
from destui.domain.fields import TLS_MODES, FieldKind, Fields, FieldSpec, TypeSpec

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import SQL, Composed

_ENCRYPTED = ("require", "verify-ca", "verify-full")
_VERIFIED = ("verify-ca", "verify-full")

SPEC = TypeSpec(
    id="postgres",
    label=CATALOGUE.label,
    description="host, database, user, password",
    fields=(
        FieldSpec(
            "host", "Host", FieldKind.HOST, required=True, section="Where", endpoint=True,
            help="a name, an address, or a socket's folder",
        ),
        FieldSpec("port", "Port", FieldKind.PORT, default=5432, section="Where", endpoint=True),
        FieldSpec("database", "Database", required=True, section="Where"),
        FieldSpec("schema", "Schema", default="public", section="Where"),
        FieldSpec("user", "User", required=True, section="Sign in"),
        FieldSpec("password", "Password", secret=True, section="Sign in"),
        FieldSpec(
            "tls", "TLS", FieldKind.CHOICE, default="verify-full", choices=TLS_MODES,
            section="Encryption", help="verify-full also checks the host's name",
        ),
        FieldSpec(
            "ca_file", "CA file", FieldKind.PATH, section="Encryption",
            placeholder="optional, the system's if empty", shown_when=("tls", _VERIFIED),
        ),
        FieldSpec(
            "client_cert", "Client cert", FieldKind.PATH, section="Encryption",
            placeholder="optional, a PEM file", shown_when=("tls", _ENCRYPTED),
        ),
        FieldSpec(
            "client_key", "Client key", secret=True, section="Encryption",
            placeholder="optional, the key's PEM text", shown_when=("tls", _ENCRYPTED),
        ),
    ),
    steps=CATALOGUE.steps,
    url_schemes=("postgres", "postgresql"),
    url_options={"sslmode": "tls", "sslrootcert": "ca_file", "sslcert": "client_cert", "schema": "schema"},
    url_values={"tls": {"disable": "off", "allow": "require", "prefer": "require"}},
    url_notes={"tls": {"allow": MAYBE, "prefer": MAYBE}},
    driver="psycopg",
)  # fmt: skip

_OF_THE_DATABASE = ("3D000", "42501", "55000")
"""SQLSTATEs of a sign-in that the server accepted before it found something wrong with the database."""

_DATABASE_WORDS = re.compile(r'database ".*" does not exist|permission denied for database')

_PASSING = {"53300": "too many connections", "57P03": "the server is starting up"}

_NOTE = "destui was here: äöü 東京"


class _Session(Climb):
    """One run. The probe lives and dies in one transaction, which *clean up* rolls back.

    Whatever ends the run early, a kill of the process too, leaves nothing: the server rolls back by itself.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._endpoint = Endpoint(run.text("host"), int(run.fields.get("port", 5432)))
        mode = str(run.fields.get("tls", "verify-full"))
        self._schema = str(run.fields.get("schema", "public"))
        self._is_local = is_socket(run.fields)
        self._encryption = Encryption("off" if self._is_local else mode, self._endpoint.host, run.text("ca_file"))
        self._connection: Connection[Any] | None = None
        self._postponed: Fault | None = None
        self._read_only = "25006"
        """The code of a refused write, more exactly where a setting is known to be why."""

    @property
    def rungs(self) -> Mapping[str, Callable[[], StepResult]]:
        return {
            "resolve": lambda: self._endpoint.resolve(self._run),
            "reach": self._reach,
            "encrypt": self._encrypt,
            "sign in": self._sign_in,
            "open": self._open,
            "create": self._create,
            "write": self._write,
            "read back": self._read_back,
            CLEAN_UP: self._clean_up,
        }

    def abort(self) -> None:
        self._endpoint.lifeline.cut()

    @property
    def session(self) -> Connection[Any]:
        """What *sign in* has opened, for whoever goes on with it. Raises Fault where there is nothing."""
        if self._postponed is not None:
            raise self._postponed
        if self._connection is None:
            raise Fault("", "there is no session")
        return self._connection

    @contextmanager
    def parameters(self) -> Iterator[dict[str, str]]:
        """What a sign-in is made of, for libpq; the files that it names are gone when the block ends."""
        with pem_files(key=self._run.secret("client_key"), roots="".join(self._encryption.roots)) as files:
            yield self._parameters(files)

    def _reach(self) -> StepResult:
        if not self._is_local:
            self._endpoint.reach(self._run)
            return None
        path = f"{self._endpoint.host}/.s.PGSQL.{self._endpoint.port}"
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(self._run.left)
            with told_of_the_socket():
                self._run.retry(lambda: probe.connect(path), passing_trouble)
        return path

    def _encrypt(self) -> StepResult:
        with pem_files(key=self._run.secret("client_key")) as files:
            self._encryption.identity = self._identity(files)
            return self._encryption.handshake(self._run, lambda: request_encryption(self._endpoint.dial(self._run)))

    def _identity(self, files: Mapping[str, str]) -> tuple[str, str] | None:
        certificate = self._run.text("client_cert")
        return (certificate, files.get("key", certificate)) if certificate else None

    def _sign_in(self) -> None:
        self._endpoint.close()
        with self.parameters() as parameters:
            try:
                self._connection = self._run.retry(
                    lambda: sign_in(parameters, self._run.left, self._endpoint.lifeline), _passing, PATIENT
                )
            except Fault as fault:
                if fault.code.startswith("28000"):
                    raise self._look_further(fault) from fault
                # Without a code, the server's words must do.
                if fault.code not in _OF_THE_DATABASE and (fault.code or not _DATABASE_WORDS.search(str(fault))):
                    raise
                self._postponed = fault

    def _parameters(self, files: Mapping[str, str]) -> dict[str, str]:
        run, endpoint, mode = self._run, self._endpoint, self._encryption.mode
        parameters = {
            "host": endpoint.host,
            "hostaddr": endpoint.address,
            "port": str(endpoint.port),
            "dbname": run.text("database"),
            "user": run.text("user"),
            "password": run.secret("password"),
            "sslmode": "disable" if mode == "off" else mode,
        }
        if mode in _VERIFIED:
            parameters["sslrootcert"] = self._encryption.ca_file or files.get("roots", "")
        if identity := self._identity(files):
            parameters["sslcert"], parameters["sslkey"] = identity
        return {name: value for name, value in parameters.items() if value}

    def _look_further(self, fault: Fault) -> Fault:
        """Where the server's own rules refuse this user: from which address, and would TLS help?"""
        message = str(fault)
        fault.facts["rule"] = "host" if self._encryption.mode == "off" else "hostssl"
        address = next(filter(_is_address, re.findall(r"[0-9a-fA-F.:]{3,}", message)), "")
        if address:
            fault.facts["client"] = address
        # The same routine also asks for client certificates; only its host rules name the client.
        if fault.code != "28000:ClientAuthentication" or not (address or self._is_local):
            return fault
        code = "28000:local" if self._is_local else "28000:rule"
        if self._encryption.mode == "off" and not self._is_local:
            with suppress(OSError, Fault):
                names = self._run.text("user"), self._run.text("database")
                if admits_encrypted(self._endpoint.dial(self._run), *names):
                    code = "28000:tls"
        return Fault(code, message, **fault.facts)

    def _ask(self, query: SQL | Composed, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement, which the server itself ends before the step's deadline does."""
        from psycopg.sql import SQL, Literal

        if self._connection is None:
            raise Fault("", "there is no session")
        most = int(self._run.left * 1000)
        limits = SQL("SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}")
        self._connection.execute(limits.format(Literal(most * 8 // 10), Literal(most * 9 // 10)))
        cursor = self._connection.execute(query, values or None)
        return cursor.fetchall() if cursor.description else []

    def _open(self) -> StepResult:
        from psycopg.sql import SQL

        if self._postponed is not None:
            raise self._postponed
        if self._connection is not None:
            self._connection.execute("BEGIN")
        version = str(self._ask(SQL("SHOW server_version"))[0][0])
        self._look_at_read_only()
        self._run.detail["server"] = f"PostgreSQL {version}"
        if not self._ask(SQL("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s"), self._schema):
            raise Fault("3F000", f'schema "{self._schema}" does not exist')
        return f"PostgreSQL {version.partition(' ')[0]}"

    def _look_at_read_only(self) -> None:
        """Where sessions are set to read-only, find the setting, for the fix."""
        from psycopg.sql import SQL

        rows = self._ask(
            SQL(
                "SELECT source FROM pg_catalog.pg_settings WHERE name = 'default_transaction_read_only'"
                " AND setting = 'on' AND NOT pg_catalog.pg_is_in_recovery()"
            )
        )
        if not rows:
            return
        user, database = (sql_identifier(self._run.text(name)) for name in ("user", "database"))
        where = {
            "user": f"ROLE {user}",
            "database": f"DATABASE {database}",
            "database user": f"ROLE {user} IN DATABASE {database}",
            "global": "ROLE ALL",
        }.get(rows[0][0])
        self._read_only += ":setting" if where else ":server"
        self._run.facts["where"] = where or ""

    def _on_probe(self, statement: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        from psycopg.sql import SQL, Identifier

        return self._ask(SQL(statement).format(Identifier(self._schema, self._run.probe)), *values)

    def _create(self) -> None:
        from psycopg.errors import ReadOnlySqlTransaction

        try:
            self._on_probe("CREATE TABLE {} (id integer PRIMARY KEY, note text)")
        except ReadOnlySqlTransaction as error:
            raise Fault(self._read_only, error.diag.message_primary or str(error)) from error

    def _write(self) -> None:
        self._on_probe("INSERT INTO {} VALUES (%s, %s)", 1, _NOTE)

    def _read_back(self) -> None:
        if self._on_probe("SELECT note FROM {} WHERE id = %s", 1) != [(_NOTE,)]:
            raise Fault("probe_differs", "what was read back is not what was written")

    def _clean_up(self) -> None:
        self._endpoint.close()
        if self._connection is None:
            return
        from psycopg import Error

        with suppress(Error):  # a session that is gone was rolled back by its end
            self._connection.execute("ROLLBACK")
        self._connection.close()


def _is_address(word: str) -> bool:
    try:
        ipaddress.ip_address(word)
    except ValueError:
        return False
    return True


def _passing(error: Exception) -> str | None:
    return _PASSING.get(error.code) if isinstance(error, Fault) else None


class _Postgres(Connector):
    spec = SPEC
    catalogue = CATALOGUE

    def steps_for(self, fields: Fields) -> tuple[str, ...]:
        return useful_steps(SPEC.steps, fields)

    def climb(self, run: Run) -> Climb:
        return _Session(run)


CONNECTOR = _Postgres()
