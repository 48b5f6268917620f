"""What stands in the tabs of a destination's page. None of it knows services: data comes down, messages go up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message

from destui.domain.check import Check, Reason
from destui.domain.destination import Destination
from destui.domain.event import Event
from destui.domain.fields import TypeSpec
from destui.tui.screens import page_rows
from destui.tui.screens.page_rows import Moment
from destui.tui.theme import ink_of
from destui.tui.widgets.button import FlatButton
from destui.tui.widgets.forms import Filling, Form
from destui.tui.widgets.line import Lines, Runs
from destui.tui.widgets.pane import DetailPane, head_of_check
from destui.tui.widgets.records import Drawn, Records

Clock = Callable[[], datetime]


class ChecksTab(Vertical):
    """The history of checks, and the one under the cursor whole, compared with the one before or with a marked one."""

    def __init__(self, clock: Clock, moment: Moment, exact: Moment, keys: tuple[str, str]) -> None:
        super().__init__(id="tab-checks")
        self._clock, self._moment, self._exact, self._keys = clock, moment, exact, keys
        self._checks: Sequence[Check] = ()
        self._complete = False
        self._marked: str | None = None

    def compose(self) -> ComposeResult:
        """The table above, the pane below."""
        yield Records[Check](page_rows.CHECK_COLUMNS, id="checks")
        yield DetailPane(self._clock, keys=self._keys, id="check-pane")

    @property
    def records(self) -> Records[Check]:
        """The table."""
        return self.query_one("#checks", Records)

    @property
    def pane(self) -> DetailPane:
        """The check under the cursor."""
        return self.query_one(DetailPane)

    @property
    def is_marked(self) -> bool:
        """The check under the cursor is the one that others are compared with."""
        check = self.records.item
        return check is not None and check.id == self._marked

    def show(self, checks: Sequence[Check], *, complete: bool) -> None:
        """Show these, newest first."""
        self._checks, self._complete = checks, complete
        self._draw()

    def toggle_marked(self) -> None:
        """Compare all others with the check under the cursor, or again each with the one before it."""
        if (check := self.records.item) is not None:
            self._marked = None if self.is_marked else check.id
            self._draw()

    def _draw(self) -> None:
        write = page_rows.write_check(self._moment)
        drawn = [Drawn(c.id, c, write, c.id == self._marked) for c in self._checks]
        self.records.take(drawn, complete=self._complete)
        self._show_pane()

    @on(Records.Chosen)
    def _show_pane(self) -> None:
        check = self.records.item
        self.pane.display = check is not None
        if check is not None:
            by = check.by if check.reason is Reason.INITIALISE else page_rows.by_words(check)
            head = head_of_check(check, self._exact(check.created_at), by)
            compared = page_rows.comparison(check, self._checks, self._marked, self._moment)
            self.pane.show(replace(head, short_aside=page_rows.seconds(check.ms)), check, compared)


class ActivityTab(Vertical):
    """The events of this destination."""

    def __init__(self, moment: Moment) -> None:
        super().__init__(id="tab-activity")
        self._moment = moment

    def compose(self) -> ComposeResult:
        """The table."""
        yield Records[Event](page_rows.EVENT_COLUMNS, id="page-events")

    @property
    def records(self) -> Records[Event]:
        """The table."""
        return self.query_one("#page-events", Records)

    def show(self, events: Sequence[Event], *, complete: bool) -> None:
        """Show these, newest first."""
        write = page_rows.write_event(self._moment)
        self.records.take([Drawn(str(e.id), e, write) for e in events], complete=complete)


class _Settings(Lines):
    """The settings as facts."""

    destination: Destination | None = None

    def __init__(self, spec: TypeSpec, moment: Moment) -> None:
        super().__init__()
        self._spec, self._moment = spec, moment

    def show(self, destination: Destination) -> None:
        """Show these."""
        if destination != self.destination:
            self.destination = destination
            self.refresh(layout=True)

    def lines(self, cells: int) -> list[Runs]:
        """A row for each."""
        if self.destination is None:
            return []
        return page_rows.setting_lines(self.destination, self._spec, self._moment, ink_of(self), cells)


class SettingsTab(VerticalScroll):
    """The settings, and in their place the form that changes them."""

    class EditWanted(Message):
        """The button was pressed."""

    def __init__(self, spec: TypeSpec, moment: Moment) -> None:
        super().__init__(id="tab-settings")
        self._spec = spec
        self._view = _Settings(spec, moment)

    def compose(self) -> ComposeResult:
        """The facts."""
        yield self._view

    @property
    def form(self) -> Form | None:
        """The form, while they are being changed."""
        return next(iter(self.query(Form)), None)

    def show(self, destination: Destination) -> None:
        """Show these; a form that is open keeps what was typed."""
        self._view.show(destination)

    async def edit(self, destination: Destination) -> None:
        """Put the form in the place of the facts."""
        await self.leave_form()
        self._view.display = False
        filling = Filling(destination.name, destination.tags, destination.fields, frozenset(destination.secret_names))
        form = Form(self._spec, filling, marks=ink_of(self).marks)
        buttons = Horizontal(
            FlatButton("Save", "primary", id="save-edit"), FlatButton("Cancel", id="cancel-edit"),
            id="edit-buttons", classes="form-buttons",
        )  # fmt: skip
        await self.mount(form, buttons)
        self.can_focus = False
        form.row("name").control.focus()

    async def leave_form(self) -> None:
        """Show the facts again."""
        await self.query("Form, #edit-buttons").remove()
        self._view.display = True
        self.can_focus = True
