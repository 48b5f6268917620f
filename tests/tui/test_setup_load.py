"""The form of a load order: what it says while one types, what it saves, and what is deleted with a destination."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key
from textual.pilot import Pilot

from destui.domain.loads import Column, FileOptions, LineProblem, Mode, Preview
from destui.domain.orders import Missed, OrderDraft
from destui.domain.schedule import next_times, parse, zone
from destui.services import destinations, loads
from destui.services.context import Context
from destui.tui.dialogs.delete import DeleteDialog
from destui.tui.dialogs.leave import ConflictDialog, LeaveDialog
from destui.tui.dialogs.setup_load import SetupLoadDialog
from destui.tui.screens.destinations import DestinationsScreen
from destui.tui.widgets.completing import SourceField
from destui.tui.widgets.footer import Footer
from destui.tui.widgets.load_form import LoadForm
from destui.tui.widgets.load_times import next_words
from tests.tui.load_stage import order_id, stage_loads
from tests.tui.seed import change, identity_of
from tests.tui.stage import app_on, settled, shown, stage, text_of, until

PREVIEW = Preview(
    columns=(
        Column("return_id", "integer"), Column("customer", "text"), Column("amount", "numeric(10,2)"),
        Column("returned_at", "timestamp"),
    ),
    rows=(
        ("720183", "東京商事", "1204.00", "2024-11-24 05:58"), ("720184", "Nordwind GmbH", "88.10", "2024-11-24 05:58"),
        ("720186", None, "19.99", "2024-11-24 05:59"),
    ),
    problems=(LineProblem("This line has 5 values; the header names 4.", "/data/returns.csv", 17),),
    options=FileOptions(format="csv", delimiter=";"),
)  # fmt: skip


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A staged store; work is queued, and nobody does it."""
    monkeypatch.setattr("destui.worker.launch.ensure", lambda config: None)
    return stage(tmp_path)


def the_form(ctx: Context, **values: Any) -> SetupLoadDialog:
    """The form for the Active destination."""
    empty = OrderDraft(identity_of("finance_mart"), "", "", "", tz="Europe/Madrid")
    return SetupLoadDialog(ctx, destinations.find(ctx, "finance_mart"), replace(empty, **values))


def put(form: LoadForm, **values: str) -> None:
    """Type into fields."""
    for field, value in values.items():
        form.controls[field].value = value


async def open_from_list(pilot: Pilot[Any], name: str) -> None:
    """`l` on a row of the list."""
    await settled(pilot)
    table = pilot.app.screen.table
    table.move_cursor(row=table.window.rank(identity_of(name)))
    await pilot.press("l")


