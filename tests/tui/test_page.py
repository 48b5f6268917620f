"""The page of a destination, on a real store."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete

from destui.domain.destination import Status
from destui.domain.secret import Secret
from destui.services import checks, destinations
from destui.services.context import Context
from destui.store import schema
from destui.store.opening import open_store
from destui.tui.app import DestuiApp
from destui.tui.dialogs.delete import DeleteDialog
from destui.tui.dialogs.leave import ConflictDialog, LeaveDialog
from destui.tui.screens.add import AddScreen
from destui.tui.screens.destination import PAGE, DestinationScreen
from destui.tui.screens.destination_tabs import ActivityTab, ChecksTab
from destui.tui.screens.destinations import DestinationsScreen
from destui.tui.screens.help import HelpScreen
from destui.tui.widgets.footer import Footer
from destui.tui.widgets.records import Records
from destui.tui.widgets.tab_bar import TabBar
from tests.fixtures import Home
from tests.tui.seed import identity_of
from tests.tui.stage import add_check, app_on, set_password, settled, shown, stage, text_of, until


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A staged store; work is queued, and nobody does it."""
    monkeypatch.setattr("destui.worker.launch.ensure", lambda config: None)
    return stage(tmp_path)


def notice(app: DestuiApp) -> str:
    """The message line."""
    found = app.screen.query_one(Footer).notice
    return found.sentence if found else ""


def page(ctx: Context, name: str = "orders_dwh", tab: str = "loads") -> DestinationScreen:
    """The page of a destination."""
    return DestinationScreen(ctx, identity_of(name), tab)


async def test_tabs_are_reached_by_keys_and_clicks(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := page(ctx))
        assert "No load orders yet" in text_of(app)
        seen = [screen.tab]
        for key in ("tab", "right_square_bracket", "tab", "tab", "shift+tab", "left_square_bracket"):
            await pilot.press(key)
            await settled(pilot)
            seen.append(screen.tab)
        assert seen == ["loads", "settings", "checks", "activity", "loads", "activity", "checks"]
        bar = app.screen.query_one(TabBar)
        await pilot.click(TabBar, offset=(bar.styles.padding.left + 16, 0))
        await settled(pilot)
        assert screen.tab == "settings"
        await pilot.press("escape")
        await settled(pilot)
        assert isinstance(app.screen, DestinationsScreen)


async def test_the_check_under_the_cursor_is_shown_whole(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, page(ctx, tab="checks"))
        text = text_of(app)
        assert "✗ Failed at create" in text and "! Warned at encrypt" in text and "schedule" in text
        assert "The role loader may not create tables in schema analytics." in text
        await pilot.press("end")
        await pilot.pause()
        assert "Check of 10:00:00" in text_of(app) and "The role loader" not in text_of(app)


async def test_more_checks_come_as_one_scrolls(ctx):
    with ctx.store.write() as tx:
        for number in range(3 * PAGE):
            add_check(tx, "finance_mart", f"m{number:05}", "09:00", "asked", "passed", number)
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, page(ctx, "finance_mart", "checks"))
        records = app.screen.query_one(ChecksTab).records
        assert records.total == PAGE and not records.complete
        for _ in range(6):
            await pilot.press("end")
            await settled(pilot)
        assert records.total == 3 * PAGE and records.complete


async def test_the_diagnosis_is_copied(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, page(ctx, tab="checks"))
        await pilot.press("y")
        assert "GRANT USAGE, CREATE ON SCHEMA analytics TO loader;" in app.clipboard


async def test_changes_elsewhere_are_shown_at_once(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, page(ctx, "finance_mart", "settings"))
        found = destinations.find(ctx, "finance_mart")
        destinations.edit(ctx, found.id, found.version, name="renamed", tags=["theirs"])
        await until(pilot, lambda: "Destinations › renamed" in text_of(app) and "theirs" in text_of(app))


async def test_what_is_deleted_elsewhere_is_told_and_left(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, page(ctx, "finance_mart", "checks"))
        destinations.delete(ctx, [identity_of("finance_mart")])
        await until(pilot, lambda: isinstance(app.screen, DestinationsScreen))
        assert "finance_mart was deleted meanwhile" in notice(app)


