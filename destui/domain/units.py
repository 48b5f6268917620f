"""Figures as people read them."""

from __future__ import annotations


def size(number: int) -> str:
    """Bytes in words: `812 B`, `3.4 MB`, `12 GB`."""
    amount, unit = float(number), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 999.5 or unit == "TB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"
