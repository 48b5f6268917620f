"""Loads beside what each place has of its own and beside dlt: all in one run, in turns, the best of several counts.

DESTUI_BENCH_DLT is the path of a Python that has dlt; without it dlt is left out. DESTUI_BENCH_BIG=1 also loads 5 GB.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import duckdb

from bench import loads_places as places
from bench import loads_progress
from bench.seed import seed
from destui.domain.loads import LoadPlan, Mode, RunState, SourceSpec
from destui.domain.orders import OrderDraft
from destui.loads import process
from destui.services import destinations
from destui.services import loads as orders
from destui.services.context import Context
from destui.services.following import follow
from destui.store.opening import open_store
from destui.worker import launch
from tests.servers import mariadb, postgres

ROWS = 1_000_000
BIG_ROWS = 47_000_000
LONG_ROWS = 1_200_000
ROUNDS = 3
TURNS = 8
"""How often the first row is waited for."""
MODES = ("append", "replace", "merge")
DLT_TURNS = 2
DLT_SECONDS = 150
"""A load by dlt that takes longer is not waited for."""
HEAD = [
    "load",
    "destui",
    "in its process",
    "rows per second",
    "peak memory",
    "floor",
    "of the floor",
    "dlt",
    "to reach",
]
_TO_REACH = {
    ("PostgreSQL", "append"): "0.75 of COPY", ("DuckDB", "append"): "0.8 of its reader",
    ("SQLite", "append"): "4× dlt", ("MariaDB", "append"): "0.75 of LOAD DATA",
}  # fmt: skip


@dataclass
class Found:
    """What was measured of one load: seconds, and bytes of memory."""

    seconds: list[float] = field(default_factory=list)
    inner: list[float] = field(default_factory=list)
    """The same without the start of the process."""
    memory: list[int] = field(default_factory=list)
    gave_up: str = ""
    """Why there is no figure."""

    @property
    def best(self) -> float:
        """The shortest; nothing was ever slow by being quick."""
        return min(self.seconds)

    @property
    def text(self) -> str:
        """The shortest, and how much memory it took."""
        if not self.seconds:
            return self.gave_up
        return f"{self.best:.2f} s" + (f", {max(self.memory) / 1e6:.0f} MB" if self.memory else "")


def run(plan: LoadPlan, folder: Path) -> Found:
    """One run in its own process, as the worker starts it."""
    started = time.perf_counter()
    result = process.run(plan, folder=folder, on_progress=lambda progress: None, cancel=threading.Event())
    assert result.state is RunState.DONE, result.diagnosis
    return Found([time.perf_counter() - started], [result.seconds], [result.peak_memory])


def plan(target: places.Target, csv: Path, mode: str) -> LoadPlan:
    """An order's run into the target's table."""
    key = ("id",) if mode == "merge" else ()
    return LoadPlan(uuid.uuid4().hex, target.place, places.TABLE, Mode(mode), SourceSpec(path=str(csv)), None, key)


def by_floor(target: places.Target, csv: Path) -> Found:
    """The place's own way, with the start of its client."""
    command, environment = target.floor(csv)
    started = time.perf_counter()
    subprocess.run(command, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)
    return Found([time.perf_counter() - started])


def by_dlt(python: str, target: places.Target, csv: Path, mode: str, folder: Path) -> Found:
    """A load by dlt, with the start of its process."""
    order = {
        "csv": str(csv), "mode": mode, "folder": str(folder), "destination": target.dlt_destination, "dataset": "dlt",
        "given": target.dlt_given, "credentials": target.dlt_credentials(), "format": target.dlt_format,
    }  # fmt: skip
    started = time.perf_counter()
    with subprocess.Popen(
        [python, str(Path(__file__).with_name("loads_dlt.py"))], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, cwd=folder, env={"PATH": os.environ["PATH"], "HOME": str(folder)},
    ) as dlt:  # fmt: skip
        memory = [0]
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.05):
                memory[0] = max(memory[0], _peak(dlt.pid))

        threading.Thread(target=watch, daemon=True).start()
        try:
            _, errors = dlt.communicate(json.dumps(order).encode(), timeout=DLT_SECONDS)
        except subprocess.TimeoutExpired:
            dlt.kill()
            return Found(gave_up=f"over {DLT_SECONDS} s")
        finally:
            done.set()
    if dlt.returncode:
        last = errors.decode(errors="replace").strip().splitlines()[-1:]
        print(f"dlt into {target.name}, {mode}: {last}", file=sys.stderr)
        return Found(gave_up="failed")
    return Found([time.perf_counter() - started], memory=memory)


