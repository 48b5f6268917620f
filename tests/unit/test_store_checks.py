"""What a check leaves behind beside its ladder, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import update

from destui.domain.check import Diagnosis, Reason
from destui.domain.destination import Status
from destui.domain.own_diagnoses import worker_died
from destui.store import announcing, destinations, ending, jobs, reading, schema, settings, watching
from destui.store.engine import Store
from tests.unit.test_store import FAILED, HOST, PASSED, add, checked

FACTS = {"server": "PostgreSQL 16.4", "address": "10.20.4.17"}


def test_facts_and_what_tells_causes_apart_are_kept_each_by_itself(any_store: Store) -> None:
    with any_store.write() as tx:
        identity = add(tx, "orders")
    several = Diagnosis("sign in", "PG-28P01", ("wrong_password", "unknown_user"), "c", "f", "m", "SQLSTATE 28P01")
    found = replace(FAILED, diagnosis=several, detail=FACTS, more="The log says which.")
    (check,) = reading.checks_by_id(any_store, [checked(any_store, identity, Reason.INITIALISE, found)]).values()
    assert (check.detail, check.more, check.diagnosis) == (FACTS, "The log says which.", several)
    (check,) = reading.checks_by_id(any_store, [checked(any_store, identity, Reason.ASKED, PASSED)]).values()
    assert (check.detail, check.more, check.diagnosis) == ({}, "", None)


def test_a_change_of_status_is_known_with_what_it_was_before_and_an_unchanged_one_is_none(any_store: Store) -> None:
    with any_store.write() as tx:
        identity, other = add(tx, "orders"), add(tx, "other")
    start = announcing.last_event(any_store)
    found = []
    for reason, outcome in ((Reason.INITIALISE, PASSED), (Reason.BACKGROUND, PASSED), (Reason.BACKGROUND, FAILED),
                            (Reason.ASKED, FAILED), (Reason.ASKED, PASSED)):  # fmt: skip
        check_id = checked(any_store, identity, reason, outcome)
        if (change := announcing.of_check(any_store, check_id)) is not None:
            found.append((change.before, change.after, change.reason, change.diagnosis and change.diagnosis.code))
            newest = announcing.newest(any_store, [identity, other], start)
            assert [c for _, c in newest] == [change], "of each destination the newest alone"
            assert announcing.newest(any_store, [identity], newest[0][0]) == []
    assert found == [
        (Status.INITIALIZING, Status.ACTIVE, Reason.INITIALISE, None),
        (Status.ACTIVE, Status.ERROR, Reason.BACKGROUND, "PG-28P01"),
        (Status.ERROR, Status.ACTIVE, Reason.ASKED, None),
    ]
    with any_store.write() as tx:
        destinations.to_trash(tx, identity, "me")
    assert announcing.of_check(any_store, check_id) is None
    assert announcing.newest(any_store, [identity], start) == []


def test_news_is_queued_for_the_host_that_has_a_command_and_does_not_wait_for_ever(any_store: Store) -> None:
    with any_store.write() as tx:
        identity = add(tx, "orders")
    checked(any_store, identity, Reason.INITIALISE, PASSED)
    with any_store.write() as tx:
        settings.write(tx, announcing.wanted_key(HOST), "1")
    check_id = checked(any_store, identity, Reason.BACKGROUND, FAILED)
    with any_store.write() as tx:
        (job,) = tx.execute(schema.jobs.select().where(schema.jobs.c.kind == jobs.Kind.ANNOUNCE)).all()
    assert (job.check_id, job.pinned, job.state) == (check_id, HOST, "queued")
    with any_store.write() as tx:
        assert jobs.open_for(tx, destination_id=identity) == [], "nothing that could be stopped"
        ending.fail(tx, job, worker_died(5), host=HOST)
    assert reading.checks_by_id(any_store, [check_id])[check_id].diagnosis == FAILED.diagnosis
    with any_store.write() as tx:
        jobs.prune_news(tx, job.created_at)
        assert len(tx.execute(schema.jobs.select().where(schema.jobs.c.id == job.id)).all()) == 1
        jobs.prune_news(tx, job.created_at + 1)
        assert tx.execute(schema.jobs.select().where(schema.jobs.c.id == job.id)).all() == []


def test_what_failed_last_is_told_first_whenever_it_was_begun(any_store: Store) -> None:
    for number, end in enumerate((6, 0, 1, 2, 3, 4, 5)):  # what was begun first ends last
        with any_store.write() as tx:
            identity = add(tx, f"n{number}")
        check_id = checked(any_store, identity, Reason.INITIALISE, FAILED)
        with any_store.write() as tx:
            of_it = update(schema.checks).where(schema.checks.c.id == check_id)
            tx.execute(of_it.values(created_at=number, finished_at=end))
    assert [failure.subject for failure in watching.failures(any_store, 5)] == ["n0", "n6", "n5", "n4", "n3"]


def test_the_background_looks_again_after_about_a_quarter_of_an_hour(any_store: Store) -> None:
    planned = []
    for number in range(12):
        with any_store.write() as tx:
            identity = add(tx, f"n{number}")
        checked(any_store, identity, Reason.INITIALISE, PASSED)
        with any_store.write() as tx:
            planned.append((destinations.locked(tx, identity).next_check_at - tx.now) / 60e6)
    assert all(11.9 < minutes < 18.1 for minutes in planned)
    assert max(planned) - min(planned) > 0.5, "they come in a crowd"