async def test_l_opens_it_on_an_active_destination_only(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await open_from_list(pilot, "orders_dwh")
        await settled(pilot)
        assert isinstance(app.screen, DestinationsScreen)
        assert app.screen.query_one(Footer).notice.sentence.startswith("orders_dwh is in Error.")
        await open_from_list(pilot, "training")
        await settled(pilot)
        assert "no loads into the type simulator" in app.screen.query_one(Footer).notice.sentence
        await open_from_list(pilot, "finance_mart")
        await until(pilot, lambda: isinstance(app.screen, SetupLoadDialog))
        assert "Set up a load into finance_mart" in text_of(app)
        assert app.screen.focused is app.screen.form.source


async def test_without_the_extra_it_says_which_command_adds_it(ctx, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await open_from_list(pilot, "finance_mart")
        await settled(pilot)
        assert "pip install 'destui[load]'" in app.screen.query_one(Footer).notice.sentence


@pytest.mark.parametrize(
    "value",
    [{"options": FileOptions(delimiter=";")}, {"options": FileOptions(null_words=("-",))}, {"add_columns": True}],
    ids=str,
)
async def test_an_order_in_which_something_rare_is_set_hides_nothing(ctx, value):
    app = app_on(ctx)
    async with app.run_test(size=(120, 40)) as pilot:
        await shown(pilot, the_form(ctx, source="/data/a.csv"))
        assert "Delimiter" not in text_of(app)
        await pilot.press("escape")
        await shown(pilot, screen := the_form(ctx, source="/data/a.csv", **value))
        assert screen.form.more and screen.form.rows["delimiter"].display and "Missed times" in text_of(app)


async def test_the_schedule_is_told_as_one_types(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := the_form(ctx))
        assert "Manual." in text_of(app)
        screen.form.controls["cron"].focus()
        await pilot.press(*"0 6 * * 1-5")
        await settled(pilot)
        text = text_of(app)
        assert "Every weekday at 06:00" in text and "Next times" in text
        assert "Mon 25 Nov 06:00  in 19 h" in text and "Fri 29 Nov 06:00" in text
        await pilot.press("end", "backspace", "9")
        await settled(pilot)
        text = text_of(app)
        assert '^ ! "9" is no day of the week: 0 to 7' in text and "Next times" not in text
        line = next(row for row in text.splitlines() if "^ !" in row)
        typed = next(row for row in text.splitlines() if "0 6 * * 1-9" in row)
        assert line.index("^") == typed.index("1-9") + 2


async def test_the_next_times_show_both_changes_of_the_clock(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := the_form(ctx, cron="30 2 28-31 3 *"))
        text = text_of(app)
        for told in ("Fri 28 Mar 2025 02:30 CET", "Sun 30 Mar 2025 03:00 CEST", "Mon 31 Mar 2025 02:30 CEST"):
            assert told in text, told
        put(screen.form, tz="Europe/Nowhere")
        await settled(pilot)
        assert "There is no time zone of this name." in text_of(app)


@pytest.mark.parametrize(("cron", "now", "told"), [
    ("*/30 * * * *", "2024-10-27T00:10+00:00",
     "next Sun 27 Oct 02:30 CEST, then 02:00 CET, 02:30 CET, 03:00 CET, 03:30 CET"),
    # All after the change, and yet two of them have come before by the clock.
    ("*/30 * * * *", "2024-10-27T00:50+00:00",
     "next Sun 27 Oct 02:00 CET, then 02:30 CET, 03:00 CET, 03:30 CET, 04:00 CET"),
    ("30 1-3 * * *", "2024-03-30T23:40+00:00",
     "next Sun 31 Mar 01:30 CET, then 03:00 CEST, 03:30 CEST, Mon 1 Apr 01:30 CEST, 02:30 CEST"),
    ("30 2 28 2 *", "2024-11-24T10:00+00:00",
     "next Fri 28 Feb 2025 02:30, then Sat 28 Feb 2026, Sun 28 Feb 2027, Mon 28 Feb 2028, Wed 28 Feb 2029"),
    ("30 2 * * *", "2024-12-29T10:00+00:00", "next Mon 30 Dec 02:30, then Tue 31, Wed 1 Jan 2025, Thu 2, Fri 3"),
])  # fmt: skip
def test_no_two_of_the_next_times_are_told_alike(cron, now, told):
    moment = datetime.fromisoformat(now)
    assert next_words(next_times(parse(cron), zone("Europe/Madrid"), moment), moment) == told


async def test_at_80_columns_the_schedule_is_told_with_its_next_times(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, screen := the_form(ctx, cron="30 2 * * *"))
        screen.form.controls["cron"].focus()
        await settled(pilot)
        text = " ".join(text_of(app).replace("│", " ").split())
        assert "Every day at 02:30; next Mon 25 Nov 02:30, then Tue 26, Wed 27, Thu 28, Fri 29" in text


async def test_the_next_times_of_another_year_say_so(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, the_form(ctx, cron="30 2 29 3 *"))
        text = text_of(app)
        assert "Next times, in 125 days" in text and "Sat 29 Mar 2025 02:30 CET" in text
        assert "Mon 29 Mar 2027 02:30 CEST" in text


async def test_a_zone_typed_at_once_after_the_schedule_is_taken(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := the_form(ctx))
        screen.form.controls["cron"].focus()
        # Without a pause between them, as from a paste or on a busy machine: tab must not find the zone away.
        for key in (*"30 2 * * *", "tab", *"Asia/Tokyo"):
            app._driver.send_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: "Mon 25 Nov 02:30" in text_of(app))
        await settled(pilot)
        assert (screen.form.value("cron"), screen.form.value("tz")) == ("30 2 * * *", "Asia/Tokyo")


async def test_a_key_typed_at_once_after_the_mode_is_taken(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := the_form(ctx))
        screen.form.controls["mode"].focus()
        for key in ("right", "right", "tab", *"id"):
            app._driver.send_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: screen.form.value("key") == "id")
        assert (screen.form.value("mode"), screen.form.value("cron")) == ("merge", "")


