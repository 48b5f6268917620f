"""What the errors of MySQL and MariaDB mean, and those of the proxies and clouds that speak their protocol.

The server's numbers survive translation, so they come first; among entries of one number the general one stands first
and its words leave the others alone.
"""

from __future__ import annotations

from destui.connectors.base import Entry
from destui.connectors.mysql_statement_errors import STATEMENTS, numbered
from destui.connectors.network import FIREWALL

_ACCOUNT = "{user:mystr}@{account_host:mystr}"
_HOSTS = "SELECT host, plugin FROM mysql.user WHERE user = {user:mystr};"
_OTHER_HOST = " (if the account is for another host than {account_host}, put that)"


_SIGN_IN: tuple[Entry, ...] = (
    Entry(
        "MY-1045", ("wrong_password", "unknown_user", "user_not_allowed_from_host"),
        "The server refused user {user} coming from {client}: the password is wrong, there is no such user, or none "
        "for this host.",
        "Type the field Password again, and correct User; an administrator sees for which hosts "
        "the user is:\n" + _HOSTS,
        codes=("1045:refused", "1045"),
        words=numbered(
            r"access denied for user '(?P<user>[^']*)'@'(?P<client>[^']*)' \(using password: yes"
            r"|proxysql error: access denied", 1045, but=r"password: NO\b|token",
        ),
        more="The server says the same in all three cases, so as to tell nothing to strangers; its own log says more. "
        "MariaDB says it too where it takes the user only over TLS.",
        reading="MySQL: Troubleshooting Problems Connecting to MySQL",
    ),
    Entry(
        "MY-1045-CLEAR", ("wrong_password", "tls_required", "unknown_user", "user_not_allowed_from_host"),
        "The server refused user {user} coming from {client} without TLS: the password is wrong, the server wants TLS, "
        "there is no such user, or none for this host.",
        "Type the field Password again, correct User, or edit this field:\ntls=require",
        codes=("1045:clear",),
        more="MariaDB says nothing else where require_secure_transport is on, or the account says REQUIRE SSL. The "
        "password is not tried twice, since servers lock accounts.",
        reading="MariaDB: Securing Connections for Client and Server",
    ),
    Entry(
        "MY-1045-NO-PASSWORD", ("credentials_missing", "unknown_user", "user_not_allowed_from_host"),
        "The server wants a password of user {user}, and none is set.",
        "Edit the destination: fill in the field Password; an administrator sees for which hosts the user is:\n"
        + _HOSTS,
        codes=("1045:none", "1045"), words=r"access denied for user '(?P<user>[^']*)'@'[^']*'.*using password: NO",
    ),
    Entry(
        "MY-TOKEN", ("token_expired",),
        "The token used as the password has expired or is not valid.",
        "Edit the destination: type a fresh token into the field Password.",
        codes=("1045", "9100", "9104", "9106"),
        words=r"token (has |is )?(expired|invalid)|(expired|invalid) (access |security |auth\w* )?token"
        r"|token is not valid|iam (user )?authentication failed",
    ),
    Entry(
        "MY-3159", ("tls_required",),
        "The server takes user {user} only over TLS.",
        "Edit this field (verify-full also checks the server's certificate):\ntls=require",
        codes=("3159", "9002", "plugin_clear", "2061"),
        words=numbered(
            r"insecure transport (is|are) prohibited|requires? (a )?(secure|tls|ssl) connections?"
            r"|ssl (connection )?is required\. please|must use ssl|insecure connections?( are)? not allowed"
            r"|does not allow insecure connections|mysql_clear_password.* (without tls|disabled)",
            3159, 9002,
        ),
        reading="MySQL: Configuring MySQL to Use Encrypted Connections",
    ),
    Entry(
        "MY-CLIENT-CERT", ("tls_client_cert",),
        "The server wants a client certificate of user {user}, and destui has none to give here.",
        f"Have an administrator ask for plain TLS instead{_OTHER_HOST}:\nALTER USER {_ACCOUNT} REQUIRE SSL;",
        codes=("ssl:TLSV13_ALERT_CERTIFICATE_REQUIRED", "ssl:SSLV3_ALERT_BAD_CERTIFICATE"),
        words=r"alert (certificate required|unknown ca|bad certificate|certificate (unknown|expired|revoked))"
        r"|certificate required|peer did not return a certificate",
    ),
    Entry(
        "MY-1130", ("user_not_allowed_from_host",),
        "The server has no user at all for the host {client}, from which this one comes.",
        "Run this as an administrator, where {user} is so far let in only from the server's own host:\n"
        "RENAME USER {user:mystr}@'localhost' TO {user:mystr}@{client:mystr};",
        codes=("1130",),
        words=numbered(r"host '(?P<client>[^']+)' is not allowed to connect to this (mysql|mariadb) server", 1130),
        more="A user of MySQL's is a name and a host. For which hosts it is: " + _HOSTS,
        reading="MySQL: Specifying Account Names",
    ),
    Entry(
        "MY-1129", ("user_not_allowed_from_host",),
        "The server blocks this host, because too many of its connections were broken off.",
        "Run this as an administrator (MySQL 8.4: TRUNCATE TABLE performance_schema.host_cache), then look what breaks "
        "them off, often a port scan or a health check:\nFLUSH HOSTS;",
        codes=("1129",),
        words=numbered(r"host '(?P<client>[^']+)' is blocked because of many connection errors", 1129),
        reading="MySQL: Host 'host_name' is blocked",
    ),
    Entry(
        "MY-FIREWALL", ("network_policy_blocked",),
        "The service's firewall does not let {client} in.",
        "Allow the address {client} in the service's firewall or network settings.",
        codes=("9000", "9007"),
        words=r"client with ip address '?(?P<client>[0-9a-f.:]+)'? is not allowed|ip (address )?is not (allowed|in the)"
        r"|public network access on this server is disabled",
        reading="Azure Database for MySQL: Firewall rules",
    ),
    Entry(
        "MY-1698", ("auth_method_unsupported",),
        "The server lets user {user} in by the operating system's user, not by a password.",
        "Run this as an administrator to see it, then give {user} a password there, or use another user:\n" + _HOSTS,
        codes=("1698",), words=numbered(r"access denied for user '(?P<user>[^']*)'@'[^']*'\W*$", 1698),
        more="Distributions set up root so (unix_socket, auth_socket); a load should have a user of its own.",
        reading="MariaDB: Authentication Plugin - Unix Socket",
    ),
    Entry(
        "MY-2059", ("auth_method_unsupported",),
        "The server wants user {user} to sign in in a way that the driver does not have.",
        "Have the server's administrator give {user} a password of an ordinary kind (mysql_native_password, "
        "caching_sha2_password); now it has:\n" + _HOSTS,
        codes=("2059", "2054", "1251", "1524", "1275", "2049", "plugin_dialog"),
        words=numbered(
            r"authentication plugin '?b?'?[\w]+'*( not configured| cannot be loaded|.* not loaded)"
            r"|plugin '[^']+' is not loaded|does not support authentication protocol|secure-auth mode|old[- ]?password"
            r"|authentication method unknown to the client|requires (a )?pre-4\.1|unknown authentication method",
            2059, 2054, 1251, 1524, 1275, 2049,
        ),
        reading="MySQL: Pluggable Authentication",
    ),
    Entry(
        "MY-PAM", ("auth_method_unsupported", "user_not_allowed_from_host"),
        "The driver stumbled over the server's answer: user {user} signs in by a plug-in such as PAM, or this host is "
        "not let in.",
        "Have the server's administrator give {user} a password of an ordinary kind; now it has:\n" + _HOSTS,
        exceptions=("IndexError",), words=r"^(IndexError: )?index out of range",
    ),
    Entry(
        "MY-ED25519", ("driver_missing", "auth_method_unsupported"),
        "User {user} signs in by ed25519, for which a package is not installed.",
        "Run this where the worker runs, in its environment:\npip install 'PyMySQL[ed25519]'",
        words=r"'?pynacl'? package is required",
    ),
    Entry(
        "MY-RSA", ("wrong_password", "driver_missing"),
        "The server wants the password of {user} once more in full, mostly because it is wrong, and the driver cannot "
        "encrypt it.",
        "Type the field Password again, or edit this field:\ntls=require",
        words=r"'?cryptography'? package is required|couldn't receive server's public key|public key retrieval",
    ),
    Entry(
        "MY-1862", ("password_expired",),
        "The password of user {user} has expired.",
        "Have an administrator set a new one (ALTER USER … IDENTIFIED BY …), then type it in the field Password.",
        codes=("1820", "1862"),
        words=numbered(
            r"your password has expired|must (set|reset|change).* password|reset your password using alter user"
            r"|must set password before", 1820, 1862,
        ),
        more="So that it lasts, the administrator adds PASSWORD EXPIRE NEVER to the same statement.",
        reading="MySQL: Server Handling of Expired Passwords",
    ),
    Entry(
        "MY-3118", ("account_locked",),
        "The account {user} is locked.",
        f"Run this as an administrator{_OTHER_HOST}:\nALTER USER {_ACCOUNT} ACCOUNT UNLOCK;",
        codes=("3118", "4151"), words=numbered(r"(this )?account is locked", 3118, 4151),
        reading="MySQL: Account Locking",
    ),
    Entry(
        "MY-4150", ("account_locked",),
        "The server blocks user {user} after too many wrong passwords.",
        "Run this as an administrator, and find out who tries:\nFLUSH PRIVILEGES;",
        codes=("4150",), words=numbered("user is blocked because of too many credential errors", 4150),
    ),
    Entry(
        "MY-3955", ("account_locked",),
        "The server locks user {user} for some days after too many wrong passwords.",
        f"Run this as an administrator{_OTHER_HOST}, and find out who tries:\nALTER USER {_ACCOUNT} ACCOUNT UNLOCK;",
        codes=("3955", "3957"),
        words=numbered(r"account is blocked for .* day|blocked .* consecutive failed logins", 3955, 3957),
    ),
    Entry(
        "MY-1410", ("unknown_user",),
        "There is no user of this name and host, so nothing can be granted to it.",
        "Have an administrator create the user (CREATE USER … IDENTIFIED BY …) before the grant; there are now:\n"
        + _HOSTS,
        codes=("1410", "1133", "1396"),
        words=numbered(
            r"not allowed to create a user with grant|can't find any matching row in the user table"
            r"|operation (alter|drop|rename) user failed for", 1410, 1133, 1396,
        ),
    ),
    Entry(
        "MY-NO-ACCOUNT", ("account_missing", "unknown_user"),
        "The service does not know this project, branch or user.",
        "Edit the destination: correct the fields User and Host as the service's console shows them.",
        codes=("9999",),
        words=r"missing user ?name prefix|connection string may not be right|invalid authorization specification"
        r"|no credentials for the role|branch .* (not found|does not exist)|unknown (cluster|branch|organization)"
        r"|proxy authentication .*credentials",
    ),
)  # fmt: skip

