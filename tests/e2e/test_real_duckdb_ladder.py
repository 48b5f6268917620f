"""Ladders on real DuckDB files: each fault with its causes, and a fix that works as pasted."""

from __future__ import annotations

import os
import signal
import sqlite3
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from destui.connectors.ladder import run_ladder
from destui.domain.check import CheckState, Outcome, Step, StepState
from tests.e2e.local_checks import (
    LADDERS,
    check,
    check_in_child,
    fails,
    field,
    frozen,
    kill_ladders,
    mounted,
    mounted_disk,
    needs_root,
    open_folder,
    passes,
    paste,
    remedied,
)  # fmt: skip

HOLDER = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
print("held", flush=True)
sys.stdin.read()
"""

CRASHED = """
import duckdb, os, sys
connection = duckdb.connect(sys.argv[1])
connection.execute("CREATE TABLE in_the_log AS SELECT 7 AS a")
os._exit(0)
"""


def make(path: Path) -> Path:
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE t AS SELECT 42 AS a")
    return path


def make_with_log(path: Path) -> tuple[Path, Path]:
    """A database whose writer crashed: its last table is only in the log."""
    subprocess.run([sys.executable, "-c", CRASHED, str(path)], check=True)
    log = path.with_name(path.name + ".wal")
    assert log.exists()
    return path, log


def tables(path: Path) -> list[str]:
    with duckdb.connect(path, read_only=True) as connection:
        return [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]


def patch(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


def set_version(path: Path, version: int) -> None:
    """Write another storage version into the header, and the checksum that makes it a sound one."""
    header = bytearray(path.read_bytes()[:4096])
    header[12:20] = struct.pack("<Q", version)
    checksum = 5381
    for (word,) in struct.iter_unpack("<Q", header[8:]):
        checksum ^= word * 0xBF58476D1CE4E5B9 % 2**64
    patch(path, 0, struct.pack("<Q", checksum) + header[8:])


@contextmanager
def held(path: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLDER, str(path), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        yield holder


def test_a_new_file_passes_and_is_not_left_behind(tmp_path: Path) -> None:
    outcome = check("duckdb", tmp_path / "new.duckdb")
    passes(outcome)
    assert outcome.detail["server"] == f"DuckDB {duckdb.__version__}"
    assert "file size" not in outcome.detail and outcome.detail["free space"].isdigit()
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_passes_and_stays_as_it_was(tmp_path: Path) -> None:
    path = make(tmp_path / 'has data\'and "quotes".duckdb')
    before = path.read_bytes()
    passes(check("duckdb", path))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_log_that_a_crash_left_stays_as_it_was(tmp_path: Path) -> None:
    path, log = make_with_log(tmp_path / "crashed.duckdb")
    before = path.read_bytes(), log.read_bytes()
    passes(check("duckdb", path))
    assert (path.read_bytes(), log.read_bytes()) == before
    assert tables(path) == ["in_the_log"]


def test_many_checks_of_one_file_at_once_pass(tmp_path: Path) -> None:
    path = make(tmp_path / "shared.duckdb")
    (tmp_path / "link.duckdb").symlink_to(path)
    outcomes: list[Outcome] = []

    def climb(number: int) -> None:
        outcomes.append(check("duckdb", (path, tmp_path / "link.duckdb")[number % 2], token=f"t{number}"))

    threads = [threading.Thread(target=climb, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 20
    for outcome in outcomes:
        passes(outcome)
    assert tables(path) == ["t"]


def test_a_check_through_a_link_does_not_drop_the_lock_of_another_in_this_process(tmp_path: Path) -> None:
    path = make(tmp_path / "shared.duckdb")
    link = tmp_path / "link.duckdb"
    link.symlink_to(path)
    seen: list[dict[str, Any]] = []

    def on_step(position: int, step: Step) -> None:
        if step.name == "read back" and step.state is StepState.RUNNING:
            passes(check("duckdb", link, token="other"))
            done = subprocess.run([sys.executable, "-c", HOLDER, str(path), "write"], input="", capture_output=True)
            seen.append({"ended": done.returncode, "said": done.stderr.decode()})

    passes(run_ladder("duckdb", {"path": str(path)}, {}, on_step=on_step, cancel=threading.Event(), token="e2e"))
    assert seen[0]["ended"] == 1
    assert f"PID {os.getpid()}" in seen[0]["said"]


def test_a_link_to_a_file_that_is_not_made_yet(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    link = tmp_path / "link.duckdb"
    link.symlink_to(tmp_path / "data" / "new.duckdb")
    passes(check("duckdb", link))
    assert link.is_symlink()
    assert list((tmp_path / "data").iterdir()) == []


def test_a_missing_folder(tmp_path: Path) -> None:
    path = tmp_path / "it's not there" / "yet" / "x.duckdb"
    paste(fails(check("duckdb", path), "open", "DUCK-NO-FOLDER", "path_missing").fix_lines)
    passes(check("duckdb", path))


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    assert str(tmp_path) in fails(check("duckdb", tmp_path), "open", "DUCK-WRONG-KIND", "path_wrong_kind").cause


def test_a_path_through_a_file(tmp_path: Path) -> None:
    (tmp_path / "notes").touch()
    fails(check("duckdb", tmp_path / "notes" / "x.duckdb"), "open", "DUCK-WRONG-KIND", "path_wrong_kind")


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are notes, not a database.\n" * 100)
    before = path.read_bytes()
    found = fails(check("duckdb", path), "open", "DUCK-NOTADB", "file_not_a_database")
    assert path.read_bytes() == before
    passes(check("duckdb", field(found.fix_lines)))


def test_a_file_of_sqlite_is_told_without_asking_the_network(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    found = fails(check("duckdb", path), "open", "DUCK-NOTADB", "file_not_a_database")
    assert "download" not in found.message
    passes(check("duckdb", field(found.fix_lines)))


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty file.duckdb"
    path.touch()
    paste(fails(check("duckdb", path), "open", "DUCK-EMPTY", "file_not_a_database").fix_lines)
    passes(check("duckdb", path))


@pytest.mark.parametrize("how", ["header", "tree", "cut"])
def test_a_damaged_file(tmp_path: Path, how: str) -> None:
    path, log = make_with_log(tmp_path / "damaged.duckdb")
    if how == "cut":
        os.truncate(path, 9000)
    for offset in {"header": (200,), "tree": (4096, 8192)}.get(how, ()):
        patch(path, offset, b"\xff" * 8)
    paste(fails(check("duckdb", path), "open", "DUCK-CORRUPT", "file_corrupt").fix_lines)
    assert not log.exists()
    passes(check("duckdb", path))
    assert tables(make(path)) == ["t"]


def test_a_damaged_log(tmp_path: Path) -> None:
    path, log = make_with_log(tmp_path / "x.duckdb")
    patch(log, 60, b"\xff")
    found = fails(check("duckdb", path), "open", "DUCK-LOG-DAMAGED", "file_corrupt")
    assert str(log) in found.cause
    paste(found.fix_lines)
    passes(check("duckdb", path))


def test_a_newer_storage_version_and_a_newer_log(tmp_path: Path) -> None:
    path = make(tmp_path / "newer.duckdb")
    set_version(path, 99)
    fails(check("duckdb", path), "open", "DUCK-NEWER", "version_incompatible")
    path, log = make_with_log(tmp_path / "log.duckdb")
    patch(log, 5, b"\x09")
    found = fails(check("duckdb", path), "open", "DUCK-NEWER", "version_incompatible")
    assert "WAL of version 9" in found.message


def test_an_older_storage_version(tmp_path: Path) -> None:
    path = make(tmp_path / "older.duckdb")
    set_version(path, 38)
    assert "DuckDB version v0.5" in fails(check("duckdb", path), "open", "DUCK-OLDER", "version_incompatible").cause


def test_an_encrypted_file(tmp_path: Path) -> None:
    path = tmp_path / "sealed.duckdb"
    with duckdb.connect() as connection:
        connection.execute("SET force_mbedtls_unsafe = 'true'")
        connection.execute(f"ATTACH '{path}' AS sealed (ENCRYPTION_KEY 'quack')")
        connection.execute("CREATE TABLE sealed.t AS SELECT 1 AS a")
    found = fails(check("duckdb", path), "open", "DUCK-ENCRYPTED", "credentials_missing")
    passes(check("duckdb", field(found.fix_lines)))


@pytest.mark.parametrize("how", ["write", "read"])
def test_a_file_that_another_process_has_open(tmp_path: Path, how: str) -> None:
    path = make(tmp_path / "busy.duckdb")
    with held(path, how) as holder:
        found = fails(check("duckdb", path, {"open": 1.0}), "open", "DUCK-LOCKED-BY", "locked")
        assert str(holder.pid) in found.cause
        assert found.fix_lines == (f"kill {holder.pid}",)
        paste(found.fix_lines)
        assert holder.wait(10) == -signal.SIGTERM
    passes(check("duckdb", path))


def test_a_lock_that_is_let_go_in_time_is_waited_for(tmp_path: Path) -> None:
    path = make(tmp_path / "busy.duckdb")
    told: list[str] = []
    with held(path, "write") as holder:

        def on_step(position: int, step: Step) -> None:
            told.append(step.message)
            if told[-1] == f"locked by process {holder.pid}, trying again":
                holder.communicate()

        outcome = run_ladder("duckdb", {"path": str(path)}, {}, on_step=on_step, cancel=threading.Event(), token="e2e")
    passes(outcome)
    assert f"locked by process {holder.pid}, trying again" in told


def test_cancel_ends_the_wait_for_a_lock(tmp_path: Path) -> None:
    path = make(tmp_path / "busy.duckdb")
    cancel = threading.Event()
    with held(path, "write") as holder:
        threading.Timer(0.3, cancel.set).start()
        started = time.monotonic()
        assert check("duckdb", path, cancel=cancel).cancelled
        assert time.monotonic() - started < 1.3
        holder.communicate()


@needs_root
@pytest.mark.parametrize("mode", [0o600, 0o644], ids=["unreadable", "unwritable"])
def test_a_file_that_the_worker_may_not_use(mode: int) -> None:
    with open_folder() as folder:
        folder.chmod(0o777)
        path = make(folder / "theirs.duckdb")
        path.chmod(mode)
        remedied("duckdb", path, "open", "DUCK-FILE-CLOSED", "path_not_permitted")


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
            make(inner / "x.duckdb").chmod(0o600)
            os.chown(inner / "x.duckdb", owner, owner)
        os.chown(inner, owner, owner)
        inner.chmod(mode)
        remedied("duckdb", inner / "x.duckdb", "open", "DUCK-FOLDER-CLOSED", "path_not_permitted", who)


@needs_root
def test_a_missing_folder_that_the_worker_may_not_make() -> None:
    with open_folder() as folder:
        remedied("duckdb", folder / "not there" / "yet" / "x.duckdb", "open", "DUCK-NO-FOLDER-ROOT", "path_missing")


@needs_root
def test_a_log_that_another_user_left() -> None:
    with open_folder() as folder:
        folder.chmod(0o777)
        path, log = make_with_log(folder / "x.duckdb")
        os.chown(path, 65534, 65534)
        log.chmod(0o600)
        remedied("duckdb", path, "open", "DUCK-LOG-CLOSED", "path_not_permitted")


@needs_root
@pytest.mark.parametrize("existing", [True, False])
def test_a_read_only_file_system(existing: bool) -> None:
    with mounted("-t", "tmpfs") as folder:
        path = folder / "x.duckdb"
        if existing:
            make(path)
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        paste(fails(check("duckdb", path), "open", "DUCK-READONLY-SYSTEM", "read_only").fix_lines)
        passes(check("duckdb", path))


@needs_root
@pytest.mark.parametrize(("existing", "step"), [(True, "write"), (False, "open")])
def test_a_full_disk(existing: bool, step: str) -> None:
    with mounted("-t", "tmpfs", "-o", "size=2M") as folder:
        path = folder / "x.duckdb"
        if existing:
            make(path)
        with pytest.raises(OSError, match="No space left"):
            (folder / "filler").write_bytes(bytes(3 << 20))
        found = fails(check("duckdb", path), step, "DUCK-FULL", "disk_full")
        assert "100%" in subprocess.run(["sh", "-c", found.fix_lines[0]], capture_output=True, text=True).stdout
        (folder / "filler").unlink()
        outcome = check("duckdb", path)
        assert outcome.state is CheckState.WARNED
        assert outcome.steps[0].message == "kept in memory (tmpfs): gone after a restart"


@pytest.mark.parametrize(("existing", "step"), [(True, "write"), (False, "open")])
def test_a_limit_on_the_size_of_files(tmp_path: Path, existing: bool, step: str) -> None:
    path = tmp_path / "x.duckdb"
    if existing:
        make(path)
    found = check_in_child("duckdb", path, limit=1000)
    assert (found["step"], found["code"], found["causes"]) == (step, "DUCK-QUOTA", ["quota_exceeded"])
    assert [p.name for p in tmp_path.iterdir()] == ["x.duckdb"] * existing


@needs_root
@pytest.mark.parametrize("how", ["deadline", "cancel"])
def test_a_disk_that_blocks_is_not_waited_for_and_keeps_nothing(how: str) -> None:
    with mounted_disk() as folder:
        cancel = threading.Event()
        started = time.monotonic()
        with frozen(folder):
            if how == "cancel":
                threading.Timer(0.2, cancel.set).start()
                assert check("duckdb", folder / "x.duckdb", cancel=cancel).cancelled
            else:
                outcome = check("duckdb", folder / "x.duckdb", {"open": 0.3})
                fails(outcome, "open", "DUCK-TIMEOUT", "query_timeout", "connection_dropped")
            assert time.monotonic() - started < 1.5
        for thread in threading.enumerate():
            if thread.name.startswith("step "):
                thread.join(10)
        assert [p.name for p in folder.iterdir()] == ["lost+found"]
        passes(check("duckdb", folder / "x.duckdb", attempt=2))


def test_killed_ladders_leave_a_file_as_it_was(tmp_path: Path) -> None:
    path = make(tmp_path / "kept.duckdb")
    before = path.read_bytes()
    kill_ladders("duckdb", str(path), LADDERS, together=20)
    passes(check("duckdb", path))
    assert path.read_bytes() == before
    assert tables(path) == ["t"]
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_killed_ladders_leave_no_new_files(tmp_path: Path) -> None:
    kill_ladders("duckdb", str(tmp_path / "new{}.duckdb"), LADDERS, together=20)
    for number in range(LADDERS):
        passes(check("duckdb", tmp_path / f"new{number}.duckdb", token=f"k{number}", attempt=99_999))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.ismount("/proc"), reason="needs the folder in which Linux shows itself")
def test_a_folder_that_takes_no_files() -> None:
    found = fails(check("duckdb", Path("/proc/x.db")), "open", "DUCK-NO-FILES", "path_not_permitted")
    assert found.cause == "The folder /proc takes no new files: what lies there is made by the system itself (proc)."
    assert "Path" in found.fix and not found.fix_lines
