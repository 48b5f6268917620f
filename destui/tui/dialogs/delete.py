"""Deleting: what goes, what stays, and the name typed where load orders go too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.widget import Widget
from textual.widgets import Input, Static

from destui.domain.destination import TRASH_DAYS, Destination
from destui.domain.errors import DestuiError
from destui.tui.actions import Action, register
from destui.tui.background import in_thread
from destui.tui.dialogs.base import CANCEL, Dialog, facts, paragraph
from destui.tui.patience import telling
from destui.tui.text import clean, count, day
from destui.tui.theme import ink_of
from destui.tui.widgets.button import FlatButton
from destui.tui.widgets.fields import TextField

if TYPE_CHECKING:
    from destui.services.context import Context
    from destui.services.destinations import Consequences

NEXT = register(
    Action(
        "next_in_delete", ("tab",), "Next button", "Go to the field for the name, or the next button",
        lambda s: s.focus_next(), titled=lambda s: "Type the name" if s.is_typing_next else "Next button",
    )
)  # fmt: skip
CONFIRM = register(
    Action(
        "confirm_delete", ("enter",), "Delete", "Delete", lambda s: s.confirm(),
        disabled_reason=lambda s: s.why_not(), changes=True,
    )
)  # fmt: skip


NAMED = 6
"""So many names are listed when several are deleted at once."""


class DeleteDialog(Dialog[bool]):
    """Asks, deletes into the trash, and ends with True once that is done. Needs neither vault nor a valid
    configuration."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (CONFIRM, NEXT, CANCEL)

    def __init__(self, ctx: Context, destinations: Sequence[Destination]) -> None:
        self.destinations = tuple(destinations)
        one = self.destinations[0] if len(self.destinations) == 1 else None
        what = one.name if one else count(len(self.destinations), "destination")
        super().__init__(ctx, f"Delete {what}?", one.type if one else "")
        self.load_orders = sum(d.load_orders for d in self.destinations)
        self.expected = one.name if one else str(len(self.destinations))
        self.asks = self.load_orders > 0
        self.confirmed = not self.asks

    def compose_body(self) -> Iterable[Widget]:
        """The consequences, then the question."""
        names = ", ".join(d.name for d in self.destinations[:NAMED])
        if (more := len(self.destinations) - NAMED) > 0:
            names += f" and {more:,} more"
        many = len(self.destinations) > 1
        pairs = [("Destinations", names)] if many else []
        pairs += [
            ("Goes with it" if not many else "Goes with", self._what_goes()),
            ("Last load", "none" if not self.load_orders else "…"),
            ("Not touched", f"the data already in {'them' if many else names}"),
        ]
        yield from facts(pairs)
        yield paragraph(self._trash_sentence())
        if self.asks:
            ask = Text.assemble(("Type ", ink_of(self).muted), (clean(self.expected), ink_of(self).text))
            yield paragraph(ask.append(" to confirm", ink_of(self).muted))
            yield TextField(id="confirm-name")

    def buttons(self) -> Iterable[FlatButton]:
        """Cancel first: the focus starts there."""
        label = "Delete destination" if len(self.destinations) == 1 else "Delete destinations"
        yield FlatButton("Cancel", id="cancel")
        yield FlatButton(label, "danger", id="delete", disabled=not self.confirmed)

    def on_mount(self) -> None:
        """The harmless button has the focus."""
        self.query_one("#cancel").focus()
        if self.load_orders:
            self._read()

    def footer_actions(self) -> Iterable[Action]:
        """Enter deletes only where it would: not while the focus is on Cancel."""
        ready = self.confirmed and self.focused is not None and self.focused.id in ("delete", "confirm-name")
        return (CONFIRM, NEXT, CANCEL) if ready else (NEXT, CANCEL)

    def on_descendant_focus(self) -> None:
        """What enter does depends on the focus."""
        self.update_footer()

    @property
    def is_typing_next(self) -> bool:
        """The name is asked for, and the focus is not on its field yet."""
        return self.asks and not self.confirmed and not self.query_one("#confirm-name").has_focus

    def why_not(self) -> str | None:
        """Why it cannot be deleted yet."""
        return None if self.confirmed else f"Type {self.expected} to confirm first."

    def confirm(self) -> None:
        """Delete, if the name is typed where it must be."""
        if reason := self.why_not():
            self.say(reason)
        else:
            self._delete()

    @on(Input.Changed, "#confirm-name")
    def _name_typed(self, event: Input.Changed) -> None:
        # A name from an older store may hold what no keyboard types: then it is typed as it is shown.
        self.confirmed = event.value in (self.expected, clean(self.expected))
        self.query_one("#delete", FlatButton).disabled = not self.confirmed
        self.update_footer()

    @on(Input.Submitted, "#confirm-name")
    def _submitted(self) -> None:
        self.confirm()

    @on(FlatButton.Pressed)
    def _pressed(self, event: FlatButton.Pressed) -> None:
        event.stop()
        if event.button.id == "delete":
            self.confirm()
        else:
            self.dismiss(False)

    def go_back(self) -> None:
        """Escape keeps them."""
        self.dismiss(False)

    @work(exclusive=True, group="consequences", exit_on_error=False)
    async def _read(self) -> None:
        try:
            found = await in_thread(_consequences, self.ctx, [d.id for d in self.destinations])
            text = self._last_load(found)
        except DestuiError as error:
            text = f"not known: {error}"
        self.query_one("#fact-last-load", Static).update(Text(clean(text)))

    @work(exclusive=True, group="delete", exit_on_error=False)
    async def _delete(self) -> None:
        try:
            with telling(self, "Deleting…"), self.destui.held_keys.held():
                await in_thread(_delete, self.ctx, [d.id for d in self.destinations])
                self.dismiss(True)
        except DestuiError as error:
            self.say(str(error))

    def _what_goes(self) -> str:
        return count(self.load_orders, "load order") if self.load_orders else "no load orders"

    def _last_load(self, found: Sequence[Consequences]) -> str:
        loads = [(c.last_load, c.rows or 0) for c in found if c.last_load is not None]
        if not loads:
            return "none"
        moment, rows = max(loads)
        return self.when(moment) + (f", {count(rows, 'row')}" if rows else "")

    def _trash_sentence(self) -> Text:
        until = day(self.destui.clock() + timedelta(days=TRASH_DAYS), self.destui.zone)
        one = len(self.destinations) == 1
        text = Text(f"{'It waits' if one else 'They wait'} in the trash until {until}; ")
        return text.append("u", "bold").append(f" in the list brings {'it' if one else 'them'} back.")


def _consequences(ctx: Context, ids: Sequence[str]) -> list[Consequences]:
    from destui.services import destinations

    return [destinations.consequences(ctx, identity) for identity in ids]


def _delete(ctx: Context, ids: Sequence[str]) -> int:
    from destui.services import destinations

    return destinations.delete(ctx, ids)
