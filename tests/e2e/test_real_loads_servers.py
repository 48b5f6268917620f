"""Rows of servers: read as fast as they are taken and no faster, and by nobody else once that fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from destui.domain.loads import LoadPlan, RunResult, RunState, SourceSpec
from tests.e2e.load_checks import Sink, apart, plan, sink_of
from tests.servers.mariadb import Mariadb
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.servers
_HELD = 77
TEXT = 900
"""Bytes of each row, about."""


@pytest.fixture
def origin(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sink]:
    """Where rows come from, by the parameter's name."""
    with sink_of(request.param, request, tmp_path) as made:
        yield made


@pytest.fixture
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sink]:
    """Where they go, by the parameter's name."""
    with sink_of(request.param, request, tmp_path) as made:
        yield made


def filled(origin: Sink, rows: int, number: str = "i") -> SourceSpec:
    """A new table with so many rows of `id` and `t`; `number` is an id's expression over `i`."""
    table = origin.table()
    if origin.kind == "postgres":
        series, text, kept = f"generate_series(1, {rows}) AS i", f"repeat('x', {TEXT})", "UNLOGGED TABLE"
    else:
        series, text, kept = f"(SELECT seq AS i FROM seq_1_to_{rows}) s", f"repeat('x', {TEXT})", "TABLE"
    origin.run(f"CREATE {kept} {table} AS SELECT {number} AS id, {text} AS t FROM {series}")
    return SourceSpec(table=table)


@contextmanager
def blocked(postgres: Postgres, made: LoadPlan, folder: Path) -> Iterator[list[RunResult]]:
    """A run whose target takes no rows until this ends; its result is there then."""
    results: list[RunResult] = []
    run = threading.Thread(target=lambda: results.append(apart(made, folder)))
    body = f"BEGIN PERFORM pg_advisory_xact_lock_shared({_HELD}); RETURN NULL; END"
    postgres.run(
        f"CREATE OR REPLACE FUNCTION analytics.held() RETURNS trigger LANGUAGE plpgsql AS '{body}'",
        f"CREATE TRIGGER held BEFORE INSERT ON analytics.{made.table} EXECUTE FUNCTION analytics.held()",
    )
    with postgres.connect() as lock, lock.transaction():
        lock.execute(f"SELECT pg_advisory_xact_lock({_HELD})".encode())
        run.start()
        yield results
    run.join(90)


def sending(mariadb: Mariadb, seconds: int) -> list[int]:
    """The sessions of loads that have been sending rows for so long, by their numbers."""
    asked = (
        "SELECT ID FROM information_schema.PROCESSLIST"
        f" WHERE INFO LIKE 'SELECT %FROM `t_%' AND STATE = 'Writing to net' AND TIME >= {seconds}"
    )
    return [int(row[0]) for row in mariadb.run(asked)]


def until(found: Callable[[], list[int]]) -> list[int]:
    """Wait for what only a server knows: sessions of its own."""
    ends_at = time.monotonic() + 60
    while not (sessions := found()):
        assert time.monotonic() < ends_at
        time.sleep(0.1)
    return sessions


@pytest.mark.parametrize(
    ("origin", "target", "rows"),
    [("postgres", "duckdb", 300_000), ("postgres", "postgres", 300_000), ("mysql", "postgres", 30_000)],
    indirect=["origin", "target"],
)
def test_a_value_that_does_not_fit_is_told_with_its_row_while_there_is_more_to_read(
    origin: Sink, target: Sink, rows: int, tmp_path: Path
) -> None:
    source = filled(origin, rows, "CASE WHEN i = 5000 THEN 5000000000 ELSE i END")
    table = target.table()
    target.run(f"CREATE TABLE {table} (id integer, t text)")
    found = apart(plan(target, table, source, place=origin.place), tmp_path).diagnosis
    assert found is not None and found.code == "LOAD-VALUE", found
    assert "in row 5000 of " in found.message
    assert target.count(table) == 0


@pytest.mark.parametrize(("origin", "target"), [("mysql", "sqlite"), ("postgres", "sqlite")], indirect=True)
def test_a_column_that_becomes_text_is_read_anew_while_there_is_more_to_read(
    origin: Sink, target: Sink, tmp_path: Path
) -> None:
    number = "CAST(CASE WHEN i = 5000 THEN 1234567890123456.78 ELSE i END AS DECIMAL(18, 2))"
    made = plan(target, target.table(), filled(origin, 60_000, number), place=origin.place)
    result = apart(made, tmp_path)
    assert (result.state, result.rows) == (RunState.DONE, 60_000), result.diagnosis
    assert "1234567890123456.78 in row 5000 of " in result.warnings[0]


@pytest.mark.parametrize(("origin", "target"), [("postgres", "sqlite")], indirect=True)
def test_a_target_that_refuses_at_once_ends_the_reading(origin: Sink, target: Sink, tmp_path: Path) -> None:
    table = target.table()
    target.run(f"CREATE TABLE {table} (id integer UNIQUE, t text)")
    found = apart(plan(target, table, filled(origin, 500_000, "1"), place=origin.place), tmp_path).diagnosis
    assert found is not None and found.code == "LOAD-UNIQUE", found


@pytest.mark.parametrize(("origin", "target"), [("mysql", "postgres")], indirect=True)
def test_what_a_waiting_target_does_not_take_waits_at_the_source(
    origin: Sink, target: Sink, postgres: Postgres, mariadb: Mariadb, tmp_path: Path
) -> None:
    """Neither is it kept in memory, nor does its server give up."""
    source, table = filled(origin, 400_000), target.table()
    target.run(f"CREATE TABLE {table} (id integer, t text)")
    patience = mariadb.run("SELECT @@GLOBAL.net_write_timeout")[0][0]
    mariadb.run("SET GLOBAL net_write_timeout = 1")
    try:
        with blocked(postgres, plan(target, table, source, place=origin.place), tmp_path) as results:
            until(lambda: sending(mariadb, 3))  # it has waited for us three times as long as it would
    finally:
        mariadb.run(f"SET GLOBAL net_write_timeout = {patience}")
    assert (results[0].state, results[0].rows) == (RunState.DONE, 400_000), results[0].diagnosis
    assert results[0].peak_memory < 420_000_000


@pytest.mark.parametrize(("origin", "target"), [("mysql", "postgres")], indirect=True)
def test_a_source_that_is_lost_in_the_middle_is_told_in_its_drivers_words(
    origin: Sink, target: Sink, postgres: Postgres, mariadb: Mariadb, tmp_path: Path
) -> None:
    source, table = filled(origin, 150_000), target.table()
    target.run(f"CREATE TABLE {table} (id integer, t text)")
    with blocked(postgres, plan(target, table, source, place=origin.place), tmp_path) as results:
        for number in until(lambda: sending(mariadb, 1)):
            mariadb.run(f"KILL {number}")
    found = results[0].diagnosis
    assert found is not None and results[0].of_source and found.code.startswith("MY-"), found
    assert "Traceback" not in found.message and ".py" not in found.message
    assert target.count(table) == 0
