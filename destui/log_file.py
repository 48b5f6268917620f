"""The file of a log: for this user alone, put aside when it is full; only the newest files are kept."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

TIME = "%Y-%m-%dT%H:%M:%SZ"
"""How a line's time is written."""
MAX_BYTES = 1_000_000
"""After which a log is put aside."""
KEPT = 3
"""Files put aside that are kept, the newest as NAME.1."""
_TAIL = 200_000
"""Bytes of the end of a file that are looked through."""


def open_log(path: Path) -> int:
    """Open the log to append to it, a new one where it is full. Raises OSError."""
    log = _open(path)
    if os.fstat(log).st_size <= MAX_BYTES:
        return log
    try:
        fcntl.flock(log, fcntl.LOCK_EX)  # of those who find it full one puts it aside
        if _is_at(path, log):
            _put_aside(path)
    finally:
        os.close(log)
    return _open(path)


def note(path: Path, words: str) -> None:
    """Add a line to a log that another process writes, with the time in UTC; where that cannot be, it is left out."""
    try:
        with os.fdopen(open_log(path), "a", encoding="utf-8") as log:
            log.write(f"{time.strftime(TIME, time.gmtime())} {words}\n")
    except OSError:
        return


def files(path: Path) -> list[Path]:
    """The log and those put aside, the newest first; those that are there."""
    return [file for file in [path, *(_aside(path, number) for number in range(1, KEPT + 1))] if file.is_file()]


def troubles(path: Path, most: int) -> list[str]:
    """The last lines of a worker's log that tell of a trouble, the newest last."""
    found: list[str] = []
    for file in files(path):
        try:
            with file.open("rb") as log:
                log.seek(max(0, os.fstat(log.fileno()).st_size - _TAIL))
                lines = log.read().decode("utf-8", "replace").splitlines()
        except OSError:
            continue
        told = [line for line in lines if line.split(" ")[1:2] in (["WARNING"], ["ERROR"], ["CRITICAL"])]
        found = told[-(most - len(found)) :] + found
        if len(found) >= most:
            break
    return found


class Output:
    """What this process says on standard error, where that is the log: it goes on in a new file when that is full, or
    when another process has put it aside. Whatever else standard error is, is left alone."""

    def __init__(self, path: Path, descriptors: tuple[int, ...] = (1, 2)) -> None:
        self._path = path
        self._into = [fd for fd in descriptors if _is_at(path, fd)]

    def look(self) -> None:
        """Go on in a new file where it is time; where none can be opened, in the old one."""
        if not self._into:
            return
        try:
            if os.fstat(self._into[0]).st_size <= MAX_BYTES and _is_at(self._path, self._into[0]):
                return
            log = open_log(self._path)
        except OSError:
            return
        for fd in self._into:
            os.dup2(log, fd)
        os.close(log)


def _open(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, 0o600)


def _is_at(path: Path, fd: int) -> bool:
    """Whether the file open under this number is the one of this name."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except OSError:
        return False


def _aside(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def _put_aside(path: Path) -> None:
    for number in range(KEPT, 1, -1):
        if (older := _aside(path, number - 1)).exists():
            older.replace(_aside(path, number))
    path.replace(_aside(path, 1))
