"""Re-authorising: new credentials are tested first, and replace the old only when every step passes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.widget import Widget
from textual.widgets import Input, Static

from destui.domain.check import Check, CheckState
from destui.domain.destination import Destination, Status
from destui.domain.errors import Conflict, DestuiError, InvalidInput
from destui.domain.fields import TypeSpec
from destui.tui.actions import Action, register
from destui.tui.background import in_thread
from destui.tui.declared import declared
from destui.tui.dialogs import reauthorize_services as services
from destui.tui.dialogs.base import LAST_FIELD, NEXT_FIELD, Dialog, paragraph, put_in_place
from destui.tui.dialogs.choose_type import HELP
from destui.tui.dialogs.leave import ConflictDialog, RollBackDialog
from destui.tui.patience import telling
from destui.tui.screens.live_check import COPY_FIX, LiveForm
from destui.tui.text import clean
from destui.tui.theme import ink_of
from destui.tui.widgets.button import FlatButton
from destui.tui.widgets.field_scroll import FieldScroll
from destui.tui.widgets.forms import Filling, Form, FormData
from destui.tui.widgets.ladder_test import LadderTest

if TYPE_CHECKING:
    from destui.services.context import Context

REPLACE = register(
    Action(
        "replace_credentials", ("enter", "ctrl+s"), "Test and replace", "Test the new credentials, then replace",
        lambda s: s.replace(), disabled_reason=lambda s: s.busy_reason(), changes=True,
    )
)  # fmt: skip
MORE = register(
    Action(
        "all_fields", ("ctrl+o",), "All fields", "Show the other fields of the connection",
        lambda s: s.show_all(), disabled_reason=lambda s: s.more_reason(),
    )
)  # fmt: skip
ROLL_BACK = register(
    Action(
        "roll_back_here", ("ctrl+b",), "Roll back", "Go back to the version before", lambda s: s.roll_back(),
        disabled_reason=lambda s: s.roll_back_reason(), changes=True,
    )
)  # fmt: skip
LEAVE = register(
    Action(
        "leave_reauthorize", ("escape",), "Cancel", "Stop the test, close", lambda s: s.go_back(),
        titled=lambda s: "Stop the test" if s.is_testing else "Cancel",
    )
)  # fmt: skip

BEFORE_SIGN_IN = frozenset({"resolve", "reach", "tunnel", "encrypt", "open"})
"""A failure at one of these is of the address, not of the credentials: then all fields show from the start."""


class ReauthorizeDialog(Dialog[str], LiveForm[str]):  # Dialog first: styles know a class by its first base
    """Stays open while the candidate is tested; ends with the check's id once it has replaced the old, or None."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        REPLACE, NEXT_FIELD, LAST_FIELD, MORE, ROLL_BACK, COPY_FIX, LEAVE, HELP,
    )  # fmt: skip
    UNSAVED = "The new credentials are not saved."

    def __init__(self, ctx: Context, destination: Destination) -> None:
        super().__init__(ctx, f"Re-authorize {destination.name}", destination.type)
        self.destination = destination
        self.followed_destination = destination.id
        self._version = destination.version
        self._busy = False

    @property
    def spec(self) -> TypeSpec:
        """The declaration of the type."""
        return declared(self.destination)

    def compose_body(self) -> Iterable[Widget]:
        """What will happen; the form; since when the old are in use; the test."""
        yield paragraph(
            "The new credentials are tested first. Load orders keep the old ones until the test passes.",
            id="promise",
        )
        yield FieldScroll(self._make_form(self.destination), id="reauthorize-form")
        yield LadderTest(self.spec.steps, self.destui.clock, in_line=True, id="reauthorize-test")
        yield paragraph("", muted=True, id="in-use")

    def buttons(self) -> Iterable[FlatButton]:
        """The primary first."""
        yield FlatButton("Test and replace", "primary", id="replace")
        yield FlatButton("Cancel", id="leave")
        if self._shown_first() is not None:
            yield FlatButton("All fields", id="more")
        if self.destination.can_roll_back:
            yield FlatButton("Roll back", id="roll-back")

    def on_mount(self) -> None:
        """Begin at the first secret, which is what mostly changes."""
        self.form.show_only(self._shown_first())
        self._focus_first()
        self._read_in_use()

    def _focus_first(self) -> None:
        first = next((f.name for f in self.spec.fields if f.secret), self.spec.fields[0].name)
        self.form.row(first).control.focus()

    # Titles and reasons of the actions

    def go_back(self) -> None:
        """Escape: as in every form with a test."""
        LiveForm.go_back(self)

    def footer_actions(self) -> Iterable[Action]:
        """Those that work here, the most used first."""
        return (REPLACE, NEXT_FIELD, MORE, COPY_FIX, ROLL_BACK, LEAVE)

    def busy_reason(self) -> str | None:
        """Why nothing can be replaced now."""
        return "The new credentials are being tested. Escape stops the test." if self._busy or self.is_testing else None

    def more_reason(self) -> str | None:
        """Why there is nothing more to show."""
        return None if self.form.is_partial else "All fields are shown."

    def roll_back_reason(self) -> str | None:
        """Why it cannot go back."""
        return self.busy_reason() if self.destination.can_roll_back else "There is no earlier version to go back to."

    # What is done

    def replace(self) -> None:
        """Test what stands in the form; it replaces the old when every step passes."""
        if not self.form.is_dirty:
            self.say("Nothing is changed yet. Type the new credentials.")
        elif (data := self.form.check()) is not None:
            self._replace(data)

    def show_all(self) -> None:
        """Show the other fields too."""
        self.form.show_only(None)
        for button in self.query("#more"):
            button.display = False
        self.update_footer()

    @work(exclusive=True, group="replace", exit_on_error=False, description="re-authorise")
    async def _replace(self, data: FormData) -> None:
        self._busy = True
        try:
            with telling(self, "Asking for the test…"), self.destui.held_keys.held():
                check_id = await in_thread(
                    services.reauthorize, self.ctx, self.destination.id, self._version, data.values, data.secrets
                )
        except InvalidInput as error:
            self.form.show_problems(error.problems)
        except Conflict as error:
            self._settle(error)
        except DestuiError as error:
            self.refused(error)
        else:
            self.follow(check_id)
        finally:
            self._busy = False

    @work(exclusive=True, group="settle", exit_on_error=False)
    async def _settle(self, conflict: Conflict) -> None:
        theirs = await self.app.push_screen_wait(ConflictDialog(self.ctx, str(conflict)))
        found = await self.attempt(services.get, self.ctx, self.destination.id)
        if found is None:
            return
        self.destination, self._version = found, found.version if theirs else conflict.version or found.version
        if theirs:
            await put_in_place(self.form, self._make_form(found))
            self.show_all()
            self._focus_first()

    @work(exclusive=True, group="roll-back", exit_on_error=False)
    async def roll_back(self) -> None:
        """Go back to the version before, after a question; it is checked, and the dialog closes."""
        if not await self.app.push_screen_wait(RollBackDialog(self.ctx, self.destination.name)):
            return
        check_id = await self.attempt(services.rollback, self.ctx, self.destination.id)
        if check_id is not None:
            self.dismiss(check_id)

    # What happens

    def check_came(self, check: Check) -> None:
        """Show how far the test is; close when it passed, say what holds when it did not."""
        if check.state.is_good:
            self.dismiss(check.id)
            return
        self.panel.show(check)
        self.add_class("-tested")
        if not check.state.is_open:
            self.say(self._kept_sentence(check))
            self._refresh_version()
        self.update_footer()

    def _kept_sentence(self, check: Check) -> str:
        name = self.destination.name
        how = "The test was stopped" if check.state is CheckState.CANCELLED else "The test failed"
        if self.destination.status is Status.ACTIVE:
            return f"{how}: {name} stays Active on the old credentials."
        return f"{how}: the new credentials are not kept, and {name} stays in Error."

    @work(exclusive=True, group="version", exit_on_error=False)
    async def _refresh_version(self) -> None:
        # The failed candidate moved the row itself; the next try must not take that for somebody's change.
        if (found := await self.attempt(services.get, self.ctx, self.destination.id)) is not None:
            self._version = found.version

    @work(exclusive=True, group="in-use", exit_on_error=False)
    async def _read_in_use(self) -> None:
        used = await self.attempt(services.in_use_since, self.ctx, self.destination.id)
        since = f"In use since {self.when(used[0])}, set by {used[1]}. " if used else ""
        self.query_one("#in-use", Static).update(
            clean(f"{since}After the change these are kept as the previous version, for rollback.")
        )

    @on(Form.Edited)
    def _edited(self) -> None:
        self.panel.outdate()

    @on(Input.Submitted)
    async def _entered(self) -> None:
        await self.action_do(REPLACE.id)

    @on(FlatButton.Pressed)
    async def _pressed(self, event: FlatButton.Pressed) -> None:
        event.stop()
        does = {"replace": REPLACE, "more": MORE, "roll-back": ROLL_BACK}
        await self.action_do(does.get(event.button.id or "", LEAVE).id)

    def _make_form(self, destination: Destination) -> Form:
        filling = Filling(fields=destination.fields, kept=frozenset(destination.secret_names))
        return Form(declared(destination), filling, marks=ink_of(self).marks)

    def _shown_first(self) -> frozenset[str] | None:
        """The fields of the sections that hold secrets; None, all of them, where the trouble is elsewhere."""
        check = self.destination.check
        if check and check.diagnosis and check.diagnosis.step in BEFORE_SIGN_IN:
            return None
        sections = {f.section for f in self.spec.fields if f.secret and not f.placeholder}
        found = frozenset(f.name for f in self.spec.fields if f.section in sections)
        return found if found and len(found) < len(self.spec.fields) else None
