"""The worker process: its lock, lease, engine and loop, and how it ends."""

from __future__ import annotations

import logging
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING

from destui.config import Config
from destui.connectors.libpq import forget_variables
from destui.domain.errors import DestuiError, InvalidInput, StoreUnavailable
from destui.domain.secret import SHORTEST
from destui.store import settings
from destui.store.engine import Store, translated
from destui.store.opening import open_store, revision
from destui.worker import launch, log_lines, on_change, turn
from destui.worker.lease import Lease
from destui.worker.outage import Outage

if TYPE_CHECKING:
    from destui.worker.runtime import Runtime

log = logging.getLogger("destui.worker")

IDLE_SECONDS = 600.0
GONE_SECONDS = 60.0
"""How long the file of an embedded store may be away before a worker that may leave idle does so, if not earlier."""
GONE_AT_WORK_SECONDS = 3600.0
"""The same where something is at work, which waits at its end for the store to take it."""
EXIT_UPGRADED = 6
"""The command line's code for a store that is not available: a service starts the worker again, as the newer program
once that is installed."""
RUNS = "runs"
"""The folder, in destui's own, where load runs put aside what does not fit into memory."""
AGAIN = "--again"
"""The option that has a worker wait for the store at its start: it was there, and is away for a while."""
AWAY_SECONDS = 1.0
"""How often a store that is away is looked at."""
GRACE_SECONDS = 5.0
"""How long running checks may go on after a request to end; what is left is taken over by the next worker."""


def run(
    config: Config, *, lock: int | None = None, wait: bool = True, idle_seconds: float | None = None,
    ready: int | None = None, again: bool = False,
) -> int:  # fmt: skip
    """Work until told to end, or idle for `idle_seconds` (None: never); returns the exit code. One that may leave idle
    leaves as well where the file of its embedded store stays away.

    `lock` is the worker's lock, handed on by a starter; otherwise it is waited for, or with `wait=False` the worker
    leaves at once when another one works. Into the pipe `ready` the starter is told that the worker is up. `again`:
    wait for the store, which was there. Raises StoreUnavailable, also where a newer program has upgraded the store
    meanwhile.
    """
    _begin_log(config)
    forget_variables()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold secrets
    config.prepare()
    if again or lock is not None:  # it was there, or is there for who started this one
        _await(Store(config.store_url, config.store_path), was_there=again)
    if config.store_path is not None and lock is None:
        lock = turn.wait(config) if wait else launch.take_lock(config)
        if lock is None:
            return 0
    while _serve(config, idle_seconds, ready, again) and (lock := _lock_again(config, lock)) is not None:
        ready = None
    return 0


def _lock_again(config: Config, lock: int | None) -> int | None:
    """Let the lock go after leaving by itself, and take it again where a worker is needed after all: work or a schedule
    may have been added after the last look, by somebody who found the lock still held. None: leave. Raises
    StoreUnavailable, where that was why it left."""
    if lock is not None:
        os.close(lock)
    store = open_store(config, durable=False)
    needed = lock is not None and launch.is_needed(store)
    store.close()
    return launch.take_lock(config) if needed else None


def _serve(config: Config, idle_seconds: float | None, ready: int | None, was_there: bool) -> bool:
    """Work until told to end (then False), or until idle for long enough or the store is a newer program's (then
    True)."""
    from destui.worker.dispatch import Dispatcher

    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until its own loop hears it: one that left idle is deaf
    with _or_anew(was_there):
        store = open_store(config, durable=False)
    outage = _Outage(store)
    told: list[int] = []
    lease = Lease(store, config.host, outage, lambda: os._exit(0) if told else _begin_anew())
    with _or_anew(True):
        lease.start()
        try:
            runtime = _prepare(config, store, lease.worker, outage)
            close_engine = _launch_engine(store, lease.worker)
        except Exception:
            with suppress(StoreUnavailable):
                lease.end()
            raise
    dispatcher = Dispatcher(runtime, idle_seconds=idle_seconds)
    if idle_seconds is not None:
        at_rest = min(idle_seconds, GONE_SECONDS)
        lease.leave_where_gone(lambda: GONE_AT_WORK_SECONDS if runtime.active else at_rest)

    def end(number: int, _frame: FrameType | None) -> None:
        told.append(number)
        dispatcher.stop()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    log.info("worker %s started, store %s", lease.worker, store.path or "postgresql")
    _tell_starter(ready)
    dispatcher.run()
    _wind_down(runtime, lease, 0 if told else EXIT_UPGRADED)
    close_engine()
    store.close()
    return not told


