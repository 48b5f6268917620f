"""The keys that work here, those that do not now and why, and what this session works with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from destui.domain.errors import DestuiError
from destui.tui import actions
from destui.tui.actions import Action, key_label
from destui.tui.background import in_thread
from destui.tui.screens.base import ActionHost, BaseDialog
from destui.tui.text import clean, cut, fit, width
from destui.tui.theme import Ink, ink_of
from destui.tui.widgets.line import Lines, Runs, runs_width

if TYPE_CHECKING:
    from destui.services.context import Context

KEYS_WIDTH = 11
SIDE = 32
"""Columns of the right half."""
LEAST_REASON = 8
"""Columns under which a reason says nothing."""
Entry = tuple[str, str, str]
"""Keys, what they do, why not now."""

MOVES: tuple[Entry, ...] = (("up down", "Move", ""), ("pgup pgdn", "Page", ""), ("home end", "First, last", ""))
IN_FORMS: tuple[Entry, ...] = (("ctrl+t", "Test, in a form", ""), ("ctrl+s", "Save, in a form", ""))


class HelpLines(Lines):
    """Sections of keys, in two columns where there is room."""

    def __init__(
        self, about: str, left: Sequence[tuple[str, list[Entry]]], right: Sequence[tuple[str, list[Entry]]]
    ) -> None:
        super().__init__()
        self._about = about
        self._left, self._right = left, right
        self.facts: list[tuple[str, str]] = []
        """What this session works with."""

    def show_facts(self, facts: list[tuple[str, str]]) -> None:
        """What this session works with: label and value."""
        self.facts = facts
        self.refresh(layout=True)

    def lines(self, cells: int) -> list[Runs]:
        """The whole help."""
        ink = ink_of(self)
        top: list[Runs] = [[("Keys", ink.strong), (f"  {clean(self._about)}" if self._about else "", ink.muted)], []]
        if cells >= 90:
            left = self._column(ink, self._left, cells - SIDE - 2)
            right = self._column(ink, self._right, SIDE)
            body = [_beside(left, right, n, cells - SIDE, ink) for n in range(max(len(left), len(right)))]
        else:
            body = [*self._column(ink, self._left, cells), [], *self._column(ink, self._right, cells)]
        return [*top, *body, *self._fact_lines(ink, cells)]

    def _column(self, ink: Ink, sections: Sequence[tuple[str, list[Entry]]], cells: int) -> list[Runs]:
        rows: list[Runs] = []
        keys = max([KEYS_WIDTH, *(width(entry[0]) + 2 for _, entries in sections for entry in entries)])
        for title, entries in sections:
            rows += [*([[]] if rows else []), [(title, ink.strong)]]
            rows += [self._entry(ink, entry, keys, cells) for entry in entries]
        return rows

    @staticmethod
    def _entry(ink: Ink, entry: Entry, for_keys: int, cells: int) -> Runs:
        keys, words, reason = entry
        room = cells - for_keys
        told = f": {clean(reason)}" if reason and room - width(words) > LEAST_REASON else ""
        text = cut(f"{words}{told}", room, ink.marks.cut)
        look, said = (ink.muted, ink.muted) if reason else (ink.strong, ink.text)
        return [(fit(keys, for_keys), look), (text, said)]

    def _fact_lines(self, ink: Ink, cells: int) -> list[Runs]:
        if not self.facts:
            return []
        rows: list[Runs] = [[], [("This session", ink.strong)]]
        for label, value in self.facts:
            rows.append(
                [(fit(label, KEYS_WIDTH), ink.muted), (cut(clean(value), cells - KEYS_WIDTH, ink.marks.cut), ink.text)]
            )
        return rows


def _beside(left: list[Runs], right: list[Runs], number: int, cells: int, ink: Ink) -> Runs:
    row = left[number] if number < len(left) else []
    gap = " " * (cells - runs_width(row))
    return [*row, (gap, ink.muted), *(right[number] if number < len(right) else [])]


class HelpScreen(BaseDialog[None]):
    """Made of the actions that the screen below offers."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (actions.BACK,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1,q", "close", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
    ]

    def __init__(self, host: ActionHost[Any]) -> None:
        super().__init__()
        self._host = host

    def compose_panel(self) -> ComposeResult:
        """Sections by their titles; the last two at the right."""
        sections = self._sections()
        right = [item for item in sections if item[0] in ("List", "Everywhere")]
        left = [item for item in sections if item not in right]
        if not left:
            left, right = right[:1], right[1:]
        with VerticalScroll(id="help", classes="panel -wide", can_focus=False):
            yield HelpLines(self._about(), left, right)

    def on_mount(self) -> None:
        """The statuses are read beside the event loop: a keyring may take seconds."""
        self.run_worker(self._read_facts(), group="facts", exit_on_error=False)

    def _about(self) -> str:
        row = getattr(self._host, "row", None)
        if row is None:
            return ""
        return f"with {row.name} under the cursor" if hasattr(self._host, "table") else f"for {row.name}"

    def _sections(self) -> list[tuple[str, list[Entry]]]:
        found: dict[str, list[Entry]] = {}
        before: Action | None = None
        for action in self._host.offered():
            if entry := self._entry(action):
                entries = found.setdefault(self._host.SECTIONS.get(action.section, action.section), [])
                if before is not None and action.together and before.together == action.together:
                    entry = (f"{entries.pop()[0]} {entry[0].rpartition('+')[2]}", entry[1], entry[2])
                entries.append(entry)
                before = action
        if "List" in found:
            found["List"] += [self._move(entry) for entry in MOVES]
            found["Everywhere"] += IN_FORMS
        return list(found.items())

    def _entry(self, action: Action) -> Entry | None:
        if action in actions.MENU:
            return ("1 2 3", "Left menu", "") if action is actions.DESTINATIONS else None
        keys = self.destui.keymap.keys(action)
        if not keys:
            return None
        ascii_only = self.app.has_class("-ascii")
        labels = " ".join(key_label(key, ascii_only) for key in keys)
        reason = self._host.reason(action) or ""
        if reason and action.quiet:
            return None
        return labels, action.together or action.tooltip, _in_line(reason)

    def _move(self, entry: Entry) -> Entry:
        ascii_only = self.app.has_class("-ascii")
        return entry if ascii_only else (entry[0].replace("up down", "↑ ↓"), entry[1], entry[2])

    async def _read_facts(self) -> None:
        config, foot = self.destui.config, self.destui.foot
        facts = [
            ("Store", _short(config.store_path, config.environment) if config.store_path else foot.store),
            ("Worker", foot.worker),
            ("Times in", foot.zone),
        ]
        lines = self.query_one(HelpLines)
        lines.show_facts([*facts, ("Vault", "being asked")])
        try:
            vault = await in_thread(_vault, self.ctx)
        except DestuiError as error:
            vault = str(error)
        lines.show_facts([*facts, ("Vault", vault)])

    def show_help(self) -> None:
        """It is shown."""

    def back_title(self) -> str:
        """Escape closes it."""
        return "Close"

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)

    def action_scroll(self, rows: int) -> None:
        """Scroll."""
        self.query_one("#help").scroll_relative(y=rows, animate=False)


def _in_line(reason: str) -> str:
    """The first sentence, to go on after a colon; names of destinations stay as they are."""
    sentence = reason.partition(". ")[0].rstrip(".")
    first, _, rest = sentence.partition(" ")
    return f"{first.lower()} {rest}" if first in ("Nothing", "No", "There", "The", "It") else sentence


def _short(path: Path, environment: Mapping[str, str]) -> str:
    home = environment.get("HOME")
    return f"~/{path.relative_to(home)}" if home and path.is_relative_to(home) else str(path)


def _vault(ctx: Context) -> str:
    from destui.services import status

    found = status.vault(ctx)
    return found.sentence or found.backend
