"""What a check has found, as `destui check` and `destui show` print it."""

from __future__ import annotations

import json
import subprocess

import pytest

from destui.services import checks, destinations
from tests.fixtures import Home
from tests.servers.mariadb import Mariadb
from tests.torture.ground import within

SIGNS_IN = "SELECT 1 FROM checks WHERE state = 'running' AND step = 'sign in'"


@pytest.mark.servers
def test_several_causes_are_told_likeliest_first_and_apart(home: Home, mariadb: Mariadb) -> None:
    fields = [f"{name}={value}" for name, value in mariadb.fields.items()]
    secret = ("--secret", "password=env:PASSWORD", "--wait")
    added = home.run("add", "mysql", "orders", *fields, *secret, PASSWORD="wrong")
    assert added.returncode == 1
    for text in (added.stdout, home.run("check", "orders").stdout, home.ok("show", "orders")):
        whole = ("SELECT host", "The driver said", "✗ sign in")  # what is pasted, and others' words
        lines = [line for line in text.splitlines() if not any(words in line for words in whole)]
        assert max(map(len, lines)) <= 80
        words = " ".join(text.split())
        assert "Likeliest first: the password is wrong; there is no such user; the server's rules" in words
        assert "To tell them apart: The hosts that an administrator sees" in words
    found = json.loads(home.ok("show", "orders", "--json"))["diagnosis"]
    assert found["tell_apart"].startswith("The hosts that") and len(found["causes"]) == 3


def test_a_cancelled_check_shows_no_words_and_no_failure(home: Home) -> None:
    ctx = home.context()
    command = home.command("add", "simulator", "orders", "seconds=0", "outcome=hang", "fail_at=sign in", "--wait")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=home.environment) as process:
        assert within(30, lambda: ctx.store.fetch(SIGNS_IN))
        assert checks.cancel(ctx, destination_id=destinations.find(ctx, "orders").id)
        assert process.stdout is not None
        checked = process.stdout.read()
    for text in (checked, home.ok("show", "orders")):
        assert "✗" not in text and "The driver said" not in text
        assert any(line.split() == ["−", "sign", "in", "cancelled"] for line in text.splitlines()), text
