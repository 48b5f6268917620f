"""The command palette: every action that works where it was opened, from the registry."""

from __future__ import annotations

from functools import partial

from rich.text import Text
from textual.app import ComposeResult
from textual.command import CommandInput, CommandPalette, DiscoveryHit, Hit, Hits, Provider, SearchIcon
from textual.containers import Horizontal, Vertical
from textual.widgets import LoadingIndicator

from destui.domain.fuzzy import match
from destui.tui.actions import BACK, PALETTE, Action, key_label
from destui.tui.screens.base import ActionHost
from destui.tui.theme import PALETTES, Ink, ink_of
from destui.tui.widgets.footer import Footer, Key
from destui.tui.widgets.reversing import WholeCommands
from destui.tui.widgets.visible import Visible


class Palette(CommandPalette):
    """Textual's, with the look's footer."""

    def __init__(self) -> None:
        super().__init__(placeholder="type to find a command", id="--command-palette")

    def compose(self) -> ComposeResult:
        """As Textual does, and the keys that work in it."""
        ascii_only = self.app.has_class("-ascii")
        arrows = f"{key_label('up', ascii_only)} {key_label('down', ascii_only)}"
        yield Footer([Key("", "enter", "Do it"), Key("", arrows, "Move"), Key("", "escape", "Close")])
        with Vertical(id="--container"):
            with Horizontal(id="--input"):
                yield SearchIcon()
                yield CommandInput(placeholder=self._placeholder, highlighter=Visible(), select_on_focus=False)
            with Vertical(id="--results"):
                yield WholeCommands()
                yield LoadingIndicator()


class ActionProvider(Provider):
    """The actions of the screen below the palette, without those that cannot be done now; and the themes."""

    def _entries(self) -> list[tuple[str, str, partial[None]]]:
        screen = self.screen
        found: list[tuple[str, str, partial[None]]] = []
        if isinstance(screen, ActionHost):
            keymap = screen.destui.keymap
            for action in screen.offered():
                if action not in (PALETTE, BACK) and screen.reason(action) is None:
                    keys = " ".join(key_label(key, screen.app.has_class("-ascii")) for key in keymap.keys(action))
                    found.append((action.tooltip, keys, partial(self._do, screen, action)))
        found += [
            (f"Theme: {name}", "in use" if name == self.app.theme else "", partial(setattr, self.app, "theme", name))
            for name in PALETTES
            if name.startswith("ansi") or not self.app.no_color
        ]
        return found

    @staticmethod
    def _do(screen: ActionHost[object], action: Action) -> None:
        # After the palette has gone, so that the action finds its own screen on top.
        screen.call_later(screen.action_do, action.id)

    async def discover(self) -> Hits:
        """All of them, before a letter is typed."""
        ink = ink_of(self.screen)
        for title, keys, call in self._entries():
            yield DiscoveryHit(_line(Text(title, ink.text), keys, ink), call, title)

    async def search(self, query: str) -> Hits:
        """Those whose words hold the letters, hits marked."""
        ink = ink_of(self.screen)
        for title, keys, call in self._entries():
            if (hit := match(query, title)) is not None:
                marked = Text(title, ink.text)
                for position in hit[1]:
                    marked.stylize(ink.hit, position, position + 1)
                yield Hit(hit[0], _line(marked, keys, ink), call, title)


def _line(title: Text, keys: str, ink: Ink) -> Text:
    """One row: what it does, its keys at the right."""
    title.append(" " * max(2, 40 - title.cell_len))
    return title.append(keys, ink.muted)
