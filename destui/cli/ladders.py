"""Printing ladders and diagnoses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from destui.cli.output import can_print
from destui.domain.check import Diagnosis, Step, StepState
from destui.domain.safe import visible, visible_lines


def diagnosis_document(diagnosis: Diagnosis | None) -> dict[str, Any] | None:
    """A diagnosis as JSON, or null."""
    if diagnosis is None:
        return None
    return {
        "step": diagnosis.step, "code": diagnosis.code, "causes": list(diagnosis.causes), "cause": diagnosis.cause,
        "fix": diagnosis.fix, "message": diagnosis.message,
    }  # fmt: skip


_MARKS = {
    StepState.PASSED: "✓", StepState.FAILED: "✗", StepState.WARNED: "!", StepState.SKIPPED: "−",
    StepState.RUNNING: "»", StepState.WAITING: "·",
}  # fmt: skip


def print_steps(steps: Iterable[Step], indent: str = "  ") -> None:
    """A ladder, a line a step."""
    for step in steps:
        mark = _MARKS[step.state] if can_print("✓✗−»") else step.state.value[0]
        time = f"{step.ms} ms" if step.ms is not None else step.state.value
        print(f"{indent}{mark} {step.name:<10} {time:>9}  {visible(step.message)}".rstrip())


def print_diagnosis(found: Diagnosis, indent: str = "  ") -> None:
    """Cause, fix and the driver's words."""
    lines = [found.cause, f"Fix: {found.fix_sentence}"]
    lines += [f"    {line}" for line in found.fix_lines]
    lines.append(f"Code: {found.code}")
    if found.message:
        lines.append(f"The driver said{found.driver_code and ', '}{found.driver_code}: {found.message}")
    for line in lines:
        for part in visible_lines(line).split("\n"):
            print(f"{indent}{part}")
