"""Ladders against real SQLite files: each fault with its causes, and a fix that works as pasted."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from destui.connectors.ladder import run_ladder
from tests.e2e.local_checks import check, fails, mounted, needs_root, open_folder, passes, paste, remedied

HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""


def make(path: Path, journal: str = "delete") -> Path:
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("CREATE TABLE t AS SELECT 42 AS a")
    connection.close()
    return path


def test_a_new_file_passes_and_is_not_left_behind(tmp_path: Path) -> None:
    outcome = check("sqlite", tmp_path / "new.db")
    passes(outcome)
    assert outcome.steps[0].message == "a new file"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_an_existing_file_passes_and_stays_as_it_was(tmp_path: Path, journal: str) -> None:
    path = make(tmp_path / 'has data\'and "quotes".db', journal)
    before = path.read_bytes()
    outcome = check("sqlite", path)
    passes(outcome)
    assert outcome.detail["file size"] == str(len(before)) and outcome.detail["free space"].isdigit()
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_an_empty_file_that_was_there_stays(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    passes(check("sqlite", tmp_path / "empty.db"))
    assert (tmp_path / "empty.db").exists()


def test_a_missing_folder(tmp_path: Path) -> None:
    path = tmp_path / "not yet" / "deeper" / "x.db"
    paste(fails(check("sqlite", path), "open", "SQLITE-NO-FOLDER", "path_missing").fix_lines)
    passes(check("sqlite", path))


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    assert str(tmp_path) in fails(check("sqlite", tmp_path), "open", "SQLITE-WRONG-KIND", "path_wrong_kind").cause


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are notes, not a database.\n" * 100)
    before = path.read_bytes()
    fails(check("sqlite", path), "open", "SQLITE-NOTADB", "file_not_a_database")
    assert path.read_bytes() == before


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_damaged_file(tmp_path: Path, journal: str) -> None:
    path = make(tmp_path / "it's damaged.db", journal)
    content = bytearray(path.read_bytes())
    content[100:108] = b"\xff" * 8  # the header of the page that holds the schema
    path.write_bytes(content)
    beside = path.with_name(path.name + "-wal")
    beside.touch()
    found = fails(check("sqlite", path), "open", "SQLITE-CORRUPT", "file_corrupt")
    assert found.fix_lines[0].startswith("sqlite3 ")
    paste(found.fix_lines[1:])  # the first needs a program that SQLite's library does not bring
    passes(check("sqlite", path))
    assert not beside.exists()


@pytest.mark.parametrize(
    ("journal", "step"), [("delete", "open"), ("wal", "create")], ids=["exclusive lock", "write lock"]
)
def test_a_file_locked_by_another_process(tmp_path: Path, journal: str, step: str) -> None:
    path = make(tmp_path / "busy.db", journal)
    command = [sys.executable, "-c", HOLDER, str(path), "BEGIN EXCLUSIVE"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        found = fails(check("sqlite", path, {step: 1.0}), step, "SQLITE-BUSY", "locked")
        assert str(path) in found.cause
        holder.stdin.close()
    passes(check("sqlite", path))


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
    assert check("sqlite", path, cancel=cancel).cancelled
    assert time.monotonic() - started < 1.1
    connection.close()


@needs_root
@pytest.mark.parametrize("mode", [0o600, 0o644], ids=["unreadable", "unwritable"])
def test_a_file_that_the_worker_may_not_use(mode: int) -> None:
    with open_folder() as folder:
        folder.chmod(0o777)
        path = make(folder / "theirs.db")
        path.chmod(mode)
        remedied("sqlite", path, "open", "SQLITE-FILE-CLOSED", "path_not_permitted")


@needs_root
@pytest.mark.parametrize("has_file", [True, False])
@pytest.mark.parametrize(
    ("mode", "owner", "who"), [(0o700, 0, "root"), (0o755, 0, "root"), (0o500, 65534, "root or nobody")]
)
def test_a_folder_that_the_worker_may_not_use(mode: int, owner: int, who: str, has_file: bool) -> None:
    with open_folder() as folder:
        inner = folder / "inner folder"
        inner.mkdir()
        if has_file:
            make(inner / "x.db").chmod(0o600)
            os.chown(inner / "x.db", owner, owner)
        os.chown(inner, owner, owner)
        inner.chmod(mode)
        remedied("sqlite", inner / "x.db", "open", "SQLITE-FOLDER-CLOSED", "path_not_permitted", who)


@needs_root
@pytest.mark.parametrize("mode", [0o700, 0o777])
def test_folders_on_the_way_that_the_worker_may_not_enter(mode: int) -> None:
    with open_folder() as folder:
        inner = folder / "closed" / "it's too" / "inner"
        inner.mkdir(parents=True)
        inner.chmod(mode)
        make(inner / "x.db").chmod(mode & 0o666)
        inner.parent.chmod(0o700)
        inner.parent.parent.chmod(0o700)
        remedied("sqlite", inner / "x.db", "open", "SQLITE-FOLDER-CLOSED", "path_not_permitted")


@needs_root
def test_a_missing_folder_that_the_worker_may_not_make() -> None:
    with open_folder() as folder:
        old = os.umask(0o077)
        try:
            path = folder / "it's not there" / "yet" / "x.db"
            remedied("sqlite", path, "open", "SQLITE-NO-FOLDER-ROOT", "path_missing")
        finally:
            os.umask(old)


@needs_root
@pytest.mark.parametrize("existing", [True, False])
def test_a_read_only_file_system(existing: bool) -> None:
    with mounted("-t", "tmpfs") as folder:
        path = folder / "x.db"
        if existing:
            make(path)
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        paste(fails(check("sqlite", path), "open", "SQLITE-READONLY-SYSTEM", "read_only").fix_lines)
        passes(check("sqlite", path))


@needs_root
def test_a_folder_missing_on_a_read_only_file_system() -> None:
    with mounted("-t", "tmpfs", "-o", "ro") as folder:
        fails(check("sqlite", folder / "deeper" / "x.db"), "open", "SQLITE-READONLY-SYSTEM", "read_only")


@needs_root
def test_a_full_disk() -> None:
    with mounted("-t", "tmpfs", "-o", "size=1M") as folder:
        with pytest.raises(OSError, match="No space left"):
            (folder / "filler").write_bytes(bytes(2 << 20))
        found = fails(check("sqlite", folder / "x.db"), "create", "SQLITE-FULL", "disk_full")
        assert "100%" in subprocess.run(["sh", "-c", found.fix_lines[0]], capture_output=True, text=True).stdout
        (folder / "filler").unlink()
        passes(check("sqlite", folder / "x.db"))


def test_a_link_to_a_file_that_is_not_made_yet(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    link = tmp_path / "link.db"
    link.symlink_to(tmp_path / "data" / "new.db")
    passes(check("sqlite", link))
    assert link.is_symlink()
    assert list((tmp_path / "data").iterdir()) == []


def test_a_link_to_itself(tmp_path: Path) -> None:
    path = tmp_path / "loop.db"
    path.symlink_to(path)
    fails(check("sqlite", path), "open", "SQLITE-LOOP", "path_missing")


def test_a_killed_check_leaves_a_sound_file(tmp_path: Path) -> None:
    path = make(tmp_path / "kept.db")
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


@pytest.mark.skipif(not os.path.ismount("/proc"), reason="needs the folder in which Linux shows itself")
def test_a_folder_that_takes_no_files() -> None:
    found = fails(check("sqlite", Path("/proc/x.db")), "open", "SQLITE-NO-FILES", "path_not_permitted")
    assert found.cause == "The folder /proc takes no new files: what lies there is made by the system itself (proc)."
    assert "Path" in found.fix and not found.fix_lines
