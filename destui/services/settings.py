"""Settings of the store that people change."""

from __future__ import annotations

from destui.domain.errors import InvalidInput, Problem
from destui.domain.safe import visible
from destui.services.context import Context
from destui.store import events, settings

MOST = 10_000_000
"""The highest limit."""


def set_limit(ctx: Context, limit: int) -> None:
    """Allow `limit` destinations; under the present count it only disables adding. Raises InvalidInput."""
    if not 0 <= limit <= MOST:
        raise InvalidInput([Problem("limit", f"Give a whole number from 0 to {MOST}, such as 25.")])
    with ctx.store.write() as tx:
        settings.write(tx, "limit", str(limit))
        events.append(tx, who=ctx.user, host=ctx.host, verb="limit", detail=str(limit))


def get_contact(ctx: Context) -> str:
    """Whom to ask to raise the limit."""
    return settings.read(ctx.store, "contact") or ""


def set_contact(ctx: Context, text: str) -> None:
    """Name whom to ask; empty takes it away. Raises InvalidInput."""
    if len(text) > 200 or visible(text) != text:
        raise InvalidInput([Problem("contact", "Give one line of at most 200 characters.")])
    with ctx.store.write() as tx:
        settings.write(tx, "contact", text.strip() or None)
        events.append(tx, who=ctx.user, host=ctx.host, verb="contact", detail=text.strip())
