"""The worker's side of a run: starts its process, feeds it the plan, passes on what it says, and ends it.

Light to import: the engine and the drivers are loaded in the run's process alone.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from destui.domain.loads import LoadPlan, Preview, Progress, RunResult, RunState
from destui.loads import turns, wire

LOOK_SECONDS = 120.0
"""How long a preview may take: nobody waits for longer, and a command that was killed does not call it back."""
STOP_SECONDS = 1.5
"""How long a run that is stopped may take before it is killed; then it is gone at once."""

_PASSED = ("PATH", "LANG", "TZ", "HOME", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH")
"""What a run needs of the worker's environment; whatever else is there may hold secrets."""


def run(
    plan: LoadPlan, *, folder: Path, on_progress: Callable[[Progress], None], cancel: threading.Event,
) -> RunResult:  # fmt: skip
    """Do a run in a process of its own, blocking, and say how it ended.

    `folder` is where runs put aside what does not fit into memory; each has a folder of its own in it, which is gone
    afterwards. `on_progress` is called in this thread, at most four times a second. Setting `cancel` ends the run
    within two seconds, and leaves the table as it was. The run also ends with this thread. Whatever goes wrong is in
    the result; what `on_progress` raises is passed on, after the run has been ended.
    """
    _check_id(plan.run_id)
    # A try's own: one whose worker stood still may go on beside the next, and takes only its own folder away.
    with _folder(folder, f"{plan.run_id}-{os.urandom(4).hex()}") as own, _Process(own) as process:
        process.begin("load", plan, own)
        watcher = threading.Thread(target=process.stop_on, args=(cancel,), name=f"stop {plan.run_id}", daemon=True)
        watcher.start()
        result: RunResult | None = None
        for said in process.heard():
            if "progress" in said:
                on_progress(wire.progress_from_json(said["progress"]))
            elif "result" in said:
                result = wire.result_from_json(said["result"])
            elif "fault" in said:
                result = _failed(plan, "LOAD-INTERNAL", said["fault"])
        if result is None:
            result = _unsaid(plan, process.wait(), process.was_stopped, process.errors())
        return result


def preview(plan: LoadPlan, *, folder: Path, cancel: threading.Event | None = None) -> Preview:
    """Look at a plan's source and table, in a process of its own: see `destui.domain.loads.Preview`. Writes nothing."""
    cancel = cancel or threading.Event()
    with _folder(folder, f"preview-{os.urandom(8).hex()}") as own, _Process(own) as process:
        process.begin("preview", plan, own)
        stop = threading.Thread(target=process.stop_on, args=(cancel, LOOK_SECONDS), name="stop preview", daemon=True)
        stop.start()
        for said in process.heard():
            if "preview" in said:
                return wire.preview_from_json(said["preview"])
            if "fault" in said:
                return Preview(diagnosis=_failed(plan, "LOAD-INTERNAL", said["fault"]).diagnosis)
        if process.was_late:
            words = f"it was not looked at within {LOOK_SECONDS:.0f} s"
            return Preview(diagnosis=_failed(plan, "LOAD-LOOK-LONG", words).diagnosis)
        return Preview(diagnosis=_unsaid(plan, process.wait(), process.was_stopped, process.errors()).diagnosis)


def sweep(folder: Path) -> None:
    """Remove what runs that were killed, with their worker, have put aside. Leaves alone what living ones use."""
    if not folder.is_dir():
        return
    for own in folder.iterdir():
        if own.is_dir() and (lock := _lock(own)) is not None:
            shutil.rmtree(own, ignore_errors=True)
            os.close(lock)
    turns.sweep(folder)


def _check_id(run_id: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", run_id):
        raise ValueError("a run's id has 1 to 64 letters, digits, _ and -")


@contextmanager
def _folder(parent: Path, name: str) -> Iterator[Path]:
    """A run's own folder, marked as in use by a lock of this process, with which the run's process ends. Raises
    OSError."""
    own = parent / name
    lock = None
    while lock is None:
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = _lock(own)
        if lock is not None and not own.is_dir():  # a sweep took it before it was locked
            os.close(lock)
            lock = None
    try:
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)
        os.close(lock)
        turns.sweep(parent)


