"""The clock of a host is set an hour on and back: no lease ends for it, nothing is checked twice, the trash stays."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from destui.services import destinations
from destui.services.context import Context
from destui.store import jobs, schema
from destui.store.times import now_us
from tests.fixtures import REPOSITORY, Home
from tests.torture.actors import Watched
from tests.torture.crew import Crew, living
from tests.torture.ground import POSTGRESQL, Ground, session, within

HOUR = 3600
STEPS = (HOUR, 0, -HOUR, 0)
CHECKS = 6
SECONDS_A_STEP = 11.0
"""Two beats of a worker and a bit; of a small campaign one beat."""
WEEK_US = 7 * 86_400_000_000


def run(ground: Ground, stores: Sequence[str]) -> None:
    """The clock set an hour on and back, under workers, commands and an interface"""
    for store in stores:
        offset = ground.folder / f"offset-{store}"
        _set(offset, 0)
        faked = {"PYTHONPATH": f"{Path(__file__).parent / 'clock'}:{REPOSITORY}", "DESTUI_TEST_CLOCK": str(offset)}
        with ground.home(store) as home, Crew(home, 0) as crew:
            if store == POSTGRESQL:
                crew.processes.append(crew.start())  # of another host, whose clock is right
            crew.processes.append(crew.start(**faked))
            _steps(ground, home, crew, offset, faked)


def _steps(ground: Ground, home: Home, crew: Crew, offset: Path, faked: dict[str, str]) -> None:
    with session(home.config) as ctx:
        within(20, lambda: len(living(ctx)) == len(crew.processes))
        is_small = ground.size < 250
        _prepare(ground, ctx, 0.4 if is_small else 1.0)
        pids = crew.pids
        home.environment |= faked
        interface = Watched(home.command(), home.environment, (120, 36))
        ground.tally.expect(interface.sees("/25"), f"no interface:\n{interface.text}")
        for number, step in enumerate(STEPS[:2] if is_small else STEPS):
            _set(offset, step)
            began = time.monotonic()
            done = home.run("add", "simulator", f"at-step-{number}", "seconds=0", "--wait", "30")
            ground.tally.expect(done.returncode == 0, f"add at {step:+d} s: {done.returncode} {done.stderr}")
            ended = [pid for pid in pids if pid not in crew.pids]
            ground.tally.expect(not ended, f"a worker ended at {step:+d} s: {crew.log[-700:]}")
            while time.monotonic() - began < SECONDS_A_STEP * (0.55 if is_small else 1):
                interface.read_once(0.2)
            ended = [pid for pid in pids if pid not in crew.pids]
            ground.tally.expect(not ended, f"a worker ended after {step:+d} s: {crew.log[-700:]}")
            alive = not interface.shows("No worker", "does not answer")
            ground.tally.expect(interface.is_alive and alive, f"the interface at {step:+d} s:\n{interface.text}")
            ground.tally.count(f"clock steps to {step:+d} s")
        ground.search_processes(interface.pid, *crew.pids)
        interface.end()
        ground.search("the bytes of the terminal", interface.output)
        _look(ground, home, ctx)


def _set(offset: Path, seconds: int) -> None:
    """At once: the file is read at every look at the clock."""
    new = offset.with_suffix(".new")
    new.write_text(str(seconds))
    new.replace(offset)


def _prepare(ground: Ground, ctx: Context, share: float) -> None:
    """Some that are Active and planned to be checked again, one half an hour before the end of its days in the trash,
    and checks that run for longer than a lease."""
    first = [destinations.add(ctx, "simulator", f"active-{n}", {"seconds": 0}, {}) for n in range(3)]
    ground.add_planted(ctx)
    within(30, lambda: jobs.open_count(ctx.store) == (0, 0))
    destinations.delete(ctx, [first[0].destination_id])
    with ctx.store.write() as tx:
        table = schema.destinations
        aged = now_us() - WEEK_US + HOUR // 2 * 1_000_000
        tx.execute(table.update().where(table.c.deleted_at.is_not(None)).values(deleted_at=aged))
    for n in range(CHECKS):
        destinations.add(ctx, "simulator", f"long-{n}", {"seconds": share * (25 + 4 * n)}, {})
    within(30, lambda: jobs.open_count(ctx.store)[1] == CHECKS)


def _look(ground: Ground, home: Home, ctx: Context) -> None:
    done = within(60, lambda: jobs.open_count(ctx.store) == (0, 0), 0.2)
    ground.tally.expect(done, f"open work is left: {jobs.open_count(ctx.store)}")
    again = ctx.store.fetch("SELECT destination_id, reason, attempt FROM checks WHERE attempt > 1")
    ground.tally.expect(not again, f"repeated, though nobody died: {[tuple(row) for row in again]}")
    early = ctx.store.fetch("SELECT count(*) FROM checks WHERE reason = 'background'")[0][0]
    ground.tally.expect(not early, f"{early} checked again before their time")
    ended = ctx.store.fetch(
        "SELECT name, status, (SELECT count(*) FROM events e WHERE e.destination_id = d.id AND e.verb = 'active')"
        " FROM destinations d WHERE deleted_at IS NULL"
    )
    wrong = [tuple(row) for row in ended if tuple(row[1:]) != ("active", 1)]
    ground.tally.expect(not wrong, f"not Active once: {wrong}")
    restored = home.run("restore", "active-0")
    ground.tally.expect(restored.returncode == 0, f"the trash was emptied early: {restored.stderr}")
