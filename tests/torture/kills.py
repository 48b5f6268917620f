"""kill -9 of the worker, of the interface and of the command line at random moments, over everything that changes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from destui.services.context import Context
from destui.store import jobs, queueing, rows, schema, settings, workers
from destui.store.times import now_us
from tests.fixtures import REPOSITORY, Home
from tests.torture.crew import Crew, living
from tests.torture.ground import POSTGRESQL, Ground, session, within
from tests.torture.shapes import WRONG, Places, prepared, probes
from tests.torture.tally import Tally

LIVES = 8
WORKERS_SHARE = 0.2
"""Of the kills, how many are of workers."""
WEEK_US = 7 * 86_400_000_000
PAUSE = 1.0
"""Seconds between two kills of workers, in the mean."""
SECONDS_A_KILL = 6.0
"""How long a campaign may last at most, by its size."""


def run(ground: Ground, store: str, *, keyring: bool = False) -> None:
    """Kill `ground.size` times on a new store of this kind, then look at everything that is left."""
    name = "keyring" if keyring else store
    places = ground.keep(prepared(ground.folder / f"places-{name}", ground.postgres, ground.mariadb))
    more = {**ground.keyring.session, "DESTUI_SECRETS": "keyring"} if keyring else {}
    ground.secrets |= {*places.passwords, WRONG}
    of_workers = round(ground.size * WORKERS_SHARE)
    with ground.home(store, **more) as home, Crew(home, 2 if store == POSTGRESQL else 0) as crew:
        with session(home.config) as ctx, ctx.store.write() as tx:
            settings.write(tx, "limit", "100000")
        with (
            bytes_in_a_pipe(ground.size - of_workers) as kills,
            Killer(ground, name, home, of_workers, crew),
        ):
            lives = [_begin(ground, home, places, name, n, kills) for n in range(_lives(ground))]
            results = [_end(ground, life) for life in lives]
        _last_look(ground, home, crew, [d for result in results for d in result])
        left = probes(Path(places.folder), ground.postgres, ground.mariadb)
        ground.tally.expect(not left, f"probes are left: {left}")


def _lives(ground: Ground) -> int:
    """How many processes use the store at once: fewer where there is little to do, since each takes long to start."""
    return min(LIVES, max(2, ground.size // 5))


@contextmanager
def bytes_in_a_pipe(count: int) -> Iterator[tuple[int, int]]:
    """Both ends of a pipe with so many bytes in it, for processes that each take one at a time, or give it back."""
    taken, given = os.pipe()
    os.write(given, b"k" * count)
    try:
        yield taken, given
    finally:
        os.close(taken)
        os.close(given)


def _begin(
    ground: Ground, home: Home, places: Places, name: str, number: int, kills: tuple[int, int]
) -> subprocess.Popen[str]:
    order = {
        "seed": f"{ground.seed}:{name}:{number}", "prefix": f"{'abcdefgh'[number]}{ground.seed % 1000}-",
        "kills": kills, "seconds": 30 + SECONDS_A_KILL * ground.size / _lives(ground),
        "environment": home.environment, "places": places.as_json(), "folder": str(ground.folder),
        "planted": sorted(ground.secrets),
    }  # fmt: skip
    life = subprocess.Popen(
        [sys.executable, "-m", "tests.torture.life"], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=home.environment, pass_fds=kills,
    )  # fmt: skip
    assert life.stdin is not None
    life.stdin.write(json.dumps(order))
    life.stdin.close()
    life.stdin = None
    return life


def _end(ground: Ground, life: subprocess.Popen[str]) -> list[dict[str, Any]]:
    out, err = life.communicate()
    if life.returncode != 0:
        ground.tally.wrong(f"a life of the campaign itself failed: {err[-2000:]}")
        return []
    result = json.loads(out.splitlines()[-1])
    ground.tally.add(result["done"], result["found"])
    return result["destinations"]


class Killer:
    """Kills workers at random moments. `crew`: those of a team store; an embedded one's are started by destui."""

    def __init__(self, ground: Ground, name: str, home: Home, kills: int, crew: Crew) -> None:
        self._ground = ground
        self._rng = ground.random(name, "workers")
        self._home = home
        self._tally = ground.tally
        self._left = kills
        self._crew = crew
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="killer")

    def __enter__(self) -> Killer:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Kill no more; see that there are workers."""
        self._stopping.set()
        self._thread.join()
        if self._left > 0:
            self._tally.count("workers not killed, since the lives had ended", self._left)
        self._crew.fill()

    def _run(self) -> None:
        with session(self._home.config) as ctx:
            while not self._stopping.wait(self._rng.expovariate(1 / PAUSE)):
                if self._left > 0:
                    self._kill_one(ctx)
                self._crew.fill()
                if not ctx.store.is_sqlite:
                    let_leases_run_out(ctx, self._crew)

    def _kill_one(self, ctx: Context) -> None:
        pids = self._crew.pids or living(ctx)
        if not pids:
            return
        busy = bool(jobs.open_count(ctx.store)[1])
        pid = self._rng.choice(pids)
        try:
            self._ground.search_processes(pid, starting=pid not in living(ctx))
            os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, FileNotFoundError):
            return
        self._left -= 1
        self._tally.count("kills of the worker")
        self._tally.count("kills of the worker at work" if busy else "kills of the worker at rest")


def let_leases_run_out(ctx: Context, crew: Crew) -> None:
    """Twenty seconds pass for workers that are dead; that of an embedded store is replaced under its lock."""
    living = crew.pids
    dead = [w.id for w in workers.on_record(ctx.store) if w.alive and w.pid not in living]
    if dead:
        with ctx.store.write() as tx:
            workers.forget(tx, dead)  # as one does that has watched them for so long


def _last_look(ground: Ground, home: Home, crew: Crew, known: list[dict[str, Any]]) -> None:
    """Everything comes to rest under workers that nobody kills; then store, vault and servers are gone through."""
    wrong = ground.tally
    with session(home.config) as ctx:
        if not ctx.store.is_sqlite:
            let_leases_run_out(ctx, crew)
        at_rest = within(120, lambda: _rests(ctx), 0.2)
        wrong.expect(at_rest, f"open work is left: {ctx.store.fetch('SELECT * FROM jobs WHERE finished_at IS NULL')}")
        _compare(ctx, wrong, known)
        _sweep(ctx, wrong)
        kept = ctx.store.fetch("SELECT id FROM destinations WHERE deleted_at < :then", {"then": now_us() - WEEK_US})
        wrong.expect(not kept, f"still in the trash after more than seven days: {kept}")
        _count_secrets(ctx, wrong, known)
        _check_all(ctx, home, wrong, known)
        wrong.count("destinations lived", len(known))


def _rests(ctx: Context) -> bool:
    ctx.mend_worker()
    return jobs.open_count(ctx.store) == (0, 0)


def _compare(ctx: Context, wrong: Tally, known: list[dict[str, Any]]) -> None:
    """None lost, none twice, none stuck."""
    there = {r[0]: r for r in ctx.store.fetch("SELECT id, name, deleted_at, status FROM destinations")}
    expected = {d["id"] for d in known if not d["gone"]}
    lost, unknown = expected - there.keys(), there.keys() - {d["id"] for d in known}
    wrong.expect(not lost, f"lost: {lost}")
    wrong.expect(not unknown, f"nobody added these: {[there[i] for i in unknown]}")
    twice = [name for name, count in Counter(r[1] for r in there.values() if r[2] is None).items() if count > 1]
    wrong.expect(not twice, f"there twice: {twice}")
    stuck = [r for r in there.values() if r[3] == "initializing"]
    wrong.expect(not stuck, f"stuck in Initializing: {stuck}")
    live = sum(not d["trashed"] and not d["gone"] for d in known)
    wrong.expect(rows.counts(ctx.store).total == live, f"{rows.counts(ctx.store).total} are counted, {live} there")


def _sweep(ctx: Context, wrong: Tally) -> None:
    """A quarter of an hour passes for secrets that were staged in vain; then a clean-up."""
    with ctx.store.write() as tx:
        table = schema.secrets
        tx.execute(table.update().where(table.c.state == "pending").values(created_at=now_us() - 16 * 60_000_000))
        wrong.count("secrets staged in vain", len(tx.execute(table.select().where(table.c.state == "pending")).all()))
        queueing.queue_clean_up(tx)
    ctx.wake_worker()
    wrong.expect(within(60, lambda: _rests(ctx), 0.2), "the clean-up does not end")


def _count_secrets(ctx: Context, wrong: Tally, known: list[dict[str, Any]]) -> None:
    """Each secret has a ledger row, each ledger row a destination that needs it, and nothing else is in the vault."""
    ledger = {r[0]: r[1] for r in ctx.store.fetch("SELECT id, state FROM secrets")}
    pairs = ctx.store.fetch("SELECT secret_id, previous_secret_id FROM destinations")
    needed = {i for pair in pairs for i in pair if i is not None}
    unneeded, missing = ledger.keys() - needed, needed - ledger.keys()
    wrong.expect(not unneeded, f"in the ledger, and no destination's: {unneeded}")
    wrong.expect(not missing, f"a destination's, and not in the ledger: {missing}")
    if settings.read(ctx.store, "vault") == "keyring":
        kept = in_keyring(f"destui:{settings.store_id(ctx.store)}")
        wrong.expect(kept == needed, f"in the keyring without a row: {kept - needed}; not there: {needed - kept}")
    else:
        (empty,) = ctx.store.fetch("SELECT count(*) FROM secrets WHERE ciphertext IS NULL")[0]
        wrong.expect(not empty, f"{empty} ledger rows hold nothing")
    wrong.count("secrets kept", len(needed))


def in_keyring(service: str) -> set[str]:
    """The names of what the session's keyring holds for a service."""
    import secretstorage

    with closing(secretstorage.dbus_init()) as bus:
        found = secretstorage.search_items(bus, {"service": service})
        return {item.get_attributes()["username"] for item in found}


def _check_all(ctx: Context, home: Home, wrong: Tally, known: Iterable[dict[str, Any]]) -> None:
    """The last word is the servers': each destination works, or does not, as what it is made of says."""
    expected = {d["id"]: "active" if d["good"] else "error" for d in known if not d["trashed"] and not d["gone"]}
    done = home.run("check", "--all", "--parallel", "40", "--json")
    wrong.expect(done.returncode in (0, 1), f"check --all: {done.returncode} {done.stderr[-500:]}")
    told = {r[0]: r[1] for r in ctx.store.fetch("SELECT id, status FROM destinations WHERE deleted_at IS NULL")}
    differing = {i: (told.get(i), status) for i, status in expected.items() if told.get(i) != status}
    wrong.expect(not differing, f"status and what should work differ (is, should be): {differing}")
    wrong.count("destinations checked at the end", len(expected))
