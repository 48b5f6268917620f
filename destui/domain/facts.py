"""What a check finds out beside passing or failing, and what has changed between two checks.

Facts are kept by name as texts, so that a connector may add its own; the names here are those with a title, an order
or a measure of what is worth telling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from destui.domain.check import Check, CheckState, Step, StepState

CERTIFICATE_ENDS = "certificate ends"
"""An ISO date, and the minute in UTC."""
FILE_SIZE, FREE_SPACE = "file size", "free space"
"""Bytes, in digits."""

_TITLES: Mapping[str, str] = {
    "server": "Server", "address": "Address", "tls": "TLS", "certificate": "Certificate", "issuer": "Issued by",
    CERTIFICATE_ENDS: "Valid until", "file system": "File system", FILE_SIZE: "File size", FREE_SPACE: "Free space",
}  # fmt: skip
_DATE = len("2024-12-03")
_BYTES = (FILE_SIZE, FREE_SPACE)
_NOTABLE_SHARE = 0.2
"""How much a number of bytes must have changed, as a share of the larger, to be told."""
_NOTABLE_MS = 100
"""How much a step's time must have changed, when it has doubled or halved too: what varies less is chance."""


@dataclass(frozen=True)
class Fact:
    """Something that a check found out: what it is, and how it is written."""

    title: str
    text: str


@dataclass(frozen=True)
class Difference:
    """Something that is another thing in the later of two checks."""

    title: str
    now: str
    was: str


def facts_of(check: Check) -> list[Fact]:
    """What a check found out, in the order in which it is told."""
    return [Fact(_title(name), _text(name, check)) for name in _names(check.detail)]


def differences(before: Check, after: Check) -> list[Difference]:
    """What has changed between two checks and is worth telling: how they ended, facts that both know, steps that take
    twice or half the time."""
    found = []
    if (was := result_words(before)) != (now := result_words(after)):
        found.append(Difference("Result", now, was))
    if before.diagnosis and after.diagnosis and before.diagnosis.code != after.diagnosis.code:
        found.append(Difference("Cause", after.diagnosis.cause, before.diagnosis.cause))
    found += [
        Difference(_title(name), _text(name, after), _text(name, before))
        for name in _names(after.detail)
        if name in before.detail and _differs(name, before.detail[name], after.detail[name])
    ]
    return [*found, *_times(before, after)]


def result_words(check: Check) -> str:
    """How a check ended: `failed at create`, `warned at encrypt`, `passed`."""
    at = ""
    if check.state is CheckState.FAILED and check.diagnosis:
        at = check.diagnosis.step
    elif check.state is CheckState.WARNED:
        at = next((step.name for step in check.steps if step.state is StepState.WARNED), "")
    return f"{check.state.value} at {at}" if at else check.state.value


def size_words(size: float) -> str:
    """`12.1 MB`, in thousands as disks are sold."""
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"


def _names(detail: Mapping[str, str]) -> list[str]:
    return [name for name in _TITLES if name in detail] + sorted(name for name in detail if name not in _TITLES)


def _title(name: str) -> str:
    return _TITLES.get(name) or name[:1].upper() + name[1:]


def _text(name: str, check: Check) -> str:
    told = check.detail[name]
    if name in _BYTES and told.isdigit():
        return size_words(int(told))
    if name == CERTIFICATE_ENDS:
        return f"{told[:_DATE]}{_days_left(told, check)}"
    return told


def _days_left(end: str, check: Check) -> str:
    """From the check on, rounded down: what is said of a check stays as it was."""
    try:
        if len(end) <= _DATE:  # as earlier versions kept it
            left = date.fromisoformat(end) - check.created_at.date()
        else:
            left = datetime.fromisoformat(end).replace(tzinfo=UTC) - check.created_at
    except ValueError:
        return ""
    if left < timedelta(0):
        return ", over"
    return f", {left.days} day{'' if left.days == 1 else 's'} left"


def _differs(name: str, was: str, now: str) -> bool:
    if name in _BYTES and was.isdigit() and now.isdigit():
        one, other = int(was), int(now)
        return abs(one - other) > _NOTABLE_SHARE * max(one, other)
    if name == CERTIFICATE_ENDS:
        return was[:_DATE] != now[:_DATE]
    return was != now


def _times(before: Check, after: Check) -> list[Difference]:
    known = {step.name: step for step in before.steps}
    return [
        Difference(step.name, _ms(step), _ms(known[step.name]))
        for step in after.steps
        if step.name in known and _is_notable(known[step.name], step)
    ]


def _is_notable(was: Step, now: Step) -> bool:
    if was.ms is None or now.ms is None or StepState.SKIPPED in (was.state, now.state):
        return False
    less, more = sorted((was.ms, now.ms))
    return more - less >= _NOTABLE_MS and more >= 2 * less


def _ms(step: Step) -> str:
    assert step.ms is not None
    return f"{step.ms} ms" if step.ms < 1000 else f"{step.ms / 1000:.1f} s"
