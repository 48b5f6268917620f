"""Addresses where something is wrong: nothing listens, or what listens never says a word."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.servers.processes import free_port


@pytest.fixture
def silent_socket() -> Iterator[int]:
    """The loopback port of a server that accepts and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)  # the kernel completes connections for a program that never calls accept
        yield listening.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    """A loopback port that refuses connections."""
    return free_port()
