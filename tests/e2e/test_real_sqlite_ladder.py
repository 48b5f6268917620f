"""Ladders against real SQLite files: each fault with its causes, and a fix that works as pasted."""

from __future__ import annotations

import json
import os
import pwd
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from destui.connectors.ladder import run_ladder
from destui.domain.check import CheckState, Diagnosis, Outcome, StepState
from tests.servers.processes import server_folder

UNPRIVILEGED = """
import json, os, sqlite3, sys, threading
from destui.connectors import ladder, sqlite
from destui.connectors.registry import type_ids
type_ids()
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
outcome = ladder.run_ladder("sqlite", {"path": sys.argv[1]}, {}, on_step=lambda position, step: None,
                            cancel=threading.Event(), token="e2e")
found = outcome.diagnosis
print(json.dumps({"state": outcome.state.value, **({} if found is None else {
    "step": found.step, "causes": found.causes, "cause": found.cause, "lines": found.fix_lines})}))
"""

HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""


def check(path: Path, deadlines: Mapping[str, float] | None = None, cancel: threading.Event | None = None) -> Outcome:
    return run_ladder(
        "sqlite", {"path": str(path)}, {}, on_step=lambda position, step: None, cancel=cancel or threading.Event(),
        token="e2e", deadlines=deadlines,
    )  # fmt: skip


def check_as_nobody(path: Path) -> dict[str, Any]:
    """The same in a child without root's rights, for whom nothing could be forbidden."""
    done = subprocess.run([sys.executable, "-c", UNPRIVILEGED, str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def fails(outcome: Outcome, step: str, *causes: str) -> Diagnosis:
    found = outcome.diagnosis
    assert outcome.state is CheckState.FAILED and found is not None, outcome
    assert (found.step, found.causes) == (step, causes), found
    assert outcome.steps[-1].state is StepState.PASSED
    return found


def passes(outcome: Outcome) -> None:
    assert outcome.state is CheckState.PASSED, outcome


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter but only its owner change."""
    with server_folder(None) as folder:
        folder.chmod(0o755)
        yield folder


def nobody_s_name() -> str:
    return pwd.getpwuid(65534 if os.geteuid() == 0 else os.geteuid()).pw_name


def test_a_new_file_passes_and_is_not_left_behind(tmp_path: Path) -> None:
    outcome = check(tmp_path / "new.db")
    passes(outcome)
    assert outcome.steps[0].message == "a new file"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_an_existing_file_passes_and_stays_as_it_was(tmp_path: Path, journal: str) -> None:
    path = tmp_path / 'has data\'and "quotes".db'
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("CREATE TABLE t AS SELECT 1 AS a")
    connection.close()
    before = path.read_bytes()
    passes(check(path))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_an_empty_file_that_was_there_stays(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    passes(check(tmp_path / "empty.db"))
    assert (tmp_path / "empty.db").exists()


def test_a_missing_folder(tmp_path: Path) -> None:
    path = tmp_path / "not yet" / "deeper" / "x.db"
    found = fails(check(path), "open", "path_missing")
    subprocess.run(["sh", "-c", found.fix_lines[0]], check=True)
    passes(check(path))


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    assert str(tmp_path) in fails(check(tmp_path), "open", "path_wrong_kind").cause


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are notes, not a database.\n" * 100)
    before = path.read_bytes()
    fails(check(path), "open", "file_not_a_database")
    assert path.read_bytes() == before


def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    content = bytearray(path.read_bytes())
    content[100:108] = b"\xff" * 8  # the header of the page that holds the schema
    path.write_bytes(content)
    fails(check(path), "open", "file_corrupt")


@pytest.mark.parametrize(
    ("journal", "step"), [("delete", "open"), ("wal", "create")], ids=["exclusive lock", "write lock"]
)
def test_a_file_locked_by_another_process(tmp_path: Path, journal: str, step: str) -> None:
    path = tmp_path / "busy.db"
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    command = [sys.executable, "-c", HOLDER, str(path), "BEGIN EXCLUSIVE"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        found = fails(check(path, {step: 1.0}), step, "locked")
        assert str(path) in found.cause
        holder.stdin.close()
    passes(check(path))


def test_a_lock_that_is_let_go_in_time_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "busy.db"
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("CREATE TABLE t (a)")
    connection.execute("BEGIN EXCLUSIVE")
    told: list[str] = []

    def on_step(position: int, step: Any) -> None:
        told.append(step.message)
        if step.message == "locked, trying again":
            connection.rollback()

    passes(run_ladder("sqlite", {"path": str(path)}, {}, on_step=on_step, cancel=threading.Event(), token="e2e"))
    assert "locked, trying again" in told
    connection.close()


def test_cancel_ends_the_wait_for_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "busy.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE t (a)")
    connection.execute("BEGIN EXCLUSIVE")
    cancel = threading.Event()
    threading.Timer(0.1, cancel.set).start()
    started = time.monotonic()
    assert check(path, cancel=cancel).cancelled
    assert time.monotonic() - started < 1.1
    connection.close()


@pytest.mark.parametrize("mode", [0o600, 0o644], ids=["unreadable", "unwritable"])
def test_a_file_that_the_worker_may_not_use(open_folder: Path, mode: int) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to own a file that another user may not use")
    open_folder.chmod(0o777)
    path = open_folder / "theirs.db"
    sqlite3.connect(path).execute("CREATE TABLE t (a)").connection.close()
    path.chmod(mode)
    found = check_as_nobody(path)
    assert (found["step"], found["causes"]) == ("open", ["path_not_permitted"])
    assert nobody_s_name() in found["cause"]
    subprocess.run(["sh", "-c", found["lines"][0]], check=True)
    assert check_as_nobody(path) == {"state": "passed"}


@pytest.mark.parametrize("mode", [0o700, 0o755], ids=["closed", "unwritable"])
def test_a_folder_that_the_worker_may_not_use(open_folder: Path, mode: int) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to own a folder that another user may not use")
    inner = open_folder / "inner folder"
    inner.mkdir(mode=mode)
    inner.chmod(mode)
    for _ in range(2):  # a closed folder first has to be entered, then written
        found = check_as_nobody(inner / "x.db")
        if found == {"state": "passed"}:
            break
        assert (found["step"], found["causes"]) == ("open", ["path_not_permitted"])
        assert str(inner) in found["cause"]
        subprocess.run(["sh", "-c", found["lines"][0]], check=True)
    assert check_as_nobody(inner / "x.db") == {"state": "passed"}


def test_a_killed_check_leaves_a_sound_file(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t AS SELECT 42 AS a")
    connection.close()
    code = (
        "import os, signal, sys, threading\n"
        "from destui.connectors.ladder import run_ladder\n"
        "def on_step(position, step):\n"
        "    if step.name == 'read back':\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "run_ladder('sqlite', {'path': sys.argv[1]}, {}, on_step=on_step, cancel=threading.Event(), token='killed')\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("t",)]
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