def _prepare(config: Config, store: Store, worker: str, outage: Outage) -> Runtime:
    """What the workflows work with, and what the settings file says."""
    from destui.vault.vault import Vault
    from destui.worker.progress import ProgressWriter
    from destui.worker.runtime import Runtime
    from destui.worker.workflows import install

    _apply_settings(config, store)
    command = _command(config)
    on_change.register(store, config.host, command)
    progress = ProgressWriter(store, outage)
    vault = Vault(store, config)
    runtime = Runtime(store, vault, worker, config.host, progress, config.data / RUNS, command, outage=outage)
    install(runtime)
    runtime.standstill.watch()
    return runtime


def _wind_down(runtime: Runtime, lease: Lease, code: int) -> None:
    """Let what runs come to its end for a while, then give the lease back. Where something still runs, the process ends
    with this code."""
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
        os._exit(code)


class _Outage(Outage):
    """Silent about a store that a newer program has upgraded: that does not pass, and the loop says it and leaves."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store

    def found(self, error: StoreUnavailable) -> None:
        """See `Outage`."""
        if error.is_cut or not self._is_upgraded():
            super().found(error)

    def _is_upgraded(self) -> bool:
        with suppress(StoreUnavailable):
            return revision(self._store) != self._store.revision
        return False


def _apply_settings(config: Config, store: Store) -> None:
    """What the settings file says of background checks, and of how long things are kept, counts for the store."""
    for problem in config.settings_problems:
        log.warning("%s", problem)
    for name in settings.OF_HOSTS:
        try:
            number = config.setting(name)
        except InvalidInput:
            return
        wanted = None if number is None else str(number)
        # A team's store keeps what one host has set; its own store follows its one file.
        if (wanted or store.is_sqlite) and settings.read(store, name) != wanted:
            with store.write() as tx:
                settings.write(tx, name, wanted)


def _command(config: Config) -> tuple[str, ...]:
    """The command that the settings file wants told of changes of status."""
    try:
        return tuple(config.setting("on_change") or ())
    except InvalidInput:
        return ()


def _launch_engine(store: Store, worker: str) -> Callable[[], None]:
    """Launch the durable engine on the store's own database; returns what closes it."""
    from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

    from destui.store.dialects import make_journal_engine

    engine = make_journal_engine(store.url, store.path, store.one_writer)
    engine_settings: DBOSConfig = {
        "name": "destui",
        "system_database_url": engine.url.render_as_string(hide_password=False),
        "system_database_engine": engine,
        # The code of a workflow may change, its name never: pending work goes on under the new program.
        "application_version": "1",
        "executor_id": worker,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "ERROR",  # its warnings are of queues and schedules, which are not used
    }
    with translated(store.path):
        DBOS(config=engine_settings)
        DBOS.launch()

    def close() -> None:
        DBOS.destroy(workflow_completion_timeout_sec=0)
        engine.dispose()

    return close


@contextmanager
def _or_anew(was_there: bool) -> Iterator[None]:
    """Where the store is lost while the worker comes up, a new process waits for it, if it `was_there`."""
    try:
        yield
    except StoreUnavailable as error:
        if was_there and error.is_cut:
            log.warning("the store was lost while coming up; beginning anew: %s", error)
            time.sleep(AWAY_SECONDS)
            _begin_anew()
        raise


def _begin_anew() -> None:
    """This process as a new one, which waits for the store and takes a new lease: threads in the middle of a driver's
    call cannot be ended otherwise. Raises OSError where the interpreter has gone, as by an upgrade."""
    again = [] if AGAIN in sys.orig_argv else [AGAIN]
    try:
        os.execv(sys.executable, [*sys.orig_argv, *again])  # noqa: S606
    except OSError as error:
        raise OSError(error.errno, error.strerror, sys.executable) from None  # it does not say what is not there


def _await(store: Store, *, was_there: bool) -> None:
    """Wait until a store can be written, and answers if it `was_there`."""
    outage = Outage()
    while (why := _why_wait(store, was_there)) is not None:
        outage.found(why)
        time.sleep(AWAY_SECONDS)
    outage.over()


def _why_wait(store: Store, was_there: bool) -> StoreUnavailable | None:
    """What passes by itself. A file that is damaged, or no store, does not: it is for `open_store` to tell."""
    try:
        store.fetch("SELECT 1")
    except StoreUnavailable as error:
        return error if was_there else None
    with suppress(StoreUnavailable):
        if (sentence := store.why_unwritable()) is not None:
            return StoreUnavailable(sentence)
    return None


def _tell_starter(ready: int | None) -> None:
    if ready is None:
        return
    try:
        os.write(ready, b"1")
    except OSError:
        pass  # it has gone: nobody waits
    os.close(ready)


def tell_end(error: Exception) -> None:
    """Say in the log why a worker that was launched has ended."""
    log.error("%s", error, exc_info=None if isinstance(error, DestuiError) else error)


def _begin_log(config: Config) -> None:
    secrets = [config.environment.get("DESTUI_KEY", ""), *config.store_passwords]
    log_lines.begin(config.worker_log, [text for text in secrets if len(text) >= SHORTEST])
