"""Looking at one destination in the store and, as the worker would, through the vault."""

from __future__ import annotations

from json import loads
from typing import Any

from destui.domain.check import CheckState, Reason
from destui.domain.errors import SecretLost
from destui.services.context import Context
from tests.torture.model import Seen

_ROW = (
    "SELECT name, tags, deleted_at, status, fields, secret_id, previous_fields, previous_secret_id, version, config"
    " FROM destinations WHERE id = :id"
)
_CANDIDATE = (
    "SELECT c.fields, coalesce(c.secret_id, d.secret_id) FROM jobs j JOIN checks c ON c.id = j.check_id"
    " JOIN destinations d ON d.id = c.destination_id"
    " WHERE j.destination_id = :id AND j.kind = 'rotation' AND j.state <> 'done'"
)
_ENDED = (
    "SELECT code, reason, state FROM checks WHERE destination_id = :id AND finished_at IS NOT NULL"
    " ORDER BY finished_at, id"
)
_OPEN = "SELECT 1 FROM jobs WHERE destination_id = :id AND state <> 'done'"
Ended = tuple[str | None, str, str]
"""A check's code, its reason and its state."""
LOST = "(the vault does not hold it)"


def find(ctx: Context, name: str) -> str | None:
    """The id of the destination of this name, not in the trash."""
    found = ctx.store.fetch("SELECT id FROM destinations WHERE name = :n AND deleted_at IS NULL", {"n": name})
    return found[0][0] if found else None


def look(ctx: Context, identity: str) -> Seen | None:
    """What is there; None when it is gone. Read again when the worker changed it in the middle."""
    while True:
        before = _read(ctx, identity)
        if before is None:
            return None
        row, candidate, ended, is_open = before
        passwords = [_password(ctx, secret) for secret in (row[5], row[7], candidate and candidate[1])]
        if _read(ctx, identity) == before:
            return _seen(row, candidate, ended, is_open, *passwords)


def _read(ctx: Context, identity: str) -> tuple[Any, Any, tuple[Ended, ...], bool] | None:
    where = {"id": identity}
    rows = ctx.store.fetch(_ROW, where)
    if not rows:
        return None
    candidates = ctx.store.fetch(_CANDIDATE, where)
    ended = tuple((code, reason, state) for code, reason, state in ctx.store.fetch(_ENDED, where))
    return tuple(rows[0]), tuple(candidates[0]) if candidates else None, ended, bool(ctx.store.fetch(_OPEN, where))


def _password(ctx: Context, secret_id: str | None) -> str | None:
    if secret_id is None:
        return None
    try:
        return ctx.vault.read(secret_id)["password"].reveal()
    except SecretLost:
        return LOST


def _seen(
    row: Any, candidate: Any, ended: tuple[Ended, ...], is_open: bool, current: str | None, previous: str | None,
    candidates: str | None,
) -> Seen:  # fmt: skip
    return Seen(
        name=row[0],
        tags=tuple(loads(row[1])),
        trashed=row[2] is not None,
        status=row[3],
        fields=_texts(row[4]),
        password=current,
        previous_fields=_texts(row[6]) if row[6] else None,
        previous_password=previous if row[6] else None,
        candidate_fields=_texts(candidate[0]) if candidate else None,
        candidate_password=candidates if candidate else None,
        has_open_jobs=is_open,
        codes=frozenset(code for code, *_ in ended if code),
        deciding_code=next((code for code, *how in reversed(ended) if not _kept(*how)), None),
    )


def _kept(reason: str, state: str) -> bool:
    """Whether a check ended in a refused candidate: that says nothing about what is current, and changes no status."""
    return reason == Reason.REAUTHORISE and not CheckState(state).is_good


def _texts(fields: str) -> dict[str, str]:
    return {name: str(value) for name, value in loads(fields).items()}
