"""Who gives way where there is no room, and what a cancelled check looks like."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from destui.domain.check import Check, CheckState, Diagnosis, Reason, Step, StepState
from destui.domain.destination import Destination, DestinationRow, Status
from destui.services import types
from destui.services.context import Context
from destui.tui.dialogs.choose_type import ChooseType
from destui.tui.dialogs.delete import DeleteDialog
from destui.tui.palette import Palette
from destui.tui.screens.add import AddScreen
from destui.tui.screens.destination import DestinationScreen
from destui.tui.screens.help import HelpScreen
from destui.tui.text import width
from destui.tui.theme import make_ink
from destui.tui.widgets.chrome import Trouble
from destui.tui.widgets.destination_rows import Look, columns_for, row_runs
from destui.tui.widgets.findings import Shape, fact_lines
from destui.tui.widgets.line import Runs, runs_width
from destui.tui.widgets.pane import head_line, head_of_check, head_of_destination, pane_lines
from tests.tui.seed import LADDER, NOW, identity_of
from tests.tui.stage import app_on, settled, shown, stage, text_of
from tests.tui.test_page_looks import find, running

INK = make_ink("dark")
NARROW = Shape(78, narrow=True, airy=False, flat=False)
EMAIL = "a.very.long.address.of.somebody@department.example-company.acme.test"
WIDE = "東京の売上を分析するためのとても長い名前の保存先データベースその一二三四五六七八九十"


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A staged store without a worker."""
    monkeypatch.setattr("destui.worker.launch.ensure", lambda config: None)
    return stage(tmp_path)


def cancelled() -> Check:
    """A first check, stopped while it signed in."""
    told = Diagnosis("sign in", "CANCELLED", (), "The check was cancelled before it could end.", "Run it.", "cancelled")
    states = {"sign in": StepState.FAILED, **dict.fromkeys(("open", "create", "write"), StepState.SKIPPED)}
    steps = tuple(Step(name, states.get(name, StepState.PASSED), 12) for name, *_ in LADDER)
    return Check("c", "d", Reason.INITIALISE, CheckState.CANCELLED, "me", NOW, NOW, NOW, steps, told)


def destination(check: Check | None = None, status: Status = Status.ERROR, **changes: object) -> Destination:
    made = Destination("d", "orders_dwh", "postgres", {}, status, EMAIL, (), NOW, NOW, 1)
    return replace(made, check=check, failing_since=NOW, **changes)  # type: ignore[arg-type]


def clock(moment: datetime) -> str:
    return f"{moment:%H:%M}"


def text(runs: Runs) -> str:
    return "".join(part for part, _ in runs)


def test_in_a_narrow_pane_the_name_stays_whole_and_the_email_gives_way():
    line = head_line(head_of_destination(destination(), clock), INK, NARROW)
    assert text(line).startswith("orders_dwh  postgres   ✗ Error") and text(line).endswith("…   10:02")
    assert runs_width(line) == 78


def test_a_long_name_leaves_out_email_and_time_before_it_is_cut():
    line = text(head_line(head_of_destination(destination(name="n" * 55), clock), INK, NARROW))
    assert "n" * 55 in line and EMAIL[:4] not in line
    wide = head_line(head_of_destination(destination(name=WIDE), clock), INK, NARROW)
    assert "…  postgres   ✗ Error" in text(wide) and runs_width(wide) == 78


def test_the_head_tells_the_step():
    line = text(head_line(head_of_destination(destination(running(), Status.INITIALIZING), clock), INK, NARROW))
    assert "» Initializing  sign in 4/9" in line


def test_a_cancelled_check_is_no_failure():
    check = cancelled()
    lines = [text(line) for line in pane_lines(head_of_check(check, "10:02:14", "me"), check, NOW, INK, NARROW)]
    assert lines[0].startswith("Check of 10:02:14  − Cancelled at sign in")
    assert any(line.startswith("− sign in     cancelled") for line in lines)
    assert not any("✗" in line or "driver" in line for line in lines)
    head = text(head_line(head_of_destination(destination(check), clock), INK, NARROW))
    assert "✗ Error, cancelled at sign in" in head


async def test_a_cancelled_test_is_no_failure(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := AddScreen(ctx, "postgres"))
        screen.check_came(cancelled())
        await settled(pilot)
        assert "Test  cancelled, 0 ms" in text_of(app) and "− sign in" in text_of(app) and "✗" not in text_of(app)


