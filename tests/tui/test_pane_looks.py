"""The detail pane at every state of a check, small and large, at a known time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from json import dumps
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from destui.connectors.diagnosis import CANCELLED
from destui.domain.check import DATABASE_STEPS, Check, CheckState, Diagnosis, Reason, Step, StepState
from destui.services.context import Context
from destui.store import schema
from destui.store.reading import DRIVER_CODE, MORE
from destui.store.times import to_us
from destui.tui.app import DestuiApp
from destui.tui.screens.destination import DestinationScreen
from destui.tui.theme import make_ink
from destui.tui.widgets.findings import Shape, causes_words, diagnosis_text, found_lines
from destui.tui.widgets.line import runs_width
from tests.tui import seed
from tests.tui.stage import app_on, settled, shown, text_of, until
from tests.tui.test_list_looks import SIZES, after, details

NOW, FAILED, PASSED = seed.NOW, CheckState.FAILED, CheckState.PASSED
MS = (12, 38, 61, 184, 22, 19, 11, 9, 4)
FACTS = {
    "server": "PostgreSQL 16.4", "address": "10.20.4.17", "tls": "TLS 1.3", "certificate": "CN=db-prod.acme.internal",
    "issuer": "CN=Acme Issuing CA 2,O=Acme", "certificate ends": "2025-02-15",
}  # fmt: skip
GRANT = Diagnosis(
    "create", "PG-42501", ("no_create_right",), seed.DIAGNOSIS["cause"], seed.DIAGNOSIS["fix"],
    seed.DIAGNOSIS["message"], "SQLSTATE 42501",
)  # fmt: skip
REFUSED = Diagnosis(
    "sign in", "PG-28P01", ("wrong_password", "unknown_user", "password_expired"),
    "The server refuses user loader with this password.",
    "Re-authorize with the right password, or run this as a superuser:\nALTER ROLE loader VALID UNTIL 'infinity';",
    'password authentication failed for user "loader"', "SQLSTATE 28P01",
)  # fmt: skip
MORE_OF_REFUSED = "The server's log says which: it names the reason that it keeps from the client."
UNKNOWN = Diagnosis(
    "create", "PG-UNKNOWN", ("unknown",), "The cause of this error is not known.",
    "Read what the driver said, and look for it in the server's own log.",
    "tablespace guard: 47 of 46 seats are taken\nHINT:  ask the keeper of seats", "SQLSTATE P0001",
)  # fmt: skip


def steps(at: str = "", state: StepState = StepState.PASSED, rest: StepState = StepState.PASSED, **of: Any) -> Any:
    """The ladder that is at, or ended at, a step in this state; what comes after it is `rest`, but for the clean up."""
    place = DATABASE_STEPS.index(at) if at else len(DATABASE_STEPS)
    made = [Step(name, StepState.PASSED, ms) for name, ms in zip(DATABASE_STEPS, MS, strict=True)]
    for n in range(place, len(made)):
        if n == place:
            made[n] = replace(made[n], state=state, **of)
        elif rest is not StepState.SKIPPED or made[n].name != "clean up":
            made[n] = replace(made[n], state=rest, ms=made[n].ms if rest is StepState.PASSED else None)
    return tuple(made)


def running(seconds: float, message: str = "") -> Sequence[Step]:
    began = NOW - timedelta(seconds=seconds)
    return steps(
        "sign in", StepState.RUNNING, StepState.WAITING, ms=None, started_at=began, deadline=10.0, message=message
    )


def check(state: CheckState, ladder: Sequence[Step] = (), **more: Any) -> Check:
    began = NOW - timedelta(seconds=3)
    end = None if state.is_open else began + timedelta(milliseconds=340)
    return Check("c", "d", Reason.ASKED, state, "nora@acme.test", began, began, end, tuple(ladder), **more)


VAULT = "The keyring is locked. Unlock it, or run: destui vault status"
STATES: dict[str, Check] = {
    "waiting": check(CheckState.QUEUED),
    "waiting-for-the-vault": check(CheckState.RUNNING, steps("resolve", StepState.WAITING, StepState.WAITING, ms=None),
                                   waits_for=VAULT),
    "running": check(CheckState.RUNNING, running(1.4)),
    "trying-again": check(CheckState.RUNNING, running(9.97, "too many connections, trying again")),
    "passed": check(PASSED, steps(), detail=FACTS),
    "warned": check(CheckState.WARNED, steps("encrypt", StepState.WARNED,
                                             message="certificate ends in 9 days"),
                    detail={**FACTS, "certificate ends": "2024-12-03"}),
    "failed": check(FAILED, steps("create", StepState.FAILED, StepState.SKIPPED), diagnosis=GRANT),
    "failed-several": check(FAILED, steps("sign in", StepState.FAILED, StepState.SKIPPED), diagnosis=REFUSED,
                            more=MORE_OF_REFUSED),
    "unknown": check(FAILED, steps("create", StepState.FAILED, StepState.SKIPPED), diagnosis=UNKNOWN),
    "cancelled": check(CheckState.CANCELLED, steps("sign in", StepState.FAILED, StepState.SKIPPED),
                       diagnosis=CANCELLED),
}  # fmt: skip
STATUS = {FAILED: "error", CheckState.CANCELLED: "error", PASSED: "active", CheckState.WARNED: "active"}


def put(ctx: Context, name: str, check_id: str, check: Check) -> None:
    """A check as the worker leaves it in the store, as the newest of a destination."""
    found, current = check.diagnosis, check.current
    detail = {**check.detail, **({MORE: check.more} if check.more else {})}
    if found is not None and found.driver_code:
        detail[DRIVER_CODE] = found.driver_code
    step, number, total = current or (Step(""), 0, len(check.steps))
    told = {} if found is None else {
        "failed_step": found.step or "sign in", "code": found.code, "causes": dumps(found.causes),
        "cause": found.cause, "fix": found.fix, "message": found.message,
    }  # fmt: skip
    status = STATUS.get(check.state, "initializing")
    identity = seed.identity_of(name)
    with ctx.store.write() as tx:
        tx.execute(
            insert(schema.checks).values(
                id=check_id, destination_id=identity, reason=check.reason.value, state=check.state.value, by=check.by,
                type="postgres", step=step.name, number=number, total=total, waits_for=check.waits_for,
                detail=dumps(detail), created_at=to_us(check.created_at), started_at=to_us(check.created_at),
                finished_at=check.finished_at and to_us(check.finished_at), **told,
            )
        )  # fmt: skip
        for n, rung in enumerate(check.steps):
            tx.execute(
                insert(schema.check_steps).values(
                    check_id=check_id, position=n, name=rung.name, state=rung.state.value, ms=rung.ms,
                    message=rung.message, started_at=rung.started_at and to_us(rung.started_at),
                    deadline=rung.deadline and round(rung.deadline * 1000),
                )
            )  # fmt: skip
        failing = to_us(NOW) if status == "error" else None
        values = {"check_id": check_id, "status": status, "failing_since": failing,
                  "diagnosed_by": check_id if failing else None}  # fmt: skip
        tx.execute(update(schema.destinations).where(schema.destinations.c.id == identity).values(values))
        tx.touch("destination", identity)


def app_with(home: Path, check: Check) -> DestuiApp:
    """The list, in which `loyalty` has this check."""
    ctx = seed.seeded(home, (*seed.SAMPLES[:9], ("loyalty", "postgres", "active", "tom@acme.test", seed.at("10:02"))))
    put(ctx, "loyalty", "x" * 32, check)
    return DestuiApp(ctx.config, clock=lambda: NOW, zone=UTC)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_pane(snap_compare: Any, tmp_path: Path, state: str, size: tuple[int, int]) -> None:
    app = app_with(tmp_path, STATES[state])
    assert snap_compare(app, terminal_size=size, run_before=after("home", "space", then=details))


@pytest.mark.parametrize("state", STATES)
async def test_every_size_has_room_and_tells_the_deadline(tmp_path: Path, state: str) -> None:
    app = app_with(tmp_path, STATES[state])
    async with app.run_test(size=(60, 15)) as pilot:
        await after("home", "space", then=details)(pilot)
        for size in ((60, 15), (80, 24), (120, 36)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            body = app.screen.query_one("#details")._body
            lines = body.lines(body.content_size.width)
            assert all(runs_width(line) <= body.content_size.width for line in lines), size
            told = [" ".join("".join(text for text, _ in line).split()) for line in lines]
            if (current := STATES[state].current) is not None:
                spent = "1.4" if state == "running" else "10"
                assert sum(f"{current[0].name} {spent} s of 10 s" in line for line in told) == 1, (size, told)


LONG = replace(STATES["failed-several"], more=" ".join(["The server's log says which, to whoever may read it."] * 8))


async def test_details_take_the_room_that_the_table_leaves(tmp_path: Path) -> None:
    app = app_with(tmp_path, LONG)
    async with app.run_test(size=(120, 40)) as pilot:
        await after("home", "space", then=details)(pilot)
        screen = app.screen
        pane, table, content = (screen.query_one(name) for name in ("#details", "DestinationTable", "#content"))
        few = table.total
        assert content.size.height // 2 < pane.outer_size.height and not screen.details_overflow
        assert "The driver said, SQLSTATE 28P01:" in text_of(app)
        assert table.size.height >= few + table.header_height, "all of its rows are shown"
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: screen.details_overflow)
        assert pane.outer_size.height <= max(content.size.height // 2, content.region.bottom - table.region.y - few - 1)
        await until(pilot, lambda: "shift+↓ Scroll" in text_of(app).splitlines()[-1], seconds=5)


# Comparing


def history(ctx: Context) -> None:
    """Three checks of `loyalty`: the newest failed, the server was upgraded and its certificate renewed before."""
    old = {**FACTS, "server": "PostgreSQL 15.6", "issuer": "CN=Acme Issuing CA 1,O=Acme",
           "certificate ends": "2024-12-03"}  # fmt: skip
    slow = tuple(replace(s, ms=912 if s.name == "reach" else s.ms) for s in steps())
    made = [
        ("a" * 32, 40, check(PASSED, steps(), detail=old)),
        ("b" * 32, 25, check(PASSED, slow, detail=FACTS)),
        ("c" * 32, 10, check(FAILED, steps("create", StepState.FAILED, StepState.SKIPPED), diagnosis=GRANT,
                             detail=FACTS)),
    ]  # fmt: skip
    for check_id, minutes, one in made:
        began = NOW - timedelta(minutes=minutes)
        put(ctx, "loyalty", check_id, replace(one, created_at=began, finished_at=began + timedelta(milliseconds=340)))


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr("destui.worker.launch.ensure", lambda config: None)
    made = seed.seeded(tmp_path, (("loyalty", "postgres", "active", "tom@acme.test", seed.at("10:02")),))
    history(made)
    return made


def page(ctx: Context) -> DestinationScreen:
    return DestinationScreen(ctx, seed.identity_of("loyalty"), "checks")


def beside_the_ladder(app: DestuiApp) -> str:
    """The right half of the pane in one line."""
    rows = text_of(app).splitlines()
    top = next(n for n, row in enumerate(rows) if "Check of" in row)
    column = rows[top].index("Check of") + 30
    return " ".join(" ".join(row[column:] for row in rows[top + 1 : -1]).split())


COMPARED = {
    "with-the-one-before": ("down",),
    "with-a-marked-one": ("x", "end"),
    "with-an-older-one": ("end", "x", "home"),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("how", COMPARED)
def test_compared(ctx: Context, snap_compare: Any, how: str, size: tuple[int, int]) -> None:
    async def prepare(pilot: Any) -> None:
        await settled(pilot)
        await shown(pilot, page(ctx))
        await pilot.press(*COMPARED[how])
        await settled(pilot)

    assert snap_compare(app_on(ctx), terminal_size=size, run_before=prepare)


async def test_a_check_is_compared_with_the_one_before_or_with_the_marked_one(ctx: Context) -> None:
    app = app_on(ctx)
    async with app.run_test(size=(120, 50)) as pilot:
        await shown(pilot, page(ctx))

        async def told(*keys: str) -> str:
            await pilot.press(*keys)
            await settled(pilot)
            return beside_the_ladder(app)

        first = await told()
        assert "Changed since the check of 09:37: Result failed at create, was passed" in first
        assert "reach 38 ms, was 912 ms" in first and "PostgreSQL" not in first
        second = await told("down")
        assert "Changed since the check of 09:22: Server PostgreSQL 16.4, was PostgreSQL 15.6" in second
        assert "Issued by CN=Acme Issuing CA 2,O=Acme, was CN=Acme Issuing CA 1,O=Acme" in second
        assert "Valid until 2025-02-15, 83 days left, was 2024-12-03, 9 days left" in second
        assert "reach 912 ms, was 38 ms" in second
        third = await told("down")
        assert "Changed" not in third and "Nothing notable" not in third
        await told("x")
        assert "x Compare no more" in text_of(app)
        again = await told("home")
        assert "Changed since the check of 09:22: Result failed at create, was passed Server" in again
        assert "■09:22" in text_of(app) and "x Compare  " in text_of(app)
        await told("end", "x")
        assert "■" not in text_of(app)
        assert "Changed until the check of 09:52" in await told("home", "x", "end")


async def test_the_key_that_compares_says_where_it_works(ctx: Context) -> None:
    app = app_on(ctx)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, DestinationScreen(ctx, seed.identity_of("loyalty"), "activity"))
        await pilot.press("x")
        await settled(pilot)
        assert "Checks are compared on the tab Checks." in text_of(app)


# Pasting and copying

INK = make_ink("dark")


def wells(check: Check, cells: int) -> list[str]:
    """What stands on the background of what is to be pasted, row by row."""
    shape = Shape(cells, narrow=False, airy=True, flat=False)
    rows = found_lines(check, INK, cells, shape)
    return ["".join(text for text, style in row if style == INK.well) for row in rows if row and row[0][1] == INK.well]


def test_nothing_but_what_is_to_be_pasted_stands_in_the_well() -> None:
    for check in STATES.values():
        lines = check.diagnosis.fix_lines if check.diagnosis else ()
        assert [row.strip() for row in wells(check, 90)] == list(lines)
        assert " ".join(row.strip() for row in wells(check, 30)) == " ".join(lines)


def test_what_is_copied_holds_all_that_is_told() -> None:
    failed = STATES["failed-several"]
    assert diagnosis_text("loyalty", failed.diagnosis, failed.more).split("\n") == [
        "loyalty",
        "The server refuses user loader with this password.",
        "Likeliest first: the password is wrong; there is no such user; the password has expired.",
        "Re-authorize with the right password, or run this as a superuser:",
        "ALTER ROLE loader VALID UNTIL 'infinity';",
        f"To tell them apart: {MORE_OF_REFUSED}",
        'PG-28P01, SQLSTATE 28P01: password authentication failed for user "loader"',
    ]
    assert causes_words(GRANT) == "" and diagnosis_text("loyalty", None) == "loyalty"
