"""The page of one destination: its settings, checks and activity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from destui.domain.check import Check
from destui.domain.destination import Destination, DestinationRow, Progress
from destui.domain.errors import DestuiError, NotFound
from destui.domain.event import Change
from destui.domain.units import count
from destui.tui import actions, list_actions, order_actions, page_actions
from destui.tui.actions import Action
from destui.tui.background import in_thread
from destui.tui.declared import declared
from destui.tui.patience import telling
from destui.tui.screens import page_rows, page_services
from destui.tui.screens.base import ActionHost
from destui.tui.screens.destination_tabs import ActivityTab, ChecksTab, SettingsTab
from destui.tui.screens.order_list import OrderList
from destui.tui.screens.page_verbs import PageVerbs
from destui.tui.text import clock
from destui.tui.theme import ink_of
from destui.tui.widgets.button import FlatButton
from destui.tui.widgets.chrome import TitleLine
from destui.tui.widgets.footer import Key
from destui.tui.widgets.line import Lines, Runs
from destui.tui.widgets.orders_view import OrdersView
from destui.tui.widgets.records import Records
from destui.tui.widgets.tab_bar import TabBar

if TYPE_CHECKING:
    from destui.services.context import Context

PAGE = 50
"""Checks or events read at a time."""
TABS = {"loads": "Load orders", "settings": "Settings", "checks": "Checks", "activity": "Activity"}


class _StatusLine(Lines):
    """Type, status, who connected it, since when."""

    destination: Destination | None = None

    def show(self, destination: Destination) -> None:
        """Show it."""
        if destination != self.destination:
            self.destination = destination
            self.refresh()

    def lines(self, cells: int) -> list[Runs]:
        """The one row."""
        screen = self.screen
        if self.destination is None or not isinstance(screen, ActionHost):
            return [[]]
        narrow = screen.has_class("-narrow")
        return [page_rows.status_line(self.destination, screen.when, ink_of(self), cells, narrow=narrow)]


class DestinationScreen(OrderList, PageVerbs):
    """One destination. It goes back by itself when the destination is deleted elsewhere."""

    ACTIONS: ClassVar[tuple[Action, ...]] = page_actions.PAGE_ACTIONS
    SECTIONS: ClassVar[Mapping[str, str]] = {"Destinations": page_actions.SECTION}
    is_ready = False

    def __init__(self, ctx: Context, destination_id: str, tab: str = "loads") -> None:
        super().__init__()
        self._ctx = ctx
        self.destination_id = self.order_scope = destination_id
        self.tab = tab if tab in TABS else "loads"
        self.destination: Destination | None = None
        self._sizes = {"checks": PAGE, "activity": PAGE}
        """How many of each are read."""

    @property
    def ctx(self) -> Context:
        """The opened store and vault."""
        return self._ctx

    def compose_content(self) -> ComposeResult:
        """Path, status, tabs; what stands in them comes with the destination."""
        with Horizontal(classes="title-row"):
            yield TitleLine(self.MENU, "", path=("Destinations",))
            if not self.destui.read_only:
                yield from (FlatButton(a.tooltip, "primary", id=name) for name, a in page_actions.BUTTONS.items())
        yield _StatusLine(id="status-line")
        yield TabBar(TABS, self.tab, id="tabs")
        yield Vertical(id="tab-body")

    def on_mount(self) -> None:
        """Read it."""
        self.refresh_page()

    # What the actions ask about

    @property
    def row(self) -> DestinationRow | None:
        """The destination as the list has it, for the actions that both offer."""
        d = self.destination
        if d is None:
            return None
        running = d.check is not None and d.check.state.is_open
        return DestinationRow(
            d.id, d.name, d.type, d.status, d.connected_by, d.updated_at, d.tags, d.version, d.load_orders,
            _progress(d.check) if running and d.check else None,
        )  # fmt: skip

    @property
    def stale(self) -> bool:
        """The store does not answer."""
        return self.destui.trouble is not None and self.destui.trouble.stale

    @property
    def lists_orders(self) -> bool:
        """Load orders are at hand: keys are about the one under the cursor."""
        seen = self.tab == "loads" and self.form is None
        return seen and (self.order is not None or bool(self.order_pattern))

    def applies(self, action: Action) -> bool:
        """Some keys are a load order's while these are listed, and the destination's otherwise."""
        if action in order_actions.ROW_ACTIONS:
            return self.lists_orders
        return action not in page_actions.BY_TAB or not self.lists_orders

    @property
    def shown_check(self) -> Check | None:
        """The check that the pane shows."""
        found = list(self.query(ChecksTab))
        return found[0].records.item if found and self.tab == "checks" else None

    @property
    def marks_shown(self) -> bool:
        """The check under the cursor is the one that others are compared with."""
        return any(tab.is_marked for tab in self.query(ChecksTab))

    def mark_check(self) -> None:
        """Compare others with the check under the cursor, or no longer."""
        for tab in self.query(ChecksTab):
            tab.toggle_marked()
        self.update_footer()

    @property
    def details_overflow(self) -> bool:
        """The check is longer than its pane."""
        return any(tab.pane.max_scroll_y > 0 for tab in self.query(ChecksTab) if self.tab == "checks")

    def scroll_details(self, rows: int) -> None:
        """Scroll the check in its pane."""
        for tab in self.query(ChecksTab):
            tab.pane.scroll_relative(y=rows, animate=False)

    def footer_actions(self) -> Iterable[Action]:
        """By tab."""
        return page_actions.footer_of(self)

    def footer_keys(self) -> list[Key]:
        """With the words of the buttons, and the way to the checks before."""
        words = {a.id: a.tooltip for a in page_actions.BUTTONS.values()}
        if (view := self.orders_view) is not None and self.tab == "loads" and view.filter.is_open:
            return super().footer_keys()
        keys = [replace(k, title=words.get(k.action, k.title)) for k in super().footer_keys()]
        earlier = self.tab == "checks" and any(tab.records.total > 1 for tab in self.query(ChecksTab))
        if earlier and not self.has_class("-narrow"):
            ascii_only = self.app.has_class("-ascii")
            arrows = f"{actions.key_label('up', ascii_only)} {actions.key_label('down', ascii_only)}"
            keys.insert(len(keys) - 2, Key("", arrows, "Earlier checks"))
        return keys

    def update_footer(self) -> None:
        """The one button goes with the tab, and with what can be done."""
        super().update_footer()
        for name, action in page_actions.BUTTONS.items():
            for button in self.query(f"#{name}").results(FlatButton):
                button.display = action is page_actions.button_of(self)
                button.tooltip = self.reason(action)
                button.disabled = button.tooltip is not None

    # Reading

    def store_changed(self, changes: list[Change]) -> None:
        """Reread when it is about this destination."""
        mine = (("destination", self.destination_id), ("all", ""))
        if any((c.entity, c.row_id) in mine for c in changes):
            self.reread()
        self.orders_changed([c for c in changes if c.entity in ("order", "all")])

    def reread(self) -> None:
        """The store answers again."""
        if self.is_mounted:
            self.refresh_page()
            self.reread_orders()

    @work(exclusive=True, group="page", exit_on_error=False)
    async def refresh_page(self) -> None:
        """Read the destination and what its tab shows."""
        try:
            with telling(self, "Reading the destination…"):
                found = await in_thread(page_services.get, self.ctx, self.destination_id)
        except NotFound:
            self._gone()
        except DestuiError as error:
            self.refused(error)
        else:
            await self._show(found)
            await self._fill_tab()
        self.call_after_refresh(self.become_ready)

    def _gone(self) -> None:
        if not self.deleting:
            name = self.destination.name if self.destination else "This destination"
            self.leave_saying(f"{name} was deleted meanwhile, in another session. The trash keeps it for 7 days.")

    async def _show(self, destination: Destination) -> None:
        self.destination = destination
        orders = destination.load_orders
        self.query_one(TitleLine).show(destination.name)
        self.query_one(_StatusLine).show(destination)
        self.query_one(TabBar).rename("loads", f"Load orders {count(orders)}" if orders else "Load orders")
        await self._mount_tab()
        for settings in self.query(SettingsTab):
            settings.show(destination)
        self.update_footer()

    async def _fill_tab(self) -> None:
        """Read and show the rows of the current tab."""
        wanted = self._sizes.get(self.tab, 0)
        if self.tab == "checks":
            checks = await self.attempt(page_services.checks, self.ctx, self.destination_id, wanted)
            for tab in self.query(ChecksTab):
                if checks is not None:
                    tab.show(checks, complete=len(checks) < wanted)
        elif self.tab == "activity":
            events = await self.attempt(page_services.events, self.ctx, self.destination_id, wanted)
            for activity in self.query(ActivityTab):
                if events is not None:
                    activity.show(events, complete=len(events) < wanted)
        elif self.tab == "loads":
            self._start_orders()
        self._footer_after_layout()

    @on(Records.Wanted)
    def _want_more(self, event: Records.Wanted) -> None:
        if self.orders_view is not None and event.records is self.orders_view.table:
            return
        if isinstance(event, Records.Chosen):
            self._footer_after_layout()
            return
        held = len(event.records.items)
        if held == self._sizes.get(self.tab):
            self._sizes[self.tab] = held + PAGE
            self.refresh_page()

    def _footer_after_layout(self) -> None:
        # Whether the check overflows its pane is known once it is laid out.
        self.call_after_refresh(self.update_footer)

    # Tabs

    async def show_tab(self, tab: str) -> None:
        """Bring a tab to the front. A form that is open asks first."""
        if tab == self.tab or not await self.may_leave_form():
            return
        self.tab = tab
        self.query_one(TabBar).show(tab)
        await self._mount_tab()
        self.refresh_page()

    async def beside(self, by: int) -> None:
        """The tab to the right or left."""
        await self.show_tab(self.query_one(TabBar).beside(by))

    async def _mount_tab(self) -> None:
        """Show the tab's content; it is made when it is first seen."""
        body = self.query_one("#tab-body")
        if not body.query(f"#tab-{self.tab}"):
            await body.mount(self._make_tab())
        for child in body.children:
            child.display = child.id == f"tab-{self.tab}"
        if self.form is None and self.app.screen is self:
            self._focus_tab()

    def _make_tab(self) -> OrdersView | SettingsTab | ChecksTab | ActivityTab:
        match self.tab:
            case "settings":
                assert self.destination is not None
                return SettingsTab(declared(self.destination), self.when)
            case "checks":
                keys = (self.key(page_actions.COPY), self.key(list_actions.STOP))
                return ChecksTab(self.destui.clock, self.when, self._exactly, keys)
            case "activity":
                return ActivityTab(self.when)
            case _:
                self._all_orders = True
                leads = (self.key(list_actions.LOAD), "Set up a load") if self.key(list_actions.LOAD) else ("", "")
                return OrdersView(
                    self.destui.clock, self.when, self.upcoming, leads, with_destination=False, id="tab-loads"
                )

    def _focus_tab(self) -> None:
        wanted = {"checks": "#checks", "activity": "#page-events", "settings": "#tab-settings", "loads": "#orders"}
        self.query_one(wanted[self.tab]).focus()

    def _exactly(self, moment: datetime) -> str:
        return clock(moment, self.destui.zone)

    @on(TabBar.Clicked)
    def _tab_clicked(self, event: TabBar.Clicked) -> None:
        self.run_worker(self.show_tab(event.tab), group="tabs", exit_on_error=False)

    @on(FlatButton.Pressed)
    async def _pressed(self, event: FlatButton.Pressed) -> None:
        event.stop()
        does = {**page_actions.BUTTONS, "save-edit": page_actions.SAVE}
        await self.action_do(does.get(event.button.id or "", actions.BACK).id)


def _progress(check: Check) -> Progress:
    if (current := check.current) is None:
        return Progress("", 0, len(check.steps))
    step, number, total = current
    return Progress(step.name, number, total)
