"""Terminals of 16 colours and none: what is written to them, and that one thing looks focused."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from destui.services.context import Context
from destui.tui.app import DestuiApp
from destui.tui.dialogs.choose_type import ChooseType
from destui.tui.dialogs.delete import DeleteDialog
from destui.tui.palette import Palette
from destui.tui.screens.add import AddScreen
from destui.tui.screens.destination import DestinationScreen
from tests.tui.seed import identity_of
from tests.tui.stage import app_on, settled, shown, stage, until
from tests.tui.test_page_looks import find, keys, with_test

Look = tuple[Callable[[Context], Screen[Any]], Callable[[Pilot[Any]], Awaitable[None]]]
LOOKS: dict[str, Look] = {
    "choose": (ChooseType, keys(*"sq", "down")),
    "form": (lambda c: AddScreen(c, "postgres"), with_test),
    "choice": (lambda c: AddScreen(c, "simulator"), keys("tab", "tab", "enter", "down")),
    "delete": (lambda c: DeleteDialog(c, [find(c, "finance_mart", 4)]), keys("tab", *"finance_mart")),
    "checks": (lambda c: DestinationScreen(c, identity_of("orders_dwh"), "checks"), keys()),
    "edit": (lambda c: DestinationScreen(c, identity_of("finance_mart"), "settings"), keys("e")),
    "palette": (lambda c: Palette(), keys("down")),
}
SIXTEEN = ("xterm", "linux", "screen")
BUTTONS = {"41", "44"}


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A staged store without a worker."""
    monkeypatch.setattr("destui.worker.launch.ensure", lambda config: None)
    return stage(tmp_path)


def codes(app: DestuiApp) -> set[str]:
    """Every attribute and colour of the whole screen."""
    update = app.screen._compositor.render_full_update()
    found = re.findall(r"\x1b\[([\d;]*)m", update.render_segments(app.console))
    return {code for sequence in found for code in sequence.split(";")}


def reversed_texts(app: DestuiApp) -> list[str]:
    """What is drawn with foreground and background swapped."""
    lines = app.screen._compositor.render_strips()
    return [s.text.strip() for line in lines for s in line if s.style and s.style.reverse and s.text.strip()]


@pytest.mark.parametrize("terminal", SIXTEEN)
@pytest.mark.parametrize("look", LOOKS)
async def test_sixteen_colours_paint_no_background_but_buttons(ctx, monkeypatch, terminal, look):
    monkeypatch.setenv("TERM", terminal)
    monkeypatch.delenv("COLORTERM")
    make, then = LOOKS[look]
    app = app_on(ctx)
    assert app.theme == "ansi-dark"
    async with app.run_test(size=(120, 36)) as pilot:
        for prepare in (settled, lambda p: shown(p, make(ctx)), then):
            await prepare(pilot)
            used = codes(app)
            assert not used & {"38", "48", *map(str, range(100, 108))}, "only the terminal's own colours"
            assert not {c for c in used if re.fullmatch("4[0-7]", c)} - BUTTONS


@pytest.mark.parametrize("look", LOOKS)
async def test_without_colours_none_is_written(ctx, monkeypatch, look):
    monkeypatch.setenv("NO_COLOR", "1")
    make, then = LOOKS[look]
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        for prepare in (settled, lambda p: shown(p, make(ctx)), then):
            await prepare(pilot)
            assert codes(app) <= {"", "0", "1", "2", "4", "7", "39", "49"}


async def test_a_theme_of_the_settings_keeps_the_terminals_colours(ctx):
    ctx.config.settings["theme"] = "ansi-light"
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert app.theme == "ansi-light" and not codes(app) & {"38", "48"}
        app.theme = "dark"
        await settled(pilot)
        assert {"38", "48"} <= codes(app)


async def test_of_two_buttons_that_can_be_pressed_one_looks_focused(ctx, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, DeleteDialog(ctx, [find(ctx, "finance_mart")]))
        assert reversed_texts(app) == ["Cancel"]
        await pilot.press("right")
        await settled(pilot)
        assert reversed_texts(app) == ["Delete destination"]


async def test_a_choice_with_the_focus_and_the_row_of_a_list_are_reversed_from_edge_to_edge(ctx, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, AddScreen(ctx, "simulator"))
        await pilot.press("tab", "tab")
        await settled(pilot)
        assert reversed_texts(app) == ["active", "▾", "Add destination"]
        await pilot.press("enter", "down")
        await until(pilot, lambda: "error" in reversed_texts(app))
        await pilot.press("escape", "escape")
        await settled(pilot)
        await shown(pilot, ChooseType(ctx))
        row = next(line for line in app.screen._compositor.render_strips() if "PostgreSQL" in line.text)
        assert {s.text for s in row if s.text.strip() and not (s.style and s.style.reverse)} == set()
