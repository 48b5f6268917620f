"""Adding a destination: the form of its type, a test beside it, and saving."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from destui.domain.check import Check
from destui.domain.destination import Destination
from destui.domain.errors import DestuiError, InvalidInput
from destui.domain.secret import Secret
from destui.services import types
from destui.tui import actions
from destui.tui.actions import Action, register
from destui.tui.background import in_thread
from destui.tui.dialogs.base import FORM, LAST_FIELD, NEXT_FIELD
from destui.tui.dialogs.choose_type import HELP
from destui.tui.patience import telling
from destui.tui.screens.base import BaseScreen
from destui.tui.screens.live_check import COPY_FIX, LiveForm, cancel_check
from destui.tui.theme import ink_of
from destui.tui.widgets.button import FlatButton
from destui.tui.widgets.chrome import TitleLine
from destui.tui.widgets.field_scroll import FieldScroll
from destui.tui.widgets.forms import NAME, Filling, Form, FormData
from destui.tui.widgets.ladder_test import LadderTest

if TYPE_CHECKING:
    from destui.services.context import Context

PAUSE = 0.2
"""Seconds without a key before the store is asked whether a name is in use."""

TEST = register(
    Action(
        "test", ("ctrl+t",), "Test", "Test without saving", lambda s: s.test(),
        disabled_reason=lambda s: s.test_reason(), titled=lambda s: s.test_title(), changes=True, section=FORM,
    )
)  # fmt: skip
SAVE = register(
    Action(
        "save_new", ("ctrl+s",), "Add", "Add destination", lambda s: s.save(),
        disabled_reason=lambda s: s.save_reason(), changes=True, section=FORM,
    )
)  # fmt: skip
LEAVE = register(
    Action("leave_form", ("escape",), "Back", "Stop the test, go back", lambda s: s.go_back(),
           titled=lambda s: s.leave_title(), section=FORM)
)  # fmt: skip


class AddScreen(LiveForm[str | None], BaseScreen[str | None]):
    """Ends with the new destination's id, or None. `like` fills the form in, but for secrets."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        NEXT_FIELD, LAST_FIELD, TEST, COPY_FIX, SAVE, LEAVE, actions.PALETTE, actions.RETRY, actions.REDRAW, HELP,
    )  # fmt: skip
    UNSAVED = "The new destination is not saved."

    def __init__(self, ctx: Context, type_id: str, *, like: Destination | None = None) -> None:
        super().__init__()
        self._ctx = ctx
        self.spec = types.spec(type_id)
        self._like = like
        self._testing = self._saving = False

    @property
    def ctx(self) -> Context:
        """The opened store and vault."""
        return self._ctx

    def compose_content(self) -> ComposeResult:
        """Path; the form and its buttons; the test beside or below."""
        like = self._like
        filling = Filling(name="") if like is None else Filling(copy_name(like.name), like.tags, like.fields)
        with Horizontal(classes="title-row"):
            yield TitleLine(self.MENU, self.spec.label, path=("Destinations", "Add"))
        with Horizontal(id="add-body"):
            with Vertical(id="add-form"):
                yield FieldScroll(Form(self.spec, filling, marks=ink_of(self).marks))
                yield Horizontal(
                    FlatButton("Add destination", "primary", id="save"),
                    FlatButton("Test", id="test"),
                    FlatButton("Cancel", id="cancel"),
                    classes="form-buttons",
                )
            yield LadderTest(self.spec.steps, self.destui.clock, id="add-test")

    def on_mount(self) -> None:
        """Begin with the name."""
        self.form.row(NAME).control.focus()
        self._steps_changed()

    # Titles and reasons of the actions

    def footer_actions(self) -> Iterable[Action]:
        """Those of the form."""
        return (NEXT_FIELD, TEST, SAVE, COPY_FIX, LEAVE, HELP)

    def test_title(self) -> str:
        """`Test` at first, `Test again` after."""
        return "Test" if self.panel.check is None else "Test again"

    def test_reason(self) -> str | None:
        """Why it cannot be tested now."""
        return "It is being tested. Escape stops the test." if self._testing or self.is_testing else None

    def save_reason(self) -> str | None:
        """Why it cannot be saved now."""
        return "It is being saved." if self._saving else None

    def leave_title(self) -> str:
        """Escape stops a running test first."""
        return "Stop the test" if self.is_testing else "Back"

    # What is done

    def test(self) -> None:
        """Check what stands in the form, without saving it."""
        if (data := self.form.check(name_asked=False)) is not None:
            self._test(data)

    def save(self) -> None:
        """Save it and begin its initialisation."""
        if (data := self.form.check()) is not None:
            self._save(data)

    @work(exclusive=True, group="test", exit_on_error=False, description="test a draft")
    async def _test(self, data: FormData) -> None:
        self._testing = True
        self.update_footer()
        try:
            with telling(self, "Asking for the test…"), self.destui.held_keys.held():
                check_id = await in_thread(_test_draft, self.ctx, self.spec.id, data.values, data.secrets)
        except InvalidInput as error:
            self.form.show_problems(error.problems, name_asked=False)
        except DestuiError as error:
            self.refused(error)
        else:
            self.follow(check_id)
        finally:
            self._testing = False
            self.update_footer()

    @work(exclusive=True, group="save", exit_on_error=False, description="add a destination")
    async def _save(self, data: FormData) -> None:
        self._saving = True
        try:
            with telling(self, f"Adding {data.name}…"), self.destui.held_keys.held():
                added = await in_thread(_add, self.ctx, self.spec.id, data)
                if self.following and self.is_testing:
                    await self.attempt(cancel_check, self.ctx, self.following)
                self.dismiss(added)
        except InvalidInput as error:
            self.form.show_problems(error.problems)
        except DestuiError as error:
            self.refused(error)
        finally:
            self._saving = False
            self.update_footer()

    @work(exclusive=True, group="name", exit_on_error=False)
    async def _look_up(self, name: str) -> None:
        await asyncio.sleep(PAUSE)
        try:
            taken = await in_thread(_name_taken, self.ctx, name)
        except DestuiError:
            return  # told by the banner, and again when it is saved
        self.form.show_in_use(name, taken)

    # What happens

    def check_came(self, check: Check) -> None:
        """Show how far the test is."""
        self.panel.show(check)
        self.update_footer()

    @on(Form.NameTyped)
    def _name_typed(self, event: Form.NameTyped) -> None:
        self._look_up(event.name)

    @on(Form.Edited)
    def _edited(self) -> None:
        self._steps_changed()
        self.panel.outdate()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.focus_next()

    @on(FlatButton.Pressed)
    async def _pressed(self, event: FlatButton.Pressed) -> None:
        event.stop()
        await self.action_do({"save": SAVE.id, "test": TEST.id}.get(event.button.id or "", LEAVE.id))

    def _steps_changed(self) -> None:
        values = {name: value for name, value in self.form.values().items() if isinstance(value, str)}
        self.panel.will_run(types.steps_for(self.spec.id, values))


def copy_name(name: str) -> str:
    """A name for a duplicate."""
    return f"{name[:123]} copy"


def _test_draft(ctx: Context, type_id: str, values: Mapping[str, object], secrets: Mapping[str, Secret]) -> str:
    from destui.services import checks

    return checks.test_draft(ctx, type_id, values, secrets)


def _add(ctx: Context, type_id: str, data: FormData) -> str:
    from destui.services import destinations

    return destinations.add(ctx, type_id, data.name, data.values, data.secrets, data.tags).destination_id


def _name_taken(ctx: Context, name: str) -> bool:
    from destui.services import browse

    return browse.name_taken(ctx, name)
