"""Whole destinations and checks with their ladders, read without SQLAlchemy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json import loads
from typing import Any

from destui.domain.check import Check, CheckState, Diagnosis, Reason, Step, StepState
from destui.domain.destination import Destination, Status
from destui.domain.fields import Fields
from destui.store.documents import LOAD_ORDERS, MORE, SHOWN
from destui.store.engine import Store
from destui.store.times import optional, to_datetime

_DESTINATION = (
    "r.id, r.name, r.type, r.status, r.connected_by, r.updated_at, r.tags, r.version, r.fields, r.created_at, r.host,"
    f" r.failing_since, r.previous_fields, s.names, {SHOWN}, {LOAD_ORDERS}"
)
_CHECK = (
    "c.id, c.destination_id, c.reason, c.state, c.by, c.created_at, c.started_at, c.finished_at, c.attempt,"
    " c.failed_step, c.code, c.causes, c.cause, c.fix, c.message, c.waits_for, c.detail"
)

DRIVER_CODE, OWN, BEFORE = "driver code", "own words", "status before"
"""What the detail of a check keeps beside its facts and `MORE`: the diagnosis's code of the driver's own, that its
words are destui's own, and the destination's status where the check has changed it."""


def destinations(
    store: Store,
    where: str = "1 = 1",
    parameters: Mapping[str, Any] | None = None,
    *,
    tail: str = "ORDER BY r.name_key, r.id",
) -> list[Destination]:
    """Whole destinations with the check to show. `where` speaks of the view `r` and comes from this layer alone."""
    sql = (
        f"SELECT {_DESTINATION} FROM destination_rows r LEFT JOIN secrets s ON s.id = r.secret_id WHERE {where} {tail}"  # noqa: S608
    )
    found = store.fetch(sql, parameters)
    shown = checks_by_id(store, [row[14] for row in found if row[14]])
    return [_to_destination(row, shown.get(row[14])) for row in found]


def by_id(store: Store, destination_id: str) -> Destination | None:
    """One destination, not in the trash."""
    found = destinations(store, "r.id = :id", {"id": destination_id})
    return found[0] if found else None


def by_name(store: Store, name: str) -> Destination | None:
    """One destination, not in the trash."""
    found = destinations(store, "r.name = :name", {"name": name})
    return found[0] if found else None


def _to_destination(row: Sequence[Any], check: Check | None) -> Destination:
    return Destination(
        id=row[0],
        name=row[1],
        type=row[2],
        status=Status(row[3]),
        connected_by=row[4],
        updated_at=to_datetime(row[5]),
        tags=tuple(loads(row[6])),
        version=row[7],
        fields=loads(row[8]),
        created_at=to_datetime(row[9]),
        host=row[10],
        failing_since=optional(row[11]),
        can_roll_back=row[12] is not None,
        secret_names=tuple(loads(row[13])) if row[13] else (),
        check=check,
        load_orders=row[15],
    )


def checks_by_id(store: Store, ids: Sequence[str]) -> dict[str, Check]:
    """Checks with their steps."""
    steps: dict[str, list[Step]] = {}
    for row in store.fetch_by_ids(
        "SELECT check_id, name, state, ms, message, started_at, deadline FROM check_steps"
        " WHERE check_id IN ({ids}) ORDER BY check_id, position",
        ids,
    ):
        steps.setdefault(row[0], []).append(_to_step(row))
    sql = f"SELECT {_CHECK} FROM checks c WHERE c.id IN ({{ids}})"  # noqa: S608
    return {row[0]: _to_check(row, tuple(steps.get(row[0], ()))) for row in store.fetch_by_ids(sql, ids)}


def history(store: Store, destination_id: str, offset: int, count: int) -> list[Check]:
    """Checks of a destination, newest first."""
    ids = [
        row[0]
        for row in store.fetch(
            "SELECT id FROM checks WHERE destination_id = :id"
            " ORDER BY created_at DESC, id DESC LIMIT :count OFFSET :offset",
            {"id": destination_id, "count": count, "offset": offset},
        )
    ]
    found = checks_by_id(store, ids)
    return [found[identity] for identity in ids if identity in found]


@dataclass(frozen=True)
class Subject:
    """What a check is run against: the candidate's or draft's values, or the destination's own."""

    type: str
    fields: Fields
    secret_id: str | None
    waits_for: str
    """What the check says that it waits for."""


def subject(store: Store, check_id: str) -> Subject | None:
    """What a check is run against; None when it or its destination is gone."""
    found = store.fetch(
        "SELECT c.type, coalesce(c.fields, d.fields), CASE WHEN c.reason = 'draft' THEN c.secret_id"
        " ELSE coalesce(c.secret_id, d.secret_id) END, c.waits_for"
        " FROM checks c LEFT JOIN destinations d ON d.id = c.destination_id WHERE c.id = :id",
        {"id": check_id},
    )
    if not found or found[0][1] is None:
        return None
    return Subject(found[0][0], loads(found[0][1]), found[0][2], found[0][3])


def _to_step(row: Sequence[Any]) -> Step:
    return Step(
        name=row[1],
        state=StepState(row[2]),
        ms=row[3],
        message=row[4],
        started_at=optional(row[5]),
        deadline=None if row[6] is None else row[6] / 1000,
    )


def _to_check(row: Sequence[Any], steps: tuple[Step, ...]) -> Check:
    detail = loads(row[16])
    diagnosis = diagnosis_of(row[9:15], detail)
    more, *_ = (detail.pop(name, "") for name in (MORE, DRIVER_CODE, OWN, BEFORE))
    return Check(
        id=row[0],
        destination_id=row[1],
        reason=Reason(row[2]),
        state=CheckState(row[3]),
        by=row[4],
        created_at=to_datetime(row[5]),
        started_at=optional(row[6]),
        finished_at=optional(row[7]),
        attempt=row[8],
        steps=steps,
        diagnosis=diagnosis,
        waits_for=row[15],
        detail=detail,
        more=more,
    )


def diagnosis_of(row: Sequence[Any], detail: Mapping[str, str]) -> Diagnosis | None:
    """The diagnosis of a check, of its columns `failed_step, code, causes, cause, fix, message`; None without one."""
    step, code, causes, cause, fix, message = row
    if code is None:
        return None
    return Diagnosis(
        step or "", code, tuple(loads(causes or "[]")), cause or "", fix or "", message or "",
        driver_code=detail.get(DRIVER_CODE, ""), is_own=OWN in detail,
    )  # fmt: skip
