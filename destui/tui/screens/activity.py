"""Activity: who did what to which destination."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll

from destui.domain.errors import StoreUnavailable
from destui.domain.event import Change, Event
from destui.tui.background import in_thread
from destui.tui.screens.base import BaseScreen
from destui.tui.text import clean, fit, width
from destui.tui.theme import ink_of
from destui.tui.widgets.chrome import TitleLine
from destui.tui.widgets.line import Lines, Runs

if TYPE_CHECKING:
    from destui.services.context import Context

SHOWN = 500
"""Events, the newest."""


class EventLines(Lines):
    """One event a row: when, who, what, to which destination, and more in words."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[str, str, str, str, str]] = []

    def show(self, rows: list[tuple[str, str, str, str, str]]) -> None:
        """When, who, verb, name, detail of each."""
        if rows != self._rows:
            self._rows = rows
            self.refresh(layout=True)

    def lines(self, cells: int) -> list[Runs]:
        """A header and a row for each."""
        ink = ink_of(self)
        mark = ink.marks.cut
        who = 18 if cells < 90 else 26
        name = 20 if cells < 90 else 28
        head = f"{fit('When', 11)} {fit('Who', who)} {fit('Did', 13)} {fit('Destination', name)} "
        rows: list[Runs] = [[(head, ink.muted)]]
        for moment, by, verb, destination, detail in self._rows:
            rest = cells - 11 - who - 13 - name - 4
            rows.append(
                [
                    (f"{fit(moment, 11)} {fit(by, who, mark)} {fit(verb, 13)} ", ink.muted),
                    (f"{fit(destination, name, mark)} ", ink.text),
                    (fit(detail, rest, mark) if rest > 8 and width(detail) else "", ink.muted),
                ]
            )
        if not self._rows:
            rows.append([("Nothing has been done yet.", ink.text)])
        return rows


class ActivityScreen(BaseScreen[None]):
    """The third page of the left menu."""

    MENU: ClassVar[str] = "activity"

    def __init__(self) -> None:
        super().__init__()
        self._reading = self._again = False

    def compose_content(self) -> ComposeResult:
        """The title and the events."""
        with Horizontal(classes="title-row"):
            yield TitleLine("activity", "Activity")
        with VerticalScroll(id="events"):
            yield EventLines()

    def on_mount(self) -> None:
        """Read."""
        self.query_one("#events").focus()
        self.reread()

    def store_changed(self, changes: list[Change]) -> None:
        """New events."""
        if any(change.entity in ("event", "all") for change in changes):
            self.reread()

    def reread(self) -> None:
        """Read the newest events."""
        self._again = True
        if not self._reading and self.is_attached:
            self._reading = True
            self.run_worker(self._read(), group="events", exit_on_error=False)

    async def _read(self) -> None:
        try:
            while self._again:
                self._again = False
                found = await in_thread(_newest, self.ctx)
                self.query_one(EventLines).show([self._row(event) for event in found])
        except StoreUnavailable as error:
            self.destui.store_lost(str(error))
        finally:
            self._reading = False

    def _row(self, event: Event) -> tuple[str, str, str, str, str]:
        return self.when(event.at), clean(event.who), clean(event.verb), clean(event.name), clean(event.detail)


def _newest(ctx: Context) -> list[Event]:
    from destui.services import events

    return events.page(ctx, 0, SHOWN)
