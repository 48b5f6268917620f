"""What can be done on a destination's page: the functions behind its actions."""

from __future__ import annotations

from destui.domain.check import Check
from destui.domain.destination import Destination
from destui.domain.errors import Conflict, DestuiError, InvalidInput
from destui.domain.event import Counts
from destui.tui.background import in_thread
from destui.tui.dialogs.leave import ConflictDialog, LeaveDialog, RollBackDialog
from destui.tui.patience import telling
from destui.tui.screens import page_services
from destui.tui.screens.base import ActionHost, BaseDialog, BaseScreen
from destui.tui.screens.destination_tabs import SettingsTab
from destui.tui.screens.live_check import LiveCheck
from destui.tui.widgets.forms import Form
from destui.tui.widgets.pane import copied_text, head_of_destination


class PageVerbs(BaseScreen[None], LiveCheck[None]):
    """The verbs; the screen itself reads and shows."""

    destination_id: str
    destination: Destination | None
    tab: str
    selected: frozenset[str] = frozenset()
    counts: Counts | None = None
    """Not read here: that the limit is reached is told when a duplicate is saved."""
    deleting = False
    """It is being deleted here: that it is gone is no news."""
    parting = ""
    """What to say on leaving, once the page is seen again."""
    _opening = False
    _opened_with: Destination
    """What the open form was filled with."""
    _version: int
    """The version that saving the form goes over."""

    @property
    def form(self) -> Form | None:
        """The form, while the settings are edited."""
        return next((tab.form for tab in self.query(SettingsTab)), None)

    @property
    def shown_check(self) -> Check | None:
        """The check that the pane shows."""
        raise NotImplementedError

    async def show_tab(self, tab: str) -> None:
        """Bring a tab to the front."""

    async def beside(self, by: int) -> None:
        """The tab to the right or left."""

    def order_back(self) -> bool:
        """Escape takes back one thing in the list of load orders; False when there was nothing."""
        raise NotImplementedError

    def on_screen_resume(self) -> None:
        """Leave, where that had to wait."""
        super().on_screen_resume()
        if self.parting:
            self.call_later(self.leave_saying, self.parting)

    # Moving

    async def go_on(self, by: int) -> None:
        """The next tab; in a form the next field."""
        if self.form is None:
            await self.beside(by)
        elif by > 0:
            self.focus_next()
        else:
            self.focus_previous()

    async def go_back(self) -> None:
        """Escape leaves the form, takes back what is selected or open, then leaves the page."""
        if self.form is None:
            if self.tab != "loads" or not self.order_back():
                self.dismiss()
        else:
            await self.may_leave_form()

    async def may_leave_form(self) -> bool:
        """Close an open form, asking where something typed would be lost; False: it stays."""
        form = self.form
        if form is None:
            return True
        if form.is_dirty and not await self.app.push_screen_wait(LeaveDialog(self.ctx, "The changes are not saved.")):
            return False
        await self._close_form()
        return True

    # Settings

    async def edit(self) -> None:
        """Open the form on the tab of the settings."""
        if self._opening:
            return
        self._opening = True
        try:
            await self.show_tab("settings")
            if (destination := self.destination) is not None:
                self._opened_with, self._version = destination, destination.version
                await self.query_one(SettingsTab).edit(destination)
                self.update_footer()
        finally:
            self._opening = False

    async def save(self) -> None:
        """Save what differs; connection fields are tested before they replace the old."""
        form = self.form
        if form is None or (data := form.check()) is None:
            return
        if not form.is_dirty:
            await self._close_form()
            return
        try:
            with telling(self, f"Saving {data.name}…"):
                check_id = await in_thread(page_services.edit, self.ctx, self._opened_with, self._version, data)
        except InvalidInput as error:
            form.show_problems(error.problems)
        except Conflict as error:
            await self._settle(error)
        except DestuiError as error:
            self.refused(error)
        else:
            await self._close_form()
            self._tell_saved(data.name, check_id)

    def _tell_saved(self, name: str, check_id: str | None) -> None:
        if check_id is None:
            self.say(f"{name} is saved.", good=True)
        else:
            self.destui.following.follow(check_id, self.destination_id, name)
            self.say(f"{name}: the change is being tested. It counts once every step has passed.", good=True)

    async def _settle(self, conflict: Conflict) -> None:
        """Somebody saved first: take theirs, or go over it knowingly."""
        theirs = await self.app.push_screen_wait(ConflictDialog(self.ctx, str(conflict)))
        found = await self.attempt(page_services.get, self.ctx, self.destination_id)
        if found is None:
            return
        self.destination = found
        if theirs:
            tab = self.query_one(SettingsTab)
            tab.show(found)
            self._opened_with = found
            await tab.edit(found)
        self._version = found.version if theirs else conflict.version or found.version

    async def _close_form(self) -> None:
        tab = self.query_one(SettingsTab)
        await tab.leave_form()
        tab.focus()
        self.update_footer()

    # The connection

    async def check(self) -> None:
        """Check it now."""
        check_id = await self.attempt(page_services.request_check, self.ctx, self.destination_id)
        if check_id is not None and self.destination is not None:
            self.destui.following.follow(check_id, self.destination_id, self.destination.name)

    async def cancel(self) -> None:
        """Stop the check that runs."""
        if await self.attempt(page_services.stop_check, self.ctx, self.destination_id) is False:
            self.say("No check of it is running.")

    async def reauthorize(self) -> None:
        """New credentials, tested before they replace the old."""
        from destui.tui.dialogs.reauthorize import ReauthorizeDialog

        if (found := self.destination) is None:
            return
        if check_id := await self.app.push_screen_wait(ReauthorizeDialog(self.ctx, found)):
            self.destui.following.follow(check_id, found.id, found.name)

    async def roll_back(self) -> None:
        """Go back to the version before, after a question: it counts at once."""
        name = self.destination.name if self.destination else ""
        if not await self.app.push_screen_wait(RollBackDialog(self.ctx, name)):
            return
        check_id = await self.attempt(page_services.rollback, self.ctx, self.destination_id)
        if check_id is not None and self.destination is not None:
            self.destui.following.follow(check_id, self.destination_id, self.destination.name)
            self.say(
                f"{self.destination.name} is back on its version before, and is being checked. "
                "Rolling back once more undoes it.",
                good=True,
            )

    def copy(self) -> None:
        """The diagnosis, to the terminal's clipboard."""
        destination = self.destination
        check = self.shown_check or (destination.check if destination else None)
        if destination is None or check is None or check.diagnosis is None:
            return
        self.app.copy_to_clipboard(copied_text(head_of_destination(destination, self.when), check))
        self.say(f"The diagnosis of {destination.name} was sent to the terminal's clipboard.", good=True)

    # The destination

    async def delete(self) -> None:
        """Ask, with the consequences in view; then the page has nothing to show."""
        from destui.tui.dialogs.delete import DeleteDialog

        if (found := self.destination) is None:
            return
        self.deleting = True
        if told := await self.app.push_screen_wait(DeleteDialog(self.ctx, [found])):
            self.destui.following.forget([found.id])
            self.leave_saying(told, deleted=found.id)
        else:
            self.deleting = False
            self.reread()

    def leave_saying(self, sentence: str, *, deleted: str | None = None) -> None:
        """Go back to the screen below and tell there why; what was `deleted` here can be undone there."""
        from destui.tui.screens.list_verbs import ListVerbs

        stack = self.app.screen_stack
        above = stack[stack.index(self) + 1 :] if self in stack else [self]
        if not all(isinstance(screen, BaseDialog) for screen in above):
            self.parting = sentence  # hidden behind another page or form: said when it comes back
            return
        below = stack[stack.index(self) - 1]
        # A dialog over the page is about what no longer exists: it goes too.
        for _ in above:
            self.app.pop_screen()
        self.dismiss()
        if isinstance(below, ListVerbs) and deleted is not None:
            below.deleted = [deleted]
        if isinstance(below, ActionHost):
            below.say(sentence, good=deleted is not None)

    async def duplicate(self) -> None:
        """The form filled in with its fields, without its secrets."""
        from destui.tui.screens.add import AddScreen

        if (found := self.destination) is None:
            return
        added = await self.app.push_screen_wait(AddScreen(self.ctx, found.type, like=found))
        if added and (copy := await self.attempt(page_services.get, self.ctx, added)):
            if copy.check is not None:
                self.destui.following.follow(copy.check.id, copy.id, copy.name)
            self.say(f"{copy.name} was added, and its connection is being initialized.", good=True)

    async def set_up_load(self) -> None:
        """The form of a load order into it."""
        from destui.tui.screens.order_verbs import open_setup

        await open_setup(self, self.destination_id)
