"""The simulator: acts out a database's ladder, for demonstrations, training and tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial

from destui.connectors.base import Cancelled, Climb, Connector, Fault, Run, StepResult
from destui.connectors.simulator_errors import CATALOGUE, WORDS, code_of
from destui.domain.check import DATABASE_STEPS
from destui.domain.fields import FieldKind, FieldSpec, TypeSpec

_MESSAGES = {"resolve": "192.0.2.17", "encrypt": "TLS 1.3"}


_UNHAPPY = ("error", "flaky", "hang")


class _Acting(Climb):
    def __init__(self, run: Run) -> None:
        self._run = run
        self._outcome = run.text("outcome")
        self._fail_at = run.text("fail_at")
        self._seconds = float(run.fields.get("seconds", 3)) / len(DATABASE_STEPS)
        self._stumbled = False

    @property
    def rungs(self) -> Mapping[str, Callable[[], StepResult]]:
        return {step: partial(self._act, step) for step in DATABASE_STEPS}

    def _act(self, step: str) -> StepResult:
        if self._run.cancel.is_set():
            return None  # clean up after a cancel has nothing to act out
        self._pass_time(min(self._seconds, self._run.left / 2))  # what works does so well within its deadline
        if step == self._fail_at:
            if self._outcome == "error":
                raise Fault(code_of(step), WORDS[step])
            if self._outcome == "hang":
                self._pass_time(float("inf"))
            if self._outcome == "flaky":
                self._run.retry(self._stumble, lambda error: "refused" if isinstance(error, Fault) else None)
        return _MESSAGES.get(step)

    def _stumble(self) -> None:
        if not self._stumbled:
            self._stumbled = True
            raise Fault("refused", "[Errno 111] Connection refused")

    def _pass_time(self, seconds: float) -> None:
        left = self._run.ends_at - time.monotonic()
        if self._run.cancel.wait(min(seconds, left)):
            raise Cancelled
        if seconds > left:
            raise Fault("deadline", "no answer")


class _Simulator(Connector):
    spec = TypeSpec(
        id="simulator",
        label=CATALOGUE.label,
        description="nothing: it acts out a connection",
        fields=(
            FieldSpec(
                "outcome", "Outcome", FieldKind.CHOICE, default="active",
                choices=("active", *_UNHAPPY), section="What happens",
                help="flaky fails once, hang never answers",
            ),
            FieldSpec(
                "fail_at", "Fail at", FieldKind.CHOICE, default="sign in",
                choices=DATABASE_STEPS, section="What happens", shown_when=("outcome", _UNHAPPY),
                help="the step where it happens",
            ),
            FieldSpec(
                "seconds", "Seconds", FieldKind.NUMBER, default=3, section="What happens",
                help="for the whole ladder",
            ),
        ),
        steps=CATALOGUE.steps,
    )  # fmt: skip
    catalogue = CATALOGUE

    def climb(self, run: Run) -> Climb:
        return _Acting(run)


CONNECTOR = _Simulator()
