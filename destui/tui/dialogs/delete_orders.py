"""Deleting load orders: what goes, what stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.widget import Widget

from destui.domain.errors import DestuiError
from destui.domain.orders import LoadOrder
from destui.domain.units import count
from destui.tui.actions import Action, register
from destui.tui.background import in_thread
from destui.tui.dialogs.base import CANCEL, Dialog, facts, paragraph
from destui.tui.patience import telling
from destui.tui.screens import load_services
from destui.tui.text import clean
from destui.tui.widgets import order_words as words
from destui.tui.widgets.button import FlatButton

if TYPE_CHECKING:
    from destui.services.context import Context

NAMED = 6
"""So many names are listed when several are deleted at once."""

CONFIRM = register(Action(
    "confirm_delete_orders", ("enter",), "Delete", "Delete", lambda s: s.confirm(), changes=True,
))  # fmt: skip
NEXT = register(Action("next_in_delete_orders", ("tab",), "Next button", "Next button", lambda s: s.focus_next()))


class DeleteOrdersDialog(Dialog[str]):
    """Asks, deletes, and ends with the sentence that tells it; None: they were kept."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (CONFIRM, NEXT, CANCEL)

    def __init__(self, ctx: Context, orders: Sequence[LoadOrder]) -> None:
        self.orders = tuple(orders)
        one = self.orders[0] if len(self.orders) == 1 else None
        what = f"load order {one.name}" if one else count(len(self.orders), "load order")
        super().__init__(ctx, f"Delete {what}?", one.destination if one else "")

    def compose_body(self) -> Iterable[Widget]:
        """The consequences."""
        one = self.orders[0] if len(self.orders) == 1 else None
        if one is not None:
            yield from facts([
                ("Loads", f"{words.source_words(one.source)} into {one.table}"),
                ("Goes with it", "the history of its runs"),
                ("Last load", self._last(one)),
                ("Not touched", f"the rows already in {one.table}"),
            ])  # fmt: skip
        else:
            names = ", ".join(o.name for o in self.orders[:NAMED])
            if (more := len(self.orders) - NAMED) > 0:
                names += f" and {more:,} more"
            told = [("Load orders", names), ("Goes with", "the history of their runs")]
            yield from facts([*told, ("Not touched", "the rows already loaded")])
        if running := [o.name for o in self.orders if o.running]:
            yield paragraph(f"{clean(', '.join(running[:NAMED]))}: the run is stopped, the table stays as it was.")
        yield paragraph("It cannot be brought back." if one else "They cannot be brought back.")

    def _last(self, order: LoadOrder) -> str:
        run = order.run
        if run is None:
            return "none"
        return f"{self.when(run.started_at or run.created_at)}, {words.run_words(run)}, {count(run.rows, 'row')}"

    def buttons(self) -> Iterable[FlatButton]:
        """Cancel first: the focus starts there."""
        yield FlatButton("Cancel", id="cancel")
        yield FlatButton("Delete load order" if len(self.orders) == 1 else "Delete load orders", "danger", id="delete")

    def on_mount(self) -> None:
        """The harmless button has the focus."""
        self.query_one("#cancel").focus()

    def footer_actions(self) -> Iterable[Action]:
        """Enter deletes only where it would: not while the focus is on Cancel."""
        ready = self.focused is not None and self.focused.id == "delete"
        return (CONFIRM, NEXT, CANCEL) if ready else (NEXT, CANCEL)

    def confirm(self) -> None:
        """Delete."""
        if self.refusal:
            self.say(self.refusal)
        else:
            self._delete()

    @on(FlatButton.Pressed)
    def _pressed(self, event: FlatButton.Pressed) -> None:
        event.stop()
        if event.button.id == "delete":
            self.confirm()
        else:
            self.dismiss(None)

    @work(exclusive=True, group="delete", exit_on_error=False)
    async def _delete(self) -> None:
        try:
            with telling(self, "Deleting…"), self.destui.held_keys.held():
                gone = await in_thread(load_services.delete, self.ctx, [o.id for o in self.orders])
                self.dismiss(self._told(gone))
        except DestuiError as error:
            self.refused(error)

    def _told(self, gone: int) -> str:
        name = self.orders[0].name if len(self.orders) == 1 else ""
        if not gone:
            return f"{f'{name} was' if name else 'They were'} deleted meanwhile by another session."
        what = f"{name} was" if name else f"{count(gone, 'load order')} {'was' if gone == 1 else 'were'}"
        return f"{what} deleted. What was loaded stays."
