"""The interface on a real terminal, and simulated destinations to look at."""

from __future__ import annotations

from bench.terminal import Terminal
from destui.domain.check import CheckState
from destui.services import destinations
from destui.services.context import Context
from destui.services.following import follow
from tests.fixtures import Home

SIZE = (120, 36)


def add(ctx: Context, name: str, **values: object) -> destinations.Added:
    """A simulated destination whose checks are quick."""
    return destinations.add(ctx, "simulator", name, {"seconds": 0, **values}, {})


def ended(ctx: Context, *check_ids: str) -> list[CheckState]:
    """How these checks end."""
    found = {check.id: check.state for check in follow(ctx, check_ids, 60)}
    return [found[c] for c in check_ids]


def interface(home: Home, opened: list[Terminal], *arguments: str, size: tuple[int, int] = SIZE) -> Terminal:
    """The interface, once it shows the store."""
    terminal = Terminal(home.command(*arguments), home.environment, size)
    opened.append(terminal)
    terminal.read_until_screen("Destinations", 30)
    terminal.read_until_screen("/25", 30)
    return terminal
