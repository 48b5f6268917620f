"""Choosing a type and adding a destination, on a real store."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from destui.domain.destination import Status
from destui.domain.errors import StoreUnavailable, VaultUnavailable
from destui.services import browse, checks, destinations, settings
from destui.services.browse import Order
from destui.services.context import Context
from destui.store.opening import open_store
from destui.tui.app import DestuiApp
from destui.tui.dialogs.choose_type import ChooseType
from destui.tui.dialogs.leave import LeaveDialog
from destui.tui.dialogs.types_list import DATABASES, OTHER, best, offered
from destui.tui.screens.add import AddScreen
from destui.tui.widgets.footer import Footer
from tests.fixtures import Home
from tests.tui.stage import app_on, settled, shown, stage, text_of, until

SECRET = "hunter2-Wörd"


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A staged store; work is queued, and nobody does it."""
    monkeypatch.setattr("destui.worker.launch.ensure", lambda config: None)
    return stage(tmp_path)


def notice(app: DestuiApp) -> str:
    """The message line."""
    found = app.screen.query_one(Footer).notice
    return found.sentence if found else ""


async def fill(pilot, screen: AddScreen, **values: str) -> None:
    """Type into fields."""
    for name, value in values.items():
        screen.form.row(name).control.focus()
        await pilot.press("ctrl+u", *value)


# Choosing


async def test_typing_narrows_the_types_and_enter_chooses(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(100, 30)) as pilot:
        results = await shown(pilot, ChooseType(ctx))
        assert "PostgreSQL" in text_of(app) and "Simulator" in text_of(app)
        await pilot.press(*"simul")
        assert "Simulator" in text_of(app) and "PostgreSQL" not in text_of(app)
        await pilot.press("enter")
        await settled(pilot)
        assert results == ["simulator"]


async def test_arrows_move_while_letters_are_typed_and_headings_are_skipped(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(100, 30)) as pilot:
        results = await shown(pilot, ChooseType(ctx))
        await pilot.press("pagedown", "up", "down", "enter")
        await settled(pilot)
        assert results == ["simulator"]


async def test_a_click_chooses_and_escape_does_not(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(100, 30)) as pilot:
        results = await shown(pilot, ChooseType(ctx))
        row = text_of(app).splitlines().index(next(t for t in text_of(app).splitlines() if "Simulator" in t))
        await pilot.click(offset=(30, row))
        await settled(pilot)
        results += await shown(pilot, ChooseType(ctx))
        await pilot.press("escape")
        await settled(pilot)
        assert results == ["simulator"]


async def test_a_type_without_its_driver_says_what_to_install(ctx, monkeypatch):
    sentence = "PostgreSQL needs a driver that is not installed: pip install 'destui[postgres]'"
    monkeypatch.setattr("destui.services.types.missing_driver", lambda t: sentence if t == "postgres" else None)
    app = app_on(ctx)
    async with app.run_test(size=(120, 30)) as pilot:
        results = await shown(pilot, ChooseType(ctx))
        await pilot.press(*"postgres")
        assert "needs: pip install 'destui[postgres]'" in text_of(app)
        await pilot.press("enter")
        assert results == [] and sentence in notice(app)


def test_types_stand_in_groups_and_the_best_hit_is_first():
    from destui.services import types

    known = [(spec, "") for spec in types.specs()]
    assert {DATABASES, OTHER} <= set(offered(known, ""))
    assert best(offered(known, "sqlite")) == "sqlite"
    assert best(offered(known, "no such type")) is None


# The form


