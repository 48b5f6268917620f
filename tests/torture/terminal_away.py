"""The terminal goes away: the interface ends at once, spins never, leaves the terminal clean; the work goes on."""

from __future__ import annotations

import os
import random
import re
import shlex
import signal
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.terminal import cpu_seconds
from destui.services import destinations
from destui.services.context import Context
from destui.store import jobs
from tests.fixtures import Home
from tests.planted import LINE
from tests.torture.actors import Watched, paste
from tests.torture.crew import Crew, ends_within, living
from tests.torture.ground import POSTGRESQL, Ground, session, within
from tests.torture.leaks import CLOSED, CRASHING, destination_url

SIZE = (120, 36)
ENDS = 3.0
"""Seconds within which it must have ended, also on a busy machine."""
CPU = 1.0
"""Seconds of processor time that it may take to end."""
CHECKS = 6
SECRET = b"apostgres\rtyped\t\t" + paste(destination_url("postgres", CLOSED, LINE))
"""Keys that lead to a form in which the planted secret is."""
PLACES = (b"", b"a", b"asimu\rtyped", SECRET, b"\r", b"\re", b"d", b"/n", b"?", b" ", b"r", b"2", b"3", b"\x10")
"""Where it may be when it happens: keys that lead there."""


def run(ground: Ground, stores: Sequence[str]) -> None:
    """SIGHUP, SIGTERM, a closed terminal, a dropped SSH connection, a crash in a handler; at random moments"""
    for store in stores:
        with ground.home(store) as home, Crew(home, 1 if store == POSTGRESQL else 0):
            rng = ground.random("terminal", store)
            ids = _work(ground, home)
            for number in range(max(1, ground.size // 50)):
                for way in WAYS:
                    _once(ground, home, rng, way)
                if number < max(1, ground.size // 200):
                    _ssh(ground, home, rng)
                    _crash(ground, home)
            _ensure_done(ground, home, ids)


def _work(ground: Ground, home: Home) -> list[str]:
    with session(home.config) as ctx:
        within(20, lambda: ctx.store.is_sqlite or living(ctx))
        added = [destinations.add(ctx, "simulator", f"n{n}", {"seconds": 5 + n}, {}) for n in range(CHECKS)]
        return [*(a.destination_id for a in added), ground.add_planted(ctx)]


def _sighup(terminal: Watched) -> None:
    os.kill(terminal.pid, signal.SIGHUP)


def _sigterm(terminal: Watched) -> None:
    os.kill(terminal.pid, signal.SIGTERM)


def _close(terminal: Watched) -> None:
    os.close(terminal.fd)


_IGNORING = "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"


def _flood(terminal: Watched) -> None:
    """Have it write more than anybody reads, until its line is full."""
    for _ in range(60):
        terminal.send(b"?\x0c\x1b\x0c")  # help, draw again, back, draw again
    time.sleep(0.5)  # a full line tells nobody


def _close_unread(terminal: Watched) -> None:
    _flood(terminal)
    os.close(terminal.fd)


def _sigterm_unread(terminal: Watched) -> None:
    _flood(terminal)
    os.kill(terminal.pid, signal.SIGTERM)


WAYS: dict[str, tuple[Callable[[Watched], None], tuple[str, ...]]] = {
    "SIGHUP": (_sighup, ()),
    "SIGTERM": (_sigterm, ()),
    "closed terminals": (_close, ()),
    "closed terminals that were no longer read": (_close_unread, ()),
    "SIGTERM where the terminal is no longer read": (_sigterm_unread, ()),
    "closed terminals where SIGHUP is ignored": (_close, (sys.executable, "-c", _IGNORING)),
}


def _once(ground: Ground, home: Home, rng: random.Random, way: str) -> None:
    act, before = WAYS[way]
    terminal = Watched([*before, *home.command()], home.environment, SIZE)
    where = _somewhere(terminal, rng)
    what = f"{way} {where}"
    used = cpu_seconds(terminal.pid)
    ground.search_processes(terminal.pid, starting=True)
    act(terminal)
    has_terminal = act not in (_close, _close_unread)
    is_read = has_terminal and act is not _sigterm_unread
    if not _ended(terminal, read=is_read):
        spent = cpu_seconds(terminal.pid) - used
        ground.tally.wrong(f"{what}: it goes on after {ENDS:g} s, {spent:.1f} s of them at work")
        os.kill(terminal.pid, signal.SIGKILL)
    spent = _reap(terminal.pid) - used
    ground.tally.expect(spent < CPU, f"{what}: it took {spent:.1f} s of processor time to end")
    if is_read:
        _ensure_clean(ground, terminal, what)
    if has_terminal:
        os.close(terminal.fd)
    ground.search(f"the bytes of the terminal, {what}", terminal.output)
    ground.tally.count(way)


def _somewhere(terminal: Watched, rng: random.Random) -> str:
    """To some place of the interface, or to some moment of its start; says where."""
    if rng.random() < 0.3:
        terminal.read(rng.uniform(0, 0.6))
        return "while it starts"
    terminal.sees("/25")
    keys = rng.choice(PLACES)
    terminal.send(keys)
    terminal.read(rng.uniform(0, 0.8))
    return f"after {keys!r}"


def _ended(terminal: Watched, *, read: bool) -> bool:
    if not read:
        return ends_within(terminal.pid, ENDS)
    ends_at = time.monotonic() + ENDS
    while terminal.is_alive and time.monotonic() < ends_at:
        terminal.read_once(0.05)
    terminal.read(0.05)
    return not terminal.is_alive


def _reap(pid: int) -> float:
    """Wait for it; returns the processor time that it has used in its life."""
    _, _, used = os.wait4(pid, 0)
    return used.ru_utime + used.ru_stime


_MODES = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_OFF = {
    "1049": "the other screen", "1000": "the mouse", "1003": "the mouse", "2004": "bracketed paste", "1004": "focus",
}  # fmt: skip


def _ensure_clean(ground: Ground, terminal: Watched, what: str) -> None:
    """The terminal is as it was: its screen, cursor, mouse and line discipline."""
    modes: dict[str, bool] = {}
    for found in _MODES.finditer(terminal.output):
        modes |= dict.fromkeys(found[1].decode().split(";"), found[2] == b"h")
    left = [name for mode, name in _OFF.items() if modes.get(mode)]
    left += [] if modes.get("25", True) else ["the cursor hidden"]
    flags = termios.tcgetattr(terminal.fd)[3]
    left += [] if flags & termios.ECHO and flags & termios.ICANON else ["raw input"]
    ground.tally.expect(not left, f"{what}: the terminal is left with {', '.join(left)}")
    ground.tally.expect(b"Traceback" not in terminal.output, f"{what}: a trace: {terminal.output[-1500:]!r}")


def _ssh(ground: Ground, home: Home, rng: random.Random) -> None:
    """The client dies, or the server's end of the connection: what ran there ends, the work does not."""
    kept = ("DESTUI_", "PYTHON", "LANG", "TZ")
    passed = [f"{name}={value}" for name, value in home.environment.items() if name.startswith(kept)]
    words = shlex.join(["env", *passed, *home.command("--filter", "over ssh")])
    client = Watched(ground.sshd.command("-tt", words), {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}, SIZE)
    ground.tally.expect(client.sees(" of "), f"no interface over SSH:\n{client.text}")
    (pid,) = _interfaces("over ssh")
    used = cpu_seconds(pid)
    client.read(rng.uniform(0, 0.5))
    os.kill(client.pid, signal.SIGKILL)
    gone = ends_within(pid, ENDS + 2)
    spent = 0.0 if gone else cpu_seconds(pid) - used
    ground.tally.expect(gone, f"over SSH: it goes on after its connection dropped, {spent:.1f} s of them at work")
    if not gone:
        os.kill(pid, signal.SIGKILL)
    client.end()
    ground.search("what came over SSH", client.output)
    ground.tally.count("dropped SSH connections")


def _interfaces(mark: str) -> list[int]:
    """The processes of destui with this word on their command line, without the shells around them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"destui" in words and mark.encode() in words and b"-m" in words:
            found.append(int(entry.parent.name))
    return found


def _crash(ground: Ground, home: Home) -> None:
    """A handler fails: one line says so, the exit code too, and the terminal is clean."""
    terminal = Watched([sys.executable, "-c", CRASHING], home.environment, SIZE)
    terminal.sees("/25")
    terminal.send(SECRET)
    terminal.settle(0.3)
    terminal.send(b"\x1b[24~")  # f12
    ended = _ended(terminal, read=True)
    ground.tally.expect(ended, "it goes on after a handler has failed")
    _ensure_clean(ground, terminal, "a crash")
    code = terminal.end().code
    ground.tally.expect(code not in (0, None), f"a crash ends with {code}")
    said = b"destui ended because of a fault of its own" in terminal.output
    ground.tally.expect(said, f"a crash says nothing: {terminal.output[-500:]!r}")
    ground.search("the bytes of a terminal whose program crashed", terminal.output)
    ground.tally.count("crashes in a handler")


def _ensure_done(ground: Ground, home: Home, ids: list[str]) -> None:
    def rests(ctx: Context) -> bool:
        return jobs.open_count(ctx.store) == (0, 0)

    with session(home.config) as ctx:
        ground.tally.expect(within(60, lambda: rests(ctx), 0.2), "the work does not go on without a terminal")
        states = dict(ctx.store.fetch("SELECT id, status FROM destinations"))
        wrong = {i: states.get(i) for i in ids if states.get(i) != "active"}
        ground.tally.expect(not wrong, f"not Active: {wrong}")
    again = Watched(home.command(), home.environment, SIZE)
    ground.tally.expect(again.sees(f"• {CHECKS + 1} Active", "0 Initializing"), f"the next session:\n{again.text}")
    again.end()
    ground.search("the bytes of the terminal", again.output)
