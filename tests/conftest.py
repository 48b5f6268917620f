"""Fixtures for all tests: the servers. `--store postgresql` runs what uses a home on a team's store."""

import gc
from zlib import crc32

import pytest

pytest_plugins = [
    "tests.fixtures",
    "tests.servers.certificates",
    "tests.servers.mariadb",
    "tests.servers.postgres",
    "tests.servers.secret_service",
    "tests.servers.sockets",
    "tests.servers.sshd",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The kind of store that homes are on."""
    parser.addoption("--store", choices=("sqlite", "postgresql"), default="sqlite", help="the store of tests' homes")


PARTS = 5
"""What `make test` runs at once: each begins with an equal part of the tests, then takes over others'."""
LONG = (
    "away", "bad_input", "load_cli", "load_orders", "load_stalls", "rekey", "torture", "typed_ahead", "vault", "worker",
)  # fmt: skip
"""Files of tests that take long, and wait for most of it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mix the folders, file by file: what computes then runs beside what waits, and the processors are never idle."""
    items.sort(key=lambda item: crc32(item.location[0].encode()))
    names = {f"tests/e2e/test_{name}.py" for name in LONG}
    first = [item for item in items if item.location[0] in names]
    rest = [item for item in items if item.location[0] not in names]
    items[:] = [item for part in range(PARTS) for item in _with_long(_part(rest, part), first[part::PARTS], part)]


def _part(items: list[pytest.Item], part: int) -> list[pytest.Item]:
    return items[part * len(items) // PARTS : (part + 1) * len(items) // PARTS]


def _with_long(rest: list[pytest.Item], long: list[pytest.Item], part: int) -> list[pytest.Item]:
    """Those that wait come at another time in each part, while the others compute; none of them at the end, where it
    would run alone."""
    at = part * len(rest) // (2 * PARTS)
    return [*rest[:at], *long, *rest[at:]]


def pytest_collection_finish() -> None:
    """What is imported by now stays, and need not be gone through for garbage thousands of times: that took a quarter
    of the time of the tests of the interface."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
