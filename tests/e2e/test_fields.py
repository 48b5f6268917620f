"""What becomes of values that do not fit together, and of secrets when the server is made less sure of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fixtures import Home
from tests.servers.postgres import LOADER_PASSWORD, Postgres


def test_a_value_that_the_others_make_needless_is_checked_and_told(home: Home) -> None:
    done = home.run("add", "simulator", "orders", "fail_at=tunnel", "seconds=0")
    assert done.returncode == 2 and "fail_at: Choose one of resolve, reach" in done.stderr
    done = home.run("add", "simulator", "orders", "fail_at=open", "seconds=0")
    assert done.returncode == 0
    assert done.stderr == "destui: fail_at counts only with outcome=error or flaky or hang; it was left out.\n"
    assert "fail_at" not in json.loads(home.ok("show", "orders", "--json"))["fields"]
    assert "fail_at" not in home.run("edit", "orders", "seconds=0.1", "--wait").stderr
    assert "fail_at counts only" in home.run("edit", "orders", "fail_at=open", "--wait").stderr
    assert "fail_at counts only" not in home.run("edit", "orders", "fail_at=open", "outcome=flaky").stderr


@pytest.mark.parametrize(
    ("mode", "given", "is_told"), [("prefer", (), True), ("prefer", ("tls=off",), False), ("require", (), False)]
)
def test_a_url_that_would_also_do_without_encryption(
    home: Home, mode: str, given: tuple[str, ...], is_told: bool
) -> None:
    done = home.run("add", "postgres", "orders", "--url", f"postgres://u@127.0.0.1:1/d?sslmode={mode}", *given)
    assert done.returncode == 0
    assert ("tls: The URL would also do without encryption" in done.stderr) == is_told
    assert json.loads(home.ok("show", "orders", "--json"))["fields"]["tls"] == ("off" if given else "require")


@pytest.mark.servers
@pytest.mark.parametrize("verb", ["edit", "reauthorize"])
def test_a_weaker_tls_asks_for_the_password_again(
    home: Home, postgres_tls: Postgres, certificate_authority: Any, verb: str
) -> None:
    words = {**postgres_tls.fields, "host": "localhost", "tls": "verify-full", "ca_file": certificate_authority.ca_file}
    fields = [f"{name}={value}" for name, value in words.items()]
    password = ("--secret", "password=env:PASSWORD", "--wait")
    assert home.run("add", "postgres", "orders", *fields, *password, PASSWORD=LOADER_PASSWORD).returncode == 0
    for change in ("tls=require", "tls=off", "ca_file=/etc/hosts", "ca_file="):
        refused = home.run(verb, "orders", change)
        assert refused.returncode == 2, change
        assert "changed: type this again" in refused.stderr and "password" in refused.stderr
    assert json.loads(home.ok("show", "orders", "--json"))["fields"]["tls"] == "verify-full"
    home.ok(verb, "orders", "tls=require", *password, PASSWORD=LOADER_PASSWORD)
    home.ok(verb, "orders", "tls=verify-full", f"ca_file={words['ca_file']}", "--wait")
