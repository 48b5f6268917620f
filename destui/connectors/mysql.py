"""MySQL and MariaDB: their declaration and their ladder."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from destui.connectors.base import PATIENT, Climb, Connector, Fault, Run, StepResult
from destui.connectors.mysql_errors import CATALOGUE
from destui.connectors.mysql_protocol import fault, request_encryption, sign_in
from destui.connectors.network import Endpoint, Lifeline, is_socket, passing_trouble, told_of_the_socket, useful_steps
from destui.connectors.phrases import mysql_identifier
from destui.connectors.tls import MAYBE, Encryption
from destui.domain.check import CLEAN_UP
from destui.domain.fields import TLS_MODES, FieldKind, Fields, FieldSpec, TypeSpec

if TYPE_CHECKING:
    from pymysql.connections import Connection

SPEC = TypeSpec(
    id="mysql",
    label=CATALOGUE.label,
    description="host, database, user, password",
    fields=(
        FieldSpec(
            "host", "Host", FieldKind.HOST, required=True, section="Where", endpoint=True,
            help="a name, an address, or a socket's path",
        ),
        FieldSpec("port", "Port", FieldKind.PORT, default=3306, section="Where", endpoint=True),
        FieldSpec("database", "Database", required=True, section="Where"),
        FieldSpec("user", "User", required=True, section="Sign in"),
        FieldSpec("password", "Password", secret=True, section="Sign in"),
        FieldSpec(
            "tls", "TLS", FieldKind.CHOICE, default="verify-full", choices=TLS_MODES,
            section="Encryption", help="verify-full also checks the host's name",
        ),
        FieldSpec(
            "ca_file", "CA file", FieldKind.PATH, section="Encryption",
            placeholder="optional, the system's if empty", shown_when=("tls", ("verify-ca", "verify-full")),
        ),
    ),
    steps=CATALOGUE.steps,
    url_schemes=("mysql", "mariadb"),
    url_options={"ssl-mode": "tls", "sslmode": "tls", "ssl_mode": "tls", "ssl-ca": "ca_file", "ssl_ca": "ca_file"},
    url_values={
        "tls": {
            "DISABLED": "off", "disabled": "off", "disable": "off", "PREFERRED": "require", "preferred": "require",
            "REQUIRED": "require", "required": "require", "VERIFY_CA": "verify-ca", "verify_ca": "verify-ca",
            "VERIFY_IDENTITY": "verify-full", "verify_identity": "verify-full",
        }
    },
    url_notes={"tls": {"PREFERRED": MAYBE, "preferred": MAYBE}},
    driver="pymysql",
)  # fmt: skip

_PASSING = {
    "1040": "too many connections", "1203": "too many connections",
    "1047": "the server is starting up", "1053": "the server is shutting down",
}  # fmt: skip

_NO_RIGHT = "1142"

_LOST = ("0", "2006", "2013", "1927")
"""Codes of a session that is gone."""

_PROBE = "_destui_probe_"
_NOTE = "destui was here: äöü 東京"


class _Session(Climb):
    """One run. What creates a table commits here, so the probe is dropped at clean up, over a new session where the
    first was cut. What a kill leaves is swept by a later run: of the same check at once, of others after 10 minutes.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._endpoint = Endpoint(run.text("host"), int(run.fields.get("port", 3306)))
        self._is_local = is_socket(run.fields)
        mode = "off" if self._is_local else str(run.fields.get("tls", "verify-full"))
        self._encryption = Encryption(mode, self._endpoint.host, run.text("ca_file"))
        self._database = mysql_identifier(run.text("database"))
        self._session: Connection | None = None
        self._may_be_there = False
        self._is_cut = False
        self.sends_rows = False
        """Sign in so that rows can be sent by LOAD DATA LOCAL."""
        run.facts["account_host"] = "%"  # until the server says it

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
        self._is_cut = True
        self._endpoint.lifeline.cut()

    def _reach(self) -> StepResult:
        if not self._is_local:
            self._endpoint.reach(self._run)
            return None
        self._run.retry(self._dial, passing_trouble).close()
        return self._endpoint.host

    def _dial(self) -> socket.socket:
        if not self._is_local:
            return self._endpoint.dial(self._run)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(self._run.left)
        self._endpoint.lifeline.hold(connection.fileno())
        try:
            with told_of_the_socket():
                connection.connect(self._endpoint.host)
        except (OSError, Fault):
            connection.close()
            raise
        return connection

    def _encrypt(self) -> StepResult:
        def dial() -> socket.socket:
            return self._run.retry(lambda: request_encryption(self._dial()), _passing, PATIENT)

        return self._encryption.handshake(self._run, dial)

    def _sign_in(self) -> None:
        self._session = self._run.retry(self._new_session, _passing, PATIENT)
        # An account whose password has expired is let in, and then refused everything.
        version, account = self._ask("SELECT VERSION(), CURRENT_USER()")[0]
        self._run.facts["account_host"] = str(account).rpartition("@")[2]
        kind = "MariaDB" if "mariadb" in str(version).lower() else "MySQL"
        self._run.detail["server"] = f"{kind} {str(version).partition('-')[0]}"

    def _new_session(self) -> Connection:
        run, encryption = self._run, self._encryption
        context = encryption.context() if encryption.mode != "off" else None
        names = run.text("user"), run.secret("password")
        return sign_in(self._dial(), encryption.host, *names, context, sends_rows=self.sends_rows)

    @property
    def session(self) -> Connection:
        """What *sign in* has opened, for whoever goes on with it. Raises Fault where there is nothing."""
        if self._session is None:
            raise Fault("", "there is no session")
        return self._session

    def _ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement. Raises Fault with the server's code."""
        from pymysql import MySQLError

        if self._session is None:
            raise Fault("", "there is no session")
        try:
            with self._session.cursor() as cursor:
                cursor.execute(statement, values or None)
                return list(cursor.fetchall())
        except MySQLError as error:
            raise fault(error) from error

    def _open(self) -> StepResult:
        try:
            self._ask(f"USE {self._database}")
        except Fault as found:
            if found.code == "1044" and self._sees_database():
                found.code = "1044:seen"
            raise
        return self._run.detail["server"]

    def _sees_database(self) -> bool:
        """The server says the same of a database that is not there; who may list them can tell."""
        query = "SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s"
        return bool(self._ask(query, self._run.text("database")))

    def _on_probe(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self._ask(statement.format(mysql_identifier(self._run.probe)), *values)

    def _wait_at_most(self, seconds: float) -> None:
        """Have the server itself end a wait for locks. Services without these settings have limits of their own."""
        with suppress(Fault):
            most = max(1, int(seconds))
            self._ask(f"SET SESSION lock_wait_timeout = {most}, innodb_lock_wait_timeout = {most}")

    def _create(self) -> None:
        self._wait_at_most(self._run.left * 0.8)
        # Whoever may not drop it again must not create it.
        try:
            self._on_probe("DROP TABLE IF EXISTS {}")
        except Fault as found:
            if found.code == _NO_RIGHT:
                self._ensure_may_create()
            raise
        self._may_be_there = True
        self._on_probe("CREATE TABLE {} (id INT PRIMARY KEY, note VARCHAR(100)) CHARACTER SET utf8mb4")

    def _ensure_may_create(self) -> None:
        """Raises Fault where the user may not create either, by a table that cannot be: rights are looked at first."""
        try:
            self._on_probe("CREATE TABLE {} (id INT, id INT)")
        except Fault as found:
            if found.code == _NO_RIGHT:
                raise

    def _write(self) -> None:
        self._on_probe("INSERT INTO {} VALUES (%s, %s)", 1, _NOTE)

    def _read_back(self) -> None:
        if self._on_probe("SELECT note FROM {} WHERE id = %s", 1) != [(_NOTE,)]:
            raise Fault("probe_differs", "what was read back is not what was written")

    def _clean_up(self) -> None:
        self._endpoint.close()
        if self._session is None:
            return
        try:
            if self._may_be_there:
                self._drop_probe()
                self._sweep()
        finally:
            self._close()

    def _drop_probe(self) -> None:
        drop = "DROP TABLE IF EXISTS {}"
        if not self._is_cut:
            try:
                self._on_probe(drop)
            except Fault as found:
                if found.code not in _LOST:
                    raise
            else:
                return
        with suppress(Fault, OSError):  # a server that is gone: a later run sweeps
            self._reconnect()
            self._on_probe(drop)

    def _reconnect(self) -> None:
        """A new session in the place of the one that is gone, which may still run and hold locks at the server."""
        old = self._session.thread_id() if self._session else 0
        self._close()
        self._endpoint.lifeline = Lifeline()
        self._session = self._new_session()
        with suppress(Fault):  # mostly it has ended by itself
            self._ask(f"KILL {old}")
        self._ask(f"USE {self._database}")

    def _sweep(self) -> None:
        """Drop what killed runs have left; whatever stands against it is no trouble of this run."""
        mine = f"{_PROBE}{self._run.token}_"
        query = (
            "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
            " AND LEFT(TABLE_NAME, %s) = %s AND (CREATE_TIME < NOW() - INTERVAL 10 MINUTE OR LEFT(TABLE_NAME, %s) = %s)"
        )
        with suppress(Fault):
            self._wait_at_most(1)
            for (name,) in self._ask(query, len(_PROBE), _PROBE, len(mine), mine):
                self._ask(f"DROP TABLE IF EXISTS {mysql_identifier(name)}")

    def _close(self) -> None:
        if self._session is not None and self._session.open:
            self._session.close()
        self._endpoint.lifeline.release()


def _passing(error: Exception) -> str | None:
    if not isinstance(error, Fault):
        return None
    if error.code == "1226" and "'max_user_connections'" in str(error):  # its other limits are by the hour
        return _PASSING["1203"]
    return _PASSING.get(error.code)


class _MySQL(Connector):
    spec = SPEC
    catalogue = CATALOGUE

    def steps_for(self, fields: Fields) -> tuple[str, ...]:
        return useful_steps(SPEC.steps, fields)

    def climb(self, run: Run) -> Climb:
        return _Session(run)


CONNECTOR = _MySQL()
