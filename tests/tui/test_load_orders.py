"""Lists of load orders, their details and pages, and what is done there: on a real store."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from json import dumps
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import update
from textual.pilot import Pilot

from destui.domain.loads import SourceSpec
from destui.domain.orders import OrderDraft, OrderStatus, RunStage, source_document
from destui.services import loads
from destui.services.context import Context
from destui.store import schema
from destui.store.times import to_us
from destui.tui.app import DestuiApp
from destui.tui.dialogs.delete import DeleteDialog
from destui.tui.dialogs.delete_orders import DeleteOrdersDialog
from destui.tui.dialogs.setup_load import SetupLoadDialog
from destui.tui.order_actions import PAUSE, STOP
from destui.tui.screens import load_services
from destui.tui.screens.destination import DestinationScreen
from destui.tui.screens.load_orders import LoadOrdersScreen
from destui.tui.screens.order import OrderScreen
from destui.tui.widgets.footer import Footer
from destui.tui.widgets.load_pane import LoadPane
from destui.tui.widgets.order_table import OrderTable
from tests.tui import seed
from tests.tui.load_stage import add_run, order_id, progress, stage_loads
from tests.tui.seed import identity_of
from tests.tui.stage import app_on, settled, shown, stage, text_of, until


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A staged store with load orders; work is queued, and nobody does it."""
    monkeypatch.setattr("destui.worker.launch.ensure", lambda config: None)
    found = stage(tmp_path)
    stage_loads(found)
    return found


def notice(app: DestuiApp) -> str:
    """The message line."""
    found = app.screen.query_one(Footer).notice
    return found.sentence if found else ""


async def opened(pilot: Pilot[Any]) -> OrderTable:
    """The page of the left menu."""
    await settled(pilot)
    await pilot.press("2")
    await settled(pilot)
    return pilot.app.screen.query_one(OrderTable)


