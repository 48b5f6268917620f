"""What can be done to the destinations of the list: the functions behind its actions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from destui.domain.destination import Destination, DestinationRow, Status
from destui.domain.errors import NotFound, StoreUnavailable
from destui.domain.event import Counts
from destui.tui import list_actions
from destui.tui.background import in_thread
from destui.tui.rows import View
from destui.tui.screens.base import BaseScreen
from destui.tui.widgets.destination_table import DestinationTable
from destui.tui.widgets.filter_row import FilterField

if TYPE_CHECKING:
    from destui.services.context import Context
    from destui.tui.widgets.pane import DetailPane


class ListVerbs(BaseScreen[None]):
    """The verbs; the screen itself reads and shows."""

    table: DestinationTable
    counts: Counts | None
    view: View
    deleted: list[str]
    _pane: DetailPane | None = None
    _details_wanted: str | None = None
    _details_reading = False

    @property
    def row(self) -> DestinationRow | None:
        """The destination under the cursor."""
        raise NotImplementedError

    @property
    def selected(self) -> set[str]:
        """Ids selected for a bulk action."""
        return self.table.selected

    def show_counts(self) -> None:
        """Everything that depends on how many there are."""

    async def show_view(self, view: View) -> None:
        """List by another order or filter."""

    # Details.

    def toggle_details(self) -> None:
        """Show the details of the row under the cursor, or hide them."""
        if self.table.expanded is None:
            self._details_of(self.row)
        else:
            self.close_details()

    def close_details(self) -> None:
        """Hide the details."""
        was, self.table.expanded = self.table.expanded, None
        if self._pane is not None:
            self._pane.display = False
        self.table.refresh_ids([was] if was else [])
        self.update_footer()

    def _details_of(self, row: DestinationRow | None) -> None:
        if row is None:
            return
        was, self.table.expanded = self.table.expanded, row.id
        if was != row.id:
            self.table.refresh_ids([i for i in (was, row.id) if i])
        self._details_wanted = row.id
        if not self._details_reading:
            self._details_reading = True
            self.run_worker(self._read_details(), group="details", exit_on_error=False)
        self.update_footer()

    def _follow_details(self, changed: set[str] | None = None) -> None:
        """The details follow the cursor, and the store."""
        if self.table.expanded is None or (row := self.row) is None:
            return
        if changed is None or row.id in changed:
            self._details_of(row)

    async def _read_details(self) -> None:
        try:
            while (wanted := self._details_wanted) is not None:
                self._details_wanted = None
                destination = await in_thread(_get, self.ctx, wanted)
                if destination is not None and self.table.expanded == wanted:
                    await self._show_details(destination)
        except StoreUnavailable as error:
            self.destui.store_lost(str(error))
        finally:
            self._details_reading = False

    async def _show_details(self, destination: Destination) -> None:
        from destui.tui.widgets.pane import DetailPane, head_of_destination

        if self._pane is None:
            keys = (self.key(list_actions.COPY), self.key(list_actions.STOP))
            self._pane = DetailPane(self.destui.clock, keys=keys, id="details")
            await self.query_one("#content").mount(self._pane)
        self._pane.show(head_of_destination(destination, self.when), destination.check)
        self.fit_details()
        if not self._pane.display:
            self._pane.display = True
        self.call_after_refresh(self._details_settled)

    def fit_details(self) -> None:
        """They take at most half of the height, or what the rows of the table leave empty."""
        if self._pane is not None:
            content = self.query_one("#content").region
            spare = content.bottom - self.table.region.y - self.table.header_height - self.table.total
            self._pane.styles.max_height = spare if spare > content.height // 2 else "50%"

    def _details_settled(self) -> None:
        """The table has become shorter: the cursor's row stays in view."""
        self.table.move_cursor(row=self.table.cursor_row)
        self.update_footer()

    @property
    def shows_diagnosis(self) -> bool:
        """The details shown hold one."""
        pane = self._pane
        return pane is not None and pane.display and pane.check is not None and pane.check.diagnosis is not None

    @property
    def details_overflow(self) -> bool:
        """The details are longer than their pane."""
        return self._pane is not None and self._pane.display and self._pane.max_scroll_y > 0

    def scroll_details(self, rows: int) -> None:
        """Scroll the details."""
        if self._pane is not None:
            self._pane.scroll_relative(y=rows, animate=False)

    async def copy(self) -> None:
        """The diagnosis of the row under the cursor, to the terminal's clipboard."""
        from destui.tui.widgets.pane import copied_text, head_of_destination

        if (row := self.row) is None or (found := await self.attempt(_get, self.ctx, row.id)) is None:
            return
        if found.check is None or found.check.diagnosis is None:
            self.say(f"There is no diagnosis of {row.name} to copy.")
            return
        self.app.copy_to_clipboard(copied_text(head_of_destination(found, self.when), found.check))
        self.say(f"The diagnosis of {row.name} was sent to the terminal's clipboard.", good=True)

    # Filter and selection.

    def open_filter(self) -> None:
        """Type a filter."""
        self.query_one(FilterField).open()
        self.update_footer()

    def close_filter(self) -> None:
        """Back to the list; the filter stays."""
        self.query_one(FilterField).close()
        self.table.focus()
        self.call_after_refresh(self.update_footer)

    async def action_clear_filter(self) -> None:
        """Show all again."""
        field = self.query_one(FilterField)
        field.set_pattern("")
        if field.is_open:
            self.close_filter()
        await self.show_view(replace(self.view, pattern=""))

    def action_move(self, how: str) -> None:
        """Move the list's cursor while the focus is elsewhere."""
        getattr(self.table, f"action_{how}")()

    def toggle_selected(self) -> None:
        """Select the row under the cursor, or no longer; the cursor goes on to the next."""
        if row := self.row:
            self.selected.symmetric_difference_update({row.id})
            self.table.refresh_ids([row.id])
            self.table.action_cursor_down()
            self.show_counts()

    def select_none(self) -> None:
        """Nothing is selected."""
        was = list(self.selected)
        self.selected.clear()
        self.table.refresh_ids(was)
        self.show_counts()

    def back_title(self) -> str:
        """What escape takes back."""
        return "Select none" if self.selected else "Clear the filter" if self.view.pattern else "Close"

    async def go_back(self) -> None:
        """Escape takes back one thing: the selection, the filter, the details."""
        if self.selected:
            self.select_none()
        elif self.view.pattern:
            await self.action_clear_filter()
        elif self.table.expanded is not None:
            self.close_details()

    def _targets(self) -> list[str]:
        """What a bulk action is about: what is selected, otherwise the row under the cursor."""
        return list(self.selected) or ([self.row.id] if self.row else [])

    # Verbs.

    async def add(self) -> None:
        """Choose a type, fill in its form."""
        from destui.tui.dialogs.choose_type import ChooseType
        from destui.tui.screens.add import AddScreen

        if type_id := await self.app.push_screen_wait(ChooseType(self.ctx)):
            self._show_added(await self.app.push_screen_wait(AddScreen(self.ctx, type_id)))

    async def duplicate(self) -> None:
        """The form of the row under the cursor, filled in, without its secrets."""
        from destui.tui.screens.add import AddScreen

        if (row := self.row) and (found := await self.attempt(_get, self.ctx, row.id)):
            self._show_added(await self.app.push_screen_wait(AddScreen(self.ctx, found.type, like=found)))

    def _show_added(self, destination_id: str | None) -> None:
        """The new one is under the cursor, and its end will be told."""
        if destination_id is not None:
            self.run_worker(self._go_to(destination_id), group="added", exit_on_error=False)

    async def _go_to(self, destination_id: str) -> None:
        view = self.view
        found = await self.attempt(_get, self.ctx, destination_id)
        if found is None:
            return
        if found.check is not None:
            self.destui.following.follow(found.check.id, found.id, found.name)
        reading = await self.attempt(
            _read_at, self.ctx, replace(view, pattern=""), destination_id, self.table.rows_shown
        )
        if reading is not None and self.view == view:  # otherwise a filter was typed, or sorted, meanwhile
            self.query_one(FilterField).set_pattern("")
            self.take(reading)

    def take(self, reading: Any) -> None:
        """Show a reading of the store."""
        raise NotImplementedError

    async def reauthorize(self) -> None:
        """New credentials, tested before they replace the old."""
        from destui.tui.dialogs.reauthorize import ReauthorizeDialog

        if (row := self.row) and (found := await self.attempt(_get, self.ctx, row.id)):
            check_id = await self.app.push_screen_wait(ReauthorizeDialog(self.ctx, found))
            if check_id is not None:
                self.destui.following.follow(check_id, found.id, found.name)

    async def set_up_load(self) -> None:
        """The form of a load order into the destination under the cursor."""
        from destui.tui.screens.order_verbs import open_setup

        if row := self.row:
            await open_setup(self, row.id)

    async def check(self) -> None:
        """Check what is selected, or the row under the cursor."""

        def ask(ctx: Context, ids: list[str]) -> tuple[dict[str, str], dict[str, str]]:
            from destui.services import browse, checks

            return checks.request(ctx, ids), {row.id: row.name for row in browse.rows(ctx, ids)}

        if (asked := await self.attempt(ask, self.ctx, self._targets())) is None:
            return
        checks, names = asked
        for destination_id, check_id in checks.items():
            self.destui.following.follow(check_id, destination_id, names.get(destination_id, ""))
        self.say(
            f"Checking {' and '.join(names.values())}." if len(names) <= 2 else f"Checking {len(names)}.", good=True
        )

    async def cancel(self) -> None:
        """Stop the check of the row under the cursor."""

        def stop(ctx: Context, destination_id: str) -> bool:
            from destui.services import checks

            return checks.cancel(ctx, destination_id=destination_id)

        if (row := self.row) and await self.attempt(stop, self.ctx, row.id) is False:
            self.say(f"No check of {row.name} is running.")

    async def delete(self) -> None:
        """Ask, with the consequences in view."""
        from destui.tui.dialogs.delete import DeleteDialog

        ids = self._targets()
        found = await self.attempt(_get_all, self.ctx, ids)
        if not found:
            return
        if told := await self.app.push_screen_wait(DeleteDialog(self.ctx, found)):
            self.deleted = [destination.id for destination in found]
            self.destui.following.forget(self.deleted)
            self.selected.difference_update(self.deleted)
            self.say(told, good=True)
            self.reread()

    async def undo(self) -> None:
        """Bring back what the last delete took."""

        def restore(ctx: Context, ids: list[str]) -> int:
            from destui.services import destinations

            left = {trashed.id for trashed in destinations.trash(ctx)}  # some may be back from the trash already
            destinations.restore(ctx, *(identity for identity in ids if identity in left))
            return len(left.intersection(ids))

        restored = await self.attempt(restore, self.ctx, self.deleted)
        if restored is None:
            return
        self.deleted = []
        said = {0: "They are back already.", 1: "It is back."}.get(restored, f"All {restored} are back.")
        self.say(said, good=True)
        self.reread()

    async def open_trash(self) -> None:
        """What was deleted and can be restored."""
        from destui.tui.dialogs.trash import TrashDialog

        await self.app.push_screen_wait(TrashDialog(self.ctx))
        self.reread()

    async def open_page(self) -> None:
        """The destination's own page."""
        from destui.tui.screens.destination import DestinationScreen

        if row := self.row:
            # In Error, what is looked for is why.
            tab = "checks" if row.status is Status.ERROR else "loads"
            await self.app.push_screen(DestinationScreen(self.ctx, row.id, tab))


def _get(ctx: Context, destination_id: str) -> Destination | None:
    from destui.services import destinations

    try:
        return destinations.get(ctx, destination_id)
    except NotFound:
        return None


def _get_all(ctx: Context, ids: list[str]) -> list[Destination]:
    return [found for identity in ids if (found := _get(ctx, identity)) is not None]


def _read_at(ctx: Context, view: View, destination_id: str, height: int) -> Any:
    from destui.tui.rows import Place, read

    return read(ctx, view, Place(identity=destination_id, height=height))
