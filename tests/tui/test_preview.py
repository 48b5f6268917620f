"""The preview of a load: when it looks again, how all of it can be reached, and what it tells at which size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from textual.geometry import Size
from textual.pilot import Pilot

from destui.domain.check import Diagnosis
from destui.domain.loads import Column, FileOptions, LineProblem, Mode, Preview
from destui.services.context import Context
from destui.store import schema
from destui.tui.dialogs.setup_load import SetupLoadDialog
from destui.tui.text import width
from destui.tui.theme import make_ink
from destui.tui.widgets.findings import said_words
from destui.tui.widgets.footer import Footer
from destui.tui.widgets.line import runs_width
from destui.tui.widgets.preview import PreviewLines, preview_lines
from tests.tui.stage import app_on, settled, shown, stage, text_of
from tests.tui.test_setup_load import PREVIEW, put, the_form

WIDE = Preview(
    columns=tuple(Column(f"column_{n}", "text") for n in range(16)),
    rows=tuple(tuple(f"r{row}c{n}" for n in range(16)) for row in range(20)),
    options=FileOptions(format="csv", delimiter=","), files=1, total_rows=48_210, total_bytes=3_000_000,
)  # fmt: skip
OF_BEFORE = "! This is of before the last change. "


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A staged store; previews are asked for, and nobody makes them."""
    monkeypatch.setattr("destui.worker.launch.ensure", lambda config: None)
    return stage(tmp_path)


async def looked(pilot: Pilot[Any], ctx: Context, preview: Preview, **values: Any) -> SetupLoadDialog:
    """The form, having got this preview."""
    screen = the_form(ctx, source="/data/returns.csv", table="raw.returns", **values)
    await shown(pilot, screen)
    screen._looked(screen.form.read(), preview)
    await settled(pilot)
    return screen


def asked(ctx: Context, screen: SetupLoadDialog) -> str:
    """What the worker has been asked for last, as JSON."""
    table = schema.load_previews
    with ctx.store.read() as tx:
        return tx.execute(select(table.c.plan).where(table.c.id == screen._preview_id)).scalar_one()


@pytest.mark.parametrize(("field", "value", "told"), [
    ("delimiter", ";", '"delimiter": ";"'), ("quote", "'", '"quote": "\'"'), ("encoding", "cp1252", "cp1252"),
    ("null_words", "-", '"null_words": ["-"]'), ("header", "", '"header": false'), ("key", "nope", "nope"),
])  # fmt: skip
async def test_a_field_that_matters_is_looked_at_again_when_it_is_left(ctx, field, value, told):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await looked(pilot, ctx, PREVIEW, mode=Mode.MERGE, key=("return_id",))
        await pilot.press("ctrl+o")
        await settled(pilot)
        screen.form.controls[field].focus()
        put(screen.form, **{field: value})
        await settled(pilot)
        assert f"{OF_BEFORE}ctrl+t looks again." in text_of(app) and screen._preview_id is None
        await pilot.press("tab")
        await settled(pilot)
        assert f"{OF_BEFORE}It is looked at again." in text_of(app) and "720183" in text_of(app)
        assert told in asked(ctx, screen)
        screen._looked(screen.form.read(), PREVIEW)
        await settled(pilot)
        assert "looked at again" not in text_of(app) and OF_BEFORE not in text_of(app)


