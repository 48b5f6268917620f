"""Terminals that are closed after a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.terminal import Terminal
from tests.fixtures import Home


@pytest.fixture
def opened(home: Home) -> Iterator[list[Terminal]]:
    """Terminals to be closed afterwards."""
    terminals: list[Terminal] = []
    yield terminals
    for terminal in terminals:
        terminal.close()
