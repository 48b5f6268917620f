"""Plain records, for what each short command loads: `dataclasses` alone takes as long as Python's whole start."""

from __future__ import annotations


class Record:
    """Values with names, which a subclass lists in `__slots__` and sets in `__init__`; they are not to be changed."""

    __slots__: tuple[str, ...] = ()

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, Record) and other._values() == self._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({told})"
