"""DuckDB: an analytical database that is one file on one host."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from destui.connectors.base import PATIENT, Climb, Connector, Entry, Fault, Run, StepResult, Warned
from destui.connectors.file_database import FileClimb, file_spec, path_entries
from destui.connectors.files import look_at_file, note_place, sweep, told, write_nameless

SPEC = file_spec("duckdb", "DuckDB", driver="duckdb")

# Without the first two, opening a file of SQLite's would fetch an extension from the network.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "threads": 1,
}

_BLOCK = 256 * 1024  # bytes by which a database file grows

_HOLDER = re.compile(r"\(PID (\d+)\)")


class _File(FileClimb):
    """DuckDB writes nothing before the commit that never comes, so that a kill leaves an existing file as it was. A
    file that is not there yet is made under the probe's name and loses it at once; the next run's sweep removes one
    that a kill left in between. The file is never opened but by DuckDB: to close it again would drop the locks that
    DuckDB holds on it for other checks in this process.
    """

    def _open(self) -> StepResult:
        mount = note_place(self._run, self._path)
        is_new = look_at_file(self._path)
        if not is_new and self._path.stat().st_size == 0:
            raise Fault("empty", f"{self._path} is empty")
        with suppress(PermissionError):  # a folder that may be written but not listed
            sweep(self._path.parent, self._run.token)
        target = self._path.with_name(f"{self._run.probe}.duckdb") if is_new else self._path
        try:
            self._run.retry(lambda: self._connect(target), _passing, PATIENT)
        finally:
            if is_new:
                target.unlink(missing_ok=True)
        if mount.is_network:
            return Warned(f"on {mount.kind}, where locks between hosts may fail")
        return told(mount, "a new file" if is_new else "")

    def _connect(self, target: Path) -> None:
        import duckdb

        self._hold(duckdb.connect(target, config=_CONFIG))
        # Otherwise closing would write into the file what others have left in its log.
        self._ask("PRAGMA disable_checkpoint_on_shutdown")
        self._run.detail["server"] = f"DuckDB {duckdb.__version__}"

    def _write(self) -> StepResult:
        super()._write()
        # What is never committed is never written: that there is room for it has to be tried beside the file.
        write_nameless(self._path.parent, _BLOCK)
        return None


def _passing(error: Exception) -> str | None:
    if "Conflicting lock is held" not in str(error):
        return None
    holder = _HOLDER.search(str(error))
    return f"locked by process {holder[1]}" if holder else "locked"


_ENTRIES: tuple[Entry, ...] = (
    *path_entries("DUCK", "DuckDB", "a log"),
    Entry(
        "DUCK-LOG-CLOSED", ("path_not_permitted",),
        "The worker's user {worker} may not use the log {wal} beside the database, which another user made.",
        "Run this on that host as root; it gives the log to the owner of the database:\n"
        "chown --reference={path:sh} {wal:sh} && chmod --reference={path:sh} {wal:sh}",
        words=r"cannot open file \"(?P<wal>[^\"]+\.wal)\": (permission denied|operation not permitted)",
        reading="Files Created by DuckDB",
    ),
    Entry(
        "DUCK-NOT-PERMITTED", ("path_not_permitted",),
        "The operating system or DuckDB's own settings keep the worker's user from {path}.",
        "Give the worker's user the right to read and write the file, and to make files in its folder.",
        codes=("EACCES", "EPERM"), exceptions=("PermissionError", "PermissionException"),
        words=r"permission denied|access is denied|operation not permitted|operations are disabled by configuration",
        reading="Securing DuckDB",
    ),
    Entry(
        "DUCK-LOCKED-BY", ("locked",),
        "The process {pid} ({program}) has {path} open; one process at a time may write a DuckDB file.",
        "Close the database in that program; where it cannot be asked to, this ends it on that host, as root or as its "
        "user:\nkill {pid}",
        words=r"conflicting lock is held in (?P<program>.+?) \(PID (?P<pid>[1-9]\d*)\)",
        more="A notebook or a shell holds the file as long as its connection is open, also while it does nothing.",
        reading="Concurrency",
    ),
    Entry(
        "DUCK-LOCKED", ("locked",),
        "Another process has {path} open; one process at a time may write a DuckDB file.",
        "Close the database there; root on that host sees who has the file open by:\nfuser -v {path:sh}",
        words=r"conflicting lock is held|being used by another process|already open in"
        r"|could not set lock on file(?!.*(no locks available|not (supported|implemented)))",
        reading="Concurrency",
    ),
    Entry(
        "DUCK-CONFLICT", ("locked",),
        "Another transaction changes the same in {path}.",
        "Wait until it is done, then check again.",
        exceptions=("TransactionException",), words=r"(write-write )?conflict on (tuple|update|create|commit)",
        reading="Concurrency",
    ),
    Entry(
        "DUCK-EMPTY", ("file_not_a_database",),
        "{path} is an empty file, which DuckDB does not take.",
        "Run this on that host as {worker}; it removes the file if it is still empty, and DuckDB makes a new one:\n"
        "[ -s {path:sh} ] || rm {path:sh}",
        codes=("empty",),
    ),
    Entry(
        "DUCK-NOTADB", ("file_not_a_database",),
        "{path} is not a DuckDB database but a file of another kind.",
        "Edit the destination: give another file in the field Path, such as a new one beside it:\npath={path}.duckdb",
        words=r"not a valid duckdb database file|(extension .*(sqlite|postgres|mysql)_scanner|extension \"sqlite\" is)",
        more="A file of SQLite's is a destination of the type sqlite.",
    ),
    Entry(
        "DUCK-ENCRYPTED", ("credentials_missing",),
        "{path} is encrypted, and destui has no key for it.",
        "Edit the destination: give a file that is not encrypted in the field Path, such as a new one beside it:\n"
        "path={path}.duckdb",
        words=r"cannot open encrypted database .* without", reading="ATTACH and DETACH Statements",
    ),
    Entry(
        "DUCK-KEY", ("key_invalid",),
        "The key that was given does not open the encrypted database {path}.",
        "Give the key that the database was made with.",
        words=r"wrong encryption key|incorrect encryption key|different cipher",
    ),
    Entry(
        "DUCK-NEWER", ("version_incompatible",),
        "{path} was written by a newer DuckDB than the one that destui uses.",
        "Run this where destui is installed on that host, then check again; a new worker starts by itself:\n"
        "pip install --upgrade duckdb\ndestui worker stop",
        words=r"created with an? newer version|storage version greater than|failed to read wal of version",
        more="Where DuckDB cannot be renewed, COPY FROM DATABASE into a file attached with an older STORAGE_VERSION.",
        reading="Storage Versions and Format",
    ),
    Entry(
        "DUCK-OLDER", ("version_incompatible",),
        "{path} was written by {old}, whose files this one no longer reads.",
        "Run the first line with that version's program, the second with a new one's, and give {path}.new in the field "
        "Path:\nduckdb {path:sh} \"EXPORT DATABASE 'exported'\"\nduckdb {path:sh}.new \"IMPORT DATABASE 'exported'\"",
        words=r"created with (?P<old>(an? older version of )?duckdb( version [^\n]+?)?)\.?(\n|$)",
        reading="Storage Versions and Format",
    ),
    Entry(
        "DUCK-LOG-DAMAGED", ("file_corrupt",),
        "The log {wal} of the database is damaged; what it holds is not in the database yet.",
        "Restore both files from a backup; or put the log aside, as {worker} on that host, and lose what it holds:\n"
        "mv {wal:sh} {wal:sh}.damaged",
        words=r"failure while replaying wal file \"(?P<wal>[^\"]+)\"(?!.*failed to read wal of version)",
        reading="Files Created by DuckDB",
    ),
    Entry(
        "DUCK-CORRUPT", ("file_corrupt",),
        "The database in {path} is damaged.",
        "Restore it from a backup; or put it aside, as {worker} on that host, and begin anew:\n"
        "for f in '' .wal; do [ ! -e {path:sh}$f ] || mv {path:sh}$f {path:sh}$f.damaged; done",
        exceptions=("SerializationException",),
        words=r"corrupt|could not read enough bytes|does not match stored checksum|failed to deserialize",
    ),
    Entry(
        "DUCK-INVALIDATED", ("file_corrupt", "disk_full", "connection_dropped"),
        "DuckDB gave up {path} after an error that it could not get over.",
        "Look in the worker's log and the system's for the first error, mend it, and check again.",
        exceptions=("FatalException", "InternalException"), words=r"database has been invalidated|^internal error",
    ),
    Entry(
        "DUCK-READONLY", ("read_only",),
        "{path} is opened only for reading.",
        "Open it for writing: without access_mode=read_only, and not through a share that is read-only.",
        words=r"attached in read-only mode|transaction is launched in read-only mode|database in read-only mode!",
    ),
    Entry(
        "DUCK-FULL", ("disk_full",),
        "The disk of {path} is full.",
        "Free space on that host; this shows where there is how much:\ndf -h {mount:sh}",
        codes=("ENOSPC",), words=r"no space left|disk (is )?full|not enough space",
    ),
    Entry(
        "DUCK-QUOTA", ("quota_exceeded",),
        "A quota or a limit on the size of files is reached for the user {worker} on the file system of {path}.",
        "Have the host's administrator raise it, or remove files of that user; root sees the quotas by:\n"
        "quota -s -u {worker:sh}",
        codes=("EDQUOT", "EFBIG"), words=r"quota exceeded|file too large",
    ),
    Entry(
        "DUCK-MEMORY", ("quota_exceeded",),
        "A memory or file limit of the host is reached.",
        "Have the host's administrator raise the limit.",
        codes=("EMFILE", "ENFILE", "ENOMEM"), exceptions=("OutOfMemoryException", "MemoryError"),
        words=r"out of memory|too many open files|cannot allocate memory", reading="OOM Errors",
    ),
    Entry(
        "DUCK-IO", ("connection_dropped",),
        "The disk or mount of {path} failed while it was read or written.",
        "Look at the disk or mount at {mount} on that host; its system log says more, to root:\n"
        "dmesg --level=err,warn",
        codes=("EIO", "ESTALE", "ENOTCONN"),
        words=r"input/output error|stale (nfs )?file handle|transport endpoint is not connected",
    ),
    Entry(
        "DUCK-EXTENSION", ("driver_missing",),
        "An extension of DuckDB that the database needs, or DuckDB itself, is not installed.",
        "Install it on that host for the user {worker}, or use another file.",
        exceptions=("ModuleNotFoundError",),
        words=r"no module named|failed to download extension|extension .* not found|install it first",
        reading="Installing Extensions",
    ),
    Entry(
        "DUCK-TIMEOUT", ("query_timeout", "connection_dropped"),
        "{path} did not answer in time: a slow disk, a long log to replay, or a mount that died.",
        "Look at the disk or mount of the file on that host.",
        codes=("deadline", "ETIMEDOUT"), exceptions=("InterruptException",), words=r"interrupted!",
    ),
)  # fmt: skip


class _DuckDb(Connector):
    spec = SPEC
    catalogue = _ENTRIES
    unknown_code = "DUCK-UNKNOWN"

    def climb(self, run: Run) -> Climb:
        return _File(run)


CONNECTOR = _DuckDb()
