"""The dialogs: deleting, the trash, re-authorising, conflicts; on a real store."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest
from sqlalchemy import update
from textual import events

import destui.tui
from destui.domain.check import CheckState
from destui.domain.destination import Destination, Status
from destui.domain.secret import Secret
from destui.services import checks, destinations, rotation, settings
from destui.services.context import Context
from destui.store import schema
from destui.store.opening import open_store
from destui.tui.app import DestuiApp
from destui.tui.dialogs.delete import DeleteDialog
from destui.tui.dialogs.leave import ConflictDialog, RollBackDialog
from destui.tui.dialogs.reauthorize import ReauthorizeDialog
from destui.tui.dialogs.trash import TrashDialog
from destui.tui.screens.base import BaseDialog
from destui.tui.widgets.button import FlatButton
from destui.tui.widgets.footer import Footer
from tests.fixtures import Home
from tests.tui import seed
from tests.tui.stage import app_on, set_password, settled, shown, stage, text_of, until


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A staged store; work is queued, and nobody does it."""
    monkeypatch.setattr("destui.worker.launch.ensure", lambda config: None)
    return stage(tmp_path)


def notice(app: DestuiApp) -> str:
    """The message line."""
    found = app.screen.query_one(Footer).notice
    return found.sentence if found else ""


def with_load_orders(found: Destination, number: int) -> Destination:
    """The same with load orders."""
    from dataclasses import replace

    return replace(found, load_orders=number)


# Deleting


async def test_deleting_starts_on_cancel(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        results = await shown(pilot, DeleteDialog(ctx, [destinations.find(ctx, "training")]))
        assert app.focused is app.screen.query_one("#cancel")
        assert "Delete training?" in text_of(app) and "It waits in the trash until 1 Dec" in text_of(app)
        await pilot.press("enter")
        await settled(pilot)
        assert results == [None]
        destinations.find(ctx, "training")


async def test_the_name_is_asked_only_where_load_orders_go_too(ctx):
    found = with_load_orders(destinations.find(ctx, "training"), 4)
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        results = await shown(pilot, DeleteDialog(ctx, [found]))
        button = app.screen.query_one("#delete", FlatButton)
        assert "4 load orders" in text_of(app) and button.disabled
        await pilot.press("tab", *"trainin", "enter")
        await pilot.pause()
        assert notice(app) == "Type training to confirm first." and button.disabled
        await pilot.press("g")
        assert not button.disabled
        await pilot.press("enter")
        await settled(pilot)
        assert results == ["training was deleted. u brings it back."]
    assert [t.name for t in destinations.trash(ctx)] == ["training"]


async def test_several_are_deleted_at_once(ctx):
    found = [destinations.find(ctx, name) for name in ("training", "finance_mart")]
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        results = await shown(pilot, DeleteDialog(ctx, found))
        assert "Delete 2 destinations?" in text_of(app) and "training, finance_mart" in text_of(app)
        await pilot.press("right", "enter")
        await settled(pilot)
        assert results == ["2 destinations were deleted. u brings them back."]
    assert {t.name for t in destinations.trash(ctx)} == {"training", "finance_mart"}


async def test_over_the_limit_no_way_back_is_promised(ctx):
    settings.set_limit(ctx, 2)
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        results = await shown(pilot, DeleteDialog(ctx, [destinations.find(ctx, "training")]))
        assert "It waits in the trash until 1 Dec. Over the limit of 2" in text_of(app)
        await pilot.press("right", "enter")
        await settled(pilot)
        kept = "The trash keeps it for 7 days. You've reached your limit of 2 destinations."
        assert results == [f"training was deleted. {kept}"]


async def test_what_another_session_deleted_first_is_not_claimed(ctx):
    found = destinations.find(ctx, "training")
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        results = await shown(pilot, DeleteDialog(ctx, [found]))
        destinations.delete(ctx, [found.id])
        await pilot.press("right", "enter")
        await settled(pilot)
        assert results == ["training was deleted meanwhile by another session."]


async def test_deleting_needs_neither_a_known_type_nor_the_vault(ctx, monkeypatch):
    with ctx.store.write() as tx:
        tx.execute(update(schema.destinations).values(type="gone", fields='{"port": "no number"}'))
    monkeypatch.setattr("destui.vault.vault.Vault.__init__", lambda *_: pytest.fail("the vault was asked"))
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        results = await shown(pilot, DeleteDialog(ctx, [destinations.find(ctx, "orders_dwh")]))
        await pilot.press("right", "enter")
        await settled(pilot)
        assert len(results) == 1 and "brings it back" in results[0]


async def test_names_are_shown_as_they_are(ctx):
    with ctx.store.write() as tx:
        tx.execute(
            update(schema.destinations).where(schema.destinations.c.name == "training").values(name="[/x] a\x1b")
        )
    found = with_load_orders(destinations.find(ctx, "[/x] a\x1b"), 1)
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        results = await shown(pilot, DeleteDialog(ctx, [found]))
        assert "Delete [/x] a\u241b?" in text_of(app)
        await pilot.press("tab")
        app.post_message(events.Paste("[/x] a\u241b"))
        await pilot.pause()
        await pilot.press("enter")
        await settled(pilot)
        assert len(results) == 1 and "brings it back" in results[0]


# The trash


async def test_what_was_deleted_comes_back(ctx):
    destinations.delete(ctx, [seed.identity_of("training"), seed.identity_of("finance_mart")])
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        results = await shown(pilot, TrashDialog(ctx))
        assert "training" in text_of(app) and "finance_mart" in text_of(app)
        await pilot.press("enter")
        await settled(pilot)
        assert "is back." in notice(app)
        await pilot.press("enter")
        await settled(pilot)
        assert "Nothing was deleted within the last 7 days." in text_of(app)
        await pilot.press("escape")
        await settled(pilot)
        assert results == [True]
    assert destinations.trash(ctx) == []


async def test_a_name_taken_meanwhile_is_told_and_nothing_comes_back(ctx):
    destinations.delete(ctx, [seed.identity_of("training")])
    destinations.add(ctx, "simulator", "training", {}, {})
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, TrashDialog(ctx))
        await pilot.press("enter")
        await settled(pilot)
        assert "Another destination is named" in notice(app) and len(destinations.trash(ctx)) == 1


