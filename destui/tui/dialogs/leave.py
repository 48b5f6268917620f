"""Short questions: shall what was typed be thrown away; somebody else changed this meanwhile; roll back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.widget import Widget

from destui.tui.actions import Action, register
from destui.tui.dialogs.base import Dialog, paragraph
from destui.tui.widgets.button import FlatButton

if TYPE_CHECKING:
    from destui.services.context import Context


KEEP = register(Action("keep_editing", ("escape",), "Keep editing", "Keep what was typed", lambda s: s.go_back()))


class _Question(Dialog[bool]):
    """Two buttons; the harmless one comes first and has the focus, escape is the same. True: the other."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (KEEP,)
    OTHER = ""

    def buttons(self) -> Iterable[FlatButton]:
        """The harmless one first."""
        yield FlatButton(KEEP.title, id="keep")
        yield FlatButton(self.OTHER, id="other")

    @on(FlatButton.Pressed)
    def _answered(self, event: FlatButton.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "other")

    def go_back(self) -> None:
        """Escape keeps what is there."""
        self.dismiss(False)


class LeaveDialog(_Question):
    """Asked before what was typed is lost. True: throw it away."""

    OTHER = "Discard"

    def __init__(self, ctx: Context, what: str) -> None:
        super().__init__(ctx, "Discard what you typed?")
        self._what = what

    def compose_body(self) -> Iterable[Widget]:
        """What is lost."""
        yield paragraph(self._what)


class ConflictDialog(_Question):
    """Somebody else saved first. True: show theirs and lose what was typed; False: keep editing, so that the next
    save goes over theirs knowingly."""

    OTHER = "Reload"

    def __init__(self, ctx: Context, sentence: str) -> None:
        super().__init__(ctx, "Somebody changed it meanwhile")
        self._sentence = sentence

    def compose_body(self) -> Iterable[Widget]:
        """Who changed what, when, and what the two buttons mean."""
        yield paragraph(self._sentence)
        yield paragraph(
            "Yours is not saved. Keep editing leaves it in the form, and saving again replaces theirs. "
            "Reload shows theirs and forgets yours.",
            muted=True,
        )


class RollBackDialog(_Question):
    """Asked before a roll-back, which counts at once. True: roll back."""

    OTHER = "Roll back"

    def __init__(self, ctx: Context, name: str) -> None:
        super().__init__(ctx, f"Roll {name} back?")

    def compose_body(self) -> Iterable[Widget]:
        """What happens."""
        yield paragraph("The fields and secrets before the last change count at once, and are then checked.")
        yield paragraph("Rolling back once more undoes it.", muted=True)
