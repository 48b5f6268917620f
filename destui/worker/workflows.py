"""What a job does, as one durable workflow whose id is the job's id.

The workflow begins the job as a new attempt (outside any step, so that a recovered run does it again), then runs one
durable step. The step's own last transaction ends the job and writes what follows from it, behind the fence; the
engine's journal keeps only how it went. Workflows take ids and return plain dictionaries, never secrets or fields.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from dbos import DBOS
from dbos import error as engine_error

from destui.connectors import ladder
from destui.connectors.diagnosis import CANCELLED
from destui.domain.check import Outcome
from destui.domain.errors import SecretLost, StoreUnavailable, VaultUnavailable
from destui.domain.own_diagnoses import internal, secret_lost
from destui.domain.secret import Secret
from destui.store import checks, ending, housekeeping, jobs, outcome, reading
from destui.store.engine import Store
from destui.store.jobs import Kind, Work
from destui.vault.vault import Vault
from destui.worker.outage import Outage
from destui.worker.progress import ProgressWriter

log = logging.getLogger("destui.worker")
T = TypeVar("T")
VAULT_SECONDS = 3.0
"""How often a check that waits for the vault looks again."""


@dataclass
class Runtime:
    """What the workflows of this process work with."""

    store: Store
    vault: Vault
    worker: str
    host: str
    progress: ProgressWriter
    active: dict[str, threading.Event] = field(default_factory=dict)
    """Jobs at hand; setting the event stops one."""
    fenced: set[str] = field(default_factory=set)
    outage: Outage = field(default_factory=Outage)


_runtime: Runtime


def install(runtime: Runtime) -> None:
    """Set what the workflows of this process work with; before the engine is launched."""
    global _runtime
    _runtime = runtime


@DBOS.workflow(name="destui.job")
def run_job(job_id: str) -> dict[str, Any]:
    """Do a job. Parks (waits for the owner's result) when the job is another worker's."""
    _runtime.active.setdefault(job_id, threading.Event())
    try:
        work = persistently(lambda: _begin(job_id))
        result: dict[str, Any] = perform(work.job_id, work.attempt) if work else {"state": "fenced"}
        if result["state"] == "fenced" and persistently(lambda: jobs.is_done(_runtime.store, job_id)):
            return {"state": "done"}
    except (engine_error.DBOSWorkflowConflictIDError, engine_error.DBOSWorkflowCancelledError):
        raise
    except Exception as error:
        # A fault of our own must not leave the job claimed by a worker that no longer does it.
        log.exception("job %s ended by a fault", job_id)
        persistently(partial(_end_by_fault, job_id, type(error).__name__))
        return {"state": "fault"}
    finally:
        _runtime.active.pop(job_id, None)
        _runtime.fenced.discard(job_id)
    if result["state"] == "fenced":
        raise engine_error.DBOSWorkflowConflictIDError(job_id)
    return result


def _begin(job_id: str) -> Work | None:
    """Begin a new attempt, and show the steps of its check as waiting; None when the fence refuses."""
    with _runtime.store.write() as tx:
        work = jobs.begin(tx, job_id, _runtime.worker)
        if work is not None and work.check_id is not None:
            subject = reading.subject(_runtime.store, work.check_id)
            steps = ladder.steps_for(subject.type, subject.fields) if subject else ()
            checks.begin(tx, work.check_id, work.destination_id, work.attempt, steps)
        return work


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
    return _check(work, _runtime.active.setdefault(job_id, threading.Event()))


def _check(work: Work, cancel: threading.Event) -> dict[str, Any]:
    started = time.monotonic()
    found = _climb(work, cancel)
    if found is None:  # purged meanwhile
        return {"state": "gone" if persistently(lambda: _finish_plain(work)) else "fenced"}
    if work.job_id in _runtime.fenced or not persistently(lambda: _end(work, found)):
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
    """Run the ladder; None when there is nothing left to check."""
    ready = _wait_for_secrets(work, cancel)
    if isinstance(ready, Outcome) or ready is None:
        return ready
    subject, secrets = ready

    def fenced() -> None:
        _runtime.fenced.add(work.job_id)
        cancel.set()

    return ladder.run_ladder(
        subject.type,
        subject.fields,
        secrets,
        on_step=lambda position, step: _runtime.progress.put(work, position, step, fenced),
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
            secrets = _runtime.vault.read(subject.secret_id)
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


def _clean_up(work: Work) -> dict[str, Any]:
    """Purge the trash, sweep the vault, forget old journals."""
    purged = persistently(lambda: housekeeping.purge(_runtime.store, _runtime.host))
    try:
        swept = _runtime.vault.sweep()
    except (VaultUnavailable, StoreUnavailable) as error:
        swept = 0
        log.warning("vault not swept: %s", error)
    persistently(lambda: housekeeping.prune(_runtime.store))
    done = persistently(lambda: _finish_plain(work))
    log.info("clean-up purged=%d swept=%d", purged, swept)
    return {"state": "passed" if done else "fenced"}


def _finish_plain(work: Work) -> bool:
    with _runtime.store.write() as tx:
        return jobs.finish(tx, work)


def persistently(call: Callable[[], T]) -> T:
    """Do what the store must take; while it does not answer, wait and try again: nothing done is lost."""
    pause = 0.2
    while True:
        try:
            return call()
        except StoreUnavailable as error:
            _runtime.outage.found(error)
            time.sleep(pause)  # nothing tells when a locked or unreachable store comes back
            pause = min(pause * 2, 5.0)
