"""Following checks and load runs to their end, or to where nobody is there to do them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from destui.domain.check import Check
from destui.domain.errors import WorkerUnavailable
from destui.domain.orders import LoadRun
from destui.services import loads, status
from destui.services.changes import Watch
from destui.services.context import Context
from destui.store import jobs, reading

GRACE_SECONDS = 20.0
"""How long there may be no living worker before waiting ends: one that starts, or starts again, is no trouble."""


def follow(ctx: Context, check_ids: Iterable[str], timeout: float | None = None) -> Iterator[Check]:
    """Yield each check as it is now and whenever it changes, until all have ended.

    `timeout` in seconds for all together; then it simply stops, with some still open. Raises StoreUnavailable, and
    WorkerUnavailable when nobody does the work.
    """

    def read(left: Sequence[str]) -> Iterable[Check]:
        return reading.checks_by_id(ctx.store, left).values()

    return _follow(ctx, check_ids, read, timeout)


def follow_run(ctx: Context, run_id: str, timeout: float | None = None) -> Iterator[LoadRun]:
    """The same for a load run. One that waits for a destination is followed until that is Active, or for good. Raises
    NotFound when it is deleted meanwhile."""

    def read(left: Sequence[str]) -> Iterable[LoadRun]:
        return [loads.run(ctx, identity) for identity in left]

    return _follow(ctx, [run_id], read, timeout)


T = TypeVar("T", Check, LoadRun)


def _follow(
    ctx: Context, ids: Iterable[str], read: Callable[[Sequence[str]], Iterable[T]], timeout: float | None
) -> Iterator[T]:
    end = None if timeout is None else time.monotonic() + timeout
    watch = Watch(ctx)
    served = time.monotonic()
    seen: dict[str, T] = {}
    left = set(ids)
    try:
        while left:
            for found in read(sorted(left)):
                if seen.get(found.id) != found:
                    seen[found.id] = found
                    yield found
                if not found.state.is_open:
                    left.discard(found.id)
            rest = 1.0 if end is None else end - time.monotonic()
            if left and rest <= 0:
                return
            if left and not watch.wait(min(rest, 1.0)):
                served = _ensure_served(ctx, served, sorted(left))
    finally:
        watch.close()


def _ensure_served(ctx: Context, served: float, ids: Sequence[str]) -> float:
    """Nothing moves: perhaps nobody is there to do it. Returns when somebody last was. Raises WorkerUnavailable."""
    ctx.mend_worker()
    sentence = status.worker_trouble(ctx)
    if ctx.store.is_sqlite and sentence is not None:
        raise WorkerUnavailable(sentence)
    if any(worker.alive for worker in status.workers(ctx)):
        hosts = [] if ctx.store.is_sqlite else jobs.hosts_wanting(ctx.store, ids)
        if not hosts:
            return time.monotonic()
        sentence = f"This can only be done on {', '.join(hosts)}. There, run: destui worker run."
    if time.monotonic() - served > GRACE_SECONDS:
        raise WorkerUnavailable(sentence or f"No worker has come up yet. Its log: {ctx.config.worker_log}.")
    return served
