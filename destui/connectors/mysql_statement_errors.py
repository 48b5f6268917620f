"""What MySQL and MariaDB say once somebody is signed in: about databases, rights, space, locks and time."""

from __future__ import annotations

from destui.connectors.base import Entry

_GRANT = (
    "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX ON {database:my}.* TO "
    "{user:mystr}@{account_host:mystr};"
)
_GRANT_ALL = "Run this as an administrator:\n" + _GRANT


def numbered(words: str, *numbers: int, but: str = "") -> str:
    """Words, or the number where a pasted message shows it: `(1045, "…`, `ERROR 1045 (28000): …`; not with `but`."""
    number = rf"(?:^\W*|\(|\berror(?: code)?:? ?)(?:{'|'.join(map(str, numbers))})\b"
    return number + (f"(?!.*(?:{but}))" if but else "") + f"|{words}"


def denied(commands: str) -> str:
    """A command that a user may not run, which every language names as SQL does."""
    languages = "(?:VIEW )?command denied|Befehl nicht|est interdite|запрещена"
    return rf"\b(?:{commands})\b\W? (?:{languages})|コマンド (?:{commands}) "


STATEMENTS: tuple[Entry, ...] = (
    Entry(
        "MY-1044", ("no_connect_right", "database_missing"),
        "User {user} has no right to database {database}, or there is none of this name.",
        "Correct the field Database, or run this as an administrator:\n"
        "CREATE DATABASE IF NOT EXISTS {database:my};\n" + _GRANT,
        codes=("1044",),
        words=numbered(
            r"access denied for user '(?P<user>[^']*)'@'(?P<account_host>[^']*)' to database '(?P<database>[^']*)'",
            1044,
        ),
        more="The server does not say which, so as to tell nothing to strangers.",
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
        "MY-1049", ("database_missing",),
        "The database {database} does not exist.",
        "Correct the field Database, or run this as an administrator:\nCREATE DATABASE {database:my};\n" + _GRANT,
        codes=("1049",), words=numbered(r"unknown database '(?P<database>[^']+)'|database not found: \w+", 1049),
        reading="MySQL: CREATE DATABASE Statement",
    ),
    Entry(
        "MY-1046", ("database_missing",),
        "No database is chosen.",
        "Edit the destination: fill in the field Database.",
        codes=("1046",), words=numbered("no database selected", 1046),
    ),
    Entry(
        "MY-1142", ("no_create_right",),
        "User {user} may not create tables in database {database}.",
        _GRANT_ALL,
        codes=("1142",), steps=("open", "create"), words=denied("CREATE|ALTER|INDEX|REFERENCES|CREATE VIEW"),
        more="A load makes, changes and drops tables of its own, so it needs all of these rights.",
        reading="MySQL: Privileges Provided by MySQL",
    ),
    Entry(
        "MY-1142-DROP", ("no_write_right",),
        "User {user} may create tables in database {database} but not drop them.",
        _GRANT_ALL,
        codes=("1142",), steps=("create", "clean up"), words=denied("DROP"),
    ),
    Entry(
        "MY-1142-WRITE", ("no_write_right",),
        "User {user} may not write in database {database}.",
        _GRANT_ALL,
        codes=("1142", "1143"), steps=("write",), words=denied("INSERT|UPDATE|DELETE"),
    ),
    Entry(
        "MY-1142-READ", ("no_read_right",),
        "User {user} may not read in database {database}.",
        _GRANT_ALL,
        codes=("1142", "1143"), steps=("read back",), words=denied("SELECT|SHOW"),
    ),
    Entry(
        "MY-1142-TABLE", ("no_read_right", "no_write_right", "no_create_right"),
        "User {user} has no right to this table.",
        _GRANT_ALL,
        codes=("1142", "1143", "1370"), words=numbered("command denied to user '(?P<user>[^']*)'", 1142, 1143, 1370),
    ),
    Entry(
        "MY-1227", ("no_write_right",),
        "User {user} has no right to change the server.",
        "Leave out what wants it (a DEFINER, SET GLOBAL), or have an administrator do it; {user} sees its rights by:\n"
        "SHOW GRANTS FOR {user:mystr}@{account_host:mystr};",
        codes=("1227", "1419"),
        words=numbered(r"you need \(at least one of\) the .* privilege|do not have the super privilege", 1227, 1419),
        more="Managed servers give nobody SUPER.",
    ),
    Entry(
        "MY-1146", ("table_missing",),
        "A table that is needed does not exist or was dropped meanwhile.",
        "Look who drops tables in database {database}, then check again.",
        codes=("1146", "1051"), words=numbered(r"table '[^']+' doesn't exist|unknown table", 1146, 1051),
    ),
    Entry(
        "MY-1290", ("read_only",),
        "The server takes no writes: it is a replica, or set to read-only.",
        "Edit the destination: give the primary server in the field Host; on the primary itself, run as an "
        "administrator:\nSET GLOBAL read_only = OFF;",
        codes=("1290", "1836", "1874"),
        words=numbered(
            r"--read[-_]only|running in read[- ]only mode|innodb is in read only mode"
            r"|read[- ]only (replica|instance|file ?system)|cannot be run on a replica", 1836, 1874,
        ),
        reading="MySQL: Server System Variables, read_only",
    ),
    Entry(
        "MY-1290-SUPER", ("read_only",),
        "The server takes no writes from anybody: it is a replica, or set to read-only.",
        "Edit the destination: give the primary server in the field Host; on the primary itself, run as an "
        "administrator:\nSET GLOBAL super_read_only = OFF;\nSET GLOBAL read_only = OFF;",
        codes=("1290",), words=r"--super[-_]read[-_]only",
    ),
    Entry(
        "MY-1290-OPTION", ("config_invalid",),
        "An option of the server's forbids this.",
        "Have the server's administrator look at the option that the message names.",
        codes=("1290",), words=r"--(?!(?:super[-_])?read[-_]only)[a-z][\w-]+ option so it cannot",
    ),
    Entry(
        "MY-1792", ("read_only",),
        "Transactions on this server are set to read-only.",
        "Run this as an administrator:\nSET GLOBAL TRANSACTION READ WRITE;",
        codes=("1792",), words=numbered("in a read only transaction", 1792),
    ),
    Entry(
        "MY-1114", ("disk_full",),
        "The server's disk, or the room for its tables, is full.",
        "Have the server's administrator free space on the server, or add some.",
        codes=("1021", "1114"),
        words=numbered(
            r"disk (is )?full|no space left|(errcode|error|errno):? ?(28|122)\b|the table '[^']*' is full"
            r"|storage.?full|out of (disk|storage)", 1021, 1114,
        ),
        reading="MySQL: How MySQL Handles a Full Disk",
    ),
    Entry(
        "MY-1153", ("quota_exceeded",),
        "What is sent is larger than the server takes at once.",
        "Run this as an administrator, or load in smaller pieces:\nSET GLOBAL max_allowed_packet = 67108864;",
        codes=("1153", "2020"), words=numbered(r"bigger than 'max_allowed_packet'|packet (is )?too large", 1153, 2020),
        reading="MySQL: Packet Too Large",
    ),
    Entry(
        "MY-1037", ("quota_exceeded",),
        "The server has no memory left, or a limit of its is reached.",
        "Have the server's administrator raise the limit that the message names, or give the server more memory.",
        codes=("1037", "1038", "1041", "1206", "1135", "5"),
        words=numbered(
            r"out of (sort )?memory|lock table size|can't create (a )?new thread|quota|too many open files"
            r"|(memory|row) (limit|quota)", 1037, 1038, 1041, 1206, 1135,
        ),
    ),
    Entry(
        "MY-1205", ("locked",),
        "Another session holds a lock that is needed here.",
        "End the session that holds it (KILL and its id), or wait; an administrator sees the sessions by:\n"
        "SELECT id, user, host, time, state, info FROM information_schema.PROCESSLIST ORDER BY time DESC;",
        codes=("1205", "1213", "1223", "1099", "1100", "1614", "3572"),
        words=numbered(
            r"lock wait timeout|deadlock found|conflicting read lock|locked with a read lock|was not locked with"
            r"|could not be acquired immediately", 1205, 1213, 1223, 1099, 1100, 3572,
        ),
    ),
    Entry(
        "MY-3024", ("query_timeout",),
        "A statement took longer than it may.",
        "Look what slows the server; anybody sees its limits by:\nSHOW GLOBAL VARIABLES LIKE 'max_%_time';",
        codes=("1317", "1969", "3024"),
        words=numbered(
            r"maximum statement execution time|max_(statement|execution)_time|query execution was interrupted"
            r"|context deadline exceeded", 1317, 1969, 3024,
        ),
    ),
    Entry(
        "MY-TIMEOUT", ("query_timeout", "server_unavailable", "connection_dropped"),
        "The server stopped answering.",
        "Look on the server whether it hangs, and whether a firewall drops connections that have been open a while.",
        codes=("deadline",), steps=("open", "create", "write", "read back", "clean up"),
    ),
    Entry(
        "MY-CHARSET", ("config_invalid",),
        "The character set or collation is not known.",
        "Correct it: utf8mb4 is known everywhere.",
        codes=("1115", "1273", "2019"),
        words=numbered(
            r"unknown (character set|collation)|can't initialize character set|has no attribute 'encoding'",
            1115, 1273, 2019,
        ),
    ),
    Entry(
        "MY-VERSION", ("version_incompatible",),
        "The server cannot do what is asked of it.",
        "Have the server upgraded, or use a destination that is a full MySQL or MariaDB server.",
        codes=("1064", "1193", "1235", "1286", "1305"),
        words=numbered(
            r"error in your sql syntax|unknown system variable|doesn't yet support|unknown storage engine"
            r"|unsupported: ", 1064, 1193, 1235, 1286, 1305,
        ),
    ),
    Entry(
        "MY-CORRUPT", ("file_corrupt",),
        "The server's own files are damaged.",
        "Have the server's administrator look at its disks and restore from a backup.",
        codes=("126", "127", "145", "1034", "1035", "1194", "1195", "1712", "1877"),
        words=numbered(
            r"marked as crashed|incorrect key file|index .* is corrupted|table .* is corrupt|incorrect information in",
            1034, 1035, 1194, 1195, 1712,
        ),
    ),
    Entry(
        "MY-DRIVER", ("driver_missing",),
        "The driver for MySQL is not installed.",
        "Install the package PyMySQL where the worker runs:\npip install PyMySQL",
        exceptions=("ModuleNotFoundError",), words=r"no module named",
    ),
)  # fmt: skip
