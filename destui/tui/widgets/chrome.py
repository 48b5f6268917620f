"""What frames every screen: the left menu, the title row into which it folds, and the banner."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from rich.style import Style
from textual import events
from textual.message import Message

from destui.tui.actions import MENU
from destui.tui.text import clean, cut, fit, local, width
from destui.tui.theme import Ink, ink_of
from destui.tui.widgets.line import Lines, Run, Runs

# What PostgreSQL's library says: host, perhaps its address, port, why.
_CUT = re.compile(
    r"(server )?closed the connection|connection .*(closed|lost|reset)|terminating connection|EOF det", re.I
)
# The embedded store's sentences in short: what banner and refusals say of a store that cannot be written.
_UNWRITABLE = (
    ("locked", "another process locks it"),
    ("is full", "its disk is full"),
    ("cannot be written", "its file is read-only"),
    ("gives errors", "its disk gives errors"),
)
_SERVER_SAID = re.compile(r'connection to server at "([^"]+)"(?: \([^)]*\))?, port (\d+) failed: (.+)')


@dataclass
class MenuChosen(Message):
    """An item of the menu was clicked; `action` is the id of its action."""

    action: str


@dataclass(frozen=True)
class Foot:
    """What stands at the menu's foot."""

    store: str = ""
    worker: str = ""
    zone: str = ""


class Menu(Lines):
    """The left menu, with store, worker and time zone at its foot."""

    def __init__(self, current: str) -> None:
        super().__init__(id="menu")
        self.current = current
        self._foot = Foot()

    def show_foot(self, foot: Foot) -> None:
        """Change what stands at the foot."""
        if foot != self._foot:
            self._foot = foot
            self.refresh()

    def lines(self, cells: int) -> list[Runs]:
        """A row for each item, the foot at the bottom."""
        ink = ink_of(self)
        rows: list[Runs] = [[], [(" destui", ink.strong)], []]
        rows += [self._item(ink, number, cells) for number in range(len(MENU))]
        foot: list[Runs] = [[(f" {cut(clean(t), cells - 1, ink.marks.cut)}", ink.muted)] for t in self._foot_texts()]
        # One row stays blank, and the footer lies over the last.
        gap = self.size.height - len(rows) - len(foot) - 2
        return [*rows, *([] for _ in range(gap)), *foot] if gap > 0 else rows

    def _foot_texts(self) -> list[str]:
        foot = self._foot
        return [text for text in (foot.store, foot.worker, foot.zone and f"times in {foot.zone}") if text]

    def _item(self, ink: Ink, number: int, cells: int) -> Runs:
        action = MENU[number]
        meta = Style(meta={"action": action.id})
        if action.id == self.current:
            # The item fills its row: that is what tells the current one from the others.
            return [(fit(f" {number + 1} {action.title}", cells), ink.cursor + ink.strong + meta)]
        return [(f" {number + 1} ", ink.muted + meta), (action.title, ink.text + meta)]

    def on_click(self, event: events.Click) -> None:
        """A click chooses an item."""
        if action := event.style.meta.get("action"):
            self.post_message(MenuChosen(action))


class TitleLine(Lines):
    """The title row: the title and a count, or, where the menu is folded, the menu itself.

    On a page below one of the menu's, `path` holds what comes before the title: `Destinations › orders_dwh`.
    """

    def __init__(self, current: str, title: str, *, path: Sequence[str] = (), folds: bool = True) -> None:
        super().__init__(id="title")
        self.current = current
        self.path = tuple(path)
        self.folds = folds and not path
        self._title = title
        self._count = ""
        self._warn = False

    def show(self, title: str, count: str = "", *, warn: bool = False) -> None:
        """Change the title (data: shown safely) and the count after it; `warn` shows that the limit is reached."""
        if (title, count, warn) != (self._title, self._count, self._warn):
            self._title, self._count, self._warn = title, count, warn
            self.refresh()

    def lines(self, cells: int) -> list[Runs]:
        """The one row."""
        ink = ink_of(self)
        if self.folds and self.screen.has_class("-narrow"):
            return [self._folded(ink)]
        before = "".join(f"{clean(part)} {ink.marks.path} " for part in self.path)
        runs: Runs = [
            (before, ink.muted),
            (
                cut(clean(self._title), max(4, cells - width(before) - width(self._count) - 2), ink.marks.cut),
                ink.strong,
            ),
        ]
        return [[*runs, *self._counted(ink, "  ")]]

    def _counted(self, ink: Ink, gap: str) -> Runs:
        return [(gap, ink.muted), (self._count, ink.work_word if self._warn else ink.muted)] if self._count else []

    def _folded(self, ink: Ink) -> Runs:
        runs: list[Run] = []
        for number, action in enumerate(MENU, 1):
            meta = Style(meta={"action": action.id})
            if action.id == self.current:
                runs += [(f"{number} {action.title}", ink.strong + meta), *self._counted(ink, " ")]
            else:
                runs.append((f"{number} {action.title}", ink.muted + meta))
            runs.append(("   ", ink.muted))
        return runs

    def on_click(self, event: events.Click) -> None:
        """A click on a folded item chooses it."""
        if action := event.style.meta.get("action"):
            self.post_message(MenuChosen(action))


