"""The audit trail."""

from __future__ import annotations

from destui.domain.event import Event
from destui.services.context import Context
from destui.store import events


def page(ctx: Context, offset: int, count: int, destination_id: str | None = None) -> list[Event]:
    """Events, newest first, of all or of one destination."""
    return events.page(ctx.store, offset, count, destination_id)
