"""What verbs share: opening the store, reading secrets by reference, waiting for checks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from destui.cli.arguments import Arguments
from destui.cli.output import can_print, warn, warn_of_settings
from destui.config import load_config
from destui.domain.check import Check, Diagnosis, Step, StepState
from destui.domain.errors import InvalidInput, Problem, VaultUnavailable, WorkerUnavailable
from destui.domain.safe import visible, visible_lines
from destui.domain.secret import Secret
from destui.services.context import Context, open_context


def open_session(*, to_change: bool = False) -> Context:
    """The store that the environment names. Before a change a stalled worker is ended: it may hold the write lock; and
    one is started for what is left undone."""
    ctx = open_context(load_config())
    warn_of_settings(ctx.config)
    if to_change:
        ctx.mend_worker()
    return ctx


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
    lines.append(f"Code: {found.code}")
    if found.message:
        lines.append(f"The driver said{found.driver_code and ', '}{found.driver_code}: {found.message}")
    for line in lines:
        for part in visible_lines(line).split("\n"):
            print(f"{indent}{part}")


def wait_if_asked(ctx: Context, check_id: str, arguments: Arguments) -> int:
    """Follow a check to its end where --wait was given; returns the exit code. Raises WorkerUnavailable."""
    if arguments.flag("wait"):
        return _wait_for(ctx, check_id, arguments.seconds("wait"))
    from destui.services import status

    if (sentence := status.worker_trouble(ctx)) is not None:
        if ctx.store.is_sqlite:
            raise WorkerUnavailable(sentence)
        warn(sentence)  # another host's may come any time
    return 0


def _wait_for(ctx: Context, check_id: str, seconds: float | None) -> int:
    """Print the steps as they come. Raises VaultUnavailable when the check waits for the vault and no time is set."""
    from destui.services.following import follow

    shown = 0
    last: Check | None = None
    told = ""
    with the_check_goes_on():
        for last in follow(ctx, [check_id], seconds):
            if last.waits_for and seconds is None:
                raise VaultUnavailable(f"{last.waits_for} {GOES_ON}")
            told = tell_waiting(last, told)
            ended = [s for s in last.steps if s.state not in (StepState.WAITING, StepState.RUNNING)]
            print_steps(ended[shown:])
            shown = max(shown, len(ended))
            sys.stdout.flush()
    if last is None or last.state.is_open:
        if last is not None and last.waits_for:
            raise VaultUnavailable(TOO_LATE)
        warn("the wait ran out; the check goes on.")
        return 1
    if last.diagnosis is not None:
        print_diagnosis(last.diagnosis)
    return 0 if last.state.is_good else 1


GOES_ON = "The check waits, and goes on by itself when it is there."
TOO_LATE = "What the check waits for did not come in time; it goes on by itself when it is there."


def tell_waiting(check: Check, told: str) -> str:
    """Say once what a check waits for (a vault that is away); returns what was said."""
    if check.waits_for and check.waits_for != told:
        warn(f"waiting: {check.waits_for}")
    return check.waits_for


@contextmanager
def the_check_goes_on() -> Iterator[None]:
    """Where ctrl+c ends the waiting alone, it says so."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt("the check goes on") from None
