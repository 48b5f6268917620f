"""Waiting for a load run where --wait was given: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from destui.cli.arguments import Arguments
from destui.cli.ladders import print_diagnosis
from destui.cli.load_output import WORTH_TELLING, duration
from destui.cli.output import can_print, warn
from destui.cli.waiting import ran_out, tell_unserved
from destui.domain.errors import VaultUnavailable, WorkerUnavailable
from destui.domain.orders import LoadRun, RunStage
from destui.domain.safe import cells, visible
from destui.domain.units import count, size
from destui.services.context import Context

LINE_SECONDS = 10.0
"""How often a line says how far it is, where there is no terminal."""


def wait_if_asked(ctx: Context, name: str, run_id: str, arguments: Arguments) -> int:
    """Follow a run to its end where --wait was given; returns the exit code. Raises WorkerUnavailable."""
    if arguments.flag("wait"):
        return _wait_for(ctx, name, run_id, arguments.seconds("wait"))
    from destui.services import loads, status

    run = loads.run(ctx, run_id)
    print(f"{visible(name)} {f'waits: {visible(run.waits_for)}' if run.waits_for else 'is being run.'}")
    if (sentence := status.worker_trouble(ctx)) is not None:
        if ctx.store.is_sqlite:
            raise WorkerUnavailable(sentence)
        warn(sentence)  # another host's may come any time
    return 0


def _wait_for(ctx: Context, name: str, run_id: str, seconds: float | None) -> int:
    last: LoadRun | None = None
    tell_unserved(ctx)
    shown = _Bar(name) if sys.stdout.isatty() else _Lines(name)
    with _the_load_goes_on(), shown.cleared():
        for last in _followed(ctx, run_id, seconds):
            if last.state is RunStage.WAITING and seconds is None and not _is_for_a_connection(last):
                break
            shown.show(last)
    if last is None or last.state.is_open:
        return _left(ctx, name, last, seconds)
    _print_end(name, last)
    return 0 if last.state is RunStage.DONE else 1


def _followed(ctx: Context, run_id: str, seconds: float | None) -> Iterator[LoadRun]:
    """The run as it changes. While it waits for a destination to be Active, no worker is needed."""
    from destui.services.following import follow_run

    end = None if seconds is None else time.monotonic() + seconds
    last: LoadRun | None = None
    while True:
        try:
            for last in follow_run(ctx, run_id, None if end is None else max(0.0, end - time.monotonic())):
                yield last
            return
        except WorkerUnavailable:
            if last is None or not _is_for_a_connection(last):
                raise


def _is_for_a_connection(run: LoadRun) -> bool:
    """It waits for a destination, and not, once it has begun, for the vault."""
    return run.state is RunStage.WAITING and run.attempt == 0


def _left(ctx: Context, name: str, run: LoadRun | None, seconds: float | None) -> int:
    """Nothing more is waited for, and the run is still open."""
    if run is not None and run.waits_for:
        sentence = f"{visible(name)} waits: {run.waits_for} It goes on by itself then."
        if run.attempt:  # it has begun: it is the vault that is away
            raise VaultUnavailable(sentence)
        warn(sentence)
    elif seconds is not None:
        ran_out(ctx, f"{visible(name)}: the wait ran out; the load goes on.")
    return 1


def _print_end(name: str, run: LoadRun) -> None:
    told = f"{visible(name)}: {run.state.value}"
    if run.state is RunStage.DONE:
        rate = f", {run.pace:,.0f} rows/s" if run.pace else ""
        told += f", {count(run.rows, 'row')} in {duration(run.seconds(datetime.now(UTC)))}{rate}"
        told += f", {size(run.bytes)}" if run.bytes else ""
        told += f", {size(run.disk)} put aside" if run.disk >= WORTH_TELLING else ""
    print(told)
    if run.columns_added:
        print(f"  added to the table: {', '.join(map(visible, run.columns_added))}")
    for sentence in run.warnings:
        print(f"  {visible(sentence)}")
    if run.diagnosis is not None:
        print_diagnosis(run.diagnosis)


def _facts(run: LoadRun) -> list[str]:
    """What is known of a running run, the most telling first."""
    now = datetime.now(UTC)
    facts = [count(run.rows, "row")] if run.rows else []
    if run.pace:
        facts.append(f"{run.pace:,.0f} rows/s")
    if run.started_at is not None:
        facts.append(duration(run.seconds(now)))
    if run.disk >= WORTH_TELLING:
        facts.append(f"{size(run.disk)} put aside")
    left = run.seconds_left(now)
    if left is not None and run.share is not None and run.share < 1:
        facts.append(f"about {duration(left)} left")
    return facts


def _doing(run: LoadRun) -> str:
    if run.waits_for:
        return f"waiting: {visible(run.waits_for)}{' It goes on then.' if _is_for_a_connection(run) else ''}"
    return run.phase or ("queued" if run.state is RunStage.QUEUED else "starting")


class _Lines:
    """A line whenever something else begins, and now and then between."""

    def __init__(self, name: str) -> None:
        self._name = visible(name)
        self._told = ""
        self._at = 0.0

    @contextmanager
    def cleared(self) -> Iterator[None]:
        """Nothing to clear."""
        yield

    def show(self, run: LoadRun) -> None:
        """Say where it is."""
        doing = _doing(run)
        is_due = time.monotonic() - self._at >= LINE_SECONDS and not run.waits_for
        if run.state.is_open and (doing != self._told or is_due):
            self._told, self._at = doing, time.monotonic()
            share = [f"{run.share:.0%}"] if run.share else []
            print(", ".join([f"{self._name}: {doing}", *share, *_facts(run)]), flush=True)


class _Bar(_Lines):
    """One line, drawn again and again."""

    WIDTH = 24

    @contextmanager
    def cleared(self) -> Iterator[None]:
        """The bar's line is gone afterwards, however it ends."""
        try:
            yield
        finally:
            sys.stdout.write("\r\x1b[K")
            sys.stdout.flush()

    def show(self, run: LoadRun) -> None:
        """Draw it."""
        full, empty = ("█", "░") if can_print("█░") else ("#", "-")
        parts = [self._name, _doing(run)]
        if run.share is not None and not run.waits_for:
            done = round(run.share * self.WIDTH)
            parts.append(f"{full * done}{empty * (self.WIDTH - done)} {run.share:4.0%}")
        parts += _facts(run)
        room = shutil.get_terminal_size().columns - 1
        while len(parts) > 2 and cells("  ".join(parts)) > room:
            parts.pop()
        sys.stdout.write(f"\r\x1b[K{'  '.join(parts)[:room]}")
        sys.stdout.flush()


@contextmanager
def _the_load_goes_on() -> Iterator[None]:
    """Where ctrl+c ends the waiting alone, it says so."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt("the load goes on") from None
