"""Keeping the store small: the trash after seven days, journals and old checks after their time."""

from __future__ import annotations

from sqlalchemy import delete, select

from destui.store import changes, destinations, events, jobs, schema, settings, workers
from destui.store.engine import Store
from destui.store.times import now_us

DAY_US = 86_400_000_000
KEEP_DAYS = 90
"""Days that ended checks are kept; the one that a destination shows is kept for ever."""


def purge(store: Store, host: str) -> int:
    """Remove what has been in the trash for longer than it may; returns how many. Their secrets are swept next."""
    with store.write() as tx:
        gone = destinations.purge(tx)
        for identity, name in gone:
            events.append(tx, who="schedule", host=host, verb="purged", destination_id=identity, name=name)
        return len(gone)


def prune(store: Store) -> None:
    """Forget old changes, ended jobs, dead workers, drafts of a day and checks past their time."""
    now = now_us()
    table = schema.checks
    shown = select(schema.destinations.c.check_id).where(schema.destinations.c.check_id.is_not(None))
    why = select(schema.destinations.c.diagnosed_by).where(schema.destinations.c.diagnosed_by.is_not(None))
    with store.write() as tx:
        days = int(settings.get(tx, "keep_days") or KEEP_DAYS)
        changes.prune(tx)
        jobs.prune(tx, now - DAY_US)
        workers.prune(tx, now - DAY_US)
        tx.execute(
            delete(table).where(
                table.c.finished_at < now - days * DAY_US, table.c.id.not_in(shown), table.c.id.not_in(why)
            )
        )
        tx.execute(delete(table).where(table.c.reason == "draft", table.c.finished_at < now - DAY_US))
