"""How the page of a destination writes what it shows: checks, events, settings, the status line. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from rich.style import Style

from destui.domain.check import Check, CheckState, Reason, StepState
from destui.domain.destination import Destination, Status
from destui.domain.event import Event
from destui.domain.facts import differences
from destui.domain.fields import TypeSpec
from destui.domain.units import count
from destui.tui.text import clean, cut
from destui.tui.theme import Ink
from destui.tui.widgets.findings import Compared, fact_lines
from destui.tui.widgets.line import Runs, runs_width
from destui.tui.widgets.records import Column

Moment = Callable[[datetime], str]

CHECK_COLUMNS = (
    Column("When", 11), Column("By", 15), Column("Result", 19), Column("Time", 6, right=True),
    Column("Message", roomy=True),
)  # fmt: skip
EVENT_COLUMNS = (Column("When", 11), Column("Who", 26), Column("What", 14), Column("Detail"))


def by_words(check: Check) -> str:
    """Who asked for it: `schedule`, `added`, or an email."""
    return {Reason.BACKGROUND: "schedule", Reason.INITIALISE: "added"}.get(check.reason, clean(check.by))


def seconds(ms: int | None) -> str:
    """`0.34 s`, `30.0 s`: six cells, so that a column of them can be compared."""
    if ms is None:
        return ""
    return f"{ms / 1000:.2f} s" if ms < 10_000 else f"{ms / 1000:.1f} s"


def result_words(check: Check) -> str:
    """`Failed at create`, `Warned at encrypt`, `Passed`, `sign in 4/9`."""
    warned = next((s.name for s in check.steps if s.state is StepState.WARNED), "")
    if check.current:
        step, number, total = check.current
        return f"{clean(step.name)} {number}/{total}"
    at = f" at {clean(check.diagnosis.step)}" if check.diagnosis and check.diagnosis.step else ""
    return {
        CheckState.QUEUED: "Waiting", CheckState.RUNNING: "Running", CheckState.PASSED: "Passed",
        CheckState.WARNED: f"Warned at {clean(warned)}" if warned else "Warned", CheckState.CANCELLED: "Cancelled",
        CheckState.FAILED: f"Failed{at}",
    }[check.state]  # fmt: skip


def result_runs(check: Check, ink: Ink, soft: Style) -> Runs:
    """Mark and words, coloured by how it ended."""
    mark, word = {
        CheckState.PASSED: (ink.ok, soft), CheckState.CANCELLED: (soft, soft),
        CheckState.FAILED: (ink.bad, ink.bad_word),
    }.get(check.state, (ink.work, ink.work_word))  # fmt: skip
    return [(f"{ink.marks.of_check(check.state)} ", mark), (result_words(check), word)]


def check_message(check: Check) -> str:
    """What the driver said, or what is to be looked at."""
    if check.diagnosis:
        return clean(check.diagnosis.message.partition("\n")[0])
    return clean(next((s.message for s in check.steps if s.state is StepState.WARNED), ""))


def write_check(moment: Moment) -> Callable[[Check, Ink, Style], list[Runs]]:
    """A row of the history."""

    def write(check: Check, ink: Ink, soft: Style) -> list[Runs]:
        return [
            [(moment(check.created_at), ink.text)],
            [(by_words(check), soft)],
            result_runs(check, ink, soft),
            [(seconds(check.ms), soft)],
            [(check_message(check), soft)],
        ]

    return write


def comparison(check: Check, history: Sequence[Check], marked: str | None, moment: Moment) -> Compared | None:
    """What has changed since the check before, or since (or until) the marked one; `history` is newest first. None
    where there is nothing to compare with: a check that runs or was stopped says little."""
    ended = [c for c in history if not c.state.is_open and (c.state is not CheckState.CANCELLED or c.id == marked)]
    if check not in ended or check.id == marked:
        return None
    at = ended.index(check)
    chosen = next((n for n, c in enumerate(ended) if c.id == marked), at + 1)
    if chosen >= len(ended):
        return None
    other = ended[chosen]
    if chosen > at:
        return Compared(f"since the check of {moment(other.created_at)}", differences(other, check))
    return Compared(f"until the check of {moment(other.created_at)}", differences(check, other))


def write_event(moment: Moment) -> Callable[[Event, Ink, Style], list[Runs]]:
    """A row of the activity."""

    def write(event: Event, ink: Ink, soft: Style) -> list[Runs]:
        return [
            [(moment(event.at), ink.text)],
            [(clean(event.who), soft)],
            [(clean(event.verb), soft)],
            [(clean(event.detail), soft)],
        ]

    return write


def status_line(destination: Destination, moment: Moment, ink: Ink, cells: int, *, narrow: bool) -> Runs:
    """Type, status, who connected it, since when; a long email gives way."""
    status = destination.status
    mark, word = {
        Status.ACTIVE: (ink.ok, ink.muted), Status.INITIALIZING: (ink.work, ink.work_word),
        Status.ERROR: (ink.bad, ink.bad_word),
    }[status]  # fmt: skip
    before: Runs = [
        (f"{clean(destination.type)}   ", ink.muted),
        (f"{ink.marks.of_status(status)} ", mark),
        (f"{status.label}   ", word),
    ]
    after = _since(destination, moment, ink)
    by = clean(destination.connected_by if narrow else f"connected by {destination.connected_by}")
    room = max(8, cells - runs_width(before) - runs_width(after))
    return [*before, (cut(by, room, ink.marks.cut), ink.muted), *after]


def _since(destination: Destination, moment: Moment, ink: Ink) -> Runs:
    check = destination.check
    if check and check.state.is_open:
        return [(f"   {_progress(check)}", ink.work_word)]
    if destination.status is Status.ERROR and destination.failing_since:
        return [(f"   failing since {moment(destination.failing_since)}", ink.muted)]
    if check is None or check.finished_at is None:
        return []
    if check.was_refused:
        return [(f"   change of {moment(check.finished_at)} not taken", ink.work_word)]
    return [(f"   checked {moment(check.finished_at)}", ink.muted)]


def _progress(check: Check) -> str:
    if not check.current:
        return "waiting, why stands in Checks" if check.waits_for else "waiting for the worker"
    step, number, total = check.current
    return f"checking: {clean(step.name)} {number}/{total}"


def setting_lines(destination: Destination, spec: TypeSpec, moment: Moment, ink: Ink, cells: int) -> list[Runs]:
    """The settings as facts; of secrets only whether they are set."""
    rows: list[Runs] = []

    def fact(label: str, value: str, *, muted: bool = False) -> None:
        rows.extend(fact_lines(label, value, ink, cells, muted=muted))

    fact("Name", destination.name)
    fact("Tags", ", ".join(destination.tags) or "none", muted=not destination.tags)
    for section in dict.fromkeys(f.section for f in spec.fields):
        rows.append([])
        if section:
            rows.append([(clean(section), ink.strong)])
        for field in spec.fields:
            if field.section != section or not spec.is_shown(field, destination.fields):
                continue
            if field.secret:
                is_set = field.name in destination.secret_names
                fact(field.label, "set, never shown" if is_set else "not set", muted=True)
            else:
                value = str(destination.fields.get(field.name, ""))
                fact(field.label, value or "not set", muted=not value)
    rows += [[], [("Kept by destui", ink.strong)]]
    fact("Connected by", f"{destination.connected_by}, {moment(destination.created_at)}")
    fact("Last updated", moment(destination.updated_at))
    if destination.host:
        fact("On host", f"{destination.host}, where its path is")
    fact("Load orders", count(destination.load_orders))
    kept = "possible, the last version is kept" if destination.can_roll_back else "no earlier version is kept"
    fact("Roll back", kept, muted=True)
    return rows
