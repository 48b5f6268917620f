"""A program on a pseudo-terminal: what it writes, when, and what the screen then shows."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyte

COLUMNS, LINES = 120, 40
# What pyte does not know: private modes of the kitty keyboard protocol and queries of modes.
UNKNOWN = re.compile(rb"\x1b\[[<>=][0-9;]*[a-z]|\x1b\[\?[0-9;]*\$p")


class Terminal:
    """Starts the program; every chunk that it writes is kept with the seconds since the start."""

    def __init__(
        self, command: Sequence[str], environment: dict[str, str], size: tuple[int, int] = (COLUMNS, LINES)
    ) -> None:
        self.columns, self.lines = size
        self.chunks: list[tuple[float, bytes]] = []
        self._show_from_the_start()
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # Here, before the program looks: a change of size while it starts would be another test.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", self.lines, self.columns, 0, 0))
            given = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **environment}
            # Not by os.environ: readline has put LINES and COLUMNS past it.
            os.execvpe(command[0], list(command), given)
        os.set_inheritable(self.fd, False)  # another child would keep the line open

    @property
    def now(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.started

    def read(self, seconds: float) -> bytes:
        """What is written within so long, read as soon as it comes; ends early when nothing more can come."""
        end = self.now + seconds
        found = b""
        while (left := end - self.now) > 0 and select.select([self.fd], [], [], left)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                break
            self.chunks.append((self.now, data))
            found += data
        return found

    def read_until(self, wanted: bytes, seconds: float = 30) -> float:
        """Read until the bytes contain `wanted`; returns when that was. Raises TimeoutError."""
        seen = b"".join(data for _, data in self.chunks)
        while wanted not in seen:
            before = len(self.chunks)
            if self.now > seconds or (not self.read(0.01) and self.now > seconds):
                raise TimeoutError(f"{wanted!r} never came:\n{self.screen().display}")
            seen += b"".join(data for _, data in self.chunks[before:])
        return self.chunks[-1][0]

    def settle(self, quiet: float = 0.3, most: float = 20) -> int:
        """Read until nothing has come for `quiet` seconds; returns how many bytes came."""
        end = self.now + most
        total = 0
        while self.now < end:
            data = self.read_once(quiet)
            if not data:
                break
            total += len(data)
        return total

    def read_once(self, seconds: float) -> bytes:
        """One chunk, or nothing after so long."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return b""
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return b""
        self.chunks.append((self.now, data))
        return data

    def send(self, keys: bytes) -> float:
        """Type; returns when."""
        os.write(self.fd, keys)
        return self.now

    def answer(self, keys: bytes, quiet: float = 0.04) -> tuple[float, int]:
        """Type and read the answer: seconds to the end of its last chunk, and bytes."""
        sent = self.send(keys)
        last, total = sent, 0
        while data := self.read_once(0.5 if not total else quiet):
            last = self.now
            total += len(data)
        return last - sent, total

    def when(self, condition: Callable[[pyte.Screen], bool]) -> float | None:
        """When the screen first fulfilled a condition, replaying what was written."""
        screen = pyte.Screen(self.columns, self.lines)
        stream = pyte.ByteStream(screen)
        for moment, data in self.chunks:
            stream.feed(UNKNOWN.sub(b"", data))
            if condition(screen):
                return moment
        return None

    def _show_from_the_start(self) -> None:
        self._shown = pyte.Screen(self.columns, self.lines)
        self._stream = pyte.ByteStream(self._shown)
        self._fed = 0

    def screen(self) -> pyte.Screen:
        """What the screen shows now."""
        for _ in self._moments():
            pass
        return self._shown

    def _moments(self) -> Iterator[float]:
        """Show what was written since the last look, chunk by chunk; yields when each came."""
        while self._fed < len(self.chunks):
            moment, data = self.chunks[self._fed]
            self._fed += 1
            self._stream.feed(UNKNOWN.sub(b"", data))
            yield moment

    def read_until_screen(self, wanted: str, seconds: float = 10) -> float:
        """Read until the screen shows `wanted`, if only for a moment since the last look; returns when. Cells that do
        not change are not written again, so the bytes alone do not tell. Raises TimeoutError."""
        end = self.now + seconds
        moment = self.chunks[self._fed - 1][0] if self._fed else 0.0
        while True:
            if self._has(wanted):
                return moment
            for moment in self._moments():
                if self._has(wanted):
                    return moment
            if self.now > end:
                raise TimeoutError("\n".join([f"{wanted!r} never came:", *self._shown.display]))
            self.read_once(0.05)

    def wait_for(self, wanted: str, seconds: float = 10, *, gone: bool = False) -> None:
        """Read until the screen, as it is now and not as it was before, shows `wanted`, or with `gone` no longer does.
        Raises TimeoutError."""
        end = self.now + seconds
        while True:
            self.screen()
            if self._has(wanted) != gone:
                return
            if self.now > end:
                how = "went" if gone else "came"
                raise TimeoutError("\n".join([f"{wanted!r} never {how}:", *self._shown.display]))
            self.read_once(0.05)

    def _has(self, wanted: str) -> bool:
        return any(wanted in line for line in self._shown.display)

    @property
    def output(self) -> bytes:
        """Everything written so far."""
        return b"".join(data for _, data in self.chunks)

    def memory_mb(self) -> float:
        """Resident memory of the program."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]

    def cpu_seconds(self) -> float:
        """Processor time of the program so far."""
        return cpu_seconds(self.pid)

    def close(self) -> None:
        """End it."""
        try:
            os.kill(self.pid, signal.SIGTERM)
            self.read(0.5)
            os.kill(self.pid, signal.SIGKILL)
        except OSError:
            pass
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def highlighted_line(screen: pyte.Screen, text: str) -> bool:
    """Whether the line that holds `text` has another background than the line below it."""
    for number in range(screen.lines - 1):
        if text in screen.display[number]:
            column = screen.display[number].index(text)
            here, below = screen.buffer[number][column], screen.buffer[number + 1][column]
            return (here.bg, here.reverse) != (below.bg, below.reverse)
    return False
