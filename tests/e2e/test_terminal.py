"""The interface on real terminals: a pty, tmux, a real SSH login; dropped sessions; two sessions on one store."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.terminal import Terminal, highlighted_line
from destui.domain.check import CheckState
from destui.services import destinations
from destui.store import reading, rows
from tests.e2e.terminals import SIZE, add, ended, interface
from tests.fixtures import Home
from tests.servers.processes import find_binary
from tests.servers.sshd import Sshd


def add_by_keys(terminal: Terminal, name: str) -> None:
    """The whole way through the form: type, name, seconds, save."""
    terminal.send(b"a")
    terminal.read_until_screen("Simulator")
    terminal.send(b"simu")
    terminal.settle(0.2)
    terminal.send(b"\r")
    terminal.read_until_screen("Name")
    terminal.settle(0.2)
    terminal.send(name.encode())
    terminal.read_until_screen(name)
    terminal.send(b"\x13")  # ctrl+s


def test_add_watch_and_delete_by_keys(home: Home, opened: list[Terminal]) -> None:
    terminal = interface(home, opened)
    terminal.read_until_screen("Add destination")
    add_by_keys(terminal, "training")
    terminal.read_until_screen("Initializing", 20)
    terminal.read_until_screen("/9", 20)
    terminal.read_until_screen("Setup load", 20)
    terminal.settle(0.3)
    terminal.send(b"d")
    terminal.read_until_screen("Delete training?")
    terminal.settle(0.2)
    # The focus starts on Cancel.
    terminal.send(b"\r")
    terminal.settle(0.3)
    ctx = home.context()
    assert rows.counts(ctx.store).total == 1
    terminal.send(b"d")
    terminal.settle(0.3)
    terminal.send(b"\x1b[Z")
    terminal.settle(0.2)
    terminal.send(b"\r")
    terminal.settle(0.5)
    assert rows.counts(ctx.store).total == 0
    terminal.send(b"u")
    terminal.settle(0.5)
    assert rows.counts(ctx.store).total == 1
    terminal.send(b"q")
    assert os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1]) == 0
    opened.clear()


def test_another_sessions_changes_come_by_themselves(home: Home, opened: list[Terminal]) -> None:
    ctx = home.context()
    first = add(ctx, "alpha")
    ended(ctx, first.check_id)
    terminal = interface(home, opened)
    terminal.read_until_screen("alpha")
    terminal.settle(0.5)
    second = add(ctx, "beta", seconds=1)
    began = terminal.now
    assert terminal.read_until_screen("beta") - began < 2, "far over the half second that is measured in bench"
    ended(ctx, second.check_id)
    found = reading.by_id(ctx.store, first.destination_id)
    assert found is not None
    destinations.edit(ctx, found.id, found.version, name="alpha-renamed")
    terminal.read_until_screen("alpha-renamed")
    destinations.delete(ctx, [first.destination_id, second.destination_id])
    terminal.read_until_screen("0/25")


def line_of(terminal: Terminal, text: str) -> int:
    return next(number for number, line in enumerate(terminal.screen().display) if text in line)


def test_two_sessions_leave_each_other_their_cursor_scroll_selection_and_filter(
    home: Home, opened: list[Terminal]
) -> None:
    """What one does is seen by the other within the half second, and moves nothing that the other had chosen."""
    ctx = home.context()
    made = {name: add(ctx, name) for name in [f"d{n:02}" for n in range(24)]}
    ended(ctx, *(added.check_id for added in made.values()))
    reader = interface(home, opened, size=(120, 20))
    writer = interface(home, opened, size=(80, 24))
    reader.send(b"s\x1b[H" + b"\x1b[B" * 20 + b"xx")
    reader.wait_for("2 selected")
    reader.settle(0.3)

    def sees(change: Callable[[], object], wanted: str, cursor: str, selected: int) -> float:
        began = reader.now
        change()
        reader.wait_for(wanted)
        took = reader.now - began
        reader.settle(0.2)
        screen = reader.screen()
        assert highlighted_line(screen, cursor), "\n".join(screen.display)
        assert sum("■" in line for line in screen.display) == selected
        return took

    def rename() -> None:
        found = destinations.get(ctx, made["d21"].destination_id)
        destinations.edit(ctx, found.id, found.version, name="d21-renamed")

    def delete_by_keys() -> None:
        writer.send(b"/d20\rd\x1b[Z\r")

    took = [
        sees(lambda: destinations.delete(ctx, [made["d03"].destination_id]), "23/25", "d22 ", 2),
        sees(lambda: add(ctx, "aaa"), "24/25", "d22 ", 2),
        sees(rename, "d21-renamed", "d22 ", 2),
    ]
    stood = line_of(reader, "d22 ")
    sees(delete_by_keys, "23/25", "d22 ", 1)
    assert line_of(reader, "d22 ") == stood, "a row above it went: the cursor stays where the eyes are"
    reader.send(b"\x1b")
    reader.settle(0.3)
    reader.send(b"/d1\rx")
    reader.wait_for("1 selected")
    took.append(sees(lambda: add(ctx, "d1-new"), "d1-new", "d11 ", 1))
    assert max(took) < 1.5, f"far over the half second that is measured in bench: {took}"


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_ends_the_interface_at_once_and_leaves_the_terminal_clean(
    home: Home, opened: list[Terminal], number: signal.Signals
) -> None:
    terminal = interface(home, opened)
    terminal.settle(0.5)
    watch = os.pidfd_open(terminal.pid)
    os.kill(terminal.pid, number)
    ends_at = time.monotonic() + 10
    while not select.select([watch], [], [], 0)[0] and time.monotonic() < ends_at:
        terminal.read_once(0.1)
    assert select.select([watch], [], [], 0)[0], "it did not end"
    os.close(watch)
    terminal.read(0.2)
    tail = terminal.output[-400:]
    assert b"\x1b[?1049l" in tail and b"\x1b[?25h" in tail, tail
    assert b"Traceback" not in terminal.output


def test_a_lost_terminal_ends_the_interface_even_where_hangup_is_ignored(home: Home) -> None:
    """As under nohup: a bare Textual app would spin for ever."""
    code = "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    command = [sys.executable, "-c", code, *home.command()]
    terminal = Terminal(command, home.environment, SIZE)
    terminal.read_until_screen("Destinations", 30)
    terminal.settle(0.5)
    watch = os.pidfd_open(terminal.pid)
    os.close(terminal.fd)
    gone = bool(select.select([watch], [], [], 10)[0])
    os.close(watch)
    if not gone:
        os.kill(terminal.pid, signal.SIGKILL)
    os.waitpid(terminal.pid, 0)
    assert gone, "it lives on without a terminal"


def test_closing_the_terminal_while_ten_initialise_loses_nothing(home: Home, opened: list[Terminal]) -> None:
    terminal = interface(home, opened)
    ctx = home.context()
    added = [add(ctx, f"n{n}", seconds=3) for n in range(10)]
    terminal.read_until_screen("10 Initializing", 20)
    os.close(terminal.fd)
    os.waitpid(terminal.pid, 0)
    opened.clear()
    assert ended(ctx, *[a.check_id for a in added]) == [CheckState.PASSED] * 10
    again = interface(home, opened)
    again.read_until_screen("10 Active")


def ssh_command(sshd: Sshd, home: Home) -> list[str]:
    passed = {k: v for k, v in home.environment.items() if k.startswith(("DESTUI_", "PYTHON", "LANG", "TZ"))}
    words = [*(f"{k}={v}" for k, v in passed.items()), *home.command()]
    return sshd.command("-tt", "env " + " ".join(f"'{w}'" for w in words))


def test_over_a_real_ssh_login_the_work_outlives_the_connection(home: Home, sshd: Sshd, opened: list[Terminal]) -> None:
    terminal = Terminal(ssh_command(sshd, home), {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}, SIZE)
    opened.append(terminal)
    terminal.read_until_screen("Add destination", 30)
    add_by_keys(terminal, "over-ssh")
    terminal.read_until_screen("Initializing", 20)
    os.kill(terminal.pid, signal.SIGKILL)  # the connection drops
    ctx = home.context()
    (row,) = rows.page(ctx.store, rows.Order(), 0, 5)
    found = reading.by_id(ctx.store, row.id)
    assert found is not None and found.check is not None
    assert ended(ctx, found.check.id) == [CheckState.PASSED]
    again = Terminal(ssh_command(sshd, home), {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}, SIZE)
    opened.append(again)
    again.read_until_screen("1 Active", 30)
    again.read_until_screen("Setup load")


def test_inside_tmux(home: Home, tmp_path: Path) -> None:
    tmux = find_binary("tmux", "tmux")
    socket = str(tmp_path / "tmux")

    def run(*words: str) -> str:
        done = subprocess.run(
            [tmux, "-S", socket, *words], env=home.environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    def wait_for(text: str) -> str:
        ends_at = time.monotonic() + 30
        while text not in (shown := run("capture-pane", "-p", "-t", "main")):
            assert time.monotonic() < ends_at, shown
            time.sleep(0.05)  # tmux tells nobody that a pane has changed
        return shown

    run("-f", "/dev/null", "new-session", "-d", "-s", "main", "-x", "80", "-y", "24", *home.command())
    try:
        wait_for("0/25")
        run("send-keys", "-t", "main", "a")
        wait_for("Simulator")
        run("send-keys", "-t", "main", "simu")
        wait_for("simu")
        run("send-keys", "-t", "main", "Enter")
        wait_for("Name")
        run("send-keys", "-t", "main", "in-tmux")
        wait_for("in-tmux")
        run("send-keys", "-t", "main", "C-s")
        wait_for("Setup load")
    finally:
        run("kill-server")
    assert rows.counts(home.context().store).active == 1


def test_read_only_and_filter_options(home: Home, opened: list[Terminal]) -> None:
    ctx = home.context()
    ended(ctx, add(ctx, "alpha").check_id, add(ctx, "omega").check_id)
    terminal = interface(home, opened, "--read-only", "--filter", "alp")
    terminal.read_until_screen("alpha")
    terminal.settle(0.5)
    shown = "\n".join(terminal.screen().display)
    assert "omega" not in shown and "Delete" not in shown
    terminal.send(b"d")
    terminal.settle(0.5)
    assert "Delete alpha?" not in "\n".join(terminal.screen().display)


@pytest.mark.embedded
def test_the_interface_never_loads_a_driver_or_the_engine(home: Home) -> None:
    code = """
import asyncio, sys
from destui.config import load_config
from destui.tui.app import DestuiApp

async def main():
    app = DestuiApp(load_config())
    async with app.run_test(size=(120, 36)) as pilot:
        for key in ("a", "escape", "2", "3", "1", "question_mark", "escape", "enter", "escape", "c", "space"):
            await pilot.press(key)
            await pilot.pause()
        await app.workers.wait_for_complete()
    heavy = {"psycopg", "dbos", "duckdb", "pyarrow", "pymysql"} & set(sys.modules)
    print("loaded:", sorted(heavy))

asyncio.run(main())
"""
    ctx = home.context()
    ended(ctx, add(ctx, "alpha").check_id)
    done = subprocess.run(
        [sys.executable, "-c", code], env=home.environment, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.stdout.strip().endswith("loaded: []"), done.stdout + done.stderr
