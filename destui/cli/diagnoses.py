"""Printing diagnoses."""

from __future__ import annotations

from destui.domain.safe import visible_lines

TYPE_CHECKING = False  # `typing` itself would cost its import
if TYPE_CHECKING:
    from typing import Any

    from destui.domain.diagnosis import Diagnosis


def diagnosis_document(diagnosis: Diagnosis | None) -> dict[str, Any] | None:
    """A diagnosis as JSON, or null."""
    if diagnosis is None:
        return None
    return {
        "step": diagnosis.step, "code": diagnosis.code, "causes": list(diagnosis.causes), "cause": diagnosis.cause,
        "fix": diagnosis.fix, "message": diagnosis.message,
    }  # fmt: skip


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
