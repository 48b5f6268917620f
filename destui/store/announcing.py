"""Changes of status as they are announced: to open interfaces, which read them, and to a host's own command, for which
a job is queued in the transaction of the change."""

from __future__ import annotations

from collections.abc import Sequence
from json import loads
from typing import TYPE_CHECKING, Any

from destui.domain.announcement import StatusChange
from destui.domain.check import Reason
from destui.domain.destination import Status
from destui.store.engine import Store
from destui.store.reading import BEFORE, diagnosis_of
from destui.store.times import to_datetime

if TYPE_CHECKING:
    from destui.store.engine import Tx

_KEY_LENGTH = 64
_CHANGE = (
    "d.id, d.name, d.type, c.id, c.reason, c.finished_at, c.detail, c.failed_step, c.code, c.causes, c.cause, c.fix,"
    " c.message, c.state"
)


def wanted_key(host: str) -> str:
    """The setting that says that this host's workers have a command to tell."""
    return f"on_change:{host}"[:_KEY_LENGTH]


def trouble_key(host: str) -> str:
    """The setting that holds why this host's command failed the last time."""
    return f"on_change_trouble:{host}"[:_KEY_LENGTH]


def queue(tx: Tx, check_id: str, destination_id: str, host: str) -> None:
    """Have this host's command told of the change that a check has brought about, if it has one."""
    from destui.store import jobs, settings  # they bring SQLAlchemy, which an interface that only reads does without

    if settings.get(tx, wanted_key(host)) is not None:
        jobs.enqueue(
            tx, jobs.Kind.ANNOUNCE, check_id, destination_id=destination_id, check_id=check_id, pinned=host
        )  # fmt: skip


def of_check(store: Store, check_id: str) -> StatusChange | None:
    """The change that a check has brought about; None when it brought none, or its destination is gone."""
    sql = (
        f"SELECT {_CHANGE} FROM checks c JOIN destinations d ON d.id = c.destination_id"  # noqa: S608
        " WHERE c.id = :id AND d.deleted_at IS NULL"
    )
    found = store.fetch(sql, {"id": check_id})
    return _to_change(found[0]) if found else None


def last_event(store: Store) -> int:
    """The number of the newest event."""
    return store.fetch("SELECT max(id) FROM events")[0][0] or 0


def newest(store: Store, destination_ids: Sequence[str], after: int) -> list[tuple[int, StatusChange]]:
    """The newest change of each of these destinations that a check has brought about since an event: that change's own
    event's number, and the change."""
    # An event and the end of the check that caused it are written in one transaction, at one time.
    sql = (
        f"SELECT e.id, {_CHANGE} FROM events e JOIN destinations d ON d.id = e.destination_id"  # noqa: S608
        " JOIN checks c ON c.destination_id = e.destination_id AND c.finished_at = e.at"
        " WHERE e.destination_id IN ({ids}) AND e.id > :after AND e.verb IN ('active', 'error')"
        " AND d.deleted_at IS NULL ORDER BY e.id"
    )
    by_destination: dict[str, tuple[int, StatusChange]] = {}
    for row in store.fetch_by_ids(sql, destination_ids, {"after": after}):
        if (change := _to_change(row[1:])) is not None:
            by_destination[change.id] = (row[0], change)
    return sorted(by_destination.values(), key=lambda pair: pair[0])


def _to_change(row: Sequence[Any]) -> StatusChange | None:
    detail = loads(row[6])
    if BEFORE not in detail or row[5] is None:
        return None
    is_good = row[13] in ("passed", "warned")
    return StatusChange(
        id=row[0], name=row[1], type=row[2], before=Status(detail[BEFORE]),
        after=Status.ACTIVE if is_good else Status.ERROR, at=to_datetime(row[5]), reason=Reason(row[4]),
        diagnosis=diagnosis_of(row[7:13], detail), check_id=row[3],
    )  # fmt: skip
