"""Reverse and underline to the edge of a line: Textual draws texts without the one and ends the other with the letters.

Only the looks without backgrounds use these attributes (destui.tcss).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style
from textual.app import ComposeResult
from textual.command import CommandList
from textual.strip import Strip
from textual.widgets import OptionList, Static
from textual.widgets._select import SelectCurrent, SelectOverlay

if TYPE_CHECKING:
    _List = OptionList
else:
    _List = object  # Textual follows only the first base of a widget: what is mixed in is none

HIGHLIGHTED = "option-list--option-highlighted"


def _whole(strip: Strip, look: Style, cells: int, blank: Style) -> Strip:
    attributes = Style(reverse=look.reverse or None, underline=look.underline or None)
    return strip.extend_cell_length(cells, blank).apply_style(attributes) if attributes else strip


class WholeStatic(Static):
    """A text."""

    ALLOW_SELECT = False

    def render_line(self, y: int) -> Strip:
        """The line, from edge to edge."""
        return _whole(super().render_line(y), self.styles.text_style, self.size.width, self.rich_style)


class WholeCurrent(SelectCurrent):
    """What a choice shows while it is closed."""

    def __init__(self, placeholder: str, arrow: str) -> None:
        super().__init__(placeholder)
        self._arrow = arrow

    def compose(self) -> ComposeResult:
        """The word chosen, and the mark that there are others."""
        yield WholeStatic(self.placeholder, id="label")
        yield WholeStatic(self._arrow, classes="arrow down-arrow")
        yield WholeStatic(self._arrow, classes="arrow up-arrow")


class _Whole(_List):
    """The row under the cursor is one run."""

    def render_line(self, y: int) -> Strip:
        """The line, from edge to edge where it is the one under the cursor."""
        strip = super().render_line(y)
        numbers = (s.style.meta.get("option") for s in strip if s.style)
        if self.highlighted is None or self.highlighted not in numbers:
            return strip
        look = self.get_component_styles(HIGHLIGHTED).text_style
        return _whole(strip, look, strip.cell_length, self.rich_style)


class WholeList(_Whole, OptionList):
    """A list of options."""


class WholeOverlay(_Whole, SelectOverlay):
    """What a choice opens."""


class WholeCommands(_Whole, CommandList, can_focus=False):
    """What the palette finds."""
