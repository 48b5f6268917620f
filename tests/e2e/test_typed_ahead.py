"""Keys that come all at once, as over a slow line: each reaches what the one before it opened."""

from __future__ import annotations

import os
from pathlib import Path

from bench.terminal import Terminal
from destui.store import rows
from tests.e2e.terminals import SIZE, add, ended, interface
from tests.fixtures import Home, team_home
from tests.servers.postgres import Postgres

BURSTS = (
    # Typed at once, and what is then on the screen.
    (b"/ome", "1 of 2"),
    (b"/omega\rd", "Delete omega?"),
    (b"?q/alp", "1 of 2"),
    (b"\x10filter\rome", "1 of 2"),
    (b"21/alp", "1 of 2"),
    (b"xd\x1b[Z", "It waits in the trash"),
    (b"Tq", "Nothing was deleted"),
    (b"ry", "are tested first"),
    (b" asql", "3 of 6 types"),
    (b"/alpha\r\re\ttag", "tag  "),
    (b"Dtyped", " copytyped"),
)


def back_to_the_list(terminal: Terminal) -> None:
    """Escape, until the list stands there as at first; what was typed in a form is thrown away."""
    for _ in range(6):
        shown = "\n".join(terminal.screen().display)
        if "/ filter by name" in shown and "q Quit" in shown:
            return
        terminal.send(b"\x1b[C\r" if "Discard what you typed?" in shown else b"\x1b")
        terminal.settle(0.3)
    raise TimeoutError(shown)


def test_every_key_of_a_burst_reaches_what_the_one_before_it_opened(home: Home, opened: list[Terminal]) -> None:
    ctx = home.context()
    ended(ctx, add(ctx, "alpha").check_id)
    ended(ctx, add(ctx, "omega", outcome="error").check_id)
    terminal = interface(home, opened)
    terminal.wait_for("omega")
    terminal.settle(0.3)
    for keys, wanted in BURSTS:
        terminal.send(keys)
        terminal.wait_for(wanted)
        terminal.settle(0.2)
        back_to_the_list(terminal)
    terminal.send(b"/q")
    terminal.wait_for("0 of 2")
    back_to_the_list(terminal)
    terminal.send(b"eq")
    assert os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1]) == 0
    opened.clear()


def test_names_typed_ahead_go_through_the_whole_form(home: Home, opened: list[Terminal]) -> None:
    ctx = home.context()
    ended(ctx, add(ctx, "existing").check_id)
    terminal = interface(home, opened)
    terminal.wait_for("existing")
    terminal.settle(0.2)
    terminal.send(b"asimu\rdddd\rprod\t\t0\x13/dddd")
    terminal.wait_for("1 of 2", 20)
    (row,) = [row for row in rows.page(ctx.store, rows.Order(), 0, 9) if row.name == "dddd"]
    assert row.tags == ("prod",)


def test_keys_typed_ahead_wait_for_the_screen_they_are_meant_for(home: Home, opened: list[Terminal]) -> None:
    """As over a slow line: everything arrives at once, even before the store is open."""
    ctx = home.context()
    ended(ctx, add(ctx, "existing").check_id)
    terminal = Terminal(home.command(), home.environment, SIZE)
    opened.append(terminal)
    terminal.wait_for("Destinations", 30)
    terminal.send(b"asimu\rdddd typed ahead\x13")
    terminal.wait_for("2/25", 20)
    assert {row.name for row in rows.page(ctx.store, rows.Order(), 0, 9)} == {"existing", "dddd typed ahead"}


def test_keys_before_a_team_store_has_answered_reach_what_they_open(
    postgres: Postgres, tmp_path: Path, opened: list[Terminal]
) -> None:
    """A pasted password must not land in the field of a dialog that the letters of a type have opened meanwhile."""
    home = team_home(postgres, tmp_path)
    ctx = home.context()
    add(ctx, "existing")
    ctx.store.close()
    for _ in range(3):
        terminal = Terminal(home.command(), home.environment, SIZE)
        opened.append(terminal)
        terminal.read_until(b"Add destination")
        url = b"\x1b[200~postgres://u:secretsecret@127.0.0.1:1/d?sslmode=disable\x1b[201~"
        terminal.send(b"apostgres\rtyped ahead\t\t" + url)
        terminal.wait_for("••••", 20)
        terminal.wait_for("Add › PostgreSQL")
        assert b"secretsecret" not in terminal.output
