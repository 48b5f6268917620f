"""A text that never shows itself: neither in a traceback, nor a log, nor a debugger's list of locals."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakValueDictionary

SHORTEST = 4
"""Characters of a secret that is masked wherever it is met: a shorter one stands in any text."""


class Secret:
    """A secret value. `repr`, `str` and `format` give a mask; only `reveal` gives the text.

    Pickling is refused, so that no journal, queue or crash report can hold it by accident.
    """

    __slots__ = ("__weakref__", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        _living[id(self)] = self

    def reveal(self) -> str:
        """The secret text itself: for the vault and the driver, nothing else."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(•••)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a secret cannot be pickled")


_living: WeakValueDictionary[int, Secret] = WeakValueDictionary()


def living() -> list[Secret]:
    """All secrets that this process holds now: what is written of a fault must have none of them."""
    return list(_living.values())


Secrets = Mapping[str, Secret]
"""The secret fields of one destination, by field name."""
