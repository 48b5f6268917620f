"""The store goes away under a worker at work, an interface with something typed, and commands; and comes back."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from destui.domain.secret import Secret
from destui.services import destinations
from destui.services.context import Context
from destui.store import jobs
from tests.fixtures import Home
from tests.planted import PLANTED
from tests.torture.actors import Watched, paste
from tests.torture.crew import Crew, living
from tests.torture.ground import POSTGRESQL, SQLITE, Ground, session, store_url, within
from tests.torture.leaks import destination_url
from tests.torture.proxy import Proxy

BANNERS = ("The store does not answer.", "The store cannot be written.")
SIZE = (120, 36)
CHECKS = 8
SETTLES = 60.0
"""Seconds after which all that was asked must be done once the store is back."""


@dataclass
class Away:
    """How a store goes away: for so long, whether it can still be read, and what commands say."""

    what: str
    seconds: float
    readable: bool
    """It can, and only writing fails."""
    said: tuple[str, ...]


def run(ground: Ground, stores: Sequence[str]) -> None:
    """The store locked, full, read-only, restarted, cut off and unreachable; 60 s each at size 1,000"""
    seconds = _seconds(ground)
    if SQLITE in stores:
        _locked(ground, seconds)
        full(ground)
        read_only(ground)
    if POSTGRESQL in stores:
        restarted(ground)
        cut(ground)
        _unreachable(ground, seconds, forgets=False)
        _unreachable(ground, seconds, forgets=True)


def _seconds(ground: Ground) -> float:
    return 60.0 if ground.size >= 250 else 18.0


def _locked(ground: Ground, seconds: float) -> None:
    away = Away("locked by another process", seconds, True, ("is busy: another process has held it locked",))
    with ground.home(SQLITE) as home:

        @contextmanager
        def lock() -> Iterator[None]:
            held = sqlite3.connect(home.path / "destui.db", isolation_level=None, timeout=30)
            held.execute("BEGIN IMMEDIATE")
            yield
            held.execute("ROLLBACK")
            held.close()

        _ordeal(ground, home, away, lock)


def full(ground: Ground) -> None:
    """A file system of its own, of 8 MB, filled to the last byte. Where it cannot be mounted this says so."""
    away = Away("on a full disk", _seconds(ground) / 3, True, ("is full. Free some space",))
    with ground.home(SQLITE) as home, _small_disk(ground, home.path) as mounted:
        if not mounted:
            return

        @contextmanager
        def fill() -> Iterator[None]:
            filler = home.path / "filler"
            with filler.open("wb", buffering=0) as file:
                for size in (65536, 1):
                    try:
                        while file.write(b"\0" * size):
                            pass
                    except OSError:
                        continue
            yield
            filler.unlink()

        try:
            _ordeal(ground, home, away, fill)
        finally:
            home.end_workers()  # they hold the file system


@contextmanager
def _small_disk(ground: Ground, path: Path) -> Iterator[bool]:
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "none", str(path)], capture_output=True, text=True
    )
    if done.returncode != 0:
        ground.tally.count("left out, since nothing may be mounted here: a full disk")
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            within(10, lambda: subprocess.run(["umount", str(path)], capture_output=True).returncode == 0, 0.5)


def read_only(ground: Ground) -> None:
    """The mark `immutable`, since root may write whatever the permissions say. Not on what SQLite maps into memory
    (`-shm`): writing there into a page of a file marked so is a bus error, for any program."""
    away = Away("made read-only", _seconds(ground) / 3, True, ("cannot be written", "cannot be opened"))
    with ground.home(SQLITE) as home:
        files = [home.path / f"destui.db{end}" for end in ("", "-wal")]
        with session(home.config):
            pass
        if not shutil.which("chattr") or _mark(files[:1], "+i") != 0:
            ground.tally.count("left out, since no file can be marked here: a read-only store")
            return
        _mark(files[:1], "-i")

        @contextmanager
        def mark() -> Iterator[None]:
            _mark(files, "+i")
            try:
                yield
            finally:
                _mark(files, "-i")

        _ordeal(ground, home, away, mark)


def _mark(files: list[Path], how: str) -> int:
    there = [str(file) for file in files if file.exists()]
    return subprocess.run(["chattr", how, *there], capture_output=True).returncode


def restarted(ground: Ground) -> None:
    """The server is ended and started again."""
    away = Away("restarted", 12.0, False, ("The store does not answer: ",))
    server = ground.own_postgres
    with ground.home(POSTGRESQL, server) as home, Crew(home, 1):
        _ordeal(ground, home, away, server.away)


def cut(ground: Ground) -> None:
    """Each connection of the store, again and again, as soon as it is seen in the middle of a transaction."""
    with ground.home(POSTGRESQL) as home, Crew(home, 1) as crew, session(home.config) as ctx:
        name = home.environment["DESTUI_STORE"].rpartition("/")[2]
        within(20, lambda: living(ctx))
        added = []
        ended = 0
        for number in range(max(20, ground.size // 5)):
            if number % 5 == 0:
                added.append(home.run("add", "simulator", f"n{number}", "seconds=0.2"))
            for _ in range(20):
                ended += len(ground.postgres.run(_CUT.format(database=name)))
            ended += len(ground.postgres.run(_CUT_ALL.format(database=name))) if number % 10 == 0 else 0
        ground.tally.count("connections of the store cut in the middle of a transaction", ended)
        for done in added:
            _ensure_told(ground, done.returncode, done.stderr, ("The store does not answer: ",), may_pass=True)
        _ensure_rest(ground, home, sum(done.returncode == 0 for done in added))
        ground.tally.expect(crew.pids, f"the worker ended: {crew.log[-500:]}")


_CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
    " AND (state LIKE 'idle in transaction%' OR state = 'active')"
)
_CUT_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"


def _unreachable(ground: Ground, seconds: float, *, forgets: bool) -> None:
    """Nothing that is sent comes to the server or back; afterwards it does again, or (`forgets`, as after a firewall
    has restarted) the old connections are reset."""
    away = Away(f"unreachable{', its connections reset later' if forgets else ''}", seconds, False, (
        "The store does not answer: ",
    ))  # fmt: skip
    with Proxy(ground.postgres.port) as proxy, ground.home(POSTGRESQL) as home:
        name = home.environment["DESTUI_STORE"].rpartition("/")[2]
        home.environment["DESTUI_STORE"] = store_url(ground.postgres, name, proxy.port)

        @contextmanager
        def silence() -> Iterator[None]:
            proxy.fall_silent()
            yield
            if forgets:
                proxy.cut()
            proxy.speak()

        with Crew(home, 1):
            _ordeal(ground, home, away, silence)


def _ordeal(ground: Ground, home: Home, away: Away, fault: Callable[[], AbstractContextManager[None]]) -> None:
    """Work, an interface and a form; the store goes; all of them are looked at; it comes back, and all goes on."""
    with session(home.config) as ctx:
        if not ctx.store.is_sqlite:
            within(20, lambda: living(ctx))
        destinations.add(ctx, "postgres", "planted", ground.account, {"password": Secret(PLANTED)})
        within(20, lambda: jobs.open_count(ctx.store) == (0, 0))
        for n in range(CHECKS - 1):
            destinations.add(ctx, "simulator", f"n{n}", {"seconds": 2 + n}, {})
        within(20, lambda: jobs.open_count(ctx.store)[1] >= CHECKS - 2)
        pids = living(ctx)
    lists = Watched(home.command(), home.environment, SIZE)
    form = Watched(home.command(), home.environment, SIZE)
    try:
        ground.tally.expect(lists.sees(f"{CHECKS}/25") and form.sees(f"{CHECKS}/25"), "no interface came up")
        form.settle(0.3)
        lists.send(b"/planted\r")  # one that rests: asking for a check that runs already would write nothing
        ground.tally.expect(lists.sees("n0", gone=True), f"the list was not filtered:\n{lists.text}")
        url = destination_url("postgres", ground.account, PLANTED)
        form.send(b"apostgres\r\t\t" + paste(url))
        form.sees("•••")
        form.send(b"\x1b[Z\x1b[Ztyped before")
        ground.tally.expect(form.sees("typed before"), f"the form did not take what was typed:\n{form.text}")
        with fault():
            _while_away(ground, home, away, lists, form)
        _after(ground, home, away, lists, form)
    finally:
        for terminal in (lists, form):
            ground.search_processes(terminal.pid)
            terminal.end()
            ground.search("the bytes of the terminal", terminal.output)
    with session(home.config) as ctx:
        left = set(pids) - set(living(ctx))
        ground.tally.expect(not left, f"{away.what}: the worker ended: {left}")
    ground.tally.count(f"store {away.what}, for {away.seconds:.0f} s")


def _while_away(ground: Ground, home: Home, away: Away, lists: Watched, form: Watched) -> None:
    tally, began = ground.tally, time.monotonic()
    lists.send(b"c")
    form.send(b" and after\x13")
    done = subprocess.Popen(
        home.command("add", "simulator", "meanwhile", "seconds=0"), env=home.environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    seen = {"list": False, "form": False}
    while time.monotonic() - began < away.seconds:
        for name, terminal in (("list", lists), ("form", form)):
            terminal.read_once(0.1)
            seen[name] = seen[name] or terminal.shows(*BANNERS)
    for name, terminal in (("list", lists), ("form", form)):
        tally.expect(seen[name], f"{away.what}: no banner on the {name}:\n{terminal.text}")
        tally.expect(terminal.is_alive, f"{away.what}: the interface ended:\n{terminal.output[-2000:]!r}")
        tally.expect(terminal.shows(*BANNERS), f"{away.what}: no banner any more on the {name}:\n{terminal.text}")
    try:
        _, said = done.communicate(timeout=20)
        _ensure_told(ground, done.returncode, said, away.said)
    except subprocess.TimeoutExpired:
        done.kill()
        tally.wrong(f"{away.what}: a command had no answer after {time.monotonic() - began:.0f} s")
    listed = home.run("list")
    if away.readable:
        tally.expect(listed.returncode in (0, 6), f"{away.what}: list ended with {listed.returncode}: {listed.stderr}")
    else:
        _ensure_told(ground, listed.returncode, listed.stderr, away.said)


def _ensure_told(ground: Ground, code: int, said: str, words: tuple[str, ...], *, may_pass: bool = False) -> None:
    """Exit 6 with one line that says what is wrong."""
    lines = said.strip().splitlines()
    told = code == 6 and len(lines) == 1 and any(word in said for word in words)
    ground.tally.expect(told or (may_pass and code == 0), f"a command ended with {code} and said: {said}")
    ground.tally.count("commands that were told that the store is away", told)


def _after(ground: Ground, home: Home, away: Away, lists: Watched, form: Watched) -> None:
    tally = ground.tally
    for name, terminal in (("list", lists), ("form", form)):
        terminal.send(b"\x12")  # ctrl+r: now
        gone = all(terminal.sees(banner, seconds=25, gone=True) for banner in BANNERS)
        tally.expect(gone, f"{away.what}: the {name} does not see that it is back:\n{terminal.text}")
    if form.shows("typed before"):
        tally.expect(form.shows("typed before and after"), f"{away.what}: what was typed is lost:\n{form.text}")
        form.send(b"\x13")
    saved = form.sees(f"{CHECKS + 1}/25", seconds=30)
    tally.expect(saved, f"{away.what}: what was typed before could not be saved afterwards:\n{form.text}")
    _ensure_rest(ground, home, CHECKS + 1)
    lists.send(b"\x1b")  # all again
    shown = lists.sees(f"{CHECKS + 1} Active", f"• {CHECKS + 1}", seconds=20)
    tally.expect(shown, f"{away.what}: the list does not go on:\n{lists.text}")


def _ensure_rest(ground: Ground, home: Home, count: int) -> None:
    """The worker did everything that was asked before, during and after."""

    def rests(ctx: Context) -> bool:
        ctx.mend_worker()
        return jobs.open_count(ctx.store) == (0, 0)

    with session(home.config) as ctx:
        done = within(SETTLES, lambda: rests(ctx), 0.2)
        ground.tally.expect(done, f"open work is left: {jobs.open_count(ctx.store)}")
        states = [tuple(row) for row in ctx.store.fetch("SELECT name, status FROM destinations ORDER BY name")]
        is_good = len(states) == count and all(status == "active" for _, status in states)
        ground.tally.expect(is_good, f"{count} should be Active: {states}")
