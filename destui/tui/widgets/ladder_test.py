"""The test of a form: its ladder while it runs, beside the form or on one line under it, and why it failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from rich.style import Style
from textual.timer import Timer

from destui.domain.check import Check, CheckState, Diagnosis, Step, StepState, told_steps
from destui.tui.text import clean, clean_lines, cut, duration, fit_right, width, wrap
from destui.tui.theme import Ink, ink_of
from destui.tui.widgets.findings import causes_words, fix_words, said_words, well_lines
from destui.tui.widgets.ladder import short_ladder
from destui.tui.widgets.line import Lines, Runs, runs_width

_TIME_ENDS_AT = 23
"""Column at which the times end; messages begin two after it."""


class LadderTest(Lines):
    """Shows a check. It counts the running step's seconds by `clock`, once a second, and is still otherwise."""

    def __init__(
        self, steps: Sequence[str], clock: Callable[[], datetime], *, in_line: bool = False, id: str | None = None
    ) -> None:
        """`in_line`: on one line however wide the terminal."""
        super().__init__(id=id)
        self._in_line_always = in_line
        self._clock = clock
        self._waiting = tuple(Step(name) for name in steps)
        self._check: Check | None = None
        self._stale = False
        self._ticking: Timer | None = None

    @property
    def check(self) -> Check | None:
        """What it shows."""
        return self._check

    def will_run(self, steps: Sequence[str]) -> None:
        """The steps that a test would have now."""
        waiting = tuple(Step(name) for name in steps)
        if waiting != self._waiting:
            self._waiting = waiting
            self.refresh(layout=True)

    def show(self, check: Check | None) -> None:
        """Show where the check stands."""
        self._check, self._stale = check, False
        self.set_class(check is not None, "-begun")
        running = check is not None and check.state.is_open
        if running and self._ticking is None:
            self._ticking = self.set_interval(1.0, self.refresh)
        elif not running and self._ticking is not None:
            self._ticking.stop()
            self._ticking = None
        self.refresh(layout=True)

    def outdate(self) -> None:
        """The form was changed after the test: its result is of what stood there before."""
        if self._check is not None and not self._check.state.is_open and not self._stale:
            self._stale = True
            self.refresh(layout=True)

    def lines(self, cells: int) -> list[Runs]:
        """One line where the screen is narrow, otherwise the whole ladder."""
        ink = ink_of(self)
        told = self._told(ink, cells)
        changed: Runs = [("before the last change of the form", ink.muted)] if self._stale else []
        if self._is_in_line:
            return [self._in_line(ink, cells), *([changed] if changed else []), *told]
        ladder = [_step_line(step, ink, cells, self._clock()) for step in self._steps()]
        return [[("Test", ink.strong), (f"  {self._state()}", ink.muted)], changed, *ladder, [], *told]

    @property
    def _is_in_line(self) -> bool:
        return self._in_line_always or self.screen.has_class("-narrow")

    def _steps(self) -> Sequence[Step]:
        check = self._check
        return told_steps(check) if check is not None and check.steps else self._waiting

    def _state(self) -> str:
        check = self._check
        if check is None:
            return "not run yet"
        if check.state is CheckState.QUEUED:
            return "waiting for the worker"
        if check.state is CheckState.RUNNING:
            return f"running, {_seconds(check.started_at, self._clock())}"
        took = f", {duration(check.ms)}" if check.ms is not None else ""
        at = f" at {check.diagnosis.step}" if check.diagnosis and check.diagnosis.step else ""
        word = {
            CheckState.PASSED: "passed", CheckState.WARNED: "passed with a warning", CheckState.CANCELLED: "cancelled",
            CheckState.FAILED: f"failed{at}",
        }[check.state]  # fmt: skip
        return f"{word}{took}"

    def _in_line(self, ink: Ink, cells: int) -> Runs:
        head: Runs = [("Test", ink.strong), (f" {self._state()}", ink.muted)]
        room = cells - runs_width(head)
        steps: Runs = []
        for step in self._steps():
            if step.state is not StepState.WAITING:
                steps += [("  ", ink.muted), *_short_step(step, ink, self._clock())]
        if runs_width(steps) > room:
            steps = [("  ", ink.muted), *short_ladder(self._steps(), self._clock(), ink)]
        return [*head, *steps]

    def _told(self, ink: Ink, cells: int) -> list[Runs]:
        check = self._check
        if check is not None and check.diagnosis is not None and check.state is CheckState.FAILED:
            return _diagnosed(check.diagnosis, ink, cells, narrow=self._is_in_line)
        if check is not None and check.waits_for:
            return [[(line, ink.text)] for line in wrap(clean(check.waits_for), cells)]
        warned = next((s for s in self._steps() if s.state is StepState.WARNED and s.message), None)
        if warned is not None:
            return [[(line, ink.text)] for line in wrap(clean(warned.message), cells)]
        if self._is_in_line or (check is not None and not check.state.is_open):
            return []
        return [[(line, ink.muted)] for line in ("Stops at the first failure;", "clean up always runs.")]


