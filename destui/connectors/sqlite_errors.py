"""What SQLite's errors mean, and those of the file that the database is in."""

from __future__ import annotations

from destui.connectors.catalogue import Catalogue, Entry
from destui.connectors.file_entries import BUSY, DAMAGED, GONE, path_entries
from destui.connectors.words import Heard
from destui.domain.steps import FILE_STEPS

_CODES = "SQLite: Result and Error Codes"
_NOT_AUTHORIZED = ("not authorized", "access to {what} is prohibited")

_ENTRIES: tuple[Entry, ...] = (
    Entry(
        "SQLITE-MODULE", ("driver_missing",),
        "An extension of SQLite that the database needs is not there.",
        "Install the extension on that host, or use another file.",
        exceptions=("ModuleNotFoundError", "ImportError"),
        words=(
            "no such module", "no such vfs", "no module named", "cannot open shared object", "loading of extensions",
            "has no attribute 'load_extension'", "has no attribute 'enable_load_extension'", "unable to load extension",
            "dll load failed", "specified module could not be found", "no such tokenizer", "no entry point",
            "could not find driver", "no suitable driver", "cannot find module", "invalid elf header", "requires cgo",
            "locate the bindings file", "unable to load dll", "unable to load shared library", "unsatisfiedlinkerror",
            "cannot load such file", "image not found", "node_module_version",
        ),
        reading="SQLite: Run-Time Loadable Extensions",
    ),
    *path_entries("SQLITE", "SQLite", "a journal"),
    Entry(
        "SQLITE-AUTH", ("no_read_right", "no_write_right"),
        "The program that opened {path} forbids this (an authorizer).",
        "Have the program's author allow it; destui itself forbids nothing.",
        codes=("SQLITE_AUTH",), words=_NOT_AUTHORIZED,
        more="The statement that failed tells: a SELECT reads, all others write.",
        reading=_CODES,
    ),
    Entry(
        "SQLITE-AUTH-CREATE", ("no_create_right",),
        "The program that opened {path} forbids to create this (an authorizer).",
        "Have the program's author allow it; destui itself forbids nothing.",
        codes=("SQLITE_AUTH",), steps=("create",), words=_NOT_AUTHORIZED, reading=_CODES,
    ),
    Entry(
        "SQLITE-AUTH-WRITE", ("no_write_right",),
        "The program that opened {path} forbids to write this (an authorizer).",
        "Have the program's author allow it; destui itself forbids nothing.",
        codes=("SQLITE_AUTH",), steps=("write", "clean up"), words=_NOT_AUTHORIZED, reading=_CODES,
    ),
    Entry(
        "SQLITE-AUTH-READ", ("no_read_right",),
        "The program that opened {path} forbids to read this (an authorizer).",
        "Have the program's author allow it; destui itself forbids nothing.",
        codes=("SQLITE_AUTH",), steps=("read back",), words=_NOT_AUTHORIZED, reading=_CODES,
    ),
    Entry(
        "SQLITE-NOT-PERMITTED", ("path_not_permitted",),
        "The operating system keeps the worker's user from {path}.",
        "Give the worker's user the right to read and write the file, and to make files in its folder.",
        codes=("EACCES", "EPERM", "SQLITE_PERM"), exceptions=("PermissionError",),
        words=(
            "permission denied", "access is denied", "access denied", "access permission denied",
            "operation not permitted",
        ),
        reading=_CODES,
    ),
    Entry(
        "SQLITE-CANTOPEN", ("path_missing", "path_not_permitted", "path_wrong_kind"),
        "SQLite cannot open {path}: its folder is missing or closed to the worker's user, or it is a folder itself.",
        "Edit the destination: correct the field Path, or give the worker's user the right to the file and its folder.",
        codes=("SQLITE_CANTOPEN", "SQLITE_CANTOPEN_FULLPATH", "SQLITE_CANTOPEN_CONVPATH", "SQLITE_CANTOPEN_SYMLINK",
               "SQLITE_CANTOPEN_DIRTYWAL", "SQLITE_CANTOPEN_NOTEMPDIR"),
        words=("unable to open database", "unable to open the database", "unable to open a database file",
               "could not open database", "cannot open database", "unable to open shared memory"),
        more="`ls -ld` of the path and of its folder, run as the worker's user, tells them apart.",
        reading=_CODES,
    ),
    Entry(
        "SQLITE-BUSY", ("locked",),
        "Another process holds {path} locked.",
        "Wait until it is done, or end it; root on that host sees who has the file open by:\nfuser -v {path:sh}",
        codes=("SQLITE_BUSY", "SQLITE_BUSY_RECOVERY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_BUSY_TIMEOUT", "SQLITE_LOCKED",
               "SQLITE_LOCKED_SHAREDCACHE", "SQLITE_LOCKED_VTAB", "SQLITE_PROTOCOL", "SQLITE_IOERR_BLOCKED", *BUSY),
        words=("database is locked", "database table is locked", "database schema is locked", "table is locked",
               "locking protocol", "could not set lock", "database file is locked", "database … is locked",
               "used by another process"),
        more="A writer that forgot to end its transaction holds the lock until its program ends.",
        reading="SQLite: File Locking And Concurrency In SQLite Version 3",
    ),
    Entry(
        "SQLITE-NOTADB", ("file_not_a_database",),
        "{path} is not an SQLite database: a file of another kind, or an encrypted one.",
        "Edit the destination: give another file in the field Path.",
        codes=("SQLITE_NOTADB",),
        words=("is not a database", "file is encrypted", "not a database file", "not an sqlite database",
               "not a sqlite database", "file is not a db"),
        reading=_CODES,
    ),
    Entry(
        "SQLITE-SCHEMA", ("version_incompatible", "file_corrupt"),
        "SQLite cannot read the definition of a table in {path}: a newer SQLite wrote it, or it is damaged.",
        "Open it with the newest SQLite; where that cannot either, restore it from a backup.",
        among=("SQLITE_CORRUPT", "SQLITE_ERROR"),
        words=(
            "malformed database schema … near", "malformed database schema … unknown",
            "malformed database schema … syntax",
        ),
        more="PRAGMA integrity_check; in the newest SQLite tells: a file in which that says ok is not damaged.",
        reading="SQLite: How To Corrupt An SQLite Database File",
    ),
    Entry(
        "SQLITE-CORRUPT", ("file_corrupt",),
        "The database in {path} is damaged.",
        "Restore it from a backup; or, as {worker} on that host, save what can be saved and put the file aside:\n"
        "sqlite3 {path:sh} .recover > {path:sh}.sql\n"
        "for f in '' -journal -wal -shm; do [ ! -e {path:sh}$f ] || mv {path:sh}$f {path:sh}$f.damaged; done",
        codes=("SQLITE_CORRUPT", "SQLITE_CORRUPT_VTAB", "SQLITE_CORRUPT_INDEX", "SQLITE_CORRUPT_SEQUENCE",
               "SQLITE_IOERR_SHORT_READ", "SQLITE_IOERR_CORRUPTFS", "SQLITE_IOERR_DATA", *DAMAGED),
        words=(
            "image is malformed", "malformed database schema", "database is malformed", "disk image is",
            "malformed inverted index", "database file is malformed", "malformed database", "database corruption",
            "is corrupt", "file is corrupt",
        ),
        reading="SQLite: How To Corrupt An SQLite Database File",
    ),
    Entry(
        "SQLITE-READONLY", ("read_only", "path_not_permitted"),
        "{path} cannot be written.",
        "Give the worker's user the right to write the file and its folder, or make the file system writable.",
        codes=("SQLITE_READONLY", "SQLITE_READONLY_RECOVERY", "SQLITE_READONLY_ROLLBACK"),
        words=("readonly database", "read-only database", "read only database", "database is read-only"),
        more="`touch` of a file beside it, run as the worker's user, tells: refused for want of a right, or "
        "because the file system is read-only.",
        reading=_CODES,
    ),
    Entry(
        "SQLITE-FOLDER", ("path_not_permitted", "read_only"),
        "SQLite may not make its journal, or use the one that is there, beside {path}.",
        "Give the worker's user the right to make files in the folder of the file, and to use the -wal and -shm there.",
        codes=("SQLITE_READONLY_DIRECTORY", "SQLITE_READONLY_CANTINIT", "SQLITE_READONLY_CANTLOCK"),
        more="`touch` of a file beside it, run as the worker's user, tells: refused for want of a right, or "
        "because the file system is read-only.",
        reading=_CODES,
    ),
    Entry(
        "SQLITE-MOVED", ("path_missing",),
        "{path} was moved or removed while it was in use.",
        "Look what replaces the file, then check again.",
        codes=("SQLITE_READONLY_DBMOVED", "SQLITE_IOERR_DELETE_NOENT"), reading=_CODES,
    ),
    Entry(
        "SQLITE-FULL", ("disk_full",),
        "The disk of {path} is full.",
        "Free space on that host; this shows where there is how much:\ndf -h {mount:sh}",
        codes=("SQLITE_FULL", "ENOSPC"),
        words=("database or disk is full", "no space left", "disk full", "disk is full",
               "not enough space"),
        reading=_CODES,
    ),
    Entry(
        "SQLITE-IOERR", ("connection_dropped", "disk_full"),
        "The operating system cannot read or write {path}: a mount or disk that died, or one that is full.",
        "Look at the disk or mount of the file on that host, in its system log.",
        codes=(
            "SQLITE_IOERR", "SQLITE_IOERR_READ", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC",
            "SQLITE_IOERR_TRUNCATE", "SQLITE_IOERR_CLOSE", "SQLITE_IOERR_COMMIT_ATOMIC", "SQLITE_IOERR_MMAP",
            "SQLITE_IOERR_FSTAT", "SQLITE_IOERR_DELETE", "SQLITE_IOERR_SHMMAP", "SQLITE_IOERR_SHMSIZE",
            "SQLITE_IOERR_SHMOPEN", "SQLITE_IOERR_ACCESS", "SQLITE_IOERR_SEEK", "SQLITE_IOERR_DIR_CLOSE",
            "SQLITE_IOERR_LOCK", "SQLITE_IOERR_SHMLOCK", "SQLITE_IOERR_RDLOCK", "SQLITE_IOERR_UNLOCK",
            "SQLITE_IOERR_CHECKRESERVEDLOCK", "SQLITE_IOERR_VNODE", "SQLITE_IOERR_IN_PAGE", "SQLITE_IOERR_GETTEMPPATH",
            "SQLITE_IOERR_CONVPATH",
        ),
        words=("disk i/o error", "some kind of disk i/o error"),
        more="`df` of the path tells whether the disk is full; a failing disk or mount stands in the system log.",
        reading="SQLite: SQLite Over a Network, Caveats and Considerations",
    ),
    Entry(
        "SQLITE-DISK", ("connection_dropped",),
        "The disk or mount of {path} failed while it was read or written.",
        "Look at the disk or mount at {mount} on that host; its system log says more, to root:\n"
        "dmesg --level=err,warn",
        codes=GONE,
        words=(
            "input/output error", "stale file handle", "stale nfs file handle", "transport endpoint is not connected",
        ),
        reading="SQLite: SQLite Over a Network, Caveats and Considerations",
    ),
    Entry(
        "SQLITE-NO-TABLE", ("table_missing",),
        "A table that is needed does not exist in {path}.",
        "Look who drops tables there, then check again.",
        words=("no such table", "no such view"), reading=_CODES,
    ),
    Entry(
        "SQLITE-NO-DATABASE", ("database_missing",),
        "No database of this name is attached.",
        "Attach it in the program that said this, or leave the name before the dot out.",
        among=("SQLITE_ERROR",), words=("unknown database", "no such database"), reading="SQLite: ATTACH DATABASE",
    ),
    Entry(
        "SQLITE-VERSION", ("version_incompatible",),
        "The database in {path} was made by a version or with settings that this SQLite cannot take.",
        "Use a file made by a like version of SQLite.",
        codes=("SQLITE_FORMAT", "SQLITE_NOLFS"),
        words=("unsupported file format", "large file support", "unsupported version of", "requires sqlite",
               "sqlite … or later is required", "sqlite … or newer"),
        reading="SQLite: Database File Format",
    ),
    Entry(
        "SQLITE-FUNCTION", ("driver_missing", "version_incompatible"),
        "The database in {path} needs a function or an order of sorting that this SQLite does not have.",
        "Open it in the program that made it, or install the extension that brings it.",
        codes=("SQLITE_ERROR_MISSING_COLLSEQ",), among=("SQLITE_ERROR",),
        words=("no such function", "no such collation"),
        more="SELECT sqlite_version(); beside SQLite's own list of functions tells: that says in which version one "
        "came; what is not there is of an extension or a program.",
        reading="SQLite: Built-In Scalar SQL Functions",
    ),
    Entry(
        "SQLITE-LOADING", ("driver_missing",),
        "The program does not let SQLite load extensions.",
        "Have the program's author allow it (enable_load_extension), or build the extension in.",
        among=("SQLITE_ERROR",), words=("^not authorized$",),
        reading="SQLite: Run-Time Loadable Extensions",
    ),
    Entry(
        "SQLITE-CONFIG", ("config_invalid",),
        "An option of the path's URI or of the connection is not possible.",
        "Correct the option that the message names.",
        words=("no such access mode", "invalid uri authority", "no such cache mode", "unexpected keyword argument",
               "is an invalid keyword argument", "could not parse", "can't load plugin: sqlalchemy.dialects",
               "invalid isolation level", "isolation_level string must be", "must be real number"),
        reading="SQLite: Uniform Resource Identifiers",
    ),
    Entry(
        "SQLITE-MEMORY", ("quota_exceeded",),
        "A quota, or a limit of SQLite's or of the host's memory, is reached.",
        "Have the host's administrator raise the limit.",
        codes=(
            "SQLITE_NOMEM", "SQLITE_IOERR_NOMEM", "ENOMEM", "EFBIG", "EDQUOT", "EMLINK",
        ),
        exceptions=("MemoryError",),
        words=(
            "out of memory", "file too large", "disk quota exceeded",
            "cannot allocate memory",
        ),
        reading="SQLite: Implementation Limits For SQLite",
    ),
    Entry(
        "SQLITE-OPEN-FILES", ("too_many_connections",),
        "The program has as many files or attached databases open as it may.",
        "Detach what is not needed, or have the host's administrator raise the limit of open files.",
        codes=(
            "EMFILE", "ENFILE",
        ),
        among=("SQLITE_ERROR",), words=("too many open files", "too many attached databases"),
        reading="SQLite: Implementation Limits For SQLite",
    ),
    Entry(
        "SQLITE-TIMEOUT", ("query_timeout", "connection_dropped"),
        "{path} did not answer in time: a slow disk, or a mount that died.",
        "Look at the disk or mount of the file on that host.",
        codes=("deadline",), words=("no answer within",),
        more="`ls` of the folder on that host tells: it hangs, too, where the mount is dead.",
    ),
    Entry(
        "SQLITE-STATEMENT", ("unknown",),
        "SQLite refuses the statement itself, or was stopped in it; a cause in the set-up is not known.",
        "Read what SQLite said: it names the statement or the data.",
        codes=(
            "SQLITE_CONSTRAINT", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE",
            "SQLITE_CONSTRAINT_NOTNULL", "SQLITE_CONSTRAINT_FOREIGNKEY", "SQLITE_CONSTRAINT_CHECK",
            "SQLITE_CONSTRAINT_TRIGGER", "SQLITE_CONSTRAINT_DATATYPE", "SQLITE_MISMATCH", "SQLITE_RANGE",
            "SQLITE_MISUSE", "SQLITE_TOOBIG", "SQLITE_INTERRUPT", "SQLITE_ABORT", "SQLITE_ABORT_ROLLBACK",
            "SQLITE_SCHEMA",
        ),
        words=(
            "syntax error", "constraint failed", "interrupted", "datatype mismatch", "already exists", "no such column",
        ),
        reading=_CODES,
    ),
)  # fmt: skip


class _SqliteCatalogue(Catalogue):
    def driver_code(self, code: str) -> str:
        return code if code.startswith("SQLITE_") else ""

    def codes_of(self, error: Exception) -> tuple[str, ...]:
        name = getattr(error, "sqlite_errorname", None)
        return (str(name),) if name else super().codes_of(error)

    def codes_in(self, heard: Heard) -> tuple[str, ...]:
        found = ["SQLITE_" + _name_at(rest) for rest in heard.text.split("SQLITE_")[1:]]
        return (*found, *super().codes_in(heard))


def _name_at(text: str) -> str:
    return text[: next((i for i, c in enumerate(text) if not (c.isupper() or c == "_")), len(text))]


CATALOGUE = _SqliteCatalogue("SQLite", "SQLITE-UNKNOWN", FILE_STEPS, _ENTRIES)
