"""Fields that complete what is typed: tables, sources, time zones; and the schedule, whose mistakes are marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.highlighter import Highlighter
from rich.style import Style
from rich.text import Text
from textual.suggester import Suggester

from destui.domain.safe import visible
from destui.tui.background import in_thread
from destui.tui.paths import completed_path
from destui.tui.widgets.fields import TextField


class _Known(Suggester):
    """The first of the known words that goes on as what is typed."""

    def __init__(self, field: CompletingField) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._field = field

    async def get_suggestion(self, value: str) -> str | None:
        """See Suggester."""
        return await self._field.suggestion(value)


class CompletingField(TextField):
    """The right arrow at the end takes what is offered."""

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(value, placeholder=placeholder, id=id)
        self.suggester = _Known(self)
        self.words: tuple[str, ...] = ()
        """What it completes to, the likeliest first."""

    def completion(self, typed: str) -> str | None:
        """What goes on as this does, as it is typed; None where nothing is known."""
        return _continued(typed, self.words)

    async def suggestion(self, typed: str) -> str | None:
        """The same, where it may take a moment to find."""
        return self.completion(typed)


class SourceField(CompletingField):
    """A path, or DESTINATION:TABLE: files of this machine are completed, destinations, after the colon their tables."""

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(value, placeholder=placeholder, id=id)
        self.tables: dict[str, tuple[str, ...]] = {}
        """The tables of destinations that have been read."""

    def destination(self, typed: str) -> str:
        """The longest name of a destination that it begins with, where a colon follows; otherwise nothing."""
        return max((name for name in self.words if typed.startswith(f"{name}:")), key=len, default="")

    @property
    def is_file(self) -> bool:
        """It names no destination."""
        return not self.destination(self.value.strip())

    def completion(self, typed: str) -> str | None:
        """A name with its colon, or one of its tables."""
        if name := self.destination(typed):
            return _continued(typed, [f"{name}:{table}" for table in self.tables.get(name, ())])
        return _continued(typed, [f"{name}:" for name in self.words])

    async def suggestion(self, typed: str) -> str | None:
        """Where no destination goes on so, a file: its folder is read in a thread."""
        if (known := self.completion(typed)) is not None or self.destination(typed):
            return known
        return await in_thread(completed_path, typed)

    def learn(self, tables: Mapping[str, Iterable[str]]) -> None:
        """The tables of destinations have been read."""
        self.tables |= {name: tuple(found) for name, found in tables.items()}


def _continued(typed: str, words: Iterable[str]) -> str | None:
    if not typed:
        return None
    folded = typed.casefold()
    for word in words:
        if len(word) > len(typed) and word.casefold().startswith(folded):
            return typed + word[len(typed) :]
    return None


class _Marking(Highlighter):
    """Marks the characters that are wrong."""

    def __init__(self) -> None:
        self.place: tuple[int, int] | None = None
        self.look = Style(underline=True, bold=True)

    def highlight(self, text: Text) -> None:
        text.plain = visible(text.plain)
        if self.place is not None:
            text.stylize(self.look, *self.place)


class CronField(TextField):
    """A schedule."""

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(value, placeholder=placeholder, id=id)
        self._marking = _Marking()
        self.highlighter = self._marking

    def mark(self, place: tuple[int, int] | None) -> None:
        """Mark a mistake, from where and how long; None: there is none."""
        found = None if place is None else (place[0], place[0] + place[1])
        if found != self._marking.place:
            self._marking.place = found
            self.refresh()
