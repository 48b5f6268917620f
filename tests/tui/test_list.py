"""The list: what it shows, what keys do, what others change while it is open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from destui.domain.errors import StoreUnavailable
from destui.services import browse
from destui.services.browse import SortKey
from destui.services.context import Context
from destui.tui.app import DestuiApp
from destui.tui.screens.destinations import DestinationsScreen
from destui.tui.widgets.button import FlatButton
from destui.tui.widgets.chrome import Banner, TitleLine
from destui.tui.widgets.filter_row import CountsLine, EmptyState, FilterField
from destui.tui.widgets.footer import Footer
from destui.tui.widgets.line import Lines
from destui.tui.widgets.pane import DetailPane
from tests.tui import seed

DATA_ROW = 6
"""The first row of the table on a screen of 120×36."""


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Context, "wake_worker", lambda self: None)


@asynccontextmanager
async def listing(
    home: Path, samples: Any = seed.SAMPLES, *, size: tuple[int, int] = (120, 36), read_only: bool = False, **store: Any
) -> AsyncIterator[tuple[Pilot[None], DestinationsScreen, Context]]:
    """The list on a store of its own, and another session's context on that store."""
    ctx = seed.seeded(home, samples, **store)
    app = DestuiApp(ctx.config, read_only=read_only, clock=lambda: seed.NOW, zone=UTC)
    async with app.run_test(size=size, tooltips=True) as pilot:
        screen = app.screen
        assert isinstance(screen, DestinationsScreen)
        await until(pilot, lambda: screen.counts is not None)
        yield pilot, screen, ctx


async def until(pilot: Pilot[None], true: Callable[[], bool], seconds: float = 5) -> None:
    """Wait for what happens beside the event loop."""
    for _ in range(int(seconds / 0.01)):
        await pilot.pause(0.01)
        if true():
            return
    raise AssertionError("it never came true")


def words(widget: Lines) -> str:
    """The text that a widget of lines shows."""
    return "\n".join("".join(text for text, _ in line) for line in widget.lines(widget.size.width))


def line(screen: DestinationsScreen, rank: int) -> str:
    """A row of the table as it is drawn."""
    return screen.table.render_line(rank - screen.table.first_shown + 1).text


def footer(screen: DestinationsScreen) -> str:
    """The last row, the message included."""
    return words(screen.query_one(Footer))


def name(screen: DestinationsScreen) -> str:
    """Which row is under the cursor."""
    assert screen.row is not None
    return screen.row.name


async def test_every_destination_is_shown_with_its_status(tmp_path: Path) -> None:
    async with listing(tmp_path) as (_, screen, _ctx):
        assert screen.table.total == 12
        assert "» Initializing  sign in 4/8" in line(screen, 0)
        assert "✗ Error" in line(screen, 1)
        assert "Re-authorize" in line(screen, 1)
        assert words(screen.query_one(TitleLine)) == "Destinations  12/25"
        assert words(screen.query_one(CountsLine)).strip() == "• 9 Active   » 1 Initializing   ✗ 2 Error"


async def test_the_menu_folds_into_the_title_row_under_100_columns(tmp_path: Path) -> None:
    async with listing(tmp_path, size=(80, 24)) as (pilot, screen, _ctx):
        assert words(screen.query_one(TitleLine)).startswith("1 Destinations 12/25   2 Load orders")
        assert not screen.query_one("#menu").display
        assert words(screen.query_one(CountsLine)).strip() == "• 9   » 1   ✗ 2"
        await pilot.resize_terminal(120, 36)
        await until(pilot, lambda: bool(screen.query_one("#menu").display))
        assert words(screen.query_one(TitleLine)) == "Destinations  12/25"


async def test_at_the_limit_the_button_says_why(tmp_path: Path) -> None:
    async with listing(tmp_path, limit=12, contact="ops-leads@acme.test") as (pilot, screen, _ctx):
        button = screen.query_one("#add", FlatButton)
        assert button.disabled
        assert not button.focusable
        assert button.tooltip == "You've reached your limit of 12 destinations"
        await pilot.press("a")
        assert "You've reached your limit of 12 destinations. Ask ops-leads@acme.test to raise it" in footer(screen)
        await pilot.press("down")
        assert "reached" not in footer(screen)


