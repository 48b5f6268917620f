"""What the page of a destination asks of the services. Called in threads; nothing heavy is imported before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from destui.domain.check import Check
from destui.domain.destination import Destination
from destui.domain.event import Event

if TYPE_CHECKING:
    from destui.services.context import Context
    from destui.tui.widgets.forms import FormData


def get(ctx: Context, destination_id: str) -> Destination:
    """The destination. Raises NotFound, StoreUnavailable."""
    from destui.services import destinations

    return destinations.get(ctx, destination_id)


def checks(ctx: Context, destination_id: str, count: int) -> list[Check]:
    """The newest checks."""
    from destui.services import checks

    return checks.history(ctx, destination_id, 0, count)


def events(ctx: Context, destination_id: str, count: int) -> list[Event]:
    """The newest events."""
    from destui.services import events

    return events.page(ctx, 0, count, destination_id)


def request_check(ctx: Context, destination_id: str) -> str | None:
    """Ask for a check; its id."""
    from destui.services import checks

    return checks.request(ctx, [destination_id]).get(destination_id)


def stop_check(ctx: Context, destination_id: str) -> bool:
    """Stop what runs on it."""
    from destui.services import checks

    return checks.cancel(ctx, destination_id=destination_id)


def edit(ctx: Context, destination: Destination, version: int, data: FormData) -> str | None:
    """Save what the form says and what differs; the id of the check where connection fields changed."""
    from destui.services import destinations

    moved = data.values != dict(destination.fields) or bool(data.secrets)
    return destinations.edit(
        ctx, destination.id, version,
        name=data.name if data.name != destination.name else None,
        tags=data.tags if data.tags != destination.tags else None,
        values=data.values if moved else None,
        secrets=data.secrets or None,
    )  # fmt: skip


def rollback(ctx: Context, destination_id: str) -> str:
    """Go back to the version before; the id of the check that follows."""
    from destui.services import rotation

    return rotation.rollback(ctx, destination_id)