def _seconds(since: datetime | None, now: datetime) -> str:
    """`1.5 s`, never less than nothing where two hosts' clocks differ."""
    return f"{max(0.0, (now - since).total_seconds()):.1f} s" if since else "0.0 s"


def _looks(state: StepState, ink: Ink) -> tuple[Style, Style, Style]:
    """Of the mark, of the name, of the time."""
    return {
        StepState.PASSED: (ink.ok, ink.text, ink.muted),
        StepState.WARNED: (ink.work, ink.work_word, ink.muted),
        StepState.FAILED: (ink.failed, ink.failed, ink.failed),
        StepState.RUNNING: (ink.work, ink.work_word, ink.work_word),
    }.get(state, (ink.muted, ink.muted, ink.muted))


def _step_line(step: Step, ink: Ink, cells: int, now: datetime) -> Runs:
    mark_look, name_look, time_look = _looks(step.state, ink)
    time, message = "", clean(step.message)
    if step.state is StepState.RUNNING:
        time = _seconds(step.started_at, now)
        message = message or (f"of {step.deadline:.0f} s" if step.deadline else "")
    elif step.state is StepState.SKIPPED:
        time, message = message or "skipped", ""
    elif step.ms is not None:
        time = duration(step.ms)
    if step.state in (StepState.FAILED, StepState.WARNED):
        message = ""  # told whole below the ladder
    name = clean(step.name)
    gap = fit_right(time, max(len(time) + 1, _TIME_ENDS_AT - 2 - width(name)))
    said = cut(message, max(0, cells - _TIME_ENDS_AT - 2), ink.marks.cut)
    mark = ink.marks.of_step(step.state)
    return [(f"{mark} ", mark_look), (name, name_look), (gap, time_look), (f"  {said}" if said else "", ink.muted)]


def _short_step(step: Step, ink: Ink, now: datetime) -> Runs:
    mark_look, name_look, _ = _looks(step.state, ink)
    running = f" {_seconds(step.started_at, now)}" if step.state is StepState.RUNNING else ""
    return [(f"{ink.marks.of_step(step.state)} ", mark_look), (clean(step.name) + running, name_look)]


def _diagnosed(found: Diagnosis, ink: Ink, cells: int, *, narrow: bool) -> list[Runs]:
    """The cause, the fix, what to paste, the driver's words."""
    gap: list[Runs] = [] if narrow else [[]]
    out: list[Runs] = [[(line, ink.strong)] for line in wrap(clean(found.cause), cells)]
    out += [[(line, ink.text)] for line in wrap(causes_words(found), cells) if line]
    out += gap + [[(line, ink.text)] for line in wrap(fix_words(found), cells)]
    for pasted in found.fix_lines:
        out += well_lines(clean(pasted), ink, cells)
    if not narrow and found.whose_words:
        out += [[], [(said_words(found), ink.muted)]]
        out += [[(part, ink.muted)] for line in clean_lines(found.message)[:4] for part in wrap(line, cells)]
    return out
