"""Printing diagnoses."""

from __future__ import annotations

from destui.domain.causes import APART, likeliest_first
from destui.domain.safe import cells, visible_lines

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


COLUMNS = 80
"""Sentences are broken to fit into so many; what is to be pasted, and the driver's words, stay as they are."""


def print_diagnosis(found: Diagnosis, indent: str = "  ", more: str = "") -> None:
    """Cause, or all that it may be, fix, what tells several causes apart (`more`), and the driver's words."""
    lines = [*_broken(found.cause, indent), *_broken(likeliest_first(found.causes), indent)]
    lines += _broken(f"Fix: {found.fix_sentence}", indent)
    lines += [f"    {line}" for line in found.fix_lines]
    if more:
        lines += _broken(f"{APART} {more}", indent)
    lines.append(f"Code: {found.code}")
    if found.whose_words:
        lines.append(f"{found.whose_words}: {found.message}")
    for line in lines:
        for part in visible_lines(line).split("\n"):
            print(f"{indent}{part}")


def _broken(sentence: str, indent: str) -> list[str]:
    """The lines of a sentence, all but the first indented; a word longer than a line stays whole."""
    lines: list[str] = []
    for word in visible_lines(sentence).split():
        if lines and cells(f"{indent}{lines[-1]} {word}") <= COLUMNS:
            lines[-1] += f" {word}"
        else:
            lines.append(f"  {word}" if lines else word)
    return lines
