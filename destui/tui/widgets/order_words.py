"""Load orders and their runs in words and marks. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from rich.style import Style

from destui.domain.errors import InvalidInput
from destui.domain.loads import Mode, SourceSpec
from destui.domain.orders import MANUAL, QUEUED, LoadOrder, LoadRun, LoadTask, OrderStatus, RunPoint, RunStage
from destui.domain.schedule import Schedule, parse
from destui.domain.units import count, size
from destui.tui.glyphs import Marks
from destui.tui.text import WEEKDAYS, clean, cut, duration, short_count, width
from destui.tui.theme import Ink
from destui.tui.widgets.line import Runs


def schedule_words(cron: str) -> str:
    """A schedule in at most 13 cells where that can be: `manual`, `hourly`, `06:00 Mon-Fri`, otherwise as it is."""
    if not cron:
        return MANUAL
    try:
        return _short(parse(cron)) or clean(cron)
    except InvalidInput:  # of a newer version
        return clean(cron)


def _short(schedule: Schedule) -> str:
    minutes, hours = schedule.minutes, schedule.hours
    if not (schedule.any_day and len(schedule.months) == 12):
        return ""
    days = _days(schedule.weekdays)
    if schedule.is_hourly:
        if len(minutes) == 1:
            return _beside("hourly" if minutes[0] == 0 else f"hourly :{minutes[0]:02d}", days)
        step = 60 // len(minutes)
        return _beside(f"every {step} min", days) if minutes == tuple(range(0, 60, step)) else ""
    if len(minutes) == len(hours) == 1:
        return _beside(f"{hours[0]:02d}:{minutes[0]:02d}", days or "daily")
    return ""


def _beside(clock: str, days: str) -> str:
    return f"{clock} {days}" if days else clock


def _days(weekdays: tuple[int, ...]) -> str:
    """`Mon-Fri`, `Sun`, `Mon,Thu`; empty for all. The schedule's week begins on Sunday, 0."""
    if len(weekdays) == 7:
        return ""
    monday_first = sorted((d - 1) % 7 for d in weekdays)
    first, last = monday_first[0], monday_first[-1]
    if len(monday_first) > 2 and last - first == len(monday_first) - 1:
        return f"{WEEKDAYS[first]}-{WEEKDAYS[last]}"
    return ",".join(WEEKDAYS[d] for d in monday_first)


def mode_words(task: LoadOrder | LoadTask) -> str:
    """`append`, `merge on id, day`."""
    return f"merge on {clean(', '.join(task.key))}" if task.mode is Mode.MERGE else task.mode.value


def task_words(task: LoadTask) -> str:
    """`/data/orders.csv into raw.orders, append`."""
    return f"{source_words(task.source)} into {clean(task.table)}, {mode_words(task)}"


def source_words(source: SourceSpec) -> str:
    """A source on one line."""
    return " ".join(clean(source.text).split())


