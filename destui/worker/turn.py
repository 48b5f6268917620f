"""The turn of a worker that is started by hand or by a service while another one has its embedded store."""

from __future__ import annotations

import logging
import time

from destui.config import Config
from destui.domain.errors import StoreUnavailable
from destui.store import locks, workers
from destui.store.engine import Store
from destui.worker import launch

log = logging.getLogger("destui.worker")

LOOK_SECONDS = 0.5


def wait(config: Config) -> int:
    """The worker's lock, once it is free. Says what it waits for, and ends a holder that stands still, as a starter
    does. Raises StoreUnavailable where the lock cannot be opened."""
    told = ""
    while (lock := launch.take_lock(config)) is None:
        told = _look(config, told)
        time.sleep(LOOK_SECONDS)  # a lock that becomes free tells nobody
    return lock


def _look(config: Config, told: str) -> str:
    """Look at the one that has it; returns what has been said of it."""
    path = config.store_path
    if path is None or not path.exists():  # it is only coming up
        return told
    store = Store(config.store_url, path)
    try:
        silent = launch.silent(config, store)
        hold = locks.find(store) if silent else None
        if (now := _what(store, hold)) != told:
            log.info("waiting: %s", now)
        if silent and launch.end_stalled(config, store):
            log.warning("ended worker pid %s, which stood still", ", ".join(str(worker.pid) for worker in silent))
        return now
    except StoreUnavailable:  # it cannot be looked at; the lock still tells
        return told
    finally:
        store.close()


def _what(store: Store, hold: locks.Hold | None) -> str:
    known = workers.on_record(store)
    on_record = ", ".join(f"pid {worker.pid} on {worker.host}" for worker in known)
    if hold is not None and any(worker.pid == hold.pid for worker in known):
        hold = None  # its own lock, of the middle of a write
    why = "" if hold is None else f"; the store is locked by {hold.who}"
    return f"another worker has this store{f' ({on_record})' if on_record else ''}{why}"
