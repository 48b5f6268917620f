"""A store filled with simulated destinations, and a few real ones with load orders, for `destui demo`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from logging import getLogger
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from destui.config import Config, load_config
from destui.domain.errors import DestuiError
from destui.services import destinations, settings
from destui.services.context import Context, open_context
from destui.worker import launch

# name, tags, who, outcome, the step it fails at, seconds of its ladder
SEEDS = (
    ("orders_dwh", "prod", "ines.alvarez@acme.test", "error", "create", 0),
    ("finance_mart", "prod, finance", "nora@acme.test", "active", "", 0),
    ("東京_売上分析", "prod", "haruka.ito@acme.test", "active", "", 0),
    ("clickstream", "events", "raj@acme.test", "active", "", 0),
    ("marketing-attribution-eu-west", "", "ines.alvarez@acme.test", "active", "", 0),
    ("partner drop", "external", "ops@acme.test", "active", "", 0),
    ("legacy_crm", "external", "tom@acme.test", "error", "sign in", 0),
    ("ml-features", "", "nora@acme.test", "flaky", "reach", 2),
    ("물류_창고", "prod", "minji.kim@acme.test", "active", "", 1),
    ("events-lake", "events", "raj@acme.test", "active", "", 30),
    ("billing", "finance", "raj@acme.test", "active", "", 42),
    ("q3 board pack", "finance", "nora@acme.test", "hang", "open", 20),
)

FIRST_SCREEN = 1.0
"""Seconds that the interface has for itself before load orders are made beside it."""


@contextmanager
def demo_store() -> Iterator[Config]:
    """A throw-away store with a dozen destinations in every state, some of them initialising; gone afterwards.

    Load orders, and what they load into, come while it is looked at.
    """
    with TemporaryDirectory(prefix="destui-demo-", ignore_cleanup_errors=True) as folder:
        # The sealed vault: a demonstration leaves nothing in the user's keyring.
        own = {"DESTUI_HOME": folder, "DESTUI_SECRETS": "sealed", "DESTUI_DEMO": "1"}
        kept = {k: v for k, v in os.environ.items() if k not in ("DESTUI_STORE", "DESTUI_KEY")}
        config = load_config({**kept, **own})
        ctx = open_context(config)
        leaving = Event()
        orders = Thread(target=_add_loads, args=(config, Path(folder) / "data", leaving), name="loads", daemon=True)
        try:
            fill(config)
            orders.start()
            yield config
        finally:
            leaving.set()
            if orders.ident is not None:
                orders.join(10)
            launch.stop(config, ctx.store, at_once=True)
            ctx.store.close()


def fill(config: Config) -> None:
    """Add the dozen."""
    store = open_context(config).store
    for name, tags, who, outcome, step, seconds in SEEDS:
        ctx = Context(_as(config, who), store)
        values: dict[str, object] = {"outcome": outcome, "seconds": seconds}
        if step:
            values["fail_at"] = step
        destinations.add(ctx, "simulator", name, values, {}, [t.strip() for t in tags.split(",") if t.strip()])
    settings.set_contact(Context(config, store), "data-platform@acme.test")


def _add_loads(config: Config, data: Path, leaving: Event) -> None:
    if leaving.wait(FIRST_SCREEN):
        return
    ctx = open_context(_as(config, "nora@acme.test"))
    try:
        from destui.services import demo_loads

        demo_loads.fill(ctx, data, leaving)
    except (DestuiError, OSError):  # what is there shows what destui is, too
        getLogger("destui").warning("the demo's load orders could not be made", exc_info=True)
    finally:
        ctx.store.close()


def _as(config: Config, who: str) -> Config:
    environment: Mapping[str, str] = {**config.environment, "DESTUI_USER": who}
    return load_config(environment)
