"""A worker that is stopped past its lease and comes back: it writes nothing over the one that took over."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from typing import Any

from destui.services import destinations
from destui.services.context import Context
from destui.store import jobs, schema, workers
from destui.store.times import now_us
from tests.torture.crew import Crew, ends_within, living, pause
from tests.torture.ground import POSTGRESQL, SQLITE, Ground, session, within

CHECKS = 12
LEASE = workers.LEASE_US / 1e6
TAKE_OVER = 30.0
"""Seconds from the pause to the last of its jobs in other hands."""
_STATE = (
    "SELECT id, state, attempt, finished_at, code FROM checks ORDER BY id",
    "SELECT check_id, position, state, ms, message FROM check_steps ORDER BY check_id, position",
    "SELECT id, state, attempt, worker FROM jobs ORDER BY id",
    "SELECT id, status, version, config, updated_at FROM destinations ORDER BY id",
    "SELECT id, verb, destination_id FROM events ORDER BY id",
)


def run(ground: Ground, stores: Sequence[str]) -> None:
    """Pause workers at random moments, `ground.size` / 250 times in each way"""
    times = max(1, ground.size // 250)
    for number in range(times):
        if SQLITE in stores:
            stalled(ground, number)
            comes_back(ground, number)
        if POSTGRESQL in stores:
            taken_over(ground, number)
            holding_locks(ground)


def stalled(ground: Ground, number: int) -> None:
    """The worker of an embedded store stops, perhaps with the store locked: the next command ends it and goes on."""
    with ground.home(SQLITE) as home, session(home.config) as ctx:
        ids = _begin(ground, ctx, ground.random("stalled", number).uniform(0, 2.0))
        (pid,) = living(ctx)
        pause(pid)
        _lease_runs_out(ground, ctx)
        ground.tally.count("pauses of an embedded store's worker, found by a command")
        done = home.run("add", "simulator", "afterwards", "seconds=0", "--wait", "60")
        ground.tally.expect(done.returncode == 0, f"add beside a stalled worker: {done.returncode} {done.stderr}")
        ground.tally.expect(ends_within(pid, 1), "the stalled worker was not ended")
        _ensure_done(ground, ctx, [*ids, _id_of(ctx, "afterwards")])


def comes_back(ground: Ground, number: int) -> None:
    """It comes back before anybody has looked: it ends or goes on, and in both cases the work is done once."""
    with ground.home(SQLITE) as home, session(home.config) as ctx:
        ids = _begin(ground, ctx, ground.random("back", number).uniform(0, 2.0))
        (pid,) = living(ctx)
        pause(pid)
        _lease_runs_out(ground, ctx)
        ground.tally.count("pauses of an embedded store's worker, found by nobody")
        os.kill(pid, signal.SIGCONT)
        _ensure_done(ground, ctx, ids)


def taken_over(ground: Ground, number: int) -> None:
    """One of two workers of a team store stops: the other has its work within 30 s, and it then writes nothing."""
    with ground.home(POSTGRESQL) as home, session(home.config) as ctx, Crew(home, 1) as crew:
        (paused,) = crew.pids
        assert within(20, lambda: living(ctx)), "no worker came up"
        ids = _begin(ground, ctx, ground.random("team", number).uniform(0, 2.0), seconds=8)
        crew.processes.append(crew.start())
        assert within(20, lambda: len(living(ctx)) == 2), "no second worker came up"
        pause(paused)
        if ground.postgres.run(_HELD.format(database=home.environment["DESTUI_STORE"].rpartition("/")[2])):
            ground.tally.count("of these in the middle of a transaction")
        stopped_at = time.monotonic()
        mine = [w.id for w in workers.on_record(ctx.store) if w.pid == paused]
        ground.tally.count("pauses of one of two workers of a team store")
        moved = within(TAKE_OVER, lambda: not _held_by(ctx, mine))
        took = time.monotonic() - stopped_at
        ground.tally.expect(moved and took < TAKE_OVER, f"not taken over within {took:.0f} s: {_held_by(ctx, mine)}")
        os.kill(paused, signal.SIGCONT)  # in the middle of what the other one now does
        _ensure_done(ground, ctx, ids)
        before = _state(ctx)
        _ensure_it_left(ground, crew, ctx, paused, mine)
        ground.tally.expect(_state(ctx) == before, "the one that came back wrote over the other's work")


def holding_locks(ground: Ground) -> None:
    """It stops in the very middle of a transaction, with locks that everybody needs."""
    with ground.home(POSTGRESQL) as home, session(home.config) as ctx, Crew(home, 1) as crew:
        (paused,) = crew.pids
        database = home.environment["DESTUI_STORE"].rpartition("/")[2]
        assert within(20, lambda: living(ctx)), "no worker came up"
        ids = _begin(ground, ctx, 0.5, seconds=4)
        with ground.postgres.connect(database) as other:
            other.execute("BEGIN")
            other.execute("SELECT pg_advisory_xact_lock(7031861)")  # what numbers the changes
            waiting = within(20, lambda: ground.postgres.run(_WAITING.format(database=database)), 0.01)
            pause(paused)
            ground.tally.expect(waiting, "no worker came to wait for the lock")
            other.execute("ROLLBACK")  # and the stopped one has it
        ground.tally.count("pauses of a worker that holds the locks of a team store")
        crew.processes.append(crew.start())
        started = time.monotonic()
        done = home.run("add", "simulator", "afterwards", "seconds=0", "--wait", "60")
        took = time.monotonic() - started
        sentence = f"add beside a stopped worker that holds locks: {done.returncode} after {took:.0f} s {done.stderr}"
        ground.tally.expect(done.returncode == 0, sentence)
        if done.returncode == 0:
            _ensure_done(ground, ctx, [*ids, _id_of(ctx, "afterwards")])
        os.kill(paused, signal.SIGCONT)


_HELD = "SELECT 1 FROM pg_stat_activity WHERE datname = '{database}' AND state = 'idle in transaction'"
_WAITING = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = '{database}' AND wait_event_type = 'Lock'"
    " AND wait_event = 'advisory'"
)


def _begin(ground: Ground, ctx: Context, seconds_later: float, seconds: float = 3.0) -> list[str]:
    """Destinations that initialise, so long after the worker has begun the first."""
    added = [
        destinations.add(ctx, "simulator", f"n{n:02}", {"seconds": seconds * (1 + n / CHECKS)}, {})
        for n in range(CHECKS)
    ]
    ids = [*(a.destination_id for a in added), ground.add_planted(ctx)]
    assert within(30, lambda: jobs.open_count(ctx.store)[1]), "no worker began"
    time.sleep(seconds_later)
    return ids


def _id_of(ctx: Context, name: str) -> str:
    return destinations.find(ctx, name).id


def _lease_runs_out(ground: Ground, ctx: Context) -> None:
    """Twenty seconds pass; in a small campaign the lease is set back, where the store is not locked."""
    if ground.size >= 250 or ctx.store.is_locked():  # by the one that stands still
        time.sleep(LEASE + 1)
        return
    with ctx.store.write() as tx:
        tx.execute(schema.workers.update().values(lease_until=now_us() - 1))


def _held_by(ctx: Context, ids: list[str]) -> list[Any]:
    held = ctx.store.fetch("SELECT id, worker FROM jobs WHERE state = 'claimed'")
    return [job for job, worker in held if worker in ids]


def _ensure_done(ground: Ground, ctx: Context, ids: list[str]) -> None:
    """All is done, each once, by the last that began it."""
    at_rest = within(90, lambda: (ctx.mend_worker(), jobs.open_count(ctx.store) == (0, 0))[1], 0.2)
    ground.tally.expect(at_rest, f"open work is left: {jobs.open_count(ctx.store)}")
    for identity in ids:
        (status,) = ctx.store.fetch("SELECT status FROM destinations WHERE id = :i", {"i": identity})[0]
        (ended,) = ctx.store.fetch(
            "SELECT count(*) FROM events WHERE destination_id = :i AND verb IN ('active', 'error')", {"i": identity}
        )[0]
        ground.tally.expect((status, ended) == ("active", 1), f"{identity} is {status}, its end written {ended} times")
    differing = ctx.store.fetch(
        "SELECT c.id, c.attempt, j.attempt FROM checks c JOIN jobs j ON j.check_id = c.id WHERE c.attempt <> j.attempt"
    )
    ground.tally.expect(not differing, f"written by another attempt than the last: {differing}")


def _ensure_it_left(ground: Ground, crew: Crew, ctx: Context, pid: int, ids: list[str]) -> None:
    """The one that came back works no more under its old name: it ended, or began anew under another."""

    def left() -> bool:
        return crew.processes[0].poll() is not None or any(
            w.pid == pid and w.id not in ids and w.alive for w in workers.on_record(ctx.store)
        )

    ground.tally.expect(within(30, left, 0.1), f"worker {pid} goes on past its lease")


def _state(ctx: Context) -> list[Any]:
    return [[tuple(row) for row in ctx.store.fetch(query)] for query in _STATE]
