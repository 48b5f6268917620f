"""What a run puts aside on the disk: told, bounded, removed; and the progress of rows that another engine reads."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from threading import Event

import pytest

from destui.domain.loads import LoadPlan, Mode, Phase, Place, Progress, RunState, SourceSpec
from destui.loads import engine, process
from destui.loads.run import Run
from tests.e2e.load_checks import share

ROWS = 300_000


def filled(path: Path, rows: int = ROWS) -> Place:
    """A database file with a table `t`."""
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT)")
        file.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"
            " INSERT INTO t SELECT i, 'row number ' || i || ' of many' FROM n"
        )
    return Place("sqlite", {"path": str(path)})


def test_rows_of_sqlite_into_a_folder_tell_their_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "EVERY", 0.01)  # a quick machine is done within the time between two tellings
    source = filled(tmp_path / "a.db")
    (tmp_path / "lake").mkdir()
    lake = Place("folder", {"path": str(tmp_path / "lake"), "format": "parquet"})
    plan = LoadPlan("one", lake, "t", Mode.REPLACE, SourceSpec(destination="a", table="t"), source)
    runs = tmp_path / "runs" / "one"
    runs.mkdir(parents=True)
    heard: list[Progress] = []
    result = Run(plan, runs, heard.append).run()
    assert (result.state, result.rows) == (RunState.DONE, ROWS)
    assert {h.total_rows for h in heard if h.phase is Phase.LOAD} == {ROWS}
    assert any(0 < h.rows < ROWS and 0 < (share(h) or 0) < 1 for h in heard), [(h.phase, h.rows) for h in heard]


def test_what_a_merge_puts_aside_is_told_and_removed(tmp_path: Path) -> None:
    target, source = filled(tmp_path / "a.db"), filled(tmp_path / "b.db")
    plan = LoadPlan("one", target, "t", Mode.MERGE, SourceSpec(destination="b", table="t"), source, ("id",))
    heard: list[Progress] = []
    result = process.run(plan, folder=tmp_path / "runs", on_progress=heard.append, cancel=Event())
    assert (result.state, result.rows) == (RunState.DONE, ROWS)
    assert result.peak_disk > 5_000_000 and max(h.disk for h in heard) > 1_000_000
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_run_that_has_no_room_left_says_where_and_how_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MOST_DISK", 2_000_000 / shutil.disk_usage(tmp_path).free)
    monkeypatch.setattr(engine, "MEMORY", "24MB")
    place = filled(tmp_path / "a.db", 800_000)
    runs = tmp_path / "runs" / "one"
    runs.mkdir(parents=True)
    # The file that is read is written: all of it is put aside first.
    plan = LoadPlan("one", place, "copy", Mode.APPEND, SourceSpec(destination="a", table="t"), place)
    result = Run(plan, runs, lambda progress: None).run()
    assert result.state is RunState.FAILED and result.diagnosis is not None
    assert result.diagnosis.code == "LOAD-TEMP", result.diagnosis
    assert str(runs.parent) in result.diagnosis.cause and "put aside" in result.diagnosis.cause
    with sqlite3.connect(tmp_path / "a.db") as file:
        assert not file.execute("SELECT 1 FROM sqlite_master WHERE name = 'copy'").fetchall()


def test_a_merge_into_sqlite_that_has_no_room_left_leaves_the_table_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MOST_DISK", 2_000_000 / shutil.disk_usage(tmp_path).free)
    target, source = filled(tmp_path / "a.db", 10), filled(tmp_path / "b.db", 100_000)
    runs = tmp_path / "runs" / "one"
    runs.mkdir(parents=True)
    plan = LoadPlan("one", target, "t", Mode.MERGE, SourceSpec(destination="b", table="t"), source, ("id",))
    result = Run(plan, runs, lambda progress: None).run()
    assert result.state is RunState.FAILED and result.diagnosis is not None
    assert result.diagnosis.code == "LOAD-TEMP", result.diagnosis
    assert str(runs.parent) in result.diagnosis.cause and "put aside" in result.diagnosis.cause
    with sqlite3.connect(tmp_path / "a.db") as file:
        assert file.execute("SELECT count(*) FROM t").fetchall() == [(10,)]