async def test_what_is_deleted_behind_a_form_does_not_take_the_form_along(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, page(ctx, "finance_mart"))
        await pilot.press("D")
        await until(pilot, lambda: isinstance(app.screen, AddScreen))
        destinations.delete(ctx, [identity_of("finance_mart")])
        behind = app.screen_stack[-2]
        await until(pilot, lambda: bool(behind.parting))
        assert isinstance(app.screen, AddScreen)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, DestinationsScreen))
        assert "finance_mart was deleted meanwhile" in notice(app)


async def test_what_is_deleted_while_another_page_is_shown_is_told_later(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := page(ctx, "finance_mart"))
        await pilot.press("3")
        await settled(pilot)
        destinations.delete(ctx, [identity_of("finance_mart")])
        await until(pilot, lambda: bool(screen.parting))
        await pilot.press("1")
        await until(pilot, lambda: isinstance(app.screen, DestinationsScreen))


async def test_what_is_deleted_here_can_be_undone_in_the_list(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, page(ctx, "finance_mart"))
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, DeleteDialog))
        await pilot.press("right", "enter")
        await until(pilot, lambda: isinstance(app.screen, DestinationsScreen))
        assert notice(app) == "finance_mart was deleted. u brings it back."
        await pilot.press("u")
        await settled(pilot)
    destinations.find(ctx, "finance_mart")


async def test_secrets_are_only_said_to_be_set(ctx):
    set_password(ctx, "orders_dwh", "hunter2-old")
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, page(ctx, tab="settings"))
        lines = text_of(app).splitlines()
        assert any("Password" in line and "set, never shown" in line for line in lines)
        assert "hunter2-old" not in text_of(app)


async def test_name_and_tags_are_edited_without_a_check(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := page(ctx, "finance_mart", "settings"))
        await pilot.press("e")
        await settled(pilot)
        await pilot.press("end", *"2", "tab", "ctrl+u", *"new", "ctrl+s")
        await settled(pilot)
        assert notice(app) == "finance_mart2 is saved." and screen.form is None
    found = destinations.find(ctx, "finance_mart2")
    assert found.tags == ("new",) and checks.history(ctx, found.id, 0, 5) == []


async def test_a_changed_connection_is_tested_before_it_counts(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := page(ctx, "finance_mart", "settings"))
        await pilot.press("e")
        await settled(pilot)
        screen.form.row("schema").control.focus()
        await pilot.press("ctrl+u", *"other", "ctrl+s")
        await settled(pilot)
        assert "is being tested" in notice(app)
    found = destinations.find(ctx, "finance_mart")
    assert found.fields["schema"] == "public" and found.status is Status.ACTIVE
    assert found.check is not None and found.check.state.is_open


@pytest.mark.parametrize("reload", [True, False])
async def test_a_lost_race_is_told_and_either_way_goes_on(ctx, reload):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := page(ctx, "finance_mart", "settings"))
        await pilot.press("e")
        await settled(pilot)
        found = destinations.find(ctx, "finance_mart")
        destinations.edit(ctx, found.id, found.version, tags=["theirs"])
        await pilot.press("end", "x", "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ConflictDialog))
        assert "nora@acme.test edited it" in text_of(app)
        await pilot.press(*(["right", "enter"] if reload else ["enter"]))
        await settled(pilot)
        assert screen.form.name_typed == ("finance_mart" if reload else "finance_martx")
        assert screen.form.tags() == (("theirs",) if reload else ("prod", "finance"))
        await pilot.press("y", "ctrl+s")
        await settled(pilot)
    assert destinations.get(ctx, found.id).name in ("finance_marty", "finance_martxy")


async def test_what_is_changed_while_a_lost_race_is_told_is_told_too(ctx):
    def by_another(tag: str) -> None:
        found = destinations.find(ctx, "finance_mart")
        destinations.edit(ctx, found.id, found.version, tags=[tag])

    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := page(ctx, "finance_mart", "settings"))
        await pilot.press("e")
        await settled(pilot)
        by_another("first")
        await pilot.press("end", "x", "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ConflictDialog))
        by_another("second")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        await settled(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ConflictDialog))
        assert screen.form.name_typed == "finance_martx"
    assert destinations.find(ctx, "finance_mart").tags == ("second",)