async def test_fields_complete_what_is_typed(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := the_form(ctx))
        await pilot.press(*"fin")
        await settled(pilot)
        await pilot.press("right")
        assert screen.form.value("source") == "finance_mart:"
        await settled(pilot)
        screen.form.source.learn({"finance_mart": ["raw.orders", "raw.returns"]})
        await pilot.press(*"RAW.RE")
        await settled(pilot)
        await pilot.press("right")
        assert screen.form.value("source") == "finance_mart:RAW.REturns"
        screen.form.know_tables(["public.items"])
        screen.form.controls["table"].focus()
        await pilot.press("p")
        await settled(pilot)
        await pilot.press("right")
        assert screen.form.value("table") == "public.items"


async def test_paths_are_completed_and_what_cannot_be_shown_is_not(ctx, tmp_path):
    data = tmp_path / "data"
    (data / "orders").mkdir(parents=True)
    for name in ("orders/a.csv", ".hidden.csv", "b\x1b[31m.csv", "c.csv"):
        (data / name).touch()
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := the_form(ctx))
        field = screen.form.source

        async def taken(typed: str) -> str:
            field.value, field.cursor_position = typed[:-1], len(typed) - 1
            await pilot.press(typed[-1])
            await settled(pilot)
            await until(pilot, lambda: not [w for w in app.workers if not w.is_finished and w.node is field])
            await pilot.press("right")
            return field.value

        assert await taken(f"{tmp_path}/da") == f"{data}/"
        assert await taken(f"{data}/o") == f"{data}/orders/"
        assert await taken(f"{data}/orders/") == f"{data}/orders/a.csv"
        assert await taken(f"{data}/.h") == f"{data}/.hidden.csv"
        assert await taken(f"{data}/b") == f"{data}/b"
        assert await taken(f"{data}/none/") == f"{data}/none/"
        assert await taken("~nobody-of-this-name/x") == "~nobody-of-this-name/x"


@pytest.mark.parametrize(("sizes", "told"), [
    ({"files": 2, "total_rows": 48_210, "total_bytes": 3_000_000}, "2 files, 48,210 rows, 3.0 MB; CSV, parted by sem"),
    ({"files": 1, "total_rows": 48_210, "rows_estimated": True}, "about 48,000 rows; CSV"),
    ({"files": 1, "total_bytes": 812}, "812 B; CSV"),
])  # fmt: skip
async def test_a_preview_tells_how_much_there_is(ctx, sizes, told):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := the_form(ctx, source="/data/returns.csv"))
        screen._previewed(replace(PREVIEW, **sizes))
        await settled(pilot)
        assert told in text_of(app)


def test_a_path_is_no_destination():
    field = SourceField()
    field.words = ("crm", "crm:eu")
    assert field.destination("crm:eu:items") == "crm:eu" and field.destination("/data/x.csv") == ""
    assert field.completion("c") == "crm:" and field.completion("/d") is None