_SERVER: tuple[Entry, ...] = (
    Entry(
        "MY-1040", ("too_many_connections",),
        "The server has as many connections open as it may.",
        "Close connections that nobody uses, or raise max_connections; an administrator sees who holds them by:\n"
        "SELECT user, host, command, COUNT(*) FROM information_schema.PROCESSLIST GROUP BY user, host, command;",
        codes=("1040",),
        words=numbered(
            r"^\W*too many connections|(connections?|number of connections) .*(limit|exceeded)", 1040,
        ),
        reading="MySQL: Too many connections",
    ),
    Entry(
        "MY-1203", ("too_many_connections",),
        "User {user} has as many connections open as it may.",
        f"Close some, or have an administrator run this{_OTHER_HOST}:\nALTER USER {_ACCOUNT} "
        "WITH MAX_USER_CONNECTIONS 0;",
        codes=("1203", "1226"),
        words=numbered(
            r"user (?P<user>\S+) already has more than 'max_user_connections'"
            r"|'(?P<user2>[^']+)'.*'max_user_connections'", 1203,
        ),
        more="Where max_user_connections is set for all users, the administrator raises that.",
        reading="MySQL: Setting Account Resource Limits",
    ),
    Entry(
        "MY-1226", ("quota_exceeded",),
        "User {user} has used up what it may do in an hour.",
        f"Wait, or have an administrator run this{_OTHER_HOST}:\nALTER USER {_ACCOUNT} WITH "
        "MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 MAX_CONNECTIONS_PER_HOUR 0;",
        codes=("1226",), words=r"'max_\w+_per_hour'|rate limit exceeded|request unit|resource ?exhausted",
        reading="MySQL: Setting Account Resource Limits",
    ),
    Entry(
        "MY-1053", ("server_unavailable",),
        "The server is starting, stopping, sleeping or has no server behind it.",
        "Wait until it is up, or wake it in the service's console, then check again; its log says what it does.",
        codes=("1053", "3032", "1047", "9501", "9001", "1079"),
        words=numbered(
            r"server shutdown in progress|(server|database|branch|cluster|instance) is (currently )?(in offline mode"
            r"|sleeping|paused|starting|stopped|shutting down|hibernat\w+)|wsrep has not yet prepared"
            r"|timed-out waiting to acquire database connection|while reaching hostgroup|no healthy tablet"
            r"|code = unavailable", 1053, 3032, 9501, 9001,
        ),
    ),
    Entry(
        "MY-2013", ("connection_dropped", "server_unavailable"),
        "The server ended the connection.",
        "Look in the server's log for the reason (a crash, a restart, a time limit, a proxy), then check again.",
        codes=("0", "2006", "2013", "2055", "1927", "1152", "1158", "1159", "1160", "1161", "1184", "4031"),
        words=numbered(
            r"lost connection to (mysql|mariadb|server)(?!.*(timed out|error: (110|60)\b))|server has gone away"
            r"|connection was killed|^\W*0\W+$|client was disconnected"
            r"|reading (initial|authorization|communication) (communication )?packet",
            2006, 2013, 2055, 1927, 4031, but=r"timed out|error: (110|60)\b",
        ),
        reading="MySQL: Lost connection to MySQL server",
    ),
    Entry(
        "MY-2013-TIMEOUT", ("timeout_firewall", "server_unavailable", "wrong_protocol"),
        "{host} accepts connections on port {port} but does not answer.",
        "Look on {host} whether the server hangs, whether it is something else that listens on port {port}, and "
        "whether a firewall on the way swallows what is sent.",
        codes=("2013",), words=r"lost connection.*(timed out|system error: (110|60)\b)",
    ),
    Entry(
        "MY-NOT-MYSQL", ("wrong_protocol",),
        "What listens on port {port} of {host} is not MySQL.",
        "Edit the destination: correct the field Port, or Host.",
        codes=("wrong_protocol", "2007", "2027", "1043", "1156"), steps=("encrypt", "sign in"),
        words=numbered(
            r"packet sequence number wrong|no greeting of a mysql server|malformed packet|bad handshake"
            r"|packets out of order|protocol mismatch", 2007, 2027, 1043, 1156,
        ),
        more="Port 33060 speaks another protocol (X) of MySQL's own.",
    ),
    Entry(
        "MY-OLD", ("version_incompatible",),
        "The server is older than MySQL 4.1.",
        "Have the server upgraded.",
        codes=("protocol_too_old",),
    ),
    Entry(
        "MY-SOCKET", ("connection_refused",),
        "There is no server's socket at {host}.",
        "Start the server, or correct the field Host.",
        codes=("ENOENT",), steps=("reach", "sign in"),
        words=r"can't connect to local (mysql |mariadb )?server through socket '(?P<host>[^']+)' \((2|111)\b",
    ),
    Entry(
        "MY-SOCKET-RIGHT", ("path_not_permitted",),
        "The operating system keeps this user from the server's socket {host}.",
        "Have the server's administrator let the worker's user into the folder of the socket.",
        codes=("EACCES",), steps=("reach", "sign in"),
        words=r"can't connect to local (mysql |mariadb )?server through socket '(?P<host>[^']+)' \(13\b",
    ),
    Entry(
        "MY-2003", ("connection_refused",),
        "Nothing listens on port {port} of {host}.",
        "Start the server on {host}, have it listen on that address (bind-address), or correct the field Port.",
        words=r"can't connect to (mysql |mariadb )?server on '(?P<host>[^':]+).*\((111|61|10061)\b",
    ),
    Entry(
        "MY-2003-TIMEOUT", ("timeout_firewall",),
        "{host} does not answer on port {port}: a firewall drops the connection, or the host is down.",
        FIREWALL,
        words=r"can't connect to (mysql |mariadb )?server on '(?P<host>[^':]+).*\((110|60|10060)\b",
    ),
    Entry(
        "MY-2003-ROUTE", ("network_unreachable", "timeout_firewall"),
        "There is no route from this host to {host}, or a firewall rejects the connection.",
        "Bring up the network or VPN that leads to {host}, or have its firewall let this host in.",
        words=r"can't connect to (mysql |mariadb )?server on '(?P<host>[^':]+).*\((101|113|10065)\b",
    ),
    Entry(
        "MY-2005", ("host_not_found",),
        "The host name {host} does not exist.",
        "Edit the destination: correct the field Host, or use the server's address.",
        codes=("2005",), words=r"unknown (mysql|mariadb)?\s?server host '(?P<host>[^']+)'(?!.*(-3|11002))",
    ),
    Entry(
        "MY-2005-DNS", ("dns_unavailable",),
        "No name server answered for {host}.",
        "Bring up this host's network, VPN or name server, or give the server's address in the field Host.",
        codes=("2005",), words=r"unknown (mysql|mariadb)?\s?server host '(?P<host>[^']+)'.*(-3|11002)",
    ),
)  # fmt: skip

MYSQL = (*_SIGN_IN, *_SERVER, *STATEMENTS)
