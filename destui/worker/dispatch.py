"""Claiming jobs and starting their workflows; taking over from workers that died; what is due by the clock."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from dbos import DBOS, SetWorkflowID, WorkflowStatus

from destui.domain.errors import StoreUnavailable
from destui.domain.own_diagnoses import worker_died
from destui.store import changes, checks, ending, housekeeping, jobs, load_orders, queueing, workers
from destui.store.engine import Tx
from destui.store.opening import revision
from destui.store.times import now_us
from destui.store.version import REVISION
from destui.worker import launch
from destui.worker.runtime import Runtime
from destui.worker.vigil import Vigil
from destui.worker.workflows import run_job

log = logging.getLogger("destui.worker")

LOOK_SECONDS = 0.03
"""How often an embedded store is looked at for new jobs."""
CLEAN_UP_SECONDS = housekeeping.CLEAN_UP_US / 1e6
MOST_ATTEMPTS = 5
MOST_LOAD_ATTEMPTS = 100
"""A load may take hours, and it is its own process that may fall over; giving one up leaves open what it has done."""
LOADS_DUE_AT_ONCE = 50
BACKGROUND_AT_ONCE = 20


class Dispatcher:
    """The worker's main loop."""

    def __init__(self, runtime: Runtime, *, idle_seconds: float | None) -> None:
        self._runtime = runtime
        self._store = runtime.store
        self._idle_seconds = idle_seconds
        self._signal = changes.signal(runtime.store, LOOK_SECONDS)
        self._vigil = Vigil()
        self._stopping = threading.Event()
        self._last_asked = time.monotonic()
        self._next_beat = 0.0
        self._next_clean_up = 0.0
        self._next_due: int | None = None

    def stop(self) -> None:
        """Claim no more and leave the loop."""
        self._stopping.set()
        self._signal.close()

    def run(self) -> None:
        """Work until stopped or idle for long enough."""
        while not self._stopping.is_set():
            try:
                self._turn()
                self._signal.wait(max(0.0, min(self._next_beat - time.monotonic(), self._until_due())))
            except StoreUnavailable as error:
                self._runtime.outage.found(error)
                self._stopping.wait(1.0)
            except Exception:
                log.exception("a fault in the worker's loop; going on")
                self._stopping.wait(1.0)

    def _until_due(self) -> float:
        """Seconds until a load is due, at most one beat."""
        if self._next_due is None:
            return workers.BEAT_SECONDS
        return min(workers.BEAT_SECONDS, (self._next_due - now_us()) / 1e6)

    def _turn(self) -> None:
        if time.monotonic() >= self._next_beat:
            # First: an upgraded store takes no writes, and where a store is away, the engine waits without a word.
            self._leave_a_newer_store()
        self._claim()
        if self._next_due is not None and self._next_due <= now_us():
            self._apart(self._look_for_due)
            self._claim()
        for job_id in jobs.cancelled(self._store, self._runtime.worker):
            if (stop := self._runtime.active.get(job_id)) is not None:
                stop.set()
        if time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + workers.BEAT_SECONDS
            self._beat()

    def _claim(self) -> None:
        slots = jobs.SLOTS - len(self._runtime.active)
        if slots <= 0 or not jobs.has_queued(self._store):
            return
        with self._store.write() as tx:
            taken = jobs.claim(tx, self._runtime.worker, self._runtime.host, slots)
        for job_id, priority in taken:
            self._runtime.active[job_id] = threading.Event()  # counted at once, and gone when its workflow ends
            if priority > jobs.BACKGROUND_PRIORITY:
                self._last_asked = time.monotonic()
            self._start(job_id)

    def _start(self, job_id: str) -> None:
        """Start a job's workflow. One that does not start keeps no slot, and the others are started all the same; the
        next beat puts it back."""
        try:
            with SetWorkflowID(job_id):
                DBOS.start_workflow(run_job, job_id)
        except Exception:
            log.exception("not started job=%s", job_id)
            self._runtime.active.pop(job_id, None)

    def _look_for_due(self) -> None:
        """Queue the loads that are due, and find out when the next one is."""
        self._next_due = None  # after a fault it is the next beat that looks again
        if load_orders.is_due(self._store):
            with self._store.write() as tx:
                queueing.queue_due_loads(tx, LOADS_DUE_AT_ONCE)
        self._next_due = load_orders.next_due(self._store)

    def _apart(self, part: Callable[[], None]) -> None:
        """Do one part of the loop, of which a fault keeps the others from nothing."""
        try:
            part()
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("a fault in the worker's loop; going on")

    def _beat(self) -> None:
        self._apart(lambda: recover(self._runtime, self._vigil))
        self._apart(lambda: put_back(self._runtime))
        self._apart(self._look_for_due)
        self._apart(self._queue_what_is_due)
        idle = time.monotonic() - self._last_asked
        if self._idle_seconds is not None and idle > self._idle_seconds and not launch.is_needed(self._store):
            log.info("idle for %.0f s; leaving", idle)
            self.stop()

    def _queue_what_is_due(self) -> None:
        """Re-checks and the clean-up."""
        clean_up = time.monotonic() >= self._next_clean_up
        if queueing.is_background_due(self._store) or clean_up:
            with self._store.write() as tx:
                queueing.queue_background(tx, BACKGROUND_AT_ONCE)
                if clean_up:
                    queueing.queue_clean_up(tx)
        if clean_up:
            self._next_clean_up = time.monotonic() + CLEAN_UP_SECONDS

    def _leave_a_newer_store(self) -> None:
        found = revision(self._store)
        if found != REVISION:
            log.warning("the store was upgraded to schema %s; leaving", found)
            self.stop()


