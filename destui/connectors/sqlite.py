"""SQLite: a database that is one file on one host."""

from __future__ import annotations

from contextlib import suppress

from destui.connectors.base import PATIENT, Climb, Connector, Entry, Run, StepResult
from destui.connectors.file_database import FileClimb, file_spec, path_entries
from destui.connectors.files import look_at_file, note_place

SPEC = file_spec("sqlite", "SQLite")

_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")


class _File(FileClimb):
    """After a kill the next opening rolls the journal back. A file that the run had to make is removed again while it
    is still empty, so that a check never leaves a database where there was none.
    """

    _made_file = False

    def _open(self) -> StepResult:
        import sqlite3

        note_place(self._run, self._path)
        self._made_file = look_at_file(self._path)
        # The timeout is 0 because SQLite's own wait for a lock can be neither seen nor cut short; ours can.
        self._hold(sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False))
        # The first read is what finds that the file is no database.
        self._run.retry(lambda: self._ask("SELECT count(*) FROM sqlite_master"), _passing, PATIENT)
        self._run.detail["server"] = f"SQLite {sqlite3.sqlite_version}"
        return "a new file" if self._made_file else None

    def _begin(self) -> None:
        # IMMEDIATE takes the write lock here, where its lack is told apart from all else.
        self._run.retry(lambda: self._ask("BEGIN IMMEDIATE"), _passing, PATIENT)

    def _leave(self) -> None:
        import sqlite3

        if self._made_file:
            with suppress(sqlite3.OperationalError):  # somebody has begun to use it: it stays
                self._remove_if_empty()

    def _remove_if_empty(self) -> None:
        self._ask("BEGIN EXCLUSIVE")
        if self._path.stat().st_size == 0:
            self._path.unlink()
        self._ask("ROLLBACK")


def _passing(error: Exception) -> str | None:
    name = getattr(error, "sqlite_errorname", None) or ""
    return "locked" if name.startswith(_BUSY) else None


