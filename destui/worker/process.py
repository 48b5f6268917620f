"""The worker process: its lock, lease, engine and loop, and how it ends."""

from __future__ import annotations

import logging
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType

from destui.config import Config
from destui.domain.errors import StoreUnavailable
from destui.store import jobs
from destui.store.engine import Store
from destui.store.opening import open_store
from destui.worker import launch
from destui.worker.lease import Lease

IDLE_SECONDS = 600.0
GRACE_SECONDS = 5.0
"""How long running checks may go on after a request to end; what is left is taken over by the next worker."""


def run(config: Config, *, lock: int | None = None, wait: bool = True, idle_seconds: float | None = None) -> int:
    """Work until told to end, or idle for `idle_seconds` (None: never); returns the exit code.

    `lock` is the worker's lock, handed on by a starter; otherwise it is waited for, or with `wait=False` the worker
    leaves at once when another one works.
    """
    _log_to_stderr()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold secrets
    config.prepare()
    if config.store_path is not None and lock is None:
        lock = launch.take_lock(config, wait=wait)
        if lock is None:
            return 0
    while _serve(config, open_store(config, durable=False), idle_seconds) and lock is not None:
        os.close(lock)
        # Somebody may have added work after the last look and found the lock still held: look again.
        store = open_store(config, durable=False)
        waiting = jobs.has_queued(store)
        store.close()
        lock = launch.take_lock(config) if waiting else None
        if lock is None:
            break
    return 0


def _serve(config: Config, store: Store, idle_seconds: float | None) -> bool:
    """Work until told to end (then False) or idle for long enough (then True)."""
    from destui.vault.vault import Vault
    from destui.worker.dispatch import Dispatcher
    from destui.worker.progress import ProgressWriter
    from destui.worker.workflows import Runtime, install

    log = logging.getLogger("destui.worker")
    lease = Lease(store, config.host)
    lease.start()
    runtime = Runtime(store, Vault(store, config), lease.worker, config.host, ProgressWriter(store))
    install(runtime)
    close_engine = _launch_engine(store, lease.worker)
    dispatcher = Dispatcher(runtime, idle_seconds=idle_seconds)
    told: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        told.append(number)
        dispatcher.stop()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    log.info("worker %s started, store %s", lease.worker, store.path or "postgresql")
    dispatcher.run()
    finish_by = time.monotonic() + GRACE_SECONDS
    while runtime.active and time.monotonic() < finish_by:
        time.sleep(0.02)
    runtime.progress.close()
    try:
        lease.end()
    except StoreUnavailable as error:
        log.warning("lease not given back: %s", error)
    log.info("worker %s ended", lease.worker)
    if runtime.active:
        # Threads in the middle of a driver call cannot be ended; their jobs go on in the next worker.
        os._exit(0)
    close_engine()
    store.close()
    return not told


def _launch_engine(store: Store, worker: str) -> Callable[[], None]:
    """Launch the durable engine on the store's own database; returns what closes it."""
    from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

    from destui.store.dialects import make_journal_engine

    engine = make_journal_engine(store.url, store.path, store.one_writer)
    settings: DBOSConfig = {
        "name": "destui",
        "system_database_url": engine.url.render_as_string(hide_password=False),
        "system_database_engine": engine,
        # The code of a workflow may change, its name never: pending work goes on under the new program.
        "application_version": "1",
        "executor_id": worker,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "WARNING",
    }
    DBOS(config=settings)
    DBOS.launch()

    def close() -> None:
        DBOS.destroy(workflow_completion_timeout_sec=0)
        engine.dispose()

    return close


def _log_to_stderr() -> None:
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)sZ %(levelname)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
    )
    for noisy in ("sqlalchemy", "alembic", "keyring", "dbos"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
