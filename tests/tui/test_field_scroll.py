"""The field that is being filled in stays in view."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from destui.services.context import Context
from destui.tui.app import DestuiApp
from destui.tui.screens.add import AddScreen
from destui.tui.widgets.fields import FieldRow
from tests.tui.stage import app_on, settled, shown, stage


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return stage(tmp_path)


async def the_last_field(pilot: Pilot[None], ctx: Context) -> tuple[AddScreen, Widget]:
    """A form that is higher than the terminal, with the focus at its end."""
    await shown(pilot, screen := AddScreen(ctx, "postgres"))
    last = [row for row in screen.query(FieldRow) if row.display][-1].control
    last.focus()
    await settled(pilot)
    return screen, last


def in_view(app: DestuiApp, widget: Widget) -> bool:
    """Whether all of it is on the terminal."""
    return app.screen.can_view_entire(widget)


async def test_what_is_told_of_fields_above_does_not_push_it_out(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        screen, last = await the_last_field(pilot, ctx)
        assert in_view(app, last)
        for row in list(screen.query(FieldRow))[:3]:
            row.say(problem="This is required. It is told on a line of its own.")
        await settled(pilot)
        assert app.focused is last and in_view(app, last)


async def test_what_is_told_of_it_comes_into_view_with_it(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        screen, last = await the_last_field(pilot, ctx)
        row = next(row for row in screen.query(FieldRow) if row.control is last)
        row.say(problem="This is no number. " * 8)
        await settled(pilot)
        assert in_view(app, row)


async def test_a_smaller_terminal_keeps_it_in_view(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(80, 36)) as pilot:
        _, last = await the_last_field(pilot, ctx)
        await pilot.resize_terminal(80, 20)
        await settled(pilot)
        assert app.focused is last and in_view(app, last)
