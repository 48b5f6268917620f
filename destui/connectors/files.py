"""What the types that live on one host share: looking at paths, at mounts, and sweeping what a kill left behind."""

from __future__ import annotations

import os
import pwd
import re
import shlex
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from destui.connectors.base import Fault, Run, StepResult, Warned

PROBE_PREFIX = "_destui_probe_"

_ABANDONED = 600.0  # seconds after which a probe's file belongs to no living run

_NETWORK = frozenset(
    "9p afs beegfs ceph cifs coda glusterfs gpfs lustre ncpfs nfs nfs4 orangefs smb2 smb3 smbfs virtiofs".split()
)
_NETWORK_FUSE = re.compile(r"fuse\.(sshfs|s3fs|gcsfuse|rclone|glusterfs|ceph.*|.*nfs.*|davfs.*|blobfuse.*|mount-s3)")


@dataclass(frozen=True)
class Mount:
    """The file system that a path lies on; both empty where the host does not tell."""

    point: str = ""
    kind: str = ""

    @property
    def is_network(self) -> bool:
        """It lies on another machine."""
        return self.kind in _NETWORK or _NETWORK_FUSE.fullmatch(self.kind) is not None

    @property
    def is_in_memory(self) -> bool:
        """What lies there is gone after a restart."""
        return self.kind in ("tmpfs", "ramfs")


def mount_of(path: Path) -> Mount:
    """The file system of a path, which need not exist."""
    try:
        table = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:  # not Linux
        return Mount()
    real, found = os.path.realpath(path), Mount()
    for line in table.splitlines():
        before, _, after = line.partition(" - ")
        # Blanks and their like are written as octal numbers.
        point = re.sub(r"\\(\d{3})", lambda m: chr(int(m[1], 8)), before.split(" ")[4])
        covers = real == point or real.startswith(point.rstrip("/") + "/")
        if covers and len(point) >= len(found.point):  # of several at one point the last lies on top
            found = Mount(point, after.partition(" ")[0])
    return found


def note_place(run: Run, path: Path) -> Mount:
    """Note who looks and at what file system, for the sentences of a diagnosis and for comparing checks."""
    mount = mount_of(path)
    run.facts.update(worker=worker_name(), mount=mount.point)
    if mount.kind:
        run.detail["file system"] = mount.kind
    return mount


def worker_name() -> str:
    """The user that the check runs as."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's number without a name
        return str(os.geteuid())


def denied(code: str, path: Path, rights: str) -> Fault:
    """Why this user may not use a path, and the command that gives it just these rights."""
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return Fault("read_only_system", f"{path}: Read-only file system", mount=mount_of(path).point)
    user, word, status = worker_name(), shlex.quote(str(path)), path.stat()
    # Rights for one user where the host can; otherwise for the class that counts for it: never less than works.
    if status.st_uid == os.geteuid():
        grant = f"chmod u+{rights} {word}"
    elif shutil.which("setfacl"):
        grant = f"setfacl -m u:{user}:{rights} {word}"
    else:
        who = "g" if status.st_gid in (os.getegid(), *os.getgroups()) else "o"
        grant = f"chmod {who}+{rights} {word}"
    return Fault(code, f"{path}: Permission denied", denied=str(path), worker=user, grant=grant)


def closed_folder(code: str, path: Path) -> Fault:
    """The first folder on the way to `path` that this user may not enter."""
    on_the_way = [*reversed(path.parents)]
    closed = next((folder for folder in on_the_way if not os.access(folder, os.X_OK)), path.parent)
    return denied(code, closed, "x")


def look_at_file(path: Path) -> bool:
    """Whether the file has yet to be made; tells what engines sum up as "unable to open". Raises Fault."""
    folder = path.parent
    try:
        kind = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink() or not folder.is_dir():
            raise Fault("no_folder", f"{folder}: no such folder", folder=str(folder), worker=worker_name()) from None
        is_new = True
    except NotADirectoryError:
        raise Fault("wrong_kind", f"{path} leads through a file") from None
    except PermissionError as error:
        raise closed_folder("folder_closed", path) from error
    else:
        if not stat.S_ISREG(kind):
            raise Fault("wrong_kind", f"{path} is not a file")
        if not os.access(path, os.R_OK | os.W_OK):
            raise denied("file_closed", path, "rw")
        is_new = False
    if not os.access(folder, os.W_OK | os.X_OK):
        raise denied("folder_closed", folder, "rwx")
    return is_new


def write_nameless(folder: Path, size: int) -> None:
    """Write and let go of `size` bytes on the folder's file system; a kill leaves nothing. Raises OSError."""
    with tempfile.TemporaryFile(prefix=PROBE_PREFIX, dir=folder) as file:
        file.write(b"\xa5" * size)
        file.flush()
        os.fsync(file.fileno())


def sweep(folder: Path, token: str) -> None:
    """Remove the probes' files that a killed run of this token left in a folder, and any that are long abandoned."""
    for path in _abandoned(folder, token):
        with suppress(OSError):  # another check sweeps too, or they are somebody else's
            path.unlink()


def _abandoned(folder: Path, token: str) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith(PROBE_PREFIX) or not entry.is_file(follow_symlinks=False):
                continue
            with suppress(FileNotFoundError):  # gone meanwhile
                age = time.time() - entry.stat(follow_symlinks=False).st_mtime
                if entry.name.startswith(f"{PROBE_PREFIX}{token}_") or age > _ABANDONED:
                    yield Path(entry.path)


def told(mount: Mount, passed: str = "") -> StepResult:
    """A passed step's message, with the kind of file system where that is worth knowing."""
    if mount.is_in_memory:
        return Warned(f"kept in memory ({mount.kind}): gone after a restart")
    return ", ".join(part for part in (passed, f"on {mount.kind}" if mount.is_network else "") if part) or None
