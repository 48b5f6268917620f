"""What PostgreSQL's errors mean, and those of the poolers and clouds that speak its protocol."""

from __future__ import annotations

from destui.connectors.base import Entry

_GRANT = "Run this as the owner of the schema:\nGRANT USAGE, CREATE ON SCHEMA {schema:id} TO {user:id};"
_NO_RULE = (
    r'no pg_hba\.conf entry for (?:\w+ )?(?:from )?host "(?P<client>[^"]+)", user "(?P<user>[^"]+)"'
    r'(?:, database "(?P<database>[^"]+)")?'
)
_SPACE = "Have the server's administrator free space on the server, or add some."

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
        "Run this as a superuser or as an administrator of the role:\nALTER ROLE {user:id} LOGIN;",
        codes=("28000:InitializeSessionUserId", "28000"),
        words=r'role "(?P<user>[^"]+)" is not permitted to log in|account (is )?(locked|disabled)',
        more="A role without LOGIN is a group: perhaps another role, a member of it, is meant for signing in.",
        reading="PostgreSQL: ALTER ROLE",
    ),
    Entry(
        "PG-NO-ROLE", ("unknown_user",),
        "There is no role {user} on this server.",
        "Edit the destination: correct the field User; or make the role as an administrator:\n"
        "CREATE ROLE {user:id} LOGIN;",
        codes=("28000:InitializeSessionUserId", "28000"),
        words=r'role "(?P<user>[^"]+)" does not exist|no such user(: "?(?P<user2>[^"\s]+))?',
    ),
    Entry(
        "PG-HBA-LOCAL", ("user_not_allowed_from_host",),
        "No rule of the server lets user {user} into database {database} over its Unix socket.",
        "Have the server's administrator add this line to pg_hba.conf and reload the server:\n"
        "local {database:hba} {user:hba} scram-sha-256",
        codes=("hba_local",), words=r'(no pg_hba\.conf entry for|rejects connection for) host "\[local\]"',
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
        codes=("hba_rule", "28000"), words=_NO_RULE,
        reading="PostgreSQL: The pg_hba.conf File",
    ),
    Entry(
        "PG-HBA-REJECT", ("user_not_allowed_from_host", "network_policy_blocked"),
        "A rule of the server keeps user {user} out when coming from {client}.",
        "Have the server's administrator put this line into pg_hba.conf, above the one that rejects, and reload the "
        "server:\nhost {database:hba} {user:hba} {client:net} scram-sha-256",
        codes=("hba_rule", "28000"),
        words=r'pg_hba\.conf rejects (?:\w+ )?connection for host "(?P<client>[^"]+)", user "(?P<user>[^"]+)"'
        r'(?:, database "(?P<database>[^"]+)")?',
    ),
    Entry(
        "PG-TLS-REQUIRED", ("tls_required",),
        "The server takes user {user} only over TLS.",
        "Edit this field (verify-full also checks the server's certificate):\ntls=require",
        codes=("tls_required",),
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
        words=r'(peer|ident) authentication failed for user "(?P<user>[^"]+)"|(peer|ident) authentication failed',
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
        "Have an administrator run this, or set a new password:\nALTER ROLE {user:id} VALID UNTIL 'infinity';",
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
        "Close some, or have an administrator run this:\nALTER ROLE {user:id} CONNECTION LIMIT -1;",
        codes=("53300",), words=r'too many connections for role "(?P<user>[^"]+)"',
    ),
    Entry(
        "PG-53300-DATABASE", ("too_many_connections",),
        "The database {database} has as many connections open as it may.",
        "Close some, or have an administrator run this:\nALTER DATABASE {database:id} CONNECTION LIMIT -1;",
        codes=("53300",), words=r'too many connections for database "(?P<database>[^"]+)"',
    ),
    Entry(
        "PG-53300", ("too_many_connections",),
        "The server has as many connections open as it may.",
        "Close connections that nobody uses, or have the administrator raise max_connections; who holds them:\n"
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

_WORK: tuple[Entry, ...] = (
    Entry(
        "PG-3D000", ("database_missing",),
        "The database {database} does not exist.",
        "Run this as a superuser or as a role with CREATEDB, or correct the field Database:\n"
        "CREATE DATABASE {database:id} OWNER {user:id};",
        codes=("3D000",),
        words=r'database "(?P<database>[^"]+)" does not exist|no such database:? "?(?P<database2>[^"\s]*)',
        reading="PostgreSQL: CREATE DATABASE",
    ),
    Entry(
        "PG-42501-CONNECT", ("no_connect_right",),
        "The role {user} may not connect to database {database}.",
        "Run this as the owner of the database:\nGRANT CONNECT ON DATABASE {database:id} TO {user:id};",
        codes=("42501",), steps=("sign in", "open"),
        words=r'permission denied for database "?(?P<database>[^"\s]+)"?|does not have connect privilege',
    ),
    Entry(
        "PG-55000", ("no_connect_right",),
        "The database {database} takes no connections now.",
        "Run this as a superuser:\nALTER DATABASE {database:id} ALLOW_CONNECTIONS true;",
        codes=("55000",), steps=("sign in", "open"),
        words=r'database "(?P<database>[^"]+)" is not currently accepting connections',
    ),
    Entry(
        "PG-3F000", ("schema_missing",),
        "The schema {schema} does not exist in database {database}.",
        "Run this in database {database} as its owner, or correct the field Schema:\n"
        "CREATE SCHEMA {schema:id} AUTHORIZATION {user:id};",
        codes=("3F000",),
        words=r'schema "(?P<schema>[^"]+)" does not exist|no schema has been selected',
        reading="PostgreSQL: CREATE SCHEMA",
    ),
    Entry(
        "PG-42P01", ("table_missing",),
        "A table that is needed does not exist or was dropped meanwhile.",
        "Look who drops tables in schema {schema}, then check again.",
        codes=("42P01",), words=r'relation "[^"]+" does not exist|table "[^"]+" does not exist',
    ),
    Entry(
        "PG-42501", ("no_create_right",),
        "The role {user} may not create tables in schema {schema}.",
        _GRANT,
        codes=("42501",), steps=("create", "open"),
        words=r"permission denied for schema (?P<schema>\S+)",
        more="A load makes tables of its own, so it needs both rights: USAGE to see the schema, CREATE to add to it.",
        reading="PostgreSQL: GRANT",
    ),
    Entry(
        "PG-42501-CREATE", ("no_create_right",),
        "The role {user} may not create this.",
        _GRANT,
        words=r"permission denied (to create|for (schema|database|tablespace|language|extension))|must be superuser"
        r"|must be owner of schema|must have create",
    ),
    Entry(
        "PG-42501-ROLE", ("role_missing",),
        "The role {user} may not take on the role that is asked for.",
        "Grant the other role to {user} as an administrator, or leave it out.",
        codes=("42501",),
        words=r'permission denied to set role|must be (a )?member of role|role "[^"]+" is not granted',
    ),
    Entry(
        "PG-NO-ROLE-GRANTED", ("role_missing",),
        "A role that is asked for does not exist.",
        "Correct the role's name, or have an administrator create it.",
        codes=("42704",), words=r'role "[^"]+" does not exist',
    ),
    Entry(
        "PG-42501-WRITE", ("no_write_right",),
        "The role {user} may not write in schema {schema}.",
        "Run this as the owner of the schema:\n"
        "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA {schema:id} TO {user:id};",
        codes=("42501",), steps=("write", "clean up"),
        words=r"must be owner of (table|relation|view|materialized view|sequence)|row-level security policy"
        r"|permission denied for sequence",
    ),
    Entry(
        "PG-42501-READ", ("no_read_right",),
        "The role {user} may not read in schema {schema}.",
        "Run this as the owner of the schema:\nGRANT SELECT ON ALL TABLES IN SCHEMA {schema:id} TO {user:id};",
        codes=("42501",), steps=("read back",),
    ),
    Entry(
        "PG-42501-TABLE", ("no_read_right", "no_write_right"),
        "The role {user} has no right to this table.",
        "Run this as the owner of the schema:\n"
        "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA {schema:id} TO {user:id};",
        codes=("42501",), words=r"permission denied for (table|relation|view|column|foreign)",
    ),
    Entry(
        "PG-25006", ("read_only",),
        "The server takes no writes: it is a replica or a standby.",
        "Edit the destination: give the primary server in the field Host.",
        codes=("25006",),
        words=r"read-only transaction|cannot execute .* during recovery|read[- ]?only (mode|file ?system)",
    ),
    Entry(
        "PG-25006-SETTING", ("read_only",),
        "Sessions of role {user} in database {database} are set to read-only.",
        "Run this as a superuser (after ALTER SYSTEM also reload the server):\n{unlock}",
        codes=("read_only_setting",),
    ),
    Entry(
        "PG-53100", ("disk_full",), "The server's disk is full.", _SPACE,
        codes=("53100",), words=r"no space left|could not (extend|write to) file|disk (is )?full|enospc",
    ),
    Entry(
        "PG-53200", ("quota_exceeded",),
        "A memory, space or time limit of the server is reached.",
        "Have the server's administrator raise the limit that the driver names.",
        codes=("53000", "53200", "53400", "54000"),
        words=r"out of (shared )?memory|temp_file_limit|quota|exceeded the (compute|data|storage)|rate limit",
    ),
    Entry(
        "PG-55P03", ("locked",),
        "Another session holds a lock that is needed here.",
        "End the session that holds it, or wait; who blocks whom:\n"
        "SELECT pid, usename, query, pg_blocking_pids(pid) FROM pg_stat_activity "
        "WHERE cardinality(pg_blocking_pids(pid)) > 0;",
        codes=("55P03", "40P01", "55006", "40001"),
        words=r"lock timeout|deadlock detected|could not obtain lock|being accessed by other users|could not serialize",
    ),
    Entry(
        "PG-57014", ("query_timeout",),
        "A statement took longer than it may.",
        "Look what slows the server; a time limit of the role's own is lifted by:\n"
        "ALTER ROLE {user:id} RESET statement_timeout;",
        codes=("57014", "25P04"),
        words=r"statement timeout|canceling statement due to|transaction timeout|query (was )?cancell?ed",
    ),
    Entry(
        "PG-TIMEOUT", ("query_timeout", "server_unavailable", "connection_dropped"),
        "The server stopped answering.",
        "Look on the server whether it hangs, and whether a firewall drops connections that have been open a while.",
        codes=("deadline",),
        steps=("open", "create", "write", "read back", "clean up"),
    ),
    Entry(
        "PG-CORRUPT", ("file_corrupt",),
        "The server's own files are damaged.",
        "Have the server's administrator look at its disks and restore from a backup.",
        codes=("XX001", "XX002"),
        words=r"invalid page in block|could not read block|index .* (is corrupt|contains (unexpected|corrupt))",
    ),
)  # fmt: skip

POSTGRES = (*_SIGN_IN, *_SERVER, *_WORK)
