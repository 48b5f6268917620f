"""A list of load orders with its details under it, or what stands there while there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from destui.domain.orders import LoadOrder
from destui.tui.theme import ink_of
from destui.tui.widgets.filter_row import FilterField
from destui.tui.widgets.line import Lines, Runs
from destui.tui.widgets.load_pane import LoadDetails, LoadPane, Moment
from destui.tui.widgets.order_table import OrderTable


class NoOrders(Lines):
    """What stands where there are none. `key` leads on, and `does` says to what."""

    def __init__(self, key: str, does: str) -> None:
        super().__init__(classes="no-orders")
        self._key, self._does = key, does
        self.filtered = False

    def show(self, *, filtered: bool) -> None:
        """There are none, or none that the filter finds."""
        if filtered != self.filtered:
            self.filtered = filtered
            self.refresh(layout=True)

    def lines(self, cells: int) -> list[Runs]:
        """The words."""
        ink = ink_of(self)
        if self.filtered:
            clear: Runs = [("escape", ink.strong), ("  Clear it", ink.muted)]
            return [[("Nothing matches this filter.", ink.strong)], [], clear]
        rows: list[Runs] = [
            [("No load orders yet", ink.strong)],
            [],
            [("A load order is a standing order to load a source into", ink.text)],
            [("a table of a destination: now, or by a schedule.", ink.text)],
        ]
        return [*rows, [], [(self._key, ink.strong), (f"  {self._does}", ink.muted)]] if self._does else rows


class FoundLine(Lines):
    """`2 of 12`, at the right of the filter."""

    _told = ""

    def show(self, found: int, total: int) -> None:
        """Change what it says."""
        if (told := f"{found:,} of {total:,}") != self._told:
            self._told = told
            self.refresh()

    def lines(self, cells: int) -> list[Runs]:
        """The one row."""
        return [[(self._told.rjust(cells), ink_of(self).muted)]]


FILTER_HINT = "/ filter by name, destination, table, source, status"


class OrdersView(Vertical):
    """Shows what it is given; the screen reads, and hears of clicks, moves and the filter by messages. The filter's row
    is there while it is typed, or in force."""

    def __init__(
        self, clock: Callable[[], datetime], past: Moment, future: Moment, empty: tuple[str, str], *,
        with_destination: bool, id: str,
    ) -> None:  # fmt: skip
        """`past` and `future` write a moment; `empty` is the key that leads on where there are none, and where to."""
        super().__init__(id=id, classes="orders-view")
        self.table = OrderTable(past, future, id="orders")
        self.table.with_destination = with_destination
        self.pane = LoadPane(clock, past, future, id="order-pane")
        self.filter = FilterField(hint=FILTER_HINT)
        """Where a filter is typed."""
        self._found = FoundLine()
        self._empty = NoOrders(*empty)
        self.known = False
        """The first orders have been read."""

    def compose(self) -> ComposeResult:
        """The filter and the table above, the details below."""
        with Horizontal(classes="filter-row"):
            yield self.filter
            yield self._found
        yield self.table
        yield self._empty
        yield self.pane

    def on_mount(self) -> None:
        """Nothing is known yet."""
        self._empty.display = self.pane.display = self.query_one(".filter-row").display = False

    def open_filter(self) -> None:
        """Begin typing a filter."""
        self.query_one(".filter-row").display = True
        self.filter.open()
        self.filter.query("FilterInput").focus()

    def close_filter(self, pattern: str) -> None:
        """End typing; `pattern` stays in force."""
        self.filter.set_pattern(pattern)
        if self.filter.is_open:
            self.filter.close()
            self.table.focus()
        self.query_one(".filter-row").display = bool(pattern)

    def show(
        self, orders: Sequence[LoadOrder], *, complete: bool, pattern: str = "", found: int = 0, total: int = 0
    ) -> None:
        """Show these; where a filter finds them, `found` of `total`."""
        self.known = True
        self.table.show(orders, complete=complete, pattern=pattern)
        self._empty.show(filtered=bool(pattern))
        self._found.show(found, total)
        if self.table.display != bool(orders):
            self.table.display, self._empty.display = bool(orders), not orders
            if orders and not self.filter.is_open and self.screen.focused is None:
                self.table.focus()  # it was hidden
        elif not orders:
            self._empty.display = True
        if not orders:
            self.hide_details()

    def show_details(self, details: LoadDetails) -> None:
        """Show these under the table."""
        self.pane.display = True
        self.pane.show(details)

    def hide_details(self) -> None:
        """Only the table."""
        self.pane.display = False
