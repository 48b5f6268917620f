"""What verbs share: opening the store, reading secrets by reference, waiting for checks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from destui.cli.output import can_print
from destui.config import load_config
from destui.domain.check import Check, Diagnosis, Step, StepState
from destui.domain.destination import Destination
from destui.domain.errors import InvalidInput, NotFound, Problem
from destui.domain.safe import visible, visible_lines
from destui.domain.secret import Secret
from destui.services.context import Context, open_context


def open_session(*, to_change: bool = False) -> Context:
    """The store that the environment names. Before a change a stalled worker is ended: it may hold the write lock."""
    ctx = open_context(load_config())
    if to_change:
        from destui.worker import launch

        launch.end_stalled(ctx.config, ctx.store)
    return ctx


def find_id(ctx: Context, name: str) -> Destination:
    """A destination by its name. Raises NotFound."""
    from destui.store import reading

    name = name.encode("utf-8", "replace").decode()  # bytes that are no text name nothing
    found = reading.by_name(ctx.store, name)
    if found is None:
        raise NotFound(f"There is no destination named {name}. See: destui list")
    return found


def read_secrets(references: Iterable[str]) -> dict[str, Secret]:
    """Read `field=env:VAR`, `field=file:PATH`, `field=stdin`. Raises InvalidInput; it never repeats a value."""
    secrets: dict[str, Secret] = {}
    for reference in references:
        name, separator, source = reference.partition("=")
        if not separator:
            raise InvalidInput([Problem("--secret", "Write field=env:VAR, field=file:PATH or field=stdin.")])
        secrets[name] = Secret(read_reference(name, source))
    return secrets


def read_reference(name: str, source: str) -> str:
    """The text behind a reference; one line break at its end is not part of it. Raises InvalidInput."""
    kind, _, place = source.partition(":")
    if source == "stdin":
        return _without_newline(sys.stdin.read())
    if kind == "env":
        text = os.environ.get(place)
        if text is None:
            raise InvalidInput([Problem(name, f"The variable {place} is not set.")])
        return text
    if kind == "file":
        try:
            return _without_newline(Path(place).expanduser().read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise InvalidInput([Problem(name, f"The file {place} cannot be read: {reason}.")]) from None
    # What stands there may be the secret itself: it is not repeated.
    raise InvalidInput([Problem(name, "A secret is given by reference: env:VAR, file:PATH or stdin.")])


def _without_newline(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")


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
    lines += [f"Code: {found.code}", f"The driver said: {found.message}"] if found.message else [f"Code: {found.code}"]
    for line in lines:
        for part in visible_lines(line).split("\n"):
            print(f"{indent}{part}")


def wait_for(ctx: Context, check_id: str, seconds: float | None) -> int:
    """Follow one check to its end, printing its steps as they come; returns the exit code."""
    from destui.services.following import follow

    shown = 0
    last: Check | None = None
    told = ""
    for last in follow(ctx, [check_id], seconds):
        told = tell_waiting(last, told)
        ended = [s for s in last.steps if s.state not in (StepState.WAITING, StepState.RUNNING)]
        print_steps(ended[shown:])
        shown = max(shown, len(ended))
        sys.stdout.flush()
    if last is None or last.state.is_open:
        waits = f" It waits: {visible(last.waits_for)}" if last and last.waits_for else ""
        print(f"destui: the wait ran out; the check goes on.{waits}", file=sys.stderr)
        return 1
    if last.diagnosis is not None:
        print_diagnosis(last.diagnosis)
    return 0 if last.state.is_good else 1


def tell_waiting(check: Check, told: str) -> str:
    """Say once what a check waits for (a vault that is away); returns what was said."""
    if check.waits_for and check.waits_for != told:
        print(f"destui: waiting: {visible(check.waits_for)}", file=sys.stderr)
    return check.waits_for
