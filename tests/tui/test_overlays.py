"""A screen that ends while another lies over it ends itself, not the one on top."""

from __future__ import annotations

from pathlib import Path

import pytest

from destui.services import destinations
from destui.services.context import Context
from destui.tui.dialogs.reauthorize import ReauthorizeDialog
from destui.tui.screens.help import HelpScreen
from tests.tui.stage import app_on, settled, shown, stage


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return stage(tmp_path)


async def test_a_dialog_that_ends_under_the_help_is_gone_with_it(ctx: Context) -> None:
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        dialog = ReauthorizeDialog(ctx, destinations.find(ctx, "finance_mart"))
        results = await shown(pilot, dialog)
        await pilot.press("f1")
        await settled(pilot)
        assert isinstance(app.screen, HelpScreen)
        dialog.dismiss("done")
        await settled(pilot)
        assert results == ["done"]
        assert dialog not in app.screen_stack and not isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        await settled(pilot)
        assert app.is_running
