"""Loads over TLS, each in a process of its own: both of its libraries verify the server, with files that are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from destui.domain.loads import Place, RunState, SourceSpec
from destui.domain.secret import Secret
from tests.e2e.load_checks import Sink, apart, plan, write_csv
from tests.servers import mariadb as mariadb_server
from tests.servers import postgres as postgres_server
from tests.servers.certificates import Authority
from tests.servers.mariadb import Mariadb
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.servers


def _loads(place: Place, tmp_path: Path, name: str) -> None:
    def none(*_: Any) -> Any:
        raise AssertionError

    sink = Sink(place.type, place, none, none)
    source = write_csv(tmp_path / "a.csv", ["id", "name"], [(1, "one"), (2, "two")])
    result = apart(plan(sink, name, source, "replace"), tmp_path)
    assert result.state is RunState.DONE, result.diagnosis
    # And out of it again.
    copied = apart(
        plan(sink, f"{name}_copy", SourceSpec(destination="d", table=name), "replace", place=place), tmp_path
    )
    assert (copied.state, copied.rows) == (RunState.DONE, 2), copied.diagnosis


@pytest.mark.parametrize("tls", ["require", "verify-ca", "verify-full"])
def test_postgres(postgres_tls: Postgres, certificate_authority: Authority, tls: str, tmp_path: Path) -> None:
    fields = {**postgres_tls.fields, "host": "localhost", "tls": tls, "ca_file": str(certificate_authority.ca_file)}
    password = {"password": Secret(postgres_server.LOADER_PASSWORD)}
    _loads(Place("postgres", fields, password), tmp_path, f"tls_{tls.replace('-', '_')}")


def test_postgres_with_the_system_s_authorities(
    postgres_tls: Postgres, certificate_authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate_authority.ca_file))
    fields = {**postgres_tls.fields, "host": "localhost", "tls": "verify-full"}
    _loads(Place("postgres", fields, {"password": Secret(postgres_server.LOADER_PASSWORD)}), tmp_path, "tls_system")


def test_postgres_with_a_client_certificate(
    postgres_tls: Postgres, certificate_authority: Authority, tmp_path: Path
) -> None:
    client = certificate_authority.issue("loader")
    rules = "hostssl all loader 127.0.0.1/32 cert\nhost all all 127.0.0.1/32 scram-sha-256\n"
    fields = {
        **postgres_tls.fields, "host": "localhost", "tls": "verify-full", "client_cert": str(client.certificate),
        "ca_file": str(certificate_authority.ca_file),
    }  # fmt: skip
    with postgres_tls.hba(rules):
        _loads(Place("postgres", fields, {"client_key": Secret(Path(client.key).read_text())}), tmp_path, "tls_client")


def test_mysql(mariadb_tls: Mariadb, certificate_authority: Authority, tmp_path: Path) -> None:
    fields = {
        **mariadb_tls.fields, "host": "localhost", "tls": "verify-full", "ca_file": str(certificate_authority.ca_file),
    }  # fmt: skip
    _loads(Place("mysql", fields, {"password": Secret(mariadb_server.LOADER_PASSWORD)}), tmp_path, "tls")
