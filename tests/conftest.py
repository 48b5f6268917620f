"""Fixtures for all tests: the servers."""

pytest_plugins = [
    "tests.servers.certificates",
    "tests.servers.postgres",
    "tests.servers.sockets",
    "tests.servers.sshd",
]
