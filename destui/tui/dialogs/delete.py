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
from destui.domain.errors import DestuiError, limit_tooltip
from destui.domain.event import Counts
from destui.domain.units import count
from destui.tui.actions import Action, key_label, register
from destui.tui.background import in_thread
from destui.tui.dialogs.base import CANCEL, Dialog, facts, paragraph
from destui.tui.list_actions import UNDO
from destui.tui.patience import telling
from destui.tui.text import clean, day
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


class DeleteDialog(Dialog[str]):
    """Asks, deletes into the trash, and ends with the sentence that tells it; None: they were kept. Needs neither
    vault nor a valid configuration."""

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
        yield paragraph(self._trash_sentence(), id="trash-sentence")
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
        self._read()

    def footer_actions(self) -> Iterable[Action]:
        """Enter deletes only where it would: not while the focus is on Cancel."""
        ready = self.confirmed and self.focused is not None and self.focused.id in ("delete", "confirm-name")
        return (CONFIRM, NEXT, CANCEL) if ready else (NEXT, CANCEL)

    @property
    def is_typing_next(self) -> bool:
        """The name is asked for, and the focus is not on its field yet."""
        return self.asks and not self.confirmed and not self.query_one("#confirm-name").has_focus

    def why_not(self) -> str | None:
        """Why it cannot be deleted yet."""
        return None if self.confirmed else f"Type {self.expected} to confirm first."

    def confirm(self) -> None:
        """Delete, if the name is typed where it must be."""
        if reason := self.why_not() or self.refusal:
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
            self.dismiss(None)

    @work(exclusive=True, group="consequences", exit_on_error=False)
    async def _read(self) -> None:
        try:
            found, counts = await in_thread(_consequences, self.ctx, [d.id for d in self.destinations])
            text = self._last_load(found)
        except DestuiError as error:
            text = f"not known: {error}"
        else:
            if self.load_orders:
                label = "#fact-goes-with-it" if len(self.destinations) == 1 else "#fact-goes-with"
                self.query_one(label, Static).update(Text(clean(self._what_goes(found))))
            self.query_one("#trash-sentence", Static).update(self._trash_sentence(counts))
        if self.load_orders:
            self.query_one("#fact-last-load", Static).update(Text(clean(text)))

    @work(exclusive=True, group="delete", exit_on_error=False)
    async def _delete(self) -> None:
        try:
            with telling(self, "Deleting…"), self.destui.held_keys.held():
                gone, counts = await in_thread(_delete, self.ctx, [d.id for d in self.destinations])
                self.dismiss(self._told(gone, counts))
        except DestuiError as error:
            self.refused(error)

    def _what_goes(self, found: Sequence[Consequences] = ()) -> str:
        """`4 load orders: orders, customers, refunds and fx_rates`; their names come with the reading."""
        if not self.load_orders:
            return "no load orders"
        told = count(self.load_orders, "load order")
        names = [name for consequences in found for name in consequences.names][:NAMED]
        if not names:
            return told
        more = self.load_orders - len(names)
        return f"{told}: {', '.join(names)}" + (f" and {more:,} more" if more > 0 else "")

    def _last_load(self, found: Sequence[Consequences]) -> str:
        loads = [(c.last_load, c.rows or 0, c.table) for c in found if c.last_load is not None]
        if not loads:
            return "none"
        moment, rows, table = max(loads)
        return f"{self.when(moment)}, {count(rows, 'row')}" + (f" into {table}" if table else "")

    def _trash_sentence(self, counts: Counts | None = None) -> Text:
        until = day(self.destui.clock() + timedelta(days=TRASH_DAYS), self.destui.zone)
        one = len(self.destinations) == 1
        text = Text(f"{'It waits' if one else 'They wait'} in the trash until {until}")
        if counts is not None and counts.total > counts.limit:
            return text.append(f". Over the limit of {counts.limit} nothing can be brought back.")
        if not (undo := self._undo_key):
            return text.append(".")
        return text.append("; ").append(undo, "bold").append(f" in the list brings {'it' if one else 'them'} back.")

    def _told(self, gone: int, counts: Counts) -> str:
        """What was done, and whether it can be undone: not where that many are over the limit."""
        name = self.destinations[0].name if len(self.destinations) == 1 else ""
        if not gone:
            return f"{f'{name} was' if name else 'They were'} deleted meanwhile by another session."
        what = f"{name} was" if name else f"{count(gone, 'destination')} {'was' if gone == 1 else 'were'}"
        done = f"{what} deleted."
        it = "it" if gone == 1 else "them"
        if counts.total + gone > counts.limit:
            return f"{done} The trash keeps {it} for {TRASH_DAYS} days. {limit_tooltip(counts.limit)}."
        return f"{done} {self._undo_key} brings {it} back." if self._undo_key else done

    @property
    def _undo_key(self) -> str:
        keys = self.destui.keymap.keys(UNDO)
        return key_label(keys[0]) if keys else ""


def _consequences(ctx: Context, ids: Sequence[str]) -> tuple[list[Consequences], Counts]:
    from destui.services import browse, destinations

    return [destinations.consequences(ctx, identity) for identity in ids], browse.counts(ctx)


def _delete(ctx: Context, ids: Sequence[str]) -> tuple[int, Counts]:
    from destui.services import browse, destinations

    return destinations.delete(ctx, ids), browse.counts(ctx)
