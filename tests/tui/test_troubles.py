"""What the interface says when something is in the way: a vault or a worker that is away, a change not taken."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from destui.services.context import Context
from destui.store import schema
from destui.store.times import to_us
from destui.tui.serving import Serving
from destui.tui.widgets.findings import STAYS
from destui.worker import starts
from tests.tui import seed
from tests.tui.stage import add_check, app_on, settled, stage, text_of, until

AWAY = "The sealing key is missing. Put back /x/secret.key, or set DESTUI_KEY to it."


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Context, "wake_worker", lambda self: None)
    monkeypatch.setattr(Context, "mend_worker", lambda self: None)


@pytest.fixture
def ctx(tmp_path):
    return stage(tmp_path)


def no_worker_lives(ctx: Context) -> None:
    with ctx.store.write() as tx:
        tx.execute(update(schema.workers).values(lease_until=to_us(seed.NOW - timedelta(days=365 * 20))))


def let_wait(ctx: Context, name: str) -> None:
    """Its open check says that the vault is away."""
    identity = seed.identity_of(name)
    with ctx.store.write() as tx:
        tx.execute(
            update(schema.checks)
            .where(schema.checks.c.destination_id == identity, schema.checks.c.state == "queued")
            .values(waits_for=AWAY)
        )
        tx.touch("destination", identity)


async def test_a_check_that_waits_for_the_vault_says_why_where_it_was_asked_for(ctx):
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("down", "c")
        await until(pilot, lambda: "Checking finance_mart." in text_of(app))
        let_wait(ctx, "finance_mart")
        await until(pilot, lambda: "finance_mart waits. The sealing key is missing." in text_of(app))
        await pilot.press("space")
        await until(pilot, lambda: "Put back /x/secret.key" in text_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: "waiting, why stands in Checks" in text_of(app))


async def test_a_worker_that_does_not_start_is_told_with_its_log(ctx):
    no_worker_lives(ctx)
    known = starts.of(ctx.config)
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("c")
        await until(pilot, lambda: "Checking" in text_of(app))
        assert "No worker starts." not in text_of(app)
        known.impossible("The worker does not start: its log cannot be written. Its log: /x/logs/worker.log.")
        app.serving.look()
        await until(pilot, lambda: "No worker starts. Its log cannot be written." in text_of(app))
        assert "Its log: /x/logs/worker.log" in text_of(app) and "no worker" in text_of(app)
        known._failed = 0
        app.serving.look()
        await until(pilot, lambda: "No worker starts." not in text_of(app))


async def test_work_that_nobody_does_brings_the_banner_with_the_command(ctx):
    no_worker_lives(ctx)
    app = app_on(ctx)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        serving: Serving = app.serving
        serving.look()
        await settled(pilot)
        assert "No worker is running." not in text_of(app), "nothing waits"
        await pilot.press("c")
        await settled(pilot)
        for _ in range(2):  # a worker that was just started needs a moment
            serving.look()
            await settled(pilot)
        assert "No worker is running." in text_of(app) and "destui worker run" in text_of(app)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_a_change_that_was_not_taken_says_what_stays_in_use(ctx, size):
    with ctx.store.write() as tx:
        add_check(tx, "finance_mart", "refused", "09:59", "re-authorise", "failed", 350)
        tx.execute(
            update(schema.destinations).where(schema.destinations.c.name == "finance_mart").values(check_id="refused")
        )
    app = app_on(ctx)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("down", "y")
        assert "No error here. finance_mart is Active." in text_of(app)
        await pilot.press("space")
        await until(pilot, lambda: STAYS.partition(":")[0] in text_of(app))
        await pilot.press("y")
        await until(pilot, lambda: "was sent to the terminal" in text_of(app))
        assert "may not create tables" in app.clipboard
        await pilot.press("enter")
        await until(pilot, lambda: "change of 09:59 not taken" in text_of(app))
