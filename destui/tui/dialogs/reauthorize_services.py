"""What re-authorising asks of the services. Called in threads; nothing heavy is imported before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from destui.domain.destination import Destination
from destui.domain.secret import Secret

if TYPE_CHECKING:
    from destui.services.context import Context

_SET = ("added", "re-authorised", "rolled back")
"""Verbs of the events after which other credentials are in use."""


def get(ctx: Context, destination_id: str) -> Destination:
    """The destination. Raises NotFound."""
    from destui.services import destinations

    return destinations.get(ctx, destination_id)


def reauthorize(
    ctx: Context, destination_id: str, version: int, values: Mapping[str, object], secrets: Mapping[str, Secret]
) -> str:
    """Have the candidate checked; the check's id."""
    from destui.services import rotation

    return rotation.reauthorize(ctx, destination_id, version, values, secrets)


def rollback(ctx: Context, destination_id: str) -> str:
    """Go back to the version before; the id of the check that follows."""
    from destui.services import rotation

    return rotation.rollback(ctx, destination_id)


def in_use_since(ctx: Context, destination_id: str) -> tuple[datetime, str] | None:
    """Since when the present credentials are in use, and who set them; None when the trail does not say."""
    from destui.services import events

    for event in events.page(ctx, 0, 200, destination_id):
        if event.verb in _SET:
            return event.at, event.who
    return None
