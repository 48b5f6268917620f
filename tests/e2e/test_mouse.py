"""Everything that can be clicked does what its key does, on a real terminal, narrow and roomy."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.terminal import Terminal
from destui.services import checks, destinations
from destui.store import rows
from tests.e2e.terminals import add, ended, interface
from tests.fixtures import Home


class Mouse:
    """Clicks on what the terminal shows."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    def click(self, text: str, *, row: str = "") -> None:
        """Click the first letter of `text`, where it stands last in the line that holds `row`."""
        self.terminal.wait_for(text)
        self.terminal.settle(0.15)
        ends_by = time.monotonic() + 15  # a message or a redraw may stand in its place for a moment
        while time.monotonic() < ends_by:
            for y, line in enumerate(self.terminal.screen().display, 1):
                if text in line and row in line:
                    x = line.rindex(text) + 1
                    self.terminal.send(f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m".encode())
                    return
            self.terminal.settle(0.15)
        raise AssertionError(f"{text!r} is not in a line with {row!r}:\n" + "\n".join(self.terminal.screen().display))

    def sees(self, text: str) -> None:
        self.terminal.wait_for(text)

    def loses(self, text: str) -> None:
        self.terminal.wait_for(text, gone=True)


@pytest.fixture(params=[(80, 24), (120, 36)], ids=["narrow", "roomy"])
def mouse(request: pytest.FixtureRequest, home: Home, opened: list[Terminal]) -> Iterator[Mouse]:
    """The mouse over a list of two, one of them in Error."""
    ctx = home.context()
    ended(ctx, add(ctx, "alpha").check_id, add(ctx, "omega", outcome="error").check_id)
    terminal = interface(home, opened, size=request.param)
    terminal.wait_for("omega")
    terminal.wait_for("alpha")
    yield Mouse(terminal)


def test_clicks_in_the_list(mouse: Mouse, home: Home, tmp_path: Path) -> None:
    mouse.click("+", row="omega")
    mouse.sees("Fix: ")
    mouse.click("−", row="omega")
    mouse.loses("Fix: ")
    mouse.click("omega")
    mouse.sees("Destinations › omega")
    mouse.click("escape Back")
    mouse.loses("Destinations › omega")
    mouse.click("Re-authorize", row="omega")
    mouse.sees("are tested first")
    mouse.click("Cancel")
    mouse.loses("are tested first")
    mouse.click("Setup load", row="alpha")
    mouse.sees("! There are no loads into")
    mouse.click("Connected by" if mouse.terminal.columns > 100 else "Destinations")
    mouse.loses("! There are no loads into")
    mouse.click("×", row="alpha")
    mouse.sees("Delete alpha?")
    mouse.click("Cancel", row="Delete destination")
    mouse.loses("Delete alpha?")
    ctx = home.context()
    ended(ctx, destinations.add(ctx, "folder", "files", {"path": str(tmp_path)}, {}).check_id)
    mouse.click("Setup load", row="files")
    mouse.sees("Set up a load")
    mouse.click("Cancel")
    mouse.loses("Set up a load")
    destinations.delete(ctx, [destinations.find(ctx, "files").id])
    mouse.sees("2/25")
    for header in ("Destination ", "Status "):
        mouse.click(header, row="Actions")
        mouse.sees(f"{header}↑")
        mouse.click(header, row="Actions")
        mouse.sees(f"{header}↓")
    mouse.click("Last updated", row="Actions")
    mouse.sees("Last updated ↓")
    mouse.click("/ filter by name")
    mouse.sees("escape Clear")
    mouse.terminal.send(b"alp")
    mouse.sees("1 of 2")
    mouse.click("escape Clear")
    mouse.sees("omega")


def test_clicks_on_the_frame(mouse: Mouse) -> None:
    mouse.click("Activity")
    mouse.sees("Who")
    mouse.click("Load orders")
    mouse.sees("No load orders yet")
    mouse.click("Destinations")
    mouse.sees("omega")
    mouse.click("? Help")
    mouse.sees("under the cursor")
    mouse.click("escape Close")
    mouse.loses("under the cursor")
    mouse.terminal.send(b"\x10")
    mouse.click("Sort by the next column")
    mouse.sees("Destination ↑")


def test_clicks_on_a_page(mouse: Mouse, home: Home) -> None:
    ctx = home.context()
    omega = destinations.find(ctx, "omega").id
    mouse.click("omega")
    mouse.sees("Check of")
    mouse.click("Settings", row="Checks")
    mouse.sees("Kept by destui")
    mouse.click("e Edit")
    mouse.sees("Save")
    mouse.click("Cancel", row="Save")
    mouse.sees("Kept by destui")
    mouse.click("Activity", row="Checks")
    mouse.sees("Detail")
    mouse.click("Checks", row="Settings")
    mouse.click("Check now", row="omega")
    ends_at = mouse.terminal.now + 20
    while len(checks.history(ctx, omega, 0, 9)) < 2:
        assert mouse.terminal.now < ends_at, "no check was asked for"
        mouse.terminal.read_once(0.1)
    mouse.click("Load orders", row="Settings")
    mouse.sees("A load order is a standing order")


def test_clicks_in_forms_and_dialogs(mouse: Mouse, home: Home) -> None:
    mouse.click("Add destination")
    mouse.click("Simulator")
    mouse.sees("What happens")
    mouse.click("optional, separated")
    mouse.terminal.send(b"tagged")
    mouse.sees("tagged")
    mouse.click("active", row="Outcome")
    mouse.click("error")
    mouse.sees("Fail at")
    mouse.click("Test", row="Cancel")
    mouse.sees("failed at sign in")
    mouse.click("Cancel", row="Add destination")
    mouse.sees("Discard what you typed?")
    mouse.click("Keep editing", row="Discard")
    mouse.loses("Discard what you typed?")
    mouse.click("Add destination", row="Cancel")
    mouse.sees("Name is required.")
    mouse.terminal.send(b"gamma")
    mouse.click("Add destination", row="Cancel")
    mouse.sees("3/25")
    mouse.click("×", row="gamma")
    mouse.click("Delete destination")
    mouse.sees("2/25")
    mouse.terminal.send(b"T")
    mouse.click("gamma")
    mouse.click("Bring back")
    mouse.sees("gamma is back.")
    mouse.click("Close")
    mouse.sees("3/25")
    ctx = home.context()
    assert rows.counts(ctx.store).total == 3 and destinations.find(ctx, "gamma").tags == ("tagged",)
