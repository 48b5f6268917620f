"""What others' checks have changed is announced in the message line."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from destui.domain.announcement import StatusChange
from destui.domain.check import Diagnosis, Reason
from destui.domain.destination import Status
from destui.services.context import Context
from destui.tui.announcing import told
from destui.tui.app import DestuiApp
from destui.tui.widgets.footer import Footer
from tests.fixtures import REPOSITORY
from tests.tui import seed
from tests.tui.seed import identity_of
from tests.tui.stage import app_on, settled, stage, until
from tests.unit.test_store import FAILED, PASSED, checked

CAUSE = Diagnosis("create", "PG-42501", (), "The role may not create.", "Fix.", "no")


def change(name: str, after: Status = Status.ERROR) -> StatusChange:
    before = Status.ACTIVE if after is Status.ERROR else Status.ERROR
    found = CAUSE if after is Status.ERROR else None
    return StatusChange(name, name, "postgres", before, after, seed.NOW, Reason.BACKGROUND, found, "c")


@pytest.mark.parametrize(
    ("news", "sentence"),
    [
        ([change("a")], "a is in Error now: The role may not create."),
        ([replace(change("a"), diagnosis=None)], "a is in Error now: the check failed."),
        ([change("a", Status.ACTIVE)], "a is Active again."),
        ([change("a"), change("b"), change("c", Status.ACTIVE)], "2 are in Error now: a and b. c is Active again."),
        ([change(n) for n in "abcdefgh"], "8 are in Error now: a, b, c, d, e and 3 more."),
        ([change("a", Status.ACTIVE), change("b", Status.ACTIVE)], "a and b are Active again."),
    ],
)
def test_the_sentence(news: list[StatusChange], sentence: str) -> None:
    assert told(news) == sentence


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr("destui.worker.launch.ensure", lambda config: None)
    return stage(tmp_path)


def notice(app: DestuiApp) -> str:
    found = app.screen.query_one(Footer).notice
    return found.sentence if found else ""


async def test_a_change_is_announced_once_on_any_screen_and_an_unchanged_status_never(ctx: Context) -> None:
    app = app_on(ctx)
    finance, training = identity_of("finance_mart"), identity_of("training")
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await until(pilot, lambda: app.announcing._after is not None)
        await pilot.press("3")
        checked(ctx.store, finance, Reason.BACKGROUND, PASSED)
        checked(ctx.store, training, Reason.BACKGROUND, FAILED)
        await until(pilot, lambda: bool(notice(app)))
        assert notice(app) == "training is in Error now: The password is wrong."
        await pilot.press("1")
        await settled(pilot)
        assert notice(app) == ""
        checked(ctx.store, training, Reason.ASKED, FAILED)
        checked(ctx.store, finance, Reason.ASKED, FAILED)
        await until(pilot, lambda: bool(notice(app)))
        assert notice(app) == "finance_mart is in Error now: The password is wrong."
        checked(ctx.store, finance, Reason.ASKED, PASSED)
        await until(pilot, lambda: notice(app) == "finance_mart is Active again.")


async def test_a_first_check_and_one_s_own_are_not_announced(ctx: Context) -> None:
    with ctx.store.write() as tx:
        from sqlalchemy import insert

        from destui.store import schema

        row = seed.destination_row("fresh", "simulator", "initializing", "me", seed.at("10:00"))
        tx.execute(insert(schema.destinations).values({**row, "check_id": None}))
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await until(pilot, lambda: app.announcing._after is not None)
        checked(ctx.store, identity_of("fresh"), Reason.INITIALISE, FAILED)
        own = checked(ctx.store, identity_of("training"), Reason.ASKED, FAILED)
        app.following._own.add(own)
        checked(ctx.store, identity_of("finance_mart"), Reason.BACKGROUND, FAILED)
        await until(pilot, lambda: bool(notice(app)))
        assert notice(app) == "finance_mart is in Error now: The password is wrong."


def test_news_is_read_without_sqlalchemy(tmp_path: Path) -> None:
    code = (
        "import sys, destui.services.announcing as a, destui.config as c, destui.services.context as x\n"
        "ctx = x.open_context(c.load_config())\n"
        "assert a.newest(ctx, ['d'], a.last_event(ctx)) == [] and 'sqlalchemy' not in sys.modules\n"
    )
    environment = {"PATH": os.environ["PATH"], "DESTUI_HOME": str(tmp_path), "PYTHONPATH": str(REPOSITORY)}
    subprocess.run([sys.executable, "-m", "destui", "list"], env=environment, check=True)  # makes the store
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
