"""How the forms, dialogs and pages look: pictures at two sizes, with fixed data and time.

A picture that changed on purpose is taken anew by `pytest --snapshot-update`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from destui.domain.check import Check, CheckState, Diagnosis, Reason, Step, StepState
from destui.services import destinations
from destui.services.context import Context
from destui.services.destinations import Trashed
from destui.tui.dialogs.choose_type import ChooseType
from destui.tui.dialogs.delete import DeleteDialog
from destui.tui.dialogs.leave import ConflictDialog, LeaveDialog
from destui.tui.dialogs.reauthorize import ReauthorizeDialog
from destui.tui.dialogs.trash import TrashDialog
from destui.tui.screens.add import AddScreen
from destui.tui.screens.destination import DestinationScreen
from tests.tui.seed import DIAGNOSIS, LADDER, NOW, identity_of
from tests.tui.stage import app_on, set_password, settled, shown, stage

SIZES = {"narrow": (80, 24), "roomy": (120, 36)}


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A staged store without a worker."""
    monkeypatch.setattr("destui.worker.launch.ensure", lambda config: None)
    for name in ("NO_COLOR", "DESTUI_ASCII"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEXTUAL_THEME", "dark")
    found = stage(tmp_path)
    set_password(found, "finance_mart", "hunter2")
    return found


def running(spent: float = 1.4) -> Check:
    """A test that is at `sign in`."""
    done = [Step("resolve", StepState.PASSED, 12, "10.20.4.17"), Step("reach", StepState.PASSED, 38)]
    done += [Step("encrypt", StepState.PASSED, 61, "TLS 1.3")]
    now = Step("sign in", StepState.RUNNING, started_at=NOW - timedelta(seconds=spent), deadline=10)
    rest = [Step(name) for name, *_ in LADDER[4:]]
    began = NOW - timedelta(seconds=spent + 0.1)
    return Check("t", None, Reason.DRAFT, CheckState.RUNNING, "me", began, began, None, (*done, now, *rest))


def failed() -> Check:
    """The same, having failed at `create`."""
    steps = tuple(Step(name, StepState(state), ms) for name, state, ms in LADDER)
    told = Diagnosis(
        "create", DIAGNOSIS["code"], (), DIAGNOSIS["cause"], DIAGNOSIS["fix"], DIAGNOSIS["message"], "SQLSTATE 42501"
    )
    end = NOW + timedelta(milliseconds=340)
    return Check("t", None, Reason.DRAFT, CheckState.FAILED, "me", NOW, NOW, end, steps, told)


async def filled(pilot: Pilot[Any]) -> None:
    """A form with everything in it, and a name that is in use."""
    screen = pilot.app.screen
    for name, value in {"host": "db-prod.acme.internal", "database": "analytics", "user": "loader"}.items():
        screen.form.row(name).control.value = value
    screen.form.row("password").control.value = "hunter2hunter2"
    await pilot.press(*"orders_dwh")
    await settled(pilot)


async def with_test(pilot: Pilot[Any]) -> None:
    """The same with a test that runs."""
    await filled(pilot)
    pilot.app.screen.check_came(running())
    await pilot.pause()


async def with_failure(pilot: Pilot[Any]) -> None:
    """The same with a test that failed."""
    await filled(pilot)
    pilot.app.screen.check_came(failed())
    await pilot.pause()


def keys(*names: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """Press these."""

    async def press(pilot: Pilot[Any]) -> None:
        await pilot.press(*names)
        await settled(pilot)

    return press


def find(ctx: Context, name: str, load_orders: int = 0) -> Any:
    """A destination."""
    return replace(destinations.find(ctx, name), load_orders=load_orders)


class FixedTrash(TrashDialog):
    """The trash with two in it, at the known time."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        trashed = [
            Trashed(
                "1", "q3 board pack", "sqlite", NOW - timedelta(hours=3), "nora@acme.test", NOW + timedelta(days=6)
            ),
            Trashed(
                "2",
                "\u6771\u4eac_\u58f2\u4e0a\u5206\u6790",
                "postgres",
                NOW - timedelta(days=2),
                "me",
                NOW + timedelta(days=5),
            ),
        ]
        self._trashed = trashed

    def read_trash(self, ctx: Context) -> list[Trashed]:
        return self._trashed


CONFLICT = (
    "orders_dwh was changed meanwhile: nora@acme.test edited it (host, port) at 09:58. Look at it, then save again."
)
Look = tuple[Callable[[Context], Screen[Any]], Callable[[Pilot[Any]], Awaitable[None]]]
LOOKS: dict[str, Look] = {
    "choose": (ChooseType, keys()),
    "choose-narrowed": (ChooseType, keys(*"sq")),
    "add": (lambda c: AddScreen(c, "postgres"), keys()),
    "add-running": (lambda c: AddScreen(c, "postgres"), with_test),
    "add-failed": (lambda c: AddScreen(c, "postgres"), with_failure),
    "add-choice-open": (lambda c: AddScreen(c, "simulator"), keys("tab", "tab", "enter")),
    "reauthorize": (lambda c: ReauthorizeDialog(c, find(c, "finance_mart")), keys()),
    "reauthorize-all": (lambda c: ReauthorizeDialog(c, find(c, "finance_mart")), keys("ctrl+o")),
    "delete": (lambda c: DeleteDialog(c, [find(c, "finance_mart")]), keys()),
    "delete-named": (lambda c: DeleteDialog(c, [find(c, "finance_mart", 4)]), keys("tab", *"finance")),
    "delete-many": (lambda c: DeleteDialog(c, [find(c, "finance_mart"), find(c, "training")]), keys()),
    "trash": (FixedTrash, keys()),
    "leave": (lambda c: LeaveDialog(c, "The new PostgreSQL destination is not saved."), keys()),
    "conflict": (lambda c: ConflictDialog(c, CONFLICT), keys()),
    "page-loads": (lambda c: DestinationScreen(c, identity_of("finance_mart")), keys()),
    "page-settings": (lambda c: DestinationScreen(c, identity_of("finance_mart"), "settings"), keys()),
    "page-edit": (lambda c: DestinationScreen(c, identity_of("finance_mart"), "settings"), keys("e")),
    "page-checks": (lambda c: DestinationScreen(c, identity_of("orders_dwh"), "checks"), keys()),
    "page-activity": (lambda c: DestinationScreen(c, identity_of("orders_dwh"), "activity"), keys()),
}


def taken(look: Look, ctx: Context) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """Show it."""
    make, then = look

    async def run(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await shown(pilot, make(ctx))
        await then(pilot)

    return run


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("look", LOOKS)
def test_look(ctx, snap_compare, look, size):
    assert snap_compare(app_on(ctx), terminal_size=SIZES[size], run_before=taken(LOOKS[look], ctx))


@pytest.mark.parametrize("look", LOOKS)
async def test_any_size_works(ctx, look):
    app = app_on(ctx)
    async with app.run_test(size=(30, 8)) as pilot:
        await taken(LOOKS[look], ctx)(pilot)
        for size in ((200, 60), (30, 8)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            assert type(app.screen).__name__ != "DestinationsScreen"


@pytest.mark.parametrize("theme", ["light", "ansi-dark", "ansi-light"])
@pytest.mark.parametrize("look", ["add-running", "page-checks"])
def test_look_in_other_themes(ctx, snap_compare, monkeypatch, look, theme):
    monkeypatch.setenv("TEXTUAL_THEME", theme)
    assert snap_compare(app_on(ctx), terminal_size=SIZES["roomy"], run_before=taken(LOOKS[look], ctx))


@pytest.mark.parametrize("look", ["add-running", "delete-named", "page-checks"])
def test_look_without_colours(ctx, snap_compare, monkeypatch, look):
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(app_on(ctx), terminal_size=SIZES["narrow"], run_before=taken(LOOKS[look], ctx))
