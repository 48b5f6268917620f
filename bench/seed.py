"""Stores of any size, written at once and past the services, so that nothing is checked."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sqlalchemy import insert

from destui.config import Config, load_config
from destui.store import schema, settings
from destui.store.opening import open_store
from destui.store.times import now_us

EMAILS = ("ines.alvarez@acme.test", "nora@acme.test", "raj@acme.test", "ops@acme.test")


def environment(folder: Path) -> dict[str, str]:
    """What a destui of the benchmark gets to see."""
    return {
        "PATH": os.environ["PATH"], "HOME": str(folder), "DESTUI_HOME": str(folder), "DESTUI_SECRETS": "sealed",
        "DESTUI_USER": "bench@acme.test", "TZ": "UTC", "LANG": "C.UTF-8",
    }  # fmt: skip


def destui(*arguments: str) -> list[str]:
    """The command, as this environment has it installed."""
    installed = Path(sys.executable).parent / "destui"
    return [str(installed)] if not arguments else [str(installed), *arguments]


def seed(folder: Path, count: int) -> Config:
    """A store with so many Active destinations, an Error in every seventh place."""
    config = load_config(environment(folder))
    store = open_store(config)
    now = now_us()
    with store.write() as tx:
        settings.write(tx, "limit", str(count + 1000))
        rows = [
            {
                "id": f"{n:032x}", "name": f"destination-{n:06}", "name_key": f"destination-{n:06}",
                "type": "simulator", "fields": '{"seconds": 0}', "tags": "[]",
                "status": "error" if n % 7 == 6 else "active",
                "connected_by": EMAILS[n % 4], "host": "", "created_at": now - n * 1000, "updated_at": now - n * 1000,
            }
            for n in range(count)
        ]  # fmt: skip
        tx.execute(insert(schema.destinations), rows)
    store.close()
    return config