async def test_all_of_an_order_is_saved(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := the_form(ctx))
        put(screen.form, source="/data/returns.csv", table="raw.returns", mode="merge", key="return_id, day",
            cron="0 6 * * 1-5", missed="skip", add_columns="add", delimiter="tab", quote="", header="",
            encoding="cp1252", null_words="-, n/a")  # fmt: skip
        await settled(pilot)
        await pilot.press("ctrl+o")
        assert "NULL words" in text_of(app)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: not isinstance(app.screen, SetupLoadDialog))
        order = loads.find(ctx, "returns")
        assert (order.table, order.mode, order.key) == ("raw.returns", Mode.MERGE, ("return_id", "day"))
        assert (order.cron, order.tz, order.missed, order.add_columns) == (
            "0 6 * * 1-5", "Europe/Madrid", Missed.SKIP, True,
        )  # fmt: skip
        options = order.source.options
        assert (options.delimiter, options.quote, options.header) == ("\t", "", False)
        assert (options.encoding, options.null_words) == ("cp1252", ("-", "n/a"))
        assert order.run is None


async def test_save_and_run_asks_for_a_run(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        results = await shown(pilot, screen := the_form(ctx, source="/data/a.csv", table="a"))
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.screen is not screen)
        assert results[0].told == "a is saved and being loaded."
        assert loads.find(ctx, "a").running.id == results[0].run_id


async def test_every_mistake_is_told_beside_its_field(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := the_form(ctx))
        put(screen.form, mode="merge", cron="0 6 * * 9")
        await pilot.press("ctrl+s")
        await settled(pilot)
        text = text_of(app)
        for sentence in ("! Name is required.", "! A source is required", "! A table is required.",
                         "! A merge needs the columns", '^ ! "9" is no day of the week'):  # fmt: skip
            assert sentence in text, sentence
        assert screen.focused is screen.form.controls["name"]
        put(screen.form, name="a", source="/data/a.csv", table="a", mode="append", cron="", encoding="klingon")
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert "! There is no encoding of this name." in text_of(app)
        assert screen.focused is screen.form.controls["encoding"]


async def test_a_name_in_use_is_told_while_it_is_typed(ctx):
    stage_loads(ctx)
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := the_form(ctx))
        screen.form.controls["name"].focus()
        await pilot.press(*"orders")
        await until(pilot, lambda: "Another load order has this name." in text_of(app))


async def test_a_preview_shows_rows_types_and_mistakes(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := the_form(ctx, source="/data/returns.csv", table="raw.returns"))
        assert "Looking at the source…" in text_of(app)
        screen._previewed(PREVIEW)
        await settled(pilot)
        text = text_of(app)
        assert "! /data/returns.csv, line 17: This line has 5 values" in text
        assert "Preview, the first 3 rows" in text and "numeric(10,2)" in text and "null" in text
        assert "CSV, parted by semicolons, utf-8" in text and "new, made with 4 columns" in text


async def test_what_was_found_of_another_source_does_not_stand_beside_the_new(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := the_form(ctx, source="/data/returns.csv", table="raw.returns"))
        found, made = "CSV, parted by semicolons", "new, made with 4 columns"
        screen._previewed(PREVIEW)
        await settled(pilot)
        assert found in text_of(app) and made in text_of(app)
        put(screen.form, table="raw.other")
        await settled(pilot)
        assert found in text_of(app) and made not in text_of(app)
        screen._previewed(PREVIEW)
        put(screen.form, source="finance_mart:select 1 as a, 2 as a")
        await settled(pilot)
        assert found not in text_of(app) and made not in text_of(app)
        # Nor where the same is looked at again, and cannot be read now.
        screen._previewed(PREVIEW)
        screen.look()
        await settled(pilot)
        assert found not in text_of(app) and made not in text_of(app)


async def test_a_text_that_reads_like_null_is_quoted_in_the_preview(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := the_form(ctx, source="/data/returns.csv", table="raw.returns"))
        row = ("720189", "null", "1.00", None)
        screen._previewed(replace(PREVIEW, rows=(row,)))
        await settled(pilot)
        line = next(row for row in text_of(app).splitlines() if "720189" in row)
        assert line.replace("│", " ").split() == ["720189", '"null"', "1.00", "null"]


