"""A change of status is told to a command of the user's, by a real worker, and in every open interface."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.terminal import Terminal
from destui.domain.check import CheckState, Reason
from destui.domain.destination import Status
from destui.domain.secret import Secret
from destui.services import checks, destinations
from destui.services.context import Context
from destui.store import changes, jobs, schema, settings, workers
from destui.worker import launch, on_change
from tests.e2e.terminals import add, ended, interface
from tests.fixtures import Home, team_home
from tests.servers.postgres import LOADER_PASSWORD, Postgres

DEADLINE = 400  # waits for another's write, of a tenth of a second each


def settle(ctx: Context, condition: Callable[[], bool]) -> None:
    """Wait until what the worker does makes it so."""
    signal_ = changes.signal(ctx.store, 0.02)
    for _ in range(DEADLINE):
        if condition():
            signal_.close()
            return
        signal_.wait(0.1)
    raise AssertionError("it never came")


def at_rest(ctx: Context) -> bool:
    return jobs.open_count(ctx.store) == (0, 0)


class Command:
    """A program that notes what it is told, with which arguments and environment."""

    def __init__(self, home: Home, *lines: str, arguments: tuple[str, ...] = ("--to", "on call; `x`")) -> None:
        self.folder = home.path
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.program = self.folder / "tell me"
        self.write(*lines)
        words = ", ".join(json.dumps(word) for word in (str(self.program), *arguments))
        (home.path / "config.toml").write_text(f"on_change = [{words}]\n")

    def write(self, *lines: str) -> None:
        """What it does before it notes what it is told."""
        here = shlex.quote(str(self.folder))
        kept = (f"env -0 > {here}/environment", f'printf "%s\\n" "$@" > {here}/arguments', f"cat >> {here}/told")
        self.program.write_text("\n".join(("#!/bin/sh", *lines, *kept, "")))
        self.program.chmod(0o700)

    @property
    def told(self) -> list[dict[str, Any]]:
        """The documents that it was given."""
        file = self.folder / "told"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def environment(self) -> dict[str, str]:
        """What it saw of the environment."""
        pairs = (self.folder / "environment").read_text().rstrip("\0").split("\0")
        return dict(pair.split("=", 1) for pair in pairs)


def changed(ctx: Context, destination_id: str, **fields: object) -> None:
    """Let the background find something else there, at once."""
    with ctx.store.write() as tx:
        table = schema.destinations
        values = {"fields": json.dumps({"seconds": 0, **fields}), "next_check_at": 1}
        tx.execute(table.update().where(table.c.id == destination_id).values(values))


def checked_by_the_background(ctx: Context, destination_id: str, before: int) -> bool:
    history = checks.history(ctx, destination_id, 0, 50)
    return len(history) > before and not history[0].state.is_open and history[0].reason is Reason.BACKGROUND


class Worker:
    """A worker started by hand."""

    def __init__(self, home: Home, **more: str) -> None:
        self.process = subprocess.Popen(
            home.command("worker", "run"), env={**home.environment, **more}, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __enter__(self) -> Worker:
        assert self.process.stderr is not None
        assert any("started" in line for line in self.process.stderr)
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.communicate()


def test_a_command_is_told_of_changes_and_of_nothing_else(home: Home) -> None:
    command = Command(home)
    ctx = home.context()
    added = add(ctx, "orders")
    assert ended(ctx, added.check_id) == [CheckState.PASSED]
    settle(ctx, lambda: len(command.told) == 1 and at_rest(ctx))
    assert (command.folder / "arguments").read_text().splitlines() == ["--to", "on call; `x`"]

    changed(ctx, added.destination_id)  # nothing is different: nothing is told
    settle(ctx, lambda: checked_by_the_background(ctx, added.destination_id, 1) and at_rest(ctx))
    assert len(command.told) == 1

    changed(ctx, added.destination_id, outcome="error", fail_at="create")
    settle(ctx, lambda: len(command.told) == 2 and at_rest(ctx))
    (check_id,) = checks.request(ctx, [added.destination_id]).values()  # it is still broken: nothing new
    assert ended(ctx, check_id) == [CheckState.FAILED]
    changed(ctx, added.destination_id)
    (check_id,) = checks.request(ctx, [added.destination_id]).values()
    assert ended(ctx, check_id) == [CheckState.PASSED]
    settle(ctx, lambda: len(command.told) == 3 and at_rest(ctx))

    first, second, third = command.told
    assert [(t["from"], t["to"], t["reason"]) for t in command.told] == [
        ("initializing", "active", "initialise"), ("active", "error", "background"), ("error", "active", "asked"),
    ]  # fmt: skip
    assert set(first) == {"id", "name", "type", "from", "to", "at", "reason", "diagnosis"}
    assert (first["id"], first["name"], first["type"]) == (added.destination_id, "orders", "simulator")
    assert first["diagnosis"] is None and third["diagnosis"] is None
    found = second["diagnosis"]
    assert (found["step"], found["code"], found["causes"]) == ("create", "SIM-CREATE", ["no_create_right"])
    assert found["fix"].endswith("GRANT USAGE, CREATE ON SCHEMA analytics TO loader;") and found["message"]
    assert second["at"].endswith("Z") and first["at"] < second["at"] < third["at"]
    doctor = {f["subject"]: f for f in json.loads(home.run("doctor", "--json").stdout)}
    assert doctor["on_change"]["ok"] and "tell me" in doctor["on_change"]["message"]


@pytest.mark.embedded
def test_a_command_sees_no_secret(home: Home, postgres: Postgres) -> None:
    command = Command(home)
    home.environment |= {"AWS_SECRET_ACCESS_KEY": "planted", "DESTUI_KEY": "a sealing key that nobody may see"}
    ctx = home.context()
    fields = {**postgres.fields, "port": postgres.port}
    secrets = {"password": Secret(LOADER_PASSWORD)}
    added = destinations.add(ctx, "postgres", "orders", fields, secrets)
    assert ended(ctx, added.check_id) == [CheckState.PASSED]
    settle(ctx, lambda: len(command.told) == 1)
    wrong = destinations.add(ctx, "postgres", "wrong", fields, {"password": Secret("hunter2 is wrong")})
    assert ended(ctx, wrong.check_id) == [CheckState.FAILED]
    settle(ctx, lambda: len(command.told) == 2)
    assert command.told[1]["diagnosis"]["code"] == "PG-28P01"
    seen = json.dumps(command.told) + repr(command.environment)
    for secret in ("planted", "a sealing key", LOADER_PASSWORD, "hunter2"):
        assert secret not in seen
    assert set(command.environment) - {"PWD", "SHLVL", "OLDPWD", "_"} <= set(on_change._PASSED)
    assert command.environment["DESTUI_HOME"] == str(home.path)


def test_a_worker_started_by_hand_hands_on_no_more_of_its_environment(home: Home) -> None:
    command = Command(home)
    ctx = home.context()
    with Worker(home, AWS_SECRET_ACCESS_KEY="planted", DESTUI_STORE=home.config.store_url):
        ended(ctx, add(ctx, "orders").check_id)
        settle(ctx, lambda: len(command.told) == 1)
    assert "planted" not in repr(command.environment) and "DESTUI_STORE" not in command.environment


def finding(home: Home) -> dict[str, Any]:
    found = {f["subject"]: f for f in json.loads(home.run("doctor", "--json").stdout)}
    return dict(found["on_change"])


@pytest.mark.embedded
def test_a_command_that_fails_is_logged_and_told_by_doctor_until_one_succeeds(home: Home) -> None:
    command = Command(home, 'echo "no route to the pager" >&2', "exit 3")
    ctx = home.context()
    added = add(ctx, "orders")
    ended(ctx, added.check_id)
    key = f"on_change_trouble:{ctx.host}"[:64]
    settle(ctx, lambda: settings.read(ctx.store, key) is not None)
    assert destinations.get(ctx, added.destination_id).status is Status.ACTIVE
    told = finding(home)
    assert not told["ok"] and "orders" in told["message"] and "exit code 3" in told["message"]
    log = home.config.worker_log.read_text()
    assert "on_change failed" in log and "no route to the pager" in log
    command.write()
    changed(ctx, added.destination_id, outcome="error", fail_at="reach")
    settle(ctx, lambda: len(command.told) == 1 and at_rest(ctx))
    assert finding(home)["ok"]
    command.program.unlink()
    told = finding(home)
    assert not told["ok"] and "is not there" in told["message"]
    changed(ctx, added.destination_id)
    ended(ctx, *checks.request(ctx, [added.destination_id]).values())
    settle(ctx, lambda: settings.read(ctx.store, key) is not None and at_rest(ctx))
    assert "No such file" in home.config.worker_log.read_text()


def test_without_a_command_nothing_is_queued_and_what_it_did_is_forgotten(home: Home) -> None:
    command = Command(home, "exit 1")
    ctx = home.context()
    ended(ctx, add(ctx, "one").check_id)
    settle(ctx, lambda: bool(ctx.store.fetch("SELECT 1 FROM settings WHERE key LIKE 'on_change_trouble%'")))
    home.ok("worker", "stop")
    (home.path / "config.toml").unlink()
    ended(ctx, add(ctx, "two").check_id)
    assert not ctx.store.fetch("SELECT 1 FROM settings WHERE key LIKE 'on_change%'")
    kinds = ctx.store.fetch("SELECT kind, count(*) FROM jobs WHERE kind = 'announce' GROUP BY kind")
    assert kinds == [("announce", 1)] and command.told == []


def test_what_a_killed_worker_did_not_tell_to_its_end_the_next_one_tells(home: Home) -> None:
    first = home.path / "first"
    command = Command(home, f"[ -e {first} ] || {{ touch {first}; exec sleep 60; }}")
    ctx = home.context()
    added = add(ctx, "orders")
    ended(ctx, added.check_id)
    settle(ctx, first.exists)
    (living,) = [w for w in workers.on_record(ctx.store) if w.alive and launch.birth(w.pid)]
    os.kill(living.pid, signal.SIGKILL)
    assert command.told == []

    def told() -> bool:
        ctx.mend_worker()  # as an open interface does
        return len(command.told) == 1 and at_rest(ctx)

    settle(ctx, told)
    assert command.told[0]["to"] == "active"
    assert destinations.get(ctx, added.destination_id).check.state is CheckState.PASSED  # type: ignore[union-attr]


def test_a_command_that_does_not_end_is_killed_with_all_that_it_has_started(tmp_path: Path) -> None:
    program = tmp_path / "slow"
    program.write_text(f"#!/bin/sh\nsleep 60 &\necho $! > {tmp_path}/pid\nwait\n")
    program.chmod(0o700)
    # Python's own start-up is no part of what is timed: the shell has a second.
    trouble = on_change.run([str(program)], {"id": "x"}, os.environ, 1.0)
    assert trouble == f"{program} did not end within 1 s and was killed."
    left = int((tmp_path / "pid").read_text())
    ends_by = time.monotonic() + 10  # a signal was sent; that it has been taken nothing tells
    while launch.birth(left) != "" and Path(f"/proc/{left}/stat").read_text().split()[2] != "Z":
        assert time.monotonic() < ends_by
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("lines", "trouble"),
    [
        ("exec true", ""), ("exit 7", "ended with exit code 7."), ("kill -9 $$", "ended with signal 9."),
        ("exec <&-\nsleep 30 &\nexit 0", ""),  # leaves its input unread, and something behind that holds its output
    ],
)  # fmt: skip
def test_how_a_command_ended(tmp_path: Path, lines: str, trouble: str) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\n{lines}\n")
    program.chmod(0o700)
    told = on_change.run([str(program)], {"message": "x" * 300_000}, os.environ, 20)
    assert told == (f"{program} {trouble}" if trouble else "")


@pytest.mark.parametrize("program", ["/nowhere/at/all", "/", "\ud800"])
def test_a_command_that_cannot_be_run(program: str) -> None:
    assert "cannot be run" in on_change.run([program], {}, os.environ, 5)


@pytest.mark.embedded
@pytest.mark.parametrize(
    "line", ['on_change = "page"', "on_change = []", "on_change = [1]", 'on_change = [" "]', 'bell = "yes"']
)
def test_settings_that_are_no_command_are_told_and_passed_over(home: Home, line: str) -> None:
    home.path.mkdir(mode=0o700)
    (home.path / "config.toml").write_text(line)
    name = line.partition(" ")[0]
    assert [name in problem for problem in home.config.settings_problems] == [True]
    assert home.config.setting(name) is None


def test_a_team_s_hosts_each_tell_their_own_command(postgres: Postgres, tmp_path: Path) -> None:
    home = team_home(postgres, tmp_path)
    command = Command(home)
    ctx = home.context()
    with ctx.store.write() as tx:  # another host that has one too: not told by us
        settings.write(tx, "on_change:elsewhere", "1")
    with Worker(home):
        assert ended(ctx, add(ctx, "orders").check_id) == [CheckState.PASSED]
        settle(ctx, lambda: len(command.told) == 1 and at_rest(ctx))
    assert ctx.store.fetch("SELECT pinned FROM jobs WHERE kind = 'announce'") == [(ctx.host,)]
    assert LOADER_PASSWORD not in repr(command.environment) and "DESTUI_STORE" not in command.environment
    ctx.store.close()


# Interfaces

IN_ERROR = "The role loader may not create"


def test_every_open_interface_announces_what_the_background_found_and_only_that(
    home: Home, opened: list[Terminal]
) -> None:
    ctx = home.context()
    added = add(ctx, "orders")
    ended(ctx, added.check_id)
    (home.path / "config.toml").write_text("bell = true\n")
    ringing = interface(home, opened)
    (home.path / "config.toml").write_text("")
    silent = interface(home, opened, size=(80, 24))
    before = {}
    for terminal in (ringing, silent):
        terminal.settle(1.0)
        before[terminal] = len(terminal.output)
    changed(ctx, added.destination_id)
    settle(ctx, lambda: checked_by_the_background(ctx, added.destination_id, 1) and at_rest(ctx))
    for terminal in (ringing, silent):
        terminal.settle(1.0)
        assert b"\x07" not in terminal.output[before[terminal] :] and b"orders is" not in terminal.output
    changed(ctx, added.destination_id, outcome="error", fail_at="create")
    for terminal in (ringing, silent):
        terminal.read_until_screen(f"! orders is in Error now: {IN_ERROR}", 30)
        terminal.settle(0.5)
    rung = [terminal.output[before[terminal] :].count(b"\x07") for terminal in (ringing, silent)]
    assert rung == [1, 0]


def test_who_asked_is_told_how_it_ended_and_others_that_it_changed(home: Home, opened: list[Terminal]) -> None:
    ctx = home.context()
    added = add(ctx, "orders", outcome="error", fail_at="create")
    ended(ctx, added.check_id)
    asking, other = interface(home, opened), interface(home, opened)
    for terminal in (asking, other):
        terminal.read_until_screen("Error", 30)
        terminal.settle(1.0)
    with ctx.store.write() as tx:
        tx.execute(schema.destinations.update().values(fields=json.dumps({"seconds": 0})))
    asking.send(b"c")
    asking.read_until_screen("orders works: every step passed.", 30)
    other.read_until_screen("orders is Active again.", 30)
    asking.settle(1.0)
    assert b"Active again" not in asking.output
