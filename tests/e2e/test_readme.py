"""The commands of the README, run as they stand there."""

from __future__ import annotations

import shlex

import pytest

from bench.terminal import Terminal
from tests.fixtures import REPOSITORY, Home

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
COMMANDS = [line.strip() for line in README.splitlines() if line.startswith("    destui ")]


def test_the_commands_of_the_readme_do_what_they_say(home: Home) -> None:
    plain = [shlex.split(line)[1:] for line in COMMANDS if not line.endswith("\\")]
    assert len(plain) >= 7
    for arguments in plain:
        home.ok(*arguments)


@pytest.mark.parametrize("target", ["run", "demo"])
def test_the_make_targets_open_the_interface(home: Home, target: str) -> None:
    if not (REPOSITORY / ".venv" / "installed").exists():
        pytest.skip("make installs first: run make test")
    terminal = Terminal(["make", "-C", str(REPOSITORY), target], home.environment, (120, 36))
    try:
        terminal.read_until_screen("15/25" if target == "demo" else "No destinations yet", 60)
        terminal.send(b"q")
        terminal.settle(2.0)
    finally:
        terminal.close()
