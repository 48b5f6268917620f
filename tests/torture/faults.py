"""The faults by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.torture import (
    clocks,
    disk,
    hostile,
    kills,
    leaks,
    pauses,
    rekey,
    store_away,
    terminal_away,
    upgrades,
    vault_away,
)
from tests.torture.ground import Ground

Fault = Callable[[Ground, Sequence[str]], None]


def _kills(ground: Ground, stores: Sequence[str]) -> None:
    """kill -9 of worker, interface and command line at random moments"""
    for store in stores:
        kills.run(ground, store)


def _keyring(ground: Ground, stores: Sequence[str]) -> None:
    """the same with the secrets in a real Secret Service"""
    kills.run(ground, "sqlite", keyring=True)


FAULTS: dict[str, Fault] = {
    "kills": _kills,
    "keyring": _keyring,
    "pauses": pauses.run,
    "store": store_away.run,
    "vault": vault_away.run,
    "rekey": rekey.run,
    "secrets": leaks.run,
    "terminal": terminal_away.run,
    "clocks": clocks.run,
    "disk": disk.run,
    "hostile": hostile.run,
    "upgrade": upgrades.run,
}
