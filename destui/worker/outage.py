"""A store that does not answer is told once, and once that it does again, however many threads find out."""

from __future__ import annotations

import logging
import threading
import time

from destui.domain.errors import StoreUnavailable

log = logging.getLogger("destui.worker")


class Outage:
    """Whether the store is away."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._since: float | None = None

    def found(self, error: StoreUnavailable) -> None:
        """A call failed."""
        with self._turn:
            if self._since is None:
                self._since = time.monotonic()
                log.warning("waiting for the store: %s", error)

    def over(self) -> None:
        """A call succeeded."""
        if self._since is None:
            return
        with self._turn:
            since, self._since = self._since, None
        if since is not None:
            log.info("the store answers again, after %.0f s", time.monotonic() - since)
