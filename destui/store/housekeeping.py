"""Keeping the store small: the trash after seven days, journals and old checks after their time."""

from __future__ import annotations

from sqlalchemy import delete, select

from destui.store import changes, destinations, events, jobs, load_runs, schema, secrets, workers
from destui.store.engine import Store
from destui.store.times import now_us

DAY_US = 86_400_000_000
CLEAN_UP_US = 3_600_000_000
"""How often it is cleaned up."""
KEEP_DAYS = 90
"""Days that ended checks and load runs are kept; the one that a destination or order shows is kept for ever."""


def is_due(store: Store) -> bool:
    """Whether something has expired (in the trash or in the vault), and no clean-up was asked for within the hour:
    what it could not remove, the next one can. A cheap look."""
    now = now_us()
    expired = store.fetch(
        "SELECT 1 FROM destinations WHERE deleted_at < :purge UNION ALL SELECT 1 FROM secrets"
        " WHERE state = 'discarded' OR (state = 'pending' AND created_at < :draft) LIMIT 1",
        {"purge": now - destinations.PURGE_US, "draft": now - secrets.DRAFT_US},
    )
    return bool(expired) and not store.fetch(
        "SELECT 1 FROM jobs WHERE kind = :kind AND created_at > :since LIMIT 1",
        {"kind": jobs.Kind.CLEAN_UP.value, "since": now - CLEAN_UP_US},
    )


def purge(store: Store, host: str) -> int:
    """Remove what has been in the trash for longer than it may; returns how many. Their secrets are swept next."""
    with store.write() as tx:
        gone = destinations.purge(tx)
        for identity, name in gone:
            events.append(tx, who="schedule", host=host, verb="purged", destination_id=identity, name=name)
        return len(gone)


def prune(store: Store) -> None:
    """Forget old changes, ended jobs, dead workers, previews, drafts of a day, checks and load runs past their time."""
    now = now_us()
    table = schema.checks
    shown = select(schema.destinations.c.check_id).where(schema.destinations.c.check_id.is_not(None))
    why = select(schema.destinations.c.diagnosed_by).where(schema.destinations.c.diagnosed_by.is_not(None))
    with store.write() as tx:
        changes.prune(tx)
        jobs.prune(tx, now - DAY_US)
        workers.prune(tx, now - DAY_US)
        load_runs.prune(tx, now - KEEP_DAYS * DAY_US)
        tx.execute(
            delete(table).where(
                table.c.finished_at < now - KEEP_DAYS * DAY_US, table.c.id.not_in(shown), table.c.id.not_in(why)
            )
        )
        tx.execute(delete(table).where(table.c.reason == "draft", table.c.finished_at < now - DAY_US))