async def test_what_does_not_matter_leaves_the_preview_alone(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await looked(pilot, ctx, PREVIEW)
        for field, value in (("name", "other"), ("cron", "0 6 * * *")):
            screen.form.controls[field].focus()
            put(screen.form, **{field: value})
            await pilot.press("tab")
            await settled(pilot)
        assert OF_BEFORE not in text_of(app) and screen._preview_id is None


async def test_a_mistake_found_on_leaving_a_field_does_not_take_the_focus_back(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await looked(pilot, ctx, PREVIEW, cron="0 6 * * 9")
        await pilot.press("ctrl+o")
        await settled(pilot)
        screen.form.controls["encoding"].focus()
        put(screen.form, encoding="klingon")
        await pilot.press("tab")
        await settled(pilot)
        text = text_of(app)
        assert "! There is no encoding of this name." in text and f"{OF_BEFORE}ctrl+t looks again." in text
        assert screen.focused is screen.form.controls["null_words"] and "NULL words" in text
        assert screen.form.rows["cron"].problem  # other mistakes stay told


@pytest.mark.parametrize(("size", "fit"), [((80, 24), 7), ((120, 36), 10)])
async def test_the_keyboard_comes_to_every_column(ctx, size, fit):
    app = app_on(ctx)
    async with app.run_test(size=size) as pilot:
        screen = await looked(pilot, ctx, WIDE)
        preview = screen.query_one(PreviewLines)
        assert f"columns 1 to {fit} of 16: tab here for more" in text_of(app)
        assert "column_15" not in text_of(app)
        preview.focus()
        await pilot.press("right")
        await settled(pilot)
        text = text_of(app)
        assert "columns 2 to" in text and "r0c1" in text and "column_0 " not in text
        assert screen.query_one(Footer).fitting(size[0])[0].title == "Columns"
        await pilot.press(*["right"] * 16)
        await settled(pilot)
        assert "to 16 of 16" in text_of(app) and "column_15" in text_of(app)
        await pilot.press(*["left"] * 16)
        screen.query_one("#save").focus()
        await pilot.press("shift+right", "shift+right", "shift+left")
        await settled(pilot)
        assert "columns 2 to" in text_of(app)


async def test_where_all_columns_fit_the_preview_is_passed_by(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await looked(pilot, ctx, PREVIEW)
        screen.form.controls["tz"].focus()
        await pilot.press("tab")
        assert screen.focused is screen.query_one("#save")


async def test_names_and_types_stay_in_sight(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await looked(pilot, ctx, WIDE)
        await pilot.press(*["shift+down"] * 30)
        await settled(pilot)
        rows = [line.replace("│", " ").split() for line in text_of(app).splitlines()]
        head = next(n for n, words in enumerate(rows) if words[:1] == ["column_0"])
        assert rows[head + 1][:2] == ["text", "text"] and rows[head + 2][0] == "r9c0"
        assert "columns 1 to" in text_of(app) and "r19c0" in text_of(app) and "r0c0" not in text_of(app)


def test_a_heading_that_does_not_fit_is_cut_with_a_mark():
    ink = make_ink("dark")
    for cells in range(20, 90):
        rows, head = preview_lines(WIDE, ink, cells)
        title = rows[head][0][0]
        assert runs_width(rows[head]) <= cells and title.endswith(("…", "tab here for more"))


@pytest.mark.parametrize(("there", "told"), [(False, "New table, 16 columns;"), (True, "Table is there; 16 columns;")])
async def test_at_80_columns_it_says_whether_the_table_is_there_and_how_the_source_is_read(ctx, there, told):
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        await looked(pilot, ctx, replace(WIDE, table_exists=there))
        assert f"{told} CSV, commas, utf-8; 48,210 rows, 3.0 MB" in text_of(app)


async def test_of_a_table_that_was_not_reached_nothing_is_said(ctx):
    found = Diagnosis("reach", "PG-REFUSED", ("connection_refused",), "Nothing listens there.", "Start it.", "refused")
    for size in ((80, 24), (120, 36)):
        app = app_on(ctx)
        async with app.run_test(size=size) as pilot:
            await looked(pilot, ctx, replace(WIDE, diagnosis=found))
            assert "CSV" in text_of(app) and "ew table" not in text_of(app) and "made with" not in text_of(app)


async def test_how_to_leave_and_help_always_fit(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        await looked(pilot, ctx, WIDE)
        for key in ("tab", "ctrl+o"):
            await pilot.press(key)
            await settled(pilot)
            footer = text_of(app).splitlines()[-1]
            assert "ctrl+s Save " in footer and "escape Cancel" in footer and "f1 Help" in footer, footer


async def test_one_sentence_is_told_once(ctx):
    cause = "Line 1,002 of /data/latin.csv is not utf-8."
    found = Diagnosis("open", "LOAD-ENCODING", ("config_invalid",), cause, "Set the encoding.", "bad byte", "", True)
    problems = (LineProblem(cause, "/data/latin.csv", 1002), LineProblem("This line has 5 values.", "/data/x.csv", 7))
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await looked(pilot, ctx, Preview(diagnosis=found, problems=problems))
        assert text_of(app).count(cause) == 1 and "x.csv, line 7: This line has 5 values." in text_of(app)
        # Where the cause does not say the line, the problem does.
        cause = "It is not utf-8."
        screen._previewed(Preview(diagnosis=found.replaced(cause=cause), problems=(LineProblem(cause, "l.csv", 2),)))
        await settled(pilot)
        assert "! l.csv, line 2: It is not utf-8." in text_of(app)


def test_the_code_of_a_load_stands_beside_its_drivers_name():
    found = Diagnosis("open", "LOAD-RAGGED", ("config_invalid",), "Line 2 has 5 values.", "Mend it.", "x", "DuckDB")
    assert said_words(found) == "The driver said, DuckDB (LOAD-RAGGED):"
    assert (
        said_words(found.replaced(code="PG-42501", driver_code="SQLSTATE 42501")) == "The driver said, SQLSTATE 42501:"
    )


async def test_the_hint_under_the_source_stays_one_row_beside_next_times(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := the_form(ctx, cron="0 6 * * 1-5"))
        note = screen.form.rows["source"]._note
        assert "Next times" in text_of(app) and note.size == Size(note.size.width, 1)
        assert width(screen.form.rows["source"].help) <= note.size.width
