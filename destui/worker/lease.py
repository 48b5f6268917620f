"""A worker's lease: taken before anything is claimed, renewed as long as nobody has taken it away; without it the
worker ends."""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Callable
from uuid import uuid4

from destui import __version__
from destui.domain.errors import StoreUnavailable
from destui.store import workers
from destui.store.engine import Store
from destui.worker.launch import birth
from destui.worker.outage import Outage

log = logging.getLogger("destui.worker")

LEASE_SECONDS = workers.LEASE_US / 1e6
EXIT_LEASE_LOST = 75


class Lease:
    """Renews itself in a thread of its own every `workers.BEAT_SECONDS`; the process ends with that thread.

    `begin_anew` is called when it ran out because the store was away for so long: then this process is as good as a new
    one. It does not return; where it raises, the process ends.
    """

    def __init__(self, store: Store, host: str, outage: Outage, begin_anew: Callable[[], None]) -> None:
        self.worker = f"{host[:24]}-{os.getpid()}-{uuid4().hex[:8]}"
        self._store = store
        self._host = host
        self._outage = outage
        self._begin_anew = begin_anew
        self._ended = threading.Event()
        self._file: tuple[int, int] | None = None
        self._gone_since: float | None = None
        self._patience: Callable[[], float] = lambda: math.inf

    def start(self) -> None:
        """Take the lease. Raises StoreUnavailable."""
        self._take()
        threading.Thread(target=self._run, name="lease", daemon=True).start()

    def leave_where_gone(self, patience: Callable[[], float]) -> None:
        """Have the process end once the store's file has been away for so many seconds: it was deleted."""
        self._patience = patience

    def end(self) -> None:
        """Give it back."""
        self._ended.set()
        with self._store.write() as tx:
            workers.leave(tx, self.worker)

    def _take(self) -> None:
        pid = os.getpid()
        born = birth(pid)
        with self._store.write() as tx:
            if self._store.is_sqlite:
                workers.forget_all(tx)  # we hold the lock of this store: whoever is on record is dead
            else:
                workers.forget_process(tx, self._host, pid, born)
            workers.register(tx, worker=self.worker, host=self._host, pid=pid, birth=born, version=__version__)
        self._file = self._store.file()

    def _run(self) -> None:
        """A worker does not live on without this thread, however it ends."""
        try:
            self._keep()
        except Exception:
            log.exception("the lease cannot be renewed any more; ending")
        finally:
            if not self._ended.is_set():
                os._exit(EXIT_LEASE_LOST)

    def _keep(self) -> None:
        """Renew it until it is given back, or is lost."""
        away_since: float | None = None
        while not self._ended.wait(workers.BEAT_SECONDS):
            began = time.monotonic()
            try:
                held = self._renew(away_since is not None)
                self._outage.over()
                if held:
                    away_since = None
            except StoreUnavailable as error:
                away_since = away_since or began
                self._outage.found(error)
                held = self._store.is_sqlite or time.monotonic() - away_since < LEASE_SECONDS
            except Exception:
                log.exception("lease not renewed")
                held = True
            if self._was_replaced():
                log.error("the store's file was moved away, and another stands in its place; ending")
                return
            if self._gone_since is not None and (away := time.monotonic() - self._gone_since) >= self._patience():
                log.warning("the store's file has been away for %.0f s; leaving", away)
                os._exit(0)
            if held or self._ended.is_set():
                continue
            if away_since is None:
                log.error("the lease was taken away (the machine slept, or this process was stopped); ending")
                return
            log.warning("the lease ran out while the store was away; beginning anew when it is back")
            self._begin_anew()

    def _was_replaced(self) -> bool:
        """What this worker has open besides goes on with the old file. A file that is away may come back."""
        try:
            found = self._store.file()
        except StoreUnavailable:
            self._gone_since = self._gone_since or time.monotonic()
            return False
        self._gone_since = None
        return found != self._file

    def _renew(self, was_away: bool) -> bool:
        with self._store.write() as tx:
            held = workers.renew(tx, self.worker)
        if not held and was_away and self._store.is_sqlite:
            # The store was away, perhaps put back from a copy; with the file lock in our hand nobody has taken over.
            self._take()
            return True
        return held
