"""The steps resolve and reach of everything that is reached over TCP."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from destui.connectors.base import Fault, Run
from destui.domain.fields import Fields


class Lifeline:
    """The one connection that a run waits on, for another thread to cut at any moment."""

    def __init__(self) -> None:
        self._held: socket.socket | None = None
        self._lock = threading.Lock()
        self._is_cut = False

    def hold(self, descriptor: int) -> None:
        """From now on this connection is the one to cut; at once where it should be cut already."""
        with self._lock:
            self._let_go()
            self._held = socket.socket(fileno=os.dup(descriptor))
            if self._is_cut:
                self._shut()

    def cut(self) -> None:
        """Whoever waits on the connection fails at once; so will the ones held later."""
        with self._lock:
            self._is_cut = True
            self._shut()

    def release(self) -> None:
        """Let go of the connection, which its owner has closed."""
        with self._lock:
            self._let_go()

    def _shut(self) -> None:
        if self._held is not None:
            with suppress(OSError):
                self._held.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None


@dataclass
class Endpoint:
    """Where a server is, as far as the steps have found out."""

    host: str
    port: int
    addresses: tuple[str, ...] = ()
    address: str = ""
    """The one that was reached."""
    lifeline: Lifeline = field(default_factory=Lifeline)
    """Holds whatever connection is in use."""
    connection: socket.socket | None = None
    """Open and unused since reach, for whoever speaks next."""

    def resolve(self, run: Run) -> str:
        """Find the addresses of the host name. Raises Fault `host_not_found`, `dns_unavailable` or `name_invalid`."""
        self.addresses = lookup(self.host, self.port)
        _remember(run, self.addresses[0])
        more = len(self.addresses) - 1
        return self.addresses[0] + (f" and {more} more" if more else "")

    def reach(self, run: Run) -> None:
        """Connect to the first address that answers. Raises OSError, of which a passing one was tried again."""
        self.connection = run.retry(lambda: self._connect(run), passing_trouble)

    def _connect(self, run: Run) -> socket.socket:
        first: OSError | None = None
        for address in self.addresses:
            try:
                connection = socket.create_connection((address, self.port), timeout=run.left / 2)
            except OSError as error:
                first = first or error
            else:
                self.address = address
                _remember(run, address)
                run.detail["address"] = address
                return connection
        raise first or OSError("no address to connect to")

    def dial(self, run: Run) -> socket.socket:
        """The connection that reach left, or a new one to the same address. The caller closes it."""
        connection, self.connection = self.connection, None
        if connection is None:
            connection = socket.create_connection((self.address, self.port), timeout=run.left)
        connection.settimeout(run.left)
        self.lifeline.hold(connection.fileno())
        return connection

    def close(self) -> None:
        """Close what reach left open."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        self.lifeline.release()


@contextmanager
def told_of_the_socket() -> Iterator[None]:
    """Errors of connecting to a Unix socket, told from the same ones of TCP and of files: Fault `socket_missing` or
    `socket_closed`."""
    try:
        yield
    except FileNotFoundError as error:
        raise Fault("socket_missing", str(error)) from error
    except PermissionError as error:
        raise Fault("socket_closed", str(error)) from error


def is_socket(fields: Fields) -> bool:
    """Whether the host is the path of a Unix socket (or its folder)."""
    return str(fields.get("host", "")).startswith("/")


def useful_steps(steps: tuple[str, ...], fields: Fields) -> tuple[str, ...]:
    """The steps of a server's ladder that these fields have a use for."""
    useless = set()
    if fields.get("tls") == "off" or is_socket(fields):
        useless.add("encrypt")
    if is_socket(fields):
        useless.add("resolve")
    return tuple(step for step in steps if step not in useless)


def lookup(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host name, each once. Raises Fault `host_not_found`, `dns_unavailable` or `name_invalid`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        # Other answers (try again, no recovery) come from a name server that is away or broken. `.invalid` is
        # reserved never to exist, whether or not one could be asked.
        missing = error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
        reserved = host.rstrip(".").lower().endswith(".invalid")
        raise Fault("host_not_found" if missing or reserved else "dns_unavailable", str(error)) from error
    except UnicodeError as error:  # a label too long or empty, which the resolver is never asked for
        raise Fault("name_invalid", str(error)) from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def passing_trouble(error: Exception) -> str | None:
    """The words for an error of connecting that may be over in a moment; None for all others."""
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    return "timed out" if isinstance(error, TimeoutError) else None


def _remember(run: Run, address: str) -> None:
    run.facts["address"] = address
    if client := own_address(address):
        run.facts["client"] = client


def own_address(remote: str) -> str:
    """The address that this host would come from; empty when there is no route. Sends nothing."""
    family = socket.AF_INET6 if ":" in remote else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((remote, 9))  # for UDP this only looks at the routing table
            return str(probe.getsockname()[0])
        except OSError:
            return ""
