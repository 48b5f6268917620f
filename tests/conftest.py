"""Fixtures for all tests: the servers. `--store postgresql` runs what uses a home on a team's store."""

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
