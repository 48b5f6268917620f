"""A program beside the one before it, whose store has another schema: both stay safe, whichever comes first."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from destui.services.context import Context
from destui.store import jobs
from destui.store.version import REVISIONS
from tests.fixtures import REPOSITORY, Home
from tests.planted import LINE, PLANTED, found_in_process
from tests.torture.actors import Watched
from tests.torture.crew import ends_within, living
from tests.torture.ground import POSTGRESQL, Ground, session, within

CHECKS = 6


def run(ground: Ground, stores: Sequence[str]) -> None:
    """An old worker and an old interface beside a new program that has upgraded their store"""
    programs = dict(_programs(ground))
    if len(programs) < len(REVISIONS) - 1:
        ground.tally.count("left out, since this is no checkout with its history: earlier programs")
    for revision, program in programs.items():
        for store in stores:
            with ground.bare_home(store) as new:
                old = OldHome(new.path, {**new.environment, "PYTHONPATH": str(program)})
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


def _start(home: Home) -> subprocess.Popen[str]:
    return subprocess.Popen(
        home.command("worker", "run"), env=home.environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def _beside(ground: Ground, store: str, revision: str, old: Home, new: Home) -> None:
    if store == POSTGRESQL:
        _run(ground, old, "store", "upgrade")
    worker = _start(old)
    fields = [f"{name}={value}" for name, value in ground.account.items()]
    _run(ground, old, "add", "postgres", "planted", *fields, "--secret", "password=env:PW", PW=PLANTED)
    for n in range(CHECKS):
        _run(ground, old, "add", "simulator", f"n{n}", f"seconds={15 + n}")
    interface = Watched(old.command(), old.environment, (120, 36))
    ground.tally.expect(interface.sees(f"{CHECKS + 1}/25"), f"the old interface:\n{interface.text}")
    busy = "0 Initializing" not in interface.text
    ground.tally.expect(busy, f"nothing was at work before the store is upgraded:\n{interface.text}")
    interface.send(b"asimu\rtyped in the old one")
    interface.sees("typed in the old one")
    found = found_in_process(worker.pid, PLANTED, LINE) + found_in_process(interface.pid, PLANTED, LINE)
    ground.tally.expect(not found, str(found))
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
    told = interface.sees(f"{CHECKS + 2}/25", "newer", seconds=20)
    ground.tally.expect(told, f"the old interface neither saves nor says why:\n{interface.text}")
    ground.tally.expect(interface.is_alive, f"the old interface ended:\n{interface.output[-1500:]!r}")
    ground.tally.expect(b"Traceback" not in interface.output, "the old interface shows a trace")
    interface.end()
    ground.search(f"the bytes of the terminal of schema {revision}", interface.output)

    following = _start(new) if store == POSTGRESQL else None
    _run(ground, new, "add", "simulator", "by the new one", "seconds=0", "--wait", "90")
    with session(new.config) as ctx:
        done = within(90, lambda: (ctx.mend_worker(), jobs.open_count(ctx.store) == (0, 0))[1], 0.2)
        ground.tally.expect(done, f"open work is left: {jobs.open_count(ctx.store)}")
        states = [tuple(row) for row in ctx.store.fetch("SELECT name, status FROM destinations ORDER BY name")]
        wrong = [row for row in states if row[1] != "active"]
        ground.tally.expect(not wrong and len(states) >= CHECKS + 2, f"after the upgrade: {states}")
        twice = ctx.store.fetch(
            "SELECT destination_id FROM events WHERE verb = 'active' GROUP BY destination_id HAVING count(*) > 1"
        )
        ground.tally.expect(not twice, f"ended twice: {[tuple(row) for row in twice]}")
        ground.tally.expect(living(ctx), "no worker of the new program lives")
        _ensure_kept(ground, new, ctx)
        ground.search_processes(*living(ctx))
    if following is not None:
        following.kill()
        following.wait()


def _ensure_kept(ground: Ground, new: Home, ctx: Context) -> None:
    """The new program opens the secret that the old one has sealed, and the server takes it."""
    ((secret_id,),) = ctx.store.fetch("SELECT secret_id FROM destinations WHERE name = 'planted'")
    kept = ctx.vault.read(secret_id)["password"].reveal() == PLANTED
    ground.tally.expect(kept, "the secret is another one after the upgrade")
    ground.tally.count("secrets sealed by an earlier program", int(kept))
    _run(ground, new, "check", "planted")


def _run(ground: Ground, home: Home, *words: str, **more: str) -> None:
    done = home.run(*words, **more)
    ground.search(f"what {words[0]} said", (done.stdout + done.stderr).encode())
    ground.tally.expect(done.returncode == 0, f"{words[0]}: {done.returncode} {done.stdout}{done.stderr}")