@dataclass(frozen=True)
class Trouble:
    """Why the screen shows something old, or nothing moves."""

    headline: str
    detail: str
    then: str
    """The second row, before `key`."""
    short_then: str
    tail: str = ""
    """After the detail, kept whole when that is cut."""
    short: str = ""
    """The detail where the terminal is narrow."""
    key: str = ""
    after: str = ""
    since: datetime | None = None
    stale: bool = False
    """What is shown is old: the store does not answer."""
    refusal: str = ""
    """Why what writes is refused though the store answers, as a sentence."""

    @property
    def of_store(self) -> bool:
        """The store cannot be read, or cannot be written."""
        return self.stale or self.refusal != ""

    @classmethod
    def store_away(cls, sentence: str, since: datetime, zone: tzinfo | None) -> Trouble:
        """The store does not answer; `sentence` is what was said."""
        cause = (sentence.partition("does not answer: ")[2] or sentence).strip().rstrip(".")
        short = ""
        if said := _SERVER_SAID.search(cause):
            host, port, why = said.groups()
            why = "Connection cut" if _CUT.search(why) else why
            cause, short = f"{why} at {host}:{port}", f"{host}:{port} {why.lower().removeprefix('connection ')}"
        elif _CUT.search(cause):
            cause = "Its server cut the connection"
        return cls(
            headline="The store does not answer",
            detail=cause[:1].upper() + cause[1:],
            tail=f", since {local(since, zone):%H:%M}",
            short=short,
            then="The list shows what was read then. Nothing typed is lost. Trying again every 10 s,",
            short_then="Shown as read then. Trying again every 10 s,",
            key="ctrl+r",
            after="now.",
            since=since,
            stale=True,
        )

    @classmethod
    def store_unwritable(cls, sentence: str, since: datetime, zone: tzinfo | None) -> Trouble:
        """The store is read, but cannot be written; `sentence` is the store's own."""
        cause = next((short for part, short in _UNWRITABLE if part in sentence), sentence.rstrip("."))
        return cls(
            headline="The store cannot be written",
            detail=cause[:1].upper() + cause[1:],
            tail=f", since {local(since, zone):%H:%M:%S}",
            then="What is shown stays current. Nothing typed is lost. Trying again every second,",
            short_then="Shown as it is now. Trying again every second,",
            key="ctrl+r",
            after="now.",
            since=since,
            refusal=f"The store cannot be written: {cause}; ctrl+r tries again.",
        )

    @classmethod
    def no_worker(cls, waiting: int) -> Trouble:
        """No worker is alive; so many destinations wait for one."""
        stuck = f"{waiting} initializing and waiting for one." if waiting else "New checks and loads will wait."
        then = "Start one with"
        return cls("No worker is running", stuck.rstrip("."), then, then, key="destui worker run")

    @classmethod
    def worker_fails(cls, sentence: str) -> Trouble:
        """The embedded store's worker does not start; `sentence` says why, and perhaps where its log is."""
        said, _, log = sentence.rstrip(".").partition(" Its log: ")
        cause = said.removeprefix("The worker does not start").removeprefix("No worker can be started").strip(": .")
        cause = cause or "It says nothing"
        then = "It is tried again every half minute. Its log:" if log else "It is tried again. To look into it:"
        short = "Its log:" if log else "To look into it:"
        return cls("No worker starts", cause[:1].upper() + cause[1:], then, short, key=log or "destui doctor")


class Banner(Lines):
    """Two rows at the top of the content while something is wrong with store or worker."""

    def __init__(self) -> None:
        super().__init__(id="banner")
        self._trouble: Trouble | None = None

    @property
    def trouble(self) -> Trouble | None:
        """What it tells now."""
        return self._trouble

    def show(self, trouble: Trouble | None) -> None:
        """Tell of this, or of nothing."""
        if trouble != self._trouble:
            appears = (trouble is None) != (self._trouble is None)
            self._trouble = trouble
            self.display = trouble is not None
            self.refresh(layout=appears)

    def lines(self, cells: int) -> list[Runs]:
        """The two rows."""
        ink = ink_of(self)
        if (trouble := self._trouble) is None:
            return []
        narrow = cells < 90
        in_brackets = narrow and trouble.short != ""
        before, after = (" (", ").") if in_brackets else (" ", ".")
        room = cells - 2 - width(trouble.headline) - 1 - len(before) - len(after) - width(trouble.tail)
        detail = cut(clean(trouble.short if in_brackets else trouble.detail), room, ink.marks.cut)
        return [
            [
                (f"{ink.marks.warned} ", ink.bad),
                (trouble.headline if in_brackets else f"{trouble.headline}.", ink.strong),
                (f"{before}{detail}{trouble.tail}{after}", ink.text),
            ],
            [
                (f"  {trouble.short_then if narrow else trouble.then} ", ink.muted),
                (trouble.key, ink.strong),
                (f" {trouble.after}" if trouble.after else "", ink.muted),
            ],
        ]