def test_only_errors_have_an_expander():
    row = DestinationRow("d", "orders_dwh", "postgres", Status.ERROR, EMAIL, NOW, (), 1)
    for status, closed, opened in (
        (Status.ERROR, "+", "−"),
        (Status.ACTIVE, " ", " "),
        (Status.INITIALIZING, " ", " "),
    ):
        for expanded, mark in ((False, closed), (True, opened)):
            line = text(row_runs(replace(row, status=status), "10:02", columns_for(100), INK, Look(expanded=expanded)))
            assert line[1] == mark


@pytest.mark.parametrize("value", ["x" * 300, f"{WIDE} {WIDE} {WIDE}", "two words"])
def test_long_values_go_on_under_themselves(value):
    lines = fact_lines("Host", value, INK, 100)
    assert all(runs_width(line) <= 100 for line in lines)
    assert "".join(line[1][0] for line in lines).replace(" ", "") == value.replace(" ", "")
    assert [line[0][0].strip() for line in lines] == ["Host"] + [""] * (len(lines) - 1)


async def test_a_wide_name_does_not_run_into_the_type(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, DeleteDialog(ctx, [replace(find(ctx, "finance_mart"), name=WIDE)]))
        title = next(line for line in text_of(app).split("\n") if "Delete " in line)
        assert "…?  " in title and " postgres " in title and width(title) == 80


def test_a_servers_words_are_told_as_where_and_why():
    said = 'connection to server at "db.acme.internal" (10.20.4.17), port 5432 failed: Connection refused'
    trouble = Trouble.store_away(f"The store does not answer: connection failed: {said}", NOW, UTC)
    assert (trouble.detail, trouble.short) == (
        "Connection refused at db.acme.internal:5432",
        "db.acme.internal:5432 refused",
    )
    dropped = Trouble.store_away(
        "The store does not answer: Consuming input failed: server closed the connection unexpectedly", NOW, UTC
    )
    assert dropped.detail == "Its server cut the connection"
    other = Trouble.store_away("The disk that holds the store is full.", NOW + timedelta(minutes=1), UTC)
    assert (other.detail, other.short, other.tail) == ("The disk that holds the store is full", "", ", since 10:03")


@pytest.mark.parametrize("type_id", [spec.id for spec in types.specs()])
async def test_a_small_screen_has_the_forms_buttons_and_test_in_sight(ctx, type_id):
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, screen := AddScreen(ctx, type_id))
        for field in screen.form.query("Input"):
            field.focus()
            screen.check_came(running())
            await settled(pilot)
            lines = text_of(app).split("\n")
            assert any("Add destination" in line and "Cancel" in line for line in lines)
            assert lines[-2].startswith(" Test running, 1.5 s") and "sign in 1.4 s" in lines[-2]


async def test_how_many_types_stands_at_the_right_edge(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, ChooseType(ctx))
        line = next(line for line in text_of(app).split("\n") if "type to narrow" in line)
        assert line.endswith(f" {len(types.specs())} types  ")


async def test_the_page_has_one_button_and_it_goes_with_the_tab(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := DestinationScreen(ctx, identity_of("finance_mart")))
        lines = text_of(app).split("\n")
        assert "Set up a load" in lines[1] and "Check now" not in lines[1] and " l Set up a load" in lines[-1]
        await screen.show_tab("checks")
        await settled(pilot)
        lines = text_of(app).split("\n")
        assert "Check now" in lines[1] and "Set up" not in lines[1] and " c Check now" in lines[-1]
        await screen.show_tab("settings")
        await pilot.press("e")
        await settled(pilot)
        assert "Check now" not in text_of(app).split("\n")[1], "the form has a blue button of its own"


async def test_the_help_has_all_keys_and_the_palette_its_own(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await shown(pilot, HelpScreen(app.screen))  # type: ignore[arg-type]
        shows = text_of(app)
        for key in (" t ", " ctrl+t ", " ctrl+s ", " ctrl+r ", " ctrl+p ", " ctrl+l "):
            assert key in shows
        await pilot.press("escape")
        await shown(pilot, Palette())
        assert text_of(app).split("\n")[-1].startswith(" enter Do it  ↑ ↓ Move  escape Close")
