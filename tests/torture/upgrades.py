"""A program beside the one before it, whose store has another schema: both stay safe, whichever comes first."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from destui.store import jobs
from destui.store.version import REVISIONS
from tests.fixtures import REPOSITORY, Home, environment
from tests.torture.actors import Watched
from tests.torture.crew import ends_within, living
from tests.torture.ground import KEY, POSTGRESQL, Ground, session, store_url, within

CHECKS = 6


def run(ground: Ground, stores: Sequence[str]) -> None:
    """An old worker and an old interface beside a new program that has upgraded their store"""
    programs = dict(_programs(ground))
    if len(programs) < len(REVISIONS) - 1:
        ground.tally.count("left out, since this is no checkout with its history: earlier programs")
    for revision, program in programs.items():
        for store in stores:
            with _Homes(ground, store, revision, program) as (old, new):
                _beside(ground, store, revision, old, new)


def _programs(ground: Ground) -> Iterator[tuple[str, Path]]:
    """The last program of each earlier schema, from the history."""
    for revision, following in pairwise(REVISIONS):
        search = ["git", "log", "--format=%H", f'-SREVISION = "{following}"', "--", "destui/store/version.py"]
        found = subprocess.run(search, cwd=REPOSITORY, capture_output=True, text=True)
        commits = found.stdout.split()
        if not commits:
            continue
        folder = ground.folder / f"program-{revision}"
        folder.mkdir()
        archive = subprocess.run(["git", "archive", f"{commits[-1]}^"], cwd=REPOSITORY, capture_output=True)
        if archive.returncode == 0:
            subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
            yield revision, folder


class OldHome(Home):
    """The commands of the program that its environment names, and not of the one in the present folder."""

    def command(self, *arguments: str) -> list[str]:
        """The command line as a list."""
        return [sys.executable, "-P", "-m", "destui", *arguments]


class _Homes:
    """One home, as the old program sees it and as the new one does; the old one has made the store."""

    def __init__(self, ground: Ground, store: str, revision: str, program: Path) -> None:
        path = ground.folder / f"home-{revision}-{store}"
        path.mkdir(mode=0o700)
        more = {}
        if store == POSTGRESQL:
            name = f"upgraded_{revision}"
            ground.postgres.run(f"CREATE DATABASE {name}", database="postgres")
            more = {"DESTUI_STORE": store_url(ground.postgres, name), "DESTUI_KEY": KEY}
        self.new = Home(path, environment(path, **more))
        self.old = OldHome(path, {**self.new.environment, "PYTHONPATH": str(program)})

    def __enter__(self) -> tuple[Home, Home]:
        return self.old, self.new

    def __exit__(self, *error: object) -> None:
        self.new.end_workers()


def _start(home: Home) -> subprocess.Popen[str]:
    return subprocess.Popen(
        home.command("worker", "run"), env=home.environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def _beside(ground: Ground, store: str, revision: str, old: Home, new: Home) -> None:
    if store == POSTGRESQL:
        _run(ground, old, "store", "upgrade")
    worker = _start(old)
    for n in range(CHECKS):
        _run(ground, old, "add", "simulator", f"n{n}", f"seconds={8 + n}")
    interface = Watched(old.command(), old.environment, (120, 36))
    ground.tally.expect(interface.sees(f"{CHECKS} Initializing"), f"the old interface:\n{interface.text}")
    interface.send(b"asimu\rtyped in the old one")
    interface.sees("typed in the old one")
    _run(ground, new, "store", "upgrade") if store == POSTGRESQL else _run(ground, new, "list")
    ground.tally.count(f"stores of schema {revision} upgraded under an old worker and interface")

    gone = ends_within(worker.pid, 30)
    ground.tally.expect(gone, f"the worker of schema {revision} does not leave")
    worker.kill()
    worker.wait()
    refused = old.run("list")
    told = refused.returncode == 6 and "newer" in refused.stderr and "Traceback" not in refused.stderr
    ground.tally.expect(told, f"the old command: {refused.returncode} {refused.stderr}")

    interface.send(b"\x13")
    interface.sees(f"{CHECKS + 1}/25", "newer", seconds=8)
    ground.tally.expect(interface.is_alive, f"the old interface ended:\n{interface.output[-1500:]!r}")
    ground.tally.expect(b"Traceback" not in interface.output, "the old interface shows a trace")
    interface.end()

    following = _start(new) if store == POSTGRESQL else None
    _run(ground, new, "add", "simulator", "by the new one", "seconds=0", "--wait", "90")
    with session(new.config) as ctx:
        done = within(90, lambda: (ctx.mend_worker(), jobs.open_count(ctx.store) == (0, 0))[1], 0.2)
        ground.tally.expect(done, f"open work is left: {jobs.open_count(ctx.store)}")
        states = [tuple(row) for row in ctx.store.fetch("SELECT name, status FROM destinations ORDER BY name")]
        wrong = [row for row in states if row[1] != "active"]
        ground.tally.expect(not wrong and len(states) >= CHECKS + 1, f"after the upgrade: {states}")
        twice = ctx.store.fetch(
            "SELECT destination_id FROM events WHERE verb = 'active' GROUP BY destination_id HAVING count(*) > 1"
        )
        ground.tally.expect(not twice, f"ended twice: {[tuple(row) for row in twice]}")
        ground.tally.expect(living(ctx), "no worker of the new program lives")
    if following is not None:
        following.kill()
        following.wait()


def _run(ground: Ground, home: Home, *words: str) -> None:
    done = home.run(*words)
    ground.tally.expect(done.returncode == 0, f"{words[0]}: {done.returncode} {done.stdout}{done.stderr}")
