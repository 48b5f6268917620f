"""What the tests of types that live on one host share: ladders, users without rights, mounts, and kills."""

from __future__ import annotations

import json
import os
import pwd
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from destui.connectors.ladder import run_ladder
from destui.domain.check import CheckState, Diagnosis, Outcome, StepState
from tests.servers.processes import server_folder

_NOBODY = 65534

_CHILD = """
import json, os, sqlite3, sys, threading
from destui.connectors import ladder
from destui.domain.secret import Secret
type_id, fields, limit, password = sys.argv[1:]
ladder.registry.connector(type_id)
if type_id == "duckdb":
    import duckdb  # all of it: what it imports late lies where only root may look
    duckdb.connect().execute("SELECT ?", ("all",)).fetchall()
if type_id == "mysql":
    import cryptography.x509, encodings.idna, pymysql, ssl
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
if limit:
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
elif os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
secrets = {"password": Secret(password)} if password else {}
outcome = ladder.run_ladder(type_id, json.loads(fields), secrets, on_step=lambda position, step: None,
                            cancel=threading.Event(), token="e2e")
found = outcome.diagnosis
print(json.dumps({"good": outcome.state.is_good, **({} if found is None else {
    "step": found.step, "causes": found.causes, "code": found.code, "cause": found.cause, "fix": found.fix_sentence,
    "lines": found.fix_lines})}))
"""

_TO_BE_KILLED = """
import sys, threading
from destui.connectors.ladder import run_ladder
if sys.argv[1] == "duckdb":
    import duckdb
def climb(number):
    for attempt in range(1, 10_000):
        run_ladder(sys.argv[1], {"path": sys.argv[2].format(number)}, {}, on_step=lambda position, step: None,
                   cancel=threading.Event(), token=f"k{number}", attempt=attempt)
for number in range(int(sys.argv[3]), int(sys.argv[4])):
    threading.Thread(target=climb, args=(number,)).start()
print("started", flush=True)
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: to own what another may not use, to mount")


def check(
    type_id: str,
    path: Path | str,
    deadlines: Mapping[str, float] | None = None,
    cancel: threading.Event | None = None,
    token: str = "e2e",
    attempt: int = 1,
) -> Outcome:
    """One ladder."""
    return run_ladder(
        type_id, {"path": str(path)}, {}, on_step=lambda position, step: None, cancel=cancel or threading.Event(),
        token=token, attempt=attempt, deadlines=deadlines,
    )  # fmt: skip


def check_in_child(type_id: str, path: Path, limit: int | None = None) -> dict[str, Any]:
    """The same in a child: without root's rights, or with a limit on the size of files."""
    return _in_child(type_id, {"path": str(path)}, str(limit or ""), "")


def as_nobody(type_id: str, fields: Mapping[str, Any], password: str) -> dict[str, Any]:
    """A server's ladder in a child without root's rights."""
    return _in_child(type_id, fields, "", password)


def _in_child(type_id: str, fields: Mapping[str, Any], limit: str, password: str) -> dict[str, Any]:
    command = [sys.executable, "-c", _CHILD, type_id, json.dumps(fields), limit, password]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def fails(outcome: Outcome, step: str, code: str, *causes: str) -> Diagnosis:
    """The diagnosis of a ladder that failed so; a clean up was done."""
    found = outcome.diagnosis
    assert outcome.state is CheckState.FAILED and found is not None, outcome
    assert (found.step, found.code, found.causes) == (step, code, causes), found
    assert step == "clean up" or outcome.steps[-1].state is StepState.PASSED, outcome
    return found


def passes(outcome: Outcome) -> None:
    """It passed, perhaps with a warning about where it lies."""
    assert outcome.state.is_good, outcome


def paste(lines: Sequence[str], user: int | None = None) -> None:
    """Do what a fix says, line by line, in a shell; as this user where one is named."""
    for line in lines:
        subprocess.run(["sh", "-c", line], check=True, capture_output=True, user=user)


def field(lines: Sequence[str], name: str = "path") -> str:
    """What a fix says to type into a field."""
    return next(value for key, sign, value in (line.partition("=") for line in lines) if sign and key == name)


def remedied(type_id: str, path: Path, step: str, code: str, cause: str, who: str = "root") -> None:
    """As nobody: it fails so, the printed fix is pasted once, by `who` is named in it, and it then passes."""
    found = check_in_child(type_id, path)
    assert (found.get("step"), found.get("code"), found.get("causes")) == (step, code, [cause]), found
    assert f" as {who}" in found["fix"], found
    paste(found["lines"], user=pwd.getpwnam(who.rpartition(" ")[2]).pw_uid)
    found = check_in_child(type_id, path)
    assert found["good"], found


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter."""
    with server_folder(None) as folder:
        folder.chmod(0o755)
        yield folder


@contextmanager
def mounted(*options: str, device: str = "none") -> Iterator[Path]:
    """A file system of the test's own, such as `-t tmpfs`; skips where this host may not mount one."""
    with server_folder(None) as folder:
        point = folder / "the mount"
        point.mkdir()
        done = subprocess.run(["mount", *options, device, str(point)], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"this host may not mount: {done.stderr.strip()}")
        try:
            yield point
        finally:
            subprocess.run(["umount", "-l", str(point)], check=True)


@contextmanager
def mounted_disk(size: str = "32M") -> Iterator[Path]:
    """A small ext4 in a file, mounted, which can be frozen."""
    with server_folder(None) as folder:
        image = folder / "disk"
        os.truncate(os.open(image, os.O_CREAT | os.O_RDWR), int(size[:-1]) << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
        with mounted("-o", "loop", device=str(image)) as point:
            yield point


@contextmanager
def frozen(point: Path) -> Iterator[None]:
    """The file system blocks whoever writes, as a dead mount does."""
    subprocess.run(["fsfreeze", "-f", str(point)], check=True)
    try:
        yield
    finally:
        subprocess.run(["fsfreeze", "-u", str(point)], check=True)


LADDERS = int(os.environ.get("DESTUI_LADDERS", "60"))
"""How many are killed; 200 is a torture run."""


def kill_ladders(type_id: str, path: str, total: int, together: int) -> None:
    """Climb `total` ladders (`{}` in the path is a ladder's number), `together` in one process at a time that runs
    them over and over, and kill each process at a random moment."""
    for first in range(0, total, together):
        command = [sys.executable, "-c", _TO_BE_KILLED, type_id, path, str(first), str(first + together)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None and process.stdout.readline() == "started\n"
            # Not a wait for anything: the moment is to be random.
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(random.uniform(0, 0.4))
            process.kill()
            assert process.wait() == -signal.SIGKILL
