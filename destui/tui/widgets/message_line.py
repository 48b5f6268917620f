"""What takes the footer's place until the next key: a mark, one sentence, what to do."""

from __future__ import annotations

from dataclasses import dataclass

from destui.tui.text import clean, width, wrap
from destui.tui.theme import Ink
from destui.tui.widgets.line import Runs


@dataclass(frozen=True)
class Notice:
    """A message: a whole sentence, and whether it tells of something done or of something in the way."""

    sentence: str
    good: bool = False


def notice_lines(notice: Notice, ink: Ink, cells: int) -> list[Runs]:
    """The message in at most two rows, broken after a sentence where that helps."""
    mark, look = (ink.marks.passed, ink.ok) if notice.good else (ink.marks.warned, ink.work)
    texts = _rows(clean(notice.sentence), cells - 4)
    head: Runs = [(" ", ink.text), (mark, look), (f" {texts[0]}", ink.text)]
    return [head, *([("   " + text, ink.text)] for text in texts[1:])]


def _rows(text: str, cells: int) -> list[str]:
    if width(text) <= cells:
        return [text]
    first, stop, rest = text.partition(". ")
    if stop and width(first) < cells and width(rest) <= cells:
        return [first + ".", rest]
    return wrap(text, cells)[:3]
