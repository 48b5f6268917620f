"""What the dialogs share: the panel, its title, facts in two columns, buttons that the arrows reach."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from destui.tui.actions import Action, register
from destui.tui.screens.base import BaseDialog
from destui.tui.text import clean, cut, width
from destui.tui.theme import ink_of
from destui.tui.widgets.button import FlatButton
from destui.tui.widgets.line import Lines, Runs, spread

if TYPE_CHECKING:
    from destui.services.context import Context

T = TypeVar("T")

WIDEST_KIND = 20

CANCEL = register(Action("close_dialog", ("escape",), "Cancel", "Close without doing it", lambda s: s.go_back()))
FORM = "Form"
"""The section of a form's actions in the help."""
NEXT_FIELD = register(
    Action("next_field", ("tab",), "Next field", "Next field", lambda s: s.focus_next(), section=FORM)
)
LAST_FIELD = register(
    Action("last_field", ("shift+tab",), "Last field", "Last field", lambda s: s.focus_previous(), section=FORM)
)


async def put_in_place(old: Widget, new: Widget) -> None:
    """Show another in the place of this one. A footer or a key that asks for it meanwhile finds one of them."""
    assert isinstance(old.parent, Widget)
    with old.app.batch_update():
        await old.parent.mount(new, after=old)
        await old.remove()


class PanelHead(Lines):
    """The title, and the type at the right; a long title is cut before it comes too near."""

    def __init__(self, title: str, kind: str = "") -> None:
        super().__init__()
        self._title, self._kind = clean(title), clean(kind)

    def lines(self, cells: int) -> list[Runs]:
        """The one row."""
        ink = ink_of(self)
        kind = cut(self._kind, WIDEST_KIND, ink.marks.cut)
        room = cells - (width(kind) + 2 if kind else 0)
        title = self._title
        if title.endswith("?") and width(title) > room:  # what is asked stays a question
            title = cut(title, room - 1, ink.marks.cut) + "?"
        title = cut(title, room, ink.marks.cut)
        return [spread([(title, ink.strong)], [(kind, ink.muted)], cells, ink.muted)]


class Dialog(BaseDialog[T]):
    """A panel over the page. A subclass gives title, body and buttons; escape closes it with None."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (CANCEL,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, ctx: Context, title: str, kind: str = "") -> None:
        super().__init__()
        self._ctx = ctx
        self._head = (title, kind)

    @property
    def ctx(self) -> Context:
        """The opened store and vault."""
        return self._ctx

    def compose_panel(self) -> ComposeResult:
        """Title, body, buttons."""
        title, kind = self._head
        with Vertical(classes="panel"):
            yield PanelHead(title, kind)
            yield from self.compose_body()
            yield Horizontal(*self.buttons(), classes="panel-buttons")

    def compose_body(self) -> Iterable[Widget]:
        """What stands between title and buttons."""
        return ()

    def buttons(self) -> Iterable[FlatButton]:
        """The primary first; in a dialog that destroys, Cancel."""
        return ()


def facts(pairs: Iterable[tuple[str, str]]) -> Iterable[Widget]:
    """Label and value in two columns; a long value wraps under itself and is found as `#fact-<label>`."""
    for label, value in pairs:
        yield Horizontal(
            Static(label, classes="fact-label", markup=False),
            Static(Text(clean(value)), classes="fact-value", id="fact-" + label.lower().replace(" ", "-")),
            classes="fact",
        )


def paragraph(text: str | Text, *, muted: bool = False, id: str | None = None) -> Static:
    """Sentences of a dialog, a blank row above."""
    shown = Text(clean(text)) if isinstance(text, str) else text
    return Static(shown, classes="paragraph -muted" if muted else "paragraph", id=id)
