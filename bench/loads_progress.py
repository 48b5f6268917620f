"""What telling the progress of a run takes of the processor: the run's own part, and the worker's.

Two runs, one that tells and one that does not, differ by less than the machine's noise. So the telling itself is timed,
by the processor's time of the thread that does it. As a program, `python -m bench.loads_progress NOTE`, this is the
process of a run (destui.loads.runner) that writes how much its telling took into the file NOTE.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from destui.domain.loads import LoadPlan, Phase, Progress
from destui.loads import wire
from destui.services import loads as orders
from destui.services.context import Context
from destui.store import load_runs

_TIMES = 300
"""How often the worker's part of a telling is measured."""


def cost(plan: LoadPlan, folder: Path, in_worker: float) -> list[str]:
    """A run's whole telling as a share of what the run's process takes; `in_worker` is what the worker takes for each
    telling, in seconds."""
    own = folder / plan.run_id
    own.mkdir(parents=True)
    note = own / "telling"
    order = json.dumps({"do": "load", "folder": str(own), "plan": wire.plan_to_json(plan)}).encode() + b"\n"
    command = [sys.executable, "-m", "bench.loads_progress", str(note)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(order)
        child.stdin.flush()
        said = child.stdout.read()
        _, _, used = os.wait4(child.pid, 0)
        child.returncode = 0
    assert b'"done"' in said, said[-300:]
    whole = used.ru_utime + used.ru_stime
    tellings = said.count(b'{"progress"')
    telling = float(note.read_text()) + tellings * in_worker
    return [f"{telling / whole:.2%} of {whole:.2f} s of processor time ({tellings} tellings)", "2 %"]


def seconds_in_worker(ctx: Context, run_id: str) -> float:
    """What the worker takes of the processor to read one telling and to write it into the store."""
    order_id = orders.run(ctx, run_id).order_id
    line = json.dumps(wire.progress_to_json(Progress(Phase.LOAD, 123_456, 1 << 24, 1 << 30, 345_678.9, 12.345)))
    started = time.thread_time()
    for _ in range(_TIMES):
        progress = wire.progress_from_json(json.loads(line))
        with ctx.store.write() as tx:
            load_runs.write_progress(tx, run_id, order_id, progress)
    return (time.thread_time() - started) / _TIMES


def _main() -> int:
    note = Path(sys.argv.pop())
    from destui.loads import engine, runner

    spent = 0
    within = threading.local()

    def timed(method: Callable[..., None]) -> Callable[..., None]:
        def call(*args: Any, **options: Any) -> None:
            nonlocal spent
            if getattr(within, "one", False):  # `add` and `enter` tell
                return method(*args, **options)
            within.one, started = True, time.thread_time_ns()
            try:
                return method(*args, **options)
            finally:
                spent += time.thread_time_ns() - started
                within.one = False
                note.write_text(str(spent / 1e9))

        return call

    for name in ("add", "enter", "tell"):
        setattr(engine.Meter, name, timed(getattr(engine.Meter, name)))
    return runner.main()


if __name__ == "__main__":
    sys.exit(_main())
