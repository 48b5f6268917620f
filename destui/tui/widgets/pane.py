"""The detail pane: the ladder of a check at the left, the cause and what to do at the right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message

from destui.domain.check import Check, CheckState, StepState, told_steps
from destui.domain.destination import Destination, Status
from destui.tui.text import clean, cut, width
from destui.tui.theme import Ink, ink_of
from destui.tui.widgets.findings import Compared, Shape, diagnosis_text, found_lines
from destui.tui.widgets.ladder import ladder_lines, short_ladder
from destui.tui.widgets.line import Lines, Runs, runs_width, spread

MOST_TEXT = 100
"""Columns of text at the right, however wide the terminal."""
LEAST_BY = 8
"""Columns under which an email says nothing any more."""


@dataclass(frozen=True)
class Head:
    """The pane's first row. `title`, `kind` and `aside` may hold data."""

    title: str
    kind: str = ""
    state: Status | CheckState | None = None
    words: str = ""
    """Beside the state's mark: `Error at create`."""
    aside: str = ""
    """At the right."""
    short_aside: str = ""
    """The same where the terminal is narrow."""
    by: str = ""
    """Before the short one, cut first where there is no room for both."""


def state_words(state: Status | CheckState, check: Check | None) -> str:
    """`Error at create`, `Failed at reach`, `Cancelled at reach`, `Initializing  sign in 4/8`, `Active`."""
    word = state.label if isinstance(state, Status) else state.value.capitalize()
    if check is None:
        return word
    if state in (Status.INITIALIZING, CheckState.RUNNING):
        return f"{word}  {progress_words(check)}" if check.current else word
    if state is CheckState.WARNED:
        at = next((step.name for step in check.steps if step.state is StepState.WARNED), "")
        return f"{word} at {at}" if at else word
    if state not in (Status.ERROR, CheckState.FAILED, CheckState.CANCELLED):
        return word
    if state is Status.ERROR and check.state is CheckState.CANCELLED:
        word = f"{word}, cancelled"
    return f"{word} at {check.diagnosis.step}" if check.diagnosis and check.diagnosis.step else word


def progress_words(check: Check) -> str:
    """`sign in 4/8`; empty while no step runs."""
    if check.current is None:
        return ""
    step, number, total = check.current
    return f"{step.name} {number}/{total}"


def head_of_destination(destination: Destination, write: Callable[[datetime], str]) -> Head:
    """The head for the last or running check of a destination; `write` writes a moment."""
    check, status = destination.check, destination.status
    parts = []
    if check and check.finished_at:
        parts.append(f"checked {write(check.finished_at)}")
    elif check and check.state.is_open:
        now = f"checking now, {progress_words(check)}" if check.current else "checking now"
        parts.append(now if status is not Status.INITIALIZING else f"since {write(check.created_at)}")
    if destination.failing_since and status is Status.ERROR:
        parts.append(f"failing since {write(destination.failing_since)}")
    return Head(
        title=destination.name,
        kind=destination.type,
        state=status,
        words=state_words(status, check),
        aside=", ".join(parts),
        short_aside=write(destination.updated_at),
        by=destination.connected_by,
    )


def head_of_check(check: Check, clock_text: str, by: str) -> Head:
    """The head for one check of the history."""
    took = f"{check.ms / 1000:.2f} s in all, " if check.ms is not None else ""
    return Head(
        title=f"Check of {clock_text}",
        state=check.state,
        words=state_words(check.state, check),
        aside=f"{took}by {by}",
    )


def copied_text(head: Head, check: Check) -> str:
    """The diagnosis as text for the clipboard. It holds no secrets: a diagnosis never does."""
    first = " ".join(part for part in (head.title, head.kind, head.words) if part)
    return diagnosis_text(first, check.diagnosis, check.more)


def head_line(head: Head, ink: Ink, shape: Shape) -> Runs:
    """The first row. Pure."""
    looks = {
        Status.ERROR: (ink.bad, ink.bad_word), CheckState.FAILED: (ink.bad, ink.bad_word),
        Status.INITIALIZING: (ink.work, ink.work_word), CheckState.RUNNING: (ink.work, ink.work_word),
        CheckState.QUEUED: (ink.work, ink.work_word), CheckState.WARNED: (ink.work, ink.work_word),
        CheckState.CANCELLED: (ink.muted, ink.muted),
    }  # fmt: skip
    after: Runs = [(f"  {clean(head.kind)}", ink.muted)] if head.kind else []
    if head.state is not None:
        mark, word = looks.get(head.state, (ink.ok, ink.muted))
        glyph = ink.marks.of_status(head.state) if isinstance(head.state, Status) else ink.marks.of_check(head.state)
        after += [(f"{'   ' if head.kind else '  '}{glyph} ", mark), (clean(head.words), word)]
    title = cut(clean(head.title), max(8, shape.cells - runs_width(after)), ink.marks.cut)
    aside = _aside(head, ink, shape, shape.cells - width(title) - runs_width(after) - 2)
    return spread([(title, ink.strong), *after], [(aside, ink.muted)], shape.cells, ink.muted)