async def test_the_details_show_why_and_what_to_do(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, _ctx):
        await pilot.press("down", "space")
        await until(pilot, lambda: bool(screen.query(DetailPane)) and screen.query_one(DetailPane).check is not None)
        shown = words(screen.query_one("PaneBody", Lines))
        assert "orders_dwh  postgres   ✗ Error at create" in shown
        assert "checked 10:02, failing since 09:58" in shown
        assert "The role loader may not create tables in schema analytics." in shown
        assert "GRANT USAGE, CREATE ON SCHEMA analytics TO loader;" in shown
        assert line(screen, 1)[1] == "−"
        assert "space Close" in footer(screen)
        await pilot.press("space")
        assert line(screen, 1)[1] == "+"
        assert not screen.query_one(DetailPane).display


async def test_the_details_follow_the_cursor(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, _ctx):
        await pilot.press("space")
        await until(pilot, lambda: bool(screen.query(DetailPane)))
        pane = screen.query_one(DetailPane)
        await until(pilot, lambda: pane.head.title == "events-lake")
        assert "Now: sign in, step 4 of 8." in words(screen.query_one("PaneBody", Lines))
        await pilot.press("down")
        await until(pilot, lambda: pane.head.title == "orders_dwh")
        assert screen.table.expanded == seed.identity_of("orders_dwh")


async def test_the_diagnosis_goes_to_the_clipboard(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, _ctx):
        await pilot.press("y")
        assert "No error here" in footer(screen)
        await pilot.press("down", "y")
        await until(pilot, lambda: "clipboard" in footer(screen))
        copied = pilot.app.clipboard
        assert copied.splitlines()[0] == "orders_dwh postgres Error at create"
        assert "GRANT USAGE, CREATE ON SCHEMA analytics TO loader;" in copied.splitlines()


async def test_a_filter_finds_the_letters_in_order_and_escape_shows_all(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, _ctx):
        await pilot.press("slash", *"legcrm")
        await until(pilot, lambda: screen.table.total == 1)
        assert name(screen) == "legacy_crm"
        assert words(screen.query_one(CountsLine)).strip() == "1 of 12"
        assert "enter Back to the list" in footer(screen)
        await pilot.press("enter")
        assert screen.focused is screen.table
        assert screen.view.pattern == "legcrm"
        await pilot.press("escape")
        await until(pilot, lambda: screen.table.total == 12)
        assert name(screen) == "legacy_crm", "the cursor stays on its row"


async def test_letters_are_typed_and_not_obeyed_in_the_filter(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, _ctx):
        await pilot.press("slash", "q", "3")
        await until(pilot, lambda: screen.table.total == 1)
        assert name(screen) == "q3 board pack"
        await pilot.press("q", "q", "q")
        await until(pilot, lambda: screen.query_one(EmptyState).display)
        await pilot.press("escape")
        await until(pilot, lambda: screen.table.display and screen.table.total == 12)
        assert not screen.query_one(FilterField).is_open


async def test_sorting_keeps_the_row_under_the_cursor(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, _ctx):
        await pilot.press("down", "s")
        await until(pilot, lambda: screen.table.window.view.order.key is SortKey.NAME)
        assert name(screen) == "orders_dwh"
        assert "billing" in line(screen, 0)
        await pilot.press("S")
        await until(pilot, lambda: screen.table.window.view.order.descending)
        assert name(screen) == "orders_dwh"
        assert "東京_売上分析" in line(screen, 1)


async def test_clicks_do_what_they_point_at(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, _ctx):
        await pilot.click(offset=(18, DATA_ROW + 7))  # the expander of legacy_crm
        await until(pilot, lambda: screen.table.expanded == seed.identity_of("legacy_crm"))
        assert name(screen) == "legacy_crm"
        await pilot.click(offset=(18, DATA_ROW + 7))
        assert screen.table.expanded is None
        await pilot.click(offset=(22, DATA_ROW - 1))  # the header Destination
        await until(pilot, lambda: screen.table.window.view.order.key is SortKey.NAME)
        await pilot.click(offset=(22, DATA_ROW - 1))
        await until(pilot, lambda: screen.table.window.view.order.descending)
        await pilot.click(offset=(50, DATA_ROW + 20))
        assert name(screen) == "legacy_crm", "below the last row there is nothing"


