"""Who keeps others from writing into an embedded store."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from destui.store.engine import Store, translated

SECONDS = 1.0
"""How long it must be locked to count: longer than any write of destui's own."""
_PAUSE_SECONDS = 0.1
_WRITE_LOCK = 120
"""The byte of the `-shm` file that SQLite locks while one writes."""
_LOCKS = Path("/proc/locks")


@dataclass(frozen=True)
class Hold:
    """The store is locked; `pid` of the process that does it, where the system tells."""

    pid: int | None

    @property
    def who(self) -> str:
        """In words, to begin a sentence or go on with one."""
        if self.pid is None:
            return "another process"
        try:
            program = f" ({Path(f'/proc/{self.pid}/comm').read_text().strip()})"
        except OSError:
            program = ""
        return f"process {self.pid}{program}"


def find(store: Store) -> Hold | None:
    """Who keeps others from writing for longer than a moment; None while one can write, or has no right to. Writes
    nothing. Raises StoreUnavailable."""
    if store.path is None or not os.access(store.path, os.W_OK):
        return None
    ends_at = time.monotonic() + SECONDS
    with translated(store.path):
        while store.is_locked():
            if time.monotonic() >= ends_at:
                return Hold(_holder(store.path))
            time.sleep(_PAUSE_SECONDS)  # nothing tells when it is let go
    return None


def _holder(path: Path) -> int | None:
    """By the system's list of locks: to ask by a lock of our own would, at its end, let go of SQLite's."""
    try:
        inode = Path(f"{path}-shm").stat().st_ino
        lines = _LOCKS.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        words = line.split()  # 1: POSIX ADVISORY WRITE <pid> <major>:<minor>:<inode> <first byte> <last byte>
        if len(words) != 8 or words[3] != "WRITE" or words[5].rpartition(":")[2] != str(inode):
            continue
        if words[6] == str(_WRITE_LOCK) and int(words[4]) > 0:
            return int(words[4])
    return None
