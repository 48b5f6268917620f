"""A check: one run of a ladder against a destination, its steps and its diagnosis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from destui.domain.diagnosis import CANCELLED_CODE as CANCELLED_CODE
from destui.domain.diagnosis import Diagnosis as Diagnosis
from destui.domain.steps import CLEAN_UP as CLEAN_UP
from destui.domain.steps import DATABASE_STEPS as DATABASE_STEPS
from destui.domain.steps import DEADLINES as DEADLINES


class StepState(StrEnum):
    """Where one step of a ladder stands. `WAITING` and `RUNNING` exist only while the ladder runs."""

    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    WARNED = "warned"


class Reason(StrEnum):
    """Why a check runs."""

    INITIALISE = "initialise"
    REAUTHORISE = "re-authorise"
    ASKED = "asked"
    BACKGROUND = "background"
    DRAFT = "draft"
    LOAD = "load"
    """A load run could not sign in; nothing else was looked at."""


class CheckState(StrEnum):
    """Where a check stands. `WARNED` passed, with something to look at."""

    QUEUED = "queued"
    RUNNING = "running"
    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Still to be done or being done."""
        return self in (CheckState.QUEUED, CheckState.RUNNING)

    @property
    def is_good(self) -> bool:
        """The destination works."""
        return self in (CheckState.PASSED, CheckState.WARNED)


@dataclass(frozen=True)
class Step:
    """One rung: its name, result, milliseconds and a short message (an address, `TLS 1.3`, the error)."""

    name: str
    state: StepState = StepState.WAITING
    ms: int | None = None
    message: str = ""
    started_at: datetime | None = None
    deadline: float | None = None
    """Seconds that it may take."""


@dataclass(frozen=True)
class Outcome:
    """How a ladder ended: its steps and, where one failed, the diagnosis. `detail` holds facts worth comparing
    between two checks (server version, certificate's end), never secrets."""

    steps: tuple[Step, ...]
    diagnosis: Diagnosis | None = None
    cancelled: bool = False
    detail: dict[str, str] = field(default_factory=dict)
    more: str = ""
    """Of several causes, what would tell them apart."""

    @property
    def is_out_of_time(self) -> bool:
        """Whether a step failed that took as long as it may."""
        return any(
            step.state is StepState.FAILED and step.deadline is not None and (step.ms or 0) >= step.deadline * 1000
            for step in self.steps
        )

    @property
    def state(self) -> CheckState:
        """The check's state that follows from the steps."""
        if self.cancelled:
            return CheckState.CANCELLED
        if self.diagnosis is not None:
            return CheckState.FAILED
        warned = any(step.state is StepState.WARNED for step in self.steps)
        return CheckState.WARNED if warned else CheckState.PASSED


@dataclass(frozen=True)
class Check:
    """A check as the store keeps it."""

    id: str
    destination_id: str | None
    reason: Reason
    state: CheckState
    by: str
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    steps: tuple[Step, ...] = ()
    diagnosis: Diagnosis | None = None
    attempt: int = 0
    waits_for: str = ""
    """Why it does not go on (the vault is not there), as a sentence."""
    detail: Mapping[str, str] = field(default_factory=dict)
    """Facts that it found out; see `domain.facts`."""
    more: str = ""
    """Of the diagnosis's several causes, what would tell them apart."""

    @property
    def was_refused(self) -> bool:
        """It tested new credentials or fields that were not taken then: what was in use before it still is."""
        return self.reason is Reason.REAUTHORISE and self.state in (CheckState.FAILED, CheckState.CANCELLED)

    @property
    def current(self) -> tuple[Step, int, int] | None:
        """The running step, its number and how many there are; None when none runs."""
        for number, step in enumerate(self.steps, 1):
            if step.state is StepState.RUNNING:
                return step, number, len(self.steps)
        return None

    @property
    def ms(self) -> int | None:
        """Milliseconds from start to end."""
        if self.started_at is None or self.finished_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds() * 1000)


CANCELLED_WORD = "cancelled"
"""The message of the step at which a check was cancelled."""


def told_steps(check: Check) -> tuple[Step, ...]:
    """A check's steps as they are told: the one at which it was cancelled did not fail."""
    at = check.diagnosis.step if check.state is CheckState.CANCELLED and check.diagnosis else None

    def was_cancelled(step: Step) -> bool:
        is_last = step.name == at or (check.state.is_open and step.message == CANCELLED_WORD)
        return is_last and step.state is StepState.FAILED

    return tuple(
        replace(step, state=StepState.SKIPPED, ms=None, message=CANCELLED_WORD) if was_cancelled(step) else step
        for step in check.steps
    )
