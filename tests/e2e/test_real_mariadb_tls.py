"""Ladders against a real MariaDB server with TLS: certificates of every kind, and who is refused without."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from destui.domain.check import CheckState
from tests.e2e.local_checks import as_nobody, needs_root, open_folder, paste
from tests.e2e.mysql_checks import check
from tests.e2e.postgres_checks import edited, fails, passes
from tests.servers.certificates import Authority
from tests.servers.mariadb import LOADER_PASSWORD, Mariadb

pytestmark = pytest.mark.servers

REFUSED_IN_CLEAR = ("wrong_password", "tls_required", "unknown_user", "user_not_allowed_from_host")


@pytest.mark.parametrize("tls", ["require", "verify-ca", "verify-full"])
def test_a_server_with_tls(mariadb_tls: Mariadb, certificate_authority: Authority, tls: str) -> None:
    ca_file = str(certificate_authority.ca_file)
    with mariadb_tls.user("REQUIRE SSL") as fields:
        outcome = check({**fields, "host": "localhost", "tls": tls, "ca_file": ca_file})
    passes(outcome)
    assert outcome.steps[2].message == "TLS 1.3, 363 days left"
    facts = {name: outcome.detail[name] for name in ("tls", "certificate", "issuer", "certificate ends", "address")}
    assert facts == {
        "tls": "TLS 1.3", "certificate": "CN=localhost", "issuer": "CN=destui test CA",
        "certificate ends": outcome.detail["certificate ends"], "address": "127.0.0.1",
    }  # fmt: skip
    left = datetime.fromisoformat(facts["certificate ends"]).replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(days=363) < left < timedelta(days=364)
    assert outcome.detail["server"].startswith("MariaDB 1")


@pytest.mark.parametrize("tls", ["require", "verify-ca", "verify-full"])
def test_a_server_without_tls(mariadb: Mariadb, tls: str) -> None:
    fields = {**mariadb.fields, "tls": tls}
    passes(check(edited(fields, fails(check(fields), "encrypt", "TLS-NOT-OFFERED", "tls_not_offered"))))


def test_the_server_wants_tls_of_everybody(mariadb_tls: Mariadb) -> None:
    with mariadb_tls.setting("require_secure_transport", "ON"):
        found = fails(check(mariadb_tls.fields), "sign in", "MY-1045-CLEAR", *REFUSED_IN_CLEAR)
        passes(check(edited(mariadb_tls.fields, found)))


def test_the_server_wants_tls_of_one_user(mariadb_tls: Mariadb) -> None:
    with mariadb_tls.user("REQUIRE SSL") as fields:
        outcome = check(fields)
        found = fails(outcome, "sign in", "MY-1045-CLEAR", *REFUSED_IN_CLEAR)
        user, everybody = re.findall(r"(?:SELECT|SHOW) [^;]+;", outcome.more)
        assert list(mariadb_tls.run(user)) == [("%", "ANY")]
        assert mariadb_tls.run(everybody)[0][1] == "OFF"
        passes(check(edited(fields, found)))


def test_a_wrong_password_over_tls_is_not_laid_on_tls(mariadb_tls: Mariadb) -> None:
    fields = {**mariadb_tls.fields, "tls": "require"}
    fails(check(fields, "wrong"), "sign in", "MY-1045", "wrong_password", "unknown_user", "user_not_allowed_from_host")


def test_an_untrusted_certificate(
    mariadb_tls: Mariadb, certificate_authority: Authority, stranger_authority: Authority
) -> None:
    fields = {**mariadb_tls.fields, "host": "localhost", "tls": "verify-full"}
    for ca_file in ("", str(stranger_authority.ca_file)):
        outcome = check({**fields, "ca_file": ca_file})
        found = fails(outcome, "encrypt", "TLS-UNTRUSTED", "tls_untrusted_ca")
        assert outcome.detail["issuer"] == "CN=destui test CA", "what was refused is kept, to be compared"
        assert "destui test CA" in found.cause and "CA file" in found.fix
    passes(check(edited(fields, found)))
    passes(check({**fields, "ca_file": str(certificate_authority.ca_file)}))


def test_a_missing_ca_file(mariadb_tls: Mariadb) -> None:
    fields = {**mariadb_tls.fields, "tls": "verify-full", "ca_file": "/nowhere/ca.pem"}
    assert "/nowhere/ca.pem" in fails(check(fields), "encrypt", "TLS-CA-MISSING", "tls_file_missing").cause


def test_a_ca_file_without_a_certificate(mariadb_tls: Mariadb, tmp_path: Path) -> None:
    fields = {**mariadb_tls.fields, "host": "localhost", "tls": "verify-full", "ca_file": str(tmp_path / "ca.pem")}
    (tmp_path / "ca.pem").write_text("junk")
    found = fails(check(fields), "encrypt", "TLS-CA-EMPTY", "tls_file_missing")
    assert found.cause.endswith("holds no certificate in the form PEM.") and "BEGIN CERTIFICATE" in found.fix
    fails(check({**fields, "ca_file": str(tmp_path)}), "encrypt", "TLS-CA-UNREADABLE", "tls_file_missing")


@needs_root
def test_a_ca_file_that_the_worker_may_not_read(mariadb_tls: Mariadb, certificate_authority: Authority) -> None:
    with open_folder() as folder:
        (folder / "closed").mkdir(mode=0o700)
        file = Path(shutil.copy(certificate_authority.ca_file, folder / "closed" / "ca.pem"))
        file.chmod(0o600)
        fields = {**mariadb_tls.fields, "host": "localhost", "tls": "verify-full", "ca_file": str(file)}
        found = as_nobody("mysql", fields, LOADER_PASSWORD)
        assert (found["step"], found["code"], found["causes"]) == ("encrypt", "TLS-CA-CLOSED", ["tls_file_missing"])
        assert f"{file.parent} is closed" in found["cause"] and " as root" in found["fix"]
        paste(found["lines"])
        assert as_nobody("mysql", fields, LOADER_PASSWORD)["good"]


def test_the_wrong_name_of_the_right_host(mariadb_tls: Mariadb, certificate_authority: Authority) -> None:
    fields = {**mariadb_tls.fields, "tls": "verify-full", "ca_file": str(certificate_authority.ca_file)}
    found = fails(check(fields), "encrypt", "TLS-HOSTNAME-ALIAS", "tls_hostname_mismatch")
    assert found.fix_lines == ("host=localhost",)
    passes(check(edited(fields, found)))


@contextmanager
def certificate(server: Mariadb, authority: Authority, *names: str, **span: float) -> Iterator[dict[str, Any]]:
    """The server with another certificate, and the fields that verify it."""
    server.use_certificate(authority.issue(*names, **span))
    try:
        yield {**server.fields, "host": "localhost", "tls": "verify-full", "ca_file": str(authority.ca_file)}
    finally:
        server.use_certificate(authority.issue("localhost"))


def test_an_expired_certificate(mariadb_tls: Mariadb, certificate_authority: Authority) -> None:
    with certificate(mariadb_tls, certificate_authority, "localhost", starts=-20, days=10) as fields:
        found = fails(check(fields), "encrypt", "TLS-EXPIRED", "tls_expired")
        assert check(edited(fields, found)).state is CheckState.WARNED


def test_a_certificate_from_the_future(mariadb_tls: Mariadb, certificate_authority: Authority) -> None:
    with certificate(mariadb_tls, certificate_authority, "localhost", starts=5) as fields:
        fails(check(fields), "encrypt", "TLS-NOT-YET", "clock_skew")


def test_a_certificate_for_another_name(mariadb_tls: Mariadb, certificate_authority: Authority) -> None:
    with certificate(mariadb_tls, certificate_authority, "db.invalid") as fields:
        found = fails(check(fields), "encrypt", "TLS-HOSTNAME", "tls_hostname_mismatch")
        assert "db.invalid" in found.cause
        passes(check(edited(fields, found)))


def test_a_certificate_near_its_end_is_a_warning(mariadb_tls: Mariadb, certificate_authority: Authority) -> None:
    with certificate(mariadb_tls, certificate_authority, "localhost", days=20) as fields:
        outcome = check(fields)
        assert outcome.state is CheckState.WARNED
        assert outcome.steps[2].message == "certificate ends in 18 days"


@pytest.mark.parametrize(
    ("starts", "days", "told"),
    [
        (-100, 112.5, "certificate ends in 12 days"),
        (-100, 100.5, "certificate ends in less than a day"),
        (-20, 14.5, "certificate ended 5 days ago, on "),
        (3.5, 90, "certificate begins only in 3 days, on "),
        (-1, 201.5, "TLS 1.3, 200 days left"),
    ],
)
def test_a_certificate_that_nobody_verifies_is_looked_at(
    mariadb_tls: Mariadb, certificate_authority: Authority, starts: float, days: float, told: str
) -> None:
    with certificate(mariadb_tls, certificate_authority, "localhost", starts=starts, days=days) as fields:
        outcome = check({**fields, "tls": "require", "ca_file": ""})
    assert outcome.steps[2].message.startswith(told) and outcome.state.is_good
    assert (outcome.state is CheckState.WARNED) == told.startswith("certificate")
