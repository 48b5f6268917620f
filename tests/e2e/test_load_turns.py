"""Runs that write into one file take turns; and what becomes of a run, or of an order, whose surroundings change."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from destui.config import Config
from destui.domain.destination import Status
from destui.domain.loads import LoadPlan, Mode, Phase, Place, Progress, RunResult, RunState, SourceSpec
from destui.domain.orders import OrderStatus, RunStage
from destui.domain.secret import Secret
from destui.loads import process
from destui.loads.turns import turn
from destui.services import destinations, loads
from destui.services.context import Context
from destui.store import jobs, load_runs, queueing, schema, workers
from destui.store.jobs import Kind
from tests.e2e.load_checks import duck, write_csv
from tests.e2e.order_checks import ENDLESS, connect, done, end_of, order, source_database, started, until
from tests.fixtures import Home

pytestmark = pytest.mark.embedded


class Going:
    """A run in a process of its own, and what it has told."""

    def __init__(self, made: LoadPlan, folder: Path) -> None:
        self.cancel, self.waits, self.result = threading.Event(), threading.Event(), RunResult(RunState.FAILED)
        self._made, self._folder = made, folder
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.result = process.run(self._made, folder=self._folder, on_progress=self._told, cancel=self.cancel)

    def _told(self, progress: Progress) -> None:
        if progress.phase is Phase.TURN:
            self.waits.set()

    def end(self) -> RunResult:
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.result


def a_plan(target: Place, source: Path, run_id: str = "run1") -> LoadPlan:
    return LoadPlan(run_id, target, "t", Mode.APPEND, SourceSpec(path=str(source)))


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_run_waits_for_another_that_has_its_file_and_can_be_stopped_meanwhile(kind: str, tmp_path: Path) -> None:
    target = Place(kind, {"path": str(tmp_path / f"t.{kind}")})
    made = a_plan(target, write_csv(tmp_path / "s.csv", ["id"], [(1,), (2,)]))
    runs = tmp_path / "runs"
    runs.mkdir()
    with turn(made, runs, lambda: None):
        waiting, stopped = Going(made, runs), Going(replace(made, run_id="run2"), runs)
        assert waiting.waits.wait(20) and stopped.waits.wait(20)
        stopped.cancel.set()
        assert stopped.end().state is RunState.STOPPED
    assert (waiting.end().state, waiting.result.rows) == (RunState.DONE, 2)
    assert list(runs.iterdir()) == [], "nothing is left of the turns"


def test_a_run_that_reads_a_duckdb_file_waits_for_one_that_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "shared.duckdb"
    duck(path, "CREATE TABLE numbers AS SELECT range AS id FROM range(3)")
    shared, other = Place("duckdb", {"path": str(path)}), Place("sqlite", {"path": str(tmp_path / "o.sqlite")})
    made = LoadPlan("run1", other, "t", Mode.APPEND, SourceSpec(destination="s", table="numbers"), shared)
    runs = tmp_path / "runs"
    runs.mkdir()
    with turn(a_plan(shared, tmp_path / "s.csv", "writer"), runs, lambda: None):
        reader = Going(made, runs)
        assert reader.waits.wait(20)
    assert reader.end().rows == 3
    with turn(made, runs, lambda: None), turn(replace(made, target=Place("folder", {})), runs, lambda: pytest.fail()):
        pass  # readers do not wait for each other


def test_loads_that_wait_for_a_file_keep_no_other_waiting(home: Home, tmp_path: Path) -> None:
    ctx = home.context()
    source_database(ctx, tmp_path)
    dwh = connect(ctx, "dwh", "sqlite", {"path": str(tmp_path / "t.sqlite")})
    other = connect(ctx, "other", "sqlite", {"path": str(tmp_path / "o.sqlite")})
    csv = str(write_csv(tmp_path / "s.csv", ["id"], [(1,)]))
    endless = order(ctx, dwh, ENDLESS, "t", "endless")
    first = started(ctx, endless)
    until(ctx, first, lambda run: run.phase == Phase.LOAD)
    behind = list(loads.run_now(ctx, [order(ctx, dwh, csv, f"t{n}", f"n{n}") for n in range(5)]).values())
    done(ctx, started(ctx, order(ctx, other, csv, "t", "elsewhere")))
    assert {(run.state, run.phase) for run in (loads.run(ctx, run_id) for run_id in behind)} == {
        (RunStage.QUEUED, Phase.TURN)
    }
    assert "another load has its file" in home.ok("worker", "status")
    loads.stop_runs(ctx, [endless])
    for run_id in behind:
        assert done(ctx, run_id).rows == 1


def test_a_run_that_never_began_ends_with_its_destination(home: Home, tmp_path: Path) -> None:
    ctx = home.context()
    dwh = connect(ctx, "dwh", "sqlite", {"path": str(tmp_path / "t.sqlite")})
    order_id = order(ctx, dwh, str(write_csv(tmp_path / "s.csv", ["id"], [(1,)])), "t", cron="0 6 * * *")
    home.ok("worker", "stop")
    with ctx.store.write() as tx:
        run_id = queueing.queue_load(tx, load_row(tx, order_id), "ines")
        tx.execute(update(schema.jobs).where(schema.jobs.c.run_id == run_id).values(state="claimed", worker="killed"))
        tx.execute(update(schema.destinations).values(deleted_at=tx.now))
        tx.execute(update(schema.load_orders).values(deleted_at=tx.now))
    ctx.wake_worker()
    assert end_of(ctx, run_id).state is RunStage.STOPPED
    destinations.restore(ctx, dwh)
    assert loads.order(ctx, order_id).status is not OrderStatus.RUNNING


def load_row(tx, order_id):
    return tx.execute(schema.load_orders.select().where(schema.load_orders.c.id == order_id)).one()


@pytest.fixture
def quiet(home: Home) -> Context:
    """A store with an active destination that no worker knows of."""
    home.config.prepare()
    ctx = home.context()
    with ctx.store.write() as tx:
        workers.register(tx, worker="w", host=ctx.host, pid=1, birth="x", version="1")
    return ctx


def active(ctx: Context, path: Path, server: str = "") -> str:
    kind = "postgres" if server else "folder"
    fields = {"host": server, "database": "d", "user": "u"} if server else {"path": str(path)}
    added = destinations.add(ctx, kind, "landing", fields, {"password": Secret("secret")} if server else {})
    with ctx.store.write() as tx:
        tx.execute(update(schema.jobs).values(state="done"))
        tx.execute(update(schema.checks).values(state="passed"))
        tx.execute(update(schema.destinations).values(status="active"))
    return added.destination_id


def test_what_is_still_to_be_told_of_a_destination_changes_nothing_when_it_is_deleted(
    quiet: Context, tmp_path: Path
) -> None:
    landing = active(quiet, tmp_path)
    ((check_id,),) = quiet.store.fetch("SELECT id FROM checks")
    with quiet.store.write() as tx:
        jobs.enqueue(tx, Kind.ANNOUNCE, "news", destination_id=landing, check_id=check_id)
    destinations.delete(quiet, [landing])
    destinations.restore(quiet, landing)
    assert destinations.get(quiet, landing).status is Status.ACTIVE
    assert quiet.store.fetch("SELECT state FROM checks WHERE id = :id", {"id": check_id}) == [("passed",)]
    assert [row[0] for row in quiet.store.fetch("SELECT verb FROM events ORDER BY id")][-2:] == ["deleted", "restored"]


def test_files_stay_those_of_their_host_when_something_else_is_changed_from_another(
    quiet: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = order(quiet, active(quiet, tmp_path, "db.test"), "/data/in.csv", "t", cron="0 6 * * *")
    here = loads.order(quiet, order_id)
    monkeypatch.setattr(Config, "host", property(lambda self: "elsewhere"))
    elsewhere = Context(quiet.config, quiet.store)
    loads.save(elsewhere, replace(here.draft, cron="0 7 * * *"))
    assert loads.order(elsewhere, order_id).host == here.host
    with elsewhere.store.write() as tx:
        run_id = queueing.queue_load(tx, load_row(tx, order_id), "ines")
    loads.save(elsewhere, replace(loads.order(elsewhere, order_id).draft, source="/data/other.csv"))
    assert loads.order(elsewhere, order_id).host == "elsewhere"
    assert elsewhere.store.fetch("SELECT pinned FROM jobs WHERE run_id = :id", {"id": run_id}) == [("elsewhere",)]
    told = elsewhere.store.fetch("SELECT detail FROM events ORDER BY id DESC LIMIT 1")[0][0]
    assert told == "orders: source, host"


def test_save_and_run_says_whether_another_run_goes_on(quiet: Context, tmp_path: Path) -> None:
    order_id = order(quiet, active(quiet, tmp_path), "/data/in.csv", "t", cron="0 6 * * *")
    first = loads.save(quiet, loads.order(quiet, order_id).draft, run=True)
    again = loads.save(quiet, loads.order(quiet, order_id).draft, run=True)
    assert (first.joined, again.joined, again.run_id) == (False, False, first.run_id), "it has not begun"
    with quiet.store.write() as tx:
        load_runs.begin(tx, str(first.run_id), 1)
    assert loads.save(quiet, loads.order(quiet, order_id).draft, run=True).joined
    loads.pause(quiet, [order_id])
    assert loads.save(quiet, loads.order(quiet, order_id).draft).paused