async def press(pilot: Pilot[Any], *keys: str) -> str:
    """Press, and what the terminal then shows."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot)
    return text_of(pilot.app)


async def asked(pilot: Pilot[Any], key: str, dialog: type[Any]) -> str:
    """Press a key that opens a dialog; what is then shown."""
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, dialog) and pilot.app.screen.is_mounted)
    await pilot.pause()
    return text_of(pilot.app)


async def test_the_menu_lists_orders_of_all_destinations(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(160, 36)) as pilot:
        table = await opened(pilot)
        assert isinstance(app.screen, LoadOrdersScreen) and table.has_focus
        text = text_of(app)
        for part in ("Load orders  4", "finance_mart: raw.orders", "06:00 Mon-Fri", "» Running 62 %", "✓ Done",
                     "− Paused", "✗ Failed", "manual", "hourly", "48,310", "Mon 06:00", "merge", "Mode"):  # fmt: skip
            assert part in text, part


async def test_columns_give_way_where_it_is_narrow(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        text = text_of(app)
        assert "Status" in text and "» Running 62 %" in text and "Next run" not in text and "Rows" in text


async def test_the_details_tell_how_far_a_run_is(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        table = await opened(pilot)
        table.move_cursor(row=2)
        text = await press(pilot, "space")
        assert "/data/orders-*.parquet › raw.orders" in text and "merge on order_id" in text
        assert "62 %   about 23 s left" in text and "812,400 rows   21,400 rows/s   38 s" in text
        assert "62 MB of 100 MB" in text and "Runs before" in text and "Rows, last 15 runs" in text
        text = await press(pilot, "up")
        assert "raw.fx_rates" not in text and "ref.fx_rates" in text
        assert "Line 812 of rates.csv" in text and "Fix: correct the file" in text
        await press(pilot, "y")
        assert "could not convert string" in app._clipboard and "was sent" in notice(app)
        progress(ctx, "fx_rates", state="stopped", finished_at=to_us(seed.at("09:30")) + 1_500_000)
        await until(pilot, lambda: "Stopped after 1.5 s. The table is as it was." in text_of(app))
        assert "Runs before" not in await press(pilot, "escape")
        assert not app.screen.query_one(LoadPane).display


async def test_details_that_come_after_they_were_closed_stay_closed(ctx, monkeypatch: pytest.MonkeyPatch):
    asked, answered, read = Event(), Event(), load_services.details

    def slow(ctx, identity):
        asked.set()
        answered.wait(20)
        return read(ctx, identity)

    monkeypatch.setattr(load_services, "details", slow)
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await pilot.press("space")
        await until(pilot, asked.is_set)
        await pilot.press("escape")
        answered.set()
        await settled(pilot)
        assert not app.screen.query_one(LoadPane).display


async def test_a_failure_that_is_not_there_is_not_copied(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await press(pilot, "y")
        assert notice(app) == "There is no diagnosis here to copy."


async def test_run_now_pause_resume_and_stop(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        table = await opened(pilot)
        await press(pilot, "n")
        assert notice(app) == "customers is being loaded."
        assert loads.order(ctx, order_id("customers")).running.state is RunStage.QUEUED
        assert "Starting" in text_of(app)
        await press(pilot, "n")
        assert notice(app) == "customers runs already. Stop it with t."
        await press(pilot, "t")
        await until(pilot, lambda: loads.order(ctx, order_id("customers")).running is None)
        await press(pilot, "p")
        assert loads.order(ctx, order_id("customers")).status is not OrderStatus.RUNNING
        assert loads.order(ctx, order_id("customers")).paused and "is paused" in notice(app)
        await press(pilot, "p")
        assert not loads.order(ctx, order_id("customers")).paused and "goes on" in notice(app)
        table.move_cursor(row=1)
        await press(pilot, "p")
        assert notice(app) == "fx_rates is run by hand: there is no schedule to pause."
        await press(pilot, "t")
        assert notice(app) == "No run of fx_rates goes on."


async def test_several_at_once(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        table = await opened(pilot)
        await press(pilot, "x", "x")
        assert len(table.selected) == 2 and "Run 2" in text_of(app) and "■customers" in text_of(app)
        await press(pilot, "n")
        assert notice(app) == "customers and fx_rates are being loaded."
        await until(pilot, lambda: STOP.titled(app.screen) == "Stop 2")
        with ctx.store.write() as tx:
            tx.execute(update(schema.jobs).values(state="claimed", worker="w1"))
        await press(pilot, "t")
        assert notice(app) == "customers and fx_rates: 2 runs are being stopped. The tables stay as they were."
        assert "the run is stopped" in await asked(pilot, "d", DeleteOrdersDialog)
        assert app.screen.query_one("#cancel").has_focus
        await pilot.press("tab")
        await press(pilot, "enter")
        assert notice(app) == "2 load orders were deleted. What was loaded stays."
        assert [o.name for o in loads.orders(ctx, None, 0, 9)] == ["orders", "refunds"] and not table.selected


async def test_pausing_several_counts_those_with_a_schedule(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        # customers, fx_rates, orders, refunds: the second is by hand, the last is paused already.
        assert "Pause 2" in await press(pilot, "x", "x", "x", "x")
        await press(pilot, "p")
        assert notice(app) == "customers and orders are paused, until p resumes them. fx_rates has no schedule."
        assert [o.name for o in loads.orders(ctx, None, 0, 9) if o.paused] == ["customers", "orders", "refunds"]
        assert PAUSE.titled(app.screen) == "Resume 3"
        await press(pilot, "p")
        assert notice(app) == "3 load orders go on by their schedules. fx_rates has no schedule."
        assert not any(o.paused for o in loads.orders(ctx, None, 0, 9))


async def test_escape_takes_back_one_thing_at_a_time(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        table = await opened(pilot)
        await press(pilot, "space", "x", "escape")
        assert not table.selected and app.screen.order_details_open
        await press(pilot, "escape")
        assert not app.screen.order_details_open and isinstance(app.screen, LoadOrdersScreen)
        await press(pilot, "escape")
        assert not isinstance(app.screen, LoadOrdersScreen)


async def test_sorting_by_keys_and_clicks(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(160, 36)) as pilot:
        table = await opened(pilot)
        await press(pilot, "S")
        assert [o.name for o in table.items] == ["refunds", "orders", "fx_rates", "customers"]
        await press(pilot, "s")
        assert table.sorted_by == ("Status", False) and table.items[0].status is OrderStatus.DONE
        await pilot.click(OrderTable, offset=(2, 0))
        await settled(pilot)
        assert table.sorted_by == ("Name", False) and table.items[0].name == "customers"


async def test_the_cursor_stays_on_its_order_when_another_comes_in_above_it(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        table = await opened(pilot)
        assert table.cursor_row == 0
        under = table.item.id
        draft = OrderDraft(identity_of("finance_mart"), "000", "/data/a.csv", "t", tz="UTC")
        loads.save(ctx, draft, run=False)
        await until(pilot, lambda: "000" in text_of(app))
        assert (table.item.id, table.cursor_row) == (under, 1)
        await press(pilot, "home")
        assert table.item.draft.name == "000"


async def test_progress_of_another_process_draws_only_its_row(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        table = await opened(pilot)
        drawn: list[int] = []
        row_runs = table.row_runs
        table.row_runs = lambda rank, under: drawn.append(rank) or row_runs(rank, under)
        progress(ctx, "orders", bytes=75_000_000)
        await until(pilot, lambda: "75 %" in text_of(app))
        assert set(drawn) == {2}


async def test_the_destination_page_lists_its_own(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, page := DestinationScreen(ctx, identity_of("finance_mart")))
        text = text_of(app)
        assert "Load orders 4" in text and "orders-*.parquet › raw.orders" in text and "n Run now" in text
        await asked(pilot, "D", SetupLoadDialog)
        assert app.screen.form.value("name") == "customers 2"
        await press(pilot, "escape")
        assert app.screen is page
        await asked(pilot, "d", DeleteOrdersDialog)
        await press(pilot, "escape", "tab")
        assert "Delete finance_mart?" in await asked(pilot, "d", DeleteDialog)


async def test_a_page_without_orders_says_what_they_are(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, DestinationScreen(ctx, identity_of("training")))
        text = text_of(app)
        assert "No load orders yet" in text and "l  Set up a load" in text


async def test_an_orders_page_shows_its_runs(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        table = await opened(pilot)
        table.move_cursor(row=2)
        text = await press(pilot, "enter")
        assert isinstance(app.screen, OrderScreen)
        for part in ("Load orders › orders", "» Running 62 %", "merge on order_id", "Every weekday at 06:00",
                     "Europe/Madrid", "Rows, last 12 runs", "✗ Failed", "connecting"):  # fmt: skip
            assert part in text, part
        text = await press(pilot, "down", "down", "down", "down")
        assert "Line 812 of rates.csv" in text
        await press(pilot, "y")
        assert "LOAD-MISFIT" in app._clipboard
        await press(pilot, "t")
        assert "is being stopped" in notice(app)
        await asked(pilot, "d", DeleteOrdersDialog)
        await pilot.press("tab")
        await press(pilot, "enter")
        assert isinstance(app.screen, LoadOrdersScreen) and notice(app) == "orders was deleted. What was loaded stays."


async def test_a_run_tells_what_it_loaded_before_the_order_was_changed(ctx):
    kept = {"table": "ref.fx_rates", "mode": "replace", "key": [], "add_columns": False, "source_side": None}
    progress(ctx, "fx_rates", plan=dumps({**kept, "source": source_document(SourceSpec(path="/data/rates.csv"))}))
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, OrderScreen(ctx, order_id("fx_rates")))
        text = text_of(app)
        assert "/data/rates.csv into ref.fx_rates, replace" in text and "was changed" not in text
        loads.save(ctx, replace(loads.order(ctx, order_id("fx_rates")).draft, table="ref.rates"))
        before = "/data/rates.csv into ref.fx_rates, replace, before the order was changed"
        await until(pilot, lambda: "finance_mart › ref.rates" in text_of(app) and before in text_of(app))
        await press(pilot, "y")
        assert "fx_rates: /data/rates.csv into ref.fx_rates" in app._clipboard


async def test_runs_of_one_minute_are_told_apart(ctx):
    with ctx.store.write() as tx:
        for number, second in ((1, 20), (2, 33)):
            add_run(tx, "finance_mart", "fx_rates", number, "done", seed.at("09:40").replace(second=second), 7, 1)
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, OrderScreen(ctx, order_id("fx_rates")))
        rows = [row.split()[0] for row in text_of(app).splitlines() if "nora@" in row and "Run of" not in row]
        assert rows == ["09:40:33", "09:40:20", "09:30"]


async def test_a_long_name_leaves_the_run_its_percentage(ctx):
    progress(ctx, "orders", bytes=73_000_000, by="maintainers-of-the-order-mart@subsidiary.acme.test")
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, OrderScreen(ctx, order_id("orders")))
        line = next(row for row in text_of(app).splitlines() if "Run of" in row)
        assert "» Running 73 %   by maintainers-of" in line and line.rstrip().endswith("…")


async def test_an_order_deleted_elsewhere_closes_its_page(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await press(pilot, "enter")
        loads.delete(ctx, [order_id("customers")])
        await until(pilot, lambda: isinstance(app.screen, LoadOrdersScreen))
        assert notice(app) == "customers has been deleted."


async def test_a_run_that_was_asked_for_tells_its_end(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        table = await opened(pilot)
        table.move_cursor(row=1)
        await press(pilot, "n")
        progress(ctx, "fx_rates", state="done", rows=31, started_at=0, finished_at=2_000_000)
        await until(pilot, lambda: notice(app) == "fx_rates: 31 rows loaded in 2.0 s.")


async def test_nothing_is_changed_when_read_only(ctx):
    app = app_on(ctx, read_only=True)
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await press(pilot, "d")
        assert "read-only" in notice(app)
        assert "n Run now" not in text_of(app)


async def test_l_says_where_loads_are_set_up(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await press(pilot, "l")
        assert notice(app).startswith("A load is set up on a destination that is Active")


async def test_e_edits_and_the_help_has_the_keys(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 50)) as pilot:
        table = await opened(pilot)
        assert "Edit customers into finance_mart" in await asked(pilot, "e", SetupLoadDialog)
        assert app.screen.form.value("source") == "crm:customers"
        await press(pilot, "escape")
        table.move_cursor(row=2)
        text = await press(pilot, "question_mark")
        for part in ("Pause or resume the schedule", "Stop the run", "Delete the load order", "Sort, reverse"):
            assert part in text, part


async def test_progress_is_drawn_four_times_a_second_at_most(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        table = await opened(pilot)
        drawn: list[tuple[float, float]] = []
        show = table.show

        def noted(orders: Any, **how: Any) -> None:
            drawn.append((monotonic(), next(o.run.share for o in orders if o.name == "orders")))
            show(orders, **how)

        table.show = noted
        for percent in range(63, 93):
            progress(ctx, "orders", bytes=percent * 1_000_000)
            await pilot.pause(0.03)
        await until(pilot, lambda: "92 %" in text_of(app))
        gaps = [later - sooner for (sooner, _), (later, _) in pairwise(drawn)]
        assert len(drawn) >= 3 and min(gaps) > 0.2