async def test_waiting_for_connection_cannot_be_clicked(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, _ctx):
        await pilot.click(offset=(95, DATA_ROW))
        assert screen.query_one(Footer).notice is None
        assert len(pilot.app.screen_stack) == 1
        await pilot.press("l")
        assert "waiting for its connection" in footer(screen)


async def test_what_others_do_is_seen_without_losing_the_place(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, ctx):
        await pilot.press("down", "x", "down")
        assert name(screen) == "東京_売上分析"
        with ctx.store.write() as tx:
            seed.insert_all(tx, [("zeta", "postgres", "active", "zoe@acme.test", seed.NOW)])
        await until(pilot, lambda: screen.table.total == 13)
        assert "zeta" in line(screen, 0)
        assert name(screen) == "東京_売上分析"
        assert screen.selected == {seed.identity_of("orders_dwh")}
        seed.change(ctx, "legacy_crm", status="active")
        await until(pilot, lambda: "• Active" in line(screen, 8))
        assert screen.counts is not None
        assert screen.counts.error == 1
        with ctx.store.write() as tx:
            from destui.store import destinations

            destinations.to_trash(tx, seed.identity_of("東京_売上分析"), "zoe@acme.test")
        await until(pilot, lambda: screen.table.total == 12)
        assert name(screen) == "clickstream", "the next row takes the place of the deleted one"


async def test_a_scrolled_list_does_not_jump_when_rows_come_in_above(tmp_path: Path) -> None:
    many = [(f"d{n:03}", "postgres", "active", "ops@acme.test", seed.NOW - timedelta(minutes=n)) for n in range(200)]
    async with listing(tmp_path, many, limit=300) as (pilot, screen, ctx):
        await pilot.press("end", "up", "up")
        await until(pilot, lambda: screen.row is not None)
        before, first = name(screen), screen.table.first_shown
        with ctx.store.write() as tx:
            seed.insert_all(tx, [("newer", "s3", "active", "zoe@acme.test", seed.NOW + timedelta(minutes=1))])
        await until(pilot, lambda: screen.table.total == 201)
        assert name(screen) == before
        assert screen.table.first_shown == first + 1


async def test_far_rows_come_when_they_are_shown(tmp_path: Path) -> None:
    many = [(f"d{n:04}", "postgres", "active", "ops@acme.test", seed.NOW - timedelta(minutes=n)) for n in range(2000)]
    async with listing(tmp_path, many, limit=3000) as (pilot, screen, _ctx):
        assert len(screen.table.window.held()) < 300
        await pilot.press("end")
        await until(pilot, lambda: "d1999" in line(screen, 1999))
        assert name(screen) == "d1999"
        await pilot.press("home")
        assert name(screen) == "d0000"
        assert screen.table.get_row(screen.row.id)[1] == "d0000"  # type: ignore[union-attr]


async def test_several_are_selected_and_checked_at_once(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, ctx):
        await pilot.press("down", "down", "x", "x")
        assert "c Check 2  d Delete 2  escape Select none" in footer(screen)
        assert words(screen.query_one(CountsLine)).strip() == "2 selected"
        assert line(screen, 2)[0] == "■"
        await pilot.press("c")
        await until(pilot, lambda: "✓ Checking " in footer(screen))
        assert len(screen.selected) == 2, "a check leaves the selection, for what is done next"
        rows = browse.rows(ctx, [seed.identity_of("finance_mart"), seed.identity_of("東京_売上分析")])
        assert all(row.progress is not None for row in rows)
        assert all(row.status.value == "active" for row in rows), "checking does not make it Initializing"


async def test_a_store_that_goes_away_keeps_the_list_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listing(tmp_path) as (pilot, screen, ctx):
        await pilot.press("down")
        answers = browse.counts

        def away(_: Context) -> Any:
            raise StoreUnavailable("The store /x does not answer: connection refused")

        monkeypatch.setattr(browse, "counts", away)
        seed.change(ctx, "finance_mart", name="finance_mart2", name_key="finance_mart2")
        await until(pilot, lambda: screen.stale and screen.query_one(Banner).size.width > 0)
        banner = words(screen.query_one(Banner))
        assert "The store does not answer. Connection refused, since 10:02." in banner
        assert "as of 10:02" in words(screen.query_one(CountsLine))
        assert screen.query_one("#add", FlatButton).disabled
        assert name(screen) == "orders_dwh"
        await pilot.press("r")
        assert "does not answer" in footer(screen)
        monkeypatch.setattr(browse, "counts", answers)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: not screen.stale, 15)
        await until(pilot, lambda: "finance_mart2" in line(screen, 2))
        assert name(screen) == "orders_dwh"


