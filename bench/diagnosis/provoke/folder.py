"""What the system says about folders and files."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

from bench.diagnosis.provoke.disks import answering, broken_disk, disk, fill, remount
from bench.diagnosis.provoke.recorder import Recorder, limited_files, nobody

PROBE = "_destui_probe_k3x9_1"
SHARES = {
    errno.EDQUOT: "quota_exceeded", errno.ESTALE: "connection_dropped",
    errno.EHOSTDOWN: "connection_dropped server_unavailable", errno.ETIMEDOUT: "timeout_firewall connection_dropped",
    errno.EREMOTEIO: "connection_dropped", errno.ENOSYS: "unknown", errno.EKEYEXPIRED: "token_expired",
    errno.EFBIG: "quota_exceeded",
}  # fmt: skip
"""What a share's server may answer, and what it means."""
_IMMUTABLE, _SET_FLAGS = 0x10, 0x40086602


def put(folder: Path | str, size: int = 10) -> None:
    """Write a probe."""
    with open(os.path.join(folder, PROBE), "wb") as file:
        file.write(b"x" * size)


def names(record: Recorder, folder: Path) -> None:
    """Paths that are not what they should be."""
    record.catch("open", "path_missing", lambda: os.listdir(folder / "landing"))
    record.catch("open", "path_missing", lambda: os.scandir(f"{folder} /landing"))
    (folder / "file").write_text("a file")
    record.catch("open", "path_wrong_kind", lambda: os.listdir(folder / "file"))
    record.catch("write", "path_wrong_kind", lambda: put(folder / "file"))
    record.catch("open", "path_wrong_kind", lambda: (folder / ".").read_text())
    record.catch("open", "config_invalid", lambda: os.listdir(f"{folder}/a\x00b"))
    record.catch("open", "config_invalid", lambda: os.mkdir(folder / ("x" * 300)))
    record.catch("open", "config_invalid", lambda: os.listdir("/" + "long/" * 900))
    (folder / "loop").symlink_to("loop")
    record.catch("open", "config_invalid path_missing", lambda: os.listdir(folder / "loop"))
    (folder / "dangling").symlink_to("gone")
    record.catch("open", "path_missing", lambda: os.listdir(folder / "dangling"))
    record.catch("open", "path_missing", lambda: os.listdir("~/landing"))
    record.catch("write", "path_missing", lambda: put(folder / "landing"))
    record.catch("clean up", "locked", lambda: os.rmdir(folder))
    record.catch("write", "unknown", lambda: os.mkdir(folder))
    record.catch("read back", "unknown", lambda: _undecodable(folder))


def _undecodable(folder: Path) -> str:
    (folder / "latin").write_bytes(b"gr\xfcn")
    return (folder / "latin").read_text("utf-8")


def rights(record: Recorder, folder: Path) -> None:
    """What the user may not."""
    folder.chmod(0o755)
    closed = folder / "closed"
    closed.mkdir(0o700)
    (closed / "inner").mkdir()
    record.catch("open", "path_not_permitted no_read_right", lambda: os.listdir(closed), nobody)
    record.catch("open", "path_not_permitted", lambda: os.stat(closed / "inner"), nobody)
    record.catch("write", "no_write_right path_not_permitted", lambda: put(folder), nobody)
    record.catch("write", "no_write_right path_not_permitted", lambda: os.mkdir(folder / PROBE), nobody)
    (folder / "secret").write_text("x")
    (folder / "secret").chmod(0o600)
    record.catch("read back", "no_read_right path_not_permitted", lambda: (folder / "secret").read_text(), nobody)
    record.catch("clean up", "no_write_right path_not_permitted", lambda: (folder / "secret").unlink(), nobody)
    folder.chmod(0o1777)
    record.catch("clean up", "no_write_right path_not_permitted", lambda: (folder / "secret").unlink(), nobody)
    record.catch("write", "no_write_right path_not_permitted", lambda: os.chown(folder / "secret", 1, 1), nobody)


def disks(record: Recorder) -> None:
    """Disks that are full, read-only, broken or gone."""
    with disk("size=100k") as small:
        record.catch("write", "disk_full", lambda: put(small, 200_000))
        fill(small)
        record.catch("write", "disk_full", lambda: shutil.copyfile("/bin/true", small / "filler"))
        (small / "filler").unlink()
        remount(small, "ro")
        record.catch("write", "read_only", lambda: put(small))
        record.catch("clean up", "read_only", lambda: os.rmdir(small / "sub"))
        record.catch("open", "read_only", lambda: os.mkdir(small / "sub"))
        record.catch("clean up", "locked", lambda: os.rmdir(small))
    with disk("size=100k,nr_inodes=3") as few:
        (few / "a").touch()
        (few / "b").touch()
        record.catch("write", "disk_full", lambda: put(few))
    with broken_disk("data", b"x" * 100_000) as bad:
        record.catch("read back", "file_corrupt connection_dropped", lambda: (bad / "data").read_bytes())
    with answering(0) as gone:
        record.catch("open", "connection_dropped", lambda: os.listdir(gone))
        record.catch("write", "connection_dropped", lambda: put(gone))
    for number, causes in SHARES.items():
        with answering(number) as share:
            record.catch("write", causes, lambda: os.mkdir(share / PROBE))


def limits(record: Recorder, folder: Path) -> None:
    """Limits of the process and flags of files."""
    folder.chmod(0o777)
    record.catch("write", "quota_exceeded", lambda: put(folder, 9000), lambda: limited_files(4096))
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # noqa: E731
    record.catch("write", "too_many_connections", lambda: put(folder), few)
    (folder / "tool").write_bytes(Path("/bin/sleep").read_bytes())
    (folder / "tool").chmod(0o755)
    pid = os.posix_spawn(folder / "tool", ["tool", "9"], {})
    record.catch("write", "locked", lambda: (folder / "tool").open("r+b"))
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    with disk("loop", "ext4", _image(folder)) as own:
        descriptor = os.open(own, os.O_RDONLY)
        for flags, last in ((_IMMUTABLE, False), (0, True)):
            fcntl.ioctl(descriptor, _SET_FLAGS, struct.pack("l", flags))
            if not last:
                record.catch("write", "path_not_permitted no_write_right read_only", lambda: put(own))
        os.close(descriptor)
    with (folder / "held").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with (folder / "held").open("w") as other:
            record.catch("write", "locked", lambda: fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB))


def _image(folder: Path) -> str:
    image = folder / "image"
    with image.open("wb") as made:
        made.truncate(4 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
    return str(image)


def provoke() -> None:
    """All of it."""
    record = Recorder("folder", f"Linux {os.uname().release.partition('-')[0]}")
    for part in (names, rights, limits):
        with tempfile.TemporaryDirectory(prefix="landing-") as name:
            part(record, Path(name))
    disks(record)
