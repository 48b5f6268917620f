"""A store with a few destinations whole (fields, secrets, checks, events) at a known time, and the application on
it. No worker is started: what would do so is left out by the fixture `no_worker`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from json import dumps
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.worker import WorkerCancelled

from destui.services.context import Context, open_context
from destui.store import schema
from destui.store.times import to_us
from destui.tui.app import DestuiApp
from tests.tui import seed

NOW = seed.NOW
FIELDS = {
    "host": "db-prod.acme.internal", "port": 5432, "database": "analytics", "user": "loader", "schema": "public",
    "tls": "verify-full",
}  # fmt: skip
WHOLE = (
    ("orders_dwh", "postgres", "error", "ines.alvarez@acme.test", seed.at("09:58")),
    ("finance_mart", "postgres", "active", "nora@acme.test", seed.at("09:54")),
    ("training", "simulator", "active", "raj@acme.test", seed.at("23 17:05")),
)
PASSED = [(name, "passed", 40) for name, *_ in seed.LADDER]
WARNED = [(name, "warned" if name == "encrypt" else "passed", 40) for name, *_ in seed.LADDER]
History = Sequence[tuple[str, str, str, int]]
"""When, reason, state, milliseconds; newest first."""
HISTORY: History = (
    ("09:43", "background", "failed", 350), ("09:28", "asked", "failed", 330), ("09:13", "background", "passed", 410),
    ("08:58", "background", "passed", 400), ("08:43", "background", "warned", 420),
    ("08:28", "background", "passed", 390), ("23 17:30", "asked", "passed", 440),
    ("3 10:00", "initialise", "passed", 520),
)  # fmt: skip


def stage(home: Path) -> Context:
    """The store. `orders_dwh` has a history of checks; both databases have a password set."""
    config = seed.config_in(home, DESTUI_SECRETS="sealed")
    ctx = open_context(config)
    with ctx.store.write() as tx:
        tx.execute(insert(schema.workers).values(seed.worker_row()))
        for name, kind, status, who, when in WHOLE:
            row = seed.destination_row(name, kind, status, who, when)
            if kind == "postgres":
                row |= {"fields": dumps(FIELDS), "tags": dumps(["prod", "finance"])}
            tx.execute(insert(schema.destinations).values(row))
            if status == "error":
                seed.insert_check(tx, name, kind, status)
        for number, entry in enumerate(HISTORY):
            add_check(tx, "orders_dwh", f"h{number:03}", *entry)
        add_event(tx, "orders_dwh", "added", "ines.alvarez@acme.test", seed.at("3 09:59"))
        add_event(tx, "orders_dwh", "error", "worker@ops-1", seed.at("09:28"), "create PG-42501")
    return ctx


def set_password(ctx: Context, name: str, text: str) -> None:
    """Give a destination a stored password, as adding it would have."""
    from sqlalchemy import update

    from destui.domain.secret import Secret
    from destui.store import secrets as ledger

    staged = ctx.vault.stage({"password": Secret(text)})
    with ctx.store.write() as tx:
        identity = seed.identity_of(name)
        assert ledger.set_state(tx, staged, "current", identity)
        tx.execute(update(schema.destinations).where(schema.destinations.c.id == identity).values(secret_id=staged))


def add_check(tx: Any, name: str, check_id: str, when: str, reason: str, state: str, ms: int) -> None:
    """A finished check."""
    began = seed.at(when)
    steps = {"failed": seed.LADDER, "warned": WARNED}.get(state, PASSED)
    values = dict(
        id=check_id, destination_id=seed.identity_of(name), reason=reason, state=state, by="nora@acme.test",
        type="postgres", step="", number=0, total=len(steps), created_at=to_us(began), started_at=to_us(began),
        finished_at=to_us(began + timedelta(milliseconds=ms)), **(seed.DIAGNOSIS if state == "failed" else {}),
    )  # fmt: skip
    tx.execute(insert(schema.checks).values(values))
    tx.execute(
        insert(schema.check_steps),
        [
            {"check_id": check_id, "position": n, "name": step, "state": result, "ms": took,
             "message": "certificate ends in 9 days" if result == "warned" else ""}
            for n, (step, result, took) in enumerate(steps)
        ],
    )  # fmt: skip


def add_event(tx: Any, name: str, verb: str, who: str, when: datetime, detail: str = "") -> None:
    """One line of the audit trail."""
    tx.execute(
        insert(schema.events).values(
            at=to_us(when), who=who, host="ops-1", verb=verb, destination_id=seed.identity_of(name), name=name,
            detail=detail, version=1,
        )
    )  # fmt: skip


def app_on(ctx: Context, **options: Any) -> DestuiApp:
    """The application on a staged store, at its known time."""
    return DestuiApp(ctx.config, clock=lambda: NOW, zone=UTC, **options)


async def settled(pilot: Pilot[Any]) -> None:
    """Everything asked for has come and is drawn."""
    for _ in range(2):
        while running := [w for w in pilot.app.workers if not w.is_finished]:
            # A worker that gives way to a newer one of its group is no failure.
            with suppress(WorkerCancelled):
                await pilot.app.workers.wait_for_complete(running)
        await pilot.pause()


async def shown(pilot: Pilot[Any], screen: Screen[Any]) -> list[Any]:
    """Push a screen and wait until it shows what it has to; its result is appended to the list returned."""
    results: list[Any] = []
    await settled(pilot)
    await pilot.app.push_screen(screen, results.append)
    await settled(pilot)
    return results


async def until(pilot: Pilot[Any], condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for what another process brings about."""
    import asyncio

    async with asyncio.timeout(seconds):
        while not condition():
            await pilot.pause(0.02)


def text_of(app: App[Any]) -> str:
    """What the terminal shows, dialogs and footer included."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line) for line in lines)
