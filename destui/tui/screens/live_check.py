"""What a screen with a form shares: the check it follows while it runs, and secrets that are not copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import on, work

from destui.domain.check import Check
from destui.domain.event import Change
from destui.tui.actions import Action, register
from destui.tui.dialogs.leave import LeaveDialog
from destui.tui.screens.base import ActionHost
from destui.tui.widgets.fields import CopyRefused
from destui.tui.widgets.forms import Form
from destui.tui.widgets.ladder_test import LadderTest
from destui.tui.widgets.pane import Head, copied_text

if TYPE_CHECKING:
    from destui.services.context import Context

T = TypeVar("T")


def _nothing_to_copy(screen: LiveCheck[Any]) -> str | None:
    return None if screen.tested and screen.tested.diagnosis else "There is no diagnosis here to copy."


COPY_FIX = register(
    Action("copy_fix", ("ctrl+y",), "Copy", "Copy the diagnosis", lambda s: s.copy_fix(), _nothing_to_copy, "Form",
           quiet=True)
)  # fmt: skip


class LiveCheck(ActionHost[T]):
    """Rereads the check it follows whenever the store says that it moved, and hands it to `check_came`."""

    following: str | None = None
    """The id of the check."""
    followed_destination: str | None = None
    """A destination whose changes are changes of the check too."""

    def follow(self, check_id: str) -> None:
        """Follow this check from now on."""
        self.following = check_id
        self._read_followed()

    def store_changed(self, changes: list[Change]) -> None:
        """Reread the check when it is among them."""
        moved = {("check", self.following), ("destination", self.followed_destination), ("all", "")}
        if self.following and any((c.entity, c.row_id) in moved for c in changes):
            self._read_followed()

    def reread(self) -> None:
        """The store answers again."""
        self._read_followed()

    def check_came(self, check: Check) -> None:
        """The check as it stands now."""

    @property
    def tested(self) -> Check | None:
        """The check that the form's test shows."""
        return next((test.check for test in self.query(LadderTest)), None)

    def copy_fix(self) -> None:
        """What to paste, with the cause, to the terminal's clipboard."""
        if (check := self.tested) is not None and check.diagnosis is not None:
            self.app.copy_to_clipboard(copied_text(Head(f"Failed at {check.diagnosis.step}"), check))
            self.say("The diagnosis was sent to the terminal's clipboard.", good=True)

    @on(CopyRefused)
    def _not_copied(self) -> None:
        self.say("A secret is not copied.")

    @work(exclusive=True, group="follow", exit_on_error=False)
    async def _read_followed(self) -> None:
        if self.following and (check := await self.attempt(read_check, self.ctx, self.following)):
            self.check_came(check)

    @work(exclusive=True, group="stop", exit_on_error=False)
    async def stop_followed(self) -> None:
        """Stop the check."""
        if self.following:
            await self.attempt(cancel_check, self.ctx, self.following)


class LiveForm(LiveCheck[T]):
    """A form whose values are tested: escape stops the test, then leaves, asking where something would be lost."""

    UNSAVED: ClassVar[str] = ""
    """What is lost, as a sentence."""

    @property
    def form(self) -> Form:
        """The form."""
        return self.query_one(Form)

    @property
    def panel(self) -> LadderTest:
        """The test."""
        return self.query_one(LadderTest)

    @property
    def is_testing(self) -> bool:
        """A test runs."""
        return self.panel.check is not None and self.panel.check.state.is_open

    def go_back(self) -> None:
        """Escape: stop the test; leave, asking where something typed would be lost."""
        store_away = self.destui.trouble is not None and self.destui.trouble.stale
        if self.is_testing and not store_away:  # otherwise nothing could be stopped, nor the form be left
            self.stop_followed()
        elif self.form.is_dirty:
            self._leave()
        else:
            self.dismiss(None)

    @work(exclusive=True, group="leave", exit_on_error=False)
    async def _leave(self) -> None:
        if await self.app.push_screen_wait(LeaveDialog(self.ctx, self.UNSAVED)):
            self.dismiss(None)


def read_check(ctx: Context, check_id: str) -> Check:
    """The check with its steps. Raises NotFound, StoreUnavailable."""
    from destui.services import checks

    return checks.check(ctx, check_id)


def cancel_check(ctx: Context, check_id: str) -> bool:
    """Stop a check; False when it had ended."""
    from destui.services import checks

    return checks.cancel(ctx, check_id=check_id)
