"""What errors of resolving and reaching mean, for everything that is reached over TCP."""

from __future__ import annotations

from destui.connectors.catalogue import Entry

FIREWALL = (
    "Have the firewall in front of {host} let this host in; on Linux, run there as root:\n"
    "ufw allow proto tcp from {client} to any port {port}"
)

_LATER = ("open", "create", "write", "read back", "clean up")

_NO_ANSWER = (
    "timed out", "timeout expired", "connection timeout", "connect timeout", "i/o timeout", "timed-out",
    "timeoutexception",
    "did not properly respond after a period of time", "failed to respond", "no answer within", "does not answer",
    "context deadline exceeded", "deadline has elapsed", "request timeout", "connecttimeout…",
    "inactivity timeout",
)  # fmt: skip

NETWORK: tuple[Entry, ...] = (
    Entry(
        "NET-TUNNEL", ("tunnel_not_permitted",),
        "The SSH server forbids to forward connections.",
        "Have its administrator set this in sshd_config, for the user of the tunnel, and reload it:\n"
        "AllowTcpForwarding yes",
        words=("administratively prohibited", "tcp forwarding is disabled", "port forwarding is disabled"),
        reading="OpenSSH: sshd_config",
    ),
    Entry(
        "NET-POOL", ("too_many_connections", "server_unavailable"),
        "The program's own pool had no free connection in time: all are in use, or no new one comes about.",
        "Look what holds the program's connections, and whether the server answers at all; a check here tells the "
        "second.",
        words=(
            "connection is not available, request timed out", "queuepool limit", "pool timed out while waiting",
            "timeout waiting for connection from pool", "waiting for idle object",
            "timed out fetching a new connection", "timeout exceeded when trying to connect",
        ),
        more="A server that lets a check of destui in leaves only the program's own pool.",
    ),
    Entry(
        "NET-PROXY", ("proxy_error",),
        "The configured proxy cannot be used.",
        "Correct the proxy's address in this host's environment, or take it away.",
        among=("ECONNREFUSED", "ETIMEDOUT", "EAI_NONAME", "EAI_AGAIN", "ECONNRESET"),
        words=(
            "cannot connect to proxy", "unable to connect to proxy", "could not connect to proxy", "proxy error",
            "proxyerror", "proxy authentication required", "tunnel connection failed", "proxy connection",
            "socks proxy", "socks4 …", "socks5 …", "socks error", "socks server", "general socks server failure",
            "407 proxy …", "failed to connect to proxy", "proxyconnect tcp",
        ),
        more="curl and most libraries take it from HTTPS_PROXY, ALL_PROXY and NO_PROXY.",
    ),
    Entry(
        "NET-URL", ("config_invalid",),
        "What was taken for the host is a part of a URL: a name or password in it holds an @, : or /.",
        "Edit the destination: type host, user and password into their own fields; in a URL, an @ is written %40, a : "
        "is %3A, a / is %2F.",
        among=("EAI_NONAME", "EAI_AGAIN", "EAI_SERVICE", "EAI_NODATA", "host_not_found"),
        words=(
            "resolve host '{wrong}@{host}'", 'translate host name "{wrong}@{host}"',
            "getaddrinfo enotfound {wrong}@{host}", "on '{wrong}@{host}'", "server host '{wrong}@{host}'",
            "servname not supported",
        ),
        more="Some drivers cut a URL at the first @, others at the last.",
    ),
    Entry(
        "NET-NAME", ("config_invalid",),
        "{host} is no possible host name: a part of it is empty or longer than 63 characters.",
        "Edit the destination: correct the field Host.",
        codes=("name_invalid",), exceptions=("UnicodeError", "UnicodeEncodeError"),
        words=("'idna' codec", "label empty or too long", "invalid hostname", "invalid host name"),
        more="Two dots in a row make an empty part; a dot at the end is allowed.",
    ),
    Entry(
        "NET-DNS", ("dns_unavailable",),
        "No name server answered for {host}.",
        "Bring up this host's network, VPN or name server, or give the server's address in the field Host.",
        codes=("dns_unavailable", "EAI_AGAIN", "EAI_FAIL"), among=("ECONNREFUSED", "ETIMEDOUT"),
        words=(
            "temporary failure in name resolution", "temporary failure resolving", "eai_again", "servfail",
            "server misbehaving", "no name server…", "all nameservers failed", "name server did not",
            "name server returned", "non-recoverable failure in name resolution", "nonrecoverable error",
            "non-recoverable error", "dns operation timed out", "dns lookup timed out", "dns timeout",
            "dns server failure", "dns query timed out", "could not contact dns servers",
            "lookup {host} on {server} i/o timeout", "lookup {host} on …: read udp",
            "lookup {host} on …connection refused", "host name lookup failure", "try_again",
        ),
        more="In a container look at its DNS setting; /etc/resolv.conf names the servers that are asked.",
    ),
    Entry(
        "NET-NO-HOST", ("host_not_found",),
        "The host name {host} does not exist.",
        "Edit the destination: correct the field Host, or use the server's address.",
        codes=("host_not_found", "EAI_NONAME", "EAI_NODATA"),
        words=(
            "name or service not known", "nodename nor servname", "no address associated with", "name does not resolve",
            "no such host", "getaddrinfo enotfound", "getaddrinfo failed", "nxdomain", "unknownhostexception",
            "host not found", "host … not found", "unknown host", "could not resolve host", "cannot resolve host",
            "name not resolved", "requested name is valid, but no data", "no address found for",
            "failed to resolve address",
        ),
        more="A typo, a name of a private network while the VPN is down, or a server that was removed.",
    ),
    Entry(
        "NET-TIMED-OUT", ("timeout_firewall",),
        "{host} did not answer on port {port} in time.",
        FIREWALL,
        codes=("ETIMEDOUT",), exceptions=("TimeoutError", "ConnectionTimeout", "ConnectTimeoutError", "ConnectTimeout"),
        words=_NO_ANSWER,
    ),
    Entry(
        "NET-DNS-TIMEOUT", ("dns_unavailable",),
        "No name server answered for {host} in time.",
        "Bring up this host's network, VPN or name server, or give the server's address in the field Host.",
        codes=("deadline", "ETIMEDOUT"), exceptions=("TimeoutError",), steps=("resolve",), words=_NO_ANSWER,
    ),
    Entry(
        "NET-RESOLVE", ("host_not_found", "dns_unavailable"),
        "No address could be found for {host}.",
        "Edit the destination: correct the field Host; where the name is right, bring up this host's name server or "
        "VPN.",
        words=(
            'translate host name "{host}" to address', "failed to resolve host '{host}'",
            "unknown mysql server host '{host}'", "unknown server host '{host}'",
            "unknown mariadb server host '{host}'", "failed to lookup address information", "dns resolution failed",
            "name resolution failed", "could not resolve hostname",
        ),
        more="`getent hosts` with that name on another host tells: a name that is known there exists, and it is this "
        "host's name server that does not answer.",
    ),
    Entry(
        "NET-REFUSED", ("connection_refused",),
        "Nothing listens on port {port} of {host}.",
        "Start the server on {host}, have it listen on that address, or correct the field Port.",
        codes=("ECONNREFUSED",), exceptions=("ConnectionRefusedError",),
        words=(
            "refused. check that the hostname and port",
            'connection to server at "{host}", port {port} failed: connection refused', "connection refused",
            "connect: connection refused", "actively refused", "econnrefused", "refused the connection",
            "connection was refused", "connectionrefused…", "refused by the server",
        ),
        more="The host is there and answers that the port is closed. On the server, `ss -ltn` lists open ports.",
    ),
    Entry(
        "NET-UNREACHABLE", ("network_unreachable",),
        "There is no route from this host to {host}.",
        "Bring up the network or VPN that leads to {host}, or use an address of a family that this host has.",
        codes=("ENETUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT", "ENETDOWN", "EAI_ADDRFAMILY"),
        words=(
            "network is unreachable", "network unreachable", "network is down", "cannot assign requested address",
            "can't assign requested address", "address family not supported",
            "address family for hostname not supported", "attempted to an unreachable network",
            "is not valid in its context", "enetunreach", "ipv6 is not supported", "protocol family unavailable",
        ),
        more="Often an IPv6-only name seen from a host that has only IPv4.",
    ),
    Entry(
        "NET-NO-ROUTE", ("network_unreachable", "timeout_firewall"),
        "There is no route from this host to {host}, or a firewall rejects the connection.",
        FIREWALL,
        codes=("EHOSTUNREACH", "EHOSTDOWN"),
        words=(
            "no route to host", "ehostunreach", "host is unreachable", "host unreachable", "host is down",
            "unreachable host", "noroutetohostexception",
        ),
        more="Where `ip route get` on this host names a way to {host}, a firewall is what rejects; without a way it is "
        "the network or VPN.",
    ),
    Entry(
        "NET-TIMEOUT", ("timeout_firewall",),
        "{host} does not answer on port {port}: a firewall drops the connection, or the host is down.",
        FIREWALL,
        codes=("ETIMEDOUT", "deadline"),
        exceptions=("TimeoutError", "ConnectionTimeout", "ConnectTimeoutError", "ConnectTimeout"),
        steps=("reach",), words=_NO_ANSWER,
        more="Cloud servers have a firewall of their own: a security group, an allow list, authorized networks.",
    ),
    Entry(
        "NET-FORBIDDEN", ("timeout_firewall",),
        "This host, or a firewall on it, forbids to connect to {host}.",
        "Have this host's administrator look at its firewall's rules for what goes out, and at its routes "
        "(`ip route get` names one that is prohibited).",
        codes=("EACCES", "EPERM"), exceptions=("PermissionError",), steps=("reach",),
        words=("failed: permission denied", "failed: operation not permitted", "connect: permission denied",
               "connect: operation not permitted"),
    ),
    Entry(
        "NET-NO-WAY", ("network_unreachable", "config_invalid"),
        "This host's system does not take {host} for a place that it could connect to.",
        "Look at this host's routes (`ip route get` names one that leads nowhere), and at the field Host: an address "
        "that begins with fe80 needs its interface behind a %.",
        codes=("EINVAL",), steps=("reach",), words=("failed: invalid argument", "connect: invalid argument"),
        more="`ip route get` with the same address on another host tells: where that names a way, the address is "
        "right, and it is this host's route.",
    ),
    Entry(
        "NET-SILENT", ("timeout_firewall", "server_unavailable", "wrong_protocol"),
        "{host} accepts connections on port {port} but does not answer.",
        "Look on {host} whether the server hangs, whether it is something else that listens on port {port}, and "
        "whether a firewall on the way swallows what is sent.",
        codes=("deadline", "ETIMEDOUT"), exceptions=("TimeoutError", "ConnectionTimeout"),
        steps=("encrypt", "sign in"), words=_NO_ANSWER,
        more="A stopped process, a load balancer without a server behind it, and a tunnel to nowhere look like this. A "
        "client on {host} itself that is answered leaves only the firewall.",
    ),
    Entry(
        "NET-LOST", ("connection_dropped", "timeout_firewall"),
        "{host} stopped answering in the middle: the connection was lost, or a firewall has forgotten it.",
        "Check again; when it stays, look at what stands between (proxy, load balancer, firewall) for who drops it.",
        codes=("ETIMEDOUT",), exceptions=("TimeoutError",), steps=_LATER, words=_NO_ANSWER,
        more="The times of several such failures tell: a firewall that drops idle connections does so after the same "
        "number of minutes each time; keepalives help then.",
    ),
    Entry(
        "NET-DROPPED", ("connection_dropped", "server_unavailable"),
        "The connection to {host} was cut.",
        "Check again; when it stays, look in the server's log and at what stands between (proxy, load balancer, "
        "firewall) for who cuts it.",
        codes=("ECONNRESET", "EPIPE", "ECONNABORTED", "ENOTCONN", "ssl:UNEXPECTED_EOF_WHILE_READING", "ssl:"),
        exceptions=("ConnectionResetError", "BrokenPipeError", "ConnectionAbortedError", "SSLEOFError", "EOFError",
                    "SSLZeroReturnError", "ConnectionDoesNotExistError", "IncompleteReadError"),
        words=(
            "connection reset", "broken pipe", "forcibly closed", "software caused connection abort",
            "connection aborted", "connection was closed", "connection is closed", "connection closed",
            "connection lost", "connection terminated", "connection ended unexpectedly", "connection has been closed",
            "socket hang up", "socket disconnected before", "unexpected eof", "eof occurred in violation of protocol",
            "^unexpected eof$", "unexpected end of file", "end of file on communication channel",
            "i/o error occurred while sending", "established connection was aborted", "existing connection was",
            "exception while reading from stream", "attempted to read past the end of the stream",
            "remote host terminated the handshake", "bad connection", "network connection was aborted",
            "transport endpoint is not connected",
        ),
        more="The server's log has a line where the server itself ended it (a crash, a restart, a limit); without one "
        "it was cut on the way.",
    ),
    Entry(
        "NET-UNSAID", ("connection_refused", "timeout_firewall", "network_unreachable", "server_unavailable"),
        "{host} cannot be reached on port {port}; the driver does not say why.",
        "Look whether the server runs and listens on that port, and whether a firewall or a missing route stands "
        "between; a check of the destination here tells which.",
        words=(
            "could not create connection to database server", "can't reach database server",
            "cannot reach database server", "could not reach database server", "communications link failure",
            "the connection attempt failed", "failed to connect to {host}:{port}", "p1001",
            "unable to connect to any of the specified",
        ),
        more="destui's own ladder tells these apart: refused, no route and silence end at the step reach, each with "
        "its own words.",
    ),
)  # fmt: skip
