"""The filter of the lists of load orders: what it finds, what it marks, and that letters are typed, not obeyed."""

from __future__ import annotations

import pytest
from textual.events import Key

from destui.services import loads
from destui.tui.screens.destination import DestinationScreen
from destui.tui.widgets.filter_row import FilterField
from destui.tui.widgets.order_table import OrderTable
from destui.tui.widgets.orders_view import OrdersView
from tests.tui.seed import identity_of
from tests.tui.stage import app_on, settled, text_of, until
from tests.tui.test_load_orders import ctx as ctx
from tests.tui.test_load_orders import opened, press


def names(table: OrderTable) -> list[str]:
    """What is listed."""
    return [order.name for order in table.items]


def marked(table: OrderTable, rank: int) -> str:
    """The letters of a row that are shown as hits."""
    return "".join(text for text, style in table.row_runs(rank, False) if style.underline and style.bold)


@pytest.mark.parametrize(("pattern", "found"), [
    ("fx", ["fx_rates"]),  # name
    ("crm:cust", ["customers"]),  # source
    ("raw.refunds", ["refunds"]),  # table
    ("failed", ["fx_rates"]),  # status
    ("mart paused", ["refunds"]),  # destination, status
    ("nothing such", []),
])  # fmt: skip
def test_it_looks_through_name_destination_table_source_and_status(ctx, pattern, found):
    ids = loads.matching(ctx, None, pattern, loads.OrderSort())
    assert [order.name for order in loads.orders_by_id(ctx, ids)] == found


async def test_it_narrows_the_list_as_letters_are_typed_and_marks_them(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(160, 36)) as pilot:
        table = await opened(pilot)
        assert not app.screen.query_one(".filter-row").display
        text = await press(pilot, "slash", "r", "e", "f")
        assert app.screen.query_one(FilterField).is_open
        assert "2 of 4" in text and "enter Back to the list" in text.replace("  ", " ")
        assert names(table)[0] == "refunds" and marked(table, 0) == "ref"
        await press(pilot, "d", "p")  # letters, though they are keys of the list
        assert names(table) == [] and "Nothing matches this filter." in text_of(app)
        await press(pilot, "backspace", "backspace", "enter")
        assert table.has_focus and names(table)[0] == "refunds" and "2 of 4" in text_of(app)
        text = await press(pilot, "escape")
        assert len(names(table)) == 4 and "2 of 4" not in text and table.has_focus


async def test_the_cursor_moves_while_a_filter_is_typed_and_stays_on_its_order(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        table = await opened(pilot)
        await press(pilot, "slash", "r", "a", "w", "down")
        assert table.item is not None and table.cursor_row == 1
        name = table.item.name
        await press(pilot, "enter")
        assert table.item.name == name
        await press(pilot, "escape")
        assert len(names(table)) == 4 and table.item.name == name


async def test_it_is_in_a_destinations_tab_too_and_does_not_find_its_name(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        page = DestinationScreen(ctx, identity_of("finance_mart"))
        await app.push_screen(page)
        await settled(pilot)
        table = page.query_one(OrderTable)
        await press(pilot, "slash", *"failed")
        assert names(table) == ["fx_rates"]
        await press(pilot, "escape", "slash", *"finance")
        assert names(table) == [] and page.query_one(OrdersView).filter.is_open
        await press(pilot, "enter", "slash")
        assert page.query_one(OrdersView).filter.is_open, "the key works also where nothing matches"
        await press(pilot, "escape")
        assert len(names(table)) == 4 and app.screen is page
        await press(pilot, "escape")
        assert app.screen is not page


async def test_a_filter_typed_right_after_the_page_was_asked_for_is_no_commands(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        for key in ("2", "slash", *"refs"):  # `s` would sort, were it a command
            app._driver.send_message(Key(key, "/" if key == "slash" else key))
        await until(pilot, lambda: app.screen.query(FilterField) and app.screen.query_one(FilterField).is_open)
        await until(pilot, lambda: app.screen.order_pattern == "refs" and "2 of 4" in text_of(app))
