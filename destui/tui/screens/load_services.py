"""What the screens of load orders ask of the services. Called in threads; nothing heavy is imported before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from destui.domain.errors import NotFound
from destui.domain.loads import FileOptions, Mode, Preview
from destui.domain.orders import LoadOrder, LoadRun, OrderDraft, RunPoint

if TYPE_CHECKING:
    from destui.domain.destination import Destination
    from destui.services.context import Context
    from destui.services.loads import Saved

SPARK = 24
"""Runs in a spark line."""
BEFORE = 5
"""Runs that the details of an order list."""
NO_MARKERS = "LOAD-MARKER"
"""The code of a diagnosis: the table by which no run loads twice may not be made."""
SORTS = {"Name": "name", "Status": "status", "Last run": "last run", "Next run": "next run"}
"""Titles of columns, and what the services call the order by them."""


@dataclass(frozen=True)
class Page:
    """Load orders from the first on, and how many there are."""

    orders: tuple[LoadOrder, ...]
    total: int
    found: int
    """How many the filter finds; all where there is none."""


@dataclass(frozen=True)
class OrderDetails:
    """An order with its last runs, newest first, the log of the newest, and the rows of its last runs."""

    order: LoadOrder
    runs: tuple[LoadRun, ...]
    points: tuple[RunPoint, ...]
    log: tuple[str, ...] = ()


def page(ctx: Context, destination_id: str | None, count: int, title: str, descending: bool, pattern: str = "") -> Page:
    """The first `count` orders of one destination or of all, by the column of this title; those that a
    filter finds, best first."""
    from destui.services import loads

    sort = loads.OrderSort(loads.OrderKey(SORTS[title]), descending)
    total = loads.count(ctx, destination_id)
    if not pattern:
        return Page(tuple(loads.orders(ctx, destination_id, 0, count, sort)), total, total)
    ids = loads.matching(ctx, destination_id, pattern, sort)
    return Page(tuple(loads.orders_by_id(ctx, ids[:count])), total, len(ids))


def some(ctx: Context, ids: Sequence[str]) -> list[LoadOrder]:
    """These orders as they are now; the gone ones are left out."""
    from destui.services import loads

    return loads.orders_by_id(ctx, ids)


def details(ctx: Context, order_id: str, count: int = BEFORE) -> OrderDetails:
    """An order with its last runs. Raises NotFound."""
    from destui.services import loads

    order = loads.order(ctx, order_id)
    runs = loads.runs(ctx, order_id, 0, count)
    log = loads.run(ctx, runs[0].id).log if runs else ()
    return OrderDetails(order, tuple(runs), tuple(loads.recent(ctx, [order_id], SPARK)[order_id]), log)


def run(ctx: Context, run_id: str) -> LoadRun | None:
    """A run with its log; None when it is no longer kept."""
    from destui.services import loads

    try:
        return loads.run(ctx, run_id)
    except NotFound:
        return None


def why_not(ctx: Context, type_id: str) -> str | None:
    """Why nothing can be loaded into this type here; None when it can."""
    from destui.services import loads

    return loads.can_load_into(type_id)


def destination(ctx: Context, destination_id: str) -> Destination:
    """The destination. Raises NotFound."""
    from destui.services import destinations

    return destinations.get(ctx, destination_id)


def save(ctx: Context, draft: OrderDraft, run: bool) -> Saved:
    """Save it, and run it where asked. Raises InvalidInput, Conflict, NotFound."""
    from destui.services import loads

    return loads.save(ctx, draft, run=run)


def duplicate(ctx: Context, order_id: str) -> OrderDraft:
    """A form filled in like it, under a free name. Raises NotFound."""
    from destui.services import loads

    return loads.duplicate(ctx, order_id)


def run_now(ctx: Context, ids: Sequence[str]) -> dict[str, str]:
    """Order id → run id."""
    from destui.services import loads

    return loads.run_now(ctx, ids)


def pause(ctx: Context, ids: Sequence[str]) -> int:
    """How many rest now. Raises NotNow."""
    from destui.services import loads

    return loads.pause(ctx, ids)


def resume(ctx: Context, ids: Sequence[str]) -> int:
    """How many go on now."""
    from destui.services import loads

    return loads.resume(ctx, ids)


def stop(ctx: Context, ids: Sequence[str]) -> int:
    """How many runs were stopped."""
    from destui.services import loads

    return loads.stop_runs(ctx, ids)


def delete(ctx: Context, ids: Sequence[str]) -> int:
    """How many were deleted."""
    from destui.services import loads

    return loads.delete(ctx, ids)


def name_taken(ctx: Context, name: str, but_for: str | None) -> bool:
    """Whether another order has this name."""
    from destui.services import loads

    return loads.name_taken(ctx, name, but_for)


def sources(ctx: Context) -> list[tuple[str, str]]:
    """(name, id) of the destinations that can be read."""
    from destui.services import browse, load_sources
    from destui.services.browse import Order, SortKey

    rows = browse.page(ctx, Order(SortKey.NAME, descending=False), 0, MOST_NAMES)
    return [(row.name, row.id) for row in rows if row.type in load_sources.TARGETS]


MOST_NAMES = 1000
"""So many names of destinations are offered while a source is typed."""


def ask_preview(ctx: Context, draft: OrderDraft) -> str:
    """Have the worker look; the preview's id. Raises InvalidInput, NotFound."""
    from destui.services import load_sources

    return load_sources.preview_of(ctx, draft)


def ask_tables(ctx: Context, destination_id: str) -> str:
    """Have the worker look which tables there are; the preview's id. Raises NotFound."""
    from destui.services import load_sources

    return load_sources.preview(ctx, destination_id, "", FileOptions(), mode=Mode.APPEND)


def previewed(ctx: Context, preview_id: str) -> Preview | None:
    """What it shows; None while it is being made. Raises NotFound."""
    from destui.services import load_sources

    return load_sources.previewed(ctx, preview_id)


def cancel_preview(ctx: Context, preview_id: str) -> None:
    """Nobody waits for it any more."""
    from destui.services import load_sources

    load_sources.cancel_preview(ctx, preview_id)
