"""A folder that files are written into, on this host or mounted there."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from destui.connectors.base import Climb, Connector, Entry, Fault, Run, StepResult
from destui.connectors.files import closed_way, denied, no_folder, note_place, sweep, told
from destui.domain.check import CLEAN_UP
from destui.domain.fields import FieldKind, FieldSpec, TypeSpec

SPEC = TypeSpec(
    id="folder",
    label="Folder",
    description="a folder on this host",
    fields=(
        FieldSpec(
            "path", "Path", FieldKind.PATH, required=True, section="Where", endpoint=True,
            help="a folder on this host, or one mounted there",
        ),
        FieldSpec(
            "format", "Format", FieldKind.CHOICE, default="parquet", choices=("csv", "jsonl", "parquet"),
            section="Files", help="what the files are written as",
        ),
    ),
    steps=("open", "write", "read back", CLEAN_UP),
    url_schemes=("file",),
    url_options={"format": "format"},
    local=True,
)  # fmt: skip

_CONTENT = "destui was here: äöü 東京\n".encode() * 2048
"""Some 60 KB: more than what a file system that is full still finds room for beside its own records."""


class _Folder(Climb):
    """One run. The probe is one file, which *clean up* removes; after a kill the next run's sweep does."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._path = Path(run.text("path"))
        self._probe = self._path / run.probe
        self._made = False
        self._aborted = threading.Event()

    @property
    def rungs(self) -> Mapping[str, Callable[[], StepResult]]:
        return {"open": self._open, "write": self._write, "read back": self._read_back, CLEAN_UP: self._clean_up}

    def abort(self) -> None:
        self._aborted.set()

    def _open(self) -> StepResult:
        mount = note_place(self._run, self._path)
        # A link that leads to nothing cannot be made a folder, only what it leads to.
        self._run.facts["folder"] = os.path.realpath(self._path)
        try:
            sweep(self._path, self._run.token)
        except NotADirectoryError as error:
            file = next(p for p in self._way() if not p.is_dir())
            raise Fault("wrong_kind", f"{file} is not a folder", beside=f"{file}.files") from error
        except FileNotFoundError as error:
            raise no_folder(Path(self._run.facts["folder"])) from error
        except PermissionError as error:
            way = closed_way(self._path / "any file")
            raise denied("closed" if way else "unlistable", [*way, (self._path, "rwx")]) from error
        except OSError as error:
            if error.errno == errno.ELOOP:
                link = next(p for p in self._way() if p.is_symlink() and not p.exists())
                raise Fault("loop", str(error), link=str(link)) from error
            raise
        return told(mount)

    def _way(self) -> list[Path]:
        return [*reversed(self._path.parents), self._path]

    def _write(self) -> StepResult:
        try:
            with self._probe.open("xb") as file:
                self._made = True
                file.write(_CONTENT)
                file.flush()
                os.fsync(file.fileno())
        except PermissionError as error:
            # EPERM: a mark on the folder forbids it, which no right of a user changes.
            if error.errno == errno.EACCES and not os.access(self._path, os.W_OK | os.X_OK):
                raise denied("unwritable", [(self._path, "rwx")]) from error
            raise
        finally:
            if self._aborted.is_set():  # this hung while the run ended: nobody else comes to remove it
                self._clean_up()
        return None

    def _read_back(self) -> StepResult:
        if self._probe.read_bytes() != _CONTENT:
            raise Fault("probe_differs", "what was read back is not what was written")
        return None

    def _clean_up(self) -> StepResult:
        if self._made:
            self._probe.unlink(missing_ok=True)
        return None


_MOUNTED = "Where the folder is on a mounted disk or share, look first whether that is mounted."

