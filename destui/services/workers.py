"""What is the matter with each worker on record, and what to do about it, as `worker status` and `doctor` tell it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from destui.domain.event import WorkerInfo
from destui.services.context import Context
from destui.services.documents import rfc3339
from destui.store import locks
from destui.store import workers as store_workers
from destui.store.engine import has_room
from destui.store.locks import Hold

RUNNING, STOPPED, STANDING, GONE, SILENT = "running", "stopped", "standing still", "gone", "not answering"
"""Its lease holds; or it ran out, and its process is stopped by a signal, is there and says nothing, has gone, or is of
another host."""


@dataclass(frozen=True)
class Found:
    """A worker, its state, and a sentence of what to do; empty for one that runs. `log`: its file, or in words."""

    info: WorkerInfo
    state: str
    sentence: str
    log: str

    @property
    def is_running(self) -> bool:
        """Whether its lease holds."""
        return self.state == RUNNING

    @property
    def stands_still(self) -> bool:
        """Whether its process is there though its lease ran out."""
        return self.state in (STOPPED, STANDING)


def hold(ctx: Context) -> Hold | None:
    """Who keeps everybody from writing into the store, for longer than a moment. Raises StoreUnavailable."""
    return locks.find(ctx.store)


def look(ctx: Context, hold: Hold | None) -> list[Found]:
    """All workers on record; `hold` is who locks the store. Raises StoreUnavailable."""
    from destui.worker import whereabouts

    now = store_workers.clock(ctx.store)
    states = [(worker, _state(ctx, worker)) for worker in store_workers.on_record(ctx.store)]
    lives = any(state == RUNNING for _, state in states)
    found = []
    for worker, state in states:
        age = max(0, round((now - worker.beat) / 1e6))
        matter = "" if state == RUNNING else _matter(ctx, worker, state, hold, lives)
        sentence = matter and f"It has not answered for {age} s{matter}"
        found.append(Found(worker, state, sentence, whereabouts.log_of(ctx.config, worker)))
    return found


def values(found: Found, at_work: int) -> dict[str, Any]:
    """The same for machines, with the number of jobs that are its own."""
    w = found.info
    return {
        "id": w.id, "host": w.host, "pid": w.pid, "version": w.version, "alive": w.alive, "state": found.state,
        "message": found.sentence or None, "at_work": at_work, "started_at": rfc3339(w.started_at),
        "heard_at": rfc3339(w.heard_at), "lease_until": rfc3339(w.lease_until), "log": found.log,
    }  # fmt: skip


def locked(hold: Hold) -> str:
    """That nothing can be written, and why, as a sentence."""
    return f"The store is locked by {hold.who}: nothing is written until that lets go of it, or is ended."


def why_not_written(ctx: Context, hold: Hold | None) -> str | None:
    """Why nothing can be written into the store now, as a sentence, by a look that writes nothing; None where it can.
    Raises StoreUnavailable."""
    path = ctx.store.path
    if path is None:
        return ctx.store.why_unwritable()
    if hold is not None:
        return locked(hold)
    for needed in (path.parent, *path.parent.glob(f"{path.name}*")):
        if not os.access(needed, os.W_OK):
            return f"{needed} cannot be written. Give yourself write permission on it."
    if not has_room(path.parent):
        return "The store's disk is full: nothing is written until some space is freed."
    return None


def none_answers(ctx: Context, found: Sequence[Found]) -> str:
    """Why no worker is there and how one comes, as sentences; empty where one runs."""
    from destui.services import status

    if any(worker.is_running for worker in found):
        return ""
    if any(worker.stands_still for worker in found):
        return "No worker answers."
    return f"No worker runs. {status.how_one_starts(ctx)}"


def _state(ctx: Context, worker: WorkerInfo) -> str:
    from destui.worker import launch

    if worker.host == ctx.host and worker.birth and launch.birth(worker.pid) != worker.birth:
        return GONE  # also while its lease still holds
    if worker.alive:
        return RUNNING
    if worker.host != ctx.host:
        return SILENT
    if not worker.birth:
        return GONE
    return STOPPED if launch.is_stopped(worker.pid) else STANDING


def _matter(ctx: Context, worker: WorkerInfo, state: str, hold: Hold | None, lives: bool) -> str:
    """The rest of a sentence that tells since when it says nothing, and what to do. `lives`: another one does."""
    heir = "A living one takes its work over." if lives else "The next one takes its work over."
    if state == SILENT:
        return f". {heir}"
    if state == GONE:
        return f": its process has gone. {heir}"
    if state == STOPPED:
        holds = ", and holds the store locked" if hold is not None and hold.pid == worker.pid else ""
        return f", though its process is there: it is stopped, by a signal or a debugger{holds}. {_remedy(ctx, heir)}"
    if hold is not None and hold.pid != worker.pid:
        return f", though its process is there: it waits for the store, which is locked by {hold.who}."
    return f", though its process is there: it stands still, or waits for the store. {_remedy(ctx, heir)}"


def _remedy(ctx: Context, heir: str) -> str:
    if ctx.store.is_sqlite:
        return "To end it and have another one go on: destui check NAME, or destui worker run."
    return f"{heir} To end it: destui worker stop"
