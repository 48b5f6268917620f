"""A store in which checks are made by the hundred thousand stays small, and nothing that is shown is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import Table, insert

from destui import log_file
from destui.services import checks, destinations
from destui.services.context import Context
from destui.store import changes, housekeeping, jobs, reading, schema, space
from destui.store.engine import Store
from destui.store.times import now_us
from destui.worker import launch
from tests.fixtures import Home
from tests.torture.crew import Crew
from tests.torture.ground import POSTGRESQL, SQLITE, Ground, session, within

DAY, HOUR, MINUTE = 86_400_000_000, 3_600_000_000, 60_000_000
KEEP_DAYS, KEEP_EVENTS_DAYS = 30, 60
ROUNDS = 2
AT_ONCE = 500
SETTINGS = f"keep_days = {KEEP_DAYS}\nkeep_events_days = {KEEP_EVENTS_DAYS}\nbackground_minutes = 0\n"
WRITTEN_MEANWHILE = 5_000
"""Changes that the campaign itself writes while it waits for the clean-up."""
PATIENCE = 5.0
"""Seconds that a write of another session may take while it is cleaned up."""


def run(ground: Ground, stores: Sequence[str], rounds: int = ROUNDS) -> None:
    """Checks by the hundred thousand: the store stays small, what is shown is kept, nobody waits"""
    for store in stores:
        with ground.home(store) as home:
            home.config.prepare()
            home.config.settings_file.write_text(SETTINGS)
            _checked(ground, home, store)
            before = 0.0
            for number in range(rounds):
                before = _round(ground, home, store, number, before)


def _checked(ground: Ground, home: Home, store: str) -> None:
    """Destinations whose last check is real: one in three has failed."""
    count = max(2, ground.size // 50)
    with session(home.config) as ctx, Crew(home, int(store == POSTGRESQL)):
        for n in range(count):
            fields = {"seconds": 0} | ({"outcome": "error", "fail_at": "sign in"} if n % 3 == 0 else {})
            destinations.add(ctx, "simulator", f"kept-{n}", fields, {})
        ground.add_planted(ctx)
        within(60, lambda: jobs.open_count(ctx.store) == (0, 0))
        checks.request(ctx, [d.id for d in reading.destinations(ctx.store)])
        done = within(60, lambda: jobs.open_count(ctx.store) == (0, 0))
        ground.tally.expect(done, f"not checked: {jobs.open_count(ctx.store)}")
        if store == SQLITE:
            launch.stop(home.config, ctx.store)  # each round has a new one: it begins with a clean-up


def _round(ground: Ground, home: Home, store: str, number: int, before: float) -> float:
    """Write checks, have a worker clean up, look; returns how many bytes a check took when there were most."""
    with session(home.config) as ctx:
        shown = reading.destinations(ctx.store)
        _write(ctx.store, ground.size * 100)
        ground.tally.count("checks written", ground.size * 100)
        most = space.measure(ctx.store)
        each = most.bytes / most.rows["checks"]
        with Crew(home, 1) as crew:
            waited = _await_clean_up(ctx.store)
            ground.tally.expect(waited is not None, f"not cleaned up: {crew.log[-700:]}")
        ground.tally.expect((waited or 0) < PATIENCE, f"a write waited for {waited} s during the clean-up")
        ground.tally.expect(reading.destinations(ctx.store) == shown, "what is shown has changed")
        _look(ground, ctx, len(shown))
        if store == POSTGRESQL:
            _vacuum(ctx.store)
        kept = space.measure(ctx.store)
        ground.tally.count(f"{store}: largest MB of round {number + 1}", most.bytes // 1_000_000)
        ground.tally.count(f"{store}: MB left after round {number + 1}", kept.bytes // 1_000_000)
        ground.tally.count(f"{store}: milliseconds that a write waited at most", round((waited or 0) * 1000))
        if before:
            ground.tally.expect(each < before * 1.2, f"it grows: {before:.0f} then {each:.0f} bytes a check")
        elif store != POSTGRESQL:
            room = kept.bytes - kept.free
            ground.tally.expect(kept.bytes < room + 8_000_000, f"room is not given back: {kept}")
        return each


def _look(ground: Ground, ctx: Context, count: int) -> None:
    found = space.measure(ctx.store)
    most = {
        "checks": count * (housekeeping.MOST_CHECKS + 3), "events": count * housekeeping.MOST_EVENTS,
        "changes": changes.KEEP + WRITTEN_MEANWHILE, "jobs": 200, "journal": 200,
    }  # fmt: skip
    for name, limit in most.items():
        ground.tally.expect(found.rows[name] <= limit, f"{found.rows[name]} {name}, more than {limit}")
    old = now_us() - KEEP_DAYS * DAY - HOUR
    left = ctx.store.fetch("SELECT count(*) FROM checks WHERE finished_at < :old", {"old": old})[0][0]
    ground.tally.expect(not left, f"{left} checks are kept for too long")
    old = now_us() - KEEP_EVENTS_DAYS * DAY - HOUR
    left = ctx.store.fetch("SELECT count(*) FROM events WHERE at < :old", {"old": old})[0][0]
    ground.tally.expect(not left, f"{left} events are kept for too long")
    lone = "SELECT count(*) FROM check_steps WHERE check_id NOT IN (SELECT id FROM checks)"
    ground.tally.expect(not ctx.store.fetch(lone)[0][0], "steps without their check are left")
    young = ctx.store.fetch(
        "SELECT destination_id FROM checks GROUP BY destination_id HAVING count(*) < :most", {"most": 300}
    )
    ground.tally.expect(not young, f"too much was forgotten of {len(young)} destinations")
    logs = sum(file.stat().st_size for file in log_file.files(ctx.config.worker_log))
    ground.tally.expect(logs < (log_file.KEPT + 1) * (log_file.MAX_BYTES + 10_000), f"{logs} bytes of logs")


def _await_clean_up(store: Store) -> float | None:
    """Wait for the clean-up of a worker that comes up, and write meanwhile; returns how long a write took at most."""
    began, slowest = now_us(), 0.0
    done = "SELECT 1 FROM jobs WHERE kind = 'clean-up' AND state = 'done' AND created_at > :began"

    def look() -> bool:
        nonlocal slowest
        start = time.monotonic()
        with store.write() as tx:
            tx.touch("settings", "campaign")
        slowest = max(slowest, time.monotonic() - start)
        return bool(store.fetch(done, {"began": began}))

    return slowest if within(300, look, 0.02) else None


def _vacuum(store: Store) -> None:
    """What the server does by itself within some minutes."""
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM")


def _write(store: Store, count: int) -> None:
    """Checks as the last ones of each destination went, every minute or every hour; with events, jobs, journals."""
    found = store.fetch("SELECT id, check_id FROM destinations")
    each = -(-count // len(found))
    for number, (_, check_id) in enumerate(found):
        pause = HOUR if number % 2 else MINUTE
        check = dict(_rows(store, "checks", "id", check_id)[0])
        steps = [dict(row) for row in _rows(store, "check_steps", "check_id", check_id)]
        for start in range(0, each, AT_ONCE):
            _write_some(store, check, steps, range(start, min(each, start + AT_ONCE)), pause)


def _write_some(store: Store, check: dict[str, Any], steps: list[dict[str, Any]], numbers: range, pause: int) -> None:
    now = now_us()
    made = []
    for n in numbers:
        ended = now - 2 * HOUR - n * pause
        made.append({**check, "id": uuid4().hex, "created_at": ended, "started_at": ended, "finished_at": ended})
    of = check["destination_id"]
    key = {"kind": "check", "state": "done", "destination_id": of, "finished_at": now - 2 * HOUR, "created_at": 0}
    event = {"who": "campaign", "host": "h", "verb": "error", "destination_id": of, "name": "", "detail": ""}
    _insert(store, schema.checks, made)
    _insert(store, schema.check_steps, ({**step, "check_id": c["id"]} for c in made for step in steps))
    _insert(store, schema.jobs, ({**key, "id": uuid4().hex, "key": c["id"], "check_id": c["id"]} for c in made))
    _insert(store, schema.events, ({**event, "at": c["created_at"]} for c in made[::4]))
    touched = {"entity": "check", "removed": False, "at": now}
    _insert(store, schema.changes, ({**touched, "row_id": c["id"]} for c in made))
    table = "workflow_status" if store.is_sqlite else "dbos.workflow_status"
    ended_ms = (now - 2 * HOUR) // 1000
    journal = dict(_rows(store, table, "status", "SUCCESS")[0])
    journal |= {"completed_at": ended_ms, "created_at": ended_ms, "updated_at": ended_ms}
    _copy(store, table, journal, len(made))


def _rows(store: Store, table: str, column: str, value: str) -> Sequence[Mapping[str, Any]]:
    with store.read() as connection:
        sql = f"SELECT * FROM {table} WHERE {column} = '{value}' LIMIT 50"
        return [dict(row) for row in connection.exec_driver_sql(sql).mappings()]


def _insert(store: Store, table: Table, rows: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> None:
    made = list(rows)  # a transaction that waits for it would be ended
    with store.write() as tx:
        tx.execute(insert(table), made)


def _copy(store: Store, table: str, row: dict[str, Any], count: int) -> None:
    """Rows of the engine's journal like this one."""
    from sqlalchemy import text

    names = [name for name, value in row.items() if value is not None]
    sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"
    rows = [{**{name: row[name] for name in names}, "workflow_uuid": uuid4().hex} for _ in range(count)]
    with store.write() as tx:
        tx.execute(text(sql), rows)
