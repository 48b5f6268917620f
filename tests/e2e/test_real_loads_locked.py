"""A table that somebody has locked: the run says that it waits, and goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from destui.domain.loads import Phase, Progress, RunResult, RunState
from destui.loads.run import Run
from tests.e2e.load_checks import Sink, loaded, plan, write_csv
from tests.e2e.load_checks import sink as sink

pytestmark = pytest.mark.servers
HEADER = ["id", "name"]


@contextmanager
def locked(sink: Sink, table: str, request: pytest.FixtureRequest) -> Iterator[Callable[[], None]]:
    """Somebody else has the table, until what this gives is called."""
    with ExitStack() as held:
        if sink.kind == "postgres":
            session = held.enter_context(closing(request.getfixturevalue("postgres").connect()))
            session.execute(b"BEGIN")
            session.execute(f"LOCK TABLE analytics.{table} IN ACCESS EXCLUSIVE MODE".encode())
        else:
            session = held.enter_context(closing(request.getfixturevalue("mariadb").root()))
            with session.cursor() as cursor:
                cursor.execute(f"LOCK TABLES warehouse.{table} WRITE")
        yield held.close


@pytest.mark.parametrize("mode", ["append", "replace", "merge"])
@pytest.mark.parametrize("sink", ["postgres", "mysql"], indirect=True)
def test_a_run_says_that_it_waits_for_a_lock(
    sink: Sink, mode: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    table, own = sink.table(), tmp_path / "run"
    loaded(plan(sink, table, write_csv(tmp_path / "a.csv", HEADER, [(1, "one")])), tmp_path)
    made = plan(sink, table, write_csv(tmp_path / "b.csv", HEADER, [(2, "two")]), mode)
    own.mkdir()
    phases: list[Phase] = []
    waits, results = threading.Event(), list[RunResult]()

    def tell(progress: Progress) -> None:
        phases.append(progress.phase)
        if progress.phase is Phase.LOCK:
            waits.set()

    run = threading.Thread(target=lambda: results.append(Run(made, own, tell).run()))
    with locked(sink, table, request) as release:
        run.start()
        assert waits.wait(40)
        assert not results
        release()
        run.join(40)
    assert results[0].state is RunState.DONE, results[0].diagnosis
    assert phases[-1] is not Phase.LOCK
    rows = [("2", "two")] if mode == "replace" else [("1", "one"), ("2", "two")]
    assert sorted((str(row["id"]), row["name"]) for row in sink.read(table)) == rows


@pytest.mark.parametrize("sink", ["postgres", "mysql"], indirect=True)
def test_one_that_waits_for_nobody_does_not_say_so(sink: Sink, tmp_path: Path) -> None:
    table, own = sink.table(), tmp_path / "run"
    source = write_csv(tmp_path / "a.csv", HEADER, [(1, "one")])
    loaded(plan(sink, table, source), tmp_path)
    own.mkdir()
    phases: list[Phase] = []
    result = Run(plan(sink, table, source), own, lambda progress: phases.append(progress.phase)).run()
    assert result.state is RunState.DONE and Phase.LOCK not in phases and Phase.LOAD in phases