_ENTRIES: tuple[Entry, ...] = (
    *path_entries("SQLITE", "SQLite", "a journal"),
    Entry(
        "SQLITE-NOT-PERMITTED", ("path_not_permitted",),
        "The operating system keeps the worker's user from {path}.",
        "Give the worker's user the right to read and write the file, and to make files in its folder.",
        codes=("EACCES", "EPERM", "SQLITE_PERM", "SQLITE_AUTH"), exceptions=("PermissionError",),
        words=r"permission denied|access (is |permission )?denied|operation not permitted|not authorized",
    ),
    Entry(
        "SQLITE-CANTOPEN", ("path_missing", "path_not_permitted", "path_wrong_kind"),
        "SQLite cannot open {path}: its folder is missing or closed to the worker's user, or it is a folder itself.",
        "Edit the destination: correct the field Path, or give the worker's user the right to the file and its folder.",
        codes=("SQLITE_CANTOPEN", "SQLITE_CANTOPEN_FULLPATH", "SQLITE_CANTOPEN_CONVPATH", "SQLITE_CANTOPEN_SYMLINK"),
        words=r"unable to open (the )?database",
    ),
    Entry(
        "SQLITE-BUSY", ("locked",),
        "Another process holds {path} locked.",
        "Wait until it is done, or end it; root on that host sees who has the file open by:\nfuser -v {path:sh}",
        codes=("SQLITE_BUSY", "SQLITE_BUSY_RECOVERY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_BUSY_TIMEOUT", "SQLITE_LOCKED",
               "SQLITE_LOCKED_SHAREDCACHE", "SQLITE_PROTOCOL", "SQLITE_IOERR_LOCK", "SQLITE_IOERR_SHMLOCK"),
        words=r"database (table|schema)?( ?is)? ?locked|table is locked|locking protocol|could not set lock",
        more="A writer that forgot to end its transaction holds the lock until its program ends.",
    ),
    Entry(
        "SQLITE-NOTADB", ("file_not_a_database",),
        "{path} is not an SQLite database: a file of another kind, or an encrypted one.",
        "Edit the destination: give another file in the field Path.",
        codes=("SQLITE_NOTADB",),
        words=r"(file )?is (not a database|encrypted)|not an? (sqlite )?database",
    ),
    Entry(
        "SQLITE-CORRUPT", ("file_corrupt",),
        "The database in {path} is damaged.",
        "Restore it from a backup; or, as {worker} on that host, save what can be saved and put the file aside:\n"
        "sqlite3 {path:sh} .recover > {path:sh}.sql\n"
        "for f in '' -journal -wal -shm; do [ ! -e {path:sh}$f ] || mv {path:sh}$f {path:sh}$f.damaged; done",
        codes=("SQLITE_CORRUPT", "SQLITE_CORRUPT_VTAB", "SQLITE_CORRUPT_INDEX", "SQLITE_CORRUPT_SEQUENCE",
               "SQLITE_IOERR_SHORT_READ", "SQLITE_IOERR_CORRUPTFS"),
        words=r"malformed|disk image is|database corruption|is corrupt",
    ),
    Entry(
        "SQLITE-READONLY", ("read_only", "path_not_permitted"),
        "{path} cannot be written.",
        "Give the worker's user the right to write the file and its folder, or make the file system writable.",
        codes=("SQLITE_READONLY", "SQLITE_READONLY_CANTINIT", "SQLITE_READONLY_CANTLOCK", "SQLITE_READONLY_RECOVERY",
               "SQLITE_READONLY_ROLLBACK", "SQLITE_READONLY_DIRECTORY"),
        words=r"read-?only database|attempt to write a readonly",
    ),
    Entry(
        "SQLITE-MOVED", ("path_missing",),
        "{path} was moved or removed while it was in use.",
        "Look what replaces the file, then check again.",
        codes=("SQLITE_READONLY_DBMOVED", "SQLITE_IOERR_DELETE_NOENT"),
    ),
    Entry(
        "SQLITE-FULL", ("disk_full",),
        "The disk of {path} is full.",
        "Free space on that host; this shows where there is how much:\ndf -h {mount:sh}",
        codes=("SQLITE_FULL", "ENOSPC", "EDQUOT"),
        words=r"database or disk is full|no space left|disk quota exceeded|disk (is )?full",
    ),
    Entry(
        "SQLITE-IOERR", ("connection_dropped", "disk_full", "path_not_permitted"),
        "The operating system cannot read or write {path}: a mount that died, a full disk, or a locked-down folder.",
        "Look at the disk or mount of the file on that host, in its system log.",
        codes=("SQLITE_IOERR", "SQLITE_IOERR_READ", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE",
               "SQLITE_IOERR_FSTAT", "SQLITE_IOERR_DELETE", "SQLITE_IOERR_SHMMAP", "SQLITE_IOERR_ACCESS", "EIO",
               "ESTALE"),
        words=r"disk i/o error|input/output error|stale file handle",
    ),
    Entry(
        "SQLITE-NO-TABLE", ("table_missing",),
        "A table that is needed does not exist in {path}.",
        "Look who drops tables there, then check again.",
        words=r"no such (table|view)",
    ),
    Entry(
        "SQLITE-VERSION", ("version_incompatible",),
        "The database in {path} was made by a version or with settings that this SQLite cannot take.",
        "Use a file made by a like version of SQLite.",
        codes=("SQLITE_FORMAT", "SQLITE_NOLFS"),
        words=r"unsupported file format|no such (collation|function)|large file support",
    ),
    Entry(
        "SQLITE-MODULE", ("driver_missing",),
        "An extension of SQLite that the database needs is not there.",
        "Install the extension on that host, or use another file.",
        words=r"no such (module|vfs)|no module named|cannot (load|open) (shared|extension)|loading of extensions",
    ),
    Entry(
        "SQLITE-MEMORY", ("quota_exceeded",),
        "A memory or file limit of the host is reached.",
        "Have the host's administrator raise the limit.",
        codes=("SQLITE_NOMEM", "EMFILE", "ENFILE"), exceptions=("MemoryError",),
        words=r"out of memory|too many open files",
    ),
    Entry(
        "SQLITE-TIMEOUT", ("query_timeout", "connection_dropped"),
        "{path} did not answer in time: a slow disk, or a mount that died.",
        "Look at the disk or mount of the file on that host.",
        codes=("deadline", "SQLITE_INTERRUPT"), words=r"interrupted",
    ),
)  # fmt: skip


class _Sqlite(Connector):
    spec = SPEC
    catalogue = _ENTRIES
    unknown_code = "SQLITE-UNKNOWN"

    def driver_code(self, code: str) -> str:
        return code if code.startswith("SQLITE_") else ""

    def climb(self, run: Run) -> Climb:
        return _File(run)


CONNECTOR = _Sqlite()
