"""Who works and at what, what waits and why, what failed last, how much room is taken: for `worker status` and
`doctor`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from destui import log_file
from destui.domain import units
from destui.domain.event import WorkerInfo
from destui.domain.work import Failure, OpenJob
from destui.services import status, workers
from destui.services.context import Context
from destui.services.documents import rfc3339
from destui.services.workers import Found
from destui.store import jobs, space, watching
from destui.store.locks import Hold
from destui.store.watching import AtWork

MOST = 1_000
"""Waiting jobs that are looked at one by one."""
LAST = 5
"""Failures and troubles that are told."""


@dataclass(frozen=True)
class Waiting:
    """A job that does not go on. `kind` sums up `why`, a sentence's end after "waits "."""

    job: OpenJob
    kind: str
    why: str

    @property
    def is_trouble(self) -> bool:
        """Whether it does not go on by itself when what runs has ended."""
        return self.kind not in ("for their turn", "for a destination")


@dataclass(frozen=True)
class Picture:
    """The whole of it at one moment."""

    hold: Hold | None
    """Who keeps everybody from writing into the store."""
    workers: Sequence[Found]
    queued: int
    running: int
    at_work: Sequence[OpenJob]
    """Those that are being done."""
    waiting: Sequence[Waiting]
    """Not begun, the next first; and begun, but waiting for something."""
    failures: Sequence[Failure]
    troubles: Sequence[str]
    """Lines of the worker's log on this host."""
    space: space.Space
    log_bytes: int
    next_check: datetime | None


def look(ctx: Context, hold: Hold | None) -> Picture:
    """Look at store and log; `hold` is who locks the store. Raises StoreUnavailable."""
    store = ctx.store
    found = workers.look(ctx, hold)
    queued, claimed = status.work(ctx)
    busy = watching.open_jobs(store, claimed=True, most=MOST)
    held = [wait for job in busy if (wait := _held(job, found)) is not None]
    return Picture(
        hold, found, queued, max(0, claimed - len(held)),
        [job for job in busy if all(job is not wait.job for wait in held)],
        [*held, *waiting(ctx, found)], watching.failures(store, LAST), log_file.troubles(ctx.config.worker_log, LAST),
        space.measure(store), log_bytes(ctx.config.logs), watching.next_check(store),
    )  # fmt: skip


def own_work(seen: Picture) -> Counter[str]:
    """How many jobs each worker is at, by its id."""
    return Counter(job.worker for job in seen.at_work)


def log_bytes(folder: Path) -> int:
    """What all logs take, those put aside too."""
    total = 0
    for file in folder.glob("*.log*"):
        with suppress(OSError):  # it may be turned over in this moment
            total += file.stat().st_size
    return total


def _held(job: OpenJob, found: Sequence[Found]) -> Waiting | None:
    if job.waits_for:
        return Waiting(job, "for the vault or the store", f"for what its worker says: {job.waits_for}")
    own = next((w for w in found if w.info.id == job.worker), None)
    if own is not None and own.is_running:
        return None
    if own is not None and own.stands_still:
        why = f"for its worker, pid {own.info.pid}, which does not answer"
        return Waiting(job, "for a worker that does not answer", why)
    return Waiting(job, "for a worker to take it over", "for another worker to take it over: its own is not there")


def waiting(ctx: Context, workers: Sequence[Found]) -> list[Waiting]:
    """What no worker has begun, the next first, and why."""
    queued = watching.open_jobs(ctx.store, claimed=False, most=MOST)
    if not queued:
        return []
    load, closed = watching.at_work(ctx.store), watching.not_active(ctx.store)
    alive = [worker.info for worker in workers if worker.is_running]
    stands = any(worker.stands_still for worker in workers)
    found = []
    for job in queued:
        if job.run_id in closed:
            name, is_now = closed[job.run_id]
            found.append(Waiting(job, "for a destination", f"until {name} is Active: it is {is_now.capitalize()}"))
        else:
            here = alive if ctx.store.is_sqlite or not job.pinned else [w for w in alive if w.host == job.pinned]
            found.append(Waiting(job, *_why(ctx, job, here, load, stands=stands)))
    return found


def _why(
    ctx: Context, job: OpenJob, workers: Sequence[WorkerInfo], load: AtWork, *, stands: bool
) -> tuple[str, str]:  # fmt: skip
    if not workers and stands:
        return "for a worker", "for a worker: the one that is there does not answer"
    if not workers:
        place = f" on {job.pinned}" if job.pinned and not ctx.store.is_sqlite else ""
        return "for a worker", f"for a worker{place}: none runs"
    if load.types.get(job.type, 0) >= jobs.PER_TYPE:
        return "for their turn", f"for its turn: {jobs.PER_TYPE} of type {job.type} are at work, the most at once"
    if job.server and load.servers.get(job.server, 0) >= jobs.PER_SERVER:
        return "for their turn", f"for its turn: {jobs.PER_SERVER} are at work on {job.server}, the most at once"
    if job.run_id in load.kept:
        return "for their turn", "for its turn: another load has its file"
    most = {kind.value: count for kind, count in jobs.PER_WORKER.items()}.get(job.kind)
    if most is not None and all(load.kinds.get((w.id, job.kind), 0) >= most for w in workers):
        return "for their turn", f"for its turn: a worker does {most} of kind {job.kind} at once"
    if all(load.slots(w.id) <= 0 for w in workers):
        return "for their turn", f"for its turn: a worker does {jobs.SLOTS} jobs at once"
    return "for their turn", "for its turn: it is about to begin"


def summary(waits: Sequence[Waiting]) -> str:
    """How many wait for what: `3 for a worker, 1 for a destination`."""
    return ", ".join(f"{count} {kind}" for kind, count in Counter(wait.kind for wait in waits).most_common())


def sizes(seen: Picture) -> str:
    """How much room is taken, by what, since when."""
    space = seen.space
    rows = ((f"{space.rows[name]:,} {words}{_since(age)}") for name, words, age in (
        ("checks", "checks", space.oldest_check), ("load_runs", "load runs", None),
        ("events", "events", space.oldest_event),
    ))  # fmt: skip
    free = f" ({units.size(space.free)} of it free)" if space.free else ""
    return f"Store {units.size(space.bytes)}{free}: {', '.join(rows)}. Logs here {units.size(seen.log_bytes)}."


def size_values(seen: Picture) -> dict[str, Any]:
    """The same as numbers and times."""
    space = seen.space
    ages = {"oldest_check": space.oldest_check, "oldest_event": space.oldest_event}
    times = {name: None if at is None else rfc3339(at) for name, at in ages.items()}
    return {"bytes": space.bytes, "free_bytes": space.free, **space.rows, **times, "log_bytes": seen.log_bytes}


def _since(moment: datetime | None) -> str:
    return "" if moment is None else f" since {moment.astimezone():%Y-%m-%d}"
