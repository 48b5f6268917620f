"""Waiting for a check where --wait was given."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from destui.cli.arguments import Arguments
from destui.cli.ladders import print_diagnosis, print_steps
from destui.cli.output import warn
from destui.domain.check import Check, StepState, told_steps
from destui.domain.errors import VaultUnavailable, WorkerUnavailable
from destui.services.context import Context


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
    tell_unserved(ctx)
    with the_check_goes_on():
        for last in follow(ctx, [check_id], seconds):
            if last.waits_for and seconds is None:
                raise VaultUnavailable(f"{last.waits_for} {GOES_ON}")
            told = tell_waiting(last, told)
            ended = [s for s in told_steps(last) if s.state not in (StepState.WAITING, StepState.RUNNING)]
            print_steps(ended[shown:])
            shown = max(shown, len(ended))
            sys.stdout.flush()
    if last is None or last.state.is_open:
        if last is not None and last.waits_for:
            raise VaultUnavailable(f"{last.waits_for} {TOO_LATE}")
        ran_out(ctx, "the wait ran out; the check goes on.")
        return 1
    if last.diagnosis is not None:
        print_diagnosis(last.diagnosis, more=last.more)
    return 0 if last.state.is_good else 1


GOES_ON = "The check waits, and goes on by itself when it is there."
TOO_LATE = "It did not come in time; the check goes on by itself when it is there."


def ran_out(ctx: Context, sentence: str) -> None:
    """Say that what was waited for goes on. Raises WorkerUnavailable where nobody is there by whom it could."""
    from destui.services import status

    if (trouble := status.worker_trouble(ctx)) is not None:
        raise WorkerUnavailable(trouble)
    warn(sentence)


def tell_unserved(ctx: Context) -> None:
    """Say at once to whoever sits there that no worker of a team's store lives: the wait for one ends later."""
    from destui.services import status

    if not ctx.store.is_sqlite and sys.stderr.isatty() and (sentence := status.worker_trouble(ctx)) is not None:
        warn(f"waiting: {sentence}")


def tell_waiting(check: Check, told: str) -> str:
    """Say once to whoever sits there what a check waits for (a vault that is away); returns what was said. A script
    gets it with the end, in one line."""
    if check.waits_for and check.waits_for != told and sys.stderr.isatty():
        warn(f"waiting: {check.waits_for}")
    return check.waits_for


@contextmanager
def the_check_goes_on() -> Iterator[None]:
    """Where ctrl+c ends the waiting alone, it says so."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt("the check goes on") from None
