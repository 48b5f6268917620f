"""What the errors of MySQL and MariaDB mean, and those of the proxies and clouds that speak their protocol.

The server's numbers survive translation, so they come first, also those that pasted words quote.
"""

from __future__ import annotations

from destui.connectors.catalogue import Catalogue, Entry, in_english
from destui.connectors.cloud_entries import CLOUD
from destui.connectors.mysql_sign_in_entries import ACCOUNT, OTHER_HOST, SIGN_IN
from destui.connectors.mysql_statement_entries import STATEMENTS
from destui.connectors.network_entries import FIREWALL, NETWORK
from destui.connectors.system_codes import name_of
from destui.connectors.tls_entries import ENCRYPTION
from destui.connectors.words import Heard, numbers_behind
from destui.domain.steps import DATABASE_STEPS

_LATER = ("open", "create", "write", "read back", "clean up")

_SERVER: tuple[Entry, ...] = (
    Entry(
        "MY-1203", ("too_many_connections",),
        "User {user} has as many connections open as it may.",
        f"Close some, or have an administrator run this{OTHER_HOST}:\nALTER USER {ACCOUNT} "
        "WITH MAX_USER_CONNECTIONS 0;",
        codes=("1203", "ER_TOO_MANY_USER_CONNECTIONS"), among=("1226", "ER_USER_LIMIT_REACHED"),
        words=(
            "user {user} already has more than 'max_user_connections'", "'max_user_connections'",
            "max_user_connections",
        ),
        more="Where max_user_connections is set for all users, the administrator raises that.",
        reading="MySQL: Setting Account Resource Limits",
    ),
    Entry(
        "MY-1226", ("quota_exceeded",),
        "User {user} has used up what it may do in an hour.",
        f"Wait, or have an administrator run this{OTHER_HOST}:\nALTER USER {ACCOUNT} WITH "
        "MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 MAX_CONNECTIONS_PER_HOUR 0;",
        codes=("1226", "ER_USER_LIMIT_REACHED"), words=("_per_hour' resource", "per_hour"),
        reading="MySQL: Setting Account Resource Limits",
    ),
    Entry(
        "MY-1040", ("too_many_connections",),
        "The server has as many connections open as it may.",
        "Close connections that nobody uses, or raise max_connections; an administrator sees who holds them by:\n"
        "SELECT user, host, command, COUNT(*) FROM information_schema.PROCESSLIST GROUP BY user, host, command;",
        codes=("1040", "ER_CON_COUNT_ERROR"), among=("1105",),
        words=(
            "too many connections", "connections exceeded", "number of connections", "connection limit",
            "pool wait timeout", "pool is full", "connection pool … exhausted", "queuepool limit", "too many clients",
            "exceeded maximum connections",
        ),
        reading="MySQL: Too many connections",
    ),
    Entry(
        "MY-1053", ("server_unavailable",),
        "The server is starting, stopping, sleeping or has no server behind it.",
        "Wait until it is up, or wake it in the service's console, then check again; its log says what it does.",
        codes=("1053", "1077", "1079", "3032", "3168", "9501", "9001", "9005", "ER_SERVER_SHUTDOWN"),
        among=("1047", "1105", "1815", "1927", "9002", "9003", "2013"),
        words=(
            "not serving", "no valid tablet", "server shutdown in progress", "shutdown in progress", "normal shutdown",
            "offline mode", "is sleeping", "put to sleep", "is paused", "is starting", "is stopped", "is shutting down",
            "is hibernat…", "is currently paused", "has not yet prepared node", "acquire database connection",
            "while reaching hostgroup", "no healthy tablet", "no healthy upstream", "code = unavailable",
            "code: unavailable", "is not serving", "reparent operation", "failed to create new connection to",
            "valid server for target", "could not find valid server", "session creation failed", "tikv server timeout",
            "pd server timeout", "tikv server is busy", "region is unavailable", "service unavailable",
            "server isn't available", "primary server not available", "resuming after being auto-paused",
            "information schema is out of date", "database is not available", "server is not running", "no available",
            "all backends", "all servers are down", "no primary", "backend not connected", "failover in progress",
            "under maintenance",
        ),
        more="",
        reading="MySQL: Server Error Message Reference",
    ),
    Entry(
        "MY-NOT-MYSQL", ("wrong_protocol",),
        "What listens on port {port} of {host} is not MySQL.",
        "Edit the destination: correct the field Port, or Host.",
        codes=("wrong_protocol", "2007", "2012", "2027", "1156"), among=("1043", "0"), steps=("encrypt", "sign in"),
        words=(
            "packet sequence number wrong", "no greeting of a mysql server", "malformed packet", "bad handshake",
            "packets out of order", "protocol mismatch", "mismatch; server version", "error in server handshake",
            "malformed communication packet", "unsupported protocol version", "unknown protocol", "unexpected packet",
            "not a mysql server", "commands out of sync",
        ),
        more="Port 33060 speaks another protocol (X) of MySQL's own.",
        reading="MySQL: Protocol Basics",
    ),
    Entry(
        "MY-2013-TIMEOUT", ("timeout_firewall", "server_unavailable", "wrong_protocol"),
        "{host} accepts connections on port {port} but does not answer.",
        "Look on {host} whether the server hangs, whether it is something else that listens on port {port}, and "
        "whether a firewall on the way swallows what is sent.",
        among=("2013",),
        words=(
            "lost connection … system error: 11$", "lost connection … timed out", "lost connection … system error: 110",
            "lost connection … system error: 60", "lost connection … system error: 10060",
        ),
        more="A client on {host} itself that is answered leaves only the firewall; the server's log shows none "
        "where it is another program that listens.",
        reading="MySQL: Lost connection to MySQL server",
    ),
    Entry(
        "MY-2013-LATE", ("query_timeout", "connection_dropped", "server_unavailable"),
        "The server did not answer a statement in time, or the connection was lost.",
        "Look on the server whether the statement still runs, and whether a firewall drops connections that are quiet.",
        among=("2013",), steps=_LATER,
        words=("lost connection … timed out", "lost connection … system error: 110", "read timed out"),
        more="SHOW PROCESSLIST on the server shows the statement where it still runs; where it shows none, the "
        "connection was lost.",
        reading="MySQL: Lost connection to MySQL server",
    ),
    Entry(
        "MY-2013", ("connection_dropped", "server_unavailable"),
        "The server ended the connection.",
        "Look in the server's log for the reason (a crash, a restart, a time limit, a proxy), then check again.",
        codes=(
            "0", "2006", "2013", "2055", "1927", "1152", "1154", "1158", "1159", "1160", "1161", "1184", "4031", "1080",
            "PROTOCOL_CONNECTION_LOST",
        ),
        words=(
            "reading from the stream has failed", "lost connection to", "server has gone away", "connection was killed",
            "^0, '')", "^0, \"\")", "client was disconnected", "reading initial communication packet",
            "reading authorization packet", "communication packets", "disconnected by the server",
            "connection lost: the server closed", "closed the connection", "waiting for initial communication", "^0$",
            "unexpected eof", "invalid connection", "driver: bad connection", "bad idle connection",
        ),
        more="The server's log has a line where it ended it itself; without one it was cut on the way.",
        reading="MySQL: Lost connection to MySQL server",
    ),
    Entry(
        "MY-OLD", ("version_incompatible",),
        "The server is older than MySQL 4.1.",
        "Have the server upgraded.",
        codes=("protocol_too_old",),
    ),
    Entry(
        "MY-SOCKET-RIGHT", ("path_not_permitted",),
        "The operating system keeps this user from the server's socket {host}.",
        "Have the server's administrator let the worker's user into the folder of the socket.",
        codes=("socket_closed",), among=("2002", "2003"), steps=("reach", "sign in"),
        words=("server through socket '{host}' (13", "server on 'localhost' ([errno 13]"),
        reading="MySQL: Can't connect to [local] MySQL server",
    ),
    Entry(
        "MY-SOCKET", ("connection_refused",),
        "There is no server's socket at {host}.",
        "Start the server, or correct the field Host.",
        codes=("socket_missing", "2017", "2018"), among=("2002", "2003", "ENOENT"),
        words=(
            "open named pipe", "wait for named pipe", "server through socket '{host}' (2",
            "server through socket '{host}' (111", "server on '{host}' ([errno 2]", "server through socket '{host}'",
            "unix socket", "sqlstate[hy000] [2002] no such file",
        ),
        reading="MySQL: Can't connect to [local] MySQL server",
    ),
    Entry(
        "MY-2003-115", ("connection_refused", "timeout_firewall"),
        "{host} let no connection come about on port {port}; the client does not say why.",
        "Look whether the server listens on that port, and whether a firewall stands before it.",
        words=("server on '{host}' (115", "server on '{host}:{port}' (115", "(115)"),
        more="A check of the destination here tells which: refused or silent.",
        reading="MySQL: Can't connect to [local] MySQL server",
    ),
    Entry(
        "MY-2003", ("connection_refused",),
        "Nothing listens on port {port} of {host}.",
        "Start the server on {host}, have it listen on that address (bind-address), or correct the field Port.",
        codes=("ECONNREFUSED",), steps=("reach", "sign in", "encrypt"),
        words=("server on '{host}:{port}' (111", "server on '{host}' (111", "server on '{host}' ([errno 111]"),
        reading="MySQL: Can't connect to [local] MySQL server",
    ),
    Entry(
        "MY-2003-TIMEOUT", ("timeout_firewall",),
        "{host} does not answer on port {port}: a firewall drops the connection, or the host is down.",
        FIREWALL,
        among=("2003", "2002", "ETIMEDOUT"),
        words=(
            "connect to mysql server on '{host}:{port}' (110", "server on '{host}' (110",
            "server on '{host}:{port}' (110", "server on '{host}' (60", "server on '{host}' (10060",
            "server on '{host}:{port}' (60", "server on '{host}:{port}' (10060",
        ),
        reading="MySQL: Can't connect to [local] MySQL server",
    ),
)  # fmt: skip


