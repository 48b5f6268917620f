"""Printing ladders."""

from __future__ import annotations

from collections.abc import Iterable

from destui.cli.diagnoses import diagnosis_document as diagnosis_document
from destui.cli.diagnoses import print_diagnosis as print_diagnosis
from destui.cli.output import can_print
from destui.domain.check import Step, StepState
from destui.domain.safe import visible

_MARKS = {
    StepState.PASSED: "✓", StepState.FAILED: "✗", StepState.WARNED: "!", StepState.SKIPPED: "−",
    StepState.RUNNING: "»", StepState.WAITING: "·",
}  # fmt: skip


def print_steps(steps: Iterable[Step], indent: str = "  ") -> None:
    """A ladder, a line a step."""
    for step in steps:
        mark = _MARKS[step.state] if can_print("✓✗−»") else step.state.value[0]
        is_skipped = step.state is StepState.SKIPPED  # its message stands in the place of a time, as in the details
        time = f"{step.ms} ms" if step.ms is not None else (is_skipped and step.message) or step.state.value
        message = "" if is_skipped else visible(step.message)
        print(f"{indent}{mark} {step.name:<10} {visible(time):>9}  {message}".rstrip())
