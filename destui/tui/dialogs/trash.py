"""The trash: what was deleted within the last days, and can be brought back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual import on, work
from textual.widget import Widget
from textual.widgets import Static

from destui.domain.errors import DestuiError
from destui.domain.event import Change
from destui.domain.units import count
from destui.tui.actions import Action, register
from destui.tui.background import in_thread
from destui.tui.dialogs.base import CANCEL, Dialog, paragraph
from destui.tui.patience import telling
from destui.tui.text import clean, day
from destui.tui.theme import Ink
from destui.tui.widgets.button import FlatButton
from destui.tui.widgets.line import Runs
from destui.tui.widgets.records import Column, Drawn, Records

if TYPE_CHECKING:
    from destui.services.context import Context
    from destui.services.destinations import Trashed

RESTORE = register(
    Action(
        "restore", ("enter",), "Bring back", "Bring the destination back", lambda s: s.restore(),
        disabled_reason=lambda s: None if s.chosen else "The trash is empty.", changes=True,
    )
)  # fmt: skip
COLUMNS = (Column("Destination", 0), Column("Type", 10), Column("Deleted", 11), Column("Kept until", 10))
MOST_ROWS = 12


class TrashDialog(Dialog[bool]):
    """Lists the trash, newest first; what is brought back keeps its secrets. Ends with True when something was."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (RESTORE, CANCEL)

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx, "Trash")
        self._restored = False

    @staticmethod
    def read_trash(ctx: Context) -> list[Trashed]:
        """What is in the trash, newest first."""
        from destui.services import destinations

        return destinations.trash(ctx)

    def compose_body(self) -> Iterable[Widget]:
        """The list, or that there is nothing."""
        yield Records["Trashed"](COLUMNS, id="trashed")
        yield paragraph("Reading…", muted=True, id="trash-note")

    def buttons(self) -> Iterable[FlatButton]:
        """One brings back, one closes."""
        yield FlatButton("Bring back", "primary", id="restore", disabled=True)
        yield FlatButton("Close", id="close")

    def on_mount(self) -> None:
        """Read it."""
        self.query_one("#trashed").focus()
        self.reread()

    @property
    def chosen(self) -> Trashed | None:
        """What stands under the cursor."""
        found: Records[Trashed] = self.query_one("#trashed", Records)
        return found.item

    def store_changed(self, changes: list[Change]) -> None:
        """Others delete and restore too."""
        if self.is_mounted and any(change.entity in ("destination", "all") for change in changes):
            self.reread()

    def reread(self) -> None:
        """Read what is in it."""
        self._read()

    @work(exclusive=True, group="trash", exit_on_error=False)
    async def _read(self) -> None:
        if (found := await self.attempt(self.read_trash, self.ctx)) is None:
            return
        table = self.query_one("#trashed", Records)
        table.take([Drawn(t.id, t, self._write) for t in found], complete=True)
        table.display = bool(found)
        table.styles.height = min(len(found), MOST_ROWS) + 1
        note = "Nothing was deleted within the last 7 days." if not found else count(len(found), "destination")
        self.query_one("#trash-note", Static).update(note)
        self.query_one("#restore", FlatButton).disabled = not found
        if not found:
            self.query_one("#close").focus()
        self.update_footer()

    def _write(self, trashed: Trashed, ink: Ink, soft: Style) -> list[Runs]:
        until = day(trashed.purge_at, self.destui.zone)
        return [
            [(clean(trashed.name), ink.text)],
            [(clean(trashed.type), soft)],
            [(self.when(trashed.deleted_at), soft)],
            [(until, soft)],
        ]

    def restore(self) -> None:
        """Bring back what stands under the cursor."""
        if self.refusal:
            self.say(self.refusal)
        elif (chosen := self.chosen) is not None:
            self._restore(chosen)

    @work(exclusive=True, group="restore", exit_on_error=False)
    async def _restore(self, chosen: Trashed) -> None:
        try:
            with telling(self, f"Bringing {chosen.name} back…"):
                await in_thread(_restore, self.ctx, chosen.id)
        except DestuiError as error:
            self.refused(error)
        else:
            self._restored = True
            self.say(f"{chosen.name} is back.", good=True)
            self.reread()

    def go_back(self) -> None:
        """Close it."""
        self.dismiss(self._restored)

    @on(Records.Chosen)
    def _moved(self) -> None:
        self.update_footer()

    @on(FlatButton.Pressed)
    def _pressed(self, event: FlatButton.Pressed) -> None:
        event.stop()
        if event.button.id == "restore":
            self.restore()
        else:
            self.go_back()


def _restore(ctx: Context, destination_id: str) -> None:
    from destui.services import destinations

    destinations.restore(ctx, destination_id)
