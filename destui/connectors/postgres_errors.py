"""What PostgreSQL's errors mean, and those of the poolers and clouds that speak its protocol."""

from __future__ import annotations

from destui.connectors.catalogue import Catalogue, Entry, Failure, in_english
from destui.connectors.cloud_entries import CLOUD
from destui.connectors.network_entries import NETWORK
from destui.connectors.postgres_sign_in_entries import ROLE_ADMIN, SIGN_IN
from destui.connectors.postgres_statement_entries import STATEMENTS
from destui.connectors.tls_entries import ENCRYPTION
from destui.connectors.words import Heard, find
from destui.domain.steps import DATABASE_STEPS

_SERVER: tuple[Entry, ...] = (
    Entry(
        "PG-53300-ROLE", ("too_many_connections",),
        "The role {user} has as many connections open as it may.",
        f"Close some, or run this {ROLE_ADMIN}:\nALTER ROLE {{user:id}} CONNECTION LIMIT -1;",
        among=("53300",), words=('too many connections for role "{user}"', "max_user_connections"),
        reading="PostgreSQL: ALTER ROLE",
    ),
    Entry(
        "PG-53300-DATABASE", ("too_many_connections",),
        "The database {database} has as many connections open as it may.",
        "Close some, or run this as the owner of the database:\nALTER DATABASE {database:id} CONNECTION LIMIT -1;",
        among=(
            "53300",
        ),
        words=('too many connections for database "{database}"', "max_db_connections", "max_db_client_connections"),
        reading="PostgreSQL: ALTER DATABASE",
    ),
    Entry(
        "PG-POOL-WAIT", ("too_many_connections", "server_unavailable"),
        "The pooler had no free connection to the server in time: all are in use, or the server is not there.",
        "Close connections that nobody uses, then look whether the server behind the pooler runs.",
        among=("08P01", "XX000", "58000", "53300"),
        words=(
            "pool timed out while waiting", "couldn't get a connection after", "waiting for idle object",
            "query_wait_timeout", "unable to check out", "from the connection pool", "connection from the pool",
            "connection pool timeout", "queuepool limit", "acquire database connection", "failed to check out",
            "timed out fetching a new connection", "timeout exceeded when trying to connect", "pool checkout failed",
            "dropped from queue after", "pool exhausted", "connection pool exhausted", "connection pool is full",
            "failed to acquire permit",
        ),
        more="The pooler's SHOW POOLS tells: clients that wait beside busy servers are too many; without any server "
        "the database is away.",
        reading="PgBouncer: pgbouncer.ini, query_wait_timeout",
    ),
    Entry(
        "PG-53300", ("too_many_connections",),
        "The server has as many connections open as it may.",
        "Close connections that nobody uses, or have the administrator raise max_connections; a superuser sees who "
        "holds them by:\n"
        "SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3 ORDER BY 4 DESC;",
        codes=("53300",), among=("08P01", "XX000", "08004"),
        words=(
            "requested standby connections exceeds", "too many clients", "too many connections",
            "remaining connection slots", "no more connections allowed", "max client connections reached",
            "max client_conn", "max_client_conn", "max clients reached", "max connections reached",
            "max pools count reached", "client connections exceeded", "connection limit exceeded",
            "connection limit reached", "connection limit {limit} exceeded", 'connection limit "{limit}" exceeded',
            "maximum connections", "maximum number of connections", "number of connections exceeded",
            "no free connections", "too many database connection", "connections attempts", "emaxconn…",
            "reserved for roles with", "too many servers in the pool",
        ),
        reading="PostgreSQL: Connections and Authentication",
    ),
    Entry(
        "PG-DISABLED", ("server_unavailable", "no_connect_right"),
        "The pooler's administrator has shut the database {database}.",
        "Have the pooler's administrator open it again, in its console:\nENABLE {database:id};",
        among=("08P01",), words=('database "{database}" is disabled', "database is disabled"),
        more="The pooler's SHOW DATABASES says which databases are shut.",
        reading="PgBouncer: pgbouncer, Admin console",
    ),
    Entry(
        "PG-57P03", ("server_unavailable",),
        "The server is starting, stopping, sleeping or recovering, or the pooler has none behind it.",
        "Wait until it is up, or wake it in the service's console, then check again; its log says what it does.",
        codes=(
            "57P01", "57P02", "57P03", "57P05", "25P03",
        ),
        among=("08P01", "XX000", "08006", "08000", "08001", "58000", "40001"),
        words=(
            "db_termination", "not accepting clients", "code = unavailable", "server has been stopped",
            "has been stopped", "database system is starting up", "database system is shutting down",
            "database system is in recovery", "not yet accepting connections", "not accepting connections",
            "terminating connection", "server login failed", "server login has been failing",
            "cannot connect to server", "idle-session timeout", "idle transaction timeout", "idle-in-transaction",
            "idle_transaction_timeout", "client_idle_timeout", "idle session timeout", "hot standby mode is disabled",
            "endpoint has been disabled", "endpoint is disabled", "endpoint is suspended",
            "endpoint is temporarily unavailable", "connect to compute", "control plane request failed",
            "console request failed", "server is not running", "is not currently running", "is stopped", "is paused",
            "has been paused", "project is paused", "is shutting down", "is starting up", "shutdown in progress",
            "resuming after being auto-paused", "is hibernat…", "is sleeping", "is suspended", "server_login_retry",
            "server down", "pooler is shut…", "pooler error", "connection to database not available",
            "connection to database closed", "connection to database terminated", "server conn crashed",
            "connect failed", "pool down for", "pool is terminating", "pool terminating", "all servers are down",
            "all replicas down", "alldown", "no healthy upstream", "node is not ready", "cluster is not available",
            "server dns lookup failed", "error response during ssl exchange", "failed to get remote server connection",
            "due to an internal error", "dbhandler exited", "admin forced disconnect", "is unavailable",
            "is not available right now", "failover in progress", "under maintenance", "bouncer config error",
            "failed to start proxy connection", "consistent recovery state", "cannot connect now",
            "pgbouncer cannot connect", "crash of another server process",
        ),
        reading="PostgreSQL: Starting the Database Server",
    ),
    Entry(
        "PG-NOT-POSTGRES", ("wrong_protocol",),
        "What listens on port {port} of {host} is not PostgreSQL.",
        "Edit the destination: correct the field Port, or Host.",
        words=(
            "response to ssl negotiation", "expected authentication request from server", "unexpected response from",
            "lost synchronization with server", "message type 0x…", "without prior row description",
            "unexpected message type", "unknown message", "unexpected packet", "unexpected message from server",
            "received unexpected", "unexpected response to sslrequest", "an unexpected value",
            "unsupported backend message", "invalid response from server", "protocol error", "unknown response",
            "invalid message format",
        ),
        reading="PostgreSQL: Frontend/Backend Protocol",
    ),
    Entry(
        "PG-08006", ("connection_dropped", "server_unavailable"),
        "The server ended the connection.",
        "Look in the server's log for the reason (a crash, a restart, a pooler, a firewall), then check again.",
        codes=("08000", "08003", "08006"), among=("08001", "08P01"),
        words=(
            "ssl connection has been closed", "ssl send: closed", "is not queryable", "lost connection to the server",
            "reading from the stream has failed", "server closed the connection unexpectedly", "eof detected",
            "connection … already closed", "connection not open",
            "could not receive data from server: connection reset", "could not send data to server",
            "consuming input failed", "connection is lost", "server terminated abnormally",
            "no connection to the server", "connection pointer is null", "closed in the middle of operation",
            "client closed", "ssl syscall error: eof", "ssl syscall error: success", "connection already closed",
            "could not receive data from server", "server unexpectedly closed", "connection terminated unexpectedly",
            "client unexpected eof", "closed the connection", "send: closed", "recv: closed", "(idle): closed",
        ),
        more="The server's log has a line where it ended it itself; without one it was cut on the way.",
        reading="PostgreSQL: Error Reporting and Logging",
    ),
    Entry(
        "PG-SOCKET", ("connection_refused",),
        "There is no server's socket in {host} for port {port}.",
        "Start the server, or correct the fields Host and Port.",
        codes=("socket_missing",), among=("ENOENT",),
        words=(
            "dial unix {host}: connect: no such file", 'socket "{host}/.s.pgsql.{port}" failed: no such file',
            'socket "{host}/.s.pgsql.{port}" failed: connection refused', "connections on that socket",
            'connections on unix domain socket "{host}/.s.pgsql.{port}"',
        ),
        reading="PostgreSQL: Connections and Authentication",
    ),
    Entry(
        "PG-SOCKET-RIGHT", ("path_not_permitted",),
        "The operating system keeps this user from the server's socket in {host}.",
        "Have the server's administrator let the worker's user into the folder of the socket.",
        codes=("socket_closed",),
        words=('socket "{host}/.s.pgsql.{port}" failed: permission denied',),
        reading="PostgreSQL: Connections and Authentication",
    ),
    Entry(
        "PG-CONFIG", ("config_invalid",),
        "A connection setting is not valid.",
        "Edit the destination: correct the field that the driver names.",
        codes=("F0000", "55P02", "HV00D", "HV00J"), among=("22023", "08P01", "42704", "08001", "2F000", "XX000"),
        words=(
            "session is not read-only", "server is not in hot standby mode", "command-line argument", "net/url:",
            "failed to parse as", "cannot parse", "invalid format for user or db_name",
            "instance connection name was invalid", "unknown encoding", "cannot be interpreted as an integer",
            "conversion between", "invalid connection option", "invalid sslmode", "invalid … value:", "invalid port",
            "invalid integer value", "invalid uri", "invalid dsn", "invalid percent", "invalid value for parameter",
            'missing "=" after', "definition of service", "unsupported startup parameter",
            "unrecognized configuration parameter", "invalid connection string", "weak sslmode",
            "invalid ssl protocol version range", "host name must be specified", "could not parse",
            "extra key/value separator", "service file", "unterminated quoted string in connection",
            "unexpected character … in uri", "when looking for matching", "could not match", "forbidden value %00",
            "when ssl support is not compiled in", "is too long (maximum", 'parameter "{setting}" cannot be changed',
            "is not a valid option", "keyword not supported", "couldn't set", "can't load plugin: sqlalchemy.dialects",
            "unknown option", "invalid url", "url must start with", "invalid domain character",
            "unexpected keyword argument", "should be of type int", "invalid literal for int", "port must be",
            "port should be", "port number", "not a valid port", "command-line options", "unsupported parameter",
            "invalid startup packet", "transaction blocks not allowed", "unknown parameter", "parameter … is missing",
            "invalid … parameter", "invalid configuration", "database name … too long", "url_decode",
        ),
        reading="PostgreSQL: Connection Strings",
    ),
)  # fmt: skip


