"""Reading load orders for a screen that lists them, as they change."""

from __future__ import annotations

import asyncio
from time import monotonic

from textual import on

from destui.domain.errors import NotFound, StoreUnavailable
from destui.domain.event import Change
from destui.domain.orders import LoadOrder
from destui.tui.actions import key_label
from destui.tui.background import in_thread
from destui.tui.screens import load_services
from destui.tui.screens.order_verbs import OrderVerbs
from destui.tui.widgets.filter_row import FilterField
from destui.tui.widgets.footer import Key
from destui.tui.widgets.load_pane import LoadDetails
from destui.tui.widgets.order_table import NAME, OrderTable
from destui.tui.widgets.orders_view import OrdersView
from destui.tui.widgets.records import Records

PAGE = 200
"""Orders read at a time."""
PACE = 0.25
"""Seconds between two readings: so often at most a run's progress is drawn."""


class OrderList(OrderVerbs):
    """Lists the orders of `order_scope`, a destination's id, or of all. What changes is reread, and nothing else."""

    order_scope: str | None = None

    def __init__(self) -> None:
        super().__init__()
        self.order_pattern = ""
        """The filter that is in force."""
        self._order_count = PAGE
        self._order_ids: set[str] = set()
        """Ids that changed and were not reread yet."""
        self._all_orders = self._order_moved = False
        self._reading_orders = False
        self._orders_read_at = 0.0
        self._held_for_orders = -1
        """What keys wait for while another filter is read."""

    # What the actions ask about

    @property
    def orders_view(self) -> OrdersView | None:
        """The list, once it is there."""
        return next(iter(self.query(OrdersView)), None)

    @property
    def order(self) -> LoadOrder | None:
        """The order under the cursor."""
        return self.orders_view.table.item if self.orders_view else None

    @property
    def selected_orders(self) -> set[str]:
        """Ids selected for a bulk action."""
        return self.orders_view.table.selected if self.orders_view else set()

    @property
    def target_orders(self) -> list[LoadOrder]:
        """What a bulk action is about."""
        view = self.orders_view
        if view is None or not view.table.selected:
            return super().target_orders
        return [order for order in view.table.items if order.id in view.table.selected]

    @property
    def order_details_overflow(self) -> bool:
        """The details are longer than their pane."""
        view = self.orders_view
        return view is not None and self.order_details_open and view.pane.max_scroll_y > 0

    def scroll_order_details(self, rows: int) -> None:
        """Scroll the details."""
        if self.orders_view:
            self.orders_view.pane.scroll_relative(y=rows, animate=False)

    # Reading

    def orders_changed(self, changes: list[Change]) -> None:
        """Reread the orders that are among these."""
        for change in changes:
            if change.entity == "order" and not change.removed:
                self._order_ids.add(change.row_id)
            elif change.entity in ("order", "destination", "all"):
                self._all_orders = True
        self._start_orders()

    def reread_orders(self) -> None:
        """Read the list anew."""
        self._all_orders = True
        self._start_orders()

    def _start_orders(self) -> None:
        seen = self.orders_view is not None and self in self.app.screen_stack
        if seen and not self._reading_orders and self._orders_wanted:
            self._reading_orders = True
            self.run_worker(self._read_orders(), group="orders", exit_on_error=False)

    @property
    def _orders_wanted(self) -> bool:
        return self._all_orders or self._order_moved or bool(self._order_ids)

    async def _read_orders(self) -> None:
        """One reading at a time, and not more often than what is seen may move."""
        try:
            while self._orders_wanted and self.orders_view is not None:
                if not (self._all_orders or self._order_moved):
                    await asyncio.sleep(max(0.0, self._orders_read_at + PACE - monotonic()))
                self._orders_read_at = monotonic()
                await self._read_round(self.orders_view)
        except StoreUnavailable as error:
            self._all_orders = True
            self.destui.store_lost(str(error))
        finally:
            self._reading_orders = False
            self.destui.held_keys.let_go(self._held_for_orders)

    async def _read_round(self, view: OrdersView) -> None:
        whole, ids, moved = self._all_orders, self._order_ids, self._order_moved
        self._all_orders, self._order_ids, self._order_moved = False, set(), False
        if not whole and ids:
            # A row that has changed may no longer be what the filter looks for.
            whole = bool(self.order_pattern) or not await self._read_some(view, ids)
        if whole or not view.known:
            title, descending = view.table.sorted_by
            count, pattern = self._order_count, self.order_pattern
            page = await in_thread(load_services.page, self.ctx, self.order_scope, count, title, descending, pattern)
            self.order_total = page.total
            complete = len(page.orders) >= page.found
            view.show(page.orders, complete=complete, pattern=pattern, found=page.found, total=page.total)
            self.orders_came()
        if self.order_details_open and (moved or whole or (self.order and self.order.id in ids)):
            await self._read_details(view)
        self.update_footer()

    async def _read_some(self, view: OrdersView, ids: set[str]) -> bool:
        """Reread rows that stay where they are; False when one may move, comes or goes."""
        held = {order.id: order for order in view.table.items}
        mine = [identity for identity in ids if identity in held]
        if len(mine) < len(ids) and (self.order_scope is None or view.table.complete):
            return False  # it may be a new one
        found = {order.id: order for order in await in_thread(load_services.some, self.ctx, mine)}
        if len(found) < len(mine):
            return False
        if view.table.sorted_by[0] != NAME or any(found[i].name != held[i].name for i in mine):
            return False
        view.show([found.get(order.id, order) for order in view.table.items], complete=view.table.complete)
        return True

    async def _read_details(self, view: OrdersView) -> None:
        if (order := self.order) is None:
            return
        try:
            found = await in_thread(load_services.details, self.ctx, order.id)
        except NotFound:
            return  # its going is a change too
        if self.order_details_open and self.order is not None and self.order.id == order.id:
            view.show_details(LoadDetails(found.order, found.runs[1:], found.points))

    def orders_came(self) -> None:
        """The list was read anew."""

    # Moving

    @on(Records.Wanted)
    def _orders_wanted_more(self, event: Records.Wanted) -> None:
        view = self.orders_view
        if view is None or event.records is not view.table:
            return
        event.stop()
        if isinstance(event, Records.Chosen):
            self._order_moved = self.order_details_open
            self.update_footer()
        elif not view.table.complete and len(view.table.items) == self._order_count:
            self._order_count += PAGE
            self._all_orders = True
        self._start_orders()

    @on(OrderTable.Opened)
    async def _order_opened(self) -> None:
        await self.action_do("open_order")

    @on(OrderTable.HeaderPointed)
    def _order_header(self, event: OrderTable.HeaderPointed) -> None:
        if (view := self.orders_view) and event.title in load_services.SORTS:
            title, descending = view.table.sorted_by
            self._sort_by(event.title, not descending if event.title == title else False)

    def sort_orders(self) -> None:
        """Sort by the next column."""
        if view := self.orders_view:
            titles = list(load_services.SORTS)
            self._sort_by(titles[(titles.index(view.table.sorted_by[0]) + 1) % len(titles)], False)

    def reverse_orders(self) -> None:
        """The other way round."""
        if view := self.orders_view:
            title, descending = view.table.sorted_by
            self._sort_by(title, not descending)

    def _sort_by(self, title: str, descending: bool) -> None:
        if view := self.orders_view:
            view.table.sorted_by = (title, descending)
            view.table.refresh()
            self.reread_orders()

    # The filter

    def open_order_filter(self) -> None:
        """Type a filter."""
        if view := self.orders_view:
            view.open_filter()
            self.update_footer()

    @on(FilterField.Changed)
    def _order_filter_typed(self, event: FilterField.Changed) -> None:
        event.stop()
        self._filter_orders(event.pattern.strip())

    @on(FilterField.Left)
    def _order_filter_left(self, event: FilterField.Left) -> None:
        event.stop()
        self._close_order_filter()
        if self._reading_orders:  # what is typed next is about what will then be listed
            self._held_for_orders = self.destui.held_keys.hold()

    def _filter_orders(self, pattern: str) -> None:
        if pattern != self.order_pattern:
            self.order_pattern = pattern
            self._order_count = PAGE
            self.reread_orders()

    def _close_order_filter(self) -> None:
        if view := self.orders_view:
            view.close_filter(self.order_pattern)
            self.call_after_refresh(self.update_footer)

    def action_clear_filter(self) -> None:
        """Show all again."""
        self._filter_orders("")
        self._close_order_filter()

    def action_move(self, how: str) -> None:
        """Move the list's cursor while a filter is typed."""
        if view := self.orders_view:
            getattr(view.table, f"action_{how}")()

    def footer_keys(self) -> list[Key]:
        """While a filter is typed its own keys."""
        if (view := self.orders_view) is None or not view.filter.is_open:
            return super().footer_keys()
        ascii_only = self.app.has_class("-ascii")
        arrows = f"{key_label('up', ascii_only)} {key_label('down', ascii_only)}"
        return [
            Key("", "enter", "Back to the list"), Key("", arrows, "Move"), Key("back", "escape", "Clear", pinned=True),
        ]  # fmt: skip

    # Details and selection

    def toggle_order_details(self) -> None:
        """Show the details of the order under the cursor, or hide them."""
        if self.order_details_open:
            self.close_order_details()
        else:
            self.order_details_open = self._order_moved = True
            self._start_orders()

    def close_order_details(self) -> None:
        """Hide the details."""
        self.order_details_open = False
        if self.orders_view:
            self.orders_view.hide_details()
        self.update_footer()

    def toggle_order_selected(self) -> None:
        """Select the order under the cursor, or no longer; the cursor goes on to the next."""
        view, order = self.orders_view, self.order
        if view is not None and order is not None:
            view.table.selected.symmetric_difference_update({order.id})
            view.table.refresh_ids([order.id])
            view.table.action_cursor_down()
            self.update_footer()

    def forget_order_selection(self) -> None:
        """Nothing is selected any more."""
        if view := self.orders_view:
            was = list(view.table.selected)
            view.table.selected.clear()
            view.table.refresh_ids(was)
            self.update_footer()

    def order_back_title(self) -> str:
        """What escape takes back in the list; empty when there is nothing."""
        if self.selected_orders or not self.order_pattern:
            return "Select none" if self.selected_orders else "Close" if self.order_details_open else ""
        return "Clear the filter"

    def order_back(self) -> bool:
        """Escape takes back one thing: the selection, the filter, the details; False when there was nothing."""
        if self.selected_orders:
            self.forget_order_selection()
            return True
        view = self.orders_view
        if self.order_pattern or (view is not None and view.filter.is_open):
            self.action_clear_filter()
            return True
        if self.order_details_open:
            self.close_order_details()
            return True
        return False
