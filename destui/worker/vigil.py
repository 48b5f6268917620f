"""Which workers are dead: those that have said nothing for as long as a lease, while this one watched.

The clocks of hosts differ, and are set; this process's own count of the time that passes does not jump.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from destui.domain.event import WorkerInfo
from destui.store.workers import BEAT_SECONDS, LEASE_US

PATIENCE = LEASE_US / 1e6 - 1
"""Seconds; its beats are looked at with each of ours, so that with what passes in between it is more than a lease."""


class Vigil:
    """One worker's watch over the others."""

    def __init__(self) -> None:
        self._heard: dict[str, tuple[int, float]] = {}
        """By worker: its last beat, and when it was first seen here."""
        self._looked = time.monotonic()

    def dead(self, workers: Iterable[WorkerInfo]) -> list[str]:
        """The ids of those that are dead. To be called with each beat."""
        now = time.monotonic()
        if now - self._looked > 2 * BEAT_SECONDS:
            self._heard.clear()  # this process did not watch: it was stopped itself, or the store was away
        self._looked = now
        before, self._heard = self._heard, {}
        for worker in workers:
            beat, since = before.get(worker.id, (None, now))
            self._heard[worker.id] = (worker.beat, since if beat == worker.beat else now)
        return [worker for worker, (_, since) in self._heard.items() if now - since >= PATIENCE]
