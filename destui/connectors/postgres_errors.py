"""What PostgreSQL's errors mean, and those of the poolers and clouds that speak its protocol."""

from __future__ import annotations

from destui.connectors.base import Entry
from destui.connectors.postgres_statement_errors import GRANT, STATEMENTS

_ROLE_ADMIN = "as a superuser, or as the role with CREATEROLE that made {user}"
_NO_RULE = (
    r'no pg_hba\.conf entry for (?:\w+ )?(?:from )?host "(?P<client>[^"]+)", user "(?P<user>[^"]+)"'
    r'(?:, database "(?P<database>[^"]+)")?'
)

_SIGN_IN: tuple[Entry, ...] = (
    Entry(
        "PG-28P01", ("wrong_password", "unknown_user", "password_expired"),
        "The server refused user {user} with this password: the password is wrong, there is no such role, or its "
        "password has expired.",
        "Type the field Password again, and correct User if the role has another name.",
        codes=("28P01",),
        words=r'password authentication failed for user "(?P<user>[^"]+)"|^(?:.*:\s*)?auth failed$'
        r"|sasl authentication failed|password authentication failed",
        more="The server says the same in all three cases, so as to tell nothing to strangers; its own log says which. "
        "An administrator sees the role and its end with: SELECT rolname, rolcanlogin, rolvaliduntil FROM pg_roles;",
        reading="PostgreSQL: Password Authentication",
    ),
    Entry(
        "PG-NOLOGIN", ("account_locked",),
        "The role {user} may not log in.",
        f"Run this {_ROLE_ADMIN}:\nALTER ROLE {{user:id}} LOGIN;",
        codes=("28000:InitializeSessionUserId", "28000"),
        words=r'role "(?P<user>[^"]+)" is not permitted to log in|account (is )?(locked|disabled)',
        more="A role without LOGIN is a group: perhaps another role, a member of it, is meant for signing in.",
        reading="PostgreSQL: ALTER ROLE",
    ),
    Entry(
        "PG-NO-ROLE", ("unknown_user",),
        "There is no role {user} on this server.",
        "Edit the destination: correct the field User; or make the role, as a superuser in database {database}:\n"
        f"CREATE ROLE {{user:id}} LOGIN;\n{GRANT}",
        codes=("28000:InitializeSessionUserId", "28000"),
        words=r'role "(?P<user>[^"]+)" does not exist|no such user(: "?(?P<user2>[^"\s]+))?',
    ),
    Entry(
        "PG-HBA-LOCAL", ("user_not_allowed_from_host",),
        "No rule of the server lets user {user} into database {database} over its Unix socket.",
        "Have the server's administrator add this line to pg_hba.conf and reload the server:\n"
        "local {database:hba} {user:hba} scram-sha-256",
        codes=("28000:local",), words=r'(no pg_hba\.conf entry for|rejects connection for) host "\[local\]"',
    ),
    Entry(
        "PG-TLS-OR-HBA", ("tls_required", "user_not_allowed_from_host"),
        "The server takes no unencrypted connection of user {user} from {client}: it wants TLS, or has no such rule.",
        "Edit this field; if it stays, the server's administrator has to add a line to pg_hba.conf:\ntls=require",
        codes=("28000",), words=_NO_RULE + r".*(?:no encryption|ssl off)",
    ),
    Entry(
        "PG-HBA-CLOUD", ("user_not_allowed_from_host", "network_policy_blocked"),
        "No rule of the server, or of its cloud's firewall, lets user {user} in from {client}.",
        "Allow this address in the service's firewall; on a server of your own, have the administrator add this line "
        "to pg_hba.conf and reload the server:\nhost {database:hba} {user:hba} {client:net} scram-sha-256",
        codes=("28000",), words=_NO_RULE + ".*ssl on",
    ),
    Entry(
        "PG-HBA", ("user_not_allowed_from_host",),
        "No rule of the server lets user {user} into database {database} from {client}.",
        "Have the server's administrator add this line to pg_hba.conf and reload the server:\n"
        "host {database:hba} {user:hba} {client:net} scram-sha-256",
        codes=("28000:rule", "28000"), words=_NO_RULE,
        reading="PostgreSQL: The pg_hba.conf File",
    ),
    Entry(
        "PG-HBA-REJECT", ("user_not_allowed_from_host", "network_policy_blocked"),
        "A rule of the server keeps user {user} out when coming from {client}.",
        "Have the server's administrator put this line into pg_hba.conf, above the one that rejects, and reload the "
        "server:\nhost {database:hba} {user:hba} {client:net} scram-sha-256",
        codes=("28000:rule", "28000"),
        words=r'pg_hba\.conf rejects (?:\w+ )?connection for host "(?P<client>[^"]+)", user "(?P<user>[^"]+)"'
        r'(?:, database "(?P<database>[^"]+)")?',
    ),
    Entry(
        "PG-TLS-REQUIRED", ("tls_required",),
        "The server takes user {user} only over TLS.",
        "Edit this field (verify-full also checks the server's certificate):\ntls=require",
        codes=("28000:tls",),
        words=r"ssl (connection )?(is )?required|ssl connections? (only|must)|must use ssl|requires? (an? )?(ssl|tls)"
        r"|connection is insecure|ssl\|required|insecure connections? (is|are) (not allowed|prohibited)",
    ),
    Entry(
        "PG-CLIENT-CERT", ("tls_client_cert",),
        "The server wants a client certificate for user {user}, and this is none or another's.",
        "Give a certificate for {user}, signed by the authority that the server trusts, in Client cert, and its key.",
        codes=("28000:auth_failed", "28000:ClientAuthentication", "28000"),
        words=r'certificate authentication failed for user "(?P<user>[^"]+)"|requires a valid client certificate'
        r"|certificate authentication failed",
        reading="PostgreSQL: Certificate Authentication",
    ),
    Entry(
        "PG-PEER", ("auth_method_unsupported",),
        "The server wants user {user} to be signed in by the operating system, not by a password.",
        "Have the server's administrator put this line into pg_hba.conf, above the one that applies, and reload the "
        "server:\nlocal {database:hba} {user:hba} scram-sha-256",
        codes=("28000:auth_failed", "28000"),
        words=r'peer authentication failed( for user "(?P<user>[^"]+)")?',
    ),
    Entry(
        "PG-IDENT", ("auth_method_unsupported",),
        "The server asks this host who user {user} is (ident), and takes no password.",
        "Have the server's administrator put this line into pg_hba.conf, above the one that applies, and reload the "
        "server:\nhost {database:hba} {user:hba} {client:net} scram-sha-256",
        codes=("28000:auth_failed", "28000"),
        words=r'ident authentication failed( for user "(?P<user>[^"]+)")?',
    ),
    Entry(
        "PG-DIRECTORY", ("wrong_password", "unknown_user", "token_expired", "account_locked"),
        "The directory that the server asks (PAM, LDAP, RADIUS) refused user {user}.",
        "Type the field Password, or a fresh token, again; then ask who runs the directory.",
        codes=("28000:auth_failed", "28000", "28P01"),
        words=r'(pam|ldap|radius|bsd) authentication failed for user "(?P<user>[^"]+)"|(pam|ldap) authentication',
    ),
    Entry(
        "PG-KERBEROS", ("auth_method_unsupported", "credentials_missing"),
        "The server wants Kerberos, and this host has no ticket for it.",
        "Have the server's administrator allow a password for user {user}.",
        words=r"gssapi|\bgss\b|sspi|kerberos",
    ),
    Entry(
        "PG-NO-PASSWORD", ("credentials_missing",),
        "The server wants a password of user {user}, and none is set.",
        "Edit the destination: fill in the field Password.",
        codes=("28P02",),
        words=r"no password supplied|empty password returned|password (is )?(missing|not supplied|was not provided)"
        r"|must (provide|specify) a password",
    ),
    Entry(
        "PG-PASSWORD-EXPIRED", ("password_expired",),
        "The password of user {user} has expired.",
        f"Set a new password, or run this {_ROLE_ADMIN}:\nALTER ROLE {{user:id}} VALID UNTIL 'infinity';",
        codes=("28P01", "28000"), words=r"password (has |is )?expired|password must be (changed|renewed)",
    ),
    Entry(
        "PG-TOKEN", ("token_expired",),
        "The token used as the password has expired or is not valid.",
        "Edit the destination: type a fresh token into the field Password.",
        words=r"token (has |is )?(expired|invalid)|(expired|invalid) (access |security |auth\w* )?token"
        r"|iam (user )?authentication failed|token included in the request is expired",
    ),
    Entry(
        "PG-METHOD", ("auth_method_unsupported", "version_incompatible"),
        "The server wants a way of signing in that the driver does not have.",
        "Have the server's administrator allow scram-sha-256 for user {user} in pg_hba.conf.",
        words=r"authentication method .*not supported|requires? unknown authentication|none of the server's sasl"
        r"|channel binding (is )?required|authentication method requirement|does not have a valid scram secret",
    ),
    Entry(
        "PG-KEY", ("key_invalid",),
        "The client key cannot be used.",
        "Edit the destination: paste the PEM text of the certificate's own key, without a passphrase, into Client key.",
        words=r"private key file|could not load private key|certificate present, but not private key"
        r"|key values mismatch"
        r"|does not match private key",
    ),
    Entry(
        "PG-NO-TENANT", ("account_missing", "unknown_user"),
        "The service does not know this project or user.",
        "Edit the destination: correct the fields User and Host; poolers want the project's name in one of them.",
        words=r"tenant or user not found|endpoint id is not specified|inconsistent project name|project not found"
        r"|endpoint .* (not found|could not be found)",
    ),
)  # fmt: skip

