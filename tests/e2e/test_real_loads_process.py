"""The process of a run: killed at any moment, stopped, orphaned; what others see meanwhile, and what it gives away.

`DESTUI_KILLS` is how often each mode and target is killed (40 is a torture run), `DESTUI_ROWS` the rows of the load.
"""

from __future__ import annotations

import errno
import glob
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pytest

from destui.domain.loads import LoadPlan, Mode, Phase, Place, Progress, RunResult, RunState, SourceSpec
from destui.loads import process
from tests.e2e.load_checks import MODES, TARGETS, Sink, apart, loaded, plan, share, write_csv
from tests.e2e.load_checks import sink as sink

pytestmark = pytest.mark.servers
every = pytest.mark.parametrize("sink", TARGETS[:5], indirect=True)

KILLS = int(os.environ.get("DESTUI_KILLS", "1"))
ROWS = int(os.environ.get("DESTUI_ROWS", "25000"))  # more than one batch
OLD = 1_000


def runners(folder: Path) -> list[int]:
    """The processes of runs whose folder lies below this one."""
    found = []
    for entry in glob.glob("/proc/[0-9]*/stat"):
        pid = int(entry.split("/")[2])
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            mine = any(os.readlink(fd).startswith(str(folder)) for fd in glob.glob(f"/proc/{pid}/fd/*"))
        except OSError:
            continue
        if b"destui.loads.runner" in command and mine:
            found.append(pid)
    return found


def _old_rows() -> set[tuple[int, str]]:
    return {(n, "old") for n in range(OLD)}


def _new_rows() -> set[tuple[int, str]]:
    # Half of the old keys, and many new ones.
    return {(n, f"new {n}") for n in range(OLD // 2, OLD // 2 + ROWS)}


def _wanted(mode: str) -> list[tuple[int, str]]:
    old, new = _old_rows(), _new_rows()
    if mode == "append":
        return sorted([*old, *new])
    if mode == "replace":
        return sorted(new)
    keys = {n for n, _ in new}
    return sorted([*(row for row in old if row[0] not in keys), *new])


def _rows(sink: Sink, table: str) -> list[tuple[int, str]]:
    return sorted((int(r["id"]), str(r["name"])) for r in sink.read(table))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "old.csv", ["id", "name"], sorted(_old_rows()))


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "new.csv", ["id", "name"], sorted(_new_rows()))


def _endless(mode: str, folder: Path) -> tuple[SourceSpec, Place]:
    """Rows that no target takes in a moment; a merge looks at all keys before it begins to load."""
    with duckdb.connect(folder / "source.duckdb"):
        pass
    rows = 8_000_000 if mode == "merge" else 400_000_000
    query = f"SELECT range AS id, range * 7919 % 1000003 || ' new' AS name FROM range({rows})"
    return SourceSpec(destination="source", query=query), Place("duckdb", {"path": str(folder / "source.duckdb")})


def _killed_after(made: LoadPlan, folder: Path, seconds: float) -> RunResult:
    """Run a plan, and kill -9 its process so many seconds after it began to load."""
    began = threading.Event()

    def kill() -> None:
        began.wait(30)
        time.sleep(seconds)  # a moment is what is to be hit
        for pid in runners(folder / "runs" / made.run_id):
            with suppress(ProcessLookupError):  # it may just have ended
                os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        return apart(made, folder, on_progress=lambda p: began.set() if p.phase is not Phase.CONNECT else None)
    finally:
        began.set()
        killer.join()


@every
@pytest.mark.parametrize("mode", MODES)
def test_a_killed_run_leaves_the_old_or_the_new_rows_and_is_finished_by_the_next_try(
    sink: Sink, mode: str, old: Path, new: Path, tmp_path: Path
) -> None:
    table = sink.table()
    loaded(plan(sink, table, old), tmp_path)
    started = time.monotonic()
    loaded(plan(sink, table, new, mode), tmp_path)
    whole = time.monotonic() - started
    assert _rows(sink, table) == _wanted(mode)
    chance = random.Random(f"{sink.kind} {mode}")
    for n in range(KILLS):
        loaded(plan(sink, table, old, "replace"), tmp_path)
        made = plan(sink, table, new, mode)
        result = _killed_after(made, tmp_path, chance.uniform(0, whole))
        if result.state is RunState.FAILED:
            assert result.diagnosis is not None
            assert result.diagnosis.code == "LOAD-KILLED", result.diagnosis
        else:
            assert result.state is RunState.DONE
            assert result.rows == ROWS
        # What a server still does for a client that is gone, the next try waits for; others may look meanwhile.
        seen = _rows(sink, table)
        assert seen in (sorted(_old_rows()), _wanted(mode)), (n, len(seen))
        assert loaded(made, tmp_path).rows == ROWS, n
        assert _rows(sink, table) == _wanted(mode), n
    assert not list((tmp_path / "runs").iterdir())


@every
def test_a_killed_first_load_into_a_new_table_is_made_up_for(sink: Sink, new: Path, tmp_path: Path) -> None:
    for seconds in (0.0, 0.1):
        table = sink.table()
        made = plan(sink, table, new)
        _killed_after(made, tmp_path, seconds)
        assert sink.count(table) in (0, ROWS)
        loaded(made, tmp_path)
        assert _rows(sink, table) == sorted(_new_rows())


