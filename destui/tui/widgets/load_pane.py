"""The details of a load order: how far its run is or how it ended, its runs before, the rows of the last ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from destui.domain.orders import MANUAL, LoadOrder, LoadRun, OrderStatus, RunPoint, RunStage
from destui.tui.text import clean, cut, duration, fit, fit_right, width, wrap
from destui.tui.theme import Ink, ink_of
from destui.tui.widgets import order_words as words
from destui.tui.widgets.findings import Shape, diagnosis_lines
from destui.tui.widgets.line import Lines, Runs, runs_width, spread
from destui.tui.widgets.pane import MOST_TEXT, DetailPane

BAR = 60
"""Columns of the progress bar, at most."""
_NARROW_SPARK = 12
Moment = Callable[[datetime], str]


@dataclass(frozen=True)
class LoadDetails:
    """What the pane shows of an order: its newest run stands in the order itself. `run` is another one of its runs,
    where that is looked at."""

    order: LoadOrder
    before: tuple[LoadRun, ...] = ()
    """Its runs before the one that is shown, newest first."""
    points: tuple[RunPoint, ...] = ()
    run: LoadRun | None = None
    log: tuple[str, ...] = ()

    @property
    def shown(self) -> LoadRun | None:
        """The run that it is about."""
        return self.run or self.order.run


@dataclass(frozen=True)
class Times:
    """How moments are written, and what time it is."""

    now: datetime
    past: Moment
    future: Moment
    exact: Moment
    """By the second."""


def head_line(shown: LoadDetails, times: Times, ink: Ink, shape: Shape) -> Runs:
    """What is loaded where and how, and when next; or which run it is."""
    order, run = shown.order, shown.run
    if run is not None:
        title = f"Run of {times.past(run.started_at or run.created_at)}"
        runs: Runs = [(title, ink.strong), ("   ", ink.muted), *words.run_runs(run, ink, ink.muted)]
        room = shape.cells - runs_width(runs) - 3  # a long name gives way, not how far the run is
        return spread(
            runs, [(cut(f"by {clean(run.by)}", max(0, room), ink.marks.cut), ink.muted)], shape.cells, ink.muted
        )
    after = _next(order, times)
    mode = words.mode_words(order)
    room = shape.cells - width(after) - width(mode) - 5
    if shape.narrow:
        runs = [(cut(clean(order.table), room, ink.marks.cut), ink.strong), (f"  {mode}", ink.muted)]
    else:
        source, table = words.route(order, max(8, room), ink.marks, with_destination=False)
        arrow, place = table[:3], table[3:]
        runs = [(source, ink.strong), (arrow, ink.muted), (place, ink.strong), (f"   {mode}", ink.muted)]
    return spread(runs, [(after, ink.muted)], shape.cells, ink.muted)


def task_lines(shown: LoadDetails, ink: Ink, cells: int) -> list[Runs]:
    """What the run loads or has loaded, where it is the run that is looked at, or the order says something else now."""
    task = shown.shown.task if shown.shown is not None else None
    if task is None or (shown.run is None and task == shown.order.task):
        return []
    before = "" if task == shown.order.task else ", before the order was changed"
    return [[(line, ink.muted)] for line in wrap(f"{words.task_words(task)}{before}", min(MOST_TEXT, cells))]


def _next(order: LoadOrder, times: Times) -> str:
    if order.paused:
        return "paused"
    return f"next {times.future(order.next_run_at)}" if order.next_run_at else MANUAL


def bar_runs(share: float, cells: int, ink: Ink) -> Runs:
    """A bar, filled as far as the work is."""
    full = max(0, min(cells, round(share * cells)))
    bar = ink.marks.bar
    rest = cells - full
    if ink.flat or not ink.marks.bars:  # one colour: what is left is told by another mark
        return [(bar * full, ink.work), (("-" if not ink.marks.bars else ink.marks.rule) * rest, ink.muted)]
    return [(bar * full, ink.work), (ink.marks.bar_start if rest else "", ink.line), (bar * max(0, rest - 1), ink.line)]


def progress_lines(run: LoadRun, times: Times, ink: Ink, shape: Shape) -> list[Runs]:
    """Bar and figures of a run that goes on, or why it waits."""
    if run.state is not RunStage.RUNNING or run.waits_its_turn:
        turn = f"{run.phase.capitalize()}." if run.phase else ""
        told = clean(run.waits_for or turn) or "Waiting for a worker to begin."
        return [[(line, ink.work_word)] for line in wrap(told, shape.cells)]
    rows: list[Runs] = []
    share, left = run.share, run.seconds_left(times.now)
    if share is not None:
        about = f"   about {duration(max(1000, round(left) * 1000)).replace('.0 s', ' s')} left" if left else ""
        size = max(10, min(BAR, shape.cells - 30))
        rows.append(
            [*bar_runs(share, size, ink), ("  ", ink.muted), (words.percent(share), ink.text), (about, ink.muted)]
        )
    elapsed = f"{int(run.seconds(times.now))} s" if run.seconds(times.now) < 60 else words.took(run, times.now)
    rows.append(
        _figures([words.rate(run), elapsed, words.bytes_words(run), words.disk_words(run), clean(run.phase)], run, ink)
    )
    return rows


def _figures(told: Sequence[str], run: LoadRun, ink: Ink) -> Runs:
    more = [(f"   {text}", ink.muted) for text in told if text]
    return [(f"{run.rows:,}", ink.text), (" rows", ink.muted), *more]


def end_lines(run: LoadRun, times: Times, ink: Ink, shape: Shape) -> list[Runs]:
    """How a run ended: its figures, or the diagnosis; columns added; what should be known."""
    cells = min(MOST_TEXT, shape.cells)
    rows: list[Runs] = []
    if run.state is RunStage.STOPPED:
        stopped = f"Stopped after {words.took(run, times.now) or '0 s'}."
        rows.append([(stopped if run.warnings else f"{stopped} The table is as it was.", ink.text)])
    elif run.diagnosis is not None:
        rows += diagnosis_lines(run.diagnosis, ink, cells, shape)
        if aside := words.disk_words(run):
            rows.append([(f"{aside} on the way; it is removed.", ink.muted)])
    else:
        told = [words.rate(run), words.took(run, times.now), words.bytes_words(run), words.disk_words(run)]
        rows.append(_figures(told, run, ink))
    if run.columns_added:
        text = f"Columns added to the table: {clean(', '.join(run.columns_added))}"
        rows += [[(line, ink.text)] for line in wrap(text, cells)]
    for warning in run.warnings:
        rows += [[(line, ink.work_word)] for line in wrap(f"{ink.marks.warned} {clean(warning)}", cells)]
    return rows


def before_lines(runs: Sequence[LoadRun], times: Times, ink: Ink, cells: int) -> list[Runs]:
    """The runs before, a line each."""
    if not runs:
        return []
    rows: list[Runs] = [[("Runs before", ink.muted)]]
    twins = words.same_minute(runs)
    for run in runs:
        state = words.run_runs(run, ink, ink.text)
        line: Runs = [
            (fit(words.began(run, times.past, by_second=run.id in twins), 13), ink.muted), *state,
            (" " * max(1, 11 - runs_width(state)), ink.muted), (fit_right(f"{run.rows:,}", 11), ink.text),
            (" rows  ", ink.muted), (fit(words.took(run, times.now), 13), ink.muted),
        ]  # fmt: skip
        line.append((cut(words.result_words(run), max(0, cells - runs_width(line)), ink.marks.cut), ink.muted))
        rows.append(line)
    return rows


def spark_lines(points: Sequence[RunPoint], ink: Ink, *, narrow: bool) -> list[Runs]:
    """The rows of the last runs, as text in one colour."""
    points = points[-_NARROW_SPARK:] if narrow else points
    if len(points) < 2:
        return []
    title, bars, span = f"Rows, last {len(points)} runs", words.spark(points, ink.marks), words.spark_range(points)
    if narrow:
        return [[(f"{title} ", ink.muted), (bars, ink.chart), (f" {span}", ink.muted)]]
    return [[(title, ink.muted)], *([[(bars, ink.chart)]] if bars else []), [(span, ink.muted)]]


def log_lines(log: Sequence[str], exact: Moment, ink: Ink, cells: int) -> list[Runs]:
    """The newest lines of a run's log, by the user's clock."""
    if not log:
        return []
    rows: list[Runs] = [[("Log", ink.muted)]]
    for line in log[-LOG:]:
        head, gap, told = line.partition("Z  ")
        try:
            at = exact(datetime.fromisoformat(f"{head}+00:00")) if gap else ""
        except ValueError:
            at, told = "", line
        shown = clean(told if at else line)
        rows.append([(f"{at}  " if at else "", ink.muted), (cut(shown, cells - len(at) - 2, ink.marks.cut), ink.text)])
    return rows


LOG = 8
"""Lines of a log that are shown."""


def pane_lines(shown: LoadDetails, times: Times, ink: Ink, shape: Shape) -> list[Runs]:
    """The whole pane. Pure."""
    blank: list[Runs] = [[]] if shape.airy else []
    rows: list[Runs] = [head_line(shown, times, ink, shape), *task_lines(shown, ink, shape.cells), *blank]
    run = shown.shown
    if run is None:
        told = "It has not run yet."
        paused = shown.order.status is OrderStatus.PAUSED
        rows += [[(f"{told} It is paused." if paused else told, ink.muted)]]
    else:
        rows += (progress_lines if run.state.is_open else end_lines)(run, times, ink, shape)
    log = log_lines(shown.log, times.exact, ink, shape.cells) if run is not None else []
    if log:
        rows += [*blank, *log]
    spark = spark_lines(shown.points, ink, narrow=shape.narrow)
    if shape.narrow:
        return [*rows, *spark]
    room = 28 if spark else 0
    before = before_lines(shown.before, times, ink, shape.cells - room - (2 if spark else 0))
    return [*rows, *(blank if before or spark else []), *_side_by_side(before, spark, shape.cells - room, ink)]


def _side_by_side(left: Sequence[Runs], right: Sequence[Runs], cells: int, ink: Ink) -> list[Runs]:
    rows = []
    for number in range(max(len(left), len(right))):
        row = left[number] if number < len(left) else []
        gap = " " * (cells - runs_width(row))
        rows.append([*row, (gap, ink.muted), *right[number]] if number < len(right) else list(row))
    return rows


class LoadPaneBody(Lines):
    """The lines of the pane."""

    def __init__(self, clock: Callable[[], datetime], past: Moment, future: Moment, exact: Moment) -> None:
        super().__init__()
        self._clock, self._past, self._future, self._exact = clock, past, future, exact
        self.details: LoadDetails | None = None

    def show(self, details: LoadDetails) -> None:
        """Show this."""
        if details != self.details:
            self.details = details
            self.redraw()

    def lines(self, cells: int) -> list[Runs]:
        """The whole pane."""
        if self.details is None:
            return []
        screen = self.screen
        low, narrow = screen.has_class("-low") or screen.has_class("-flat"), screen.has_class("-narrow")
        shape = Shape(cells, narrow, not low and not narrow, screen.has_class("-flat"))
        return pane_lines(
            self.details, Times(self._clock(), self._past, self._future, self._exact), ink_of(self), shape
        )


class LoadPane(VerticalScroll, can_focus=False):
    """Scrolls where it is longer than half of the screen. While a run goes on it counts seconds, one a second."""

    def __init__(
        self, clock: Callable[[], datetime], past: Moment, future: Moment, exact: Moment = str, *, id: str | None = None
    ) -> None:
        """`past`, `future` and, by the second, `exact` write a moment."""
        super().__init__(id=id)
        self._body = LoadPaneBody(clock, past, future, exact)

    def compose(self) -> ComposeResult:
        """The lines."""
        yield self._body

    def on_mount(self) -> None:
        """The seconds of a run; tell when a scroll bar comes or goes."""
        self.watch(self, "show_vertical_scrollbar", self._fitted, init=False)
        self._timer = self.set_interval(1, self._body.redraw, pause=True)
        self._tick()

    @property
    def details(self) -> LoadDetails | None:
        """What is shown."""
        return self._body.details

    def show(self, details: LoadDetails) -> None:
        """Show this."""
        before = self.details
        self._body.show(details)
        if before is None or before.order.id != details.order.id:
            self.scroll_home(animate=False)
        if self.is_mounted:
            self._tick()

    def _fitted(self) -> None:
        self.post_message(DetailPane.Fitted())

    def _tick(self) -> None:
        run = self.details.shown if self.details is not None else None
        running = run is not None and run.state is RunStage.RUNNING
        (self._timer.resume if running else self._timer.pause)()
