"""Load orders through a real worker: into each target, killed, waiting, rotated, deleted, by the clock."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from destui.domain.check import CheckState, Reason
from destui.domain.destination import Status
from destui.domain.errors import Conflict, InvalidInput, NameInUse, NotFound, NotNow
from destui.domain.loads import FileOptions, Mode, RunState
from destui.domain.orders import Missed, OrderDraft, OrderStatus, RunStage
from destui.domain.schedule import CronMistake
from destui.domain.secret import Secret
from destui.services import checks, destinations, load_sources, loads, rotation, status
from destui.services.following import follow
from destui.store import destinations as store_destinations
from destui.store import jobs, load_orders, schema
from destui.store.times import now_us
from tests.e2e.load_checks import MODES, Sink, apart, plan, sink, write_csv
from tests.e2e.order_checks import (
    ENDLESS,
    connect,
    connect_sink,
    done,
    end_of,
    order,
    runners,
    source_database,
    started,
    the_runner,
    the_worker,
    until,
)
from tests.e2e.worker_checks import all_is_done
from tests.fixtures import Home
from tests.servers.postgres import LOADER_PASSWORD, Postgres

__all__ = ["sink"]
ROWS = 200_000
KILLS = int(os.environ.get("DESTUI_KILLS", "2"))
TARGETS = ["postgres", "mysql", "sqlite", "duckdb", "parquet"]


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV of 200,000 rows."""
    path = tmp_path_factory.mktemp("big") / "big.csv"
    return write_csv(path, ["id", "name", "amount"], [(n, f"name {n}", n / 4) for n in range(ROWS)])


def small(folder: Path, rows: int = 3) -> Path:
    return write_csv(folder / "small.csv", ["id", "name"], [(n, f"n{n}") for n in range(rows)])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sink", TARGETS, indirect=True)
def test_kills_of_worker_and_run_lose_nothing_and_double_nothing(home: Home, sink: Sink, big: Path, mode: str) -> None:
    if mode != "append" and "DESTUI_KILLS" not in os.environ:
        pytest.skip("DESTUI_KILLS=40 kills in each mode")
    ctx = home.context()
    dwh, dice = connect_sink(ctx, sink), random.Random(f"{sink.kind} {mode}")
    key = ("id",) if mode == "merge" else ()
    table, order_id, loads_of_it = "", "", 0
    for number in range(KILLS):
        if number % 4 == 0:  # a new one now and then, since what is appended grows
            table, loads_of_it = sink.table(), 0
            order_id = order(ctx, dwh, str(big), table, f"orders {number}", mode=Mode(mode), key=key)
        run_id = started(ctx, order_id)
        worker = the_worker(ctx)
        while not (runner := runners(worker)) and loads.run(ctx, run_id).state.is_open:
            time.sleep(0.005)  # processes tell nobody that they begin
        time.sleep(dice.random() * 0.9)  # at any moment of the load, also after its end
        with suppress(ProcessLookupError):
            for pid in [worker] if number % 2 else runner:
                os.kill(pid, signal.SIGKILL)
        run = done(ctx, run_id)
        loads_of_it += 1
        times = loads_of_it if mode == "append" else 1
        rows = sink.read(table)
        assert len(rows) == times * ROWS and run.rows == ROWS
        assert sum(int(row["id"]) for row in rows) == times * ROWS * (ROWS - 1) // 2
    assert not list((home.path / "runs").iterdir()), "what was put aside is gone"


@pytest.mark.parametrize("sink", TARGETS, indirect=True)
def test_a_try_that_loaded_and_could_not_say_so_is_found(home: Home, sink: Sink, tmp_path: Path) -> None:
    ctx = home.context()
    dwh, table, source = connect_sink(ctx, sink), sink.table(), small(tmp_path)
    order_id = order(ctx, dwh, str(source), table)

    def status_is(status: str) -> None:
        with ctx.store.write() as tx:
            store_destinations.change(tx, dwh, {"status": status})

    for is_stopped in (False, True):
        status_is("initializing")
        run_id = started(ctx, order_id)
        assert apart(plan(sink, table, source, run_id=run_id), tmp_path).rows == 3
        with ctx.store.write() as tx:  # what is left of a try that was killed behind its commit
            (job,) = jobs.open_for(tx, destination_id=dwh, kinds=(jobs.Kind.LOAD,))
            tx.execute(update(schema.jobs).where(schema.jobs.c.id == job.id).values(attempt=1, cancel=is_stopped))
        source.rename(tmp_path / "gone.csv")  # as loaded files are moved away
        status_is("active")
        run = done(ctx, run_id)
        assert (run.attempt, run.rows) == (2, 3)
        (tmp_path / "gone.csv").rename(source)
    assert sink.count(table) == 6
    missing = replace(plan(sink, table, source, run_id="neverseen"), again=True, only_look=True)
    assert apart(missing, tmp_path).state is RunState.STOPPED
    assert sink.count(table) == 6


