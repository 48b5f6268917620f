"""The command palette: every action that works where it was opened, from the registry."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from destui.tui.actions import BACK, PALETTE, Action, key_label
from destui.tui.screens.base import ActionHost
from destui.tui.theme import PALETTES


class ActionProvider(Provider):
    """The actions of the screen below the palette, without those that cannot be done now; and the themes."""

    def _entries(self) -> list[tuple[str, str, partial[None]]]:
        screen = self.screen
        found: list[tuple[str, str, partial[None]]] = []
        if isinstance(screen, ActionHost):
            keymap = screen.destui.keymap
            for action in screen.offered():
                if action not in (PALETTE, BACK) and screen.reason(action) is None:
                    keys = " ".join(key_label(key) for key in keymap.keys(action))
                    found.append((action.tooltip, keys, partial(self._do, screen, action)))
        found += [
            (f"Theme: {name}", "in use" if name == self.app.theme else "", partial(setattr, self.app, "theme", name))
            for name in PALETTES
        ]
        return found

    @staticmethod
    def _do(screen: ActionHost[object], action: Action) -> None:
        # After the palette has gone, so that the action finds its own screen on top.
        screen.call_later(screen.action_do, action.id)

    async def discover(self) -> Hits:
        """All of them, before a letter is typed."""
        for title, keys, call in self._entries():
            yield DiscoveryHit(title, call, help=keys or None)

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for title, keys, call in self._entries():
            if (score := matcher.match(title)) > 0:
                yield Hit(score, matcher.highlight(title), call, help=keys or None)
