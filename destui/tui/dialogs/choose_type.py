"""The first step of adding: which type of destination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from destui.domain.fields import TypeSpec
from destui.domain.units import count
from destui.tui import actions
from destui.tui.actions import Action, register
from destui.tui.background import in_thread
from destui.tui.dialogs.types_list import Offer, best, offered
from destui.tui.screens.base import BaseScreen
from destui.tui.text import fit, fit_right
from destui.tui.theme import Ink, ink_of
from destui.tui.widgets.chrome import TitleLine
from destui.tui.widgets.footer import Key
from destui.tui.widgets.line import Lines, Runs
from destui.tui.widgets.reversing import WholeList
from destui.tui.widgets.visible import Visible

if TYPE_CHECKING:
    from destui.services.context import Context

CHOOSE = register(Action("choose_type", ("enter",), "Choose", "Choose the type", lambda s: s.choose()))
UP = register(Action("type_up", ("up",), "Move", "Last type", lambda s: s.move("cursor_up")))
DOWN = register(Action("type_down", ("down",), "Move", "Next type", lambda s: s.move("cursor_down")))
PAGE_UP = register(Action("type_page_up", ("pageup",), "Page", "Page up", lambda s: s.move("page_up")))
PAGE_DOWN = register(Action("type_page_down", ("pagedown",), "Page", "Page down", lambda s: s.move("page_down")))
HELP = register(Action("typing_help", ("f1",), "Help", "This help", lambda s: s.show_help(), pinned=True))
"""Help where letters are typed."""


class _Found(Lines):
    """How many types match, at the right of the filter."""

    text = ""

    def show(self, found: int, total: int) -> None:
        """Change the numbers."""
        self.text = count(total, "type") if found == total else f"{found} of {count(total, 'type')}"
        self.refresh()

    def lines(self, cells: int) -> list[Runs]:
        """The one row."""
        return [[(fit_right(self.text, cells), ink_of(self).muted)]]


class ChooseType(BaseScreen[str]):
    """The types in groups; letters narrow them. Ends with a type's id, or None."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        CHOOSE, UP, DOWN, PAGE_UP, PAGE_DOWN, actions.BACK, actions.REDRAW, HELP,
    )  # fmt: skip

    is_ready = False

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self._types: Sequence[tuple[TypeSpec, str]] = ()
        self._offers: dict[str, Offer] = {}

    def compose_content(self) -> ComposeResult:
        """Path, filter, list."""
        with Horizontal(classes="title-row"):
            yield TitleLine(self.MENU, "Add", path=("Destinations",))
        with Horizontal(id="type-filter"):
            yield Input(placeholder="type to narrow: postgres, sqlite, folder", highlighter=Visible(), id="narrow")
            yield _Found()
        types = WholeList(id="types")
        types.can_focus = False
        yield types

    def on_mount(self) -> None:
        """Letters go to the filter from the start."""
        narrow = self.query_one("#narrow", Input)
        narrow.cursor_blink = False
        narrow.focus()
        self._load()

    @work(exclusive=True, group="types", exit_on_error=False)
    async def _load(self) -> None:
        self._types = await in_thread(_known_types)
        self._list_types()
        self.call_after_refresh(self.become_ready)

    def footer_keys(self) -> list[Key]:
        """Up and down as one entry."""
        keys = [k for k in super().footer_keys() if k.action in (CHOOSE.id, DOWN.id, actions.BACK.id)]
        up = actions.key_label("up", self.app.has_class("-ascii"))
        return [replace(k, label=f"{up} {k.label}") if k.action == DOWN.id else k for k in keys]

    def move(self, how: str) -> None:
        """Move the cursor of the list while the filter keeps the focus."""
        getattr(self.query_one("#types", OptionList), f"action_{how}")()

    def choose(self) -> None:
        """Take the type under the cursor, or say why it cannot be had."""
        option = self.query_one("#types", OptionList).highlighted_option
        offer = self._offers.get(option.id or "") if option else None
        if offer is None:
            self.say("No type matches. Take letters out of the filter.")
        elif offer.needs:
            self.say(f"{offer.needs}.")
        else:
            self.destui.held_keys.hold()  # what is typed after it is for the form
            self.dismiss(offer.spec.id)

    @on(Input.Submitted, "#narrow")
    def _submitted(self) -> None:
        self.choose()

    @on(OptionList.OptionSelected, "#types")
    def _clicked(self) -> None:
        self.choose()

    @on(Input.Changed, "#narrow")
    def _list_types(self) -> None:
        pattern = self.query_one("#narrow", Input).value
        groups = offered(self._types, pattern)
        self._offers = {o.spec.id: o for offers in groups.values() for o in offers}
        listed = self.query_one("#types", OptionList)
        listed.clear_options()
        listed.add_options(self._options(groups))
        self.query_one(_Found).show(len(self._offers), len(self._types))
        if (first := best(groups)) is not None:
            listed.highlighted = listed.get_option_index(first)

    def _options(self, groups: dict[str, list[Offer]]) -> list[Option]:
        ink, widths = ink_of(self), (27, 15) if self.has_class("-narrow") else (28, 16)
        options: list[Option] = []
        for name, offers in groups.items():
            if options:
                options.append(Option("", disabled=True))
            options.append(Option(Text(name, ink.muted), disabled=True))
            options += [Option(_row(o, ink, widths), id=o.spec.id) for o in offers]
        return options


def _row(offer: Offer, ink: Ink, widths: tuple[int, int]) -> Text:
    spec = offer.spec
    name = Text("  " + fit(spec.label, widths[0] - 2, ink.marks.cut) + "  ", ink.muted if offer.needs else ink.text)
    for position in offer.marks:
        name.stylize(ink.hit, position + 2, position + 3)
    needs = offer.needs.partition(": ")[2]
    what = f"needs: {needs}" if needs else spec.description
    return Text.assemble(name, (fit(spec.id, widths[1], ink.marks.cut) + what, ink.muted), no_wrap=True)


def _known_types() -> list[tuple[TypeSpec, str]]:
    """Every type, with the sentence that says what is missing for it."""
    from destui.services import types

    return [(spec, types.missing_driver(spec.id) or "") for spec in types.specs()]
