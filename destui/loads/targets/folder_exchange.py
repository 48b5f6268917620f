"""How a folder takes the place of another one, with its rights, and what a kill in between leaves."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

from destui.disk import sync

_RENAME_EXCHANGE = 2
_AT_FDCWD = -100


def exchange(new: Path, old: Path, aside: Path) -> None:
    """Exchange two folders in one step. Where the file system cannot do that, the old one goes aside, and the new one
    takes its place: whatever ends it in between, `settle` is to be called before anybody looks for the old one."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:  # not Linux
        number = errno.ENOSYS
    else:
        if not rename(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(old), _RENAME_EXCHANGE):
            return
        number = ctypes.get_errno()
    if number not in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        raise OSError(number, os.strerror(number), str(old))
    old.rename(aside)
    new.rename(old)


def settle(folder: Path, aside: Path) -> None:
    """Put back what an exchange has put aside where nothing took its place; else remove it."""
    if not aside.exists():
        return
    if folder.exists():
        shutil.rmtree(aside, ignore_errors=True)
    else:
        aside.rename(folder)
        sync(folder.parent)


def open_as(path: Path, like: os.stat_result, mode: int) -> None:
    """Give a path these rights and the group of `like`; a group that stays another one gets none."""
    with suppress(OSError):
        os.chown(path, -1, like.st_gid)
    if path.stat().st_gid != like.st_gid:
        mode &= ~0o070
    with suppress(OSError):  # some file systems have no rights of their own
        path.chmod(mode)