# Re-authorising


async def test_untouched_secrets_are_kept_and_the_candidate_is_queued(ctx):
    set_password(ctx, "finance_mart", "hunter2-old")
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, dialog := ReauthorizeDialog(ctx, destinations.find(ctx, "finance_mart")))
        assert "unchanged, type to replace" in text_of(app) and "hunter2-old" not in text_of(app)
        await pilot.press("enter")
        assert notice(app) == "Nothing is changed yet. Type the new credentials."
        await pilot.press(*"hunter2-new", "enter")
        await settled(pilot)
        assert dialog.following and "waiting for the worker" in text_of(app)
        assert "hunter2-new" not in text_of(app)
    found = destinations.find(ctx, "finance_mart")
    assert found.status is Status.ACTIVE and checks.check(ctx, dialog.following).state is CheckState.QUEUED


async def test_another_host_wants_the_secret_typed_again(ctx):
    set_password(ctx, "finance_mart", "hunter2-old")
    app = app_on(ctx)
    async with app.run_test(size=(120, 40)) as pilot:
        await shown(pilot, dialog := ReauthorizeDialog(ctx, destinations.find(ctx, "finance_mart")))
        await pilot.press("ctrl+o")
        dialog.form.row("host").control.focus()
        await pilot.press("end", "x")
        await pilot.pause()
        assert "Host changed: type it again" in text_of(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.focused is dialog.form.row("password").control and dialog.following is None


async def test_a_conflict_tells_who_did_what_and_lets_one_keep_typing(ctx):
    set_password(ctx, "finance_mart", "hunter2-old")
    found = destinations.find(ctx, "finance_mart")
    destinations.edit(ctx, found.id, found.version, tags=["theirs"])
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, dialog := ReauthorizeDialog(ctx, found))
        await pilot.press(*"new", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConflictDialog))
        assert "nora@acme.test edited it" in text_of(app)
        await pilot.press("enter")
        await settled(pilot)
        assert dialog.form.secrets() == {"password": Secret("new")} and dialog.following is None
        await pilot.press("enter")
        await settled(pilot)
        assert dialog.following


