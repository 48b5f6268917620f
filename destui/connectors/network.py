"""The steps resolve and reach of everything that is reached over TCP, and what their errors mean."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field

from destui.connectors.base import Entry, Fault, Run
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
        """Find the addresses of the host name. Raises Fault `host_not_found` or `dns_unavailable`."""
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
    """The addresses of a host name, each once. Raises Fault `host_not_found` or `dns_unavailable`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        # Other answers (try again, no recovery) come from a name server that is away or broken. `.invalid` is
        # reserved never to exist, whether or not one could be asked.
        missing = error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
        reserved = host.rstrip(".").lower().endswith(".invalid")
        raise Fault("host_not_found" if missing or reserved else "dns_unavailable", str(error)) from error
    except UnicodeError as error:  # a label too long or empty, which the resolver is never asked for
        raise Fault("host_not_found", str(error)) from error
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


FIREWALL = (
    "Have the firewall in front of {host} let this host in; on Linux, run there as root:\n"
    "ufw allow proto tcp from {client} to any port {port}"
)

_NO_ANSWER = (
    r"(connect\w*|operation|handshake|read|socket)( \w+)? timed? ?out|timeout expired|\[errno (110|60)\]"
    r"|connection timeout|timed out|no answer within|does not answer"
)

NETWORK: tuple[Entry, ...] = (
    Entry(
        "NET-NO-HOST", ("host_not_found",),
        "The host name {host} does not exist.",
        "Edit the destination: correct the field Host, or use the server's address.",
        codes=("host_not_found",),
        words=r"name or service not known|nodename nor servname|no address associated|name does not resolve"
        r"|(could not translate|unknown) (server )?host( name)?(?!.*(temporary|again))|\[errno (-2|-5|8|11001)\]"
        r"|no such host is known|getaddrinfo (failed|enotfound)|nxdomain|non-recoverable failure in name",
        more="A typo, a name of a private network while the VPN is down, or a server that was removed.",
    ),
    Entry(
        "NET-DNS", ("dns_unavailable",),
        "No name server answered for {host}.",
        "Bring up this host's network, VPN or name server, or give the server's address in the field Host.",
        codes=("dns_unavailable",),
        words=r"temporary failure in name resolution|\[errno -3\]|eai_again|no name server"
        r"|name server (did not|returned)|dns.*(timed? ?out|servfail)|servfail",
        more="In a container look at its DNS setting; /etc/resolv.conf names the servers that are asked.",
    ),
    Entry(
        "NET-DNS-TIMEOUT", ("dns_unavailable",),
        "No name server answered for {host} in time.",
        "Bring up this host's network, VPN or name server, or give the server's address in the field Host.",
        codes=("deadline",), steps=("resolve",),
    ),
    Entry(
        "NET-REFUSED", ("connection_refused",),
        "Nothing listens on port {port} of {host}.",
        "Start the server on {host}, have it listen on that address, or correct the field Port.",
        codes=("ECONNREFUSED",), exceptions=("ConnectionRefusedError",),
        words=r"connection refused|actively refused|econnrefused|\[errno 111\]|\[errno 61\]|winerror 10061"
        r"|is the server running (locally|on (host|that host))|can't connect to local server through socket",
        more="The host is there and answers that the port is closed. On the server, `ss -ltn` lists open ports.",
    ),
    Entry(
        "NET-TIMEOUT", ("timeout_firewall",),
        "{host} does not answer on port {port}: a firewall drops the connection, or the host is down.",
        FIREWALL,
        codes=("ETIMEDOUT", "EACCES", "EPERM", "deadline"), exceptions=("TimeoutError", "ConnectionTimeout"),
        steps=("reach",), words=_NO_ANSWER,
        more="Cloud servers have a firewall of their own: a security group, an allow list, authorized networks.",
    ),
    Entry(
        "NET-UNREACHABLE", ("network_unreachable",),
        "There is no route from this host to {host}.",
        "Bring up the network or VPN that leads to {host}, or use an address of a family that this host has.",
        codes=("ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"),
        words=r"network is (unreachable|down)|enetunreach|\[errno 101\]|cannot assign requested address"
        r"|address family not supported",
        more="Often an IPv6-only name seen from a host that has only IPv4.",
    ),
    Entry(
        "NET-NO-ROUTE", ("network_unreachable", "timeout_firewall"),
        "There is no route from this host to {host}, or a firewall rejects the connection.",
        FIREWALL,
        words=r"no route to host|ehostunreach|\[errno 113\]|host is (unreachable|down)",
    ),
    Entry(
        "NET-SILENT", ("timeout_firewall", "server_unavailable", "wrong_protocol"),
        "{host} accepts connections on port {port} but does not answer.",
        "Look on {host} whether the server hangs, whether it is something else that listens on port {port}, and "
        "whether a firewall on the way swallows what is sent.",
        codes=("deadline", "ETIMEDOUT"), exceptions=("TimeoutError", "ConnectionTimeout"),
        steps=("encrypt", "sign in"), words=_NO_ANSWER,
        more="A stopped process, a load balancer without a server behind it, and a tunnel to nowhere look like this.",
    ),
    Entry(
        "NET-TIMED-OUT", ("timeout_firewall",),
        "{host} did not answer on port {port} in time.",
        FIREWALL,
        codes=("ETIMEDOUT",), exceptions=("TimeoutError", "ConnectionTimeout"),
        words=_NO_ANSWER,
    ),
    Entry(
        "NET-DROPPED", ("connection_dropped", "server_unavailable"),
        "The connection to {host} was cut.",
        "Check again; when it stays, look in the server's log and at what stands between (proxy, load balancer, "
        "firewall) for who cuts it.",
        codes=("ECONNRESET", "EPIPE", "ECONNABORTED"),
        exceptions=("ConnectionResetError", "BrokenPipeError", "ConnectionAbortedError"),
        words=r"connection reset|broken pipe|econnreset|software caused connection abort|\[errno (104|32)\]",
    ),
    Entry(
        "NET-PROXY", ("proxy_error",),
        "The configured proxy cannot be used.",
        "Correct the proxy's address in this host's environment, or take it away.",
        words=r"\bproxy (error|connection|authentication)|cannot connect to proxy|tunnel connection failed"
        r"|proxyerror|socks\d? (error|proxy)",
    ),
)  # fmt: skip