_SERVER: tuple[Entry, ...] = (
    Entry(
        "PG-53300-ROLE", ("too_many_connections",),
        "The role {user} has as many connections open as it may.",
        f"Close some, or run this {_ROLE_ADMIN}:\nALTER ROLE {{user:id}} CONNECTION LIMIT -1;",
        codes=("53300",), words=r'too many connections for role "(?P<user>[^"]+)"',
    ),
    Entry(
        "PG-53300-DATABASE", ("too_many_connections",),
        "The database {database} has as many connections open as it may.",
        "Close some, or run this as the owner of the database:\nALTER DATABASE {database:id} CONNECTION LIMIT -1;",
        codes=("53300",), words=r'too many connections for database "(?P<database>[^"]+)"',
    ),
    Entry(
        "PG-53300", ("too_many_connections",),
        "The server has as many connections open as it may.",
        "Close connections that nobody uses, or have the administrator raise max_connections; a superuser sees who "
        "holds them by:\n"
        "SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3 ORDER BY 4 DESC;",
        codes=("53300",),
        words=r"too many (clients|connections)|remaining connection slots|max(imum)? (client|number of)? ?connections"
        r"|no more connections allowed|query_wait_timeout|connection (limit|pool).*(exceeded|reached|exhausted)",
        reading="PostgreSQL: Connections and Authentication",
    ),
    Entry(
        "PG-57P03", ("server_unavailable",),
        "The server is starting, stopping or recovering.",
        "Wait until it is up, then check again; its log says what it does.",
        codes=("57P01", "57P02", "57P03", "57P05", "25P03"),
        words=r"database system is (starting up|shutting down|in recovery)|not (yet )?accepting connections"
        r"|terminating connection|server login (failed|has been failing)|cannot connect to server|pgbouncer.*error"
        r"|idle[- ](in[- ]transaction|session) timeout|hot standby mode is disabled"
        r"|endpoint (is|has been) (disabled|suspended)",
    ),
    Entry(
        "PG-NOT-POSTGRES", ("wrong_protocol",),
        "What listens on port {port} of {host} is not PostgreSQL.",
        "Edit the destination: correct the field Port, or Host.",
        words=r"invalid response to ssl negotiation|expected authentication request from server"
        r"|unexpected response from"
        r"|lost synchronization with server|message type 0x|server sent data .* without prior row description",
    ),
    Entry(
        "PG-08006", ("connection_dropped", "server_unavailable"),
        "The server ended the connection.",
        "Look in the server's log for the reason (a crash, a restart, a pooler, a firewall), then check again.",
        codes=("08*",),
        words=r"server closed the connection unexpectedly|eof detected|connection (has been|was|already) closed"
        r"|could not (receive|send) data|connection not open|consuming input failed|the connection is (closed|lost)",
    ),
    Entry(
        "PG-SOCKET", ("connection_refused",),
        "There is no server's socket in {host} for port {port}.",
        "Start the server, or correct the fields Host and Port.",
        codes=("ENOENT",), steps=("reach", "sign in"),
        words=r'socket "(?P<host>[^"]+)/\.s\.pgsql\.\d+" failed: no such file|is the server running locally',
    ),
    Entry(
        "PG-SOCKET-RIGHT", ("path_not_permitted",),
        "The operating system keeps this user from the server's socket in {host}.",
        "Have the server's administrator let the worker's user into the folder of the socket.",
        codes=("EACCES",), steps=("reach",),
        words=r'socket "(?P<host>[^"]+)/\.s\.pgsql\.\d+" failed: permission denied',
    ),
    Entry(
        "PG-CONFIG", ("config_invalid",),
        "A connection setting is not valid.",
        "Edit the destination: correct the field that the driver names.",
        codes=("22023", "08P01"),
        words=r"invalid (connection option|sslmode|ssl_m\w+|port|integer value|uri|dsn|percent|value for)"
        r"|missing \"=\" after|definition of service|unsupported startup parameter|unrecognized configuration parameter"
        r"|invalid value for parameter|weak sslmode|could not parse|extra key/value separator",
    ),
    Entry(
        "PG-DRIVER", ("driver_missing",),
        "The driver for PostgreSQL, or an extension of the server, is not installed.",
        "Install it where the error comes from: on the worker's host the package psycopg, on the server the extension.",
        exceptions=("ModuleNotFoundError",), codes=("58P01",),
        words=r"no module named|no pq wrapper available|libpq library not found|extension \"?[\w-]+\"? is not available"
        r"|could not access file|could not load library|extension control file",
    ),
    Entry(
        "PG-VERSION", ("version_incompatible",),
        "The server's version cannot do what is asked of it.",
        "Have the server upgraded, or use a destination that is a full PostgreSQL server.",
        codes=("0A000", "42883", "42601"),
        words=r"unsupported frontend protocol|server version mismatch|incompatible (client|server|version)",
    ),
)  # fmt: skip

POSTGRES = (*_SIGN_IN, *_SERVER, *STATEMENTS)
