"""A button of one row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from destui.tui.widgets.line import Lines, Runs

Kind = Literal["primary", "plain", "danger"]


class FlatButton(Lines, can_focus=True):
    """A verb with its object. Blue (`primary`, one a screen), plain, or red once it may destroy (`danger`).

    While disabled it is muted, cannot be focused, and says why in its tooltip.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "press", "Press", show=False)]

    @dataclass
    class Pressed(Message):
        """It was pressed by key or mouse."""

        button: FlatButton

        @property
        def control(self) -> FlatButton:
            """For `@on(FlatButton.Pressed, "#id")`."""
            return self.button

    def __init__(self, label: str, kind: Kind = "plain", *, id: str | None = None, disabled: bool = False) -> None:
        super().__init__(id=id, classes=f"-{kind}", disabled=disabled)
        self.label = label

    def lines(self, cells: int) -> list[Runs]:
        """The label between two blanks on each side; colours come from TCSS, the label never holds data."""
        return [[(f"  {self.label}  ", self.rich_style)]]

    def action_press(self) -> None:
        """Press it."""
        self.post_message(self.Pressed(self))

    def on_click(self, event: events.Click) -> None:
        """Press it."""
        event.stop()
        if not self.disabled:
            self.action_press()
