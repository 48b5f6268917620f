"""A worker that stands still past its lease while it loads, alone or with its runs, and comes back: all is exact. So is
what is told of a run that was stopped within its commit."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from destui.domain.loads import Mode, Phase
from destui.domain.orders import RunStage
from destui.services import loads
from destui.services.context import Context
from tests.e2e.load_checks import MODES, Sink, sink_of, write_csv
from tests.e2e.order_checks import connect_sink, done, end_of, order, runners, started, until
from tests.fixtures import Home, team_home
from tests.servers.postgres import Postgres
from tests.torture.crew import Crew, pause
from tests.torture.ground import within

pytestmark = pytest.mark.servers
ROWS = 200_000
TARGETS = ("postgres", "mysql", "sqlite", "duckdb", "parquet")
TIMES = int(os.environ.get("DESTUI_KILLS", "0")) // 10
SHORT = [("append", True)]
"""What every test run does: a worker stands still with its runs, as with its whole host."""


@pytest.mark.parametrize("number", range(max(1, TIMES)))
@pytest.mark.parametrize(("mode", "whole"), [(m, w) for m in MODES for w in (True, False)] if TIMES else SHORT)
def test_a_worker_that_stands_still_during_loads_and_comes_back(
    postgres: Postgres, request: pytest.FixtureRequest, tmp_path: Path, mode: str, whole: bool, number: int
) -> None:
    home = team_home(postgres, tmp_path, upgraded=False)
    home.ok("store", "upgrade")
    source = write_csv(tmp_path / "big.csv", ["id", "name"], [(n, f"name {n}") for n in range(ROWS)])
    with ExitStack() as stack:
        sinks = [stack.enter_context(sink_of(kind, request, tmp_path)) for kind in TARGETS]
        ctx = home.context()
        crew = stack.enter_context(Crew(home, 1))
        tables = {sink.kind: sink.table() for sink in sinks}
        runs = _begin(ctx, sinks, tables, str(source), mode)
        (paused,) = crew.pids
        first = next(iter(runs.values()))
        until(ctx, first, lambda run: run.rows or not run.state.is_open)
        time.sleep(random.Random(f"{mode} {whole} {number}").random() / 2)  # in the middle of whatever it does
        stopped = [paused, *(runners(paused) if whole else ())]
        for pid in stopped:
            with suppress(OSError):  # a run may end in this moment
                pause(pid)
        held = [worker for _, worker in _claimed(ctx)]
        crew.processes.append(crew.start())
        assert within(60, lambda: not [job for job, worker in _claimed(ctx) if worker in held])
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        for kind, run_id in runs.items():
            assert done(ctx, run_id).rows == ROWS, kind
        for sink in sinks:
            ids = [int(row["id"]) for row in sink.read(tables[sink.kind])]
            assert (len(ids), sum(ids)) == (ROWS, ROWS * (ROWS - 1) // 2), sink.kind


def _begin(ctx: Context, sinks: list[Sink], tables: dict[str, str], source: str, mode: str) -> dict[str, str]:
    """A run into each; run ids by kind."""
    orders = {}
    for sink in sinks:
        identity = connect_sink(ctx, sink, sink.kind)
        key = ("id",) if mode == "merge" else ()
        orders[sink.kind] = order(ctx, identity, source, tables[sink.kind], sink.kind, mode=Mode(mode), key=key)
    return {kind: started(ctx, order_id) for kind, order_id in orders.items()}


def _claimed(ctx: Context) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in ctx.store.fetch("SELECT id, worker FROM jobs WHERE state = 'claimed'")]


@pytest.mark.parametrize(("aborts", "told"), [(False, RunStage.DONE), (True, RunStage.STOPPED)])
def test_a_run_that_is_stopped_within_its_commit_is_told_as_its_marker_says(
    home: Home, postgres: Postgres, request: pytest.FixtureRequest, tmp_path: Path, aborts: bool, told: RunStage
) -> None:
    ctx = home.context()
    source = write_csv(tmp_path / "a.csv", ["id"], [(n,) for n in range(1, 100)])
    with sink_of("postgres", request, tmp_path) as sink:
        table = sink.table()
        fails = "RAISE EXCEPTION 'no'" if aborts else "RETURN NULL"
        postgres.run(
            f"CREATE TABLE analytics.{table} (id bigint)",
            f"ALTER TABLE analytics.{table} OWNER TO loader",
            # Without the setting the server sees that the run's process is gone, and undoes it.
            f"CREATE FUNCTION analytics.nap_{table}() RETURNS trigger LANGUAGE plpgsql"
            f" SET client_connection_check_interval = 0 AS $$BEGIN PERFORM pg_sleep(3); {fails}; END$$",
            f"CREATE CONSTRAINT TRIGGER nap AFTER INSERT ON analytics.{table} DEFERRABLE INITIALLY DEFERRED"
            f" FOR EACH ROW WHEN (new.id = 1) EXECUTE FUNCTION analytics.nap_{table}()",
        )
        order_id = order(ctx, connect_sink(ctx, sink), str(source), table)
        run_id = started(ctx, order_id)
        until(ctx, run_id, lambda run: run.phase == Phase.COMMIT)
        assert loads.stop_runs(ctx, [order_id]) == 1
        assert end_of(ctx, run_id).state is told
        assert sink.count(table) == (99 if told is RunStage.DONE else 0)
        postgres.run(f"DROP FUNCTION analytics.nap_{table} CASCADE")
