"""The worker and the sessions: how soon work begins, what idling costs, how soon others see a change."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.seed import destui, environment, seed
from bench.terminal import Terminal, cpu_seconds
from destui.domain.check import Reason
from destui.services import destinations
from destui.services.context import Context
from destui.services.following import follow
from destui.store import destinations as rows
from destui.store import jobs, queueing, reading, settings, workers
from destui.store.opening import open_store
from destui.worker import launch

REPEATS = 30


def _context(folder: Path, count: int) -> Context:
    config = seed(folder, count)
    return Context(config, open_store(config))


def _add(ctx: Context, name: str, seconds: float) -> str:
    return destinations.add(ctx, "simulator", name, {"seconds": seconds}, {}).check_id


def _end(ctx: Context, check_ids: list[str]) -> None:
    for _ in follow(ctx, check_ids, 300):
        pass


def change_to_first_step() -> list[float]:
    """Seconds from the commit that adds a destination to the start of its check's first step."""
    with tempfile.TemporaryDirectory(prefix="destui-bench-") as base:
        ctx = _context(Path(base), 50)
        _end(ctx, [_add(ctx, "warm", 0)])
        found = []
        for n in range(REPEATS):
            check_id = _add(ctx, f"n{n}", 0)
            _end(ctx, [check_id])
            check = reading.checks_by_id(ctx.store, [check_id])[check_id]
            started = check.steps[0].started_at
            assert started is not None
            found.append((started - check.created_at).total_seconds())
        launch.stop(ctx.config, ctx.store)
        return found


def idle_worker(seconds: float) -> float:
    """Share of a core that a worker with nothing to do takes."""
    with tempfile.TemporaryDirectory(prefix="destui-bench-") as base:
        ctx = _context(Path(base), 50)
        _end(ctx, [_add(ctx, "warm", 0)])
        time.sleep(6)  # its first clean-up
        (worker,) = workers.on_record(ctx.store)
        before = cpu_seconds(worker.pid)
        time.sleep(seconds)
        used = cpu_seconds(worker.pid) - before
        launch.stop(ctx.config, ctx.store)
        return used / seconds


def change_to_other_screen() -> list[float]:
    """Seconds from the commit of a rename to its name on another session's screen."""
    with tempfile.TemporaryDirectory(prefix="destui-bench-") as base:
        folder = Path(base)
        ctx = _context(folder, 50)
        terminal = Terminal(destui(), environment(folder))
        found = []
        try:
            terminal.read_until(b"destination-000000")
            terminal.settle(1.0)
            for n in range(REPEATS):
                old = reading.by_name(ctx.store, f"renamed-{n - 1:03}" if n else "destination-000003")
                assert old is not None
                destinations.edit(ctx, old.id, old.version, name=f"renamed-{n:03}")
                committed = terminal.now
                seen = terminal.read_until_screen(f"renamed-{n:03}")
                found.append(seen - committed)
                terminal.settle(0.15)
        finally:
            terminal.close()
        return found


def thousand_checks() -> float:
    """1,000 simulated checks of 1 s, 50 at once, against the ideal of 20 s."""
    with tempfile.TemporaryDirectory(prefix="destui-bench-") as base:
        ctx = _context(Path(base), 1)
        _end(ctx, [_add(ctx, "warm", 0)])
        with ctx.store.write() as tx:
            settings.write(tx, "limit", "2000")
        started = time.perf_counter()
        with ctx.store.write() as tx:
            for n in range(1000):
                identity = rows.add(
                    tx, name=f"n{n}", type_id="simulator", fields={"seconds": 1}, tags=(), connected_by="bench",
                    host="", secret_id=None,
                )  # fmt: skip
                queueing.queue_check(tx, rows.locked(tx, identity), Reason.INITIALISE, "bench")
        while any(jobs.open_count(ctx.store)):
            time.sleep(0.05)
        took = time.perf_counter() - started
        launch.stop(ctx.config, ctx.store)
        return took / 20


def list_json() -> tuple[list[float], list[float]]:
    """Seconds of `destui list --json` at 50 destinations, and of Python with sqlite3 printing the same rows."""
    with tempfile.TemporaryDirectory(prefix="destui-bench-") as base:
        folder = Path(base)
        seed(folder, 50)
        floor = (
            "import sqlite3, json, sys; c = sqlite3.connect(sys.argv[1]);"
            "print(json.dumps([list(r) for r in c.execute('SELECT id, name, type, status, connected_by, updated_at,"
            " tags, fields FROM destination_rows ORDER BY name_key')]))"
        )
        commands = (destui("list", "--json"), [sys.executable, "-c", floor, str(folder / "destui.db")])
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(REPEATS):
            for kept, command in zip(times, commands, strict=True):
                started = time.perf_counter()
                subprocess.run(command, env=environment(folder), stdout=subprocess.DEVNULL, check=True)
                kept.append(time.perf_counter() - started)
        return times


def report(idle: float) -> list[list[str]]:
    """Rows of the table: what, measured, to reach."""
    ours, floor = list_json()
    return [
        ["a change → first step of its check, median", f"{median(change_to_first_step()) * 1000:.0f} ms", "60 ms"],
        ["idle worker", f"{idle_worker(idle):.1%} of a core", "1.5 %"],
        [
            "one session's change → another's screen, median, worst",
            _median_and_worst(change_to_other_screen()),
            "500 ms",
        ],
        ["1,000 simulated checks of 1 s, 50 at once", f"{thousand_checks():.2f}× of 20 s", "1.25×"],
        [
            "destui list --json, 50",
            f"{median(ours) * 1000:.0f} ms ({median(ours) / median(floor):.2f}× of the {median(floor) * 1000:.0f} ms of"
            " python + sqlite3)",
            "2×",
        ],
    ]


def _median_and_worst(found: list[float]) -> str:
    return f"{median(found) * 1000:.0f} ms, {max(found) * 1000:.0f} ms"