def recover(runtime: Runtime, vigil: Vigil) -> None:
    """Take over what dead workers left: their workflows first, then jobs that never became one."""
    # In this order: a workflow that starts in between belongs to a worker that is already among the living.
    pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    known = {worker.id: worker for worker in workers.on_record(runtime.store)}
    if runtime.worker not in known:
        return  # the lease is lost: this one is about to end, and what it does is taken over from it
    dead = [worker for worker in vigil.dead(known.values()) if worker != runtime.worker]
    left = [w.workflow_id for w in pending if w.executor_id not in known or w.executor_id in dead]
    given_up = set()
    with runtime.store.write() as tx:
        workers.forget(tx, dead)
        claimed = jobs.orphans(tx)
        for job in claimed:
            if _is_hopeless(tx, job):
                log.error("given up destination=%s job=%s attempt=%d", job.destination_id, job.id, job.attempt)
                given_up.add(job.id)
                if (ended := jobs.give_up(tx, job.id)) is not None:
                    ending.fail(tx, ended, worker_died(job.attempt, ending.what(ended)), host=runtime.host)
    if resumable := [w for w in left if w not in given_up]:
        log.info("taking over %d workflows", len(resumable))
        DBOS.resume_workflows(resumable)
    if given_up:
        DBOS.cancel_workflows([w for w in left if w in given_up])
    _requeue(runtime, [job.id for job in claimed if job.id not in given_up and job.id not in left])


def _is_hopeless(tx: Tx, job: Any) -> bool:
    """Too many workers died of it; not of what only waited, such as for a vault."""
    most = MOST_LOAD_ATTEMPTS if job.kind == jobs.Kind.LOAD else MOST_ATTEMPTS
    return bool(job.attempt >= most) and not checks.waits(tx, job.check_id)


def put_back(runtime: Runtime) -> None:
    """Put back what this worker has claimed and does not do: the COMMIT of the claim lost its answer, or the workflow
    did not start. To be called by the thread that claims."""

    def stranded() -> list[str]:
        return [job_id for job_id in jobs.claimed_by(runtime.store, runtime.worker) if job_id not in runtime.active]

    if not stranded():
        return
    with runtime.store.write():  # nothing ends meanwhile: what is still claimed and not at hand has no thread
        left = stranded()
    if left:
        log.warning("putting back %d jobs that were claimed and not begun", len(left))
        _requeue(runtime, left, runtime.worker)


def _requeue(runtime: Runtime, claimed: list[str], worker: str | None = None) -> None:
    """Jobs whose claim was written, but whose workflow never started or ended without ending the job: those of dead
    workers, or of this `worker`, which has none of them at hand."""
    if not claimed:
        return

    def runs(workflow: WorkflowStatus) -> bool:
        return workflow.status == "ENQUEUED" or (workflow.status == "PENDING" and workflow.executor_id != worker)

    known = DBOS.list_workflows(workflow_ids=claimed, load_input=False, load_output=False)
    running = {w.workflow_id for w in known if runs(w)}
    if over := [w.workflow_id for w in known if w.workflow_id not in running]:
        DBOS.delete_workflows(over)
    with runtime.store.write() as tx:
        jobs.requeue(tx, [job_id for job_id in claimed if job_id not in running], worker)