def test_a_run_that_is_killed_again_has_failed_and_the_worker_goes_on(home: Home, tmp_path: Path) -> None:
    ctx = home.context()
    source_database(ctx, tmp_path)
    dwh = connect(ctx, "dwh", "sqlite", {"path": str(tmp_path / "t.sqlite")})
    run_id = started(ctx, order(ctx, dwh, ENDLESS, "t"))
    worker = the_worker(ctx)
    first = the_runner(worker)
    os.kill(first, signal.SIGKILL)
    second = the_runner(worker)
    while second == first:
        second = the_runner(worker)
    os.kill(second, signal.SIGKILL)
    run = end_of(ctx, run_id)
    assert run.state is RunStage.FAILED and run.diagnosis is not None and run.diagnosis.code == "LOAD-KILLED"
    assert the_worker(ctx) == worker
    assert any("Trying once more" in line for line in run.log)
    found = destinations.get(ctx, dwh)
    assert found.status is Status.ACTIVE, "that is no fault of the destination's"


@pytest.mark.parametrize("sink", ["sqlite", "postgres"], indirect=True)
def test_stop_ends_within_two_seconds_and_leaves_the_table(home: Home, sink: Sink, tmp_path: Path) -> None:
    ctx = home.context()
    source_database(ctx, tmp_path)
    dwh, table = connect_sink(ctx, sink), sink.table()
    done(ctx, started(ctx, order(ctx, dwh, str(small(tmp_path)), table, "first")))
    long = order(ctx, dwh, "src:select range as id, 'x' as name from range(300000000)", table, "long")
    run_id = started(ctx, long)
    until(ctx, run_id, lambda run: run.rows > 0)
    began = time.monotonic()
    assert loads.stop_runs(ctx, [long]) == 1
    run = end_of(ctx, run_id)
    assert time.monotonic() - began < 2.5
    assert run.state is RunStage.STOPPED and sink.count(table) == 3
    assert loads.order(ctx, long).status is OrderStatus.STOPPED
    assert loads.stop_runs(ctx, [long]) == 0


def test_a_load_waits_for_its_destination_and_goes_on(home: Home, postgres: Postgres, tmp_path: Path) -> None:
    ctx = home.context()
    added = destinations.add(ctx, "postgres", "dwh", postgres.fields, {"password": Secret("wrong")})
    assert [c.state for c in follow(ctx, [added.check_id], 60)][-1] is CheckState.FAILED
    order_id = order(ctx, added.destination_id, str(small(tmp_path)), "waited")
    run_id = started(ctx, order_id)
    waiting = loads.order(ctx, order_id)
    assert waiting.status is OrderStatus.WAITING and waiting.run is not None
    assert (waiting.run.state, waiting.run.waits_for) == (RunStage.WAITING, "dwh is in Error: re-authorize it.")
    assert runners(the_worker(ctx)) == []
    version = destinations.get(ctx, added.destination_id).version
    rotation.reauthorize(ctx, added.destination_id, version, None, {"password": Secret(LOADER_PASSWORD)})
    assert done(ctx, run_id).rows == 3
    postgres.run("DROP TABLE analytics.waited")


def test_credentials_that_no_longer_work_turn_the_destination_to_error(
    home: Home, postgres: Postgres, tmp_path: Path
) -> None:
    ctx = home.context()
    postgres.run("CREATE ROLE leaver LOGIN PASSWORD 'before'", "GRANT USAGE, CREATE ON SCHEMA analytics TO leaver")
    dwh = connect(ctx, "dwh", "postgres", {**postgres.fields, "user": "leaver"}, {"password": Secret("before")})
    order_id = order(ctx, dwh, str(small(tmp_path)), "left")
    postgres.run("ALTER ROLE leaver PASSWORD 'after'")
    run = end_of(ctx, started(ctx, order_id))
    assert run.state is RunStage.FAILED and run.diagnosis is not None
    assert run.diagnosis.causes[0] == "wrong_password" and "before" not in str(run)
    found = destinations.get(ctx, dwh)
    assert found.status is Status.ERROR and found.check is not None and found.check.diagnosis == run.diagnosis
    assert found.check.reason is Reason.LOAD
    postgres.run("DROP OWNED BY leaver", "DROP ROLE leaver")