def _lock(own: Path) -> int | None:
    """The lock of a folder; None where it is another's, or the folder has gone. Raises OSError."""
    try:
        descriptor = os.open(own, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


class _Process:
    """A run's process, ended when the block ends."""

    def __init__(self, own: Path) -> None:
        self._errors = (own / "errors").open("w+b")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "destui.loads.runner", str(os.getpid())], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self._errors, cwd="/", env={**_environment(os.environ), **_aside(own)},
            start_new_session=True,
        )  # fmt: skip
        self._mutex = threading.Lock()
        self._gone = threading.Event()
        self.was_stopped = False
        self.was_late = False

    def __enter__(self) -> _Process:
        return self

    def __exit__(self, *failure: object) -> None:
        self._gone.set()
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    def begin(self, what: str, plan: LoadPlan, own: Path) -> None:
        """Hand over the plan. The pipe stays open: its end is the sign to stop."""
        order = {"do": what, "folder": str(own), "plan": wire.plan_to_json(plan)}
        try:
            self._input.write(json.dumps(order).encode() + b"\n")
            self._input.flush()
        except BrokenPipeError:
            pass  # it died at once, which `heard` finds

    def heard(self) -> Iterator[dict[str, Any]]:
        """What it says, until it ends."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                yield json.loads(line)
            except ValueError:
                return  # cut off by its death

    def stop_on(self, cancel: threading.Event, seconds: float = math.inf) -> None:
        """Stop it when the event is set, or after so many seconds; returns when it has ended."""
        ends_at = time.monotonic() + seconds
        while not cancel.wait(0.1) and not self.was_late:
            if self._gone.is_set() or self._process.poll() is not None:
                return
            self.was_late = time.monotonic() >= ends_at
        self.was_stopped = True
        self._signal(signal.SIGTERM)
        if not self._gone.wait(STOP_SECONDS):
            self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if not self._gone.is_set() and self._process.poll() is None:
            self._process.send_signal(number)

    def wait(self) -> int:
        """Its exit code; negative: the signal that killed it."""
        return self._process.wait()

    def errors(self) -> str:
        """The end of what it wrote to its standard error."""
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - 4_000))
        return self._errors.read().decode("utf-8", "replace")


def _environment(environment: Mapping[str, str]) -> dict[str, str]:
    env = {name: value for name, value in environment.items() if name in _PASSED or name.startswith("COVERAGE")}
    env |= {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", "PYTHONFAULTHANDLER": "1", "MALLOC_ARENA_MAX": "2"}
    import destui

    here = str(Path(destui.__file__).resolve().parent.parent)
    return {**env, "PYTHONPATH": here} if "site-packages" not in here else env


def _aside(own: Path) -> dict[str, str]:
    """What libraries put aside goes into the run's own folder, whose size is told, and which is removed."""
    return {"TMPDIR": str(own), "SQLITE_TMPDIR": str(own)}


def _failed(plan: LoadPlan, code: str, message: str, **facts: str) -> RunResult:
    from destui.loads import failures

    made = failures.made(code, plan, message, **facts)
    return RunResult(RunState.FAILED, diagnosis=failures.hidden(made, plan))


def _unsaid(plan: LoadPlan, code: int, was_stopped: bool, errors: str) -> RunResult:
    """What it means that a run's process ended without a result."""
    if was_stopped:
        return RunResult(RunState.STOPPED, silent=True)
    if code == -signal.SIGKILL:
        return _failed(plan, "LOAD-KILLED", "the process was killed by signal 9")
    ended = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return _failed(plan, "LOAD-CRASHED", errors.strip() or ended, signal=ended)
