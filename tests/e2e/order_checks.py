"""What the tests of load orders share: orders over real targets, through the store and a worker."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from destui.domain.orders import LoadRun, OrderDraft, RunStage
from destui.services import destinations, loads
from destui.services.context import Context
from destui.services.following import follow, follow_run
from destui.store import workers
from destui.worker import launch
from tests.e2e.load_checks import Sink, duck

ENDLESS = "src:select a.range as id from range(1000000000) a, range(1000000000) b where a.range + b.range < 0"
"""A query of the DuckDB destination `src` that gives no row and does not end."""


def connect(ctx: Context, name: str, type_id: str, fields: Any, secrets: Any = None) -> str:
    """A destination that has become Active; its id."""
    added = destinations.add(ctx, type_id, name, dict(fields), dict(secrets or {}))
    (*_, check) = follow(ctx, [added.check_id], 60)
    assert check.state.is_good, check.diagnosis
    return added.destination_id


def connect_sink(ctx: Context, sink: Sink, name: str = "dwh") -> str:
    """The sink as a destination."""
    return connect(ctx, name, sink.place.type, sink.place.fields, sink.place.secrets)


def source_database(ctx: Context, folder: Path) -> str:
    """A DuckDB destination `src` to read from."""
    duck(folder / "src.duckdb", "CREATE TABLE numbers AS SELECT range AS id FROM range(10)")
    return connect(ctx, "src", "duckdb", {"path": str(folder / "src.duckdb")})


def order(ctx: Context, destination_id: str, source: str, table: str, name: str = "orders", **more: Any) -> str:
    """An order; its id."""
    return loads.save(ctx, OrderDraft(destination_id, name, source, table, **more)).order_id


def started(ctx: Context, order_id: str) -> str:
    """Run it; the run's id."""
    return loads.run_now(ctx, [order_id])[order_id]


def end_of(ctx: Context, run_id: str, seconds: float = 80) -> LoadRun:
    """Follow a run to its end."""
    (*_, last) = follow_run(ctx, run_id, seconds)
    assert not last.state.is_open, last
    return loads.run(ctx, run_id)


def done(ctx: Context, run_id: str) -> LoadRun:
    """Follow a run that must end well."""
    run = end_of(ctx, run_id)
    assert run.state is RunStage.DONE, run.diagnosis
    return run


def until(ctx: Context, run_id: str, is_so: Callable[[LoadRun], object], seconds: float = 40) -> LoadRun:
    """Follow a run until something holds."""
    for run in follow_run(ctx, run_id, seconds):
        if is_so(run):
            return run
    pytest.fail(f"it did not come to that: {loads.run(ctx, run_id)}")


def the_worker(ctx: Context) -> int:
    """The process id of the one worker that lives, as soon as it is there."""
    end = time.monotonic() + 20
    while not (found := [w for w in workers.on_record(ctx.store) if w.alive and launch.birth(w.pid)]):
        assert time.monotonic() < end, "no worker comes up"
        time.sleep(0.02)  # one that comes up tells its starter alone
    (worker,) = found
    return worker.pid


def runners(worker: int) -> list[int]:
    """The process ids of the runs of a worker."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = folder.joinpath("stat").read_text().rpartition(")")[2].split()[1]
            words = folder.joinpath("cmdline").read_bytes()
        except OSError:
            continue
        if parent == str(worker) and b"destui.loads.runner" in words:
            found.append(int(folder.name))
    return found


def the_runner(worker: int, seconds: float = 20) -> int:
    """The process id of the one run of a worker, as soon as it is there."""
    end = time.monotonic() + seconds
    while not (found := runners(worker)):
        assert time.monotonic() < end, "no run's process"
        time.sleep(0.005)  # processes tell nobody that they begin
    return found[0]
