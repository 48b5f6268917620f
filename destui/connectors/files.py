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
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from destui.connectors.base import Fault, Run, StepResult, Warned
from destui.domain.facts import FILE_SIZE, FREE_SPACE

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
    with suppress(OSError):  # what is wrong with the path is told by whoever uses it
        run.detail[FREE_SPACE] = str(shutil.disk_usage(path if path.exists() else path.parent).free)
    with suppress(OSError):
        if path.is_file():
            run.detail[FILE_SIZE] = str(path.stat().st_size)
    return mount


def worker_name() -> str:
    """The user that the check runs as."""
    return user_name(os.geteuid())


def user_name(number: int) -> str:
    """A user's name; a container's number may have none, and then stands for itself."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def no_folder(folder: Path) -> Fault:
    """Why a folder is missing: `no_folder` where this user may make it, `no_folder:root` where only root may."""
    above = next(parent for parent in folder.parents if parent.exists())
    _ensure_writable(above)
    code = "no_folder" if os.access(above, os.W_OK | os.X_OK) else "no_folder:root"
    return Fault(code, f"{folder}: no such folder", folder=str(folder), worker=worker_name())


def closed_way(path: Path) -> list[tuple[Path, str]]:
    """The folders above `path`'s own that this user may not enter, and the right they lack: of those below the first
    nothing is known yet."""
    on_the_way = [*reversed(path.parent.parents)]
    return [(folder, "x") for folder in on_the_way if not os.access(folder, os.X_OK)]


def denied(code: str, lacking: Sequence[tuple[Path, str]]) -> Fault:
    """Why this user may not use a path, told of the first that lacks rights, and one command that gives them all."""
    first = lacking[0][0]
    _ensure_writable(first)
    return Fault(code, f"{first}: Permission denied", **_granting(lacking))


def _granting(lacking: Sequence[tuple[Path, str]]) -> dict[str, str]:
    grants = [_grant(path, rights) for path, rights in lacking]
    granter = _granter([path for path, _ in lacking])
    return {"denied": str(lacking[0][0]), "worker": worker_name(), "grant": " && ".join(grants), "granter": granter}


def to_be_read(path: Path) -> dict[str, str]:
    """Facts about a file that this user may not read: which of the folders above or the file itself is closed, and one
    command that opens them all."""
    closed = [(folder, "x") for folder in reversed(path.absolute().parents) if not os.access(folder, os.X_OK)]
    return _granting([*closed, *([] if os.access(path, os.R_OK) else [(path, "r")])] or [(path, "r")])


def _ensure_writable(path: Path) -> None:
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        raise Fault("read_only_system", f"{path}: Read-only file system", mount=mount_of(path).point)


def _grant(path: Path, rights: str) -> str:
    """The command that gives this user these rights: to it alone where the host can, otherwise to the class that
    counts for it."""
    word, status = shlex.quote(str(path)), _status(path)
    for_one = f"setfacl -m u:{shlex.quote(worker_name())}:{rights} {word}" if shutil.which("setfacl") else ""
    if status is None:  # behind a closed folder: whose it is cannot be seen, nor whether a file is there
        grant = f"chmod u+{rights} {word} && {for_one}" if for_one else f"chmod a+{rights} {word}"
        return f"if [ -e {word} ]; then {grant}; fi"
    if status.st_uid == os.geteuid():
        return f"chmod u+{rights} {word}"
    who = "g" if status.st_gid in (os.getegid(), *os.getgroups()) else "o"
    return for_one or f"chmod {who}+{rights} {word}"


def _granter(paths: Sequence[Path]) -> str:
    """Who may change the rights of them all."""
    owners = {status.st_uid if (status := _status(path)) else 0 for path in paths}
    owner = owners.pop() if len(owners) == 1 else 0
    return "root" if owner == 0 else f"root or {user_name(owner)}"


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except PermissionError:
        return None


def look_at_file(path: Path) -> bool:
    """Whether the file has yet to be made; tells what engines sum up as "unable to open". Raises Fault."""
    folder = path.parent
    is_new = is_hidden = False
    try:
        kind = path.stat().st_mode
    except FileNotFoundError:
        if not folder.is_dir():
            raise no_folder(folder) from None
        is_new = True
    except NotADirectoryError:
        raise Fault("wrong_kind", f"{path} leads through a file") from None
    except PermissionError:
        is_hidden = True
    else:
        if not stat.S_ISREG(kind):
            raise Fault("wrong_kind", f"{path} is not a file")
    lacking = closed_way(path)
    if not os.access(folder, os.W_OK | os.X_OK):
        lacking.append((folder, "rwx"))
    if is_hidden or not (is_new or os.access(path, os.R_OK | os.W_OK)):
        lacking.append((path, "rw"))
    if lacking:
        raise denied("file_closed" if lacking[0][0] == path else "folder_closed", lacking)
    if is_new:
        _ensure_takes_files(folder)
    return is_new


def _ensure_takes_files(folder: Path) -> None:
    try:
        with suppress(PermissionError), tempfile.TemporaryFile(prefix=PROBE_PREFIX, dir=folder):
            pass
    except FileNotFoundError as error:
        raise takes_none(folder) from error
    except OSError:
        pass  # the engine tells it by itself


def takes_none(folder: Path) -> Fault:
    """Why no file can be made in a folder: it is gone, or it is one of those in which the system shows itself."""
    if not folder.is_dir():
        return no_folder(folder)
    mount = mount_of(folder)
    return Fault("no_files", f"{folder} takes no new files", folder=str(folder), mount=mount.point, kind=mount.kind)


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