_PLACES = (
    'connection to server at "{host}" ({address}), port {port} failed',
    'connection to server at "{host}", port {port} failed',
    'running on host "{host}"', "tcp/ip connections on port {port}?",
    "connection to {host}:{port} refused", "failed to connect to `host={host} user=",
)  # fmt: skip
"""How libpq, JDBC and pgx tell where they connect to."""

_HOST_MARKS = dict.fromkeys(map(ord, ".-_:"))
_PLAIN = {"host": lambda text: text.translate(_HOST_MARKS).isalnum(), "port": str.isdecimal}


def _is_of_tls(heard: Heard) -> bool:
    """Whether pg_hba.conf refuses a connection with TLS: in any language that is behind host, user and database."""
    parts = heard.lower.partition("pg_hba.conf")[2].split('"', 7)
    return len(parts) > 6 and "ssl" in (behind := parts[6].partition("\n")[0]) and "ssl off" not in behind


class _PostgresCatalogue(Catalogue):
    def driver_code(self, code: str) -> str:
        # The ladder appends to it what more it has found out; numbers of the system have letters alone.
        state = code.partition(":")[0]
        return f"SQLSTATE {state}" if _is_state(state) else ""

    def codes_in(self, heard: Heard) -> tuple[str, ...]:
        return (*_states_in(heard), *super().codes_in(heard))

    def said_of_the_place(self, heard: Heard) -> dict[str, str]:
        found: dict[str, str] = {}
        for phrase in _PLACES:
            for name, value in (find((phrase,), heard) or {}).items():
                if name in _PLAIN and _PLAIN[name](value):  # it may be pasted into a shell
                    found.setdefault(name, value)
        found["rule"] = "hostssl" if _is_of_tls(heard) else "host"
        return found

    def find(self, failure: Failure) -> tuple[Entry, dict[str, str]] | None:
        if failure.codes and "?" in failure.message:  # the numbers of lost letters alone would be a guess
            from destui.connectors.postgres_languages import LOST

            heard = Heard(failure.message)
            english = in_english(heard, LOST)
            # Of several the server's routine, which the ladder knows, tells the right one.
            if english and (":" in failure.codes[0] or english.text.count("\n") == heard.text.count("\n") + 1):
                failure = Failure(english.text, failure.step, failure.codes, failure.exceptions)
        return super().find(failure)

    def translated(self, heard: Heard) -> Heard | None:
        from destui.connectors.postgres_languages import PHRASES

        ours = in_english(heard, PHRASES)
        return super().translated(ours or heard) or ours


