"""A store with known destinations at a known time, written past the services so that nothing starts a worker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from json import dumps
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from destui.config import Config, load_config
from destui.services.context import Context, open_context
from destui.store import schema, settings
from destui.store.engine import Tx
from destui.store.reading import DRIVER_CODE
from destui.store.times import to_us

NOW = datetime(2024, 11, 24, 10, 2, 14, tzinfo=UTC)

# Name, type, status, who, when.
Sample = tuple[str, str, str, str, datetime]


def at(text: str) -> datetime:
    """`09:58` today, `22 11:30` in this month."""
    days, _, clock = text.rpartition(" ")
    hour, minute = clock.split(":")
    return NOW.replace(day=int(days) if days else NOW.day, hour=int(hour), minute=int(minute), second=0)


SAMPLES: tuple[Sample, ...] = (
    ("events-lake", "s3", "initializing", "raj@acme.test", at("10:01")),
    ("orders_dwh", "postgres", "error", "ines.alvarez@acme.test", at("09:58")),
    ("finance_mart", "snowflake", "active", "nora@acme.test", at("09:54")),
    ("東京_売上分析", "bigquery", "active", "haruka.ito@acme.test", at("09:49")),
    ("clickstream", "clickhouse", "active", "raj@acme.test", at("09:46")),
    ("marketing-attribution-eu-west-1", "mssql", "active", "ines.alvarez@acme.test", at("09:45")),
    ("partner drop (SFTP)", "sftp", "active", "ops@acme.test", at("09:22")),
    ("legacy_crm", "oracle", "error", "tom@acme.test", at("08:57")),
    ("ml-features", "databricks", "active", "nora@acme.test", at("06:40")),
    ("물류_창고", "mysql", "active", "minji.kim@acme.test", at("04:51")),
    ("billing", "redshift", "active", "raj@acme.test", at("23 17:05")),
    ("q3 board pack", "google_sheets", "active", "nora@acme.test", at("22 11:30")),
)
MORE: tuple[Sample, ...] = (
    ("audit-archive", "azure_blob", "active", "ops@acme.test", at("22 09:12")),
    ("geo_tiles", "gcs", "active", "raj@acme.test", at("22 08:02")),
    ("support_tickets", "mysql", "active", "tom@acme.test", at("21 16:40")),
    ("scratch", "duckdb", "active", "nora@acme.test", at("21 15:21")),
    ("ads_spend", "athena", "active", "ines.alvarez@acme.test", at("20 12:00")),
    ("returns-de", "postgres", "active", "minji.kim@acme.test", at("20 11:58")),
    ("returns-fr", "postgres", "active", "minji.kim@acme.test", at("20 11:57")),
    ("returns-es", "postgres", "active", "ines.alvarez@acme.test", at("20 11:55")),
    ("nightly dumps", "folder", "active", "ops@acme.test", at("19 03:00")),
    ("edge-cache", "sqlite", "active", "raj@acme.test", at("18 18:30")),
    ("pricing", "snowflake", "active", "nora@acme.test", at("16 10:00")),
    ("loyalty", "postgres", "active", "tom@acme.test", at("15 10:00")),
    ("training", "simulator", "active", "nora@acme.test", at("12 10:00")),
)

LADDER = (
    ("resolve", "passed", 12), ("reach", "passed", 38), ("encrypt", "passed", 61), ("sign in", "passed", 184),
    ("open", "passed", 22), ("create", "failed", 19), ("write", "skipped", None), ("read back", "skipped", None),
    ("clean up", "passed", 4),
)  # fmt: skip
RUNNING = (
    ("resolve", "passed", 9), ("reach", "passed", 31), ("encrypt", "passed", 55), ("sign in", "running", None),
    ("open", "waiting", None), ("write", "waiting", None), ("read back", "waiting", None),
    ("clean up", "waiting", None),
)  # fmt: skip
DIAGNOSIS = {
    "failed_step": "create",
    "code": "PG-42501",
    "causes": dumps(["no_create_right"]),
    "cause": "The role loader may not create tables in schema analytics.",
    "fix": "Run this as the owner of the schema.\nGRANT USAGE, CREATE ON SCHEMA analytics TO loader;",
    "message": "permission denied for schema analytics",
    "detail": dumps({DRIVER_CODE: "SQLSTATE 42501"}),
}


def config_in(home: Path, **environment: str) -> Config:
    """Everything under one folder."""
    return load_config({"DESTUI_HOME": str(home), "HOME": str(home), "DESTUI_USER": "nora@acme.test", **environment})


def seeded(home: Path, samples: Sequence[Sample] = SAMPLES, limit: int = 25, contact: str = "") -> Context:
    """A store with these destinations; the first Initializing one is at `sign in`, Errors failed at `create`."""
    ctx = open_context(config_in(home))
    with ctx.store.write() as tx:
        settings.write(tx, "limit", str(limit))
        if contact:
            settings.write(tx, "contact", contact)
        tx.execute(insert(schema.workers).values(worker_row()))
        insert_all(tx, samples)
    return ctx


def worker_row() -> dict[str, Any]:
    """A worker whose lease never ends."""
    moment = to_us(NOW)
    return {
        "id": "worker-1", "host": "ops-1", "pid": 1, "birth": "", "version": "0", "started_at": moment,
        "beat_at": moment, "lease_until": to_us(NOW + timedelta(days=36500)),
    }  # fmt: skip


def identity_of(name: str) -> str:
    """The id that a sample gets."""
    return name.encode().hex()[:32].ljust(32, "0")


def insert_all(tx: Tx, samples: Sequence[Sample]) -> None:
    """The destinations and, where they are not Active, a check of each."""
    for name, kind, status, who, when in samples:
        tx.execute(insert(schema.destinations).values(destination_row(name, kind, status, who, when)))
        tx.touch("destination", identity_of(name))
        if status != "active":
            insert_check(tx, name, kind, status)


def destination_row(name: str, kind: str, status: str, who: str, when: datetime) -> dict[str, Any]:
    """Columns of one destination."""
    identity, moment = identity_of(name), to_us(when)
    return {
        "id": identity, "name": name, "name_key": name.casefold(), "type": kind, "fields": "{}", "tags": "[]",
        "status": status, "connected_by": who, "created_at": moment, "updated_at": moment,
        "check_id": None if status == "active" else f"c{identity[1:]}",
        "diagnosed_by": f"c{identity[1:]}" if status == "error" else None,
        "failing_since": moment if status == "error" else None,
    }  # fmt: skip


def insert_check(tx: Tx, name: str, kind: str, status: str) -> None:
    """The check behind a status that is not Active."""
    identity, running = identity_of(name), status == "initializing"
    check_id, steps = f"c{identity[1:]}", RUNNING if running else LADDER
    moment = to_us(NOW - timedelta(seconds=2))
    tx.execute(
        insert(schema.checks).values(
            id=check_id, destination_id=identity, reason="initialise", state="running" if running else "failed",
            by="raj@acme.test", type=kind, step="sign in", number=4, total=len(steps), created_at=moment,
            started_at=moment, finished_at=None if running else to_us(NOW), **({} if running else DIAGNOSIS),
        )
    )  # fmt: skip
    tx.execute(
        insert(schema.check_steps),
        [
            {"check_id": check_id, "position": n, "name": step, "state": state, "ms": ms,
             "started_at": moment if state == "running" else None, "deadline": 10_000}
            for n, (step, state, ms) in enumerate(steps)
        ],
    )  # fmt: skip


def change(ctx: Context, name: str, /, **values: Any) -> None:
    """Another session changes columns of a destination."""
    with ctx.store.write() as tx:
        tx.execute(update(schema.destinations).where(schema.destinations.c.name == name).values(**values))
        tx.touch("destination", identity_of(name))