@every
@pytest.mark.parametrize("mode", MODES)
def test_stop_ends_a_run_within_two_seconds(sink: Sink, mode: str, old: Path, tmp_path: Path) -> None:
    table = sink.table()
    loaded(plan(sink, table, old), tmp_path)
    cancel, stopped_at = threading.Event(), [0.0]

    def on_progress(progress: Progress) -> None:
        if progress.phase is Phase.LOAD and not cancel.is_set():
            stopped_at[0] = time.monotonic()
            cancel.set()

    source, place = _endless(mode, tmp_path)
    result = apart(plan(sink, table, source, mode, place=place), tmp_path, cancel, on_progress)
    took = time.monotonic() - stopped_at[0]
    assert result.state is RunState.STOPPED
    assert took < 2
    assert _rows(sink, table) == sorted(_old_rows())
    assert not list((tmp_path / "runs").iterdir())
    # Nothing is left that would keep the next one waiting.
    assert loaded(plan(sink, table, old, "replace"), tmp_path).rows == OLD


@pytest.mark.parametrize("sink", ["mysql"], indirect=True)
def test_a_stop_leaves_no_table_that_was_made_for_the_run(sink: Sink, old: Path, tmp_path: Path) -> None:
    cancel, table = threading.Event(), sink.table()
    source, place = _endless("append", tmp_path)
    made = plan(sink, table, source, place=place)
    result = apart(made, tmp_path, cancel, lambda told: cancel.set() if told.rows > 30_000 else None)
    assert result.state is RunState.STOPPED
    assert sink.run(f"SHOW TABLES LIKE '{table}'") in ([], ())
    # One whose undoing took longer than a stop may is none to those who look.
    sink.run(f"CREATE TABLE {table} (other int) COMMENT = 'destui run {uuid.uuid4().hex}'")
    shown = process.preview(plan(sink, table, old), folder=tmp_path / "runs")
    assert (shown.diagnosis, shown.table_exists) == (None, False)


@contextmanager
def _watching(sink: Sink, table: str) -> Iterator[set[int]]:
    """Count the table's rows all the time."""
    seen: set[int] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            try:
                seen.add(len(sink.read(table)))
            except Exception as error:  # a file that was replaced between its listing and its reading
                assert "locked" in str(error) or isinstance(error, FileNotFoundError), error

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize("sink", ["postgres", "mysql", "sqlite", "parquet"], indirect=True)
@pytest.mark.parametrize("mode", MODES)
def test_readers_see_the_old_rows_or_the_new_ones(sink: Sink, mode: str, old: Path, new: Path, tmp_path: Path) -> None:
    table = sink.table()
    loaded(plan(sink, table, old), tmp_path)
    with _watching(sink, table) as seen:
        assert apart(plan(sink, table, new, mode), tmp_path).state is RunState.DONE
    assert seen <= {OLD, len(_wanted(mode))}
    assert OLD in seen


@pytest.mark.parametrize("sink", ["postgres"], indirect=True)
def test_an_old_snapshot_still_sees_the_old_rows_after_a_replace(
    sink: Sink, old: Path, new: Path, tmp_path, postgres
) -> None:
    table = sink.table()
    loaded(plan(sink, table, old), tmp_path)
    with postgres.connect() as reader:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT 1")
        loaded(plan(sink, table, new, "replace"), tmp_path)
        assert reader.execute(f"SELECT count(*) FROM analytics.{table}".encode()).fetchone() == (OLD,)


@pytest.mark.parametrize("sink", ["postgres", "mysql"], indirect=True)
def test_no_secret_in_arguments_environment_or_files(sink: Sink, new: Path, tmp_path: Path) -> None:
    table = sink.table()
    secret = sink.place.secrets["password"].reveal().encode()
    looked = []

    def look(progress: Progress) -> None:
        for pid in runners(tmp_path / "runs"):
            with suppress(ProcessLookupError, FileNotFoundError):  # it may end meanwhile
                for name in ("cmdline", "environ"):
                    assert secret not in Path(f"/proc/{pid}/{name}").read_bytes()
                looked.append(pid)
        for file in (tmp_path / "runs").rglob("*"):
            with suppress(FileNotFoundError):  # so may this
                assert not file.is_file() or secret not in file.read_bytes()

    assert apart(plan(sink, table, new), tmp_path, on_progress=look).state is RunState.DONE
    assert looked


@pytest.mark.parametrize("sink", ["postgres"], indirect=True)
def test_progress_is_told_and_ends_at_the_whole(sink: Sink, new: Path, tmp_path: Path) -> None:
    heard: list[Progress] = []
    result = apart(plan(sink, sink.table(), new), tmp_path, on_progress=heard.append)
    assert list(dict.fromkeys(h.phase for h in heard)) == [Phase.CONNECT, Phase.LOOK, Phase.LOAD, Phase.COMMIT]
    assert (heard[-1].rows, heard[-1].bytes, share(heard[-1])) == (ROWS, new.stat().st_size, 1.0)
    assert heard[-1].rows_per_second > 0
    assert result.bytes == new.stat().st_size
    assert 0 < result.peak_memory < 600 << 20


