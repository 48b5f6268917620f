"""Ladders against a real PostgreSQL server with TLS: certificates of every kind, and who wants to see them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from destui.domain.check import CheckState
from tests.e2e.postgres_checks import VARIABLES, check, edited, fails, passes
from tests.servers.certificates import Authority
from tests.servers.postgres import Postgres
from tests.servers.processes import find_binary

pytestmark = pytest.mark.servers


@pytest.mark.parametrize("tls", ["require", "verify-ca", "verify-full"])
def test_a_server_with_tls(postgres_tls: Postgres, certificate_authority: Authority, tls: str) -> None:
    ca_file = str(certificate_authority.ca_file)
    outcome = check({**postgres_tls.fields, "host": "localhost", "tls": tls, "ca_file": ca_file})
    passes(outcome)
    assert outcome.steps[2].message == "TLS 1.3, 363 days left"
    facts = {name: outcome.detail[name] for name in ("tls", "certificate", "issuer", "certificate ends", "address")}
    assert facts == {
        "tls": "TLS 1.3", "certificate": "CN=localhost", "issuer": "CN=destui test CA",
        "certificate ends": outcome.detail["certificate ends"], "address": "127.0.0.1",
    }  # fmt: skip
    left = datetime.fromisoformat(facts["certificate ends"]).replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(days=363) < left < timedelta(days=364)
    assert outcome.detail["server"].startswith("PostgreSQL 1")


def test_no_variable_of_the_environment_has_an_effect(
    postgres_tls: Postgres, certificate_authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca_file = str(certificate_authority.ca_file)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    passes(check({**postgres_tls.fields, "host": "localhost", "tls": "verify-full", "ca_file": ca_file}))


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_the_system_s_authorities_are_trusted_without_a_ca_file(
    postgres_tls: Postgres, certificate_authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    variable: str,
) -> None:  # fmt: skip
    (tmp_path / "ca.pem").write_bytes(certificate_authority.ca_file.read_bytes())
    subprocess.run([find_binary("openssl", "openssl"), "rehash", str(tmp_path)], check=True)
    monkeypatch.setenv(variable, str(tmp_path / "ca.pem" if variable == "SSL_CERT_FILE" else tmp_path))
    passes(check({**postgres_tls.fields, "host": "localhost", "tls": "verify-full"}))


def test_an_untrusted_certificate(
    postgres_tls: Postgres, certificate_authority: Authority, stranger_authority: Authority
) -> None:
    fields = {**postgres_tls.fields, "host": "localhost", "tls": "verify-full"}
    for ca_file in ("", str(stranger_authority.ca_file)):
        outcome = check({**fields, "ca_file": ca_file})
        found = fails(outcome, "encrypt", "TLS-UNTRUSTED", "tls_untrusted_ca")
        assert outcome.detail["issuer"] == "CN=destui test CA", "what was refused is kept, to be compared"
        assert "destui test CA" in found.cause and "CA file" in found.fix
    passes(check(edited(fields, found)))
    passes(check({**fields, "ca_file": str(certificate_authority.ca_file)}))


def test_a_missing_ca_file(postgres_tls: Postgres) -> None:
    fields = {**postgres_tls.fields, "tls": "verify-full", "ca_file": "/nowhere/ca.pem"}
    assert "/nowhere/ca.pem" in fails(check(fields), "encrypt", "TLS-CA-MISSING", "tls_file_missing").cause


def test_the_wrong_name_of_the_right_host(postgres_tls: Postgres, certificate_authority: Authority) -> None:
    ca_file = str(certificate_authority.ca_file)
    fields = {**postgres_tls.fields, "host": "127.0.0.1", "tls": "verify-full", "ca_file": ca_file}
    found = fails(check(fields), "encrypt", "TLS-HOSTNAME-ALIAS", "tls_hostname_mismatch")
    assert found.fix_lines == ("host=localhost",)
    passes(check(edited(fields, found)))


@contextmanager
def certificate(server: Postgres, authority: Authority, *names: str, **span: float) -> Iterator[dict[str, Any]]:
    """The server with another certificate, and the fields that verify it."""
    server.use_certificate(authority.issue(*names, **span), authority)
    try:
        yield {**server.fields, "host": "localhost", "tls": "verify-full", "ca_file": str(authority.ca_file)}
    finally:
        server.use_certificate(authority.issue("localhost"), authority)


def test_a_certificate_for_a_name_that_leads_elsewhere(
    postgres_tls: Postgres, certificate_authority: Authority
) -> None:
    with certificate(postgres_tls, certificate_authority, "db.invalid") as fields:
        found = fails(check(fields), "encrypt", "TLS-HOSTNAME", "tls_hostname_mismatch")
        assert "db.invalid" in found.cause
        passes(check(edited(fields, found)))


def test_an_expired_certificate(postgres_tls: Postgres, certificate_authority: Authority) -> None:
    with certificate(postgres_tls, certificate_authority, "localhost", starts=-20, days=10) as fields:
        found = fails(check(fields), "encrypt", "TLS-EXPIRED", "tls_expired")
        assert check(edited(fields, found)).state is CheckState.WARNED


def test_a_certificate_from_the_future(postgres_tls: Postgres, certificate_authority: Authority) -> None:
    with certificate(postgres_tls, certificate_authority, "localhost", starts=5) as fields:
        fails(check(fields), "encrypt", "TLS-NOT-YET", "clock_skew")


def test_a_certificate_near_its_end_is_a_warning(postgres_tls: Postgres, certificate_authority: Authority) -> None:
    with certificate(postgres_tls, certificate_authority, "localhost", days=20) as fields:
        outcome = check(fields)
        assert outcome.state is CheckState.WARNED
        assert outcome.steps[2].message == "certificate ends in 18 days"


def test_a_certificate_that_nobody_verifies_is_looked_at(
    postgres_tls: Postgres, certificate_authority: Authority
) -> None:
    with certificate(postgres_tls, certificate_authority, "localhost", starts=-20, days=14.5) as fields:
        outcome = check({**fields, "tls": "require", "ca_file": ""})
        assert outcome.state is CheckState.WARNED
        assert outcome.steps[2].message.startswith("certificate ended 5 days ago, on ")


def test_tls_required_by_the_server(postgres_tls: Postgres, certificate_authority: Authority) -> None:
    with postgres_tls.hba("hostssl all all all scram-sha-256"):
        fields = {**postgres_tls.fields, "host": "localhost"}
        found = fails(check(fields), "sign in", "PG-TLS-REQUIRED", "tls_required")
        assert found.fix_lines == ("tls=verify-full",) and "CA file" in found.fix_sentence
        passes(check({**edited(fields, found), "ca_file": str(certificate_authority.ca_file)}))
        assert "tls=require " in found.fix_sentence
        passes(check({**fields, "tls": "require"}))


@pytest.mark.parametrize(
    ("rules", "code"),
    [("hostssl all somebody all scram-sha-256", "PG-HBA"), ("hostssl all all all reject", "PG-HBA-REJECT")],
)
def test_a_rule_for_a_connection_with_tls_lets_none_in_without(postgres_tls: Postgres, rules: str, code: str) -> None:
    fields = {**postgres_tls.fields, "tls": "require"}
    with postgres_tls.hba(rules):
        found = fails(check(fields), "sign in", code, "user_not_allowed_from_host")
    with postgres_tls.hba(f"{found.fix_lines[0]}\n{rules}"):
        passes(check(fields))
        assert check(postgres_tls.fields).state is CheckState.FAILED


def test_client_certificates(postgres_tls: Postgres, certificate_authority: Authority) -> None:
    fields = {**postgres_tls.fields, "host": "localhost", "tls": "require"}
    mine, other = certificate_authority.issue("loader"), certificate_authority.issue("somebody")
    with postgres_tls.hba("hostssl all all all cert"):
        fails(check(fields), "sign in", "PG-CLIENT-CERT", "tls_client_cert")
        wrong = {**fields, "client_cert": str(other.certificate)}
        fails(check(wrong, client_key=other.key.read_text()), "sign in", "PG-CLIENT-CERT", "tls_client_cert")
        unreadable = {**fields, "client_cert": "/nowhere/me.pem"}
        fails(check(unreadable), "encrypt", "TLS-CLIENT-FILE", "tls_client_cert", "tls_file_missing")
        right = {**fields, "client_cert": str(mine.certificate)}
        passes(check(right, client_key=mine.key.read_text()))
        mixed_up = check(right, client_key=other.key.read_text())
        fails(mixed_up, "encrypt", "TLS-CLIENT-KEY", "key_invalid", "tls_client_cert")
        locked = mine.key.read_text().replace("PRIVATE", "ENCRYPTED PRIVATE")
        fails(check(right, client_key=locked), "encrypt", "TLS-KEY-LOCKED", "key_passphrase")
