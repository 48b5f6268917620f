"""What lists show. Light: stands before the first rows, so it loads neither SQLAlchemy nor drivers."""

from __future__ import annotations

from collections.abc import Sequence

from destui.domain.destination import Destination, DestinationRow
from destui.domain.errors import NotFound
from destui.domain.event import Counts
from destui.services.context import Context
from destui.store import rows as store_rows
from destui.store.rows import Order, SortKey

__all__ = ["Order", "SortKey", "counts", "find", "matching", "name_taken", "page", "position", "rows", "tagged"]


def counts(ctx: Context) -> Counts:
    """How many of each status, the limit and the contact."""
    return store_rows.counts(ctx.store)


def page(ctx: Context, order: Order, offset: int, count: int) -> list[DestinationRow]:
    """Rows from rank `offset` on, at most `count`."""
    return store_rows.page(ctx.store, order, offset, count)


def rows(ctx: Context, ids: Sequence[str]) -> list[DestinationRow]:
    """These rows in this order; the gone ones are left out."""
    return store_rows.rows(ctx.store, ids)


def matching(ctx: Context, pattern: str, order: Order) -> list[str]:
    """Ids that a filter finds, best first."""
    return store_rows.matching(ctx.store, pattern, order)


def position(ctx: Context, order: Order, destination_id: str) -> int | None:
    """The rank of a row in an order, from 0; None when it is gone."""
    return store_rows.position(ctx.store, order, destination_id)


def name_taken(ctx: Context, name: str, but_for: str | None = None) -> bool:
    """Whether another destination has this name."""
    return store_rows.name_taken(ctx.store, name, but_for)


def find(ctx: Context, name: str) -> Destination:
    """A destination whole, by its name. Raises NotFound."""
    from destui.store import reading

    name = name.encode("utf-8", "replace").decode()  # bytes that are no text name nothing
    found = reading.by_name(ctx.store, name)
    if found is None:
        raise NotFound(f"There is no destination named {name or '(nothing)'}. See: destui list")
    return found


def tagged(ctx: Context, tag: str | None) -> list[Destination]:
    """Destinations whole, by name: those with this tag, or all."""
    from destui.store import reading

    return [d for d in reading.destinations(ctx.store) if tag is None or tag in d.tags]
