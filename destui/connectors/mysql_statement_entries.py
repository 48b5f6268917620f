"""What MySQL and MariaDB say once somebody is signed in: about databases, rights, space, locks and time."""

from __future__ import annotations

from destui.connectors.catalogue import Entry

_GRANT = (
    "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX ON {database:my}.* TO "
    "{user:mystr}@{account_host:mystr};"
)
_GRANT_ALL = "Run this as an administrator:\n" + _GRANT
_LATER = ("open", "create", "write", "read back", "clean up")
_TO_DATABASE = ("access denied for user '{user}'@'{account_host}' to database '{database}'", "to database '{database}'")


def _denied(*commands: str) -> tuple[str, ...]:
    """A command that a user may not run, which every language names as SQL does."""
    return tuple(
        words.format(command)
        for command in commands
        for words in (
            "{} command denied to user", "{} befehl nicht erlaubt", "la commande '{}' est interdite",
            "команда {} запрещена", "コマンド {} は", "comando {} denegado", "comando '{}' negado", "comando {} negato",
        )
    )  # fmt: skip


_OF_A_TABLE = ("1142", "1143", "1370", "ER_TABLEACCESS_DENIED_ERROR", "ER_COLUMNACCESS_DENIED_ERROR")

_RIGHTS: tuple[Entry, ...] = (
    Entry(
        "MY-1044", ("no_connect_right", "database_missing"),
        "User {user} has no right to database {database}, or there is none of this name.",
        "Correct the field Database, or run this as an administrator:\n"
        "CREATE DATABASE IF NOT EXISTS {database:my};\n" + _GRANT,
        codes=("1044", "ER_DBACCESS_DENIED_ERROR"), words=(*_TO_DATABASE, "was denied access on the database"),
        more="The server does not say which, so as to tell nothing to strangers. An administrator's SHOW DATABASES "
        "tells.",
        reading="MySQL: GRANT Statement",
    ),
    Entry(
        "MY-1044-CREATE", ("no_create_right",),
        "User {user} may not create in database {database}.",
        _GRANT_ALL,
        codes=("1044", "ER_DBACCESS_DENIED_ERROR"), steps=("create",), words=_TO_DATABASE,
        reading="MySQL: GRANT Statement",
    ),
    Entry(
        "MY-1044-WRITE", ("no_write_right",),
        "User {user} may not write in database {database}, or not lock its tables.",
        _GRANT_ALL,
        codes=("1044", "ER_DBACCESS_DENIED_ERROR"), steps=("write", "clean up"), words=_TO_DATABASE,
        reading="MySQL: GRANT Statement",
    ),
    Entry(
        "MY-1044-RIGHT", ("no_connect_right",),
        "User {user} has no right to database {database}.",
        _GRANT_ALL,
        codes=("1044:seen",),
        reading="MySQL: GRANT Statement",
    ),
    Entry(
        "MY-1045-WRITE", ("no_write_right",),
        "User {user} may not write or read files of the server itself (the right FILE).",
        "Leave that out, or have an administrator run this:\nGRANT FILE ON *.* TO {user:mystr}@{account_host:mystr};",
        codes=("1045", "ER_ACCESS_DENIED_ERROR"), steps=("write", "create"),
        words=("access denied for user '{user}'@'{account_host}'",),
        more="Managed servers give nobody FILE.",
        reading="MySQL: Privileges Provided by MySQL",
    ),
    Entry(
        "MY-1045-READ", ("no_read_right",),
        "User {user} may not read files of the server itself (the right FILE).",
        "Leave that out, or have an administrator run this:\nGRANT FILE ON *.* TO {user:mystr}@{account_host:mystr};",
        codes=("1045", "ER_ACCESS_DENIED_ERROR"), steps=("read back",),
        words=("access denied for user '{user}'@'{account_host}'",),
        more="Managed servers give nobody FILE.",
        reading="MySQL: Privileges Provided by MySQL",
    ),
    Entry(
        "MY-1142", ("no_create_right",),
        "User {user} may not create tables in database {database}.",
        _GRANT_ALL,
        among=_OF_A_TABLE,
        words=_denied("create", "create, drop", "index", "references", "create view", "trigger", "create routine"),
        more="A load makes, changes and drops tables of its own, so it needs all of these rights.",
        reading="MySQL: Privileges Provided by MySQL",
    ),
    Entry(
        "MY-1142-DROP", ("no_write_right",),
        "User {user} may create tables in database {database} but not drop them.",
        _GRANT_ALL,
        among=_OF_A_TABLE, words=_denied("drop"),
        reading="MySQL: Privileges Provided by MySQL",
    ),
    Entry(
        "MY-1142-WRITE", ("no_write_right",),
        "User {user} may not write in database {database}.",
        _GRANT_ALL,
        among=_OF_A_TABLE,
        words=_denied("insert", "update", "delete", "alter", "lock tables", "grant", "insert,update", "delete history"),
        reading="MySQL: Privileges Provided by MySQL",
    ),
    Entry(
        "MY-1142-READ", ("no_read_right",),
        "User {user} may not read in database {database}.",
        _GRANT_ALL,
        among=_OF_A_TABLE, words=_denied("select", "show", "show view"),
        reading="MySQL: Privileges Provided by MySQL",
    ),
    *(
        Entry(
            f"MY-1142-{name}", (cause,),
            sentence,
            _GRANT_ALL,
            codes=("1142", "1143"), steps=steps,
            reading="MySQL: Privileges Provided by MySQL",
        )
        # Where the command is told in a language that is not known.
        for name, cause, sentence, steps in (
            ("AT-CREATE", "no_create_right", "User {user} may not create tables in database {database}.", ("create",)),
            ("AT-WRITE", "no_write_right", "User {user} may not write in database {database}.", ("write", "clean up")),
            ("AT-READ", "no_read_right", "User {user} may not read in database {database}.", ("read back",)),
        )
    ),
    Entry(
        "MY-1142-TABLE", ("no_write_right", "no_create_right", "no_read_right"),
        "User {user} has no right to this table.",
        _GRANT_ALL,
        codes=_OF_A_TABLE,
        words=("command denied to user '{user}'", "command denied to user"),
        more="The message names the command: SELECT reads, CREATE, ALTER and INDEX create, all others write.",
        reading="MySQL: Privileges Provided by MySQL",
    ),
    Entry(
        "MY-1227", ("no_write_right",),
        "User {user} has no right to change the server.",
        "Leave out what wants it (a DEFINER, SET GLOBAL), or have an administrator do it; {user} sees its rights by:\n"
        "SHOW GRANTS FOR {user:mystr}@{account_host:mystr};",
        codes=("1227", "1419", "1095", "1979", "1131", "1132", "3552", "ER_SPECIFIC_ACCESS_DENIED_ERROR"),
        words=("you need (at least one of) the", "do not have the super privilege", "you are not owner of",
               "must have privileges to update tables in the mysql database", "access to system schema"),
        more="Managed servers give nobody SUPER.",
        reading="MySQL: Privileges Provided by MySQL",
    ),
    Entry(
        "MY-1227-CREATE", ("no_create_right",),
        "User {user} may not create this: it takes a right over the whole server.",
        "Have an administrator do it; {user} sees its rights by:\n"
        "SHOW GRANTS FOR {user:mystr}@{account_host:mystr};",
        codes=("1227", "1419"), steps=("create",),
        words=("you need (at least one of) the", "do not have the super privilege"),
        more="Managed servers give nobody SUPER.",
        reading="MySQL: Privileges Provided by MySQL",
    ),
    Entry(
        "MY-1227-READ", ("no_read_right",),
        "User {user} may not see this: it takes a right over the whole server.",
        "Have an administrator grant what the message names; {user} sees its rights by:\n"
        "SHOW GRANTS FOR {user:mystr}@{account_host:mystr};",
        codes=("1227",), steps=("read back",), words=("you need (at least one of) the",),
        reading="MySQL: Privileges Provided by MySQL",
    ),
    Entry(
        "MY-3530", ("role_missing",),
        "A role that is asked for does not exist, or is not granted to {user}.",
        "Correct the role's name, or have an administrator grant it (GRANT … TO {user:mystr}@{account_host:mystr}).",
        codes=("3530", "1959", "1961", "3523", "ER_INVALID_ROLE"),
        words=("is not granted to", "invalid role specification", "unknown authorization id"),
        reading="MySQL: Using Roles",
    ),
    Entry(
        "MY-1211", ("no_create_right",),
        "User {user} may not do this: create users, or tables directly on a protected branch.",
        "Have an administrator do it; a protected branch takes changes of its tables only by a deploy request.",
        codes=("1211",), words=("is not allowed to create new users", "direct ddl is disabled"),
        reading="PlanetScale: Safe migrations",
    ),
)  # fmt: skip

