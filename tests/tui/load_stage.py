"""Load orders with runs in a staged store, written past the services so that nothing starts a worker."""

from __future__ import annotations

from datetime import datetime, timedelta
from json import dumps
from typing import Any

from sqlalchemy import insert, update

from destui.domain.loads import FileOptions, SourceSpec
from destui.domain.orders import source_document
from destui.services.context import Context
from destui.store import jobs, schema
from destui.store.engine import Tx
from destui.store.times import to_us
from tests.tui import seed

DIAGNOSIS = {
    "failed_step": "write", "code": "LOAD-MISFIT", "causes": dumps(["value_invalid"]),
    "cause": "Line 812 of rates.csv has the value 'n/a' in the column rate, which holds numbers.",
    "fix": "Correct the file, or name what stands for NULL in the load order.\nn/a",
    "message": "could not convert string \"n/a\" to DECIMAL", "driver_code": "",
}  # fmt: skip
ORDERS = (
    # name, source, table, mode, key, cron, paused
    ("orders", "/data/orders-*.parquet", "raw.orders", "merge", ["order_id"], "0 6 * * 1-5", False),
    ("customers", "crm:customers", "raw.customers", "replace", [], "0 * * * *", False),
    ("refunds", "/data/refunds.csv", "raw.refunds", "append", [], "0 2 * * 0", True),
    ("fx_rates", "/data/rates.csv", "ref.fx_rates", "replace", [], "", False),
)  # fmt: skip


def order_id(name: str) -> str:
    """The id that a staged order gets."""
    return ("0" + name.encode().hex())[:32].ljust(32, "0")


def stage_loads(ctx: Context, place: str = "finance_mart") -> None:
    """Four orders into one destination: one runs, one is done, one paused, one failed."""
    with ctx.store.write() as tx:
        for order in ORDERS:
            add_order(tx, place, *order)
        for days in range(14, 0, -1):
            rows = 1_310_000 - days * 12_000
            began = seed.at("06:00") - timedelta(days=days)
            failed = DIAGNOSIS if days == 4 else {}
            state = "failed" if failed else "done"
            add_run(tx, place, "orders", days, state, began, 404_112 if failed else rows, 58, **failed)
        began = seed.NOW - timedelta(seconds=38)
        running = add_run(
            tx, place, "orders", 0, "running", began, 812_400, None, phase="loading", bytes=62_000_000,
            total_bytes=100_000_000, rows_per_second=21_400.0, by="schedule",
            log="2024-11-24 10:01:36Z  begun\n2024-11-24 10:01:37Z  connecting\n2024-11-24 10:01:37Z  loading",
        )  # fmt: skip
        jobs.enqueue(tx, jobs.Kind.LOAD, order_id("orders"), run_id=running, type_id="load")
        tx.execute(update(schema.jobs).where(schema.jobs.c.run_id == running).values(state="claimed", worker="w1"))
        add_run(tx, place, "customers", 0, "done", seed.at("10:00"), 48_310, 4)
        add_run(tx, place, "refunds", 0, "done", seed.at("22 02:00"), 1_204, 1)
        add_run(tx, place, "fx_rates", 0, "failed", seed.at("09:30"), 0, 2, **DIAGNOSIS)


def add_order(
    tx: Tx, place: str, name: str, source: str, table: str, mode: str, key: list[str], cron: str, paused: bool
) -> None:
    """One order."""
    head, colon, rest = source.partition(":")
    spec = SourceSpec(destination=head, table=rest) if colon else SourceSpec(path=source, options=FileOptions())
    following = {"0 6 * * 1-5": seed.at("06:00") + timedelta(days=1), "0 * * * *": seed.at("11:00")}.get(cron)
    tx.execute(
        insert(schema.load_orders).values(
            id=order_id(name), name=name, name_key=name.casefold(), destination_id=seed.identity_of(place),
            source=dumps(source_document(spec)), table_name=table, mode=mode, key_columns=dumps(key), cron=cron,
            tz="Europe/Madrid", paused=paused, next_run_at=to_us(following) if following and not paused else None,
            by="nora@acme.test", created_at=to_us(seed.at("3 10:00")), updated_at=to_us(seed.at("3 10:00")),
        )
    )  # fmt: skip
    tx.touch("order", order_id(name))


def add_run(
    tx: Tx, place: str, name: str, number: int, state: str, began: datetime, rows: int, seconds: int | None, **more: Any
) -> str:
    """One run; it becomes the order's newest."""
    run_id = f"{order_id(name)[:28]}{number:04}"
    values = {
        "id": run_id, "order_id": order_id(name), "destination_id": seed.identity_of(place), "state": state,
        "by": "nora@acme.test", "rows": rows, "created_at": to_us(began), "started_at": to_us(began),
        "finished_at": None if seconds is None else to_us(began + timedelta(seconds=seconds)),
        "rows_per_second": rows / seconds if seconds else 0.0, "bytes": rows * 50,
    }  # fmt: skip
    tx.execute(insert(schema.load_runs).values(**{**values, **more}))
    tx.execute(update(schema.load_orders).where(schema.load_orders.c.id == order_id(name)).values(run_id=run_id))
    tx.touch("order", order_id(name))
    return run_id


def progress(ctx: Context, name: str, **values: Any) -> None:
    """A worker's word on the newest run of an order."""
    with ctx.store.write() as tx:
        run_id = tx.execute(schema.load_orders.select().where(schema.load_orders.c.id == order_id(name))).one().run_id
        tx.execute(update(schema.load_runs).where(schema.load_runs.c.id == run_id).values(**values))
        tx.touch("run", run_id)
        tx.touch("order", order_id(name))
