"""Every store query, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from json import dumps

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

from destui.connectors.diagnosis import CANCELLED
from destui.domain.check import CheckState, Diagnosis, Outcome, Reason, Step, StepState
from destui.domain.destination import Status
from destui.domain.errors import LimitReached, NameInUse, NotFound, StoreUnavailable
from destui.store import (
    changes,
    checks,
    destinations,
    documents,
    events,
    housekeeping,
    jobs,
    opening,
    outcome,
    queueing,
    reading,
    rows,
    schema,
    secrets,
    settings,
    workers,
)
from destui.store.engine import Store, Tx
from destui.store.rows import Order, SortKey
from destui.store.times import now_us

HOST = "ops1"
FAILED = Outcome(
    (Step("resolve", StepState.PASSED, 3), Step("sign in", StepState.FAILED, 9, "refused")),
    Diagnosis("sign in", "PG-28P01", ("wrong_password",), "The password is wrong.", "Type it again.", "no"),
)
PASSED = Outcome((Step("resolve", StepState.PASSED, 3), Step("sign in", StepState.PASSED, 9)))


def add(
    tx: Tx, name: str, *, secret_id: str | None = None, who: str = "ines@acme.test", tags: tuple[str, ...] = ()
) -> str:
    return destinations.add(
        tx, name=name, type_id="simulator", fields={"seconds": 1}, tags=tags, connected_by=who, host="",
        secret_id=secret_id,
    )  # fmt: skip


def checked(store: Store, destination_id: str, reason: Reason, found: Outcome) -> str:
    """Queue, claim, begin and end a check as a worker does."""
    with store.write() as tx:
        check_id = queueing.queue_check(tx, destinations.locked(tx, destination_id), reason, "ines@acme.test")
    ended(store, found)
    return check_id


def a_worker(store: Store, name: str = "w1") -> str:
    with store.write() as tx:
        if not any(w.id == name for w in workers.on_record(store)):
            workers.register(tx, worker=name, host=HOST, pid=1, birth="1", version="0")
    return name


def ended(store: Store, found: Outcome, worker: str = "w1", meanwhile: Callable[[Tx], None] = lambda tx: None) -> None:
    """Do the one queued job; something may happen in the middle of it."""
    a_worker(store, worker)
    with store.write() as tx:
        ((job_id, _priority),) = jobs.claim(tx, worker, HOST, 10)
    with store.write() as tx:
        work = jobs.begin(tx, job_id, worker)
    assert work is not None and work.check_id is not None
    with store.write() as tx:
        checks.begin(tx, work.check_id, work.destination_id, work.attempt, ("resolve", "sign in"))
        meanwhile(tx)
    with store.write() as tx:
        assert jobs.finish(tx, work)
        outcome.apply(tx, work.check_id, found, host=HOST)


def test_the_migrations_make_the_tables_of_the_schema(any_store: Store) -> None:
    with any_store.read() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _ours})
        assert compare_metadata(context, schema.metadata) == []


def test_a_new_store_is_what_the_migrations_make() -> None:
    assert opening.NEW_STORE.read_text() == opening.recorded(), "the migrations were changed: make schema"


def _ours(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    return kind != "table" or name != "alembic_version"


def test_a_new_destination_is_listed_as_initializing(any_store: Store) -> None:
    with any_store.write() as tx:
        identity = add(tx, "orders", tags=("prod",))
    (row,) = rows.page(any_store, Order(), 0, 10)
    assert (row.id, row.name, row.status, row.tags) == (identity, "orders", Status.INITIALIZING, ("prod",))
    counts = rows.counts(any_store)
    assert (counts.total, counts.initializing, counts.limit) == (1, 1, 25)


def test_pages_and_ranks_agree_in_every_order(any_store: Store) -> None:
    with any_store.write() as tx:
        settings.write(tx, "limit", "100")
        for number in range(25):
            add(tx, f"n{number % 7}-{number}", who=f"u{number % 3}")
            tx.now += 1 if number % 2 else 0
    for key in SortKey:
        for descending in (False, True):
            order = Order(key, descending)
            whole = [row.id for row in rows.page(any_store, order, 0, 100)]
            paged = [row.id for start in range(0, 25, 7) for row in rows.page(any_store, order, start, 7)]
            assert paged == whole and len(set(whole)) == 25
            assert [rows.position(any_store, order, identity) for identity in whole] == list(range(25))


def test_the_filter_finds_letters_in_order_in_every_column(any_store: Store) -> None:
    with any_store.write() as tx:
        orders = add(tx, "orders_dwh", tags=("Prod",))
        other = add(tx, "100%_safe", who="nora@acme.test")
    find = rows.matching
    assert find(any_store, "odw", Order()) == [orders]
    assert find(any_store, "ODWH", Order()) == [orders]
    assert find(any_store, "prod", Order()) == [orders]
    assert find(any_store, "nora", Order()) == [other]
    assert find(any_store, "%", Order()) == [other]
    assert set(find(any_store, "simu", Order())) == {orders, other}
    assert find(any_store, "xyz", Order()) == []
    assert find(any_store, "orders nora", Order()) == []


def test_names_are_unique_outside_the_trash(any_store: Store) -> None:
    with any_store.write() as tx:
        first = add(tx, "orders")
    with pytest.raises(NameInUse), any_store.write() as tx:
        add(tx, "orders")
    with any_store.write() as tx:
        destinations.to_trash(tx, first, "ines")
        add(tx, "orders")
    with pytest.raises(NameInUse), any_store.write() as tx:
        destinations.from_trash(tx, first)


def test_the_limit_counts_what_is_not_in_the_trash(any_store: Store) -> None:
    with any_store.write() as tx:
        settings.write(tx, "limit", "1")
        settings.write(tx, "contact", "ops@acme.test")
        first = add(tx, "one")
    with (
        pytest.raises(LimitReached, match=r"limit of 1 destinations\. Ask ops@acme\.test") as caught,
        any_store.write() as tx,
    ):
        add(tx, "two")
    assert caught.value.limit == 1
    with any_store.write() as tx:
        destinations.to_trash(tx, first, "ines")
        add(tx, "two")
    with pytest.raises(LimitReached), any_store.write() as tx:
        destinations.from_trash(tx, first)


def test_simultaneous_adders_never_go_past_the_limit(any_store: Store) -> None:
    with any_store.write() as tx:
        settings.write(tx, "limit", "5")
    refused = []
    barrier = threading.Barrier(12)

    def adder(number: int) -> None:
        barrier.wait()
        try:
            with any_store.write() as tx:
                add(tx, f"n{number}")
        except LimitReached:
            refused.append(number)

    threads = [threading.Thread(target=adder, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 7 and rows.counts(any_store).total == 5


def test_a_first_check_makes_active_or_error(any_store: Store) -> None:
    with any_store.write() as tx:
        good, bad = add(tx, "good"), add(tx, "bad")
    checked(any_store, good, Reason.INITIALISE, PASSED)
    checked(any_store, bad, Reason.INITIALISE, FAILED)
    found = reading.by_name(any_store, "bad")
    assert found is not None and found.status is Status.ERROR and found.failing_since is not None
    assert found.check is not None and found.check.diagnosis == FAILED.diagnosis
    assert [s.state for s in found.check.steps] == [StepState.PASSED, StepState.FAILED]
    assert reading.by_name(any_store, "good").status is Status.ACTIVE  # type: ignore[union-attr]
    verbs = [e.verb for e in events.page(any_store, 0, 10)]
    assert sorted(verbs) == ["active", "error"]
    document = documents.destinations(any_store, status="error")[0]
    assert document["diagnosis"]["causes"] == ["wrong_password"]
    assert document["ladder"][1] == {"step": "sign in", "result": "failed", "ms": 9, "message": "refused"}


def test_asked_and_background_checks_change_the_status_only_when_it_differs(any_store: Store) -> None:
    with any_store.write() as tx:
        identity = add(tx, "orders")
    checked(any_store, identity, Reason.INITIALISE, PASSED)
    before = reading.by_id(any_store, identity)
    checked(any_store, identity, Reason.BACKGROUND, PASSED)
    after = reading.by_id(any_store, identity)
    assert before is not None and after is not None
    assert (after.updated_at, after.version) == (before.updated_at, before.version)
    checked(any_store, identity, Reason.BACKGROUND, FAILED)
    assert reading.by_id(any_store, identity).status is Status.ERROR  # type: ignore[union-attr]


def test_a_cancelled_first_check_is_an_error_and_a_cancelled_later_one_is_nothing(any_store: Store) -> None:
    with any_store.write() as tx:
        identity = add(tx, "orders")
    checked(any_store, identity, Reason.INITIALISE, Outcome((), CANCELLED, cancelled=True))
    found = reading.by_id(any_store, identity)
    assert found is not None and found.status is Status.ERROR and found.check is not None
    assert found.check.diagnosis is not None and found.check.diagnosis.causes == ()
    checked(any_store, identity, Reason.ASKED, PASSED)
    checked(any_store, identity, Reason.ASKED, Outcome((), CANCELLED, cancelled=True))
    assert reading.by_id(any_store, identity).status is Status.ACTIVE  # type: ignore[union-attr]


def rotation(store: Store, identity: str, found: Outcome, *, host: str = "new") -> str:
    staged = secrets.stage(store, ["password"])
    with store.write() as tx:
        queueing.queue_rotation(tx, destinations.locked(tx, identity), "nora", {"host": host}, staged, "")
    ended(store, found)
    return staged


def test_a_candidate_that_passes_becomes_current_and_one_that_fails_goes(any_store: Store) -> None:
    first = secrets.stage(any_store, ["password"])
    with any_store.write() as tx:
        identity = add(tx, "orders", secret_id=first)
        secrets.set_state(tx, first, "current", identity)
    checked(any_store, identity, Reason.INITIALISE, PASSED)

    second = rotation(any_store, identity, PASSED)
    found = reading.by_id(any_store, identity)
    assert found is not None and found.fields == {"host": "new"} and found.can_roll_back and found.version == 2
    assert _states(any_store) == {first: "previous", second: "current"}

    third = rotation(any_store, identity, FAILED, host="newer")
    found = reading.by_id(any_store, identity)
    assert found is not None and found.status is Status.ACTIVE and found.fields == {"host": "new"}
    assert _states(any_store) == {first: "previous", second: "current", third: "discarded"}
    assert secrets.to_sweep(any_store, 0) == [third]

    fourth = rotation(any_store, identity, PASSED)
    assert _states(any_store) == {first: "discarded", second: "previous", third: "discarded", fourth: "current"}


def _states(store: Store) -> dict[str, str]:
    return {row[0]: row[1] for row in store.fetch("SELECT id, state FROM secrets")}


def test_a_check_of_what_is_no_longer_current_says_nothing(any_store: Store) -> None:
    with any_store.write() as tx:
        identity = add(tx, "orders")
    checked(any_store, identity, Reason.INITIALISE, PASSED)
    with any_store.write() as tx:
        queueing.queue_check(tx, destinations.locked(tx, identity), Reason.BACKGROUND, "schedule")
    ended(any_store, FAILED, meanwhile=lambda tx: destinations.change(tx, identity, {"config": 2}))
    assert reading.by_id(any_store, identity).status is Status.ACTIVE  # type: ignore[union-attr]
    # What is current now is checked next, and that check speaks of it.
    ended(any_store, FAILED)
    assert reading.by_id(any_store, identity).status is Status.ERROR  # type: ignore[union-attr]
    assert jobs.open_count(any_store) == (0, 0)


def test_one_job_of_a_kind_is_open_and_asking_again_joins_it(any_store: Store) -> None:
    with any_store.write() as tx:
        row = destinations.locked(tx, add(tx, "orders"))
        first = queueing.queue_check(tx, row, Reason.ASKED, "ines")
        assert queueing.queue_check(tx, row, Reason.ASKED, "nora") == first
    assert jobs.open_count(any_store) == (1, 0)


def test_the_fence_refuses_an_older_attempt(any_store: Store) -> None:
    a_worker(any_store, "w1")
    a_worker(any_store, "w2")
    with any_store.write() as tx:
        row = destinations.locked(tx, add(tx, "orders"))
        queueing.queue_check(tx, row, Reason.ASKED, "ines")
    with any_store.write() as tx:
        ((job_id, _),) = jobs.claim(tx, "w1", HOST, 5)
        assert jobs.claim(tx, "w2", HOST, 5) == []
    with any_store.write() as tx:
        old = jobs.begin(tx, job_id, "w1")
        new = jobs.begin(tx, job_id, "w2")
    assert old is not None and new is not None and new.attempt == old.attempt + 1
    with any_store.write() as tx:
        assert not jobs.holds(tx, old) and not jobs.finish(tx, old)
        assert jobs.holds(tx, new) and jobs.finish(tx, new)
        assert jobs.begin(tx, job_id, "w1") is None


def test_a_worker_whose_lease_was_taken_away_begins_nothing_and_its_jobs_are_orphans(any_store: Store) -> None:
    a_worker(any_store)
    with any_store.write() as tx:
        queueing.queue_check(tx, destinations.locked(tx, add(tx, "orders")), Reason.ASKED, "ines")
        ((job_id, _),) = jobs.claim(tx, "w1", HOST, 5)
        assert jobs.orphans(tx) == []
        tx.now += workers.LEASE_US + 1  # a clock that was set ends no lease
        assert jobs.orphans(tx) == [] and workers.renew(tx, "w1")
        workers.forget(tx, ["w1"])
        assert jobs.begin(tx, job_id, "w1") is None
        assert [job.id for job in jobs.orphans(tx)] == [job_id]
        assert not workers.renew(tx, "w1")
        jobs.requeue(tx, [job_id])
    assert jobs.open_count(any_store) == (1, 0)


def test_claims_keep_to_the_limit_of_a_server_and_put_people_first(any_store: Store) -> None:
    a_worker(any_store)
    with any_store.write() as tx:
        for number in range(jobs.PER_SERVER + 3):
            queueing.queue_draft(tx, "ines", "postgres", {"host": "DB1"}, None, "")
            tx.now += number
        background = destinations.locked(tx, add(tx, "calm"))
        queueing.queue_check(tx, background, Reason.BACKGROUND, "schedule", priority=jobs.BACKGROUND_PRIORITY)
        taken = jobs.claim(tx, "w1", HOST, 50)
    assert len(taken) == jobs.PER_SERVER + 1
    assert taken[-1][1] == jobs.BACKGROUND_PRIORITY
    assert jobs.open_count(any_store) == (3, jobs.PER_SERVER + 1)


def test_work_of_another_host_is_left_to_it_but_on_an_embedded_store(any_store: Store) -> None:
    a_worker(any_store)
    with any_store.write() as tx:
        check_id = queueing.queue_draft(tx, "ines", "sqlite", {"path": "/x"}, None, "elsewhere")
    assert jobs.hosts_wanting(any_store, [check_id]) == ["elsewhere"]
    with any_store.write() as tx:
        assert bool(jobs.claim(tx, "w1", HOST, 5)) == any_store.is_sqlite  # its host may be called otherwise today
        workers.register(tx, worker="w2", host="elsewhere", pid=2, birth="2", version="0")
    assert jobs.hosts_wanting(any_store, [check_id]) == []


def test_cancel_is_seen_by_the_worker_that_holds_the_job(any_store: Store) -> None:
    a_worker(any_store)
    with any_store.write() as tx:
        identity = add(tx, "orders")
        queueing.queue_check(tx, destinations.locked(tx, identity), Reason.ASKED, "ines")
        ((job_id, _),) = jobs.claim(tx, "w1", HOST, 5)
        (job,) = jobs.open_for(tx, destination_id=identity)
        assert not jobs.end_queued(tx, job.id)
        jobs.ask_to_cancel(tx, job.id)
    assert jobs.cancelled(any_store, "w1") == {job_id} and jobs.cancelled(any_store, "w2") == set()


def test_due_rechecks_are_queued_once(any_store: Store) -> None:
    with any_store.write() as tx:
        identity = add(tx, "orders")
    checked(any_store, identity, Reason.INITIALISE, PASSED)
    assert not queueing.is_background_due(any_store)
    with any_store.write() as tx:
        destinations.change(tx, identity, {"next_check_at": tx.now - 1})
    assert queueing.is_background_due(any_store)
    with any_store.write() as tx:
        assert queueing.queue_background(tx, 10) == 1
        assert queueing.queue_background(tx, 10) == 0


def test_changes_are_numbered_and_signalled_to_other_sessions(any_store: Store) -> None:
    seen = changes.last(any_store)
    signal = changes.signal(any_store, 0.01)
    assert signal.wait(1.0)  # the first look is always worth one
    with any_store.write() as tx:
        identity = add(tx, "orders")
    assert signal.wait(2.0)
    found = changes.since(any_store, seen)
    assert [(c.entity, c.row_id, c.removed) for c in found] == [("destination", identity, False)]
    with any_store.write() as tx:
        destinations.to_trash(tx, identity, "ines")
    assert changes.since(any_store, found[-1].seq)[-1].removed
    assert signal.wait(2.0)
    assert any(not signal.wait(0.05) for _ in range(20)), "it calls though nothing has changed"
    signal.close()


def test_missing_too_many_changes_means_reading_everything(any_store: Store) -> None:
    with any_store.write() as tx:
        add(tx, "one")
    first = changes.last(any_store)
    for number in range(3):
        with any_store.write() as tx:
            add(tx, f"n{number}")
    with any_store.write() as tx:
        tx.execute(schema.changes.delete().where(schema.changes.c.seq <= first + 1))
    assert [c.entity for c in changes.since(any_store, first)] == ["all"]
    assert [c.entity for c in changes.since(any_store, first + 1)] == ["destination", "destination"]


def test_the_trash_is_purged_after_its_days_and_its_secrets_become_sweepable(any_store: Store) -> None:
    secret_id = secrets.stage(any_store, ["password"])
    with any_store.write() as tx:
        identity = add(tx, "orders", secret_id=secret_id)
        secrets.set_state(tx, secret_id, "current", identity)
    checked(any_store, identity, Reason.INITIALISE, PASSED)
    with any_store.write() as tx:
        destinations.to_trash(tx, identity, "ines")
    assert housekeeping.purge(any_store, HOST) == 0
    with any_store.write() as tx:
        tx.execute(schema.destinations.update().values(deleted_at=now_us() - destinations.PURGE_US - 1))
    assert destinations.trashed(any_store) == []
    with pytest.raises(NotFound, match="more than 7 days ago"), any_store.write() as tx:
        destinations.from_trash(tx, identity)
    assert secrets.to_sweep(any_store, 0) == []
    assert housekeeping.purge(any_store, HOST) == 1
    assert secrets.to_sweep(any_store, 0) == [secret_id]
    assert any_store.fetch("SELECT count(*) FROM checks")[0][0] == 0


def test_a_clean_up_is_due_when_something_has_expired_and_none_was_tried_lately(any_store: Store) -> None:
    assert not housekeeping.is_due(any_store)
    secret_id = secrets.stage(any_store, ["password"])
    with any_store.write() as tx:
        identity = add(tx, "orders")
        destinations.to_trash(tx, identity, "ines")
    assert not housekeeping.is_due(any_store)
    with any_store.write() as tx:
        destinations.change(tx, identity, {"deleted_at": tx.now - destinations.PURGE_US - 1})
    assert housekeeping.is_due(any_store)
    housekeeping.purge(any_store, HOST)
    assert not housekeeping.is_due(any_store)
    with any_store.write() as tx:
        secrets.discard(tx, secret_id)
    assert housekeeping.is_due(any_store)
    with any_store.write() as tx:
        queueing.queue_clean_up(tx)
    assert not housekeeping.is_due(any_store)
    with any_store.write() as tx:
        tx.execute(schema.jobs.update().values(created_at=tx.now - housekeeping.CLEAN_UP_US - 1))
    assert housekeeping.is_due(any_store)
    secrets.remove(any_store, secret_id)
    secrets.stage(any_store, ["password"])
    assert not housekeeping.is_due(any_store)
    with any_store.write() as tx:
        tx.execute(schema.secrets.update().values(created_at=tx.now - secrets.DRAFT_US - 1))
    assert housekeeping.is_due(any_store)


def test_background_checks_can_be_switched_off_and_on_again(any_store: Store) -> None:
    with any_store.write() as tx:
        identity = add(tx, "orders")
        settings.write(tx, settings.BACKGROUND_MINUTES, "0")
    checked(any_store, identity, Reason.INITIALISE, PASSED)
    with any_store.write() as tx:
        assert tx.execute(select(schema.destinations.c.next_check_at)).scalar_one() is not None
        destinations.change(tx, identity, {"next_check_at": tx.now - 1})
    assert not queueing.is_background_due(any_store)
    with any_store.write() as tx:
        assert queueing.queue_background(tx, 10) == 0
        settings.write(tx, settings.BACKGROUND_MINUTES, "15")
    assert queueing.is_background_due(any_store)
    with any_store.write() as tx:
        assert queueing.queue_background(tx, 10) == 1


def test_a_pending_secret_is_swept_in_time_but_not_while_its_job_waits(any_store: Store) -> None:
    lost, needed = secrets.stage(any_store, ["password"]), secrets.stage(any_store, ["password"])
    with any_store.write() as tx:
        identity = add(tx, "orders")
        queueing.queue_rotation(tx, destinations.locked(tx, identity), "nora", {}, needed, "")
    assert secrets.to_sweep(any_store, now_us() - 60_000_000) == []
    assert secrets.to_sweep(any_store, now_us() + 1) == [lost]
    with any_store.write() as tx:
        assert not secrets.set_state(tx, lost, "current", identity), "what is being swept cannot become current"
        assert secrets.set_state(tx, needed, "current", identity)


def test_old_checks_are_pruned_but_not_the_one_that_is_shown(any_store: Store) -> None:
    with any_store.write() as tx:
        identity = add(tx, "orders")
    checked(any_store, identity, Reason.INITIALISE, PASSED)
    shown = checked(any_store, identity, Reason.ASKED, PASSED)
    with any_store.write() as tx:
        tx.execute(schema.checks.update().values(finished_at=1))
    housekeeping.prune(any_store)
    assert [row[0] for row in any_store.fetch("SELECT id FROM checks")] == [shown]


def test_progress_shows_on_the_row_and_a_waiting_check_says_why(any_store: Store) -> None:
    a_worker(any_store)
    with any_store.write() as tx:
        identity = add(tx, "orders")
        check_id = queueing.queue_check(tx, destinations.locked(tx, identity), Reason.INITIALISE, "ines")
        checks.wait(tx, check_id, identity, "The keyring is locked.")
    assert reading.checks_by_id(any_store, [check_id])[check_id].waits_for == "The keyring is locked."
    with any_store.write() as tx:
        checks.begin(tx, check_id, identity, 1, ("resolve", "reach"))
        checks.write_step(tx, check_id, identity, 1, Step("reach", StepState.RUNNING, deadline=5.0))
    (row,) = rows.rows(any_store, [identity])
    assert row.progress is not None and (row.progress.step, row.progress.number, row.progress.total) == ("reach", 2, 2)
    check = reading.checks_by_id(any_store, [check_id])[check_id]
    assert check.state is CheckState.RUNNING and check.waits_for == "" and check.current is not None
    assert check.current[0].deadline == 5.0


def test_events_since_a_version_tell_a_conflict(any_store: Store) -> None:
    with any_store.write() as tx:
        events.append(tx, who="nora", host=HOST, verb="edited", destination_id="d", name="n", detail="tags", version=3)
        events.append(tx, who="tom", host=HOST, verb="active", destination_id="d", name="n")
    assert [e.who for e in events.since_version(any_store, "d", 2)] == ["nora"]
    assert events.since_version(any_store, "d", 3) == []


def test_settings_are_written_once_where_only_once_may_count(any_store: Store) -> None:
    with any_store.write() as tx:
        assert settings.write_once(tx, "vault", "sealed") == "sealed"
        assert settings.write_once(tx, "vault", "keyring") == "sealed"
    assert settings.store_id(any_store) == settings.store_id(any_store)
    assert dumps(settings.read(any_store, "nothing")) == "null"


def test_the_first_limit_holds_although_nobody_has_set_one(any_store: Store) -> None:
    with any_store.write() as tx:
        for number in range(20):
            add(tx, f"old{number}")
    barrier = threading.Barrier(10)

    def adder(number: int) -> None:
        barrier.wait()
        try:
            with any_store.write() as tx:
                add(tx, f"n{number}")
        except LimitReached:
            pass

    threads = [threading.Thread(target=adder, args=(n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows.counts(any_store).total == 25


def test_a_server_that_hangs_does_not_starve_the_others(any_store: Store) -> None:
    a_worker(any_store)
    with any_store.write() as tx:
        for _ in range(60):
            queueing.queue_draft(tx, "ines", "postgres", {"host": "hangs"}, None, "")
    with any_store.write() as tx:
        assert len(jobs.claim(tx, "w1", HOST, 6)) == jobs.PER_SERVER
        queueing.queue_draft(tx, "ines", "postgres", {"host": "other"}, None, "")
    with any_store.write() as tx:
        assert len(jobs.claim(tx, "w1", HOST, 2)) == 1


def test_what_must_be_there_once_is_written_once_by_many(any_store: Store) -> None:
    barrier = threading.Barrier(8)
    failed: list[Exception] = []

    def writer(number: int) -> None:
        barrier.wait()
        try:
            with any_store.write() as tx:
                queueing.queue_clean_up(tx)
                settings.write_once(tx, "vault", f"v{number}")
                settings.write(tx, "limit", str(number))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=writer, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == [] and jobs.open_count(any_store) == (1, 0)


def test_a_store_that_a_newer_program_has_upgraded_is_not_written_any_more(any_store: Store) -> None:
    with any_store.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match="upgraded to schema 9999"), any_store.write():
        pytest.fail("it is written")
