"""What becomes of values that do not fit together, and of secrets when the server is made less sure of."""

from __future__ import annotations

import json

import pytest

from tests.fixtures import Home


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
