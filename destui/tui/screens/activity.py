"""Activity: who did what to which destination."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from destui.domain.errors import StoreUnavailable
from destui.domain.event import Change, Event
from destui.tui.background import in_thread
from destui.tui.screens.base import BaseScreen
from destui.tui.text import clean
from destui.tui.theme import Ink
from destui.tui.widgets.chrome import TitleLine
from destui.tui.widgets.line import Runs
from destui.tui.widgets.records import Column, Drawn, Records

if TYPE_CHECKING:
    from destui.services.context import Context

PAGE = 200
"""Events read at a time."""
COLUMNS = (
    Column("When", 11), Column("Who", 26, narrow=15), Column("Did", 13), Column("Destination", 28, narrow=17),
    Column("Detail"),
)  # fmt: skip


class ActivityScreen(BaseScreen[None]):
    """The third page of the left menu. It holds the newest events, and older ones as they are looked at."""

    MENU: ClassVar[str] = "activity"

    def __init__(self) -> None:
        super().__init__()
        self._events: list[Event] = []
        """Those read, newest first."""
        self._complete = False
        """There are no older ones."""
        self._wants_newer = self._wants_older = False
        self._reading = False

    def compose_content(self) -> ComposeResult:
        """The title and the events."""
        with Horizontal(classes="title-row"):
            yield TitleLine("activity", "Activity")
        yield Records[Event](COLUMNS, id="events")
        yield Static("Nothing has been done yet.", id="no-events")

    def on_mount(self) -> None:
        """Read."""
        self.query_one("#no-events").display = False
        self.query_one("#events").focus()
        self.reread()

    def store_changed(self, changes: list[Change]) -> None:
        """New events."""
        if any(change.entity in ("event", "all") for change in changes):
            self.reread()

    def reread(self) -> None:
        """Read what is new."""
        self._wants_newer = True
        self._start_reading()

    @on(Records.Wanted)
    def _want_older(self, event: Records.Wanted) -> None:
        if not isinstance(event, Records.Chosen) and not self._complete:
            self._wants_older = True
            self._start_reading()

    def _start_reading(self) -> None:
        if not self._reading and self.is_attached:
            self._reading = True
            self.run_worker(self._read(), group="events", exit_on_error=False)

    async def _read(self) -> None:
        try:
            while self._wants_newer or self._wants_older:
                newer, self._wants_newer = self._wants_newer, False
                self._wants_older = self._wants_older and newer  # the newer first
                found = await in_thread(_page, self.ctx, 0 if newer else len(self._events))
                (self._take_newer if newer else self._take_older)(found)
                self._show()
        except StoreUnavailable as error:
            self.destui.store_lost(str(error))
        finally:
            self._reading = False

    def _take_newer(self, found: Sequence[Event]) -> None:
        known = self._events[0].id if self._events else 0
        new = [event for event in found if event.id > known]
        if len(new) == len(found):  # so many that there may be more between: begin anew
            self._events, self._complete = list(found), len(found) < PAGE
        else:
            self._events = [*new, *self._events]

    def _take_older(self, found: Sequence[Event]) -> None:
        last = self._events[-1].id if self._events else 0
        # What was added at the top meanwhile has moved some that are held already into this page.
        self._events += [event for event in found if event.id < last]
        self._complete = len(found) < PAGE

    def _show(self) -> None:
        table = self.query_one("#events", Records)
        table.display = bool(self._events)
        self.query_one("#no-events").display = not self._events
        table.take([Drawn(str(event.id), event, self._write) for event in self._events], complete=self._complete)

    def _write(self, event: Event, ink: Ink, soft: Style) -> list[Runs]:
        return [
            [(self.when(event.at), soft)],
            [(clean(event.who), soft)],
            [(clean(event.verb), soft)],
            [(clean(event.name), ink.text)],
            [(clean(event.detail), soft)],
        ]


def _page(ctx: Context, offset: int) -> list[Event]:
    from destui.services import events

    return events.page(ctx, offset, PAGE)
