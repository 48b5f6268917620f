"""What the tests of the worker share: checks that a worker does, and its process."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from destui.domain.check import CheckState
from destui.services import destinations
from destui.services.context import Context
from destui.services.following import follow
from destui.store import jobs, workers
from destui.worker import launch


def add(ctx: Context, name: str, **values: object) -> destinations.Added:
    return destinations.add(ctx, "simulator", name, {"seconds": 0, **values}, {})


def end_of(ctx: Context, *check_ids: str, seconds: float = 60) -> dict[str, CheckState]:
    found = {check.id: check.state for check in follow(ctx, check_ids, seconds)}
    assert all(not state.is_open for state in found.values()), found
    return found


def running_step(ctx: Context, check_id: str) -> None:
    """Wait until the check is at a step."""
    for check in follow(ctx, [check_id], 30):
        if check.current is not None:
            return
    pytest.fail("the check never ran")


def the_worker(ctx: Context) -> int:
    (worker,) = [w for w in workers.on_record(ctx.store) if w.alive and launch.birth(w.pid)]
    return worker.pid


def all_is_done(ctx: Context, seconds: float = 10) -> bool:
    """Whether no work is left, in time: a worker's own clean-up may go on beside what was asked for."""
    ends_at = time.monotonic() + seconds
    while jobs.open_count(ctx.store) != (0, 0):
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.05)  # the end of a job tells nobody else
    return True


def stop_between_writes(ctx: Context, pid: int) -> None:
    """SIGSTOP, at a moment when the process does not hold the store's write lock."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        while not _stands(pid):
            time.sleep(0.001)  # its threads stop one by one, and tell nobody
        probe = sqlite3.connect(str(ctx.store.path), timeout=0.1, isolation_level=None)
        try:
            probe.execute("BEGIN IMMEDIATE")
            probe.execute("ROLLBACK")
            return
        except sqlite3.OperationalError:
            os.kill(pid, signal.SIGCONT)
        finally:
            probe.close()


def _stands(pid: int) -> bool:
    """Whether all threads of a process have stopped."""
    states = [task.joinpath("stat").read_text().rpartition(")")[2] for task in Path(f"/proc/{pid}/task").iterdir()]
    return all(state.split()[0] == "T" for state in states)
