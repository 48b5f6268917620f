"""Signing in to what speaks PostgreSQL's protocol, so that a failure keeps its SQLSTATE and can be cut short.

`psycopg.connect` loses the SQLSTATE of a refused sign-in and leaves only words in the server's language. Here libpq is
driven step by step, and its own trace (libpq_trace.py), gives the SQLSTATE and the server's routine.
"""

from __future__ import annotations

import os
import re
import select
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from destui.connectors.base import Fault
from destui.connectors.libpq_trace import Told, trace
from destui.connectors.network import Lifeline

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.pq.abc import PGconn

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_NOWHERE = "/dev/null/none"
"""A path that cannot exist: it keeps libpq from its own defaults in the home folder."""

_DEFAULTS: Mapping[str, str] = {
    "passfile": os.devnull, "sslcert": _NOWHERE, "sslkey": _NOWHERE, "sslrootcert": _NOWHERE, "sslcrl": _NOWHERE,
    "sslcrldir": "", "sslcertmode": "allow", "ssl_max_protocol_version": "", "requirepeer": "", "require_auth": "!sspi",
    "gssencmode": "disable", "gsslib": "", "min_protocol_version": "3.0", "max_protocol_version": "3.0",
    "hostaddr": "", "password": "", "connect_timeout": "0", "client_encoding": "UTF8", "application_name": "destui",
    "keepalives_idle": "60", "keepalives_interval": "10", "keepalives_count": "6",
}  # fmt: skip
"""Where libpq itself would take a variable of the environment, the value that changes nothing (`!sspi`: all ways of
signing in but that one, which only Windows has); for the rest that is what libpq has compiled in. A server whose host
has vanished is found out within two minutes and not two hours, also by a load that waits for its answer."""

_PAST_PARAMETERS = ("PGSERVICE", "PGTZ", "PGDATESTYLE", "PGGEQO")
"""Variables that libpq reads whatever its parameters say."""


def forget_variables() -> None:
    """Take away, for good, the variables of the environment that no parameter overrides.

    To be called before there are threads: other libraries may read the environment at any moment.
    """
    for name in _PAST_PARAMETERS:
        os.environ.pop(name, None)


def sign_in(parameters: Mapping[str, str], seconds: float, lifeline: Lifeline) -> Connection[Any]:
    """A session in autocommit, made of these parameters alone: no environment, password or service file.

    Raises Fault with the SQLSTATE as its code (empty where the server was never heard), and TimeoutError after
    `seconds`.
    """
    import psycopg

    pgconn = _start(parameters)
    with trace(pgconn) as told:
        answered = _poll(pgconn, time.monotonic() + seconds, lifeline)
    if pgconn.status != psycopg.pq.ConnStatus.OK:
        words = pgconn.get_error_message()
        pgconn.finish()
        if not answered:
            raise TimeoutError("the server does not answer the sign-in")
        raise _refusal(words, told)
    pgconn.nonblocking = 1  # as psycopg expects it
    connection = psycopg.Connection[Any](pgconn)
    connection.autocommit = True
    connection.prepare_threshold = None  # poolers lose prepared statements
    return connection


def _poll(pgconn: PGconn, ends_at: float, lifeline: Lifeline) -> bool:
    """Go through the sign-in until it has succeeded or failed; False when time ran out."""
    from psycopg.pq import ConnStatus, PollingStatus

    while pgconn.status != ConnStatus.BAD:
        lifeline.hold(pgconn.socket)
        progress = pgconn.connect_poll()
        if progress not in (PollingStatus.READING, PollingStatus.WRITING):
            break
        waiting = select.poll()
        waiting.register(pgconn.socket, select.POLLIN if progress == PollingStatus.READING else select.POLLOUT)
        if not waiting.poll(max(0.0, ends_at - time.monotonic()) * 1000):
            return False
    return True


def _start(parameters: Mapping[str, str]) -> PGconn:
    """Begin to connect, with a value for every parameter that has a variable of the environment."""
    from psycopg.conninfo import make_conninfo
    from psycopg.pq import Conninfo, PGconn

    options = {o.keyword.decode(): o for o in Conninfo.get_defaults()}
    compiled = {name: (o.compiled or b"").decode() for name, o in options.items() if o.envvar and name != "service"}
    chosen = {name: value for name, value in {**compiled, **_DEFAULTS, **parameters}.items() if name in options}
    forget_variables()
    return PGconn.connect_start(make_conninfo("", **chosen).encode())


def _refusal(words: str, told: Told) -> Fault:
    # libpq puts "connection to server at … failed:" before the server's own words.
    message = re.sub(r"^connection to server (?:at|on) .*? failed: ", "", words.strip(), flags=re.DOTALL)
    if not told.code:
        return Fault("", message or "the connection was cut")
    code = told.code
    if code == "28000" and told.routine:  # this one code covers host rules, locked roles and more
        code += ":nologin" if told.is_known and told.routine == "InitializeSessionUserId" else f":{told.routine}"
    return Fault(code, message.removeprefix(f"{told.severity}:").lstrip())


def request_encryption(connection: socket.socket) -> socket.socket:
    """Ask the server for TLS: afterwards the connection is ready for the handshake.

    Raises Fault `tls_not_offered`, `wrong_protocol` or `hung_up`, and OSError.
    """
    connection.sendall(_SSL_REQUEST)
    answer = connection.recv(64)  # the true answer is one byte; others send more, SSH beginning with the same S
    if answer == b"S":
        return connection
    connection.close()
    if answer == b"N":
        raise Fault("tls_not_offered", "server does not support SSL, but SSL was required")
    if not answer:
        raise Fault("hung_up", "the server closed the connection instead of answering the request for TLS")
    raise Fault("wrong_protocol", f"received invalid response to SSL negotiation: {answer.decode('ascii', 'replace')}")


def admits_encrypted(connection: socket.socket, user: str, database: str) -> bool:
    """Whether a server that refuses this host in clear text would go on to ask for a password over TLS.

    Nothing is signed in. Raises Fault and OSError as `request_encryption` does. Closes the connection.
    """
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    words = b"\0".join([b"user", user.encode(), b"database", database.encode(), b"", b""])
    with context.wrap_socket(request_encryption(connection)) as encrypted:
        encrypted.sendall(struct.pack("!ii", 8 + len(words), 3 << 16) + words)
        return encrypted.recv(1) == b"R"  # an authentication request; E would be the error again


@contextmanager
def pem_files(**texts: str) -> Iterator[dict[str, str]]:
    """PEM texts as files for libraries that take only paths: memory where the system can, else 0600 files.

    Empty texts give no file. They are gone when the block ends; of those in memory a kill leaves nothing either.
    """
    make = _in_memory if sys.platform == "linux" else _on_disk
    with ExitStack() as files:
        yield {name: files.enter_context(make(name, text)) for name, text in texts.items() if text}


@contextmanager
def _in_memory(name: str, text: str) -> Iterator[str]:
    descriptor = os.memfd_create(name)
    try:
        os.fchmod(descriptor, 0o600)
        os.write(descriptor, text.encode())
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


@contextmanager
def _on_disk(name: str, text: str) -> Iterator[str]:
    with tempfile.NamedTemporaryFile("w", prefix=f"destui-{name}-", encoding="utf-8") as file:  # made 0600
        file.write(text)
        file.flush()
        yield file.name