def route(order: LoadOrder, cells: int, marks: Marks, *, with_destination: bool) -> tuple[str, str]:
    """Source and table in `cells` together; the table is kept, a long path loses its beginning."""
    table = clean(f"{order.destination}: {order.table}" if with_destination else order.table)
    source = source_words(order.source)
    arrow = f" {marks.path} "
    room = cells - width(arrow) - min(width(table), max(8, cells * 3 // 5))
    shown = _cut_start(source, room, marks.cut) if order.source.path else cut(source, room, marks.cut)
    return shown, arrow + cut(table, max(1, cells - width(shown) - width(arrow)), marks.cut)


def _cut_start(path: str, cells: int, mark: str) -> str:
    if width(path) <= cells:
        return path
    kept = path
    while kept and width(kept) > cells - 1:
        kept = kept[1:]
    return mark + kept


def percent(share: float) -> str:
    """`62 %`; not 100 before it is done."""
    return f"{min(99, int(share * 100))} %"


def order_status(order: LoadOrder, *, short: bool = False) -> str:
    """`Running 62 %`, `Paused`, `Waiting for connection`; `short` in 12 cells."""
    if order.status is OrderStatus.RUNNING and order.running is not None:
        if order.running.waits_its_turn:
            return QUEUED
        if order.running.state is RunStage.QUEUED:
            return "Starting"
        share = order.running.share
        return order.status.label if share is None else f"{order.status.label} {percent(share)}"
    if short and order.status is OrderStatus.WAITING:
        return "Waiting"
    return order.status.label


def status_runs(order: LoadOrder, ink: Ink, soft: Style, *, short: bool = False) -> Runs:
    """Mark and words, coloured by what they say."""
    mark, word = {
        OrderStatus.RUNNING: (ink.work, ink.work_word), OrderStatus.WAITING: (ink.work, ink.work_word),
        OrderStatus.FAILED: (ink.bad, ink.bad_word), OrderStatus.DONE: (ink.ok, soft),
    }.get(order.status, (soft, soft))  # fmt: skip
    return [(f"{ink.marks.of_order(order.status)} ", mark), (order_status(order, short=short), word)]


def run_words(run: LoadRun) -> str:
    """`Done`, `Failed`, `Running 62 %`."""
    if run.waits_its_turn:
        return QUEUED
    if run.state is RunStage.RUNNING and run.share is not None:
        return f"Running {percent(run.share)}"
    return run.state.value.capitalize()


def run_runs(run: LoadRun, ink: Ink, soft: Style) -> Runs:
    """Mark and words of a run."""
    mark, word = {
        RunStage.DONE: (ink.ok, soft), RunStage.FAILED: (ink.bad, ink.bad_word), RunStage.STOPPED: (soft, soft),
    }.get(run.state, (ink.work, ink.work_word))  # fmt: skip
    return [(f"{ink.marks.of_run(run.state)} ", mark), (run_words(run), word)]


def same_minute(runs: Sequence[LoadRun]) -> frozenset[str]:
    """Ids of those that began in the same minute as another one."""
    minutes = Counter(_minute(run) for run in runs)
    return frozenset(run.id for run in runs if minutes[_minute(run)] > 1)


def _minute(run: LoadRun) -> datetime:
    return (run.started_at or run.created_at).replace(second=0, microsecond=0)


def began(run: LoadRun, past: Callable[[datetime], str], *, by_second: bool) -> str:
    """`Sat 17:05`, as `past` writes it, or `Sat 17:05:33`."""
    moment = run.started_at or run.created_at
    told = past(moment)
    return f"{told}:{moment:%S}" if by_second and ":" in told else told


def took(run: LoadRun, now: datetime) -> str:
    """How long it ran: `58.2 s`; empty while it has not begun."""
    return duration(run.seconds(now) * 1000) if run.started_at else ""


def rate(run: LoadRun) -> str:
    """`21,400 rows/s`; empty where none were counted."""
    return f"{round(run.pace):,} rows/s" if run.pace else ""


def result_words(run: LoadRun) -> str:
    """What became of a run, in a few words: the cause, what it waits for, columns added, what to know."""
    if run.waits_for:
        return clean(run.waits_for)
    if run.diagnosis is not None:
        return clean(run.diagnosis.cause)
    told = [f"{count(len(run.columns_added), 'column')} added"] if run.columns_added else []
    return ", ".join([*told, *(clean(w) for w in run.warnings)])


def spark(points: Sequence[RunPoint], marks: Marks) -> str:
    """The rows of the last runs as bars, oldest first; empty where only numbers can be shown."""
    most = max((p.rows for p in points), default=0)
    if not marks.bars or not points:
        return ""
    return "".join(marks.bars[round(p.rows / most * (len(marks.bars) - 1)) if most else 0] for p in points)


def spark_range(points: Sequence[RunPoint]) -> str:
    """`1,190,020 to 1,284,902`, of the runs that were done."""
    rows = [p.rows for p in points if p.state is RunStage.DONE]
    if not rows:
        return ""
    low, high = short_count(min(rows)), short_count(max(rows))
    return low if low == high else f"{low} to {high}"


def disk_words(run: LoadRun) -> str:
    """`1.2 GB put aside`: the disk that it needed on the way; empty where that is next to nothing."""
    return f"{size(run.disk)} put aside" if run.disk >= WORTH_TELLING else ""


WORTH_TELLING = 1_000_000
"""Bytes on the disk that are told."""


def bytes_words(run: LoadRun) -> str:
    """`12 MB of 20 MB`; empty while nothing is read."""
    if not run.bytes:
        return ""
    return f"{size(run.bytes)} of {size(run.total_bytes)}" if run.total_bytes and run.state.is_open else size(run.bytes)
