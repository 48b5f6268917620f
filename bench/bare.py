"""The floor: a bare Textual app with Header, DataTable and Footer; 50 rows, or as many as its argument says."""

from __future__ import annotations

import sys
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import DataTable, Footer, Header


class BareApp(App[None]):
    """What every figure of the interface is held against."""

    BINDINGS: ClassVar[list[BindingType]] = [("q", "quit", "Quit")]

    def compose(self) -> ComposeResult:
        """Three stock widgets."""
        yield Header()
        yield DataTable(cursor_type="row")
        yield Footer()

    def on_mount(self) -> None:
        """Rows of six columns."""
        table = self.query_one(DataTable)
        table.add_columns("Destination", "Connected by", "Status", "Last updated", "Actions", "x")
        for n in range(int(sys.argv[1]) if len(sys.argv) > 1 else 50):
            table.add_row(f"destination-{n:06}  simulator", "nora@acme.test", "• Active", "09:58", "Setup load", "x")
        table.focus()


if __name__ == "__main__":
    BareApp().run()
