"""The demonstration's load orders: one in each state, all of it real but for the days before; nothing is left."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import gettempdir

import pytest

from destui.services import demo, loads
from destui.services.context import Context, open_context

WANTED = {
    "daily sales": "done", "customers": "done", "exchange rates": "failed", "stock levels": "waiting for connection",
    "refunds": "paused", "board report": "scheduled",
}  # fmt: skip


def states(ctx: Context) -> dict[str, str]:
    """Each order's status."""
    return {order.name: order.status.value for order in loads.orders(ctx, None, 0, 50)}


@pytest.fixture(autouse=True)
def an_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the user's; a readings query that takes less than minutes on a busy machine."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("destui.services.demo_loads.READINGS_COUNT", 600_000)


def test_load_orders_are_in_every_state_and_nothing_is_left() -> None:
    before = set(Path(gettempdir()).glob("destui-demo-*"))
    with demo.demo_store() as config:
        ctx = open_context(config)
        seen: set[float] = set()
        end = time.monotonic() + 70
        while time.monotonic() < end:
            found = {order.name: order for order in loads.orders(ctx, None, 0, 50)}
            if (one := found.get("sensor readings")) and one.run and one.run.share and one.status == "running":
                seen.add(one.run.share)
            now = states(ctx)
            if WANTED.items() <= now.items() and now["sensor readings"] == "done":
                break
            time.sleep(0.1)  # what it waits for is progress, which has no end to be told
        assert WANTED.items() <= now.items() and now["sensor readings"] == "done", now
        assert seen, "it ran, and told how far it was"
        failed = found["exchange rates"].run
        assert failed is not None and failed.diagnosis is not None and failed.diagnosis.code == "LOAD-RAGGED"
        assert loads.run_count(ctx, found["daily sales"].id) == 20
        ctx.store.close()
    assert set(Path(gettempdir()).glob("destui-demo-*")) == before
