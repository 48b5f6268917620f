"""A list of load orders with its details under it, or what stands there while there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Vertical

from destui.domain.orders import LoadOrder
from destui.tui.theme import ink_of
from destui.tui.widgets.line import Lines, Runs
from destui.tui.widgets.load_pane import LoadDetails, LoadPane, Moment
from destui.tui.widgets.order_table import OrderTable


class NoOrders(Lines):
    """What stands where there are none. `key` leads on, and `does` says to what."""

    def __init__(self, key: str, does: str) -> None:
        super().__init__(classes="no-orders")
        self._key, self._does = key, does

    def lines(self, cells: int) -> list[Runs]:
        """The words."""
        ink = ink_of(self)
        rows: list[Runs] = [
            [("No load orders yet", ink.strong)],
            [],
            [("A load order is a standing order to load a source into", ink.text)],
            [("a table of a destination: now, or by a schedule.", ink.text)],
        ]
        return [*rows, [], [(self._key, ink.strong), (f"  {self._does}", ink.muted)]] if self._does else rows


class OrdersView(Vertical):
    """Shows what it is given; the screen reads, and hears of clicks and moves by the table's messages."""

    def __init__(
        self, clock: Callable[[], datetime], past: Moment, future: Moment, empty: tuple[str, str], *,
        with_destination: bool, id: str,
    ) -> None:  # fmt: skip
        """`past` and `future` write a moment; `empty` is the key that leads on where there are none, and where to."""
        super().__init__(id=id, classes="orders-view")
        self.table = OrderTable(past, future, id="orders")
        self.table.with_destination = with_destination
        self.pane = LoadPane(clock, past, future, id="order-pane")
        self._empty = NoOrders(*empty)
        self.known = False
        """The first orders have been read."""

    def compose(self) -> ComposeResult:
        """The table above, the details below."""
        yield self.table
        yield self._empty
        yield self.pane

    def on_mount(self) -> None:
        """Nothing is known yet."""
        self._empty.display = self.pane.display = False

    def show(self, orders: Sequence[LoadOrder], *, complete: bool) -> None:
        """Show these."""
        self.known = True
        self.table.show(orders, complete=complete)
        if self.table.display != bool(orders):
            self.table.display, self._empty.display = bool(orders), not orders
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
