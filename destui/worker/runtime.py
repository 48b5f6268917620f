"""What the workflows of one worker's process work with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from destui.domain.errors import StoreUnavailable
from destui.store.engine import Store
from destui.store.jobs import Work
from destui.vault.vault import Vault
from destui.worker.outage import Outage
from destui.worker.progress import ProgressWriter
from destui.worker.standstill import Standstill

T = TypeVar("T")
VAULT_SECONDS = 3.0
"""How often what waits for the vault looks again."""


@dataclass
class Runtime:
    """The store, the vault, and the jobs at hand."""

    store: Store
    vault: Vault
    worker: str
    host: str
    progress: ProgressWriter
    folder: Path
    """Where load runs put aside what does not fit into memory."""
    on_change: tuple[str, ...] = ()
    """The command that is told of changes of status; empty: nobody is."""
    active: dict[str, threading.Event] = field(default_factory=dict)
    """Jobs at hand; setting the event stops one."""
    fenced: set[tuple[str, int]] = field(default_factory=set)
    """Attempts (job, number) that another has overtaken."""
    outage: Outage = field(default_factory=Outage)
    standstill: Standstill = field(default_factory=Standstill)

    def persistently(self, call: Callable[[], T]) -> T:
        """Do what the store must take; while it does not answer, wait and try again: nothing done is lost."""
        pause = 0.2
        while True:
            try:
                return call()
            except StoreUnavailable as error:
                self.outage.found(error)
                time.sleep(pause)  # nothing tells when a locked or unreachable store comes back
                pause = min(pause * 2, 5.0)

    def fence(self, work: Work, cancel: threading.Event) -> None:
        """The job is no longer this attempt's: stop what it does, which counts for nothing."""
        self.fenced.add((work.job_id, work.attempt))
        cancel.set()

    def is_fenced(self, work: Work) -> bool:
        """Whether another attempt has overtaken this one."""
        return (work.job_id, work.attempt) in self.fenced