async def test_a_destination_is_saved_and_its_initialisation_queued(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        results = await shown(pilot, screen := AddScreen(ctx, "postgres"))
        await fill(
            pilot, screen, name="new one", tags="a, b", host="db.example", database="d", user="u", password=SECRET
        )
        await pilot.press("ctrl+s")
        await settled(pilot)
        (identity,) = results
    found = destinations.get(ctx, identity)
    assert (found.name, found.tags, found.status) == ("new one", ("a", "b"), Status.INITIALIZING)
    assert found.fields["host"] == "db.example" and found.fields["port"] == 5432
    assert found.secret_names == ("password",) and SECRET not in repr(found)


async def test_everything_wrong_is_told_and_the_first_field_has_the_focus(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := AddScreen(ctx, "postgres"))
        await fill(pilot, screen, name="x", port="99999")
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert app.focused is screen.form.row("host").control
        for sentence in ("Host is required.", "A port is a number from 1 to 65535.", "User is required."):
            assert sentence in text_of(app)


async def test_a_name_in_use_is_told_while_it_is_typed(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := AddScreen(ctx, "postgres"))
        await pilot.press(*"orders_dwh")
        await settled(pilot)
        assert "! This name is in use. Choose another." in text_of(app)
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert "! Host is required." in text_of(app)
        assert "! This name is in use. Choose another." in text_of(app), "a test is not about the name"
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert "! This name is in use. Choose another." in text_of(app) and "! Host is required." in text_of(app)
        screen.form.row("name").control.focus()
        await pilot.press("2")
        await settled(pilot)
        assert screen.form.row("name").problem == ""


async def test_at_the_limit_nothing_typed_is_lost(ctx):
    settings.set_limit(ctx, 3)
    settings.set_contact(ctx, "ops@acme.test")
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        results = await shown(pilot, screen := AddScreen(ctx, "simulator"))
        await fill(pilot, screen, name="one too many")
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert notice(app) == "You've reached your limit of 3 destinations. Ask ops@acme.test to raise it."
        assert screen.form.name_typed == "one too many" and results == []


@pytest.mark.parametrize("error", [VaultUnavailable("The keyring is locked."), StoreUnavailable("No answer.")])
async def test_when_store_or_vault_are_away_nothing_typed_is_lost(ctx, monkeypatch, error):
    def refuse(*_, **__):
        raise error

    monkeypatch.setattr("destui.services.destinations.add", refuse)
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        results = await shown(pilot, screen := AddScreen(ctx, "postgres"))
        await fill(pilot, screen, name="kept", host="h", database="d", user="u", password=SECRET)
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert notice(app) == str(error)
        assert screen.form.name_typed == "kept" and screen.form.secrets() and results == []


async def test_escape_asks_only_where_something_would_be_lost(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        results = await shown(pilot, AddScreen(ctx, "postgres"))
        await pilot.press("escape")
        await settled(pilot)
        assert results == [None]
        results = await shown(pilot, AddScreen(ctx, "postgres"))
        await pilot.press("x", "escape")
        await until(pilot, lambda: isinstance(app.screen, LeaveDialog))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, AddScreen))
        assert results == []
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, LeaveDialog))
        await pilot.press("right", "enter")
        await settled(pilot)
        assert results == [None]


async def test_a_duplicate_has_the_fields_but_not_the_secrets(ctx):
    like = destinations.find(ctx, "finance_mart")
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := AddScreen(ctx, like.type, like=like))
        assert screen.form.name_typed == "finance_mart copy"
        assert screen.form.row("host").value == "db-prod.acme.internal"
        assert screen.form.secrets() == {} and not screen.form.is_dirty


async def test_a_secret_reaches_neither_screen_nor_clipboard(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := AddScreen(ctx, "postgres"))
        screen.form.row("host").control.focus()
        await pilot.pause()
        app.post_message(events.Paste("postgres://loader:hunter2-x@db.example/d"))
        await settled(pilot)
        assert screen.form.values()["host"] == "db.example"
        screen.form.row("password").control.focus()
        await pilot.press("home", "shift+end", "ctrl+c")
        await pilot.pause()
        assert notice(app) == "A secret is not copied." and app.clipboard == ""
        await pilot.press("ctrl+x")
        assert app.clipboard == ""
        assert "hunter2-x" not in text_of(app)
        assert not any("hunter2-x" in repr(widget) for widget in screen.walk_children())


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_focused_field_is_always_in_view(ctx, size):
    app = app_on(ctx)
    async with app.run_test(size=size) as pilot:
        await shown(pilot, screen := AddScreen(ctx, "postgres"))
        for _ in range(14):
            await pilot.press("tab")
            await pilot.pause()
            region = app.focused.region
            assert region.height == 1 and screen.region.contains_region(region), app.focused


