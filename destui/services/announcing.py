"""Changes of status that checks have brought about, for interfaces that announce them."""

from __future__ import annotations

from collections.abc import Sequence

from destui.domain.announcement import StatusChange
from destui.services.context import Context
from destui.store import announcing


def last_event(ctx: Context) -> int:
    """Where announcing begins: the number of the newest event."""
    return announcing.last_event(ctx.store)


def newest(ctx: Context, destination_ids: Sequence[str], after: int) -> list[tuple[int, StatusChange]]:
    """The newest change of each of these destinations after an event, each with its own event's number."""
    return announcing.newest(ctx.store, destination_ids, after)