def _peak(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


@contextmanager
def targets(base: Path, folder: Path) -> Iterator[list[places.Target]]:
    """All places, with servers of their own."""
    with ExitStack() as stack:
        found: list[places.Target] = [places.PostgresTarget(base, folder, stack.enter_context(postgres.start()))]
        for made in places.FILES:
            own = folder / made.__name__
            own.mkdir()
            found.append(made(base, own))
        # The last: its server goes on for long with a merge of dlt's that is not waited for.
        found.append(places.MariadbTarget(base, folder, stack.enter_context(mariadb.start())))
        yield found


@dataclass
class Files:
    """What is loaded: `rows` of it, and what is in the tables before a replace or merge: half of it is the same ids."""

    csv: Path
    base: Path
    rows: int


def make_files(folder: Path, rows: int) -> Files:
    """Both files."""
    csv = places.make_csv(folder / "orders.csv", rows)
    return Files(csv, places.make_csv(folder / "base.csv", rows, 1 + rows // 2, other=True), rows)


Table = dict[tuple[str, str, str], Found]
"""By place, mode and by whom: `destui`, `floor`, `dlt`."""


def measure(files: Files, folder: Path, found: Sequence[places.Target], rounds: int) -> Table:
    """Every place and mode, in turns with the floor."""
    table: Table = {}

    def keep(place: str, mode: str, by: str, one: Found) -> None:
        kept = table.setdefault((place, mode, by), Found())
        kept.seconds += one.seconds
        kept.inner += one.inner
        kept.memory += one.memory
        kept.gave_up = kept.gave_up or one.gave_up
        print(f"  {place}, {mode}, {by}: {one.text}", file=sys.stderr, flush=True)

    for target in found:
        for _ in range(rounds):
            for mode in MODES:
                if target.floor_name:
                    target.prepare("append")
                    keep(target.name, "", "floor", by_floor(target, files.csv))
                    assert target.count() == files.rows
                target.prepare(mode)
                keep(target.name, mode, "destui", run(plan(target, files.csv, mode), folder / "runs"))
                assert target.count() == files.rows * (1.5 if mode == "merge" else 1)
        if python := os.environ.get("DESTUI_BENCH_DLT"):
            for mode in MODES:
                keep(target.name, mode, "dlt", _dlt(python, target, files, mode, folder / "dlt"))
    return table


def _dlt(python: str, target: places.Target, files: Files, mode: str, folder: Path) -> Found:
    """The better of two; where it replaces or merges, what is there before has been loaded by it too."""
    whole = Found()
    for _ in range(DLT_TURNS):
        target.forget_dlt()
        places.remove(folder)
        folder.mkdir()
        if mode != "append":
            before = by_dlt(python, target, files.base, "append", folder)
            if before.gave_up:
                return before
            if mode == "merge":
                target.give_dlt_a_key()
        one = by_dlt(python, target, files.csv, mode, folder)
        if one.gave_up:
            return one
        whole.seconds += one.seconds
        whole.memory += one.memory
    target.forget_dlt()
    return whole


def report(table: Table, rows: int) -> list[list[str]]:
    """Rows of the table, as HEAD has them."""
    lines = []
    copy = table.get(("PostgreSQL", "", "floor"))
    for (place, mode, by), own in table.items():
        if by != "destui":
            continue
        floor, dlt = table.get((place, "", "floor")), table.get((place, mode, "dlt"))
        reach = _TO_REACH.get((place, mode), "")
        if mode == "merge" and copy is not None:
            reach = f"0.3 of COPY ({copy.best / own.best:.2f})"
        lines.append(
            [
                f"{place}, {mode}", f"{own.best:.2f} s", f"{min(own.inner):.2f} s", f"{rows / own.best:,.0f}",
                f"{max(own.memory) / 1e6:.0f} MB", floor.text if floor else "", _part(floor, own),
                f"{dlt.text} ({dlt.best / own.best:.1f}×)" if dlt and dlt.seconds else dlt.text if dlt else "", reach,
            ]
        )  # fmt: skip
    return lines


def _part(floor: Found | None, own: Found) -> str:
    return f"{floor.best / own.best:.2f}" if floor else ""


def first_row(csv: Path, folder: Path, turns: int) -> tuple[list[str], float]:
    """From a run being asked for, with a worker that is there, to the store telling of rows that it has read; and what
    the worker takes of the processor for one telling, in seconds."""
    config = seed(folder, 1)
    ctx = Context(config, open_store(config))
    target = folder / "target.duckdb"
    with closing(duckdb.connect(str(target))):
        pass
    added = destinations.add(ctx, "duckdb", "target", {"path": str(target)}, {})
    for _ in follow(ctx, [added.check_id], 60):
        pass
    order = orders.save(ctx, OrderDraft(added.destination_id, "orders", str(csv), places.TABLE)).order_id
    found = []
    for _ in range(turns):
        started = time.perf_counter()
        run_id = orders.run_now(ctx, [order])[order]
        while not (now := orders.run(ctx, run_id)).rows:
            assert now.finished_at is None, now.diagnosis
            time.sleep(0.01)
        found.append(time.perf_counter() - started)
        while orders.run(ctx, run_id).finished_at is None:
            time.sleep(0.05)
    launch.stop(ctx.config, ctx.store)
    told = ["run → the store tells of rows read, median, worst", f"{median(found):.2f} s, {max(found):.2f} s", "1 s"]
    return told, loads_progress.seconds_in_worker(ctx, run_id)


def big(target: places.Target, csv: Path, folder: Path, rows: int) -> list[str]:
    """A file that is far larger than what a run may use."""
    target.prepare("append")
    found = run(plan(target, csv, "append"), folder / "runs")
    assert target.count() == rows
    size = csv.stat().st_size / 1e9
    memory = f"{found.memory[0] / 1e6:.0f} MB"
    return [f"{size:.1f} GB of CSV ({rows:,} rows), {target.name}", f"{memory}, {found.best:.0f} s", "600 MB"]


def from_server(target: places.Target, origin: places.PostgresTarget, folder: Path, rows: int) -> list[str]:
    """A table of a server that is larger than what a run may use."""
    source = SourceSpec(table=origin.make_long(rows))
    name = f"from_{target.name.split(',')[0].lower()}"
    made = LoadPlan(uuid.uuid4().hex, target.place, name, Mode.APPEND, source, origin.place, ())
    found = run(made, folder / "runs")
    memory = f"{found.memory[0] / 1e6:.0f} MB"
    return [f"{rows:,} rows of 0.9 KB from PostgreSQL into {target.name}", f"{memory}, {found.best:.1f} s", "600 MB"]


def tables(quick: bool, environment: Mapping[str, str] = os.environ) -> list[tuple[list[str], list[list[str]]]]:
    """Both tables, each with its head."""
    rows, rounds, turns = (50_000, 1, 2) if quick else (ROWS, ROUNDS, TURNS)
    with tempfile.TemporaryDirectory(prefix="destui-bench-") as base:
        folder = Path(base)
        files = make_files(folder, rows)
        with targets(files.base, folder) as found:
            (folder / "home").mkdir()
            first, in_worker = first_row(files.csv, folder / "home", turns)
            more = [first]
            for target in found:
                target.prepare("append")
                told = loads_progress.cost(plan(target, files.csv, "append"), folder / "runs", in_worker)
                more.append([f"progress, {target.name} append", *told])
            table = measure(files, folder, found, rounds)
            origin = next(target for target in found if isinstance(target, places.PostgresTarget))
            more += [from_server(target, origin, folder, rows if quick else LONG_ROWS) for target in found]
            if environment.get("DESTUI_BENCH_BIG"):
                large = places.make_csv(folder / "big.csv", BIG_ROWS)
                more += [big(target, large, folder, BIG_ROWS) for target in found]
                large.unlink()
        size = files.csv.stat().st_size / 1e6
    head = [f"{rows:,} rows × {len(places.COLUMNS)} columns of CSV ({size:.0f} MB)", *HEAD[1:]]
    return [(head, report(table, rows)), (["load", "measured", "to reach"], more)]
