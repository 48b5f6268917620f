"""The list of destinations."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import DataTable

from destui.domain.destination import DestinationRow
from destui.domain.errors import StoreUnavailable, limit_tooltip
from destui.domain.event import Change, Counts
from destui.services import browse
from destui.services.browse import Order, SortKey
from destui.tui import actions, list_actions
from destui.tui.actions import Action
from destui.tui.background import in_thread
from destui.tui.rows import Reading, View, moves, read, read_page
from destui.tui.screens.base import BaseScreen
from destui.tui.screens.list_verbs import ListVerbs
from destui.tui.text import until_midnight
from destui.tui.widgets.button import FlatButton
from destui.tui.widgets.chrome import Foot, TitleLine, Trouble
from destui.tui.widgets.destination_rows import ACTION, DELETE, EXPANDER, NAME
from destui.tui.widgets.destination_table import DestinationTable
from destui.tui.widgets.filter_row import CountsLine, EmptyState, FilterField
from destui.tui.widgets.footer import Key

FILTER_KEYS = (
    Key("open", "enter", "Back to the list"), Key("", "↑ ↓", "Move"), Key("back", "escape", "Clear", pinned=True),
)  # fmt: skip
SORT_ORDER = (SortKey.NAME, SortKey.CONNECTED_BY, SortKey.STATUS, SortKey.UPDATED)


class DestinationsScreen(ListVerbs, BaseScreen[None]):
    """Every destination with its status; all that is done to one begins here."""

    MENU = "destinations"
    ACTIONS: ClassVar[tuple[Action, ...]] = list_actions.LIST_ACTIONS

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counts | None = None
        self.stale = False
        self.view = View()
        self.deleted: list[str] = []
        """What the last delete took, for undo."""
        self._changed: set[str] = set()
        """Ids that changed and were not reread yet."""
        self._reread_all = False
        self._reading = False
        self._fetching = False
        self._held = -1
        """What keys wait for while another order or filter is read."""
        self._row_seen: DestinationRow | None = None
        self._refused: str | None = None

    # Composition.

    def compose_content(self) -> ComposeResult:
        """Title, filter, table; the details come when they are asked for."""
        with Horizontal(classes="title-row"):
            yield TitleLine("destinations", "Destinations")
            if not self.destui.read_only:
                yield FlatButton("Add destination", "primary", id="add")
        with Horizontal(id="filter-row"):
            yield FilterField()
            yield CountsLine()
        yield DestinationTable()
        yield EmptyState((self.key(list_actions.ADD), self.key(actions.QUIT)))

    def on_mount(self) -> None:
        """Show what the store has said until now."""
        self.table = self.query_one(DestinationTable)
        self.table.use_times(self.when)
        # Sooner than RowHighlighted comes, so that row and footer are drawn in one go.
        self.watch(self.table, "cursor_coordinate", self._row_changed, init=False)
        self.watch(self.table, "virtual_size", self.fit_details, init=False)
        self.query_one(EmptyState).display = False
        self.table.focus()
        self._watch_midnight()
        if opened := self.destui.opening.at_once():
            self.destui.opened(opened)
            self.begin(opened.reading)

    def begin(self, reading: Reading) -> None:
        """The first rows."""
        if self.counts is None:
            self.query_one(FilterField).set_pattern(reading.view.pattern)
            self.take(reading)
            self.table.catch_up()

    def _watch_midnight(self) -> None:
        """What was today is a weekday after midnight."""

        def turn() -> None:
            self.table.refresh()
            self._watch_midnight()

        self.set_timer(until_midnight(self.destui.clock(), self.destui.zone), turn)

    # What the actions ask about.

    @property
    def row(self) -> DestinationRow | None:
        """The destination under the cursor."""
        return self.table.row

    @property
    def selected(self) -> set[str]:
        """Ids selected for a bulk action."""
        return self.table.selected

    @property
    def is_empty(self) -> bool:
        """There is no destination at all."""
        return self.counts is not None and self.counts.total == 0

    @property
    def details_of(self) -> str | None:
        """The row whose pane is open."""
        return self.table.expanded

    @property
    def details_open(self) -> bool:
        """The details are shown."""
        return self.table.expanded is not None

    def footer_actions(self) -> tuple[Action, ...]:
        """By what is under the cursor."""
        return list_actions.footer_of(self)

    def footer_keys(self) -> list[Key]:
        """While a filter is typed its own keys."""
        if self.query_one(FilterField).is_open:
            return list(FILTER_KEYS)
        return super().footer_keys()

    # Reading.

    def take(self, reading: Reading) -> None:
        """Show a reading of the store."""
        self.counts, self.view = reading.counts, reading.view
        self.table.take(reading)
        self.show_counts()

    def show_counts(self) -> None:
        """Everything that depends on how many there are."""
        counts = self.counts
        if counts is None:
            return
        self.query_one(TitleLine).show("Destinations", f"{counts.total:,}/{counts.limit:,}", warn=counts.at_limit)
        matching = self.table.total if self.view.pattern else None
        since = self.destui.trouble.since if self.destui.trouble else None
        as_of = self.when(since) if self.stale and since else ""
        self.query_one(CountsLine).show(counts, matching=matching, selected=len(self.selected), as_of=as_of)
        for button in self.query("#add").results(FlatButton):
            button.disabled = counts.at_limit or self.stale or self.refusal is not None
            button.tooltip = limit_tooltip(counts.limit) if counts.at_limit else self.refusal
        nothing = self.table.total == 0
        self.query_one("#filter-row").display = not self.is_empty
        empty = self.query_one(EmptyState)
        if empty.display != nothing:
            empty.display, self.table.display = nothing, not nothing
            if not nothing and not self.query_one(FilterField).is_open:
                self.table.focus()  # it was hidden, and another may have the focus since
        if nothing:
            empty.show(filtered=bool(self.view.pattern))
            self.close_details()
        self.update_footer()

    def store_changed(self, changes: list[Change]) -> None:
        """Reread what changed, and nothing else."""
        for change in changes:
            if change.entity == "destination" and not change.removed:
                self._changed.add(change.row_id)
            elif change.entity in ("destination", "settings", "all"):
                self._reread_all = True
                self.selected.discard(change.row_id)
        self._start_reading()

    def reread(self) -> None:
        """Read the list anew."""
        self._reread_all = True
        self._start_reading()

    def _start_reading(self) -> None:
        if not self._reading and (self._changed or self._reread_all) and self.counts is not None:
            self._reading = True
            self.run_worker(self._read_changes(), group="changes", exit_on_error=False)

    async def _read_changes(self) -> None:
        """One reading at a time; what comes meanwhile is read in the next round."""
        try:
            while self._changed or self._reread_all:
                whole, ids = self._reread_all, self._changed
                self._reread_all, self._changed = False, set()
                if not whole:
                    whole = not await self._read_rows(ids)
                if whole:
                    await self._read_whole()
                self._follow_details(ids)
        except StoreUnavailable as error:
            self.destui.store_lost(str(error))
        finally:
            self._reading = False
            self.destui.held_keys.let_go(self._held)

    async def _read_rows(self, ids: set[str]) -> bool:
        """Reread rows that stay where they are; False when one moves, comes or goes."""
        window = self.table.window
        held = [identity for identity in ids if window.rank(identity) is not None]
        rows, counts = await in_thread(lambda ctx: (browse.rows(ctx, held), browse.counts(ctx)), self.ctx)
        if counts.total != (self.counts.total if self.counts else -1) or len(rows) != len(held):
            return False
        for row in rows:
            rank = window.rank(row.id)
            old = window.row(rank) if rank is not None else None
            if old is None or moves(self.view, old, row):
                return False
        if len(held) < len(ids) and counts != self.counts:
            return False
        self.table.update_rows(rows)
        if counts != self.counts:
            self.counts = counts
            self.show_counts()
        return True

    async def _read_whole(self) -> None:
        """Read what the list shows; the cursor stays on its row. A key pressed meanwhile counts: read once more."""
        while True:
            view, place = self.view, self.table.place_now
            reading = await in_thread(read, self.ctx, view, place)
            if (view, place) == (self.view, self.table.place_now):
                break
        self.take(reading)

    async def show_view(self, view: View) -> None:
        """List by another order or filter."""
        self.view = view
        self.reread()
        self._hold_until_read()

    def _hold_until_read(self) -> None:
        """What is typed next is about what will then be listed."""
        if self._reading:
            self._held = self.destui.held_keys.hold()

    @on(DestinationTable.Wanted)
    async def _fetch(self) -> None:
        """Rows are shown that are not here: fetch them, then their neighbours."""
        if not self._fetching:
            self._fetching = True
            self.run_worker(self._fetch_pages(), group="pages", exit_on_error=False)

    async def _fetch_pages(self) -> None:
        table = self.table
        try:
            while True:
                first, window = table.first_shown, table.window
                number = window.wanted(first, first + table.rows_shown - 1)
                if number is None:
                    return
                asked = window.generation
                rows = await in_thread(read_page, self.ctx, window.view, window.ids, number)
                if window.generation == asked:
                    table.put(number, rows)
        except StoreUnavailable as error:
            self.destui.store_lost(str(error))
        finally:
            self._fetching = False

    # Events.

    def on_resize(self) -> None:
        """The details have more or less room."""
        self.call_after_refresh(self.fit_details)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Another row, or another state of it, is under the cursor."""
        self._row_changed()

    def _row_changed(self) -> None:
        if self.row is not self._row_seen:
            self._row_seen = self.row
            self._follow_details()
            self.update_footer()

    @on(DestinationTable.Pointed)
    async def _pointed(self, event: DestinationTable.Pointed) -> None:
        """A part of a row was clicked."""
        by_status = {"active": list_actions.LOAD, "error": list_actions.REAUTHORIZE}
        does = {EXPANDER: list_actions.DETAILS, NAME: list_actions.OPEN, DELETE: list_actions.DELETE}
        action = by_status.get(event.row.status.value) if event.part == ACTION else does.get(event.part)
        if action is list_actions.DELETE and self.selected:
            self.select_none()
        if action:
            await self.action_do(action.id)

    @on(DestinationTable.HeaderPointed)
    async def _header_pointed(self, event: DestinationTable.HeaderPointed) -> None:
        """A click on the sorted column reverses, on another sorts by it."""
        if event.key is self.view.order.key:
            await self.reverse_order()
        else:
            await self.sort_by(event.key)

    async def sort_by(self, key: SortKey) -> None:
        """Sort by a column, in the direction that is the useful one."""
        await self.show_view(replace(self.view, order=Order(key, descending=key is SortKey.UPDATED)))

    async def sort_next(self) -> None:
        """Sort by the next column."""
        at = SORT_ORDER.index(self.view.order.key)
        await self.sort_by(SORT_ORDER[(at + 1) % len(SORT_ORDER)])

    async def reverse_order(self) -> None:
        """The other way round."""
        order = self.view.order
        await self.show_view(replace(self.view, order=Order(order.key, not order.descending)))

    @on(FlatButton.Pressed, "#add")
    async def _add_pressed(self) -> None:
        await self.action_do("add")

    @on(FilterField.Changed)
    async def _filter_changed(self, event: FilterField.Changed) -> None:
        self.view = replace(self.view, pattern=event.pattern.strip())
        self.reread()

    @on(FilterField.Left)
    def _filter_left(self) -> None:
        self.close_filter()
        self._hold_until_read()

    def show_state(self, foot: Foot, trouble: Trouble | None) -> None:
        """The table is muted while the store is away; what is read from one that cannot be written is current."""
        super().show_state(foot, trouble)
        stale = trouble is not None and trouble.stale
        if stale != self.stale:
            self.stale = self.table.stale = stale
            self.table.refresh()
            self.show_counts()
        elif self._refused != self.refusal:
            self.show_counts()
        self._refused = self.refusal
