"""The ladder of a check: its steps, each with its mark and its time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from destui.domain.check import Step, StepState
from destui.tui.text import clean, duration, fit, width
from destui.tui.theme import Ink
from destui.tui.widgets.line import Runs

LADDER_WIDTH = 23


def ladder_lines(steps: Sequence[Step], now: datetime, ink: Ink, cells: int = LADDER_WIDTH) -> list[Runs]:
    """One line a step, times right-aligned; the running step counts its seconds. Pure."""
    return [_step_line(step, now, ink, cells) for step in steps]


def _step_line(step: Step, now: datetime, ink: Ink, cells: int) -> Runs:
    mark, name, time = ink.marks.of_step(step.state), clean(step.name), _time(step, now)
    room = cells - 2 - width(time) - 1
    if step.state is StepState.RUNNING:  # a deadline beside a long name needs more than the column
        room = max(room, width(name))
    name, time = fit(name, max(4, room)), " " + time
    match step.state:
        case StepState.PASSED:
            return [(f"{mark} ", ink.ok), (name, ink.text), (time, ink.muted)]
        case StepState.FAILED:
            return [(f"{mark} {name}{time}", ink.failed)]
        case StepState.RUNNING:
            return [(f"{mark} ", ink.work), (name + time, ink.work_word)]
        case StepState.WARNED:
            return [(f"{mark} ", ink.work), (name, ink.text), (time, ink.muted)]
        case _:
            return [(f"{mark} {name}{time}", ink.muted)]


def _time(step: Step, now: datetime) -> str:
    match step.state:
        case StepState.RUNNING:
            return running_time(step, now)
        case StepState.SKIPPED:
            return clean(step.message) or "skipped"
        case StepState.WAITING:
            return ""
        case _:
            return duration(step.ms) if step.ms is not None else ""


def running_time(step: Step, now: datetime) -> str:
    """`1.4 s of 10 s`: never less than nothing, where two hosts' clocks differ, nor more than the deadline."""
    passed = max(0.0, (now - step.started_at).total_seconds()) if step.started_at else 0.0
    if not step.deadline:
        return f"{passed:.1f} s"
    passed = min(passed, step.deadline)
    return f"{passed:.1f} s of {step.deadline:g} s" if passed < 9.95 else f"{passed:.0f} s of {step.deadline:g} s"


def short_ladder(steps: Sequence[Step], now: datetime, ink: Ink) -> Runs:
    """The ladder in one line: `✓ 5  ✗ create  − 2`."""

    def number(state: StepState) -> int:
        return sum(s.state is state for s in steps)

    runs: Runs = []
    if passed := number(StepState.PASSED):
        runs += [(f"{ink.marks.passed} ", ink.ok), (f"{passed}  ", ink.text)]
    for step in steps:
        if step.state in (StepState.FAILED, StepState.RUNNING, StepState.WARNED):
            look = {StepState.FAILED: ink.failed, StepState.RUNNING: ink.work_word}.get(step.state, ink.text)
            time = f" {running_time(step, now)}" if step.state is StepState.RUNNING else ""
            runs += [(f"{ink.marks.of_step(step.state)} {clean(step.name)}{time}  ", look)]
    if skipped := number(StepState.SKIPPED):
        runs.append((f"{ink.marks.skipped} {skipped}  ", ink.muted))
    if waiting := number(StepState.WAITING):
        runs.append((f"{ink.marks.waiting} {waiting}", ink.muted))
    return runs
