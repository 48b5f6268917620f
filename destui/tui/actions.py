"""THE registry of actions: what can be done, by which keys, how it is called, and why it cannot be done now.

Bindings, footer, help, palette, keymap and mouse all come from here. A screen lists the actions that it offers in
`ACTIONS`; the functions are given that screen and do no more than call it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from textual.binding import Binding

Reason = str | None
"""A sentence that says why something cannot be done now; None: it can."""


def _never(_: Any) -> Reason:
    return None


@dataclass(frozen=True, eq=False)
class Action:
    """One thing that can be done."""

    id: str
    keys: tuple[str, ...]
    """Textual's names of keys; the footer shows the first."""
    title: str
    """The footer's word."""
    tooltip: str
    """A few words for help, palette and tooltips."""
    run: Callable[[Any], object]
    """What it does, given the screen; may return an awaitable."""
    disabled_reason: Callable[[Any], Reason] = _never
    """Given the screen."""
    section: str = "Everywhere"
    """The heading in the help."""
    changes: bool = False
    """It changes something: left out by --read-only."""
    pinned: bool = False
    """Stays in the footer, muted, while it cannot be done."""
    quiet: bool = False
    """Left out of the help while it cannot be done: nobody misses it."""
    opens: bool = False
    """It opens something that takes keys, after asking the store: what is typed after it waits until that is there."""
    together: str = ""
    """In the help one line with its neighbour that says the same here."""
    titled: Callable[[Any], str] | None = None
    """The footer's word where it depends on what is selected."""

    def title_for(self, screen: Any) -> str:
        """The footer's word now."""
        return self.titled(screen) if self.titled else self.title


REGISTRY: dict[str, Action] = {}


def register(action: Action) -> Action:
    """Enter an action; its id must be new."""
    if action.id in REGISTRY:
        raise ValueError(f"There are two actions {action.id}.")
    REGISTRY[action.id] = action
    return action


MOVE_FOCUS = ("tab", "shift+tab")


def bindings_of(actions: Iterable[Action]) -> list[Binding]:
    """Textual's bindings of these actions: `action_do` of the screen that offers them.

    Keys that move the focus come first: what is typed or pasted after them, perhaps a password, must not still go to
    the field that is left.
    """
    return [
        Binding(
            ",".join(keys), f"do('{a.id}')", a.title, id=a.id, tooltip=a.tooltip, show=False, priority=keys == moving
        )
        for a in actions
        for moving in [tuple(key for key in a.keys if key in MOVE_FOCUS)]
        for keys in (moving, tuple(key for key in a.keys if key not in MOVE_FOCUS))
        if keys
    ]


KEY_LABELS = {
    "slash": "/", "question_mark": "?", "plus": "+", "up": "↑", "down": "↓", "pageup": "pgup", "pagedown": "pgdn",
    "full_stop": ".", "comma": ",", "left_square_bracket": "[", "right_square_bracket": "]",
}  # fmt: skip
_ASCII_LABELS = {"up": "up", "down": "down"}


def key_label(key: str, ascii_only: bool = False) -> str:
    """What the footer and the help call a key."""
    if ascii_only and key in _ASCII_LABELS:
        return _ASCII_LABELS[key]
    head, plus, last = key.rpartition("+") if len(key) > 1 else ("", "", key)
    return head + plus + KEY_LABELS.get(last, last)


class Keymap:
    """Which keys do what: the registry's, changed by the settings file's table `[keys]` (`add = "a,insert"`)."""

    def __init__(self, changes: Mapping[str, str] | None = None) -> None:
        self.changes = dict(changes or {})

    def keys(self, action: Action) -> tuple[str, ...]:
        """The keys of an action; none at all when the settings give it an empty text."""
        given = self.changes.get(action.id)
        return action.keys if given is None else tuple(k.strip() for k in given.split(",") if k.strip())

    def problems(self) -> list[str]:
        """A sentence for each entry that names no action."""
        return [
            f"Settings, [keys]: there is no action {name!r}. Known: {', '.join(sorted(REGISTRY))}."
            for name in self.changes
            if name not in REGISTRY
        ]


# Actions that every screen has.

DESTINATIONS = register(
    Action("destinations", ("1",), "Destinations", "Destinations", lambda s: s.app.show_page("destinations"))
)
LOAD_ORDERS = register(
    Action("load_orders", ("2",), "Load orders", "Load orders", lambda s: s.app.show_page("load_orders"))
)
ACTIVITY = register(Action("activity", ("3",), "Activity", "Activity", lambda s: s.app.show_page("activity")))
BACK = register(
    Action("back", ("escape",), "Back", "Back, close", lambda s: s.go_back(), titled=lambda s: s.back_title())
)
PALETTE = register(
    Action("palette", ("ctrl+p",), "Commands", "Command palette", lambda s: s.app.action_command_palette())
)
REDRAW = register(Action("redraw", ("ctrl+l",), "Redraw", "Draw the screen again", lambda s: s.app.redraw()))
RETRY = register(
    Action(
        "retry", ("ctrl+r",), "Try now", "Ask the store again", lambda s: s.app.try_store_now(),
        disabled_reason=lambda s: None if s.app.trouble and s.app.trouble.of_store else "The store answers.",
    )
)  # fmt: skip
HELP = register(Action("help", ("question_mark", "f1"), "Help", "This help", lambda s: s.show_help(), pinned=True))
QUIT = register(Action("quit", ("q",), "Quit", "Quit", lambda s: s.app.exit()))

EVERYWHERE = (DESTINATIONS, LOAD_ORDERS, ACTIVITY, BACK, PALETTE, RETRY, REDRAW, HELP, QUIT)
MENU = (DESTINATIONS, LOAD_ORDERS, ACTIVITY)
