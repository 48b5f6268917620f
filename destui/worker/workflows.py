"""What a job does, as one durable workflow whose id is the job's id.

The workflow begins the job as a new attempt (outside any step, so that a recovered run does it again), then runs one
durable step. The step's own last transaction ends the job and writes what follows from it, behind the fence; the
engine's journal keeps only how it went. Workflows take ids and return plain dictionaries, never secrets or fields.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from dbos import DBOS
from dbos import error as engine_error

from destui.connectors import ladder
from destui.connectors.diagnosis import CANCELLED
from destui.domain.check import Outcome, Step
from destui.domain.errors import SecretLost, StoreUnavailable, VaultUnavailable
from destui.domain.own_diagnoses import internal, secret_lost
from destui.domain.secret import Secret
from destui.loads import process
from destui.store import announcing, checks, ending, housekeeping, jobs, load_runs, outcome, reading, space
from destui.store.engine import Tx
from destui.store.jobs import Kind, Work
from destui.worker import loading, on_change
from destui.worker.runtime import VAULT_SECONDS, Runtime

log = logging.getLogger("destui.worker")
T = TypeVar("T")
MOST_STANDSTILLS = 5
"""How often a check is begun again for them."""

_runtime: Runtime


def install(runtime: Runtime) -> None:
    """Set what the workflows of this process work with; before the engine is launched."""
    global _runtime
    _runtime = runtime


@DBOS.workflow(name="destui.job")
def run_job(job_id: str) -> dict[str, Any]:
    """Do a job. Parks (waits for the owner's result) when the job is another worker's."""
    own = _runtime.active[job_id] = threading.Event()
    work: Work | None = None
    try:
        work = persistently(lambda: _begin(job_id))
        result: dict[str, Any] = perform(work.job_id, work.attempt) if work else {"state": "fenced"}
        if result["state"] == "fenced" and persistently(lambda: jobs.is_done(_runtime.store, job_id)):
            return {"state": "done"}
    except (engine_error.DBOSWorkflowConflictIDError, engine_error.DBOSWorkflowCancelledError):
        raise
    except Exception as error:
        # A fault of our own must not leave the job claimed by a worker that no longer does it.
        log.exception("job ended by a fault destination=%s job=%s", work and work.destination_id, job_id)
        persistently(partial(_end_by_fault, job_id, type(error).__name__))
        return {"state": "fault"}
    finally:
        if _runtime.active.get(job_id) is own:  # and not of a run that has overtaken this one
            del _runtime.active[job_id]
        if work is not None:
            _runtime.fenced.discard((job_id, work.attempt))
    if result["state"] == "fenced":
        raise engine_error.DBOSWorkflowConflictIDError(job_id)
    return result


def _begin(job_id: str) -> Work | None:
    """Begin a new attempt, and show the steps of its check as waiting; None when the fence refuses."""
    with _runtime.store.write() as tx:
        work = jobs.begin(tx, job_id, _runtime.worker)
        if work is not None and work.kind is Kind.LOAD and work.run_id is not None:
            load_runs.begin(tx, work.run_id, work.attempt)
        if work is not None and work.kind in jobs.CHECKS and work.check_id is not None:
            _show_steps(tx, work)
        return work


def _show_steps(tx: Tx, work: Work) -> None:
    assert work.check_id is not None
    subject = reading.subject(_runtime.store, work.check_id)
    steps = ladder.steps_for(subject.type, subject.fields) if subject else ()
    checks.begin(tx, work.check_id, work.destination_id, work.attempt, steps)


def _end_by_fault(job_id: str, kind: str) -> None:
    with _runtime.store.write() as tx:
        if (job := jobs.give_up(tx, job_id, _runtime.worker)) is not None:
            ending.fail(tx, job, internal(kind, ending.what(job)), host=_runtime.host)


@DBOS.step(name="destui.perform")
def perform(job_id: str, attempt: int) -> dict[str, Any]:
    """The whole job as one step."""
    work = persistently(lambda: jobs.read_work(_runtime.store, job_id, attempt, _runtime.worker))
    if work is None:
        return {"state": "fenced"}
    if work.kind is Kind.CLEAN_UP:
        return _clean_up(work)
    if work.kind is Kind.ANNOUNCE:
        return _announce(work)
    cancel = _runtime.active.setdefault(job_id, threading.Event())
    if work.kind is Kind.LOAD:
        return loading.load(_runtime, work, cancel)
    if work.kind is Kind.PREVIEW:
        return loading.preview(_runtime, work, cancel)
    return _check(work, cancel)


def _check(work: Work, cancel: threading.Event) -> dict[str, Any]:
    started = time.monotonic()
    found = _climb(work, cancel)
    if found is None:  # purged meanwhile
        return {"state": "gone" if persistently(lambda: _finish_plain(work)) else "fenced"}
    if _runtime.is_fenced(work) or not persistently(lambda: _end(work, found)):
        return {"state": "fenced"}
    log.info(
        "check %s destination=%s check=%s kind=%s attempt=%d ms=%d code=%s",
        found.state.value, work.destination_id, work.check_id, work.kind.value, work.attempt,
        (time.monotonic() - started) * 1000, found.diagnosis.code if found.diagnosis else "-",
    )  # fmt: skip
    return {"state": found.state.value}


def _subject(work: Work) -> reading.Subject | None:
    return reading.subject(_runtime.store, work.check_id or "")


def _climb(work: Work, cancel: threading.Event) -> Outcome | None:
    """Run the ladder, again where it ran out of time while this process stood still; None when there is nothing left to
    check."""
    for _ in range(MOST_STANDSTILLS):
        began = time.monotonic()
        ready = _wait_for_secrets(work, cancel)
        if isinstance(ready, Outcome) or ready is None:
            return ready
        found = _run_ladder(work, *ready, cancel)
        if not (found.is_out_of_time and _runtime.standstill.since(began)):
            return found
        log.warning("check begins again, this process stood still destination=%s", work.destination_id)
        persistently(partial(_show_waiting, work))
    return found


def _show_waiting(work: Work) -> None:
    with _runtime.store.write() as tx:
        if jobs.holds(tx, work):
            _show_steps(tx, work)


def _run_ladder(
    work: Work, subject: reading.Subject, secrets: Mapping[str, Secret], cancel: threading.Event
) -> Outcome:
    def on_step(position: int, step: Step) -> None:
        assert work.check_id is not None
        write = partial(
            checks.write_step, check_id=work.check_id, destination_id=work.destination_id, position=position, step=step
        )
        _runtime.progress.put(work, position, write, lambda: _runtime.fence(work, cancel))

    return ladder.run_ladder(
        subject.type,
        subject.fields,
        secrets,
        on_step=on_step,
        cancel=cancel,
        token=(work.check_id or work.job_id)[:12],
        attempt=work.attempt,
    )


def _wait_for_secrets(
    work: Work, cancel: threading.Event
) -> tuple[reading.Subject, Mapping[str, Secret]] | Outcome | None:
    """What is to be checked and its secrets, read anew each time: they may be replaced while a vault that is not there
    is waited for, which the check says of itself. Secrets that are lost end it. None: the destination is gone."""
    told = ""
    while not cancel.is_set():
        subject = persistently(lambda: _subject(work))
        if subject is None:
            return None
        try:
            secrets = _runtime.vault.read(subject.secret_id, work.destination_id)
        except SecretLost as error:
            return Outcome((), secret_lost(str(error)))
        except (VaultUnavailable, StoreUnavailable) as error:
            if str(error) != told:
                told = str(error)
                log.warning("check waits destination=%s check=%s: %s", work.destination_id, work.check_id, told)
            if subject.waits_for != told:
                persistently(partial(_tell_waiting, work, told))
            cancel.wait(VAULT_SECONDS)
        else:
            if subject.waits_for:
                persistently(partial(_tell_waiting, work, ""))
            return subject, secrets
    return Outcome((), CANCELLED, cancelled=True)


def _tell_waiting(work: Work, sentence: str) -> None:
    assert work.check_id is not None
    with _runtime.store.write() as tx:
        if jobs.holds(tx, work):
            checks.wait(tx, work.check_id, work.destination_id, sentence)


def _end(work: Work, found: Outcome) -> bool:
    """End the job and write what follows, in one transaction; False when the fence refuses."""
    assert work.check_id is not None
    with _runtime.store.write() as tx:
        if not jobs.finish(tx, work):
            return False
        outcome.apply(tx, work.check_id, found, host=_runtime.host)
        return True


def _announce(work: Work) -> dict[str, Any]:
    """Tell the host's command of a change of status. A worker that dies meanwhile has the next one tell it again."""
    change = persistently(lambda: announcing.of_check(_runtime.store, work.check_id or ""))
    if change is not None and _runtime.on_change:
        trouble = on_change.tell(change, _runtime.on_change, os.environ)
        persistently(lambda: on_change.keep_trouble(_runtime.store, _runtime.host, trouble))
    return {"state": "passed" if persistently(lambda: _finish_plain(work)) else "fenced"}


def _clean_up(work: Work) -> dict[str, Any]:
    """Purge the trash, sweep the vault, forget what is old, and give the room back."""
    purged = persistently(lambda: housekeeping.purge(_runtime.store, _runtime.host))
    try:
        swept = _runtime.vault.sweep()
    except (VaultUnavailable, StoreUnavailable) as error:
        swept = 0
        log.warning("vault not swept: %s", error)
    prune_journal()
    persistently(lambda: housekeeping.prune(_runtime.store))
    persistently(lambda: space.give_back(_runtime.store))
    process.sweep(_runtime.folder)
    done = persistently(lambda: _finish_plain(work))
    log.info("clean-up purged=%d swept=%d", purged, swept)
    return {"state": "passed" if done else "fenced"}


def prune_journal() -> None:
    """Forget the engine's journal of workflows that have ended, as long ago as their jobs are forgotten."""
    before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - housekeeping.JOBS_US / 1e6))
    look = partial(DBOS.list_workflows, completed_before=before, limit=housekeeping.BATCH)
    while old := look(load_input=False, load_output=False):
        DBOS.delete_workflows([w.workflow_id for w in old])
        time.sleep(housekeeping.PAUSE_SECONDS)


def _finish_plain(work: Work) -> bool:
    with _runtime.store.write() as tx:
        return jobs.finish(tx, work)


def persistently(call: Callable[[], T]) -> T:
    """See `Runtime.persistently`."""
    return _runtime.persistently(call)
