"""How load orders look: pictures at two sizes, with fixed data and time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from destui.services import loads
from destui.services.context import Context
from destui.tui.app import DestuiApp
from destui.tui.dialogs.delete import DeleteDialog
from destui.tui.dialogs.delete_orders import DeleteOrdersDialog
from destui.tui.screens.destination import DestinationScreen
from destui.tui.screens.load_orders import LoadOrdersScreen
from destui.tui.screens.order import OrderScreen
from tests.tui import seed
from tests.tui.load_stage import order_id, stage_loads
from tests.tui.seed import identity_of
from tests.tui.stage import app_on, settled, stage, text_of
from tests.tui.test_page_looks import SIZES, find, keys, taken
from tests.tui.test_setup_load import PREVIEW, the_form

Look = tuple[Callable[[Context], Screen[Any]], Callable[[Pilot[Any]], Awaitable[None]]]
FILLED = {
    "source": "/data/returns-*.parquet", "table": "raw.returns", "mode": "merge", "key": "return_id",
    "cron": "0 6 * * 1-5",
}  # fmt: skip


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A staged store with load orders, without a worker."""
    monkeypatch.setattr("destui.worker.launch.ensure", lambda config: None)
    for name in ("NO_COLOR", "DESTUI_ASCII"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEXTUAL_THEME", "dark")
    found = stage(tmp_path)
    stage_loads(found)
    return found


async def filled(pilot: Pilot[Any]) -> None:
    """The form with everything in it, and what the worker has seen."""
    form = pilot.app.screen.form
    for field, value in FILLED.items():
        form.controls[field].value = value
    form.controls["cron"].focus()
    await settled(pilot)
    pilot.app.screen._looked(form.read(), replace(PREVIEW, problems=()))
    await settled(pilot)


async def mistaken(pilot: Pilot[Any]) -> None:
    """The same with mistakes in the schedule and in the file."""
    await filled(pilot)
    await pilot.press("end", "backspace", "9")
    pilot.app.screen._looked(pilot.app.screen.form.read(), PREVIEW)
    await settled(pilot)


async def more(pilot: Pilot[Any]) -> None:
    """The same with all fields."""
    await filled(pilot)
    await pilot.press("ctrl+o")
    await settled(pilot)


LOOKS: dict[str, Look] = {
    "menu": (lambda c: LoadOrdersScreen(), keys("down", "down")),
    "menu-details": (lambda c: LoadOrdersScreen(), keys("down", "down", "space")),
    "menu-failed": (lambda c: LoadOrdersScreen(), keys("down", "space")),
    "menu-selected": (lambda c: LoadOrdersScreen(), keys("x", "x")),
    "page": (lambda c: DestinationScreen(c, identity_of("finance_mart")), keys("down", "down", "space")),
    "order": (lambda c: OrderScreen(c, order_id("orders")), keys()),
    "order-failed": (lambda c: OrderScreen(c, order_id("fx_rates")), keys()),
    "setup": (the_form, filled),
    "setup-mistakes": (the_form, mistaken),
    "setup-more": (the_form, more),
    "delete-order": (lambda c: DeleteOrdersDialog(c, [loads.order(c, order_id("orders"))]), keys()),
    "delete": (lambda c: DeleteDialog(c, [find(c, "finance_mart", 4)]), keys()),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("look", LOOKS)
def test_look(ctx, snap_compare, look, size):
    assert snap_compare(app_on(ctx), terminal_size=SIZES[size], run_before=taken(LOOKS[look], ctx))


@pytest.mark.parametrize("look", LOOKS)
async def test_any_size_works(ctx, look):
    app = app_on(ctx)
    async with app.run_test(size=(30, 8)) as pilot:
        await taken(LOOKS[look], ctx)(pilot)
        for size in ((200, 60), (30, 8)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            assert type(app.screen).__name__ != "DestinationsScreen"


@pytest.mark.parametrize("theme", ["light", "ansi-dark"])
@pytest.mark.parametrize("look", ["menu-details", "setup"])
def test_look_in_other_themes(ctx, snap_compare, monkeypatch, look, theme):
    monkeypatch.setenv("TEXTUAL_THEME", theme)
    assert snap_compare(app_on(ctx), terminal_size=SIZES["roomy"], run_before=taken(LOOKS[look], ctx))


@pytest.mark.parametrize("look", ["menu-details", "setup-mistakes", "order"])
def test_look_without_colours(ctx, snap_compare, monkeypatch, look):
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(app_on(ctx), terminal_size=SIZES["narrow"], run_before=taken(LOOKS[look], ctx))


@pytest.mark.parametrize("look", ["menu-details", "setup", "order"])
async def test_only_ascii_where_that_is_asked_for(ctx, tmp_path, look):
    app = DestuiApp(seed.config_in(tmp_path, DESTUI_ASCII="1"), clock=lambda: seed.NOW, zone=UTC)
    async with app.run_test(size=SIZES["narrow"]) as pilot:
        await taken(LOOKS[look], ctx)(pilot)
        text = text_of(app).replace("東京商事", "")
        assert text.isascii(), sorted({c for c in text if not c.isascii()})
        for button in app.screen.query("Screen > * FlatButton"):
            assert button.region.bottom < 24 and button.region.height == 1
