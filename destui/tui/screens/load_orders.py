"""Load orders of all destinations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from destui.domain.event import Change
from destui.domain.units import count
from destui.tui import actions, order_actions
from destui.tui.actions import Action
from destui.tui.screens.order_list import OrderList
from destui.tui.widgets.chrome import TitleLine
from destui.tui.widgets.orders_view import OrdersView


class LoadOrdersScreen(OrderList):
    """The second page of the left menu."""

    MENU: ClassVar[str] = "load_orders"
    ACTIONS: ClassVar[tuple[Action, ...]] = order_actions.MENU_ACTIONS
    is_ready = False

    def compose_content(self) -> ComposeResult:
        """The title and the orders."""
        with Horizontal(classes="title-row"):
            yield TitleLine("load_orders", "Load orders")
        leads = ("1", "To the destinations; l on an Active one sets up a load")
        yield OrdersView(
            self.destui.clock, self.when, self.upcoming, leads, with_destination=True, id="all-orders"
        )  # fmt: skip

    def on_mount(self) -> None:
        """Read."""
        view = self.query_one(OrdersView)
        view.table.focus()
        self.reread()

    def on_screen_resume(self) -> None:
        """What changed while it was hidden."""
        super().on_screen_resume()
        self._start_orders()

    def store_changed(self, changes: list[Change]) -> None:
        """Reread what changed."""
        self.orders_changed(changes)

    def reread(self) -> None:
        """The store answers again."""
        self.reread_orders()

    async def _read_orders(self) -> None:
        """Keys typed ahead are about what is listed: without it there is no filter, and its letters are commands."""
        try:
            await super()._read_orders()
        finally:
            if not self.is_ready:
                self.call_after_refresh(self.become_ready)

    def orders_came(self) -> None:
        """How many there are."""
        self.query_one(TitleLine).show("Load orders", count(self.order_total) if self.order_total else "")

    def footer_actions(self) -> Iterable[Action]:
        """By what is under the cursor."""
        ends = (actions.HELP, actions.QUIT)
        if self.orders_view is not None and self.orders_view.known and not self.order_total:
            return (actions.DESTINATIONS, actions.ACTIVITY, *ends)
        back = (actions.BACK,) if self.order_back_title() else ()
        return (*order_actions.footer_of(self), *back, *ends)

    def back_title(self) -> str:
        """What escape takes back."""
        return self.order_back_title() or super().back_title()

    def go_back(self) -> object:
        """Escape takes back one thing, then leaves the page."""
        return None if self.order_back() else super().go_back()
