"""The end of a job that no attempt could bring to one: what it was of has failed."""

from __future__ import annotations

from typing import Any

from destui.domain.check import Diagnosis, Outcome
from destui.domain.loads import RunResult, RunState
from destui.store import load_outcome, load_runs, outcome
from destui.store.engine import Tx
from destui.store.jobs import CHECKS, Kind


def fail(tx: Tx, job: Any, diagnosis: Diagnosis, *, host: str) -> None:
    """Write the failure of an ended job's check, load run or preview."""
    if job.kind == Kind.LOAD:
        load_outcome.apply(tx, job.run_id, RunResult(RunState.FAILED, diagnosis=diagnosis), host=host)
    elif job.kind == Kind.PREVIEW:
        load_runs.fail_preview(tx, job.run_id, diagnosis)
    elif job.kind in CHECKS:
        outcome.apply(tx, job.check_id, Outcome((), diagnosis), host=host)


def what(job: Any) -> str:
    """What a job is called in sentences."""
    return str(job.kind) if job.kind in (Kind.LOAD, Kind.PREVIEW) else "check"