_ENTRIES: tuple[Entry, ...] = (
    Entry(
        "DIR-MISSING", ("path_missing",),
        "The folder {folder} does not exist on the host that checks.",
        "Run this on that host as {worker}, or correct the field Path:\nmkdir -p {folder:sh}",
        codes=("no_folder", "ENOENT"), exceptions=("FileNotFoundError",),
        words=r"no such file or directory|no such folder|cannot find the (path|file)|does not exist",
        more=_MOUNTED,
    ),
    Entry(
        "DIR-MISSING-ROOT", ("path_missing",),
        "The folder {folder} does not exist on the host that checks, and its user {worker} may not make it.",
        "Run this on that host as root, or correct the field Path:\ninstall -d -o {worker:sh} -m 700 {folder:sh}",
        codes=("no_folder:root",), more=_MOUNTED,
    ),
    Entry(
        "DIR-WRONG-KIND", ("path_wrong_kind",),
        "{path} is a file or leads through one; a folder is needed.",
        "Give a folder in the field Path, such as a new one beside it: the first line makes it, as root on that host, "
        "the second is the field:\ninstall -d -o {worker:sh} -m 700 {beside:sh}\npath={beside}",
        codes=("wrong_kind", "ENOTDIR"), exceptions=("NotADirectoryError",), words=r"not a (directory|folder)",
    ),
    Entry(
        "DIR-LOOP", ("path_missing",),
        "The symbolic link {link} leads back to itself.",
        "Remove the link and make the folder, as root on that host:\n"
        "rm {link:sh}\ninstall -d -o {worker:sh} -m 700 {path:sh}",
        codes=("loop", "ELOOP"), words=r"too many (levels of )?symbolic links|symlink loop",
    ),
    Entry(
        "DIR-NAME", ("config_invalid",),
        "{path} has a part that is longer than the file system takes, or characters that it does not.",
        "Edit the destination: give a shorter path in the field Path.",
        codes=("ENAMETOOLONG", "EILSEQ"), words=r"file ?name too long|invalid or incomplete multibyte",
    ),
    Entry(
        "DIR-CLOSED", ("path_not_permitted",),
        "The worker's user {worker} may not enter the folder {denied}.",
        "Run this on that host as {granter}; it gives all that is needed on the way:\n{grant}",
        codes=("closed",),
    ),
    Entry(
        "DIR-UNLISTABLE", ("no_read_right",),
        "The worker's user {worker} may not list the folder {denied}.",
        "Run this on that host as {granter}; it gives all that a load needs:\n{grant}",
        codes=("unlistable",),
    ),
    Entry(
        "DIR-UNWRITABLE", ("no_write_right",),
        "The worker's user {worker} may not write into the folder {denied}.",
        "Run this on that host as {granter}; it gives all that a load needs:\n{grant}",
        codes=("unwritable",),
    ),
    Entry(
        "DIR-NOT-PERMITTED", ("path_not_permitted",),
        "The operating system keeps the worker's user from {path}.",
        "Give the worker's user the right to list, write and remove files in the folder.",
        codes=("EACCES", "EPERM"), exceptions=("PermissionError",),
        words=r"permission denied|access (is |permission )?denied|operation not permitted",
        more="Where the rights look right, a security module (SELinux, AppArmor) may forbid it: see the system log.",
    ),
    Entry(
        "DIR-ATTRIBUTES", ("no_write_right",),
        "The folder {path} is marked as not to be changed, or only to be added to.",
        "Run this on that host as root:\nchattr -i -a {path:sh}",
        codes=("EPERM",), steps=("write", CLEAN_UP),
        words=r"operation not permitted",
        more="lsattr -d shows the marks. In a container, a security profile can forbid the same.",
    ),
    Entry(
        "DIR-READONLY", ("read_only",),
        "The file system of {path} is read-only.",
        "Run this on that host as root, or edit the destination to a path that can be written:\n"
        "mount -o remount,rw {mount:sh}",
        codes=("EROFS", "read_only_system"), words=r"read-only file ?system",
        more="A disk with errors is often made read-only by the system itself: see the system log first.",
    ),
    Entry(
        "DIR-FULL", ("disk_full",),
        "The disk of {path} is full.",
        "Free space or file entries (inodes) on that host; these show how much is left of both:\n"
        "df -h {path:sh}\ndf -i {path:sh}",
        codes=("ENOSPC",), words=r"no space left|disk (is )?full|not enough space",
    ),
    Entry(
        "DIR-QUOTA", ("quota_exceeded",),
        "A quota or a limit on the size of files is reached for the user {worker} on the file system of {path}.",
        "Have the host's administrator raise it, or remove files of that user; root sees the quotas by:\n"
        "quota -s -u {worker:sh}",
        codes=("EDQUOT", "EFBIG"), words=r"quota exceeded|file too large",
    ),
    Entry(
        "DIR-HANDLES", ("quota_exceeded",),
        "The worker or the host has no more files to open.",
        "Have the host's administrator raise the limit of open files.",
        codes=("EMFILE", "ENFILE", "ENOMEM"), exceptions=("MemoryError",),
        words=r"too many open files|cannot allocate memory",
    ),
    Entry(
        "DIR-STALE", ("connection_dropped",),
        "The mount at {mount} that {path} lies on is dead: its server or disk is gone.",
        "Mount it anew, as root on that host:\numount -l {mount:sh}\nmount {mount:sh}",
        codes=("ESTALE", "ENOTCONN", "EHOSTDOWN", "ECONNRESET", "ECONNABORTED", "ENODEV", "ENXIO", "EREMOTEIO"),
        words=r"stale (nfs )?file handle|transport endpoint is not connected|host is down|no such device",
    ),
    Entry(
        "DIR-UNREACHABLE", ("network_unreachable", "connection_dropped"),
        "The server of the mount at {mount} cannot be reached.",
        "Look at the network or VPN of that host, then check again.",
        codes=("EHOSTUNREACH", "ENETUNREACH", "ENETDOWN"), words=r"no route to host|network is (unreachable|down)",
    ),
    Entry(
        "DIR-IO", ("connection_dropped",),
        "The disk or mount of {path} failed while it was read or written.",
        "Look at the disk or mount at {mount} on that host; its system log says more, to root:\n"
        "dmesg --level=err,warn",
        codes=("EIO",), words=r"input/output error|i/o error",
    ),
    Entry(
        "DIR-BUSY", ("locked",),
        "Somebody else holds the files in {path}.",
        "Wait until it is done, or end it; root on that host sees who it is by:\nfuser -v {path:sh}",
        codes=("EBUSY", "EAGAIN", "ETXTBSY", "EDEADLK"), words=r"resource busy|device or resource busy",
    ),
    Entry(
        "DIR-VANISHED", ("path_missing", "locked"),
        "The probe's file in {path} was removed or changed before it could be read back.",
        "Look what cleans up in that folder, or what replaces its files, then check again.",
        codes=("probe_differs", "ENOENT"), steps=("read back",), words=r"no such file|is not what was written",
    ),
    Entry(
        "DIR-TIMEOUT", ("connection_dropped", "query_timeout"),
        "{path} did not answer in time: a mount whose server is gone, a frozen or a very slow disk.",
        "Look at the disk or mount at {mount} on that host.",
        codes=("deadline", "ETIMEDOUT"), words=r"timed out|no answer within",
    ),
)  # fmt: skip


class _FolderConnector(Connector):
    spec = SPEC
    catalogue = _ENTRIES
    unknown_code = "DIR-UNKNOWN"

    def climb(self, run: Run) -> Climb:
        return _Folder(run)


CONNECTOR = _FolderConnector()
