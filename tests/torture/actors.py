"""destui's processes as children forked from one that has everything loaded: what they do begins at once, so that a
kill at a random moment hits the work and not Python's imports. The process that forks must have one thread only."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.terminal import Terminal

SIZE = (100, 30)
FAULT = 70
"""The exit code of a child that ended by an exception which its command line did not catch."""


def preload() -> None:
    """Load what the children use."""
    import destui.cli.add
    import destui.cli.edit
    import destui.cli.interface
    import destui.services.checks
    import destui.services.destinations
    import destui.services.rotation
    import destui.tui.app
    import destui.tui.dialogs.choose_type
    import destui.tui.dialogs.delete
    import destui.tui.dialogs.reauthorize
    import destui.tui.screens.add
    import destui.tui.screens.destination
    import destui.vault.sealed
    import destui.vault.vault
    import destui.worker.launch  # noqa: F401


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code (None: it was killed), what it said, and after how many seconds."""

    code: int | None
    said: str
    seconds: float


def command(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    said: Path,
    kill_after: float | None,
    stdin: str | Path = os.devnull,
) -> Ended:
    """A command line, killed after so many seconds unless it has ended by then; None lets it end."""
    sys.stdout.flush()
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _as_command(arguments, environment, said, stdin)
    code = _wait(pid, 90 if kill_after is None else kill_after)
    return Ended(code, said.read_text(errors="replace") if said.exists() else "", time.monotonic() - started)


def _as_command(arguments: Sequence[str], environment: Mapping[str, str], said: Path, stdin: str | Path) -> None:
    code = FAULT
    try:
        os.setsid()
        output = os.open(said, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        given = os.open(stdin, os.O_RDONLY)
        for source, target in ((given, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        code = _destui(arguments, environment)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _destui(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    from destui.cli import run

    for number, name in enumerate(("stdin", "stdout", "stderr")):  # of what these numbers now are
        stream = open(number, "w" if number else "r", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    os.umask(0o077)
    os.environ.clear()
    os.environ.update(environment)
    return run(list(arguments))


def _wait(pid: int, seconds: float) -> int | None:
    """The exit code; a process that has not ended by then is killed: None."""
    watch = os.pidfd_open(pid)
    if not select.select([watch], [], [], seconds)[0]:
        os.kill(pid, signal.SIGKILL)
    os.close(watch)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return None if code == -signal.SIGKILL else code


class Watched(Terminal):
    """A program on a pty whose screen is kept as it is written; started like any other."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], size: tuple[int, int] = SIZE) -> None:
        super().__init__(command, dict(environment), size)

    @property
    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(line.rstrip() for line in self.screen().display)

    def shows(self, *wanted: str) -> bool:
        """Whether the screen shows one of these now."""
        text = self.text
        return any(word in text for word in wanted)

    def sees(self, *wanted: str, seconds: float = 20, gone: bool = False) -> bool:
        """Read until the screen shows one of these (with `gone`: none); False when that does not come in time."""
        ends_at = self.now + seconds
        while self.shows(*wanted) == gone:
            if self.now > ends_at or not self.is_alive:
                return False
            self.read_once(0.1)
        return True

    @property
    def is_alive(self) -> bool:
        """Whether the process has not ended."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def end(self, seconds: float = 0) -> Ended:
        """Wait so long for its end, reading what it writes, then kill it."""
        ends_at = self.now + seconds
        while self.is_alive and self.now < ends_at:
            self.read_once(min(0.05, max(0.0, ends_at - self.now)))
        code = _wait(self.pid, 0)
        os.close(self.fd)
        return Ended(code, self.output.decode(errors="replace"), self.now)


class Interface(Watched):
    """The interface on a pty, forked."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self.columns, self.lines = SIZE
        self.chunks = []
        self._show_from_the_start()
        sys.stdout.flush()
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            code = FAULT
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", self.lines, self.columns, 0, 0))
                more = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
                code = _destui(arguments, {**more, **environment})
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)


def paste(text: str) -> bytes:
    """As a terminal sends what is pasted."""
    return b"\x1b[200~" + text.encode() + b"\x1b[201~"
