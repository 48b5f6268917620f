"""The command line where it is used oddly: wrong arguments, streams that are not there, ctrl+c."""

from __future__ import annotations

import io
import json
import os
import select
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from destui.cli import VERBS, run
from destui.services import checks
from destui.services.following import follow
from tests.fixtures import Home
from tests.servers.postgres import LOADER_PASSWORD, Postgres

BYTES = os.fsdecode(b"\xff\xfe")
ODD = (
    [], ["--"], ["--", "--json"], ["--nope"], ["-x"], [f"--{BYTES}"], [BYTES], ["x", BYTES], ["a", "b", "c", "d"],
    ["--json=1"], ["--wait="], ["--tag"], ["--secret", "a=b"], ["--secret"], ["--url"], ["=x"], ["x="], [""], ["-5"],
    ["--limit"], ["--limit", "0"], ["--limit", "9" * 30], ["--timeout", "nan"], ["--timeout", "0", "x"],
    ["--parallel", "9" * 5000, "x"], ["--name", BYTES, "x"], ["--tag", BYTES, "x"], ["\n"], ["9" * 5000],
)  # fmt: skip


@pytest.fixture
def here(home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Home:
    """This process as a command of that home, with nothing on standard input."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in home.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    folder = tmp_path / "cwd"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr("destui.worker.launch.ensure", lambda config: False)
    return home


def test_a_folder_with_controls_in_its_name_is_shown_safely(
    here: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DESTUI_HOME", str(tmp_path / "a\x1b[2Jb"))
    checks.test_draft(here.context(), "simulator", {}, {})
    for arguments in (["vault", "status"], ["vault", "rekey"], ["worker", "status"], ["store", "upgrade"]):
        run(arguments)
        told = capsys.readouterr()
        assert told.out + told.err and "\x1b" not in told.out + told.err, arguments


def test_what_is_deleted_comes_back_by_the_command_that_is_told(here: Home, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("orders 2", "-odd", "odd\u202e"):
        assert run(["add", "simulator", "--", name, "seconds=0"]) == 0
        capsys.readouterr()
        assert run(["delete", "--yes", "--", name]) == 0
        told = capsys.readouterr().out
        assert "\u202e" not in told
        assert run(shlex.split(told.rpartition("destui ")[2])) == 0, told


@pytest.mark.parametrize("verb", VERBS)
def test_odd_arguments_are_one_line_and_no_fault(here: Home, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ODD:
        code = run([verb, *arguments])
        told = capsys.readouterr()
        assert code in (0, 1, 2, 4, 6), (arguments, code)
        assert "fault in destui" not in told.err and "Traceback" not in told.err, told.err
        assert len(told.err.splitlines()) <= 1, told.err
        if code not in (0, 1):
            assert told.err.startswith("destui: ") and len(told.err) > 15, (arguments, told.err)
    for asking in ([verb, "--help"], [verb, "-h"], ["help", verb], ["--help", verb]):
        assert run(asking) == 0
        assert capsys.readouterr().out.startswith(f"destui {verb}")


def test_words_before_the_command_and_commands_that_are_none(here: Home, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, word in (
        (["--read-only", "list"], "The command comes first: destui list"), (["--filter", "x", "y"], "options alone"),
        ([BYTES], "no such command"), ([""], "options alone"), (["--json", "list"], "no option --json"),
        (["LIST"], "no such command"),
    ):  # fmt: skip
        assert run(arguments) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert word in line


@pytest.mark.parametrize("given", ["-3", "abc", "2.5", "+5", "٣", " 5", "", "10000001", "9" * 5000])
def test_a_limit_that_is_none_names_what_is_right(here: Home, given: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["limit", given]) == 2
    assert "Give a whole number from 0 to 10000000, such as 25." in capsys.readouterr().err


def test_secrets_that_cannot_be_read_are_told_and_not_repeated(
    here: Home, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    monkeypatch.setenv("LATIN", os.fsdecode(b"caf\xe9"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"caf\xe9")))
    add = ["add", "postgres", "n", "host=h", "database=d", "user=u"]
    for secrets, word in (
        ([f"password=file:{tmp_path}/latin"], "not UTF-8"), (["password=env:LATIN"], "not UTF-8"),
        (["password=stdin"], "not UTF-8"), (["password=stdin", "client_key=stdin"], "one field only"),
        (["password=file:"], "by reference"), (["password=env:"], "by reference"), (["password=file:/"], "directory"),
        (["password=file:~nobody-at-all/x"], "home"), (["hunter2"], "Write field="), (["password=hunter2"], "by refer"),
    ):  # fmt: skip
        assert run([*add, *(part for secret in secrets for part in ("--secret", secret))]) == 2
        told = capsys.readouterr().err
        assert word in told and "hunter2" not in told and "caf" not in told, told


def shell(home: Home, line: str) -> subprocess.CompletedProcess[str]:
    command = " ".join(home.command())
    return subprocess.run(
        ["bash", "-c", f"d() {{ {command} \"$@\"; }}; {line}"], env=home.environment, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def test_streams_that_are_closed_or_full_are_no_fault_and_do_not_touch_the_store(home: Home) -> None:
    home.ok("add", "simulator", "x", "seconds=0", "--wait")
    for line, code, told in (
        ("d list >&-", 0, ""), ("d list 2>&-", 0, ""), ("d nope 2>&-", 2, ""), ("d list <&- >&- 2>&-", 0, ""),
        ("d add simulator y seconds=0 <&- >&- 2>&-", 0, ""), ("d explain --type postgres <&-", 0, ""),
        ("d delete x <&-", 2, "destui: delete: needs --yes"), ("d nope 2>/dev/full", 2, ""),
        ("d list >/dev/full", 1, "destui: standard output cannot be written: No space left on device\n"),
        ("d --help >/dev/full", 1, "destui: standard output cannot be written: No space left on device\n"),
        ("d check --all | head -1", 0, ""), ("d nope 2>&1 | true; exit ${PIPESTATUS[0]}", 2, ""),
        ("d events --json | head -1", 0, ""),
    ):  # fmt: skip
        done = shell(home, line)
        assert done.returncode == code and done.stderr.startswith(told), (line, done)
        assert told or not done.stderr, (line, done.stderr)
    assert [d["name"] for d in json.loads(home.ok("list", "--json"))] == ["x", "y"]
    assert not (home.path / "logs" / "command.log").exists()


def open_files(pid: int) -> list[str]:
    """What a process holds open; one that closes it meanwhile is left out."""
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found.append(str(entry.readlink()))
    return found


@pytest.mark.parametrize("arguments", [("check", "slow"), ("add", "simulator", "other", "seconds=20", "--wait")])
def test_ctrl_c_ends_the_waiting_and_not_the_check(home: Home, arguments: tuple[str, ...]) -> None:
    home.ok("add", "simulator", "slow", "seconds=20")
    process = subprocess.Popen(
        home.command(*arguments), env={**home.environment, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    ctx = home.context()
    (check_id,) = ctx.store.fetch("SELECT check_id FROM destinations WHERE name = 'slow'")[0]
    for check in follow(ctx, [check_id], 30):
        if check.current is not None:
            break
    while not any("destui.db" in held or "socket:" in held for held in open_files(process.pid)):
        time.sleep(0.01)  # until it has come to the store, Python itself ends at a ctrl+c
    if arguments[0] == "add":
        assert process.stdout is not None and select.select([process.stdout], [], [], 30)[0]
    process.send_signal(signal.SIGINT)
    try:
        _, told = process.communicate(timeout=5)
    except subprocess.TimeoutExpired:  # Python loses one that comes into the clean-up of an import: one presses again
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
    # Python ends by the signal where that came into a text it executed (dataclasses are made so): to a shell 130.
    assert process.returncode in (130, -signal.SIGINT), told
    assert told.splitlines()[-1] in ("destui: stopped; the check goes on", "destui: stopped"), told
    assert checks.check(ctx, check_id).state.is_open
    home.ok("cancel", "slow")


def test_show_says_that_the_old_credentials_are_in_use_when_new_ones_fail(home: Home, postgres: Postgres) -> None:
    fields = [f"{k}={v}" for k, v in postgres.fields.items()]
    home.ok("add", "postgres", "orders", *fields, "--secret", "password=env:PW", "--wait", PW=LOADER_PASSWORD)
    assert "still in use" not in home.ok("show", "orders")
    assert home.run("reauthorize", "orders", "--secret", "password=env:PW", "--wait", PW="wrong").returncode == 1
    shown = home.ok("show", "orders")
    assert "Status        Active" in shown and "not taken" in shown and "still in use" in shown
    home.ok("check", "orders")
    assert "still in use" not in home.ok("show", "orders")


def test_show_says_that_new_values_do_not_count_yet(home: Home) -> None:
    home.ok("add", "simulator", "orders", "seconds=0", "--wait")
    home.ok("edit", "orders", "seconds=30")
    assert "Until they pass" in home.ok("show", "orders")
    home.ok("cancel", "orders")


def test_of_two_of_one_name_in_the_trash_the_newest_comes_back_and_the_other_by_its_id(home: Home) -> None:
    for tag in ("first", "second"):
        home.ok("add", "simulator", "twin", "seconds=0", "--tag", tag)
        home.ok("delete", "twin", "--yes")
    newest, oldest = json.loads(home.ok("trash", "--json"))
    assert oldest["id"] in home.ok("trash")
    assert "1 more of this name" in home.ok("restore", "twin")
    assert json.loads(home.ok("show", "twin", "--json"))["id"] == newest["id"]
    assert oldest["id"] not in home.ok("trash"), "one of its name needs no id"
    assert "in use" in home.run("restore", oldest["id"]).stderr.replace("Another destination is named", "in use")
    home.ok("edit", "twin", "--name", "renamed")
    home.ok("restore", oldest["id"])
    assert json.loads(home.ok("show", "twin", "--json"))["tags"] == ["first"]


def test_the_audit_trail_is_whole(home: Home) -> None:
    from destui.store import events

    ctx = home.context()
    with ctx.store.write() as tx:
        for number in range(1500):
            events.append(tx, who="ines", host="h", verb="contact", detail=str(number))
    found = json.loads(home.ok("events", "--json"))
    assert len(found) == 1500 and found[0]["detail"] == "1499"
    assert list(found[0]) == ["at", "who", "host", "verb", "destination", "destination_id", "detail"]
    assert len(home.ok("events").splitlines()) == 1500
    assert len(json.loads(home.ok("events", "--json", "--limit", "3"))) == 3


def test_an_export_to_a_dash_is_standard_output_and_odd_names_stay_whole(home: Home) -> None:
    name = 'a: [b] #c "d" \\e 東京 😀'
    home.ok("add", "simulator", name, "seconds=0")
    text = home.ok("export", "-")
    assert text == home.ok("export") and not Path("-").exists()
    (line,) = (line for line in text.splitlines() if "name:" in line)
    assert json.loads(line.partition("name: ")[2]) == name


def test_codes_of_destui_itself_are_explained_too(here: Home, capsys: pytest.CaptureFixture[str]) -> None:
    for code in ("SECRET-LOST", "worker-died", "INTERNAL", "CANCELLED"):
        assert run(["explain", code]) == 0
        assert code.upper() in capsys.readouterr().out
        assert run(["explain", code, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert list(found) == ["step", "code", "causes", "cause", "fix", "message"] and found["code"] == code.upper()
    assert run(["explain", "PG-42501", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["causes"] == ["no_create_right"]
    assert run(["explain", "PG-42501", "--step", "create"]) == 2
