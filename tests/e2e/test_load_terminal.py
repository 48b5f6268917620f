"""A load set up, run and seen to its end on a real terminal, with a real worker and real files."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bench.terminal import Terminal
from destui.domain.orders import OrderDraft
from destui.services import destinations, loads
from destui.services.context import Context
from tests.e2e.terminals import ended, interface
from tests.fixtures import Home

ROWS = 3000


def target(ctx: Context, folder: Path) -> Path:
    """An Active destination: an SQLite file."""
    path = folder / "mart.db"
    added = destinations.add(ctx, "sqlite", "mart", {"path": str(path)}, {})
    ended(ctx, added.check_id)
    return path


def a_file(folder: Path, rows: int = ROWS) -> Path:
    """A CSV with three columns."""
    path = folder / "orders.csv"
    path.write_text("id,customer,day\n" + "".join(f"{n},customer {n},2024-11-24\n" for n in range(rows)))
    return path


def test_a_file_is_loaded_through_the_form(home: Home, opened: list[Terminal], tmp_path: Path) -> None:
    ctx = home.context()
    database, source = target(ctx, tmp_path), a_file(tmp_path)
    terminal = interface(home, opened)
    terminal.read_until_screen("Setup load")
    terminal.settle(0.3)
    terminal.send(b"l")
    terminal.read_until_screen("Set up a load into mart")
    terminal.settle(0.3)
    terminal.send(str(source).encode())
    terminal.read_until_screen("orders.csv")
    terminal.send(b"\t")
    terminal.settle(0.2)
    terminal.send(b"orders\t")
    # The worker looks at the file, and the form shows it.
    terminal.read_until_screen("Preview, the first 20 rows", 30)
    terminal.read_until_screen("customer 3", 5)
    terminal.read_until_screen("new, made with 3 columns", 5)
    terminal.send(b"\x0e")  # ctrl+n
    terminal.read_until_screen(f"orders: {ROWS:,} rows loaded", 30)
    terminal.send(b"2")
    terminal.read_until_screen("✓ Done", 10)
    terminal.read_until_screen(f"{ROWS:,}", 5)
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*), sum(id) FROM orders").fetchone() == (ROWS, ROWS * (ROWS - 1) // 2)
    # What stands still writes nothing.
    terminal.settle(1.0)
    assert terminal.read(2.0) == b""


def test_two_sessions_see_the_same_run(home: Home, opened: list[Terminal], tmp_path: Path) -> None:
    ctx = home.context()
    target(ctx, tmp_path)
    source = a_file(tmp_path)
    first, second = interface(home, opened), interface(home, opened)
    for terminal in (first, second):
        terminal.send(b"2")
        terminal.read_until_screen("No load orders yet")
    place = destinations.find(ctx, "mart")
    loads.save(ctx, OrderDraft(place.id, "nightly", str(source), "orders"))
    for terminal in (first, second):
        terminal.read_until_screen("nightly", 10)
        terminal.settle(0.3)
    first.send(b"n")
    for terminal in (first, second):
        terminal.read_until_screen("✓ Done", 30)
        terminal.read_until_screen(f"{ROWS:,}", 5)
