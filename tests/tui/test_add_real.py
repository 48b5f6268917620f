"""From a pasted URL to an Active destination on a real server, and new credentials tested before they count."""

from __future__ import annotations

from urllib.parse import quote

from textual import events

from destui.domain.destination import Status
from destui.services import destinations
from destui.services.context import Context
from destui.store.opening import open_store
from destui.tui.app import DestuiApp
from destui.tui.dialogs.reauthorize import ReauthorizeDialog
from destui.tui.screens.add import AddScreen
from tests.fixtures import Home
from tests.servers.postgres import DATABASE, LOADER_PASSWORD, SCHEMA, Postgres
from tests.tui.stage import shown, text_of, until


async def test_a_url_becomes_an_active_destination_and_its_password_is_replaced(home: Home, postgres: Postgres):
    role = postgres.new_role()
    postgres.run(f"GRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO {role}")
    config = home.config
    config.prepare()
    ctx = Context(config, open_store(config))
    app = DestuiApp(config)
    async with app.run_test(size=(120, 40)) as pilot:
        results = await shown(pilot, screen := AddScreen(ctx, "postgres"))
        await pilot.press(*"warehouse", "tab", "tab")
        secret = quote(LOADER_PASSWORD, safe="")
        app.post_message(
            events.Paste(f"postgresql://{role}:{secret}@{postgres.host}:{postgres.port}/{DATABASE}?sslmode=disable")
        )
        await until(pilot, lambda: bool(screen.form.secrets()))
        screen.form.row("schema").control.value = SCHEMA
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "Test  passed" in text_of(app))
        assert LOADER_PASSWORD not in text_of(app) and secret not in text_of(app)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: bool(results))
        await until(pilot, lambda: destinations.find(ctx, "warehouse").status is Status.ACTIVE)

        replaced = await shown(pilot, dialog := ReauthorizeDialog(ctx, destinations.find(ctx, "warehouse")))
        await pilot.press(*"wrong", "enter")
        await until(pilot, lambda: "stays Active on the old credentials" in text_of(app))
        assert "failed at sign in" in text_of(app) and replaced == []
        assert destinations.find(ctx, "warehouse").status is Status.ACTIVE

        postgres.run(f"ALTER ROLE {role} PASSWORD 'the new one'")
        dialog.form.row("password").control.focus()
        await pilot.press("ctrl+u", *"the new one", "enter")
        await until(pilot, lambda: bool(replaced))
        assert destinations.find(ctx, "warehouse").can_roll_back
        assert "the new one" not in text_of(app)