_OBJECTS: tuple[Entry, ...] = (
    Entry(
        "MY-1049", ("database_missing",),
        "The database {database} does not exist.",
        "Correct the field Database, or run this as an administrator:\nCREATE DATABASE {database:my};\n" + _GRANT,
        codes=("1049", "1008", "3672", "ER_BAD_DB_ERROR"),
        words=(
            "unknown database '{database}'", "unknown database", "could not find your database",
            "database not found: {database}", "keyspace {database} not found",
            "database {database} not found in vschema", "unknown keyspace",
        ),
        reading="MySQL: CREATE DATABASE Statement",
    ),
    Entry(
        "MY-1046", ("database_missing",),
        "No database is chosen.",
        "Edit the destination: fill in the field Database.",
        codes=("1046", "ER_NO_DB_ERROR"), words=("no database selected", "no database … selected"),
        reading="MySQL: USE Statement",
    ),
    Entry(
        "MY-1146", ("table_missing",),
        "A table that is needed does not exist or was dropped meanwhile.",
        "Look who drops tables in database {database}, then check again.",
        codes=("1146", "1051", "1109", "1177", "1824", "ER_NO_SUCH_TABLE", "ER_BAD_TABLE_ERROR"),
        words=(
            "table '{table}' doesn't exist", "unknown table", "table {table} not found",
            "the table … does not exist in the current", "doesn't exist in engine",
        ),
        reading="MySQL: Server Error Message Reference",
    ),
    Entry(
        "MY-1290-SUPER", ("read_only",),
        "The server takes no writes from anybody: it is a replica, or set to read-only.",
        "Edit the destination: give the primary server in the field Host; on the primary itself, run as an "
        "administrator:\nSET GLOBAL super_read_only = OFF;\nSET GLOBAL read_only = OFF;",
        among=("1290",), words=("--super-read-only", "--super_read_only", "super_read_only"),
        reading="MySQL: Server System Variables, super_read_only",
    ),
    Entry(
        "MY-1290", ("read_only",),
        "The server takes no writes: it is a replica, or set to read-only.",
        "Edit the destination: give the primary server in the field Host; on the primary itself, run as an "
        "administrator:\nSET GLOBAL read_only = OFF;",
        codes=("1290", "1836", "1874", "EROFS", "ER_OPTION_PREVENTS_STATEMENT"), steps=_LATER, among=("1105",),
        words=(
            "--read-only", "--read_only", "--innodb-read-only", "read-only mode", "read only mode", "read-only replica",
            "read-only file system", "read only replica", "cannot be run on a replica", "tablet type: replica",
            "is a replica", "read-only instance", "read-only node", "--tx-read-only",
        ),
        reading="MySQL: Server System Variables, read_only",
    ),
    Entry(
        "MY-1290-OPTION", ("config_invalid",),
        "An option of the server's forbids this.",
        "Have the server's administrator look at the option that the message names.",
        among=("1290",), words=("option so it cannot",),
        reading="MySQL: Server Error Message Reference",
    ),
    Entry(
        "MY-1792", ("read_only",),
        "Transactions on this server are set to read-only.",
        "Run this as an administrator:\nSET GLOBAL TRANSACTION READ WRITE;",
        codes=("1792", "1207", "ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION"), words=("in a read only transaction",),
        reading="MySQL: SET TRANSACTION Statement",
    ),
    Entry(
        "MY-1036", ("read_only",),
        "The table {table} can only be read.",
        "Have the server's administrator look at the rights of its files, and at its engine.",
        codes=("1036", "engine:165"), words=("table '{table}' is read only", "table is read only"),
        reading="MySQL: Server Error Message Reference",
    ),
    Entry(
        "MY-1114", ("disk_full",),
        "The server's disk, or the room for its tables, is full.",
        "Have the server's administrator free space on the server, or add some.",
        codes=(
            "1021", "1114", "ENOSPC", "engine:135", "engine:136", "3885", "ER_DISK_FULL",
            "ER_RECORD_FILE_FULL",
        ),
        words=(
            "disk full", "disk is full", "no space left", "the table '{table}' is full", "storage full",
            "storage is full", "storage_full", "out of disk", "out of storage", "no more room in", "the table is full",
        ),
        reading="MySQL: How MySQL Handles a Full Disk",
    ),
    Entry(
        "MY-1153", ("quota_exceeded",),
        "What is sent is larger than the server takes at once.",
        "Run this as an administrator, or load in smaller pieces:\nSET GLOBAL max_allowed_packet = 67108864;",
        codes=("1153", "2020", "1162", "ER_NET_PACKET_TOO_LARGE"),
        words=(
            "bigger than 'max_allowed_packet'", "packet too large", "packet is too large",
            "packet for query is too large", "larger than max", "transaction is too large", "max_allowed_packet",
        ),
        reading="MySQL: Packet Too Large",
    ),
    Entry(
        "MY-1037", ("quota_exceeded",),
        "The server has no memory left, or a limit of its is reached.",
        "Have the server's administrator raise the limit that the message names, or give the server more memory.",
        codes=(
            "1037", "1038", "1041", "1206", "1135", "1197", "1461", "1705", "1998", "2008", "8175", "8001",
            "1104", "1119", "1436", "1637", "1799", "1931",
            "ENOMEM", "EDQUOT", "EFBIG", "EMLINK", "5", "engine:128", "engine:132", "ER_OUTOFMEMORY",
        ),
        steps=("sign in", *_LATER),
        words=("out of memory", "out of sort memory", "lock table size", "create a new thread",
               "memory limit", "row limit", "max_prepared_stmt_count", "max_binlog_cache_size", "memory capacity",
               "cannot allocate memory", "memory allocation error"),
        reading="MySQL: Out of memory",
    ),
    Entry(
        "MY-OPEN-FILES", ("too_many_connections",),
        "The server has as many files open as it may.",
        "Have the server's administrator raise it (open_files_limit); anybody sees it by:\n"
        "SHOW GLOBAL VARIABLES LIKE 'open_files_limit';",
        codes=("1587", "23", "EMFILE", "ENFILE"), words=("too many open files", "too many files opened"),
        reading="MySQL: File Not Found and Similar Errors",
    ),
    Entry(
        "MY-1205", ("locked",),
        "Another session holds a lock that is needed here.",
        "End the session that holds it (KILL and its id), or wait; an administrator sees the sessions by:\n"
        "SELECT id, user, host, time, state, info FROM information_schema.PROCESSLIST ORDER BY time DESC;",
        codes=(
            "1205", "1223", "1099", "1100", "1015", "1027", "1192", "1208", "1209", "1689", "3572", "1010", "4145",
            "1150", "ENOTEMPTY", "EBUSY", "engine:146", "ER_LOCK_WAIT_TIMEOUT",
        ),
        steps=_LATER,
        words=(
            "lock wait timeout", "conflicting read lock", "locked with a read lock", "was not locked with lock tables",
            "could not be acquired immediately", "locked against change", "holding global read lock",
            "backup stage active", "nowait is set", "directory not empty",
        ),
        reading="MySQL: Server Error Message Reference",
    ),
    Entry(
        "MY-3024", ("query_timeout",),
        "A statement took longer than it may.",
        "Look what slows the server; anybody sees its limits by:\nSHOW GLOBAL VARIABLES LIKE 'max_%_time';",
        codes=(
            "1969", "3024", "1613", "ER_QUERY_TIMEOUT", "ER_STATEMENT_TIMEOUT",
        ),
        among=("1317", "1105"), steps=_LATER,
        words=(
            "maximum statement execution time", "max_statement_time", "max_execution_time", "context deadline exceeded",
            "exceeded timeout", "deadlineexceeded", "query timed out", "for tx killer rollback", "query timeout",
        ),
        reading="MySQL: Server System Variables, max_execution_time",
    ),
    Entry(
        "MY-TIMEOUT", ("query_timeout", "server_unavailable", "connection_dropped"),
        "The server stopped answering.",
        "Look on the server whether it hangs, and whether a firewall drops connections that have been open a while.",
        codes=("deadline",), steps=_LATER,
        more="SHOW PROCESSLIST on the server shows the statement where it still runs; where it shows none, the "
        "connection was lost.",
        reading="MySQL: Lost connection to MySQL server",
    ),
    Entry(
        "MY-CHARSET", ("config_invalid",),
        "The character set or collation is not known.",
        "Correct it: utf8mb4 is known everywhere.",
        codes=("1115", "2019", "1273", "1253", "ER_UNKNOWN_CHARACTER_SET", "ER_UNKNOWN_COLLATION"),
        words=("unknown character set", "unknown collation", "initialize character set", "has no attribute 'encoding'",
               "unknown charset", "is not valid for character set"),
        more="Names like utf8mb4_0900_ai_ci are of MySQL 8, uca1400 of MariaDB: the other does not know them.",
        reading="MySQL: Character Sets, Collations, Unicode",
    ),
    Entry(
        "MY-1193", ("config_invalid",),
        "A setting of the connection or server is not known, or not possible.",
        "Correct the name or the value that the message shows.",
        codes=("1193", "1229", "1231", "1232", "1238", "1298", "1621", "1649", "1102", "1911", "3948", "2068", "1148",
               "1432", "1433", "2028", "2047", "2066", "4166",
               "ER_UNKNOWN_SYSTEM_VARIABLE"),
        words=(
            "unknown encoding", "cannot be interpreted as an integer", "port must be 0-65535",
            "connect_timeout should be", "server time zone value", "character set … is not supported",
            "unknown system variable", "can't be set to the value of", "unknown or incorrect time zone",
            "is a read only variable", "loading local data is disabled", "local infile", "should be of type int",
            "invalid literal for int", "unexpected keyword argument", "unknown option",
            "can't load plugin: sqlalchemy.dialects", "invalid port", "the used command is not allowed",
            "incorrect database name", "could not parse",
        ),
        reading="MySQL: Server System Variables",
    ),
    Entry(
        "MY-VERSION", ("version_incompatible",),
        "The server cannot do what is asked of it.",
        "Have the server upgraded, or use a destination that is a full MySQL or MariaDB server.",
        codes=("1235", "1459", "1558", "1112", "1289", "3161"), among=("1105", "1047"),
        words=(
            "client_plugin_auth is required", "doesn't yet support", "unsupported: ", "or later is required",
            "or newer is required", "not supported yet", "upgrade required", "is disabled; you need", "unknown command",
            "vt12001",
        ),
        reading="MySQL: Server Error Message Reference",
    ),
    Entry(
        "MY-CORRUPT", ("file_corrupt",),
        "The server's own files are damaged.",
        "Have the server's administrator look at its disks and restore from a backup.",
        codes=(
            "126", "127", "145", "1033", "1034", "1035", "1194", "1195", "1602", "1712", "1728", "1805", "1812", "1814",
            "1817", "1877", "1932", "1983", "1017", "1012", "1547", "engine:126", "engine:127", "engine:134",
            "engine:144", "engine:145", "engine:155", "engine:176", "engine:194",
        ),
        steps=_LATER,
        words=("marked as crashed", "incorrect key file", "is corrupt", "is corrupted", "incorrect information in",
               "probably corrupted", "tablespace is missing", "tablespace has been discarded", "file is crashed",
               "can't find file", "wrong checksum"),
        reading="MySQL: CHECK TABLE Statement",
    ),
    Entry(
        "MY-FILE-KIND", ("path_wrong_kind",),
        "A folder is where the server is to read or write a file, or a file in the middle of the path.",
        "Give the path of a file of the server's.",
        codes=("ENOTDIR", "EISDIR", "ENXIO"), words=("not a directory", "is a directory"),
        reading="MySQL: SELECT ... INTO Statement",
    ),
    Entry(
        "MY-FILES", ("path_not_permitted",),
        "The operating system keeps the server from a file.",
        "Have the server's administrator give the file that the message names to the user that the server runs as.",
        codes=(
            "EACCES", "EPERM", "1085",
        ),
        steps=("open", "write", "read back", "clean up"), words=("permission denied",),
        reading="MySQL: Can't create/write to file",
    ),
    Entry(
        "MY-FILES-CREATE", ("path_not_permitted", "no_create_right"),
        "The operating system keeps the server from its own files.",
        "Have the server's administrator give the folder of the database to the user that the server runs as.",
        codes=("EACCES", "EPERM"), steps=("create",), words=("permission denied",),
        more="The server's log and `ls -ld` of the folder in the message tell whether it is the folder's rights or "
        "a security module's.",
        reading="MySQL: Can't create/write to file",
    ),
    Entry(
        "MY-NO-FILE", ("path_missing",),
        "A file that the server is to read or write does not exist on the server.",
        "Put it there, or send the data from here (LOAD DATA LOCAL).",
        codes=(
            "29", "ENOENT",
        ),
        steps=("open", "write", "read back"), words=("file '{file}' not found", "can't get stat of '{file}'"),
        reading="MySQL: LOAD DATA Statement",
    ),
    Entry(
        "MY-DISK", ("connection_dropped",),
        "The disk or mount under the server failed while it was read or written.",
        "Have the server's administrator look at the disk; the server's log and its system's say more.",
        codes=("EIO", "ESTALE"), steps=_LATER, words=("input/output error", "stale file handle"),
        reading="MySQL: Server Error Message Reference",
    ),
    Entry(
        "MY-DRIVER", ("driver_missing",),
        "The driver for MySQL, or an engine or library of the server, is not installed.",
        "Install it where the error comes from: on the server what the message names; where the worker runs:\n"
        "pip install PyMySQL",
        codes=("1286", "1126", "1986", "1122", "1127", "4185"), exceptions=("ModuleNotFoundError", "ImportError"),
        words=(
            "unknown storage engine", "open shared library", "provider plugin is not loaded", "can't load function",
            "no module named", "could not find driver", "no suitable driver", "driver not found", "cannot find module",
            "dll load failed", "image not found",
        ),
        reading="PyMySQL: Installation",
    ),
    Entry(
        "MY-STATEMENT", ("unknown",),
        "The server refuses the statement itself, or gave it up; a cause in the set-up is not known.",
        "Read what the server said: it names the statement or the data.",
        codes=(
            "1062", "1064", "1054", "1048", "1050", "1007", "1136", "1213", "1264", "1292", "1317", "1364", "1366",
            "1406", "1451", "1452", "1614", "1020", "1022", "1065", "1091", "1149", "1215", "1305", "1644", "3819",
            "4025", "1365", "2014", "1296", "1061", "1060", "1071", "1118", "3140", "3058", "1525", "1411", "1690",
            "1265", "1222", "1052", "1055", "1093",
        ),
        words=(
            "duplicate entry", "error in your sql syntax", "deadlock found", "already exists", "database exists",
            "foreign key constraint", "data too long", "query execution was interrupted",
        ),
        more="Data that does not fit, a rule of the table, a mistake in SQL, two transactions that got in each "
        "other's way, a statement that somebody ended: the server's words say which.",
        reading="MySQL: Server Error Message Reference",
    ),
)  # fmt: skip

STATEMENTS = (*_RIGHTS, *_OBJECTS)
