"""Workers as processes: those of a team store, which somebody must start, and the one of an embedded store."""

from __future__ import annotations

import os
import select
import signal
import subprocess

from destui.services.context import Context
from destui.store import workers
from destui.worker import launch
from tests.fixtures import Home


class Crew:
    """Workers started by hand on a store, as a service manager would."""

    def __init__(self, home: Home, size: int) -> None:
        self._home = home
        self._size = size
        self.processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Crew:
        self.fill()
        return self

    def __exit__(self, *error: object) -> None:
        for process in self.processes:
            process.kill()
            process.wait()

    @property
    def pids(self) -> list[int]:
        """Those that live."""
        return [p.pid for p in self.processes if p.poll() is None]

    def fill(self) -> None:
        """Start as many as have gone."""
        self.processes = [p for p in self.processes if p.poll() is None]
        while len(self.processes) < self._size:
            self.processes.append(self.start())

    def start(self, **more: str) -> subprocess.Popen[bytes]:
        """One more, which the caller ends; `more` are variables of its environment."""
        with (self._home.path / "workers.log").open("ab") as log:
            return subprocess.Popen(
                self._home.command("worker", "run"), env={**self._home.environment, **more},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    @property
    def log(self) -> str:
        """What they have said."""
        return (self._home.path / "workers.log").read_text(errors="replace")


def living(ctx: Context) -> list[int]:
    """The workers on record of this host whose process is there, whatever their lease."""
    return [w.pid for w in workers.on_record(ctx.store) if launch.birth(w.pid) == w.birth != ""]


def ends_within(pid: int, seconds: float) -> bool:
    """Wait for the end of a process, which need not be a child."""
    try:
        watch = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watch], [], [], seconds)[0])
    finally:
        os.close(watch)


def pause(pid: int) -> None:
    """SIGSTOP, and wait until it has stopped."""
    os.kill(pid, signal.SIGSTOP)
    while _state(pid) not in "TZ":
        pass


def _state(pid: int) -> str:
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0]
