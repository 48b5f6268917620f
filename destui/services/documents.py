"""Destinations as scripts read them. Light as `destui list --json` must be: no dataclasses, no SQLAlchemy."""

from __future__ import annotations

from destui.services.context import Context
from destui.store import documents

TYPE_CHECKING = False  # `typing` itself would cost its import
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any


def destinations(
    ctx: Context, *, status: str | None = None, tag: str | None = None, name: str | None = None
) -> list[dict[str, Any]]:
    """Those with this status, tag and name, by name; the guide has the keys."""
    return documents.destinations(ctx.store, status=status, tag=tag, name=name)


def lacks_worker(ctx: Context) -> bool:
    """Whether something may have to be done for which no worker of an embedded store is alive; asked lightly."""
    return documents.lacks_worker(ctx.store)


def rfc3339(moment: datetime) -> str:
    """A time as scripts read it: UTC, to the millisecond."""
    from destui.store.times import to_us

    return documents.rfc3339(to_us(moment))
