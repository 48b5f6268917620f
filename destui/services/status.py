"""What works for this store, and where its secrets are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from destui.domain.event import WorkerInfo
from destui.services.context import Context
from destui.store import jobs, load_orders
from destui.store import workers as store_workers

if TYPE_CHECKING:
    from destui.vault.vault import VaultStatus


def workers(ctx: Context) -> list[WorkerInfo]:
    """Workers on record; `alive` says whether their lease holds."""
    return store_workers.living(ctx.store)


def work(ctx: Context) -> tuple[int, int]:
    """How many jobs wait, and how many are being done."""
    return jobs.open_count(ctx.store)


@dataclass(frozen=True)
class Schedules:
    """The load orders that run by a schedule."""

    count: int
    next: datetime | None
    """When the first of them is due."""

    @property
    def sentence(self) -> str:
        """How many there are, and when the next is due; empty where there are none."""
        if not self.count:
            return ""
        many = "1 load order runs" if self.count == 1 else f"{self.count} load orders run"
        when = f", the next at {self.next.astimezone():%Y-%m-%d %H:%M}" if self.next else ""
        return f"{many} by a schedule{when}."


def schedules(ctx: Context) -> Schedules:
    """What is to be run by the clock."""
    return Schedules(load_orders.scheduled(ctx.store), load_orders.next_moment(ctx.store))


def vault(ctx: Context) -> VaultStatus:
    """Which backend keeps the secrets and whether it is there; may take seconds."""
    return ctx.vault.status()


def how_one_starts(ctx: Context) -> str:
    """Who starts a worker of this store, as a sentence."""
    if ctx.store.is_sqlite:
        return "One starts by itself when work is added. By hand: destui worker run"
    return "On a host that shares this store, run: destui worker run"


def worker_trouble(ctx: Context) -> str | None:
    """Why nobody does the work of this store, as a sentence with the remedy; None while somebody does or may soon.

    On an embedded store: those that were started from here do not come up; on PostgreSQL, where none is started: none
    lives. None also when there is neither work nor a schedule. It starts nothing. Raises StoreUnavailable.
    """
    if ctx.store.is_sqlite:
        from destui.worker import launch

        found = launch.trouble(ctx.config)
    else:
        found = f"No worker of this store is alive. {how_one_starts(ctx)}."
    is_wanted = any(work(ctx)) or load_orders.scheduled(ctx.store) > 0
    served = found is None or not is_wanted or any(worker.alive for worker in workers(ctx))
    return None if served else found
