"""Load orders: what stands here until there are any."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from destui.tui.screens.base import BaseScreen
from destui.tui.theme import ink_of
from destui.tui.widgets.chrome import TitleLine
from destui.tui.widgets.line import Lines, Runs


class _Nothing(Lines):
    def lines(self, cells: int) -> list[Runs]:
        ink = ink_of(self)
        return [
            [("No load orders yet", ink.strong)],
            [],
            [("A load order is a standing order to load a source into", ink.text)],
            [("a table of a destination. They come with the next version.", ink.text)],
            [],
            [("1", ink.strong), ("  Back to the destinations", ink.muted)],
        ]


class LoadOrdersScreen(BaseScreen[None]):
    """The second page of the left menu."""

    MENU: ClassVar[str] = "load_orders"

    def compose_content(self) -> ComposeResult:
        """The title and why there is nothing."""
        with Horizontal(classes="title-row"):
            yield TitleLine("load_orders", "Load orders")
        yield _Nothing(classes="empty")
