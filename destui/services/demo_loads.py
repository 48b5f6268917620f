"""Load orders of `destui demo`: into a database file and a folder of its own, out of files that are made here.

What runs is real; only the runs of the days before are written down without having been.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from destui.domain.loads import Mode
from destui.domain.orders import OrderDraft
from destui.services import destinations, loads
from destui.services.context import Context
from destui.store import load_history

PLACES = (
    # name, type, fields, tags
    ("shop", "sqlite", {"path": "{data}/shop.db"}, ["prod"]),
    ("landing", "folder", {"path": "{data}/landing"}, ["events"]),
    # Its folder is not there: what is to be loaded into it waits.
    ("warehouse copy", "sqlite", {"path": "{data}/away/copy.db"}, ["external"]),
)
READINGS = (
    "shop:WITH RECURSIVE readings(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM readings WHERE n < {count})"
    " SELECT n AS reading, n % 977 AS sensor, (n * 7919 % 100003) / 100.0 AS celsius FROM readings"
)
READINGS_COUNT = 5_000_000
"""Rows out of nothing: they take a while and next to no disk."""


@dataclass(frozen=True)
class Demo:
    """An order, with the rows of its runs in the days before, oldest first (none: it had none); whether it runs now,
    and whether its schedule rests."""

    name: str
    place: str
    source: str
    table: str
    cron: str = ""
    mode: Mode = Mode.APPEND
    key: tuple[str, ...] = ()
    before: tuple[int, ...] = ()
    apart: timedelta = timedelta(days=1)
    run: bool = False
    paused: bool = False


def orders(data: Path) -> Sequence[Demo]:
    """One in each state: done, running, failing, waiting, paused, and one whose time has not come."""
    noise = random.Random(7)  # noqa: S311 - for a spark line, the same each time
    days = tuple(1_180_000 + 9_000 * day + noise.randrange(60_000) for day in range(20))
    hours = tuple(noise.randrange(40_000, 52_000) for _ in range(18))
    readings = READINGS.format(count=READINGS_COUNT)
    return (
        Demo("daily sales", "shop", f"{data}/sales-*.csv", "sales", "0 6 * * *", before=days),
        Demo(
            "customers", "shop", f"{data}/customers.csv", "customers", "0 * * * *", Mode.MERGE, ("customer_id",),
            before=hours, apart=timedelta(hours=1),
        ),
        Demo("sensor readings", "landing", readings, "readings", mode=Mode.REPLACE, run=True),
        Demo("exchange rates", "shop", f"{data}/rates.csv", "fx_rates", before=(31, 31, 30, 31), run=True),
        Demo("stock levels", "warehouse copy", f"{data}/stock.csv", "stock", "*/30 * * * *", run=True),
        Demo("refunds", "shop", f"{data}/refunds.csv", "refunds", "0 2 * * 0", before=(1_204, 988, 1_311),
             apart=timedelta(days=7), paused=True),
        Demo("board report", "landing", f"{data}/sales-*.csv", "report", "0 7 * * 1"),
    )  # fmt: skip


def fill(ctx: Context, data: Path, leaving: Event) -> None:
    """Make the files, add the destinations and their orders; ends early once `leaving` is set."""
    _write_files(data)
    ids = {}
    for name, kind, fields, tags in PLACES:
        if leaving.is_set():
            return
        values = {field: text.format(data=data) for field, text in fields.items()}
        ids[name] = destinations.add(ctx, kind, name, values, {}, tags).destination_id
    can_run = loads.missing_packages(ctx) is None
    for demo in orders(data):
        if leaving.is_set():
            return
        _add(ctx, demo, ids[demo.place], can_run=can_run)


def _add(ctx: Context, demo: Demo, destination_id: str, *, can_run: bool) -> None:
    draft = OrderDraft(
        destination_id, demo.name, demo.source, demo.table, demo.mode, demo.key, cron=demo.cron, tz="UTC"
    )  # fmt: skip
    order_id = loads.save(ctx, draft).order_id
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with ctx.store.write() as tx:
        for ago, rows in zip(range(len(demo.before), 0, -1), demo.before, strict=True):
            began = now - ago * demo.apart + timedelta(seconds=2)
            load_history.record(tx, order_id, began, rows, seconds=1 + rows / 250_000, by="schedule")
    if demo.paused:
        loads.pause(ctx, [order_id])
    if demo.run and can_run:
        loads.run_now(ctx, [order_id])


def _write_files(data: Path) -> None:
    """Small files; the rates have a line that is not as it should be."""
    (data / "landing").mkdir(parents=True)
    (data / "shop.db").touch()  # an empty database: it is read before anything is loaded into it
    for month in (10, 11):
        _write(data / f"sales-2024-{month}.csv", "sale_id,sold_on,product,amount", (
            f"{month * 10_000 + n},2024-{month}-{n % 30 + 1:02},P{n % 40:03},{n % 97 + 0.5:.2f}" for n in range(4_000)
        ))  # fmt: skip
    customers = [("東京商事", "JP"), ("Nordwind GmbH", "DE"), ("Álvarez e Hijos", "ES")] * 400
    _write(data / "customers.csv", "customer_id,name,country", (
        f"{n},{name} {n},{country}" for n, (name, country) in enumerate(customers)
    ))  # fmt: skip
    _write(data / "rates.csv", "day,currency,rate", (
        f"2024-11-{n:02},USD,1.0{n}" + (",n/a" if n == 17 else "") for n in range(1, 31)
    ))  # fmt: skip
    _write(data / "stock.csv", "product,pieces", (f"P{n:03},{n * 3}" for n in range(40)))
    _write(data / "refunds.csv", "refund_id,amount", (f"{n},{n % 31}.00" for n in range(900)))


def _write(file: Path, header: str, lines: Iterable[str]) -> None:
    file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