def _is_state(word: str) -> bool:
    return len(word) == 5 and word.isascii() and word.isalnum() and word.upper() == word and not word.isalpha()


_STATE_MARKS = (
    "sqlstate ", "sqlstate: ", "sqlstate=", "sqlstate[", "sqlstate(", "sql state: ", "code: '", 'code: "', '"code":"',
    '"code": "', "code=", "error code: ", "fatal: ", "error: ",
)  # fmt: skip


def _states_in(heard: Heard) -> list[str]:
    """SQLSTATEs as drivers of all languages write them: `(SQLSTATE 28P01)`, `code: '3D000'`, `ERROR: 42501: …`."""
    found = []
    for mark in _STATE_MARKS:
        at = heard.lower.find(mark)
        while at >= 0:
            word = heard.text[at + len(mark) : at + len(mark) + 5]
            behind = heard.text[at + len(mark) + 5 : at + len(mark) + 6]
            # Behind a severity stands mostly a word; only `psql` with VERBOSITY set puts the state there.
            is_whole = behind == ":" if mark in ("fatal: ", "error: ") else not behind.isalnum()
            if _is_state(word) and is_whole and not word.startswith("08"):  # PDO's, whatever kept it from connecting
                found.append(word)
            at = heard.lower.find(mark, at + 1)
    return found


CATALOGUE = _PostgresCatalogue(
    "PostgreSQL",
    "PG-UNKNOWN",
    DATABASE_STEPS,
    (*SIGN_IN, *CLOUD, *_SERVER, *STATEMENTS, *ENCRYPTION, *NETWORK),
)
