"""The driver's own code: kept with a check, shown where its words are, beside the code that lasts."""

from __future__ import annotations

import json

import pytest

from destui.services import destinations
from destui.tui.widgets.pane import copied_text, head_of_destination
from tests.fixtures import Home
from tests.servers.postgres import LOADER_PASSWORD, Postgres


@pytest.mark.servers
def test_it_is_shown_and_copied(home: Home, postgres: Postgres) -> None:
    fields = [f"{name}={value}" for name, value in {**postgres.fields, "user": "guest"}.items()]
    secret = ("--secret", "password=env:PASSWORD", "--wait")
    assert home.run("add", "postgres", "orders", *fields, *secret, PASSWORD=LOADER_PASSWORD).returncode == 1
    lines = [line.strip() for line in home.ok("show", "orders").splitlines()]
    assert "Code: PG-42501" in lines
    assert "The driver said, SQLSTATE 42501: permission denied for schema analytics" in lines
    found = json.loads(home.ok("show", "orders", "--json"))["diagnosis"]
    assert list(found) == "step code causes cause fix message tell_apart".split() and found["code"] == "PG-42501"
    whole = destinations.find(home.context(), "orders")
    assert whole.check is not None and whole.check.diagnosis is not None
    assert whole.check.diagnosis.shown_code == "SQLSTATE 42501"
    copied = copied_text(head_of_destination(whole, str), whole.check)
    assert "PG-42501, SQLSTATE 42501: permission denied for schema analytics" in copied
