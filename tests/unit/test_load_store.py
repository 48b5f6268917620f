"""Load orders and runs in the store, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, update

from destui.domain.check import CheckState, Diagnosis, Outcome, Reason, Step, StepState
from destui.domain.destination import Status
from destui.domain.errors import NameInUse, NotFound
from destui.domain.loads import Mode, Phase, Progress, RunResult, RunState, SourceSpec
from destui.domain.orders import LoadOrder, Missed, OrderDraft, OrderStatus, RunStage
from destui.store import (
    changes,
    checks,
    destinations,
    documents,
    housekeeping,
    jobs,
    load_orders,
    load_outcome,
    load_reading,
    load_runs,
    outcome,
    queueing,
    reading,
    rows,
    schema,
    secrets,
    watching,
    workers,
)
from destui.store.engine import Store, Tx
from destui.store.jobs import Kind, Work
from destui.store.load_reading import OrderKey, OrderSort
from destui.store.times import now_us, to_us
from destui.worker import dispatch

HOST = "ops1"
MINUTE = 60_000_000
DAY = 86_400_000_000
REFUSED = Diagnosis("sign in", "PG-28P01", ("wrong_password",), "The password is wrong.", "Type it again.", "no")


def place(
    store: Store, name: str = "dwh", status: str = "active", secret_id: str | None = None, type_id: str = "sqlite"
) -> str:
    with store.write() as tx:
        identity = destinations.add(
            tx, name=name, type_id=type_id, fields={"path": f"/tmp/{name}"}, tags=(), connected_by="ines@acme.test",
            host="", secret_id=secret_id,
        )  # fmt: skip
        destinations.change(tx, identity, {"status": status})
    return identity


def draft(destination_id: str, name: str = "orders", **more: Any) -> OrderDraft:
    return replace(OrderDraft(destination_id, name, "/data/orders.csv", "orders"), **more)


def add(tx: Tx, made: OrderDraft, source_id: str | None = None, host: str = "") -> str:
    spec = SourceSpec(destination="crm", table="t") if source_id else SourceSpec(path=made.source)
    return load_orders.add(tx, replace(made, tz=made.tz or "UTC"), spec, source_id=source_id, host=host, by="ines")


def an_order(store: Store, destination_id: str, name: str = "orders", **more: Any) -> str:
    with store.write() as tx:
        return add(tx, draft(destination_id, name, **more))


def queued(store: Store, order_id: str) -> str:
    with store.write() as tx:
        return queueing.queue_load(tx, load_orders.locked(tx, order_id), "nora")


def a_worker(store: Store, name: str = "w1") -> None:
    with store.write() as tx:
        if not any(w.id == name for w in workers.on_record(store)):
            workers.register(tx, worker=name, host=HOST, pid=1, birth="1", version="0")


def claimed(store: Store, worker: str = "w1", slots: int = 10) -> list[str]:
    a_worker(store, worker)
    with store.write() as tx:
        return [job_id for job_id, _ in jobs.claim(tx, worker, HOST, slots)]


def begun(store: Store, worker: str = "w1") -> Work:
    (job_id,) = claimed(store, worker)
    return begun_as(store, job_id, worker)


def begun_as(store: Store, job_id: str, worker: str = "w1") -> Work:
    with store.write() as tx:
        work = jobs.begin(tx, job_id, worker)
        assert work is not None and work.run_id is not None
        load_runs.begin(tx, work.run_id, work.attempt)
    return work


def ended(store: Store, work: Work, result: RunResult) -> None:
    assert work.run_id is not None
    with store.write() as tx:
        assert jobs.finish(tx, work)
        load_outcome.apply(tx, work.run_id, result, host=HOST)


def told(store: Store, seen: int) -> set[str]:
    """The rows of which the others were told since then."""
    return {change.row_id for change in changes.since(store, seen)}


def the_order(store: Store, order_id: str) -> LoadOrder:
    (found,) = load_reading.by_ids(store, [order_id])
    return found


def test_an_order_is_read_as_it_was_saved(any_store: Store) -> None:
    dwh, crm = place(any_store), place(any_store, "crm")
    made = draft(dwh, "Täglich", mode=Mode.MERGE, key=("id", "größe"), cron="0 6 * * 1-5", tz="Europe/Berlin",
                 missed=Missed.SKIP, add_columns=True)  # fmt: skip
    with any_store.write() as tx:
        order_id = add(tx, made, crm, HOST)
    found = load_reading.by_name(any_store, "Täglich")
    assert found == the_order(any_store, order_id)
    assert (found.destination, found.destination_type, found.destination_status) == ("dwh", "sqlite", Status.ACTIVE)
    assert (found.source.text, found.source_id, found.table, found.host) == ("crm:t", crm, "orders", HOST)
    assert (found.mode, found.key, found.missed, found.add_columns) == (made.mode, made.key, made.missed, True)
    assert (found.status, found.run, found.version, found.by) == (OrderStatus.SCHEDULED, None, 1, "ines")
    assert found.next_run_at is not None and found.next_run_at > datetime.now(UTC)
    with any_store.write() as tx:
        destinations.change(tx, crm, {"name": "crm_2"})
    assert the_order(any_store, order_id).source.text == "crm_2:t"
    assert load_reading.by_name(any_store, "täglich") is None


def test_names_are_unique_and_tell_capitals_apart(any_store: Store) -> None:
    dwh = place(any_store)
    first = an_order(any_store, dwh)
    an_order(any_store, dwh, "Orders")
    with pytest.raises(NameInUse):
        an_order(any_store, dwh)
    assert load_reading.name_taken(any_store, "orders") and not load_reading.name_taken(any_store, "orders", first)
    with any_store.write() as tx:
        assert load_orders.free_name(tx, "orders") == "orders 2"
        load_orders.remove(tx, load_orders.locked(tx, first))
    an_order(any_store, dwh)


def test_orders_are_counted_on_their_destination(any_store: Store) -> None:
    dwh = place(any_store)
    place(any_store, "other")
    an_order(any_store, dwh)
    an_order(any_store, dwh, "more")
    found = reading.by_id(any_store, dwh)
    assert found is not None and found.load_orders == 2
    assert {row.name: row.load_orders for row in rows.page(any_store, rows.Order(), 0, 9)} == {"dwh": 2, "other": 0}
    assert [d["load_orders"] for d in documents.destinations(any_store)] == [2, 0]
    assert (load_reading.count(any_store), load_reading.count(any_store, dwh)) == (2, 2)
    assert load_reading.last_load(any_store, dwh) is None


def test_pages_and_ranks_agree_in_every_order(any_store: Store) -> None:
    places = [place(any_store, f"d{n}", "active" if n else "error") for n in range(3)]
    for number in range(13):
        cron = f"{number} 6 * * *" if number % 2 else ""
        order_id = an_order(any_store, places[number % 3], f"n{number % 5}-{number}", cron=cron)
        if number % 4 == 0:
            queued(any_store, order_id)
    for key in OrderKey:
        for descending in (False, True):
            for of in (None, places[1]):
                sort = OrderSort(key, descending)
                whole = [o.id for o in load_reading.page(any_store, of, sort, 0, 50)]
                paged = [o.id for start in range(0, 15, 4) for o in load_reading.page(any_store, of, sort, start, 4)]
                assert paged == whole and len(set(whole)) == load_reading.count(any_store, of)
                ranks = [load_reading.position(any_store, of, sort, identity) for identity in whole]
                assert ranks == list(range(len(whole)))
    assert load_reading.position(any_store, None, OrderSort(), "gone") is None


def test_a_run_from_asking_to_its_end(any_store: Store) -> None:
    dwh = place(any_store)
    order_id = an_order(any_store, dwh)
    seen = changes.last(any_store)
    run_id = queued(any_store, order_id)
    assert queued(any_store, order_id) == run_id, "it never overlaps itself"
    assert the_order(any_store, order_id).status is OrderStatus.RUNNING
    work = begun(any_store)
    assert (work.kind, work.run_id, work.destination_id) == (Kind.LOAD, run_id, dwh)
    with any_store.write() as tx:
        load_runs.write_progress(tx, run_id, order_id, Progress(Phase.LOAD, 500, 40, 160, 99.5, disk=9))
        load_runs.write_log(tx, run_id, ["one", "two"])
    shown = the_order(any_store, order_id).running
    assert shown is not None and (shown.rows, shown.share, shown.phase, shown.disk) == (500, 0.25, "loading", 9)
    with any_store.write() as tx:
        load_runs.write_progress(tx, run_id, order_id, Progress(Phase.LOAD, 500, total_rows=1000))
    shown = the_order(any_store, order_id).running
    assert shown is not None and shown.share == 0.5, "where no size is known, by rows"
    ended(
        any_store, work, RunResult(RunState.DONE, 2000, 160, 4.0, ("vat",), warnings=("Mind the gap.",), peak_disk=11)
    )
    run = load_reading.run(any_store, run_id)
    assert run is not None and run.finished_at is not None and run.started_at is not None
    assert (run.state, run.rows, run.columns_added, run.log) == (RunStage.DONE, 2000, ("vat",), ("one", "two"))
    assert run.disk == 11
    assert (run.rows_per_second, run.warnings, run.attempt) == (500.0, ("Mind the gap.",), 1)
    assert the_order(any_store, order_id).status is OrderStatus.DONE
    order = the_order(any_store, order_id)
    assert load_reading.last_load(any_store, dwh) == (to_us(run.finished_at), 2000, order.table)
    told = {(c.entity, c.row_id) for c in changes.since(any_store, seen)}
    assert {("order", order_id), ("run", run_id)} <= told
    assert [p.rows for p in load_reading.recent(any_store, [order_id], 5)[order_id]] == [2000]
    assert load_reading.runs(any_store, order_id, 0, 5) == [replace(run, log=())]


def test_an_order_whose_run_was_stopped_or_that_has_none_is_not_scheduled(any_store: Store) -> None:
    dwh = place(any_store)
    by_hand, by_time = an_order(any_store, dwh), an_order(any_store, dwh, "hourly", cron="0 * * * *")
    assert the_order(any_store, by_hand).status is OrderStatus.NEW
    assert the_order(any_store, by_time).status is OrderStatus.SCHEDULED
    queued(any_store, by_hand)
    ended(any_store, begun(any_store), RunResult(RunState.STOPPED))
    assert the_order(any_store, by_hand).status is OrderStatus.STOPPED


def test_a_load_waits_for_a_destination_that_is_not_active(any_store: Store) -> None:
    dwh, crm = place(any_store, status="initializing"), place(any_store, "crm", "error")
    with any_store.write() as tx:
        order_id = add(tx, draft(dwh), crm)
    run_id = queued(any_store, order_id)
    for waits_for, of in (("dwh is initializing.", dwh), ("crm is in Error: re-authorize it.", crm)):
        assert claimed(any_store) == [] and not jobs.has_queued(any_store) and not jobs.has_work(any_store)
        order = the_order(any_store, order_id)
        assert order.status is OrderStatus.WAITING and order.run is not None
        assert (order.run.state, order.run.waits_for) == (RunStage.WAITING, waits_for)
        assert load_reading.runs(any_store, order_id, 0, 1)[0].waits_for == waits_for
        with any_store.write() as tx:
            destinations.change(tx, of, {"status": "active"})
    assert jobs.has_queued(any_store) and jobs.has_work(any_store)
    assert begun(any_store).run_id == run_id


def test_a_worker_does_few_loads_at_once(any_store: Store) -> None:
    dwh = place(any_store, type_id="folder")
    for number in range(6):
        queued(any_store, an_order(any_store, dwh, f"n{number}"))
    assert len(claimed(any_store)) == jobs.PER_WORKER[Kind.LOAD] == 4
    assert claimed(any_store) == []
    with any_store.write() as tx:
        queueing.queue_check(tx, destinations.locked(tx, dwh), Reason.ASKED, "ines")
    assert len(claimed(any_store)) == 1, "checks are not held up by loads"
    assert len(claimed(any_store, "w2")) == 2


@pytest.mark.parametrize("type_id", ["sqlite", "duckdb"])
def test_loads_into_one_file_take_one_place_and_wait_for_each_other_in_the_queue(
    any_store: Store, type_id: str
) -> None:
    dwh, other = place(any_store, type_id=type_id), place(any_store, "other", type_id="folder")
    into = [an_order(any_store, dwh, f"n{number}") for number in range(10)]
    first, second, third, *_ = [queued(any_store, order_id) for order_id in into]
    with any_store.write() as tx:
        reader = add(tx, draft(other, "reads"), dwh)
    queued(any_store, reader)
    queued(any_store, an_order(any_store, other))
    seen = changes.last(any_store)
    taken = claimed(any_store)
    assert told(any_store, seen) >= {*into[:2], first, second}, "those that wait now are shown anew"
    assert (reader in told(any_store, seen)) == (type_id == "duckdb")
    assert the_order(any_store, into[0]).run.phase == "", "it is about to begin"
    works = [begun_as(any_store, job_id) for job_id in taken]
    reads_at_once = [] if type_id == "duckdb" else [reader]
    assert [load_reading.run(any_store, w.run_id or "").order_id for w in works[1:-1]] == reads_at_once
    assert works[0].run_id == first and not jobs.has_queued(any_store)
    assert the_order(any_store, into[1]).run.phase == load_reading.run(any_store, second).phase == Phase.TURN
    assert second in watching.at_work(any_store).kept
    assert the_order(any_store, into[0]).run.phase == ""
    seen = changes.last(any_store)
    ended(any_store, works[0], RunResult(RunState.DONE, 1))
    assert told(any_store, seen) >= {into[1], second}, "and those that wait no more"
    assert the_order(any_store, into[1]).run.phase == ""
    assert begun(any_store).run_id == second
    seen = changes.last(any_store)
    with any_store.write() as tx:
        load_runs.wait(tx, second, into[1], "The keyring is locked.")
    assert told(any_store, seen) >= {into[1], into[2], third}
    assert len(claimed(any_store)) == 1, "who waits for the vault has no file"


@pytest.mark.parametrize("any_store", ["sqlite"], indirect=True)
def test_what_is_asked_again_and_again_looks_at_open_jobs_only(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = any_store
    steps: list[str] = []
    fetch, asks = store.fetch, re.compile("(SELECT|UPDATE|DELETE)")

    def explained(sql: str, values: Mapping[str, Any] | None = None) -> Sequence[Sequence[Any]]:
        steps.extend(row[3] for row in fetch(f"EXPLAIN QUERY PLAN {sql}", values))
        return fetch(sql, values)

    def explain(_: Any, cursor: Any, sql: str, values: Any, *__: Any) -> None:
        if asks.match(sql):
            steps.extend(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall())

    dwh = place(store)
    queued(store, an_order(store, dwh))
    monkeypatch.setattr(store, "fetch", explained)
    event.listen(store.engine, "before_cursor_execute", explain)
    work = begun(store)
    assert jobs.cancelled(store, "w1") == set() and jobs.claimed_by(store, "w1") == [work.job_id]
    assert jobs.at_work(store, Kind.LOAD, [dwh]) and jobs.has_work(store) and watching.at_work(store).types
    assert watching.open_jobs(store, claimed=True, most=9) and not watching.open_jobs(store, claimed=False, most=9)
    assert not watching.not_active(store) and not jobs.hosts_wanting(store, [work.run_id or ""])
    with store.write() as tx:
        assert not jobs.open_job(tx, Kind.LOAD, "other") and not jobs.orphans(tx)
    ended(store, work, RunResult(RunState.DONE, 5))
    assert load_reading.last_load(store, dwh) is not None
    tables = {"jobs", "j", "begun", "load_runs", "r"}
    assert len(steps) > 20
    assert [step for step in steps if step.split()[:2] in [["SCAN", name] for name in tables]
            and "USING" not in step] == []  # fmt: skip


def test_a_run_keeps_to_what_its_first_attempt_began_with(any_store: Store) -> None:
    old = secrets.stage(any_store, ["password"])
    dwh = place(any_store, secret_id=old)
    with any_store.write() as tx:
        secrets.set_state(tx, old, "current", dwh)
    order_id = an_order(any_store, dwh)
    run_id = queued(any_store, order_id)
    work = begun(any_store)
    new = secrets.stage(any_store, ["password"])
    with any_store.write() as tx:
        secrets.discard(tx, old)
        secrets.set_state(tx, new, "current", dwh)
        destinations.change(tx, dwh, {"secret_id": new, "fields": '{"path": "/elsewhere"}', "config": 2})
        row = load_orders.locked(tx, order_id)
        load_orders.edit(tx, row, draft(dwh, table="other", tz="UTC"), SourceSpec(path="/b"), source_id=None, host="")
    assert secrets.to_sweep(any_store, 0) == [], "the run needs it still"
    with any_store.write() as tx:
        load_runs.begin(tx, run_id, 2)
    pinned = load_runs.pinned(any_store, run_id)
    assert pinned is not None
    assert (pinned.target.secret_id, pinned.target.fields["path"], pinned.target.config) == (old, "/tmp/dwh", 1)
    assert (pinned.table, pinned.source.path) == ("orders", "/data/orders.csv")
    ended(any_store, work, RunResult(RunState.DONE, 1))
    assert secrets.to_sweep(any_store, 0) == [old]


def test_a_run_tells_what_it_loaded_after_the_order_was_changed(any_store: Store) -> None:
    dwh, crm = place(any_store), place(any_store, "crm")
    with any_store.write() as tx:
        order_id = add(tx, draft(dwh, mode=Mode.MERGE, key=("id",)), crm)
    run_id = queued(any_store, order_id)
    assert the_order(any_store, order_id).run.task is None, "it has not begun"
    ended(any_store, begun(any_store), RunResult(RunState.DONE, 3))
    before = the_order(any_store, order_id)
    with any_store.write() as tx:
        destinations.change(tx, crm, {"name": "sales"})
    renamed = the_order(any_store, order_id)
    assert renamed.task.source.text == "sales:t" and before.task.source.text == "crm:t"
    assert before.run.task == before.task and renamed.run.task == renamed.task, "a new name changes nothing"
    with any_store.write() as tx:
        made = draft(dwh, table="other", tz="UTC")
        row = load_orders.locked(tx, order_id)
        load_orders.edit(tx, row, made, SourceSpec(path="/b"), source_id=None, host="")
    told = load_reading.run(any_store, run_id).task
    assert (told.table, told.mode, told.key, told.source.text) == ("orders", Mode.MERGE, ("id",), "crm:t")
    assert the_order(any_store, order_id).run.task == told != the_order(any_store, order_id).task
    assert load_reading.last_load(any_store, dwh)[1:] == (3, "orders")


def test_credentials_that_fail_a_load_turn_the_destination_to_error(any_store: Store) -> None:
    dwh = place(any_store)
    order_id = an_order(any_store, dwh)
    queued(any_store, order_id)
    ended(any_store, begun(any_store), RunResult(RunState.FAILED, diagnosis=REFUSED))
    found = reading.by_id(any_store, dwh)
    assert found is not None and found.status is Status.ERROR and found.check is not None
    assert (found.check.diagnosis, found.check.reason) == (REFUSED, Reason.LOAD)
    order = the_order(any_store, order_id)
    assert order.status is OrderStatus.FAILED and order.run is not None and order.run.diagnosis == REFUSED
    queued(any_store, order_id)
    assert the_order(any_store, order_id).status is OrderStatus.WAITING


def test_what_fails_otherwise_or_with_old_credentials_leaves_the_status(any_store: Store) -> None:
    dwh = place(any_store)
    order_id = an_order(any_store, dwh)
    for change, diagnosis in (
        ({}, Diagnosis("write", "LOAD-VALUE", ("config_invalid",), "A value does not fit.", "Mend it.", "no")),
        ({"config": 7}, REFUSED),
    ):
        queued(any_store, order_id)
        work = begun(any_store)
        if change:
            with any_store.write() as tx:
                destinations.change(tx, dwh, change)
        ended(any_store, work, RunResult(RunState.FAILED, diagnosis=diagnosis))
        found = reading.by_id(any_store, dwh)
        assert found is not None and found.status is Status.ACTIVE


def due_at(store: Store, order_id: str, moment: int) -> None:
    with store.write() as tx:
        load_orders.change(tx, order_id, {"next_run_at": moment})


def fired(store: Store) -> int:
    with store.write() as tx:
        return queueing.queue_due_loads(tx, 10)


@pytest.mark.parametrize(
    ("missed", "late", "expected"),
    [(Missed.RUN, 0, 1), (Missed.SKIP, 0, 1), (Missed.RUN, DAY, 1), (Missed.SKIP, DAY, 0)],
)
def test_a_time_that_is_due_or_was_missed(any_store: Store, missed: Missed, late: int, expected: int) -> None:
    order_id = an_order(any_store, place(any_store), cron="0 6 * * *", missed=missed)
    assert fired(any_store) == 0 and not load_orders.is_due(any_store)
    moment = now_us() - late
    due_at(any_store, order_id, moment)
    assert load_orders.is_due(any_store)
    assert (fired(any_store), fired(any_store)) == (expected, 0)
    order = the_order(any_store, order_id)
    assert order.next_run_at is not None and order.next_run_at > datetime.now(UTC)
    if expected:
        assert order.run is not None and order.run.due_at is not None
        assert (order.run.by, to_us(order.run.due_at)) == ("schedule", moment)


def test_a_time_that_falls_due_during_a_run_waits_for_its_end(any_store: Store) -> None:
    order_id = an_order(any_store, place(any_store), cron="* * * * *")
    due_at(any_store, order_id, now_us())
    assert fired(any_store) == 1
    work = begun(any_store)
    due_at(any_store, order_id, now_us())
    assert fired(any_store) == 0 and not load_orders.is_due(any_store)
    ended(any_store, work, RunResult(RunState.DONE, 1))
    assert load_orders.is_due(any_store) and fired(any_store) == 1
    assert load_reading.run_count(any_store, order_id) == 2


def test_a_due_time_is_run_once(any_store: Store) -> None:
    from sqlalchemy.exc import IntegrityError

    order_id = an_order(any_store, place(any_store), cron="* * * * *")
    with any_store.write() as tx:
        load_runs.add(tx, load_orders.locked(tx, order_id), "schedule", 5)
    with pytest.raises(IntegrityError), any_store.write() as tx:
        load_runs.add(tx, load_orders.locked(tx, order_id), "schedule", 5)
    with any_store.write() as tx:  # by hand as often as one likes
        load_runs.add(tx, load_orders.locked(tx, order_id), "ines")
        load_runs.add(tx, load_orders.locked(tx, order_id), "ines")


def test_a_time_that_a_clock_makes_due_again_is_not_run_again(any_store: Store) -> None:
    dwh, moment = place(any_store), now_us()
    order_id, other = an_order(any_store, dwh, cron="* * * * *"), an_order(any_store, dwh, "other", cron="* * * * *")
    due_at(any_store, order_id, moment)
    assert fired(any_store) == 1
    ended(any_store, begun(any_store), RunResult(RunState.DONE, 1))
    due_at(any_store, order_id, moment)
    due_at(any_store, other, moment)
    assert fired(any_store) == 1 and load_reading.run_count(any_store, order_id) == 1
    assert load_reading.run_count(any_store, other) == 1 and not load_orders.is_due(any_store)


def test_a_schedule_that_this_host_does_not_understand_keeps_no_other_from_running(any_store: Store) -> None:
    dwh, moment = place(any_store), now_us()
    strange, other = an_order(any_store, dwh, cron="* * * * *"), an_order(any_store, dwh, "other", cron="* * * * *")
    with any_store.write() as tx:
        load_orders.change(tx, strange, {"tz": "Mars/Olympus", "next_run_at": moment})
    due_at(any_store, other, moment)
    assert fired(any_store) == 1 and load_reading.run_count(any_store, other) == 1
    assert load_reading.run_count(any_store, strange) == 0 and not load_orders.is_due(any_store)


def test_what_only_waited_is_not_given_up_when_its_workers_end(any_store: Store) -> None:
    dwh = place(any_store)
    a_worker(any_store)
    with any_store.write() as tx:
        check_id = queueing.queue_check(tx, destinations.locked(tx, dwh), Reason.ASKED, "ines")
    claimed(any_store)
    with any_store.write() as tx:
        tx.execute(update(schema.jobs).values(attempt=dispatch.MOST_ATTEMPTS))
        (job,) = tx.execute(schema.jobs.select()).all()
        assert dispatch._is_hopeless(tx, job)
        checks.wait(tx, check_id, dwh, "The keyring is locked.")
        assert not dispatch._is_hopeless(tx, job)


def test_schedules_are_counted_but_for_paused_ones_and_those_in_the_trash(any_store: Store) -> None:
    dwh = place(any_store)
    an_order(any_store, dwh)
    assert load_orders.scheduled(any_store) == 0 and load_orders.next_due(any_store) is None
    order_id = an_order(any_store, dwh, "clock", cron="* * * * *")
    assert load_orders.scheduled(any_store) == 1 and load_orders.next_moment(any_store) is not None
    with any_store.write() as tx:
        load_orders.change(tx, order_id, {"paused": True, "next_run_at": None})
    assert load_orders.scheduled(any_store) == 0
    assert the_order(any_store, order_id).status is OrderStatus.PAUSED


def test_an_order_that_loses_its_schedule_is_not_paused_any_more(any_store: Store) -> None:
    dwh = place(any_store)
    order_id = an_order(any_store, dwh, cron="* * * * *")
    for cron, status in (("@daily", OrderStatus.PAUSED), ("", OrderStatus.NEW)):
        with any_store.write() as tx:
            load_orders.change(tx, order_id, {"paused": True, "next_run_at": None})
        with any_store.write() as tx:
            row = load_orders.locked(tx, order_id)
            changed = draft(dwh, cron=cron, tz="UTC", order_id=order_id)
            load_orders.edit(tx, row, changed, SourceSpec(path="/data/orders.csv"), source_id=None, host="")
        assert the_order(any_store, order_id).status is status


def test_orders_go_into_the_trash_and_come_back_with_their_destination(any_store: Store) -> None:
    dwh, other = place(any_store), place(any_store, "other")
    order_id = an_order(any_store, dwh, cron="* * * * *")
    due_at(any_store, order_id, now_us() - DAY)
    with any_store.write() as tx:
        load_orders.to_trash(tx, dwh)
        destinations.to_trash(tx, dwh, "ines")
    assert load_reading.count(any_store) == 0 and load_reading.by_ids(any_store, [order_id]) == []
    assert fired(any_store) == 0
    with pytest.raises(NotFound), any_store.write() as tx:
        load_orders.locked(tx, order_id)
    an_order(any_store, other)  # takes the name
    with any_store.write() as tx:
        destinations.from_trash(tx, dwh)
        assert load_orders.from_trash(tx, dwh) == [("orders", "orders 2")]
    order = the_order(any_store, order_id)
    assert order.name == "orders 2" and order.next_run_at is not None and order.next_run_at > datetime.now(UTC)


def test_old_runs_go_but_for_the_newest_and_previews_soon(any_store: Store) -> None:
    dwh = place(any_store)
    order_id = an_order(any_store, dwh)
    for _ in range(3):
        queued(any_store, order_id)
        ended(any_store, begun(any_store), RunResult(RunState.DONE, 1))
    with any_store.write() as tx:
        preview = load_runs.add_preview(tx, SourceSpec(path="/a"), None, dwh, "t", Mode.APPEND, (), False)
        tx.execute(update(schema.load_runs).values(finished_at=5))
        tx.execute(update(schema.load_previews).values(created_at=now_us() - DAY))
    housekeeping.prune(any_store)
    order = the_order(any_store, order_id)
    assert [r.id for r in load_reading.runs(any_store, order_id, 0, 9)] == [order.run and order.run.id]
    assert load_runs.preview_result(any_store, preview) == (False, None)


def test_a_preview_is_kept_for_who_asked(any_store: Store) -> None:
    dwh, crm = place(any_store), place(any_store, "crm")
    seen = changes.last(any_store)
    with any_store.write() as tx:
        made = load_runs.add_preview(
            tx, SourceSpec(destination="crm", query="select 1"), crm, dwh, "t", Mode.MERGE, ["a"], True
        )
        queueing.queue_preview(tx, made, dwh, "")
    assert load_runs.preview_result(any_store, made) == (True, None)
    (job_id,) = claimed(any_store)
    with any_store.write() as tx:
        work = jobs.begin(tx, job_id, "w1")
        assert work is not None and (work.kind, work.run_id) == (Kind.PREVIEW, made)
        pinned = load_runs.preview_plan(tx, made)
        assert pinned is not None and pinned.source_side is not None
        assert (pinned.source_side.destination_id, pinned.key, pinned.add_columns) == (crm, ("a",), True)
        load_runs.finish_preview(tx, made, {"rows": [["ä"]]})
        assert jobs.finish(tx, work)
    assert load_runs.preview_result(any_store, made) == (True, {"rows": [["ä"]]})
    assert ("preview", made) in {(c.entity, c.row_id) for c in changes.since(any_store, seen)}


def test_a_check_of_the_destination_goes_on_beside_a_load(any_store: Store) -> None:
    dwh = place(any_store)
    queued(any_store, an_order(any_store, dwh))
    work = begun(any_store)
    with any_store.write() as tx:
        check_id = queueing.queue_check(tx, destinations.locked(tx, dwh), Reason.ASKED, "ines")
        assert [job.check_id for job in jobs.open_for(tx, destination_id=dwh)] == [check_id]
    assert jobs.at_work(any_store, Kind.LOAD, [dwh]) and not jobs.at_work(any_store, Kind.CHECK, [dwh])
    (job_id,) = claimed(any_store)
    with any_store.write() as tx:
        of_check = jobs.begin(tx, job_id, "w1")
        assert of_check is not None and jobs.finish(tx, of_check)
        outcome.apply(tx, check_id, Outcome((Step("open", StepState.PASSED, 1),)), host=HOST)
    assert reading.checks_by_id(any_store, [check_id])[check_id].state is CheckState.PASSED
    ended(any_store, work, RunResult(RunState.STOPPED))
