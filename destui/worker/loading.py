"""Load runs and previews: what they need is read from store and vault, their process is run, and what it says is
written behind the fence."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from destui.domain.errors import SecretLost, StoreUnavailable, VaultUnavailable
from destui.domain.loads import LoadPlan, Phase, Place, Preview, Progress, RunResult, RunState
from destui.domain.orders import LOG_LINES
from destui.domain.own_diagnoses import secret_lost, source_gone, vault_away
from destui.domain.secret import Secret
from destui.domain.units import count
from destui.loads import process, wire
from destui.store import jobs, load_outcome, load_runs
from destui.store.engine import Tx
from destui.store.jobs import Work
from destui.store.load_runs import Pinned, Side
from destui.worker.runtime import VAULT_SECONDS, Runtime

log = logging.getLogger("destui.worker")
ENDED_UNSAID = ("LOAD-KILLED", "LOAD-CRASHED")
"""A run's process that ended so may have loaded all the same: a second try with the same id finds out."""


def load(runtime: Runtime, work: Work, cancel: threading.Event) -> dict[str, Any]:
    """One attempt at a load run; returns how it ended."""
    assert work.run_id is not None
    pinned = runtime.persistently(lambda: load_runs.pinned(runtime.store, work.run_id or ""))
    order_id = runtime.persistently(lambda: load_runs.order_of(runtime.store, work.run_id or ""))
    if order_id is None:  # deleted meanwhile
        return _finish(runtime, work, None, [])
    if pinned is None:  # its destination is in the trash, from where both may come back
        return _finish(runtime, work, RunResult(RunState.STOPPED), [])
    attempt = _Attempt(runtime, work, cancel, pinned, order_id=order_id)
    started = time.monotonic()
    result = attempt.perform()
    if runtime.is_fenced(work):
        return {"state": "fenced"}
    attempt.say(_last_words(result))
    log.info(
        "load %s destination=%s order=%s run=%s attempt=%d rows=%d ms=%d memory=%d disk=%d code=%s",
        result.state.value, work.destination_id, order_id, work.run_id, work.attempt, result.rows,
        (time.monotonic() - started) * 1000, result.peak_memory, result.peak_disk,
        result.diagnosis.code if result.diagnosis else "-",
    )  # fmt: skip
    return _finish(runtime, work, result, attempt.lines)


def _last_words(result: RunResult) -> str:
    if result.diagnosis is not None:
        return f"failed: {result.diagnosis.cause}"
    more = f", {count(result.rows, 'row')}" if result.state is RunState.DONE else ""
    return f"{result.state.value}{more}"


def _finish(runtime: Runtime, work: Work, result: RunResult | None, lines: list[str]) -> dict[str, Any]:
    def end() -> bool:
        with runtime.store.write() as tx:
            if not jobs.finish(tx, work):
                return False
            if result is not None and work.run_id is not None:
                load_runs.write_log(tx, work.run_id, lines)
                load_outcome.apply(tx, work.run_id, result, host=runtime.host)
            return True

    done = runtime.persistently(end)
    return {"state": (result.state.value if result else "gone") if done else "fenced"}


