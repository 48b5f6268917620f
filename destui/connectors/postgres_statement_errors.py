"""What PostgreSQL says of databases, schemas, rights, space, locks and time."""

from __future__ import annotations

from destui.connectors.base import Entry

GRANT = "GRANT USAGE, CREATE ON SCHEMA {schema:id} TO {user:id};"
_BY_OWNER = "Run this as the owner of the schema:\n" + GRANT
_ALL_TABLES = (
    "Run this as a superuser, in database {database}:\n"
    "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA {schema:id} TO {user:id};"
)

STATEMENTS: tuple[Entry, ...] = (
    Entry(
        "PG-3D000", ("database_missing",),
        "The database {database} does not exist.",
        "Run this in psql as a superuser or as a role with CREATEDB, or correct the field Database:\n"
        "CREATE DATABASE {database:id};\n\\connect {database:id}\nCREATE SCHEMA IF NOT EXISTS {schema:id};\n" + GRANT,
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
        "Run this as the owner of the database, in another one:\nALTER DATABASE {database:id} ALLOW_CONNECTIONS true;",
        codes=("55000",), steps=("sign in", "open"),
        words=r'database "(?P<database>[^"]+)" is not currently accepting connections',
    ),
    Entry(
        "PG-3F000", ("schema_missing",),
        "The schema {schema} does not exist in database {database}.",
        "Run this in database {database} as its owner or a superuser, or correct the field Schema:\n"
        "CREATE SCHEMA {schema:id};\n" + GRANT,
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
        _BY_OWNER,
        codes=("42501",), steps=("create", "open"),
        words=r"permission denied for schema (?P<schema>\S+)",
        more="A load makes tables of its own, so it needs both rights: USAGE to see the schema, CREATE to add to it. "
        "The owner of schema public is, since PostgreSQL 15, the owner of the database.",
        reading="PostgreSQL: GRANT",
    ),
    Entry(
        "PG-42501-CREATE", ("no_create_right",),
        "The role {user} may not create this.",
        "Have the owner of what the message names, or a superuser, grant {user} the right to create there.",
        codes=("42501",),
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
        _ALL_TABLES,
        codes=("42501",), steps=("write", "clean up"),
    ),
    Entry(
        "PG-42501-OWNER", ("no_write_right",),
        "The role {user} does not own {table}, and so may not change or drop it.",
        "Run this as a superuser, in database {database}:\nALTER TABLE {schema:id}.{table:id} OWNER TO {user:id};",
        codes=("42501",),
        words=r'must be owner of (?:table|relation|view|materialized view|sequence) "?(?P<table>[^"\s]+)',
    ),
    Entry(
        "PG-42501-SEQUENCE", ("no_write_right",),
        "The role {user} may not draw numbers from a sequence in schema {schema}.",
        "Run this as a superuser, in database {database}:\n"
        "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA {schema:id} TO {user:id};",
        codes=("42501",), words="permission denied for sequence",
    ),
    Entry(
        "PG-42501-POLICY", ("no_write_right",),
        "A row-level security policy keeps the role {user} from writing this.",
        "Have a policy made that lets its rows in, or run this as a superuser:\nALTER ROLE {user:id} BYPASSRLS;",
        codes=("42501",), words="row-level security policy",
    ),
    Entry(
        "PG-42501-READ", ("no_read_right",),
        "The role {user} may not read in schema {schema}.",
        "Run this as a superuser, in database {database}:\n"
        "GRANT SELECT ON ALL TABLES IN SCHEMA {schema:id} TO {user:id};",
        codes=("42501",), steps=("read back",),
    ),
    Entry(
        "PG-42501-TABLE", ("no_read_right", "no_write_right"),
        "The role {user} has no right to this table.",
        _ALL_TABLES,
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
        "Run this as a superuser:\nSET default_transaction_read_only = off;\n"
        "ALTER {where} SET default_transaction_read_only = off;",
        codes=("25006:setting",),
    ),
    Entry(
        "PG-25006-SERVER", ("read_only",),
        "All sessions of the server are set to read-only.",
        "Run this as a superuser:\nALTER SYSTEM SET default_transaction_read_only = off;\nSELECT pg_reload_conf();",
        codes=("25006:server",),
    ),
    Entry(
        "PG-53100", ("disk_full",), "The server's disk is full.",
        "Have the server's administrator free space on the server, or add some.",
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
        "End the session that holds it, or wait; a superuser sees whose transactions are open the longest by:\n"
        "SELECT pid, usename, state, xact_start, query FROM pg_stat_activity WHERE xact_start IS NOT NULL "
        "ORDER BY xact_start;",
        codes=("55P03", "40P01", "55006", "40001"),
        words=r"lock timeout|deadlock detected|could not obtain lock|being accessed by other users|could not serialize",
    ),
    Entry(
        "PG-57014", ("query_timeout",),
        "A statement took longer than it may.",
        "Look what slows the server; a time limit of the role's own is lifted, by itself or a superuser, by:\n"
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
