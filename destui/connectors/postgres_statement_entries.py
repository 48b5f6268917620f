"""What PostgreSQL says of databases, schemas, rights, space, locks and time."""

from __future__ import annotations

from destui.connectors.catalogue import Entry

GRANT = "GRANT USAGE, CREATE ON SCHEMA {schema:id} TO {user:id};"
_BY_OWNER = "Run this as the owner of the schema:\n" + GRANT
_ALL_TABLES = (
    "Run this as a superuser, in database {database}:\n"
    "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA {schema:id} TO {user:id};"
)
_LATER = ("open", "create", "write", "read back", "clean up")

_OF_A_TABLE = tuple(
    f"permission denied for {kind}"
    for kind in (
        "table", "relation", "view", "materialized view", "column", "foreign table", "foreign server",
        "foreign-data wrapper", "function", "procedure", "routine", "large object", "type", "aggregate",
    )
)  # fmt: skip
_OF_A_SCHEMA = ("permission denied for schema {schema}", "permission denied for schema")

RIGHTS: tuple[Entry, ...] = (
    Entry(
        "PG-42501-CONNECT", ("no_connect_right",),
        "The role {user} may not connect to database {database}.",
        "Run this as the owner of the database:\nGRANT CONNECT ON DATABASE {database:id} TO {user:id};",
        codes=("42501",), steps=("sign in", "open"),
        words=(
            "replication role to start", "to start wal sender", 'permission denied for database "{database}"',
            "does not have connect privilege", "was denied access on the database",
        ),
        reading="PostgreSQL: GRANT",
    ),
    Entry(
        "PG-42501-POLICY", ("no_write_right",),
        "A row-level security policy keeps the role {user} from writing this.",
        "Have a policy made that lets its rows in, or run this as a superuser:\nALTER ROLE {user:id} BYPASSRLS;",
        among=("42501",), words=("row violates row-level security policy", "violates row level security policy"),
        reading="PostgreSQL: Row Security Policies",
    ),
    Entry(
        "PG-42501-ROWS", ("no_read_right", "no_write_right"),
        "A row-level security policy would hide rows from the role {user}, which was told to want all (row_security).",
        "Leave row_security=off out, or run this as a superuser:\nALTER ROLE {user:id} BYPASSRLS;",
        among=("42501",), words=("affected by row-level security policy",),
        more="The statement that failed says which: a SELECT or a dump reads, all others write.",
        reading="PostgreSQL: Row Security Policies",
    ),
    Entry(
        "PG-42501-OWNER", ("no_write_right",),
        "The role {user} does not own {table}, and so may not change or drop it.",
        "Run this as a superuser, in database {database}:\nALTER TABLE {schema:id}.{table:id} OWNER TO {user:id};",
        among=("42501",),
        words=("must be owner of table {table}", "must be owner of relation {table}", "must be owner of view {table}",
               "must be owner of materialized view {table}", "must be owner of sequence {table}"),
        reading="PostgreSQL: ALTER TABLE",
    ),
    Entry(
        "PG-42501-OWNER-OTHER", ("no_write_right",),
        "The role {user} does not own what it wants to change or drop.",
        "Have its owner or a superuser do it, or make it over to {user} (ALTER … OWNER TO {user:id}).",
        among=("42501",), words=("must be owner of", "must be the owner"),
        reading="PostgreSQL: Privileges",
    ),
    Entry(
        "PG-42501-SEQUENCE", ("no_write_right",),
        "The role {user} may not draw numbers from a sequence in schema {schema}.",
        "Run this as a superuser, in database {database}:\n"
        "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA {schema:id} TO {user:id};",
        among=("42501",), words=("permission denied for sequence",),
        reading="PostgreSQL: GRANT",
    ),
    Entry(
        "PG-42501-ROLE", ("role_missing",),
        "The role {user} may not take on the role that is asked for.",
        "Leave it out, or run this as a superuser:\nGRANT {role:id} TO {user:id};",
        among=("42501",),
        words=('permission denied to set role "{role}"', 'must be member of role "{role}"',
               'must be a member of role "{role}"', 'must be able to set role "{role}"',
               'role "{role}" is not granted', "must be a member of the role"),
        reading="PostgreSQL: SET ROLE",
    ),
    Entry(
        "PG-FILE-CLOSED", ("path_not_permitted",),
        "The operating system keeps the server itself from a file.",
        "Have the server's administrator give the file that the message names to the user that the server runs as.",
        among=("42501", "58030"),
        words=(
            "could not open file … permission denied", "could not create file … permission denied",
            "could not access … permission denied", "could not stat … permission denied",
            "could not create directory … permission denied", "could not write … permission denied",
            "could not open directory … permission denied", "could not open … operation not permitted",
            "could not set permissions on directory", "could not read directory … permission denied",
        ),
        reading="PostgreSQL: Creating a Database Cluster",
    ),
    Entry(
        "PG-42501-COPY-TO", ("no_write_right",),
        "The role {user} may not do this on the server itself: write its files, change its settings or other roles.",
        "Have a superuser do it, or leave it out; to write files on the server it takes this, from a superuser:\n"
        "GRANT pg_write_server_files TO {user:id};",
        among=("42501",),
        words=(
            "pg_write_server_files", "pg_execute_server_program", "to copy to a file",
            "permission denied to set parameter", "permission denied to alter", "permission denied to drop",
            "permission denied to terminate", "permission denied to cancel", "permission denied to grant",
            "must be superuser to alter", "must be superuser to drop", "must be superuser to set",
            "permission denied for parameter",
        ),
        reading="PostgreSQL: Predefined Roles",
    ),
    Entry(
        "PG-42501-COPY-FROM", ("no_read_right",),
        "The role {user} may not read files of the server itself.",
        "Leave it out, or have a superuser run this:\nGRANT pg_read_server_files TO {user:id};",
        among=("42501",),
        words=(
            "pg_read_server_files", "to copy from a file", "must be superuser to read", "must be superuser to examine",
            "pg_read_all_settings", "permission denied to examine",
        ),
        reading="PostgreSQL: Predefined Roles",
    ),
    Entry(
        "PG-42501-FUNCTION", ("no_read_right", "no_write_right"),
        "The role {user} may not run the function {routine}.",
        "Run this as a superuser, in database {database}:\n"
        "GRANT EXECUTE ON ROUTINE {schema:id}.{routine:id} TO {user:id};",
        among=("42501",),
        words=tuple(f"permission denied for {kind} {{routine}}"
                    for kind in ("function", "procedure", "routine", "aggregate")),
        more="What the function does says which: most that load data write.",
        reading="PostgreSQL: GRANT",
    ),
    Entry(
        "PG-42501-TABLE", ("no_read_right", "no_write_right"),
        "The role {user} has no right to this table.",
        _ALL_TABLES,
        among=("42501",), words=_OF_A_TABLE,
        more="The statement that failed says which: a SELECT reads, all others write.",
        reading="PostgreSQL: GRANT",
    ),
    Entry(
        "PG-42501", ("no_create_right",),
        "The role {user} may not create tables in schema {schema}.",
        _BY_OWNER,
        codes=("42501",), steps=("create", "open"), words=_OF_A_SCHEMA,
        more="A load makes tables of its own, so it needs both rights: USAGE to see the schema, CREATE to add to it. "
        "The owner of schema public is, since PostgreSQL 15, the owner of the database.",
        reading="PostgreSQL: GRANT",
    ),
    Entry(
        "PG-42501-WRITE", ("no_write_right",),
        "The role {user} may not write in schema {schema}.",
        _ALL_TABLES,
        codes=("42501",), steps=("write", "clean up"), words=(*_OF_A_TABLE, *_OF_A_SCHEMA),
        reading="PostgreSQL: GRANT",
    ),
    Entry(
        "PG-42501-READ", ("no_read_right",),
        "The role {user} may not read in schema {schema}.",
        "Run this as a superuser, in database {database}:\n"
        "GRANT SELECT ON ALL TABLES IN SCHEMA {schema:id} TO {user:id};",
        codes=("42501",), steps=("read back",), words=(*_OF_A_TABLE, *_OF_A_SCHEMA),
        reading="PostgreSQL: GRANT",
    ),
    Entry(
        "PG-42501-CREATE", ("no_create_right",),
        "The role {user} may not create this.",
        "Have the owner of what the message names, or a superuser, grant {user} the right to create there.",
        among=("42501",), steps=_LATER,
        words=("permission denied to create", "permission denied for database", "permission denied for tablespace",
               "permission denied for language", "permission denied for extension", "must be superuser to create",
               "must have create privilege", "permission denied: must be superuser"),
        reading="PostgreSQL: GRANT",
    ),
    Entry(
        "PG-42501-ANY", ("no_write_right", "no_create_right", "no_read_right"),
        "The role {user} may not do this.",
        "Have the owner of what the message names, or a superuser, grant {user} the right to it, or leave it out.",
        codes=("42501",),
        more="The statement that failed says which: a SELECT reads, a CREATE creates, all others write.",
        reading="PostgreSQL: Privileges",
    ),
    Entry(
        "PG-NO-ROLE-GRANTED", ("role_missing",),
        "A role that is asked for does not exist.",
        "Correct the role's name, or have an administrator create it.",
        among=("42704", "22023"), codes=("0P000",), steps=_LATER,
        words=('role "{role}" does not exist', "role … does not exist"),
        reading="PostgreSQL: SET ROLE",
    ),
)  # fmt: skip

