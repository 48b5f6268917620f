"""What works for this store, and where its secrets are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from destui.domain.event import WorkerInfo
from destui.services.context import Context
from destui.store import workers as store_workers

if TYPE_CHECKING:
    from destui.vault.vault import VaultStatus


def workers(ctx: Context) -> list[WorkerInfo]:
    """Workers on record; `alive` says whether their lease holds."""
    return store_workers.living(ctx.store)


def vault(ctx: Context) -> VaultStatus:
    """Which backend keeps the secrets and whether it is there; may take seconds."""
    return ctx.vault.status()