async def test_leaving_a_form_asks_only_where_something_would_be_lost(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := page(ctx, "finance_mart", "settings"))
        await pilot.press("e")
        await settled(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert screen.form is None and app.screen is screen
        await pilot.press("e")
        await settled(pilot)
        await pilot.press("x", "escape")
        await until(pilot, lambda: isinstance(app.screen, LeaveDialog))
        await pilot.press("right", "enter")
        await settled(pilot)
        assert screen.form is None and "finance_martx" not in text_of(app)


async def test_an_edit_never_holds_a_stored_secret(ctx):
    set_password(ctx, "finance_mart", "hunter2-old")
    app = app_on(ctx)
    async with app.run_test(size=(120, 40)) as pilot:
        await shown(pilot, screen := page(ctx, "finance_mart", "settings"))
        await pilot.press("e")
        await settled(pilot)
        assert screen.form.row("password").secret == Secret("")
        assert "unchanged, type to replace" in text_of(app)


async def test_an_unknown_type_is_shown_by_its_fields(ctx):
    with ctx.store.write() as tx:
        from sqlalchemy import update

        from destui.store import schema

        tx.execute(update(schema.destinations).values(type="from_the_future"))
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, page(ctx, tab="settings"))
        assert "db-prod.acme.internal" in text_of(app)


async def test_the_activity_is_of_this_destination(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, page(ctx, tab="activity"))
        assert [e.verb for e in app.screen.query_one(ActivityTab).records.items] == ["error", "added"]
        assert "worker@ops-1" in text_of(app)


async def test_read_only_offers_nothing_that_changes(ctx):
    app = app_on(ctx, read_only=True)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := page(ctx, tab="settings"))
        assert "Check now" not in text_of(app) and "Edit" not in text_of(app)
        await pilot.press("e", "d")
        await settled(pilot)
        assert app.screen is screen and screen.form is None


async def test_a_check_is_asked_for_and_followed_live(home: Home):
    home.config.prepare()
    ctx = Context(home.config, open_store(home.config))
    added = destinations.add(ctx, "simulator", "sim", {"seconds": 0.2, "outcome": "error", "fail_at": "open"}, {})
    app = DestuiApp(home.config)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, DestinationScreen(ctx, added.destination_id, "checks"))
        await until(pilot, lambda: "✗ Failed at open" in text_of(app) and "✗ Error" in text_of(app))
        await pilot.click("#check-now")
        await until(pilot, lambda: app.screen.query_one(ChecksTab).records.total == 2)
        await until(pilot, lambda: text_of(app).count("✗ Failed at open") == 3)


async def test_the_footer_names_keys_that_work_where_letters_are_typed(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, page(ctx, "finance_mart", "settings"))
        assert "? Help" in text_of(app)
        await pilot.press("e")
        await settled(pilot)
        assert "f1 Help" in text_of(app) and "? Help" not in text_of(app)
        await pilot.press("f1")
        await settled(pilot)
        assert isinstance(app.screen, HelpScreen)


# The menu's Activity


def write_events(ctx, first, last):
    from destui.store.events import append

    with ctx.store.write() as tx:
        for number in range(first, last):
            append(tx, who="nora@acme.test", host="ops-1", verb="edited", name=f"n{number}")


async def test_the_activity_goes_back_to_the_first_event_and_stays_where_it_is_read(ctx):
    write_events(ctx, 0, 700)
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("3")
        await settled(pilot)
        table = app.screen.query_one(Records)
        assert table.item.name == "n699" and table.total == 200
        for _ in range(5):
            await pilot.press("end")
            await settled(pilot)
        assert table.complete and table.total == 702 and table.item.verb == "added"
        write_events(ctx, 700, 703)
        await until(pilot, lambda: table.total == 705)
        assert table.item.verb == "added", "the cursor is where it was"
        await pilot.press("home")
        assert table.item.name == "n702"
        write_events(ctx, 703, 1000)
        await until(pilot, lambda: table.item.name == "n999")
        assert [event.name for event in table.items[:3]] == ["n999", "n998", "n997"]
        await pilot.press("escape")
        assert isinstance(app.screen, DestinationsScreen), "escape leads back, as the footer says"


async def test_an_activity_without_events_says_so(ctx):
    with ctx.store.write() as tx:
        tx.execute(delete(schema.events))
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("3")
        await settled(pilot)
        assert "Nothing has been done yet." in text_of(app)
        write_events(ctx, 0, 1)
        await until(pilot, lambda: "n0" in text_of(app) and "Nothing has" not in text_of(app))
