"""The settings file, and folders and files that are not what they should be: one line each, never a trace."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.terminal import Terminal
from destui.store import settings
from tests.fixtures import Home

pytestmark = pytest.mark.embedded  # what is about teams here makes their stores itself

EVERY_READ = (("list",), ("list", "--json"), ("show", "x"), ("trash",), ("events",), ("export",), ("worker", "status"))


def said(home: Home, code: int, *arguments: str) -> str:
    """What a command says on standard error when it exits with this code: one line."""
    done = home.run(*arguments)
    assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    (line,) = done.stderr.splitlines() or [""]
    assert not line or line.startswith("destui: ")
    return line


def write_settings(home: Home, text: str | bytes) -> None:
    home.path.mkdir(mode=0o700, exist_ok=True)
    file = home.path / "config.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)


def test_settings_that_cannot_be_used_are_told_in_one_line_and_passed_over(home: Home) -> None:
    write_settings(
        home, 'theme = "dork"\ncolour = 1\nbackground_minutes = -1\nkeep_days = 0\n[keys]\nadd = 5\ndelete = "x"\n'
    )
    for arguments in (("list",), ("limit", "5"), ("contact",)):
        line = said(home, 0, *arguments)
        for word in (
            "config.toml",
            "theme is one of dark, light",
            "no setting colour",
            "background_minutes",
            "keep_days",
            "add",
        ):
            assert word in line, (arguments, word)
    found = {f["subject"]: f for f in json.loads(home.run("doctor", "--json").stdout)}
    assert not found["settings"]["ok"] and "no setting colour" in found["settings"]["message"]
    assert home.config.setting("keys") == {"delete": "x"} and home.config.setting("theme") is None
    write_settings(home, 'theme = "light"\nbackground_minutes = 0\n[keys]\ndelete = "ctrl+d"\n')
    assert said(home, 0, "list") == ""
    found = {f["subject"]: f for f in json.loads(home.ok("doctor", "--json"))}
    assert found["settings"]["ok"]


UNREADABLE = (b"theme = \n", b'theme = "\xff"\n', b"a = 1\na = 2\n", None)
"""What the settings file holds; None: it is a folder."""


def test_a_settings_file_that_cannot_be_read_keeps_no_command_from_its_work(home: Home, opened: list[Terminal]) -> None:
    file = home.path / "config.toml"
    for number, text in enumerate(UNREADABLE):
        if text is None:
            file.unlink()
            file.mkdir()
        else:
            write_settings(home, text)
        assert "The settings file cannot be read" in said(home, 0, "list"), text
        added = said(home, 0, "add", "simulator", f"x{number}", "seconds=0", "--wait")
        assert "The settings file cannot be read" in added, text
        assert "✗ settings" in home.run("doctor").stdout, text
        terminal = Terminal(home.command(), home.environment, (80, 24))
        opened.append(terminal)
        terminal.read_until(b"cannot be read", 30)
        terminal.settle(0.5)
        assert b"Traceback" not in terminal.output, text
        terminal.close()
        opened.remove(terminal)


def test_background_checks_are_switched_off_by_the_settings_file(home: Home) -> None:
    write_settings(home, "background_minutes = 0\nkeep_events_days = 5\n")
    home.ok("add", "simulator", "x", "seconds=0", "--wait")
    assert settings.read(home.context().store, settings.BACKGROUND_MINUTES) == "0"
    assert settings.read(home.context().store, settings.KEEP_EVENTS_DAYS) == "5"
    home.ok("worker", "stop")
    write_settings(home, "")
    home.ok("check", "x")
    assert {settings.read(home.context().store, name) for name in settings.OF_HOSTS} == {None}


def home_is_a_file(home: Home) -> str:
    home.path.write_text("x")
    return "Set DESTUI_HOME to a folder of yours"


def store_is_a_folder(home: Home) -> str:
    (home.path / "destui.db").mkdir(parents=True)
    return "destui.db is a folder"


def logs_is_a_file(home: Home) -> str:
    home.path.mkdir()
    (home.path / "logs").write_text("x")
    return "logs"


def upgrade_lock_is_a_folder(home: Home) -> str:
    (home.path / "destui.db.upgrade").mkdir(parents=True)
    return "destui.db.upgrade"


@pytest.mark.parametrize("spoil", [home_is_a_file, store_is_a_folder, logs_is_a_file, upgrade_lock_is_a_folder])
def test_a_home_that_is_not_as_it_should_be_is_exit_6_and_one_line(home: Home, spoil: Callable[[Home], str]) -> None:
    word = spoil(home)
    for arguments in (
        *EVERY_READ, ("add", "simulator", "x"), ("limit", "3"), ("check", "--all"), ("store", "upgrade"),
        ("vault", "status"), ("worker", "run"), ("worker", "stop"), ("restore", "x"),
    ):  # fmt: skip
        line = said(home, 6, *arguments)
        assert word in line and "Traceback" not in line and line.rstrip().endswith((".", "upgrade")), line
    doctor = home.run("doctor")
    assert doctor.returncode == 1 and "✗ store" in doctor.stdout and doctor.stderr == ""


def test_a_store_in_a_folder_that_is_not_there_is_told(home: Home, tmp_path: Path) -> None:
    home.environment["DESTUI_STORE"] = f"sqlite:///{tmp_path}/nowhere/my.db"
    assert "nowhere" in said(home, 6, "list")


class Unprivileged(Home):
    """The same home, its commands without root's right to pass over permissions."""

    def command(self, *arguments: str) -> list[str]:
        rights = "-dac_override,-dac_read_search"
        prefix = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"] if os.geteuid() == 0 else []
        return [*prefix, *super().command(*arguments)]


@pytest.fixture
def plain_home(home: Home) -> Iterator[Home]:
    """With a destination in it; whatever is taken away from it is given back."""
    home.ok("add", "simulator", "x", "seconds=0", "--wait")
    home.ok("worker", "stop")
    yield Unprivileged(home.path, home.environment)
    for path in (home.path, home.path / "logs", *home.path.iterdir()):
        path.chmod(0o700)


def test_what_may_not_be_read_or_written_is_exit_6_and_doctor_names_it(plain_home: Home) -> None:
    home = plain_home
    database, logs = home.path / "destui.db", home.path / "logs"

    def doctor(subject: str) -> str:
        found = {f["subject"]: f for f in json.loads(home.run("doctor", "--json").stdout)}
        assert not found[subject]["ok"], found[subject]
        return str(found[subject]["message"])

    (logs / "worker.log").chmod(0o400)
    line = said(home, 6, "check", "x")
    assert "worker.log" in line and "Permission denied" in line and "What was asked is kept" in line
    assert str(logs / "worker.log") in doctor("log")
    home.run("cancel", "x")
    (logs / "worker.log").chmod(0o600)

    database.chmod(0o400)
    said(home, 0, "list")
    assert "cannot be written" in said(home, 6, "add", "simulator", "y") and str(database) in doctor("store")
    for file in home.path.glob("destui.db*"):  # SQLite gives those beside it the same rights
        file.chmod(0o600)

    home.path.chmod(0o000)
    for arguments in (("list",), ("add", "simulator", "y"), ("worker", "run")):
        assert "Permission denied" in said(home, 6, *arguments)
    doctor("store")
    home.path.chmod(0o700)
    home.ok("check", "x")
