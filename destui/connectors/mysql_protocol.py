"""MySQL's protocol as far as it is spoken by hand: the server's greeting and the request for TLS, and its sign-in.

The server speaks first. Its greeting tells what it is, whether it offers TLS, and perhaps why it turns this host away.
"""

from __future__ import annotations

import re
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from destui.connectors.base import Fault

if TYPE_CHECKING:
    import ssl

    from pymysql.connections import Connection

_CLIENT_SSL = 1 << 11
_CLIENT_FLAGS = _CLIENT_SSL | 1 << 9 | 1 << 15 | 1 << 19  # the protocol of 4.1, its passwords, sign-in by plug-in
_UTF8MB4 = 45
_MOST = 1 << 16

_NUDGE = struct.pack("!ii", 8, 80877103) + b"\r\n\r\n"
"""What makes others speak who wait for their client: PostgreSQL, and whatever reads lines."""


@dataclass(frozen=True)
class Greeting:
    """The first packet of a server that lets this host in."""

    size: int
    """Its bytes, which still wait to be read."""
    offers_tls: bool


def greet(connection: socket.socket) -> Greeting:
    """Look at what the server says first, and leave it unread.

    Raises Fault: the server's own code where it turns this host away, `wrong_protocol`, `hung_up` or
    `protocol_too_old`; and TimeoutError where nothing is ever said.
    """
    seconds = connection.gettimeout() or 0.0
    connection.settimeout(seconds * 0.7)
    try:
        heard = connection.recv(_MOST, socket.MSG_PEEK)
    except TimeoutError:
        connection.settimeout(seconds * 0.25)
        raise _nudged(connection) from None
    finally:
        connection.settimeout(seconds)
    if not heard:
        raise Fault("hung_up", "the server closed the connection without a word")
    body = heard[4:]
    if heard[3] > 1 or int.from_bytes(heard[:3], "little") != len(body) or body[:1] not in (b"\xff", b"\x0a", b"\x09"):
        raise _other(heard)
    if body[0] == 0xFF:
        raise refusal(body)
    if body[0] == 0x09:
        raise Fault("protocol_too_old", "the server speaks protocol 9, of MySQL before 4.1")
    version = body.index(b"\0", 1)
    flags = int.from_bytes(body[version + 14 : version + 16], "little")
    return Greeting(len(heard), bool(flags & _CLIENT_SSL))


def _nudged(connection: socket.socket) -> Exception:
    """What a silent server is: one that answers others' requests is certainly no MySQL."""
    try:
        connection.sendall(_NUDGE)
        heard = connection.recv(64)
    except TimeoutError:
        return TimeoutError("the server accepts the connection and never says a word")
    except OSError as error:
        return error
    if heard[3:5] == b"\0\x0a":
        return TimeoutError("the server's greeting took too long")  # it looks up this host's name
    return _other(heard) if heard else Fault("hung_up", "the server closed the connection without a word")


def _other(heard: bytes) -> Fault:
    return Fault("wrong_protocol", f"this is no greeting of a MySQL server: {heard[:64].decode('ascii', 'replace')}")


def refusal(packet: bytes) -> Fault:
    """The Fault of an error packet, whose SQLSTATE older servers leave out."""
    code, words = int.from_bytes(packet[1:3], "little"), packet[3:]
    if words.startswith(b"#"):
        words = words[6:]
    return _fault(str(code), words.decode("utf-8", "replace"))


def request_encryption(connection: socket.socket) -> socket.socket:
    """Ask the server for TLS: afterwards the connection is ready for the handshake.

    Raises Fault `tls_not_offered` or what `greet` raises, and OSError.
    """
    try:
        greeting = greet(connection)
        if not greeting.offers_tls:
            raise Fault("tls_not_offered", "server does not support SSL, but SSL was required")
        connection.recv(greeting.size)
        request = struct.pack("<IIB23x", _CLIENT_FLAGS, 1 << 24, _UTF8MB4)
        connection.sendall(struct.pack("<I", len(request) | 1 << 24) + request)
    except BaseException:
        connection.close()
        raise
    return connection


def sign_in(
    connection: socket.socket, host: str, user: str, password: str, encryption: ssl.SSLContext | None,
    *, sends_rows: bool = False,
) -> Connection:  # fmt: skip
    """A session in autocommit over this connection, encrypted where a context is given, never silently in clear.

    With `sends_rows` the server may ask for a file: whoever sets it sees to it that none is sent but its own rows.
    Raises Fault with the server's or the driver's number as its code. `1045`, which says little, becomes `1045:none`
    where no password was given, `1045:clear` where the same might pass over TLS, and otherwise `1045:refused`.
    """
    import pymysql
    from pymysql.connections import Connection

    try:
        greeting = greet(connection)
        if encryption and not greeting.offers_tls:  # some versions of the driver would go on in clear
            raise Fault("tls_not_offered", "server does not support SSL, but SSL was required")
        session = Connection(
            host=host, user=user, password=password.encode(), charset="utf8mb4", autocommit=True, defer_connect=True,
            ssl=encryption, ssl_disabled=encryption is None, auth_plugin_map=_refused(encryption is not None),
            program_name="destui", local_infile=sends_rows,
        )  # fmt: skip
        session.connect(connection)
    except pymysql.MySQLError as error:
        found = fault(error)
        if found.code == "1045":
            is_clear = encryption is None and connection.family != socket.AF_UNIX and greeting.offers_tls
            found.code += ":none" if not password else ":clear" if is_clear else ":refused"
        raise found from error
    except BaseException:
        connection.close()
        raise
    return session


def _refused(is_encrypted: bool) -> dict[str, type]:
    """Ways of signing in that are not gone along with: those that ask questions, and clear text on an open line."""
    return {"dialog": _NoDialog} if is_encrypted else {"dialog": _NoDialog, "mysql_clear_password": _NoClearText}


class _NoDialog:
    def __init__(self, connection: object) -> None:
        pass

    def authenticate(self, packet: object) -> object:
        raise Fault("plugin_dialog", "the server asks for authentication plugin 'dialog' (PAM)")


class _NoClearText(_NoDialog):
    def authenticate(self, packet: object) -> object:
        raise Fault("plugin_clear", "the server asks for authentication plugin 'mysql_clear_password' without TLS")


def fault(error: Exception) -> Fault:
    """A driver's error as a Fault: its number, its words alone, and this host's address as the server sees it."""
    number, words = (*error.args, "", "")[:2]
    if not isinstance(number, int):
        number, words = "", str(error)
    return _fault(str(number), str(words))


def _fault(code: str, words: str) -> Fault:
    client = re.search(r"'@'(?P<client>[\w.:-]+)'", words)
    # Once signed in, the server names the account's host instead of the client's.
    is_client = client is not None and code in ("1045", "1698", "3118")
    return Fault(code, words, **({"client": client["client"]} if client and is_client else {}))
