"""The filter: the letters in order, best first, hits marked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def match(pattern: str, text: str) -> tuple[int, tuple[int, ...]] | None:
    """Find the letters of `pattern` in order in `text`, whatever their case.

    Returns (score, positions), the higher the better: a run of letters together and a start at a word's edge count
    most. None where they are not there.
    """
    needle, hay = pattern.casefold(), text.casefold()
    if len(hay) != len(text):  # casefold may lengthen (ß): positions must stay those of the text
        hay = text.lower() if len(text.lower()) == len(text) else text
    found = hay.find(needle)
    if found >= 0:
        edge = found == 0 or not hay[found - 1].isalnum()
        score = 1000 + 200 * edge + 300 * (len(hay) == len(needle)) - min(found, 100) - min(len(hay), 100)
        return score, tuple(range(found, found + len(needle)))
    positions: list[int] = []
    at = -1
    for letter in needle:
        at = hay.find(letter, at + 1)
        if at < 0:
            return None
        positions.append(at)
    runs = sum(b - a == 1 for a, b in pairwise(positions))
    edges = sum(p == 0 or not hay[p - 1].isalnum() for p in positions)
    return 40 * runs + 30 * edges - (positions[-1] - positions[0]) - positions[0], tuple(positions)


def rank(pattern: str, texts: Sequence[str]) -> int | None:
    """The score of a row whose searchable texts are `texts`, the first weighing double.

    Blanks separate words, each of which must be found in one of the texts. None: the row does not match.
    """
    total = 0
    for word in pattern.split():
        best: int | None = None
        for index, text in enumerate(texts):
            if (hit := match(word, text)) is not None:
                score = hit[0] + (500 if index == 0 else 0)
                best = score if best is None else max(best, score)
        if best is None:
            return None
        total += best
    return total