OBJECTS: tuple[Entry, ...] = (
    Entry(
        "PG-3D000", ("database_missing",),
        "The database {database} does not exist.",
        "Run this in psql as a superuser or as a role with CREATEDB, or correct the field Database:\n"
        "CREATE DATABASE {database:id};\n\\connect {database:id}\nCREATE SCHEMA IF NOT EXISTS {schema:id};\n" + GRANT,
        codes=("3D000", "57P04"),
        words=('database "{database}" does not exist', "no such database: {database}", "no such database",
               "database … does not exist", "unknown database", 'database "{database}" not found',
               "it seems to have just been dropped", "could not find your database"),
        reading="PostgreSQL: CREATE DATABASE",
    ),
    Entry(
        "PG-NO-POOL", ("database_missing", "unknown_user"),
        "The pooler has no pool for database {database} and user {user}.",
        "Edit the destination: correct the fields Database and User, or have the pooler's administrator add the pool.",
        words=(
            "no pool configured for database", "pool not found", "route for … is not found",
            "or the database does not exist",
        ),
        more="The pooler's configuration lists its pools: a database that is in none is missing there, whatever the "
        "server has.",
        reading="PgCat: PgCat Configurations",
    ),
    Entry(
        "PG-55000", ("no_connect_right",),
        "The database {database} takes no connections now.",
        "Run this as the owner of the database, in another one:\nALTER DATABASE {database:id} ALLOW_CONNECTIONS true;",
        among=("55000",), steps=("sign in", "open"),
        words=(
            'database "{database}" is not currently accepting connections', "is not currently accepting connections",
        ),
        reading="PostgreSQL: ALTER DATABASE",
    ),
    Entry(
        "PG-3F000", ("schema_missing",),
        "The schema {schema} does not exist in database {database}.",
        "Run this in database {database} as its owner or a superuser, or correct the field Schema:\n"
        "CREATE SCHEMA {schema:id};\n" + GRANT,
        codes=("3F000", "HV00Q"),
        words=(
            'schema "{schema}" does not exist', "no schema has been selected", "unknown schema",
            "schema … does not exist",
        ),
        reading="PostgreSQL: CREATE SCHEMA",
    ),
    Entry(
        "PG-42703", ("unknown",),
        "A column, constraint, trigger or the like that the statement names does not exist in its table.",
        "Compare the table with what the statement expects: one of the two is older than the other.",
        codes=("42703",), among=("42704",),
        words=("of relation … does not exist", 'for table "…" does not exist', 'for relation "…" does not exist',
               'column "…" does not exist', "column … does not exist"),
        reading="PostgreSQL: ALTER TABLE",
    ),
    Entry(
        "PG-42P01", ("table_missing",),
        "A table that is needed does not exist or was dropped meanwhile.",
        "Look who drops tables in schema {schema}, then check again.",
        codes=("42P01", "HV00R"),
        words=(
            'relation "{table}" does not exist', 'table "{table}" does not exist', 'view "{table}" does not exist',
            "missing from-clause entry for table", "could not open relation with oid", "undefined table",
            "relation does not exist", "the table … does not exist in the current",
        ),
    ),
    Entry(
        "PG-FILE-MISSING", ("path_missing",),
        "A file that the server is to read or write does not exist on the server.",
        "Put it there, or send the data from here (COPY … FROM STDIN).",
        among=("58P01",),
        words=(
            'could not open file "/… no such file', "for reading: no such file", "for writing: no such file",
            "could not stat file", 'directory "{folder}" does not exist',
        ),
        reading="PostgreSQL: COPY",
    ),
    Entry(
        "PG-FILE-KIND", ("path_wrong_kind",),
        "A folder is where the server is to read or write a file.",
        "Give the path of a file of the server's, or send the data from here (COPY … FROM STDIN).",
        among=("42809", "58030", "XX000"), words=('" is a directory', "is a directory"),
        reading="PostgreSQL: COPY",
    ),
    Entry(
        "PG-DISK", ("connection_dropped",),
        "The disk or mount under the server failed while it was read or written.",
        "Have the server's administrator look at the disk; the server's log and its system's say more.",
        codes=("58030", "EIO", "ESTALE"), among=("XX000",), steps=_LATER,
        words=("input/output error", "stale file handle", "remote i/o error"),
        reading="PostgreSQL: Reliability",
    ),
    Entry(
        "PG-PREPARED", ("config_invalid", "version_incompatible"),
        "A pooler between has mixed up prepared statements: it hands each transaction to another session of the "
        "server.",
        "Use the pooler's mode for sessions (often another port), have its administrator allow prepared statements "
        "(max_prepared_statements), or switch them off in the program that said this; destui itself uses none.",
        codes=("26000", "42P05"),
        words=("prepared statement … does not exist", "prepared statement … already exists", "prepared statement\n",
               "bind message supplies", "prepared statement did not exist", "prepared statement name is already in use",
               "only supports prepared statements using the extended"),
        more="PgBouncer knows prepared statements in its transaction mode since version 1.21; where it is older, the "
        "version is the cause.",
        reading="PgBouncer: pgbouncer.ini, max_prepared_statements",
    ),
    Entry(
        "PG-25006", ("read_only",),
        "The server takes no writes: it is a replica or a standby.",
        "Edit the destination: give the primary server in the field Host.",
        codes=("25006",), among=("42501", "0A000", "25001", "58030"),
        words=(
            "cannot be executed during recovery", "read-only transaction", "cannot … during recovery", "read-only mode",
            "read only mode", "session is read-only", "server is in hot standby mode", "read-only file system",
            "read-only replica", "database is read-only", "recovery is in progress",
        ),
        reading="PostgreSQL: Hot Standby",
    ),
    Entry(
        "PG-WRAPAROUND", ("read_only",),
        "The server takes no writes, because its transaction numbers are used up.",
        "Run this as a superuser, in the database that the message names, then look who keeps old transactions, "
        "prepared ones or replication slots:\nVACUUM;",
        among=("54000",), words=("to avoid wraparound data loss", "avoid transaction id wraparound"),
        reading="PostgreSQL: Routine Vacuuming",
    ),
    Entry(
        "PG-25006-SETTING", ("read_only",),
        "Sessions of role {user} in database {database} are set to read-only.",
        "Run this as a superuser:\nSET default_transaction_read_only = off;\n"
        "ALTER {where} SET default_transaction_read_only = off;",
        codes=("25006:setting",), reading="PostgreSQL: Client Connection Defaults",
    ),
    Entry(
        "PG-25006-SERVER", ("read_only",),
        "All sessions of the server are set to read-only.",
        "Run this as a superuser:\nALTER SYSTEM SET default_transaction_read_only = off;\nSELECT pg_reload_conf();",
        codes=("25006:server",), reading="PostgreSQL: Client Connection Defaults",
    ),
    Entry(
        "PG-53100", ("disk_full",), "The server's disk is full.",
        "Have the server's administrator free space on the server, or add some.",
        codes=("53100", "ENOSPC"),
        words=(
            "no space left on device", "no space left", "could not extend file", "disk full", "disk is full", "enospc",
            "storage is full", "insufficient disk space",
        ),
        reading="PostgreSQL: Disk Full Failure",
    ),
    Entry(
        "PG-OPEN-FILES", ("too_many_connections",),
        "The server, or its host, has as many files open as it may.",
        "Have the server's administrator raise the limit of open files of the server's user, or lower "
        "max_files_per_process and max_connections.",
        codes=("EMFILE", "ENFILE"), among=("53000", "53200"), words=("too many open files",),
        reading="PostgreSQL: Managing Kernel Resources",
    ),
    Entry(
        "PG-53200", ("quota_exceeded",),
        "A memory, space or time limit of the server is reached.",
        "Have the server's administrator raise the limit that the driver names.",
        codes=("53000", "53200", "53400", "HV001", "ENOMEM"),
        words=("out of memory", "out of shared memory", "temp_file_limit", "memory budget exceeded", "memory exhausted",
               "could not resize shared memory segment", "cannot allocate memory",
               "could not fork new process", "max_locks_per_transaction", "memory limit"),
        reading="PostgreSQL: Resource Consumption",
    ),
    Entry(
        "PG-55P03", ("locked",),
        "Another session holds a lock that is needed here.",
        "End the session that holds it, or wait; a superuser sees whose transactions are open the longest by:\n"
        "SELECT pid, usename, state, xact_start, query FROM pg_stat_activity WHERE xact_start IS NOT NULL "
        "ORDER BY xact_start;",
        codes=("55P03", "55006"),
        words=("lock timeout", "could not obtain lock", "being accessed by other users", "being used by active queries",
               "lock not available", "is in use by", "cannot drop the currently open"),
        reading="PostgreSQL: Explicit Locking",
    ),
    Entry(
        "PG-CANCELLED", ("unknown",),
        "Somebody cancelled the statement, or the server gave it up so that another could go on.",
        "Check again.",
        among=("57014", "40001"),
        words=(
            "due to user request", "statement due to conflict with recovery", "canceling autovacuum task",
            "query was cancelled", "canceled by user", "cancelled on user's request", "canceled on user's request",
        ),
        more="No set-up is at fault. On a replica it happens to statements that take long.",
    ),
    Entry(
        "PG-57014", ("query_timeout",),
        "A statement took longer than it may.",
        "Look what slows the server; a time limit of the role's own is lifted, by itself or a superuser, by:\n"
        "ALTER ROLE {user:id} RESET statement_timeout;",
        codes=("57014", "25P04"),
        words=(
            "query read timeout", "statement timeout", "transaction timeout", "query_timeout", "query timeout",
            "query execution … timed out", "maximum statement execution time", "pool statement timeout",
            "statement_timeout", "query timed out", "cancelled on system's request",
        ),
        reading="PostgreSQL: Client Connection Defaults",
    ),
    Entry(
        "PG-TIMEOUT", ("query_timeout", "server_unavailable", "connection_dropped"),
        "The server stopped answering.",
        "Look on the server whether it hangs, and whether a firewall drops connections that have been open a while.",
        codes=("deadline",),
        steps=("open", "create", "write", "read back", "clean up"),
        more="pg_stat_activity on the server shows the statement where it still runs; where it shows none, the "
        "connection was lost.",
    ),
    Entry(
        "PG-TOO-LARGE", ("quota_exceeded", "file_corrupt"),
        "A value would be larger than the server holds in memory (1 GB): it is as large, or a damaged row says so.",
        "Load such values in pieces; where they are small, have the administrator restore the table from a backup.",
        among=("XX000", "54000"), words=("invalid memory alloc request size", "invalid string enlargement request"),
        more="A SELECT of the same rows without the large columns tells: where even pg_column_size fails, the row is "
        "damaged.",
        reading="PostgreSQL: PostgreSQL Limits",
    ),
    Entry(
        "PG-CORRUPT", ("file_corrupt",),
        "The server's own files are damaged.",
        "Have the server's administrator look at its disks and restore from a backup.",
        codes=("XX001", "XX002"), among=("XX000", "58P01", "55000"),
        words=(
            "cannot connect to invalid database", "invalid page in block", "could not read block", "is corrupt",
            "contains corrupt…", "corrupted page", "contains unexpected zero page",
            "missing chunk number", 'could not open file "base/… no such file',
            "could not access status of transaction", 'could not open file "pg_… no such file',
            'could not open file "global/… no such file', "invalid page header", "could not read from file … at offset",
            "could not read from file … instead of",
            "checksum verification failed", "corrupted data", "index … contains unexpected", "right sibling",
        ),
        reading="PostgreSQL: Reliability",
    ),
    Entry(
        "PG-DRIVER", ("driver_missing",),
        "The driver for PostgreSQL, or an extension of the server, is not installed.",
        "Install it where the error comes from: on the worker's host the package psycopg, on the server the extension.",
        exceptions=("ModuleNotFoundError", "ImportError"), among=("58P01", "0A000", "42704", "42883", "22023"),
        words=(
            "no module named", "no pq wrapper available", "libpq library not found",
            'extension "{name}" is not available', "could not access file", "could not load library",
            "extension control file", "could not open extension", 'type "geometry" does not exist',
            'type "geography" does not exist', 'type "vector" does not exist', 'type "hstore" does not exist',
            'type "citext" does not exist', "function uuid_generate_v…", "function gen_random_uuid", "function st_…",
            "server to be built with", "function crypt(", "function gen_salt(", "no suitable driver",
            "driver not found", "could not find driver", "can't find package", "cannot find module", "image not found",
            "dll load failed", 'access method "{name}" does not exist', 'language "{name}" does not exist',
            'required extension "{name}" is not installed',
        ),
        reading="PostgreSQL: CREATE EXTENSION",
    ),
    Entry(
        "PG-VERSION", ("version_incompatible",),
        "The server's version cannot do what is asked of it.",
        "Have the server upgraded, or use a destination that is a full PostgreSQL server.",
        among=("0A000", "42883", "42601", "XX000", "42704", "08P01"),
        words=(
            "unsupported frontend protocol", "server version mismatch", "incompatible client", "incompatible server",
            "incompatible version", "unimplemented:", "not yet supported", "not supported yet", "unsupported statement",
            "or later is required", "or newer is required", "incompatible library",
            "no installation script nor update path", "not supported on redshift", "v2 protocol not supported",
            "supports only version 3.0 of the postgresql messaging protocol", "feature not supported:",
            "database files are incompatible with server", "requires … server version", "unsupported server version",
        ),
    ),
    Entry(
        "PG-STATEMENT", ("unknown",),
        "The server refuses the statement itself; a cause in the set-up is not known.",
        "Read what the server said: it names the statement, the data, or the rule of the database's own.",
        codes=(
            "02*", "03*", "09*", "0A000", "0B*", "0F*", "0L*", "0Z*", "10*", "20*", "21*", "22*", "23*", "24*", "25*",
            "27*", "2B*", "2D*", "2F*", "34*", "38*", "39*", "3B*", "40*", "42*", "44*", "54*", "55000", "55P04", "72*",
            "P0*",
        ),
        words=("duplicate key value violates", "violates foreign key", "violates not-null", "violates check constraint",
               "syntax error at", "deadlock detected", "could not serialize", "current transaction is aborted",
               "already exists", "invalid input syntax", "division by zero", "value too long for type",
               'type "{name}" does not exist', "function … does not exist", "operator does not exist"),
        more="Data that does not fit, a rule of the table, a mistake in SQL, a trigger's own word, two "
        "transactions that got in each other's way: the server's words say which.",
        reading="PostgreSQL: PostgreSQL Error Codes",
    ),
)  # fmt: skip

STATEMENTS = (*RIGHTS, *OBJECTS)