def test_a_run_keeps_its_credentials_when_they_are_rotated_meanwhile(home: Home, postgres: Postgres, big: Path) -> None:
    ctx = home.context()
    postgres.run("CREATE ROLE newcomer LOGIN PASSWORD 'new'", "GRANT USAGE, CREATE ON SCHEMA analytics TO newcomer")
    dwh = connect(ctx, "dwh", "postgres", postgres.fields, {"password": Secret(LOADER_PASSWORD)})
    run_id = started(ctx, order(ctx, dwh, str(big), "rotated"))
    worker = the_worker(ctx)
    runner = the_runner(worker)
    os.kill(runner, signal.SIGSTOP)  # in the middle, for as long as the rotation takes
    version = destinations.get(ctx, dwh).version
    changed = {**postgres.fields, "user": "newcomer"}
    check_id = rotation.reauthorize(ctx, dwh, version, changed, {"password": Secret("new")})
    assert [c.state for c in follow(ctx, [check_id], 60)][-1].is_good
    assert destinations.get(ctx, dwh).fields["user"] == "newcomer"
    ctx.vault.sweep()
    os.kill(worker, signal.SIGKILL)  # a new attempt reads them again
    run = done(ctx, run_id)
    with suppress(ProcessLookupError):
        os.kill(runner, signal.SIGCONT)  # stopped before it was bound to its worker, it sees only now that that is gone
    assert run.attempt > 1 and run.rows == ROWS
    with postgres.connect() as connection:
        (owner,) = connection.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'rotated'").fetchone() or ()
        (count,) = connection.execute("SELECT count(*) FROM analytics.rotated").fetchone() or ()
    assert (owner, count) == ("loader", ROWS)
    postgres.run("DROP TABLE analytics.rotated", "DROP OWNED BY newcomer", "DROP ROLE newcomer")


def test_deleting_a_destination_stops_its_loads_first(home: Home, tmp_path: Path) -> None:
    ctx = home.context()
    source_database(ctx, tmp_path)
    dwh = connect(ctx, "dwh", "sqlite", {"path": str(tmp_path / "t.sqlite")})
    done(ctx, started(ctx, order(ctx, dwh, str(small(tmp_path)), "t", "first")))
    order_id = order(ctx, dwh, ENDLESS, "t", "endless")
    run_id = started(ctx, order_id)
    runner = the_runner(the_worker(ctx))
    told = destinations.consequences(ctx, dwh)
    assert (told.load_orders, told.rows) == (2, 3) and told.last_load is not None
    assert destinations.delete(ctx, [dwh]) == 1
    assert not Path(f"/proc/{runner}").exists(), "it ended before the destination went"
    assert loads.count(ctx) == 0
    with pytest.raises(NotFound):
        loads.order(ctx, order_id)
    destinations.restore(ctx, dwh)
    assert sorted(o.name for o in loads.orders(ctx, dwh, 0, 9)) == ["endless", "first"]
    assert loads.run(ctx, run_id).state is RunStage.STOPPED


def test_deleting_an_order_stops_it_and_what_is_loaded_stays(home: Home, tmp_path: Path) -> None:
    ctx = home.context()
    source_database(ctx, tmp_path)
    dwh = connect(ctx, "dwh", "sqlite", {"path": str(tmp_path / "t.sqlite")})
    order_id = order(ctx, dwh, ENDLESS, "t")
    run_id = started(ctx, order_id)
    runner = the_runner(the_worker(ctx))
    assert loads.delete(ctx, [order_id]) == 1
    end = time.monotonic() + 5
    while Path(f"/proc/{runner}").exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert not Path(f"/proc/{runner}").exists()
    with pytest.raises(NotFound):
        loads.run(ctx, run_id)
    assert all_is_done(ctx)


def test_a_schedule_fires_by_itself(home: Home, tmp_path: Path) -> None:
    ctx = home.context()
    dwh = connect(ctx, "dwh", "sqlite", {"path": str(tmp_path / "t.sqlite")})
    order_id = order(ctx, dwh, str(small(tmp_path)), "t", cron="0 0 1 1 *", tz="Europe/Berlin")
    planned = loads.order(ctx, order_id)
    assert planned.next_run_at is not None and planned.next_run_at > datetime.now(UTC)
    due = now_us() + 1_000_000
    with ctx.store.write() as tx:
        load_orders.change(tx, order_id, {"next_run_at": due})
    end = time.monotonic() + 20
    while (found := loads.order(ctx, order_id)).status is not OrderStatus.DONE and time.monotonic() < end:
        time.sleep(0.1)
    assert found.run is not None and found.run.by == "schedule" and found.run.rows == 3
    assert found.next_run_at == planned.next_run_at
    (run,) = loads.runs(ctx, order_id, 0, 9)
    assert run.due_at is not None and run.started_at is not None
    assert (run.started_at - run.due_at).total_seconds() < 6


