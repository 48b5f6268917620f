"""What works for this store, and where its secrets are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from destui.domain.errors import VaultUnavailable
from destui.domain.event import WorkerInfo
from destui.services.context import Context
from destui.store import jobs, load_orders, settings
from destui.store import workers as store_workers

if TYPE_CHECKING:
    from destui.vault.vault import VaultStatus


def workers(ctx: Context) -> list[WorkerInfo]:
    """Workers on record; `alive` says whether their lease holds."""
    return store_workers.on_record(ctx.store)


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


def vault_as_it_stands(ctx: Context) -> VaultStatus:
    """The same, where nothing was kept yet without choosing or making anything: what the first secret will do."""
    from destui.store import standing
    from destui.vault.vault import VaultStatus

    now = standing.look(ctx.store)
    if now.backend == "keyring" or now.key is not None:
        return vault(ctx)
    wanted = now.backend or settings.read(ctx.store, standing.WANTED) or ctx.config.secrets
    try:
        return VaultStatus(wanted, True, f"No secret is kept yet. {_first_secret(ctx, wanted)}")
    except VaultUnavailable as error:
        return VaultStatus(wanted, False, str(error))


def _first_secret(ctx: Context, wanted: str) -> str:
    """Where it will be kept. Raises VaultUnavailable."""
    from destui.vault.keys import read_key

    if ctx.store.is_sqlite and wanted == "keyring":
        from destui.vault import system

        system.ensure_present()
        return f"The first goes into the system keyring ({system.name()})."
    given, key_file = ctx.config.environment.get("DESTUI_KEY"), ctx.config.key_file
    key = read_key(given, key_file)
    if key is None and not ctx.store.is_sqlite:
        raise VaultUnavailable("This store has no sealing key yet. Make it on this host with: destui store upgrade")
    sealed = f"sealed in the store, under the key in {'DESTUI_KEY' if given else key_file}"
    made = ", which is made then" if key is None else ""
    if ctx.store.is_sqlite and wanted == "auto":
        return f"The first goes into the system keyring where one works; otherwise it is {sealed}{made}."
    return f"The first is {sealed}{made}."


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
