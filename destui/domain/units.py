"""Figures as people read them."""

from __future__ import annotations


def count(number: int, one: str = "", many: str = "") -> str:
    """`1,284,902`, or with its noun: `1 row`, `2 rows`."""
    noun = one if number == 1 else many or f"{one}s"
    return f"{number:,} {noun}" if one else f"{number:,}"


def size(number: int) -> str:
    """Bytes in words: `812 B`, `3.4 MB`, `12 GB`."""
    amount, unit = float(number), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 999.5 or unit == "TB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"