class _Attempt:
    """What one attempt knows of its run."""

    def __init__(self, runtime: Runtime, work: Work, cancel: threading.Event, pinned: Pinned, *, order_id: str) -> None:
        assert work.run_id is not None
        self._runtime = runtime
        self._work = work
        self._cancel = cancel
        self._pinned = pinned
        self._run_id: str = work.run_id
        self._order_id = order_id
        self._phase: Phase | None = None
        self.lines = runtime.persistently(lambda: load_runs.log_of(runtime.store, self._run_id))

    def say(self, sentence: str) -> None:
        """One more line of the run's log."""
        self.lines = [*self.lines, f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z  {sentence}"][-LOG_LINES:]

    def perform(self) -> RunResult:
        """Run the load in its process, and once more where that ended without a word."""
        self.say("begun" if self._work.attempt == 1 else f"begun again: attempt {self._work.attempt}")
        if self._pinned.source_gone:
            return RunResult(RunState.FAILED, diagnosis=source_gone(), of_source=True)
        secrets = self._wait_for_secrets()
        if isinstance(secrets, RunResult):
            return secrets
        plan = replace(plan_of(self._run_id, self._pinned, *secrets), again=self._work.attempt > 1)
        result = self._run(plan)
        if _is_unsaid(result) and not self._cancel.is_set():
            assert result.diagnosis is not None
            self.say(f"{result.diagnosis.cause} Trying once more.")
            plan = replace(plan, again=True)
            result = self._run(plan)
        in_commit = self._phase is Phase.COMMIT and result.state is RunState.FAILED  # its answer may have been lost
        if result.silent or in_commit or (plan.again and (result.state is RunState.STOPPED or _is_unsaid(result))):
            result = self._look(plan, result)
        return result

    def _look(self, plan: LoadPlan, result: RunResult) -> RunResult:
        """A run that ended so may have loaded, now or in an earlier try: then it is done."""
        if self._runtime.is_fenced(self._work):
            return result
        found = process.run(
            replace(plan, again=True, only_look=True), folder=self._runtime.folder, on_progress=lambda progress: None,
            cancel=threading.Event(),
        )  # fmt: skip
        if found.state is RunState.DONE:
            return found
        return result if found.diagnosis is None else self._doubtful(result, found.diagnosis.cause)

    def _doubtful(self, result: RunResult, why: str) -> RunResult:
        told = f"Whether it has loaded all the same could not be found out: {why}"
        self.say(told)
        return replace(result, warnings=(*result.warnings, told))

    def _run(self, plan: LoadPlan) -> RunResult:
        return process.run(plan, folder=self._runtime.folder, on_progress=self._progress, cancel=self._cancel)

    def _progress(self, progress: Progress) -> None:
        if progress.phase is not self._phase:
            self._phase = progress.phase
            self.say(progress.phase.value)

        def write(tx: Tx, lines: list[str]) -> None:
            load_runs.write_progress(tx, self._run_id, self._order_id, progress)
            load_runs.write_log(tx, self._run_id, lines)

        self._runtime.progress.put(
            self._work, "load", partial(write, lines=self.lines),
            lambda: self._runtime.fence(self._work, self._cancel),
        )  # fmt: skip

    def _wait_for_secrets(self) -> tuple[Mapping[str, Secret], Mapping[str, Secret]] | RunResult:
        """The secrets of both sides; a vault that is away is waited for, secrets that are lost end the run."""
        told = ""
        while True:
            try:
                found = read_secrets(self._runtime, self._pinned)
            except _Lost as lost:
                return RunResult(RunState.FAILED, diagnosis=secret_lost(str(lost)), of_source=lost.of_source)
            except (VaultUnavailable, StoreUnavailable) as error:
                if str(error) != told:
                    told = str(error)
                    self.say(f"waiting: {told}")
                    log.warning(
                        "load waits destination=%s order=%s run=%s: %s",
                        self._work.destination_id, self._order_id, self._run_id, told,
                    )  # fmt: skip
                    self._tell_waiting(told)
                if self._cancel.wait(VAULT_SECONDS):
                    stopped = RunResult(RunState.STOPPED)
                    return stopped if self._work.attempt == 1 else self._doubtful(stopped, told)
            else:
                if told:
                    self._tell_waiting("")
                return found

    def _tell_waiting(self, sentence: str) -> None:
        def tell() -> None:
            with self._runtime.store.write() as tx:
                if jobs.holds(tx, self._work):
                    load_runs.wait(tx, self._run_id, self._order_id, sentence)
                    load_runs.write_log(tx, self._run_id, self.lines)

        self._runtime.persistently(tell)


def _is_unsaid(result: RunResult) -> bool:
    return result.diagnosis is not None and result.diagnosis.code in ENDED_UNSAID


class _Lost(Exception):
    """The vault no longer holds the secrets of one side."""

    def __init__(self, sentence: str, of_source: bool) -> None:
        super().__init__(sentence)
        self.of_source = of_source


def read_secrets(runtime: Runtime, pinned: Pinned) -> tuple[Mapping[str, Secret], Mapping[str, Secret]]:
    """The secrets of the target and of the source. Raises _Lost, VaultUnavailable, StoreUnavailable."""

    def read(side: Side | None, of_source: bool) -> Mapping[str, Secret]:
        try:
            return runtime.vault.read(side.secret_id, side.destination_id) if side is not None else {}
        except SecretLost as error:
            raise _Lost(str(error), of_source) from None

    return read(pinned.target, False), read(pinned.source_side, True)


def plan_of(
    run_id: str, pinned: Pinned, secrets: Mapping[str, Secret], source_secrets: Mapping[str, Secret]
) -> LoadPlan:
    """The plan of a run, with its secrets."""
    source = pinned.source_side
    return LoadPlan(
        run_id, Place(pinned.target.type, pinned.target.fields, dict(secrets)), pinned.table, pinned.mode,
        pinned.source, None if source is None else Place(source.type, source.fields, dict(source_secrets)),
        pinned.key, pinned.add_columns,
    )  # fmt: skip


def preview(runtime: Runtime, work: Work, cancel: threading.Event) -> dict[str, Any]:
    """Look at a source and its table for whoever fills in the form; what is found is kept for a while."""
    assert work.run_id is not None
    preview_id = work.run_id

    def read() -> Pinned | None:
        with runtime.store.write() as tx:
            return load_runs.preview_plan(tx, preview_id)

    pinned = runtime.persistently(read)
    found = None if pinned is None else _look(runtime, preview_id, pinned, cancel)

    def end() -> bool:
        with runtime.store.write() as tx:
            if not jobs.finish(tx, work):
                return False
            if found is not None:
                load_runs.finish_preview(tx, preview_id, wire.preview_to_json(found))
            return True

    return {"state": "done" if runtime.persistently(end) else "fenced"}


def _look(runtime: Runtime, preview_id: str, pinned: Pinned, cancel: threading.Event) -> Preview:
    if pinned.source_gone:
        return Preview(diagnosis=source_gone())
    try:
        secrets = read_secrets(runtime, pinned)
    except _Lost as lost:
        return Preview(diagnosis=secret_lost(str(lost)))
    except (VaultUnavailable, StoreUnavailable) as error:
        return Preview(diagnosis=vault_away(str(error)))
    return process.preview(plan_of(preview_id, pinned, *secrets), folder=runtime.folder, cancel=cancel)
