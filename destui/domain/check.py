"""A check: one run of a ladder against a destination, its steps and its diagnosis."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


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


CLEAN_UP = "clean up"

DATABASE_STEPS = (
    "resolve", "reach", "encrypt", "sign in", "open", "create", "write", "read back", CLEAN_UP,
)  # fmt: skip
"""The ladder of a database (the tunnel comes with the bastion)."""

DEADLINES: dict[str, float] = {
    "resolve": 5, "reach": 5, "tunnel": 10, "encrypt": 5, "sign in": 10,
    "open": 10, "create": 10, "write": 10, "read back": 10, CLEAN_UP: 10,
}  # fmt: skip
"""Seconds that a step may take."""


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
class Diagnosis:
    """What a failed step is turned into.

    `fix` is one sentence, then, each alone on a line, what to paste. `message` is the driver's own, cleaned.
    """

    step: str
    code: str
    causes: tuple[str, ...]
    cause: str
    fix: str
    message: str
    driver_code: str = ""
    """What the driver or server itself calls it, such as `SQLSTATE 42501`; empty where it says nothing."""

    @property
    def shown_code(self) -> str:
        """The code to show beside the driver's words: its own where there is one."""
        return self.driver_code or self.code

    @property
    def fix_sentence(self) -> str:
        """The sentence that says who does what."""
        return self.fix.partition("\n")[0]

    @property
    def fix_lines(self) -> tuple[str, ...]:
        """The lines to paste, whole."""
        return tuple(line for line in self.fix.split("\n")[1:] if line)


CANCELLED_CODE = "CANCELLED"


@dataclass(frozen=True)
class Outcome:
    """How a ladder ended: its steps and, where one failed, the diagnosis. `detail` holds facts worth comparing
    between two checks (server version, certificate's end), never secrets."""

    steps: tuple[Step, ...]
    diagnosis: Diagnosis | None = None
    cancelled: bool = False
    detail: dict[str, str] = field(default_factory=dict)

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
