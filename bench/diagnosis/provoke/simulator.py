"""The simulator's acts."""

from __future__ import annotations

import threading
import time
from functools import partial

from bench.diagnosis.provoke.recorder import Recorder
from destui.connectors.base import Run
from destui.connectors.simulator import CONNECTOR
from destui.domain.check import DATABASE_STEPS

CAUSES = {
    "resolve": "host_not_found", "reach": "connection_refused", "encrypt": "tls_expired", "sign in": "wrong_password",
    "open": "database_missing", "create": "no_create_right", "write": "disk_full", "read back": "no_read_right",
    "clean up": "no_write_right",
}  # fmt: skip


def act(step: str, outcome: str) -> None:
    """One step that is to fail."""
    fields = {"outcome": outcome, "fail_at": step, "seconds": 0}
    run = Run(fields, {}, "k3x9", 1, threading.Event())
    run.ends_at = time.monotonic() + 0.2
    CONNECTOR.climb(run).rungs[step]()


def provoke() -> None:
    """All of it."""
    record = Recorder("simulator", "the simulator itself")
    for step in DATABASE_STEPS:
        record.catch(step, CAUSES[step], partial(act, step, "error"))
    record.catch("sign in", "timeout_firewall", lambda: act("sign in", "hang"))