@pytest.mark.embedded
def test_a_schedule_keeps_the_worker_and_a_missed_time_is_run_on_return(home: Home, tmp_path: Path) -> None:
    ctx = home.context()
    dwh = connect(ctx, "dwh", "sqlite", {"path": str(tmp_path / "t.sqlite")})
    run_late = order(ctx, dwh, str(small(tmp_path)), "t", "late", cron="0 0 1 1 *")
    skip_late = order(ctx, dwh, str(small(tmp_path)), "t", "skipped", cron="0 0 1 1 *", missed=Missed.SKIP)
    os.kill(the_worker(ctx), signal.SIGKILL)
    with ctx.store.write() as tx:
        for identity in (run_late, skip_late):
            load_orders.change(tx, identity, {"next_run_at": now_us() - 3_600_000_000})
    # One that would leave when idle for a second; a schedule needs it, and gone is the schedule, it goes.
    code = "import destui.config as c, destui.worker.process as p; p.run(c.load_config(), idle_seconds=1)"
    with subprocess.Popen([sys.executable, "-c", code], env=home.environment, stderr=subprocess.PIPE) as worker:
        end = time.monotonic() + 30
        while loads.order(ctx, run_late).status is not OrderStatus.DONE and time.monotonic() < end:
            time.sleep(0.1)
        assert loads.order(ctx, run_late).status is OrderStatus.DONE
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(8)
        assert loads.runs(ctx, skip_late, 0, 9) == []
        assert loads.pause(ctx, [run_late, skip_late]) == 2
        assert worker.wait(30) == 0


@pytest.mark.embedded
def test_a_worker_is_started_for_a_schedule_and_missing_on_a_team_store_it_is_told(home: Home, tmp_path: Path) -> None:
    ctx = home.context()
    dwh = connect(ctx, "dwh", "sqlite", {"path": str(tmp_path / "t.sqlite")})
    order(ctx, dwh, str(small(tmp_path)), "t", cron="@daily")
    os.kill(the_worker(ctx), signal.SIGKILL)
    ctx.mend_worker()
    end = time.monotonic() + 30
    while not any(w.alive and Path(f"/proc/{w.pid}").exists() for w in status.workers(ctx)):
        assert time.monotonic() < end
        time.sleep(0.1)


def test_what_cannot_be_an_order_is_refused_with_all_its_problems(home: Home, tmp_path: Path) -> None:
    ctx = home.context()
    dwh = connect(ctx, "dwh", "sqlite", {"path": str(tmp_path / "t.sqlite")})
    acted = destinations.add(ctx, "simulator", "acted", {"seconds": 0}, {}).destination_id
    good = OrderDraft(dwh, "orders", "/data/a.csv", "t")

    def problems(**changes: object) -> dict[str, str]:
        with pytest.raises(InvalidInput) as caught:
            loads.save(ctx, OrderDraft(**{**vars(good), **changes}))  # type: ignore[arg-type]
        return {p.field: p.message for p in caught.value.problems}

    assert set(problems(name="\n", mode=Mode.MERGE, cron="61 * * * *", tz="Nowhere", source="")) == {
        "name", "key", "cron", "tz", "source",
    }  # fmt: skip
    assert "no loads into the type simulator" in problems(destination_id=acted)["destination"]
    assert "nothing to read" in problems(source="acted:t")["source"]
    assert "no destination named" in problems(source="dhw:t")["source"]
    assert set(problems(options=FileOptions(encoding="klingon", format="xls", quote="''"))) == {
        "encoding", "format", "quote",
    }  # fmt: skip
    with pytest.raises(CronMistake) as caught:
        loads.save(ctx, OrderDraft(**{**vars(good), "cron": "0 66 * * *"}))
    assert (caught.value.at, caught.value.length) == (2, 2)
    with pytest.raises(NotFound):
        loads.save(ctx, OrderDraft("gone", "orders", "/a.csv", "t"))
    assert loads.count(ctx) == 0


