"""Disks of every kind of trouble: small, read-only, broken, gone."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LOOKUP, _FORGET, _GETATTR, _INIT, _OPENDIR, _RELEASEDIR, _ACCESS = 1, 2, 3, 26, 27, 29, 34
_DETACH = 2


@contextmanager
def disk(options: str = "size=1m", kind: str = "tmpfs", source: str = "tmpfs") -> Iterator[Path]:
    """A small disk of its own, mounted with these options, that everyone may write to."""
    folder = Path(tempfile.mkdtemp(prefix="destui-"))
    subprocess.run(["mount", "-t", kind, "-o", options, source, folder], check=True)
    try:
        with suppress(OSError):
            folder.chmod(0o777)
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        folder.rmdir()


def remount(folder: Path, options: str) -> None:
    """Mount a disk again otherwise."""
    subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)


def fill(folder: Path) -> None:
    """Write until the disk is full."""
    with suppress(OSError), (folder / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


@contextmanager
def broken_disk(file: str, content: bytes) -> Iterator[Path]:
    """A disk with one file, of which all but the beginning cannot be read any more."""
    with tempfile.TemporaryDirectory() as name:
        image = Path(name) / "image"
        with image.open("wb") as made:
            made.truncate(32 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-O", "^has_journal", image], check=True)
        with disk("loop", "ext4", str(image)) as folder:
            (folder / "padding").write_bytes(b"x" * (4 << 20))
            (folder / file).write_bytes(content)
            (folder / file).chmod(0o666)
        with disk("loop", "ext4", str(image)) as folder:
            os.truncate(image, 1 << 20)
            yield folder


@contextmanager
def answering(number: int) -> Iterator[Path]:
    """A mounted folder in which whatever is tried is answered with this errno; 0: whose server has ended."""
    libc = ctypes.CDLL(None, use_errno=True)
    folder, device = Path(tempfile.mkdtemp(prefix="destui-")), os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other"
    if libc.mount(b"share", os.fsencode(folder), b"fuse", 0, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), "mount")
    if number:
        threading.Thread(target=_serve, args=(device, number), daemon=True).start()
    else:
        os.close(device)
    try:
        yield folder
    finally:
        libc.umount2(os.fsencode(folder), _DETACH)
        folder.rmdir()


def _serve(device: int, number: int) -> None:
    """Speak enough of FUSE to have a root folder in which nothing is found."""
    attributes = struct.pack("QQQQQQIIIIIIIIII", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0o40777, 2, 0, 0, 0, 4096, 0)
    answers = {
        _INIT: struct.pack("IIIIHHIIHHI", 7, 31, 0, 0, 16, 16, 65536, 1, 0, 0, 0) + b"\x00" * 24,
        _GETATTR: struct.pack("QII", 0, 0, 0) + attributes,
        _OPENDIR: struct.pack("QII", 0, 0, 0), _RELEASEDIR: b"", _ACCESS: b"",
    }  # fmt: skip
    while True:
        try:
            request = os.read(device, 1 << 20)
        except OSError as error:
            if error.errno == errno.EINTR:
                continue
            os.close(device)
            return
        _, operation, unique = struct.unpack_from("IIQ", request)
        if operation == _FORGET:
            continue
        if operation in answers:
            body, result = answers[operation], 0
        else:
            body, result = b"", errno.ENOENT if operation == _LOOKUP else number
        os.write(device, struct.pack("IiQ", 16 + len(body), -result, unique) + body)
