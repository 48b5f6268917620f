"""The process of one run: `python -m destui.loads.runner`.

It reads one JSON object from standard input (what to do, and the plan with its secrets) and writes JSON lines to
standard output: progress, at most four times a second, then the result. It stops on SIGTERM or when standard input is
closed: the work ends in the middle, and whatever it has not committed is undone, by itself or by the server that sees
it gone. It ends with the thread that started it, however that ends.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from destui.domain.loads import LoadPlan, Phase, Progress, RunResult, RunState

GRACE = 1.0
"""Seconds that work which is stopped has to undo by itself what it began."""
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4


def main() -> int:
    """Do what standard input says; the exit code is 0 whenever a result was written."""
    _bind_to_parent()
    wakened, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Drivers and libraries may print; what we say goes to a copy of the standard output alone.
    speak = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    line = sys.stdin.readline()
    if not line:
        return 1
    work = _Work(json.loads(line), speak)
    del line
    thread = threading.Thread(target=work.run, name="run", daemon=True)
    thread.start()
    _wait(work, wakened)
    if not work.ended.is_set():
        work.stop()
    code = 0 if work.say_end() else 1
    # Threads of libraries may hang in a call; nothing of them is worth waiting for.
    os._exit(code)


def _bind_to_parent() -> None:
    """End with the starter, dump no core (it would hold secrets), and leave memory to others first."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(_PR_SET_DUMPABLE, 0)
        try:
            Path("/proc/self/oom_score_adj").write_text("500")
        except OSError:
            pass
    if len(sys.argv) > 1 and os.getppid() != int(sys.argv[1]):  # it died before that
        os._exit(1)


def _wait(work: _Work, wakened: int) -> None:
    """Until the work has ended, a signal came or standard input was closed."""
    watched = [sys.stdin.fileno(), wakened, work.news]
    while True:
        ready, _, _ = select.select(watched, [], [])
        if wakened in ready or work.news in ready:
            return
        if not os.read(sys.stdin.fileno(), 1 << 12):
            return


class _Work:
    """What is done in the thread, and what is said of it."""

    def __init__(self, order: dict[str, Any], speak: Any) -> None:
        from destui.loads.wire import plan_from_json

        self._what = order["do"]
        self._folder = Path(order["folder"])
        self._plan: LoadPlan = plan_from_json(order["plan"])
        self._speak = speak
        self._mutex = threading.Lock()
        self._is_stopped = False
        self._run: Any = None
        self._said: dict[str, Any] | None = None
        self.news, self._tell_news = os.pipe()
        self.ended = threading.Event()

    def run(self) -> None:
        try:
            self._said = self._preview() if self._what == "preview" else self._load()
        except BaseException as error:  # a fault of our own: the other side hears of it by words
            self._said = {"fault": f"{type(error).__name__}: {error}"}
        finally:
            self.ended.set()
            os.write(self._tell_news, b"!")

    def _load(self) -> dict[str, Any]:
        from destui.loads.run import Run
        from destui.loads.turns import turn
        from destui.loads.wire import result_to_json

        with ExitStack() as stack:
            if not self._plan.only_look:  # nobody could stop it while it waits
                stack.enter_context(turn(self._plan, self._folder.parent, lambda: self._progress(Progress(Phase.TURN))))
            self._run = Run(self._plan, self._folder, self._progress)
            return {"result": result_to_json(self._run.run())}

    def _preview(self) -> dict[str, Any]:
        from destui.loads.preview import preview
        from destui.loads.wire import preview_to_json

        return {"preview": preview_to_json(preview(self._plan, self._folder))}

    def _progress(self, progress: Progress) -> None:
        from destui.loads.wire import progress_to_json

        if self._is_stopped and progress.phase is Phase.COMMIT:
            raise InterruptedError("stopped")
        self._say({"progress": progress_to_json(progress)})

    def _say(self, what: dict[str, Any]) -> None:
        with self._mutex:
            try:
                self._speak.write(json.dumps(what) + "\n")
            except (BrokenPipeError, ValueError):  # nobody listens any more: standard input tells
                pass

    def stop(self) -> None:
        """End what the engine is doing; the rest follows from that, or the process ends under it."""
        self._is_stopped = True
        ends_at = time.monotonic() + GRACE
        if self._run is not None:  # which may take a sign-in
            stopping = threading.Thread(target=self._run.interrupt, name="interrupt", daemon=True)
            stopping.start()
            stopping.join(GRACE)
        self.ended.wait(ends_at - time.monotonic())

    def say_end(self) -> bool:
        """Say how it ended. What was stopped is stopped, unless it had been done already; within the commit nobody
        here knows."""
        from destui.loads.wire import result_to_json

        said = self._said
        done = bool(said and said.get("result", {}).get("state") == RunState.DONE)
        if self._is_stopped and not done:
            in_commit = self._run is not None and self._run.meter.phase is Phase.COMMIT
            said = {"result": result_to_json(RunResult(RunState.STOPPED, silent=in_commit))}
        if said is not None:
            self._say(said)
        return said is not None


if __name__ == "__main__":
    sys.exit(main())
