"""What was done and what was found, counted."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping


class Tally:
    """Counts by name, and each thing that was found wrong as a sentence. Safe to use from threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self.done: Counter[str] = Counter()
        self.found: list[str] = []

    def count(self, what: str, number: int = 1) -> None:
        """Something was done to destui."""
        with self._turn:
            self.done[what] += number

    def wrong(self, sentence: str) -> None:
        """Something was found that must not be."""
        with self._turn:
            self.found.append(sentence)

    def expect(self, is_so: object, sentence: str) -> bool:
        """Note `sentence` as wrong unless it is so; returns whether it is."""
        if not is_so:
            self.wrong(sentence)
        return bool(is_so)

    def add(self, done: Mapping[str, int], found: list[str]) -> None:
        """What another process counted."""
        with self._turn:
            self.done.update(done)
            self.found.extend(found)

    def __str__(self) -> str:
        width = max((len(name) for name in self.done), default=0)
        lines = [f"  {name:<{width}}  {number:>6}" for name, number in sorted(self.done.items())]
        return "\n".join([*lines, *(f"  WRONG: {sentence}" for sentence in self.found)])
