"""The window of destinations that is in memory: pages of rows by rank, and one consistent reading of the store.

The list is never read whole. It holds an LRU of pages around what is shown; what is not held yet is asked for.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from destui.domain.destination import DestinationRow
from destui.domain.event import Counts
from destui.services import browse
from destui.services.browse import Order, SortKey
from destui.services.context import Context

PAGE = 64
KEPT = 16
"""Pages in memory."""


@dataclass(frozen=True)
class View:
    """What is listed: the order and the filter."""

    order: Order = field(default_factory=Order)
    pattern: str = ""


class RowWindow:
    """Rows by rank. `generation` rises when ranks may have changed: what was asked for before is then refused."""

    def __init__(self) -> None:
        self.view = View()
        self.total = 0
        self.generation = 0
        self.ids: Sequence[str] | None = None
        """Under a filter: the ids that match, best first."""
        self._pages: OrderedDict[int, list[DestinationRow]] = OrderedDict()
        self._ranks: dict[str, int] = {}

    def row(self, rank: int) -> DestinationRow | None:
        """The row of this rank; None while it is not in memory."""
        number, offset = divmod(rank, PAGE)
        page = self._pages.get(number)
        return page[offset] if page is not None and offset < len(page) else None

    def rank(self, identity: str) -> int | None:
        """The rank of a row, when it is in memory."""
        return self._ranks.get(identity)

    def held(self) -> set[str]:
        """Ids of the rows in memory."""
        return set(self._ranks)

    def wanted(self, first: int, last: int) -> int | None:
        """The number of a page worth fetching while ranks `first` to `last` show: of those, then of the neighbours."""
        if not self.total:
            return None
        top, bottom = max(0, first) // PAGE, min(self.total - 1, last) // PAGE
        end = (self.total - 1) // PAGE
        near: list[int] = [*range(top, bottom + 1), bottom + 1, top - 1]
        for number in near:
            if 0 <= number <= end and number not in self._pages:
                return number
        return None

    def put(self, number: int, rows: list[DestinationRow]) -> None:
        """Hold a page; the one that was put longest ago goes."""
        self._pages[number] = rows
        self._pages.move_to_end(number)
        self._ranks.update((row.id, number * PAGE + offset) for offset, row in enumerate(rows))
        while len(self._pages) > KEPT:
            gone, old = self._pages.popitem(last=False)
            for row in old:
                if self._ranks.get(row.id, -1) // PAGE == gone:
                    del self._ranks[row.id]

    def replace(self, row: DestinationRow) -> int | None:
        """Put a newer state of a row in its place; its rank, or None when it is not in memory."""
        if (rank := self._ranks.get(row.id)) is None:
            return None
        number, offset = divmod(rank, PAGE)
        self._pages[number][offset] = row
        return int(rank)

    def take(self, reading: Reading) -> None:
        """Begin again from a reading."""
        self.view, self.total, self.ids = reading.view, reading.total, reading.ids
        self.generation += 1
        self._pages.clear()
        self._ranks.clear()
        for number, rows in reading.pages.items():
            self.put(number, rows)


@dataclass(frozen=True)
class Place:
    """Where the list stands: the row under the cursor, how many rows of the screen are above it, how many there are
    on a screen. A list at its top stays there, whatever comes in above."""

    identity: str | None = None
    rank: int = 0
    above: int = 0
    height: int = 64
    at_top: bool = True

    def first(self, rank: int) -> int:
        """The rank at the top of the screen once the cursor's row has `rank`."""
        return 0 if self.at_top and rank < self.height else max(0, rank - self.above)


@dataclass(frozen=True)
class Reading:
    """The store at one moment, as far as the list shows it."""

    view: View
    counts: Counts
    total: int
    """Rows of the list: all, or those that match."""
    ids: Sequence[str] | None
    pages: dict[int, list[DestinationRow]]
    rank: int
    """The cursor's."""
    first: int
    """The rank at the top of the screen."""


def read(ctx: Context, view: View, place: Place) -> Reading:
    """Read what the list shows, with the cursor kept on its row. Raises StoreUnavailable."""
    counts = browse.counts(ctx)
    ids = browse.matching(ctx, view.pattern, view.order) if view.pattern else None
    total = counts.total if ids is None else len(ids)
    rank = _rank(ctx, view, ids, place)
    rank = max(0, min(place.rank if rank is None else rank, total - 1))
    first = min(place.first(rank), max(0, total - place.height))
    last = max(0, min(total, first + place.height) - 1)
    pages = {n: read_page(ctx, view, ids, n) for n in range(first // PAGE, last // PAGE + 1)} if total else {}
    return Reading(view, counts, total, ids, pages, rank, first)


def _rank(ctx: Context, view: View, ids: Sequence[str] | None, place: Place) -> int | None:
    if place.identity is None:
        return None
    if ids is not None:
        return ids.index(place.identity) if place.identity in ids else 0
    return browse.position(ctx, view.order, place.identity)


def read_page(ctx: Context, view: View, ids: Sequence[str] | None, number: int) -> list[DestinationRow]:
    """One page. Raises StoreUnavailable."""
    if ids is not None:
        return browse.rows(ctx, ids[number * PAGE : (number + 1) * PAGE])
    return browse.page(ctx, view.order, number * PAGE, PAGE)


def moves(view: View, old: DestinationRow, new: DestinationRow) -> bool:
    """Whether the newer state of a row may stand elsewhere in the list, or outside its filter."""
    if view.pattern:
        return old.name != new.name or old.status != new.status or old.tags != new.tags
    match view.order.key:
        case SortKey.NAME:
            return old.name != new.name
        case SortKey.CONNECTED_BY:
            return old.connected_by != new.connected_by
        case SortKey.STATUS:
            return old.status != new.status or old.name != new.name
        case _:
            return old.updated_at != new.updated_at


def changed(old: Iterable[tuple[int, DestinationRow | None]], window: RowWindow) -> list[int]:
    """Ranks whose row is not the one it was."""
    return [rank for rank, row in old if window.row(rank) != row]