async def test_a_key_that_the_preview_has_not_shown_is_not_saved(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        merge: dict[str, Any] = {"mode": Mode.MERGE, "key": ("return_ID",)}
        form = the_form(ctx, name="returns", source="/data/returns.csv", table="raw.returns", **merge)
        results = await shown(pilot, screen := form)
        screen._looked(screen.form.read(), PREVIEW)
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert "! The source has no column return_ID; it has return_id, customer, amount," in text_of(app)
        assert app.focused is screen.form.controls["key"] and results == []
        put(screen.form, key="return_id")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: bool(results))
        order = loads.order(ctx, results[0].order_id)
        assert order.draft.key == ("return_id",)


async def test_a_preview_without_a_source_says_what_is_missing(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, the_form(ctx))
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert "! A source is required for a preview." in text_of(app)


async def test_choices_are_made_by_keys_and_clicks(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := the_form(ctx))
        mode = screen.form.controls["mode"]
        mode.focus()
        await pilot.press("right", "right")
        assert mode.value == "merge" and screen.form.controls["key"].display
        await pilot.press("left")
        assert mode.value == "replace" and not screen.form.controls["key"].display
        await pilot.click(mode, offset=(2, 0))
        assert mode.value == "append"


async def test_what_was_typed_is_not_lost_unasked(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := the_form(ctx))
        await pilot.press("x", "escape")
        await until(pilot, lambda: isinstance(app.screen, LeaveDialog))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        assert screen.form.value("source") == "x"


async def test_an_order_that_somebody_changed_meanwhile(ctx):
    stage_loads(ctx)
    draft = loads.order(ctx, order_id("orders")).draft
    loads.save(ctx, replace(draft, table="raw.theirs"))
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = SetupLoadDialog(ctx, destinations.find(ctx, "finance_mart"), draft)
        await shown(pilot, screen)
        assert "Edit orders into finance_mart" in text_of(app)
        put(screen.form, table="raw.mine")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ConflictDialog))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await settled(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is not screen)
        assert loads.order(ctx, order_id("orders")).table == "raw.mine"


async def test_an_order_that_somebody_changes_while_that_is_told(ctx):
    stage_loads(ctx)
    draft = loads.order(ctx, order_id("orders")).draft
    loads.save(ctx, replace(draft, table="raw.theirs"))
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := SetupLoadDialog(ctx, destinations.find(ctx, "finance_mart"), draft))
        put(screen.form, table="raw.mine")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ConflictDialog))
        loads.save(ctx, replace(loads.order(ctx, order_id("orders")).draft, table="raw.later"))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await settled(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ConflictDialog))
    assert loads.order(ctx, order_id("orders")).table == "raw.later"


async def test_deleting_a_destination_tells_its_load_orders(ctx):
    stage_loads(ctx)
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := DeleteDialog(ctx, [destinations.find(ctx, "finance_mart")]))
        text = text_of(app)
        assert "4 load orders: customers, fx_rates, orders, refunds" in text
        assert "10:00, 48,310 rows into raw.customers" in text and "Type finance_mart to confirm" in text
        await pilot.press("tab", *"finance_mart", "enter")
        await until(pilot, lambda: app.screen is not screen)
        assert loads.count(ctx) == 0


@pytest.mark.parametrize("cells", [80, 120, 160, 200])
async def test_the_row_follows_its_destination(ctx, cells):
    stage_loads(ctx)
    app = app_on(ctx)
    async with app.run_test(size=(cells, 36)) as pilot:
        await settled(pilot)
        await pilot.press("2")
        await settled(pilot)
        loads.run_now(ctx, [order_id("refunds")])
        change(ctx, "finance_mart", status="error")
        await until(pilot, lambda: "Waiting for connection" in text_of(app))