async def test_an_empty_store_says_how_to_begin(tmp_path: Path) -> None:
    async with listing(tmp_path, ()) as (pilot, screen, ctx):
        assert screen.query_one(EmptyState).display
        assert "No destinations yet" in words(screen.query_one(EmptyState))
        assert footer(screen).split()[:2] == ["a", "Add"]
        with ctx.store.write() as tx:
            seed.insert_all(tx, seed.SAMPLES[2:3])
        await until(pilot, lambda: screen.table.display and screen.table.total == 1)
        assert name(screen) == "finance_mart"


async def test_read_only_leaves_out_what_changes(tmp_path: Path) -> None:
    async with listing(tmp_path, read_only=True) as (pilot, screen, ctx):
        assert not screen.query("#add")
        assert "Delete" not in footer(screen)
        await pilot.press("c", "d", "a")
        assert len(pilot.app.screen_stack) == 1
        assert browse.rows(ctx, [seed.identity_of("orders_dwh")])[0].progress is None


async def test_hostile_texts_are_shown_as_they_are(tmp_path: Path) -> None:
    hostile = (("[/]\x1b]0;pwned\x07[bold", "s3", "active", "[link=x]y@z", seed.NOW),)
    async with listing(tmp_path, hostile) as (pilot, screen, _ctx):
        assert "[/]␛]0;pwned␇[bold" in line(screen, 0)
        await pilot.press("space")
        await until(pilot, lambda: bool(screen.query(DetailPane)))
        assert screen.query_one(DetailPane).head.title == hostile[0][0]
        assert "[/]␛]0;pwned␇[bold" in words(screen.query_one("PaneBody", Lines))


async def test_a_running_check_moves_the_row(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, ctx):
        from destui.domain.check import Step, StepState
        from destui.store import checks

        identity = seed.identity_of("events-lake")
        with ctx.store.write() as tx:
            checks.write_step(tx, f"c{identity[1:]}", identity, 4, Step("open", StepState.RUNNING))
        await until(pilot, lambda: "open 5/8" in line(screen, 0))
        assert name(screen) == "events-lake"


async def test_a_page_is_opened_and_left_with_the_cursor_where_it_was(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, _ctx):
        await pilot.click(offset=(22, DATA_ROW + 1))
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "DestinationScreen")
        assert getattr(pilot.app.screen, "tab", "") == "checks", "in Error: what is looked for is why"
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert name(screen) == "orders_dwh"
        await pilot.press("down", "enter")
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "DestinationScreen")
        assert getattr(pilot.app.screen, "tab", "") == "loads"
        await pilot.press("2", "1")
        assert pilot.app.screen is screen


async def test_what_was_deleted_comes_back_by_one_key(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, ctx):
        await pilot.press("u")
        assert "Nothing to undo" in footer(screen)
        await pilot.press("down", "down", "d")
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "DeleteDialog")
        await pilot.press("tab", "enter")
        await until(pilot, lambda: screen.table.total == 11)
        assert "finance_mart was deleted. u brings it back." in footer(screen)
        assert name(screen) == "東京_売上分析"
        assert browse.counts(ctx).total == 11
        await pilot.press("u")
        await until(pilot, lambda: screen.table.total == 12)
        assert browse.counts(ctx).total == 12
        await pilot.press("u")
        assert "Nothing to undo" in footer(screen)


async def test_a_running_step_draws_its_own_line_each_second_and_no_other(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, _ctx):
        await pilot.press("space")
        await until(pilot, lambda: any(pane.check for pane in screen.query(DetailPane)))
        await pilot.pause()
        body = screen.query_one("PaneBody", Lines)
        body.redraw()
        drawn: list[Any] = []
        body.refresh = lambda *regions, **_: drawn.extend(regions)  # type: ignore[method-assign, assignment]
        body._clock = lambda: seed.NOW + timedelta(seconds=1)  # type: ignore[attr-defined]
        body.redraw()
        assert [(region.y, region.height) for region in drawn] == [(5, 1)]
        assert "sign in 3.0 s of 10 s" in words(body)
