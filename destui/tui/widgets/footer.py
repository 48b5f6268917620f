"""The last row: the keys that work here now, or a message until the next key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.style import Style
from textual import events
from textual.message import Message

from destui.tui.text import width
from destui.tui.theme import ink_of
from destui.tui.widgets.line import Lines, Run, Runs
from destui.tui.widgets.message_line import Notice, notice_lines


@dataclass(frozen=True)
class Key:
    """One entry of the footer."""

    action: str
    label: str
    title: str
    enabled: bool = True
    pinned: bool = False
    """Stays when there is no room for all."""


class Footer(Lines):
    """Keys in bold, titles muted, most used first; what does not fit is left out, pinned ones last."""

    @dataclass
    class Clicked(Message):
        """An entry was clicked; `action` is its id."""

        action: str

    def __init__(self, keys: Sequence[Key] = ()) -> None:
        super().__init__()
        self._keys = tuple(keys)
        self._notice: Notice | None = None

    @property
    def notice(self) -> Notice | None:
        """The message that is shown now."""
        return self._notice

    def show_keys(self, keys: Sequence[Key]) -> None:
        """Show these entries."""
        if self._keys != tuple(keys):
            self._keys = tuple(keys)
            if self._notice is None:
                self.refresh()

    def show_notice(self, notice: Notice | None) -> None:
        """Show a message in the place of the keys, or the keys again."""
        if notice == self._notice:
            return
        rows = len(self.lines(self.size.width))
        self._notice = notice
        self.set_class(notice is not None, "-notice")
        self.refresh(layout=len(self.lines(self.size.width)) != rows)

    def fitting(self, cells: int) -> list[Key]:
        """The entries for which there is room, in order."""
        room = cells - 1 - sum(_size(k) for k in self._keys if k.pinned)
        out = []
        for key in self._keys:
            if key.pinned:
                out.append(key)
            elif _size(key) <= room + 2:
                room -= _size(key)
                out.append(key)
        return out

    def lines(self, cells: int) -> list[Runs]:
        """The one row of keys, or the rows of the message."""
        ink = ink_of(self)
        if self._notice is not None:
            return notice_lines(self._notice, ink, cells)
        runs: list[Run] = [(" ", ink.muted)]
        for key in self.fitting(cells):
            look = ink.strong if key.enabled else ink.muted
            meta = Style(meta={"action": key.action})
            runs += [(key.label, look + meta), (f" {key.title}", ink.muted + meta), ("  ", ink.muted)]
        return [runs]

    def on_click(self, event: events.Click) -> None:
        """A click on an entry does it."""
        if action := event.style.meta.get("action"):
            self.post_message(self.Clicked(action))


def _size(key: Key) -> int:
    return width(key.label) + 1 + width(key.title) + 2
