"""Ladders on real folders and file systems: each fault with its causes, and a fix that works as pasted."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest

from destui.connectors.files import mount_of
from destui.domain.check import CheckState, StepState
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

EXT4_IOC_SHUTDOWN = 0x8004587D


def test_a_folder_passes_and_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "orders.parquet").touch()
    outcome = check("folder", tmp_path)
    passes(outcome)
    assert [step.name for step in outcome.steps] == ["open", "write", "read back", "clean up"]
    assert outcome.detail["file system"] == mount_of(tmp_path).kind
    assert abs(int(outcome.detail["free space"]) - shutil.disk_usage(tmp_path).free) < 1e9
    assert [p.name for p in tmp_path.iterdir()] == ["orders.parquet"]


def test_a_folder_in_memory_passes_with_a_warning() -> None:
    with mounted("-t", "tmpfs") as folder:
        outcome = check("folder", folder)
    assert outcome.state is CheckState.WARNED
    assert outcome.steps[0].message == "kept in memory (tmpfs): gone after a restart"


def test_a_missing_folder(tmp_path: Path) -> None:
    path = tmp_path / "it's not there" / "yet"
    paste(fails(check("folder", path), "open", "DIR-MISSING", "path_missing").fix_lines)
    passes(check("folder", path))


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_in_place_of_a_folder(tmp_path: Path, below: str) -> None:
    (tmp_path / "notes").write_text("notes")
    found = fails(check("folder", tmp_path / "notes" / below), "open", "DIR-WRONG-KIND", "path_wrong_kind")
    paste(found.fix_lines[:1])
    passes(check("folder", field(found.fix_lines)))


@needs_root
@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_link_to_itself(tmp_path: Path, below: str) -> None:
    path = tmp_path / "loop"
    path.symlink_to(path)
    paste(fails(check("folder", path / below), "open", "DIR-LOOP", "path_missing").fix_lines)
    passes(check("folder", path / below))


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    fails(check("folder", tmp_path / ("x" * 300)), "open", "DIR-NAME", "config_invalid")


@needs_root
@pytest.mark.parametrize(
    ("mode", "owner", "who", "step", "code", "cause"),
    [
        (0o755, 0, "root", "write", "DIR-UNWRITABLE", "no_write_right"),
        (0o744, 0, "root", "write", "DIR-UNWRITABLE", "no_write_right"),
        (0o500, 65534, "root or nobody", "write", "DIR-UNWRITABLE", "no_write_right"),
        (0o733, 0, "root", "open", "DIR-UNLISTABLE", "no_read_right"),
        (0o000, 65534, "root or nobody", "open", "DIR-UNLISTABLE", "no_read_right"),
    ],
)
def test_a_folder_that_the_worker_may_not_use(
    mode: int, owner: int, who: str, step: str, code: str, cause: str
) -> None:
    with open_folder() as folder:
        path = folder / "its folder"
        path.mkdir()
        os.chown(path, owner, owner)
        path.chmod(mode)
        remedied("folder", path, step, code, cause, who)


@needs_root
@pytest.mark.parametrize("mode", [0o700, 0o777])
def test_a_folder_on_the_way_that_the_worker_may_not_enter(mode: int) -> None:
    with open_folder() as folder:
        inner = folder / "closed" / "it's too" / "inner"
        inner.mkdir(parents=True)
        inner.chmod(mode)
        inner.parent.chmod(0o700)
        inner.parent.parent.chmod(0o700)
        remedied("folder", inner, "open", "DIR-CLOSED", "path_not_permitted")


@needs_root
def test_a_missing_folder_that_the_worker_may_not_make() -> None:
    with open_folder() as folder:
        remedied("folder", folder / "it's not there" / "yet", "open", "DIR-MISSING-ROOT", "path_missing")


def test_a_link_to_a_folder_that_is_not_made_yet(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "data" / "in")
    paste(fails(check("folder", link), "open", "DIR-MISSING", "path_missing").fix_lines)
    passes(check("folder", link))


@needs_root
@pytest.mark.parametrize(("mark", "step"), [("+i", "write"), ("+a", "clean up")], ids=["immutable", "append only"])
def test_a_folder_that_is_marked(mark: str, step: str) -> None:
    with mounted_disk() as disk:
        folder = disk / "marked"
        folder.mkdir()
        subprocess.run(["chattr", mark, str(folder)], check=True)
        paste(fails(check("folder", folder), step, "DIR-ATTRIBUTES", "no_write_right").fix_lines)
        passes(check("folder", folder, attempt=2))
        assert list(folder.iterdir()) == []


@needs_root
def test_a_read_only_file_system() -> None:
    with mounted("-t", "tmpfs", "-o", "ro") as folder:
        paste(fails(check("folder", folder), "write", "DIR-READONLY", "read_only").fix_lines)
        passes(check("folder", folder))


@needs_root
def test_a_full_disk() -> None:
    with mounted("-t", "tmpfs", "-o", "size=1M") as folder:
        with pytest.raises(OSError, match="No space left"):
            (folder / "filler").write_bytes(bytes(2 << 20))
        found = fails(check("folder", folder), "write", "DIR-FULL", "disk_full")
        assert "100%" in subprocess.run(["sh", "-c", found.fix_lines[0]], capture_output=True, text=True).stdout
        assert [p.name for p in folder.iterdir()] == ["filler"]
        (folder / "filler").unlink()
        passes(check("folder", folder))


@needs_root
def test_a_full_disk_of_which_only_the_entries_are_used_up() -> None:
    with mounted("-t", "tmpfs", "-o", "nr_inodes=2") as folder:
        (folder / "filler").touch()
        found = fails(check("folder", folder), "write", "DIR-FULL", "disk_full")
        assert "100%" in subprocess.run(["sh", "-c", found.fix_lines[1]], capture_output=True, text=True).stdout
        (folder / "filler").unlink()
        passes(check("folder", folder))


def test_a_limit_on_the_size_of_files(tmp_path: Path) -> None:
    found = check_in_child("folder", tmp_path, limit=1000)
    assert (found["step"], found["code"], found["causes"]) == ("write", "DIR-QUOTA", ["quota_exceeded"])
    assert list(tmp_path.iterdir()) == []


@needs_root
@pytest.mark.parametrize("how", ["deadline", "cancel"])
def test_a_disk_that_blocks_is_not_waited_for_and_keeps_nothing(how: str) -> None:
    with mounted_disk() as folder:
        cancel = threading.Event()
        started = time.monotonic()
        with frozen(folder):
            if how == "cancel":
                threading.Timer(0.2, cancel.set).start()
                outcome = check("folder", folder, {"clean up": 0.5}, cancel)
                assert outcome.cancelled
            else:
                outcome = check("folder", folder, {"write": 0.3, "clean up": 0.5})
                fails(outcome, "write", "DIR-TIMEOUT", "connection_dropped", "query_timeout")
            assert time.monotonic() - started < 1.7
        for thread in threading.enumerate():
            if thread.name.startswith("step "):
                thread.join(10)
        assert [p.name for p in folder.iterdir()] == ["lost+found"]
        passes(check("folder", folder, attempt=2))


@needs_root
def test_a_mount_whose_disk_is_gone() -> None:
    """Shutting an ext4 down makes every access fail with EIO, as when the disk is pulled."""
    with mounted_disk() as folder:
        handle = os.open(folder, os.O_RDONLY)
        fcntl.ioctl(handle, EXT4_IOC_SHUTDOWN, bytes(4))
        os.close(handle)
        outcome = check("folder", folder)
        assert outcome.diagnosis is not None
        assert (outcome.diagnosis.code, outcome.diagnosis.causes) == ("DIR-IO", ("connection_dropped",))


def test_leftovers_are_swept_those_of_others_only_when_they_are_old(tmp_path: Path) -> None:
    mine, old, new = (tmp_path / f"_destui_probe_{name}_1" for name in ("e2e", "dead", "alive"))
    for path in (mine, old, new):
        path.touch()
    os.utime(old, (time.time() - 601,) * 2)
    (tmp_path / "_destui_probe_e2e_folder").mkdir()
    passes(check("folder", tmp_path, attempt=2))
    assert {p.name for p in tmp_path.iterdir()} == {new.name, "_destui_probe_e2e_folder"}


def test_killed_ladders_leave_nothing(tmp_path: Path) -> None:
    kill_ladders("folder", str(tmp_path), LADDERS, together=20)
    for number in range(LADDERS):
        outcome = check("folder", tmp_path, token=f"k{number}", attempt=99_999)
        assert outcome.steps[-1].state is StepState.PASSED
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.ismount("/proc"), reason="needs the folder in which Linux shows itself")
def test_a_folder_that_takes_no_files() -> None:
    found = fails(check("folder", Path("/proc")), "write", "DIR-NO-FILES", "path_not_permitted")
    assert found.cause == "The folder /proc takes no new files: what lies there is made by the system itself (proc)."
    assert "Path" in found.fix and not found.fix_lines