class _MySQLCatalogue(Catalogue):
    def driver_code(self, code: str) -> str:
        number = code.partition(":")[0]
        return f"error {number}" if number.isdigit() and number != "0" else ""

    def codes_of(self, error: Exception) -> tuple[str, ...]:
        number = error.args[0] if error.args else None
        if isinstance(number, int) and not isinstance(error, OSError):  # PyMySQL's and its kin; SQLSTATEs say less
            return (str(number),)
        return super().codes_of(error)

    def translated(self, heard: Heard) -> Heard | None:
        from destui.connectors.mysql_languages import PHRASES

        ours = in_english(heard, PHRASES)
        return super().translated(ours or heard) or ours

    def codes_in(self, heard: Heard) -> tuple[str, ...]:
        return (*_numbers_in(heard), *_system_numbers_in(heard), *super().codes_in(heard))


_MARKS = ("error code: ", "error ", "errno: ", "errno ", "code: ", "[", "error: ", "error code ", "mysql error ")


def _numbers_in(heard: Heard) -> list[str]:
    """The server's numbers as programs write them: `(1045, "…`, `ERROR 1045 (28000)`, `[1045]`, `ER_BAD_DB_ERROR`."""
    found = [number for mark in _MARKS for number in numbers_behind(mark, heard.lower) if 1000 <= number < 10_000]
    found += [number for number in numbers_behind("(", heard.lower) if f"({number}," in heard.lower]
    names = [f"ER_{rest.split(' ')[0].split(':')[0].strip('.,)')}" for rest in heard.text.split("ER_")[1:]]
    names += ["PROTOCOL_CONNECTION_LOST"] * ("PROTOCOL_CONNECTION_LOST" in heard.text)
    return [*dict.fromkeys(map(str, found)), *names]


def _system_numbers_in(heard: Heard) -> list[str]:
    """Numbers of the system that the client puts behind its words, `… (111)`, and those of the storage engines."""
    found = []
    if "connect to" in heard.lower or "server host" in heard.lower:
        found += [name_of(number) for number in numbers_behind("(", heard.lower)]
    engine = [number for mark in ("got error ", "errno: ", "errcode: ") for number in numbers_behind(mark, heard.lower)]
    found += [name_of(number) if number < 120 else f"engine:{number}" for number in engine]
    return [name for name in found if name]


CATALOGUE = _MySQLCatalogue(
    "MySQL, MariaDB",
    "MY-UNKNOWN",
    DATABASE_STEPS,
    (*SIGN_IN, *CLOUD, *_SERVER, *STATEMENTS, *ENCRYPTION, *NETWORK),
)
