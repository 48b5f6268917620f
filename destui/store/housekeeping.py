"""Keeping the store small: the trash after seven days, journals, old checks and events after their time or number."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Table, delete

from destui.store import changes, destinations, events, jobs, load_runs, schema, secrets, settings, standing
from destui.store.engine import Store
from destui.store.times import now_us

DAY_US = 86_400_000_000
CLEAN_UP_US = 3_600_000_000
"""How often it is cleaned up."""
KEEP_DAYS = 90
"""Days that ended checks and load runs are kept, unless set; the one that a destination or order shows is kept for
ever."""
KEEP_EVENTS_DAYS = 365
"""Days that the audit trail goes back, unless set."""
MOST_CHECKS = 1_000
"""Ended checks of a destination and runs of an order that are kept, however young."""
MOST_EVENTS = 10_000
"""Events of a destination that are kept."""
JOBS_US = CLEAN_UP_US
"""How long ended jobs are kept: `is_due` asks for those of the clean-up."""
BATCH = 500
"""Rows that one transaction removes: nobody waits for it long."""
PAUSE_SECONDS = 0.01
"""Between two: who waits for SQLite's lock looks only now and then."""
_AT_ONCE = 20_000
_SHOWN = (
    "id NOT IN (SELECT check_id FROM destinations WHERE check_id IS NOT NULL)"
    " AND id NOT IN (SELECT diagnosed_by FROM destinations WHERE diagnosed_by IS NOT NULL)"
    " AND id NOT IN (SELECT check_id FROM jobs WHERE state <> 'done' AND check_id IS NOT NULL)"
)
_NEWEST = "id NOT IN (SELECT run_id FROM load_orders WHERE run_id IS NOT NULL)"


def is_due(store: Store) -> bool:
    """Whether something has expired (in the trash or in the vault), or a vault that was moved or rekeyed has left
    something, and no clean-up was asked for within the hour: what it could not remove, the next one can. A cheap look.
    """
    now = now_us()
    expired = store.fetch(
        "SELECT 1 FROM destinations WHERE deleted_at < :purge UNION ALL SELECT 1 FROM secrets"
        " WHERE state = 'discarded' OR (state = 'pending' AND created_at < :draft)"
        " UNION ALL SELECT 1 FROM settings WHERE key IN (:other, :remains) LIMIT 1",
        {
            "purge": now - destinations.PURGE_US,
            "draft": now - secrets.DRAFT_US,
            "other": standing.OTHER,
            "remains": standing.REMAINS,
        },
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
    """Forget old changes, ended jobs, previews, drafts of a day, and checks, load runs and events past their
    time or number: in small transactions, again from the start when it is interrupted."""
    now = now_us()
    kept = now - settings.read_number(store, settings.KEEP_DAYS, KEEP_DAYS) * DAY_US
    trail = now - settings.read_number(store, settings.KEEP_EVENTS_DAYS, KEEP_EVENTS_DAYS) * DAY_US
    with store.write() as tx:
        jobs.prune_news(tx, now - DAY_US)
        load_runs.prune_previews(tx)
    _prune_changes(store)
    _expired(store, schema.jobs, "state = 'done' AND finished_at < :before", {"before": now - JOBS_US})
    old = f"(finished_at < :before OR (reason = 'draft' AND finished_at < :day)) AND {_SHOWN}"
    _expired(store, schema.checks, old, {"before": kept, "day": now - DAY_US})
    _surplus(store, schema.checks, "destination_id", "created_at", f"finished_at IS NOT NULL AND {_SHOWN}", MOST_CHECKS)
    _expired(store, schema.load_runs, f"finished_at < :before AND {_NEWEST}", {"before": kept})
    _surplus(store, schema.load_runs, "order_id", "created_at", f"finished_at IS NOT NULL AND {_NEWEST}", MOST_CHECKS)
    _expired(store, schema.events, "at < :before", {"before": trail})
    _surplus(store, schema.events, "destination_id", "id", "1 = 1", MOST_EVENTS)


def _prune_changes(store: Store) -> None:
    more = True
    while more:
        with store.write() as tx:
            more = changes.prune(tx, BATCH * 4)
        time.sleep(PAUSE_SECONDS if more else 0)


def _expired(store: Store, table: Table, where: str, parameters: Mapping[str, Any]) -> None:
    """Remove the rows that this is true of."""
    sql = f"SELECT id FROM {table.name} WHERE {where} LIMIT :most"  # noqa: S608
    while found := store.fetch(sql, {**parameters, "most": _AT_ONCE}):
        _remove(store, table, [row[0] for row in found])


def _surplus(store: Store, table: Table, owner: str, order: str, where: str, most: int) -> None:
    """Remove the oldest rows of each owner that has more than so many."""
    many = f"SELECT {owner} FROM {table.name} WHERE {owner} IS NOT NULL GROUP BY {owner} HAVING count(*) > :most"  # noqa: S608
    rest = (
        f"SELECT id FROM {table.name} WHERE {owner} = :owner AND {where}"  # noqa: S608
        f" ORDER BY {order} DESC, id DESC LIMIT :count OFFSET :most"
    )
    for row in store.fetch(many, {"most": most}):
        while found := store.fetch(rest, {"owner": row[0], "most": most, "count": _AT_ONCE}):
            _remove(store, table, [row[0] for row in found])


def _remove(store: Store, table: Table, ids: list[Any]) -> None:
    for batch in _batches(ids):
        with store.write() as tx:
            tx.execute(delete(table).where(table.c.id.in_(batch)))
        time.sleep(PAUSE_SECONDS)


def _batches(ids: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