async def test_a_fault_of_our_own_is_told_and_loses_nothing(ctx, monkeypatch):
    def fault(*_, **__):
        raise KeyError("boom")

    monkeypatch.setattr("destui.services.destinations.add", fault)
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := AddScreen(ctx, "simulator"))
        await fill(pilot, screen, name="kept")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "KeyError" in notice(app))
        assert screen.form.name_typed == "kept"
    log = ctx.config.logs / "interface.log"
    assert "KeyError: 'boom'" in log.read_text() and log.stat().st_mode & 0o777 == 0o600


# The test, in a real worker


async def test_a_draft_is_tested_live_and_again_after_a_change(home: Home):
    config = home.config
    config.prepare()
    ctx = Context(config, open_store(config))
    app = DestuiApp(config)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, screen := AddScreen(ctx, "simulator"))
        await fill(pilot, screen, seconds="0.3")
        screen.form.row("outcome").control.value = "error"
        screen.form.row("fail_at").control.value = "create"
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "failed at create" in text_of(app))
        assert "The role loader may not create" in text_of(app)
        assert "GRANT USAGE, CREATE ON SCHEMA" in text_of(app)
        assert "Test again" in text_of(app)
        await pilot.press("ctrl+y")
        assert "GRANT USAGE, CREATE ON SCHEMA analytics TO loader;" in app.clipboard
        screen.form.row("outcome").control.value = "active"
        await pilot.pause()
        assert "before the last change of the form" in text_of(app)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "passed, " in text_of(app))
    assert browse.page(ctx, Order(), 0, 10) == []


async def test_escape_stops_a_running_test(home: Home):
    config = home.config
    config.prepare()
    ctx = Context(config, open_store(config))
    app = DestuiApp(config)
    async with app.run_test(size=(120, 36)) as pilot:
        results = await shown(pilot, screen := AddScreen(ctx, "simulator"))
        await fill(pilot, screen, seconds="600")
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "running" in text_of(app))
        assert "Stop the test" in text_of(app)
        await pilot.press("escape")
        await until(pilot, lambda: "Test  cancelled" in text_of(app))
        assert results == [] and not checks.check(ctx, screen.following or "").state.is_open


async def test_a_form_can_be_left_while_its_test_cannot_be_stopped(ctx, monkeypatch):
    """The store went away under a running test: nothing can be stopped, and nobody is held in the form."""
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        results = await shown(pilot, screen := AddScreen(ctx, "simulator"))
        await fill(pilot, screen, name="kept")
        await pilot.press("ctrl+t")
        await until(pilot, lambda: screen.is_testing)
        await pilot.press("ctrl+t")
        assert notice(app) == "It is being tested. Escape stops the test."

        def away(*_):
            raise StoreUnavailable("The store /x does not answer: connection refused")

        monkeypatch.setattr(browse, "counts", away)
        app.store_lost("The store /x does not answer: connection refused")
        await until(pilot, lambda: app.trouble is not None and app.trouble.stale)
        await pilot.press("escape")
        await until(pilot, lambda: "The new destination is not saved." in text_of(app))
        await pilot.press("escape")
        await settled(pilot)
        assert screen.form.name_typed == "kept" and results == []
        await pilot.press("escape")
        await until(pilot, lambda: "The new destination is not saved." in text_of(app))
        await pilot.press("right", "enter")
        await until(pilot, lambda: results == [None])
