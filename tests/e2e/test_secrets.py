"""A planted secret, passed each way that there is and used by every action, is then searched for byte by byte."""

from __future__ import annotations

import base64
import html
import json
import os
import pickle
import shlex
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from bench.terminal import Terminal
from destui.store import workers
from tests.fixtures import Home
from tests.planted import PLANTED, found_in, found_in_files, found_in_process
from tests.servers.postgres import LOADER_PASSWORD, SCHEMA, Postgres

pytestmark = pytest.mark.embedded  # what is about teams here makes their stores itself

TYPED = "Zk9QwTyped$%7secret"


def assert_nowhere(secret: str, where: str, data: bytes) -> None:
    """Fail when any form of the secret is in the data."""
    found = found_in(data, secret)
    assert not found, f"{found[0]!r} is in {where}"


def search_home(home: Home, *searched: str) -> None:
    """The store, its journal, keys, logs: every file."""
    files = [file for file in home.path.rglob("*") if file.is_file()]
    assert {"destui.db", "worker.log"} <= {file.name for file in files}
    assert not (found := found_in_files(home.path, *searched)), found


def search_processes(pids: list[int], *searched: str) -> None:
    """Command lines and environments of our processes."""
    for pid in pids:
        assert not (found := found_in_process(pid, *searched)), found


@pytest.fixture
def role(postgres: Postgres) -> str:
    name = postgres.new_role()
    postgres.run(f"ALTER ROLE {name} PASSWORD '{PLANTED.replace(chr(39), chr(39) * 2)}'")
    postgres.run(f"GRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO {name}")
    return name


def test_every_command_with_a_planted_secret(home: Home, postgres: Postgres, role: str, tmp_path: Path) -> None:
    said: list[bytes] = []
    (tmp_path / "secret").write_text(PLANTED)

    def run(*arguments: str, code: int | None = 0, stdin: str = "", **more: str) -> None:
        done = home.run(*arguments, stdin=stdin, **more)
        assert code is None or done.returncode == code, (arguments, done.stdout, done.stderr)
        said.append(done.stdout.encode() + done.stderr.encode())

    good = [f"{k}={v}" for k, v in {**postgres.fields, "user": role}.items()]
    f = postgres.fields
    address = f"{f['host']}:{f['port']}/{f['database']}?sslmode=disable"
    url = f"postgres://{role}:{quote(PLANTED, safe='')}@{address}"
    secret = ("--secret", "password=env:PW", "--wait")
    run("add", "postgres", "by-env", *good, *secret, PW=PLANTED)
    run("add", "postgres", "by-file", *good, "--secret", f"password=file:{tmp_path / 'secret'}", "--wait")
    run("add", "postgres", "by-stdin", *good, "--secret", "password=stdin", "--wait", stdin=PLANTED)
    run("add", "postgres", "by-url", "--url", "env:URL", f"schema={SCHEMA}", "--wait", URL=url)
    run("add", "postgres", "bad-url", "--url", "env:URL", code=None, URL=f"postgres://{role}:{PLANTED}@{address}")
    # A password that the server refuses, in a place where a driver might repeat it.
    run("add", "postgres", "wrong", *good, *secret, code=1, PW=PLANTED + "x")
    run(
        "add",
        "postgres",
        "as-user",
        *[g for g in good if not g.startswith("user")],
        "user=nobody",
        *secret,
        code=1,
        PW=PLANTED,
    )
    run("add", "postgres", "as-key", *good, "--secret", "client_key=env:PW", *secret, code=None, PW=PLANTED)
    run("reauthorize", "wrong", *secret, PW=PLANTED)
    run("reauthorize", "by-env", *secret, code=1, PW=PLANTED + "y")
    run("rollback", "wrong", "--wait", code=1)
    run("edit", "by-file", "host=localhost", *secret, PW=PLANTED)
    run("check", "--all", code=1)
    for verb in ("list", "events", "trash", "export", "doctor", "types", "vault status", "worker status"):
        run(*verb.split())
    for verb in ("list", "events", "doctor"):
        run(verb, "--json")
    run("show", "by-url", "--json")
    run("delete", "by-url", "--yes")
    run("restore", "by-url")
    run("check", "by-url")
    search_processes([w.pid for w in workers.on_record(home.context().store)], PLANTED)
    search_home(home, PLANTED)
    for output in said:
        assert_nowhere(PLANTED, "what a command printed", output)


def test_the_key_given_in_the_environment_does_not_reach_the_workers(home: Home, postgres: Postgres, role: str) -> None:
    key = "Zk-sealing-passphrase-of-twenty"
    good = [f"{k}={v}" for k, v in {**postgres.fields, "user": role}.items()]
    home.ok(
        "add", "postgres", "orders", *good, "--secret", "password=env:PW", "--wait", PW=PLANTED, DESTUI_KEY=key
    )  # fmt: skip
    search_processes([w.pid for w in workers.on_record(home.context().store)], PLANTED, key)
    search_home(home, PLANTED, key)


