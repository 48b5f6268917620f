"""The fixtures themselves: each server answers as its docstring says."""

from __future__ import annotations

import subprocess

import psycopg
import pytest

from tests.servers.postgres import LOADER_PASSWORD, Postgres
from tests.servers.sshd import Sshd

pytestmark = pytest.mark.servers


def test_a_role_with_rights_and_one_without(postgres: Postgres) -> None:
    rights = "SELECT has_schema_privilege(%s, 'analytics', 'CREATE')"
    with postgres.connect() as connection:
        assert connection.execute(rights, ("loader",)).fetchone() == (True,)
        assert connection.execute(rights, ("guest",)).fetchone() == (False,)


def test_the_server_with_tls_speaks_tls(postgres_tls: Postgres) -> None:
    where = {**postgres_tls.fields, "dbname": "warehouse"}
    with psycopg.connect(
        host=where["host"], port=where["port"], dbname="warehouse", user="loader", password=LOADER_PASSWORD,
        sslmode="require",
    ) as connection:  # fmt: skip
        assert connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone() == (True,)


def test_ssh_signs_in_by_key(sshd: Sshd) -> None:
    done = subprocess.run(sshd.command("echo $((6 * 7))"), capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout.strip()) == (0, "42"), done.stderr