def test_an_order_is_changed_paused_and_duplicated(home: Home, tmp_path: Path) -> None:
    ctx = home.context()
    dwh = connect(ctx, "dwh", "sqlite", {"path": str(tmp_path / "t.sqlite")})
    order_id = order(ctx, dwh, str(small(tmp_path)), "t", cron="@daily", tz="UTC")
    stale = loads.order(ctx, order_id).draft
    loads.save(ctx, OrderDraft(**{**vars(stale), "table": "u", "mode": Mode.REPLACE}))
    changed = loads.order(ctx, order_id)
    assert (changed.table, changed.mode, changed.version) == ("u", Mode.REPLACE, 2)
    with pytest.raises(Conflict, match=r"load edited \(orders: table, mode\)"):
        loads.save(ctx, stale)
    assert loads.pause(ctx, [order_id]) == 1 and loads.pause(ctx, [order_id]) == 0
    paused = loads.order(ctx, order_id)
    assert paused.status is OrderStatus.PAUSED and paused.next_run_at is None
    assert done(ctx, started(ctx, order_id)).rows == 3, "by hand it runs all the same"
    loads.save(ctx, OrderDraft(**{**vars(loads.order(ctx, order_id).draft), "cron": "@hourly"}))
    assert loads.order(ctx, order_id).next_run_at is None
    assert loads.resume(ctx, [order_id]) == 1 and loads.order(ctx, order_id).next_run_at is not None
    copy = loads.duplicate(ctx, order_id)
    assert (copy.name, copy.order_id, copy.table, copy.cron) == ("orders 2", None, "u", "@hourly")
    by_hand = loads.save(ctx, OrderDraft(**{**vars(copy), "cron": ""})).order_id
    with pytest.raises(NotNow):
        loads.pause(ctx, [by_hand])
    with pytest.raises(NameInUse):
        loads.save(ctx, OrderDraft(**{**vars(copy), "name": "orders"}))


def test_a_preview_shows_source_table_and_tables(home: Home, tmp_path: Path) -> None:
    ctx = home.context()
    source_database(ctx, tmp_path)
    dwh = connect(ctx, "dwh", "sqlite", {"path": str(tmp_path / "t.sqlite")})
    done(ctx, started(ctx, order(ctx, dwh, str(small(tmp_path)), "t")))

    def look(source: str, **more: object) -> load_sources.Preview:
        found = load_sources.wait_for_preview(ctx, load_sources.preview(ctx, dwh, source, **more), 30)  # type: ignore[arg-type]
        assert found is not None
        return found

    tables = look("")
    assert (tables.tables, tables.columns, tables.diagnosis) == (("t",), (), None)
    new = look(str(small(tmp_path)))
    assert ([c.name for c in new.columns], len(new.rows), new.table_exists) == (["id", "name"], 3, False)
    there = look("src:select 7 as id, 'x' as name", table="t")
    assert there.table_exists and there.rows == (("7", "x"),) and there.diagnosis is None
    missing = look("/nowhere/at/all.csv", table="t")
    assert missing.diagnosis is not None and missing.diagnosis.code == "LOAD-SOURCE-MISSING"
    assert missing.tables == ("t",)
    with pytest.raises(NotFound):
        load_sources.previewed(ctx, "gone")


def test_a_source_that_was_deleted_fails_with_words(home: Home, tmp_path: Path) -> None:
    ctx = home.context()
    src = source_database(ctx, tmp_path)
    dwh = connect(ctx, "dwh", "sqlite", {"path": str(tmp_path / "t.sqlite")})
    order_id = order(ctx, dwh, "src:select 1 as id", "t")
    destinations.edit(ctx, src, 1, name="renamed")
    assert loads.order(ctx, order_id).source.text == "renamed:select 1 as id"
    assert done(ctx, started(ctx, order_id)).rows == 1
    destinations.delete(ctx, [src])
    run = end_of(ctx, started(ctx, order_id))
    assert run.diagnosis is not None and run.diagnosis.code == "LOAD-SOURCE-GONE" and run.of_source


def test_stopping_a_check_leaves_the_loads_alone(home: Home, tmp_path: Path) -> None:
    ctx = home.context()
    source_database(ctx, tmp_path)
    dwh = connect(ctx, "dwh", "sqlite", {"path": str(tmp_path / "t.sqlite")})
    order_id = order(ctx, dwh, ENDLESS, "t")
    run_id = started(ctx, order_id)
    until(ctx, run_id, lambda run: run.phase == "loading")
    assert not checks.cancel(ctx, destination_id=dwh)
    check_id = checks.request(ctx, [dwh])[dwh]
    assert not [c.state for c in follow(ctx, [check_id], 60)][-1].is_open, "a load holds up no check"
    assert loads.run(ctx, run_id).state is RunStage.RUNNING
    loads.stop_runs(ctx, [order_id])
    assert end_of(ctx, run_id).state is RunStage.STOPPED