@pytest.fixture
def opened(home: Home) -> Iterator[list[Terminal]]:
    terminals: list[Terminal] = []
    yield terminals
    for terminal in terminals:
        terminal.close()


def test_a_secret_typed_into_the_form_is_never_written_to_the_terminal(home: Home, opened: list[Terminal]) -> None:
    terminal = Terminal(home.command(), home.environment, (120, 36))
    opened.append(terminal)
    terminal.read_until_screen("0/25", 30)
    terminal.send(b"a")
    terminal.read_until_screen("PostgreSQL")
    terminal.send(b"postgres")
    terminal.settle(0.2)
    terminal.send(b"\r")
    terminal.read_until_screen("Password")
    terminal.settle(0.2)
    terminal.send(b"orders\t\t")  # as over a slow line: all at once
    terminal.send(
        f"\x1b[200~postgres://loader:{quote(TYPED, safe='')}@127.0.0.1:1/warehouse?sslmode=disable\x1b[201~".encode()
    )
    terminal.read_until_screen("loader")
    terminal.settle(0.3)
    terminal.send(b"\x14")  # ctrl+t: the test fails at reach
    terminal.read_until_screen("reach", 20)
    terminal.settle(1.0)
    terminal.send(b"\x03")  # ctrl+c copies, but never from a secret field
    terminal.settle(0.2)
    terminal.send(b"\x13")  # ctrl+s
    terminal.read_until_screen("✗", 30)
    terminal.settle(1.0)
    pids = [terminal.pid, *(w.pid for w in workers.on_record(home.context().store))]
    search_processes(pids, TYPED)
    search_home(home, TYPED)
    assert_nowhere(TYPED, "the terminal's bytes", terminal.output)


def test_a_crash_report_holds_no_local_variables(home: Home) -> None:
    code = """
import asyncio
from destui.config import load_config
from destui.tui.app import DestuiApp

class Crashing(DestuiApp):
    def on_mount(self):
        super().on_mount() if hasattr(super(), "on_mount") else None
        self.call_later(self.crash)

    def crash(self):
        password = "PLANTED_IN_A_LOCAL"[::-1]
        raise RuntimeError("a fault of its own")

app = Crashing(load_config())
app.run()
"""
    home.path.mkdir(mode=0o700, parents=True)
    terminal = Terminal([sys.executable, "-c", code], home.environment, (120, 36))
    for _ in range(100):
        if not terminal.read_once(0.2) and terminal.now > 5:
            break
    os.waitpid(terminal.pid, 0)
    os.close(terminal.fd)
    secret = "PLANTED_IN_A_LOCAL"[::-1].encode()
    assert secret not in terminal.output
    logs = list(home.path.rglob("*.log"))
    assert logs, "the crash was not reported"
    for file in logs:
        assert secret not in file.read_bytes()
        assert b"a fault of its own" in file.read_bytes() or file.name == "worker.log"


@pytest.mark.parametrize("secret", [PLANTED, TYPED])
def test_searching_would_find_a_secret(secret: str) -> None:
    """The search itself must be able to fail."""
    as_texts = [
        secret, json.dumps(secret), json.dumps({"a": [secret]}, ensure_ascii=False), quote(secret, safe=""),
        repr(secret), base64.b64encode(b"ab" + secret.encode()).decode(), shlex.quote(secret), html.escape(secret),
        secret.encode().hex(), json.dumps(json.dumps({"a": secret})),
        base64.urlsafe_b64encode(json.dumps([secret]).encode()).decode(),
    ]  # fmt: skip
    as_bytes = [text.encode() for text in as_texts]
    as_bytes += [pickle.dumps({"a": secret}, protocol) for protocol in range(6)]
    as_bytes += [base64.b64encode(pickle.dumps({"a": secret}, protocol)) for protocol in range(6)]
    as_bytes += ["\x1b[1m".join(secret).encode()]
    for data in as_bytes:
        assert found_in(b"..." + data + b"...", secret), data
    assert not found_in(b"an honest output", secret)


def test_a_destination_that_is_made_to_name_anothers_secret_does_not_get_it(home: Home, postgres: Postgres) -> None:
    fields = [f"{key}={value}" for key, value in postgres.fields.items()]
    for name, password in (("rich", LOADER_PASSWORD), ("thief", "its own")):
        home.run("add", "postgres", name, *fields, "--secret", "password=env:PW", "--wait", PW=password)
    with sqlite3.connect(home.path / "destui.db") as store:
        store.execute(
            "UPDATE destinations SET secret_id = (SELECT secret_id FROM destinations WHERE name = 'rich')"
            " WHERE name = 'thief'"
        )
    refused = home.run("check", "thief")
    assert refused.returncode == 1 and "belong to another" in refused.stdout + refused.stderr
    home.ok("check", "rich")
