"""Runs of one host that write into the same SQLite or DuckDB file, or read a DuckDB file that another writes, take
turns, as a server has them wait for each other."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from destui.domain.loads import LoadPlan, Place

SUFFIX = ".turn"
"""Of the files in the runs' folder by which they wait: each is locked by whose turn it is."""


@contextmanager
def turn(plan: LoadPlan, folder: Path, waits: Callable[[], object]) -> Iterator[None]:
    """Wait for those whose turn it is, then have it. `folder` is what all runs of the host's worker share; `waits` is
    called where there is somebody to wait for."""
    wanted = dict.fromkeys(_files(plan.source_place, ("duckdb",)), fcntl.LOCK_SH)
    wanted |= dict.fromkeys(_files(plan.target, ("sqlite", "duckdb")), fcntl.LOCK_EX)
    with ExitStack() as held:
        for file in sorted(wanted):  # in one order, so that no two wait for each other
            name = hashlib.sha256(os.fsencode(file)).hexdigest()[:32] + SUFFIX
            held.enter_context(_locked(folder / name, wanted[file], waits))
        yield


def _files(place: Place | None, types: tuple[str, ...]) -> list[str]:
    return [os.path.realpath(str(place.fields["path"]))] if place is not None and place.type in types else []


@contextmanager
def _locked(path: Path, how: int, waits: Callable[[], object]) -> Iterator[None]:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            waits()
            fcntl.flock(descriptor, how)
        if _is(path, descriptor):
            break
        os.close(descriptor)  # whoever had it has removed it
    try:
        yield
    finally:
        leave(path, descriptor)


def _is(path: Path, descriptor: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    return False


def leave(path: Path, descriptor: int) -> None:
    """Let go of a file, and remove it where nobody else has it."""
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is(path, descriptor):
            path.unlink()
    os.close(descriptor)


def sweep(folder: Path) -> None:
    """Remove the files of runs that were killed."""
    for path in folder.glob(f"*{SUFFIX}"):
        with suppress(FileNotFoundError):
            leave(path, os.open(path, os.O_RDWR | os.O_CLOEXEC))