async def test_reload_after_a_conflict_shows_theirs(ctx, monkeypatch):
    found = destinations.find(ctx, "finance_mart")
    with ctx.store.write() as tx:
        fields = '{"host": "theirs.example", "database": "d", "user": "u"}'
        row = schema.destinations.c.name == "finance_mart"
        tx.execute(update(schema.destinations).where(row).values(version=9, fields=fields))
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, dialog := ReauthorizeDialog(ctx, found))
        await pilot.press(*"new", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConflictDialog))
        mine, asked = dialog.form, []
        monkeypatch.setattr(mine, "remove", footer_asked_meanwhile(mine.remove, dialog, asked))
        await pilot.press("right", "enter")
        await until(pilot, lambda: dialog.form is not mine)
        await settled(pilot)
        assert asked and dialog.form.row("host").value == "theirs.example" and not dialog.form.is_dirty
        assert app.focused is dialog.form.row("password").control and not dialog.form.is_partial


def footer_asked_meanwhile(remove, dialog, asked):
    """A form's `remove` that has the footer ask the screen for its keys once it is gone, before it goes on."""

    async def removed():
        await remove()
        asked.append(dialog.footer_keys())

    return removed


async def test_a_failed_candidate_leaves_an_active_destination_as_it_is(home: Home):
    home.config.prepare()
    ctx = Context(home.config, open_store(home.config))
    added = destinations.add(ctx, "simulator", "sim", {"seconds": 0.1}, {})
    app = DestuiApp(home.config)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await until(pilot, lambda: destinations.get(ctx, added.destination_id).status is Status.ACTIVE)
        results = await shown(pilot, dialog := ReauthorizeDialog(ctx, destinations.find(ctx, "sim")))
        dialog.form.row("outcome").control.value = "error"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "stays Active on the old credentials" in notice(app))
        assert "failed at sign in" in text_of(app) and results == []
        assert destinations.find(ctx, "sim").fields.get("outcome") != "error"
        dialog.form.row("outcome").control.value = "active"
        dialog.form.row("seconds").control.value = "0.2"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: results != [])
        assert results == [dialog.following]
    assert destinations.find(ctx, "sim").fields["seconds"] == 0.2
    assert destinations.find(ctx, "sim").can_roll_back


async def test_roll_back_is_offered_where_there_is_something_to_go_back_to(ctx):
    with ctx.store.write() as tx:
        row = schema.destinations.c.name == "finance_mart"
        tx.execute(update(schema.destinations).where(row).values(previous_fields='{"host": "old.example"}'))
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        results = await shown(pilot, ReauthorizeDialog(ctx, destinations.find(ctx, "finance_mart")))
        await pilot.click("#roll-back")
        await until(pilot, lambda: isinstance(app.screen, RollBackDialog))
        await pilot.press("escape")  # the harmless answer
        await settled(pilot)
        assert results == [] and destinations.find(ctx, "finance_mart").can_roll_back
        await pilot.click("#roll-back")
        await until(pilot, lambda: isinstance(app.screen, RollBackDialog))
        await pilot.click("#other")
        await until(pilot, lambda: results != [])
    assert destinations.find(ctx, "finance_mart").fields == {"host": "old.example"}
    with pytest.raises(Exception, match="no previous version"):
        rotation.rollback(ctx, destinations.find(ctx, "training").id)


def test_every_dialog_is_styled_as_one() -> None:
    """Styles know a class by its first base alone: a dialog that names another first lies in the corner."""
    for module in pkgutil.walk_packages(destui.tui.__path__, "destui.tui."):
        importlib.import_module(module.name)
    pending, seen = [BaseDialog], set[type]()
    while pending:
        for dialog in pending.pop().__subclasses__():
            pending.append(dialog)
            seen.add(dialog)
    assert {dialog for dialog in seen if "ModalScreen" not in dialog._css_type_names} == set()
    assert len(seen) > 5
