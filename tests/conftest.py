"""Fixtures for all tests: the servers."""

pytest_plugins = [
    "tests.fixtures",
    "tests.servers.certificates",
    "tests.servers.mariadb",
    "tests.servers.postgres",
    "tests.servers.secret_service",
    "tests.servers.sockets",
    "tests.servers.sshd",
]