def _aside(head: Head, ink: Ink, shape: Shape, room: int) -> str:
    """What stands at the right, in the room that is left: the name comes first."""
    if not (shape.narrow and head.short_aside):
        return cut(clean(head.aside), max(0, room), ink.marks.cut)
    last = clean(head.short_aside)
    left = room - width(last) - 3
    if head.by and left >= LEAST_BY:
        return f"{cut(clean(head.by), left, ink.marks.cut)}   {last}"
    return last if width(last) <= room else ""


def pane_lines(
    head: Head, check: Check | None, now: datetime, ink: Ink, shape: Shape, compared: Compared | None = None
) -> list[Runs]:
    """The whole pane. Pure."""
    blank: list[Runs] = [[]] if shape.airy else []
    top = [head_line(head, ink, shape), *blank]
    if check is None:
        return [*top, [("There is no check of it yet.", ink.muted)]]
    steps = told_steps(check)
    if shape.flat or shape.cells < 58:
        ladder = [short_ladder(steps, now, ink)] if shape.flat else ladder_lines(steps, now, ink)
        return [*top, *ladder, *found_lines(check, ink, shape.cells, shape, compared)]
    indent = 26 if shape.narrow else 30
    left = ladder_lines(steps, now, ink)
    right = found_lines(check, ink, min(MOST_TEXT, shape.cells - indent), shape, compared)
    rows = []
    for number in range(max(len(left), len(right))):
        row = left[number] if number < len(left) else []
        gap = " " * (indent - runs_width(row))  # the running step's time may need all but one of it
        rows.append([*row, (gap, ink.muted), *(right[number] if number < len(right) else [])])
    return [*top, *rows]


class PaneBody(Lines):
    """The lines of the pane."""

    def __init__(self, clock: Callable[[], datetime], keys: tuple[str, str]) -> None:
        super().__init__()
        self._clock = clock
        self._keys = keys
        self.head = Head("")
        self.check: Check | None = None
        self.compared: Compared | None = None

    def show(self, head: Head, check: Check | None, compared: Compared | None) -> None:
        """Show a check."""
        if (head, check, compared) == (self.head, self.check, self.compared):
            return
        self.head, self.check, self.compared = head, check, compared
        self.redraw()

    def lines(self, cells: int) -> list[Runs]:
        """The whole pane."""
        screen = self.screen
        low = screen.has_class("-low") or screen.has_class("-flat")
        narrow = screen.has_class("-narrow")
        shape = Shape(cells, narrow, not low and not narrow, screen.has_class("-flat"), *self._keys)
        return pane_lines(self.head, self.check, self._clock(), ink_of(self), shape, self.compared)


class DetailPane(VerticalScroll, can_focus=False):
    """Scrolls where it is longer than half of the screen. `show` it a head and a check.

    `keys` are what copies the diagnosis and what stops the check; an empty text where nothing does.
    """

    class Fitted(Message):
        """Whether all of it is shown has changed: so has what scrolls it."""

    def __init__(
        self, clock: Callable[[], datetime], *, keys: tuple[str, str] = ("y", "t"), id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._body = PaneBody(clock, keys)

    def compose(self) -> ComposeResult:
        """The lines."""
        yield self._body

    def on_mount(self) -> None:
        """The seconds of a running step; tell when a scroll bar comes or goes."""
        self.watch(self, "show_vertical_scrollbar", self._fitted, init=False)
        self._timer = self.set_interval(1, self._body.redraw, pause=True)
        self._tick()

    @property
    def head(self) -> Head:
        """What is shown."""
        return self._body.head

    @property
    def check(self) -> Check | None:
        """What is shown."""
        return self._body.check

    def show(self, head: Head, check: Check | None, compared: Compared | None = None) -> None:
        """Show a check under a head, and how it differs from another."""
        other = head.title != self.head.title
        self._body.show(head, check, compared)
        if other:
            self.scroll_home(animate=False)
        if self.is_mounted:
            self._tick()

    def _fitted(self) -> None:
        self.post_message(self.Fitted())

    def _tick(self) -> None:
        running = self.check is not None and self.check.current is not None
        (self._timer.resume if running else self._timer.pause)()