_ORPHAN = """
import sys, threading
from pathlib import Path
from destui.domain.loads import LoadPlan, Mode, Place, SourceSpec
from destui.loads import process
plan = LoadPlan("orphan", Place("sqlite", {"path": sys.argv[1]}), "t", Mode.APPEND, SourceSpec(path=sys.argv[2]))
process.run(plan, folder=Path(sys.argv[3]), on_progress=lambda p: print(p.phase, flush=True), cancel=threading.Event())
"""


def test_a_run_ends_with_its_worker_and_what_it_put_aside_is_swept(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", ["id", "name"], ((n, f"row {n}") for n in range(600_000)))  # type: ignore[arg-type]
    runs = tmp_path / "runs"
    environment = {**os.environ, "PYTHONPATH": str(Path(process.__file__).parents[2])}
    command = [sys.executable, "-c", _ORPHAN, str(tmp_path / "t.sqlite"), str(source), str(runs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as worker:
        assert worker.stdout is not None
        for line in worker.stdout:
            if "loading" in line:
                break
        process.sweep(runs)  # leaves alone what is in use
        assert [p.name.partition("-")[0] for p in runs.iterdir() if p.is_dir()] == ["orphan"]
        (pid,) = runners(runs)
        worker.kill()
        worker.wait()
    ends_at = time.monotonic() + 2
    while Path(f"/proc/{pid}").exists():  # no child of ours: nothing tells when it is gone
        assert time.monotonic() < ends_at
        time.sleep(0.01)
    process.sweep(runs)
    assert not list(runs.iterdir())


@pytest.mark.parametrize("sink", ["sqlite"], indirect=True)
def test_a_crash_is_a_failed_run(sink: Sink, new: Path, tmp_path: Path) -> None:
    def crash(progress: Progress) -> None:
        for pid in runners(tmp_path / "runs"):
            os.kill(pid, signal.SIGSEGV)

    result = apart(plan(sink, sink.table(), new), tmp_path, on_progress=crash)
    assert result.state is RunState.FAILED
    assert result.diagnosis is not None
    assert result.diagnosis.code == "LOAD-CRASHED"
    assert "SIGSEGV" in result.diagnosis.cause


@pytest.mark.parametrize("sink", ["sqlite"], indirect=True)
def test_what_the_callback_raises_ends_the_run(sink: Sink, new: Path, tmp_path: Path) -> None:
    def fail(progress: Progress) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        apart(plan(sink, sink.table(), new), tmp_path, on_progress=fail)
    assert not runners(tmp_path)
    assert not list((tmp_path / "runs").iterdir())


def test_an_id_that_could_be_a_path_is_refused(tmp_path: Path) -> None:
    made = plan(Sink("sqlite", None, None, None), "t", "/x", run_id="../x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="run's id"):
        apart(made, tmp_path)


def test_a_folder_that_cannot_be_locked_is_no_endless_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refused(path: object, flags: int, *more: int) -> int:
        if flags & os.O_DIRECTORY:
            raise OSError(errno.EMFILE, "Too many open files", str(path))
        return real(path, flags, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refused)
    made = LoadPlan("r1", Place("sqlite", {"path": "/none"}, {}), "t", Mode.APPEND, SourceSpec(path="/none.csv"))
    with pytest.raises(OSError, match="Too many open files"):
        process.run(made, folder=tmp_path, on_progress=lambda p: None, cancel=threading.Event())


def test_a_folders_table_has_one_lock_however_it_is_spelled(tmp_path: Path) -> None:
    source, place = write_csv(tmp_path / "a.csv", ["id"], [(1,)]), Place("folder", {"path": str(tmp_path / "out")}, {})
    (tmp_path / "out").mkdir()
    for number, table in enumerate(("t", "t/", "./t")):
        made = LoadPlan(f"run{number}", place, table, Mode.APPEND, SourceSpec(path=str(source)))
        assert apart(made, tmp_path).rows == 1
    assert [lock.name for lock in (tmp_path / "out" / ".destui" / "locks").iterdir()] == ["t"]


def test_numbers_of_a_csv_are_numbers_in_a_folder_of_json(tmp_path: Path) -> None:
    place = Place("folder", {"path": str(tmp_path / "out"), "format": "jsonl"}, {})
    (tmp_path / "out").mkdir()
    contents = ([(1, "a")], [("x", "b")], [*((n, "c") for n in range(5_001)), ("late", "d")])
    for number, rows in enumerate(contents):
        source = write_csv(tmp_path / f"{number}.csv", ["id", "name"], rows)
        made = LoadPlan(f"run{number}", place, "t", Mode.APPEND, SourceSpec(path=str(source)))
        assert apart(made, tmp_path).rows == len(rows)
    files = sorted((tmp_path / "out" / "t").iterdir())
    found = [[json.loads(line)["id"] for line in file.read_text().splitlines()] for file in files]
    assert found == [[1], ["x"], [*map(str, range(5_001)), "late"]]
