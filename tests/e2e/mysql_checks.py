"""What the tests of MySQL ladders share: running one, and killing one."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from destui.connectors.ladder import run_ladder
from destui.domain.check import Outcome
from destui.domain.secret import Secret
from tests.servers.mariadb import LOADER_PASSWORD


def check(
    fields: Mapping[str, Any],
    password: str = LOADER_PASSWORD,
    deadlines: Mapping[str, float] | None = None,
    cancel: threading.Event | None = None,
    on_step: Any = lambda position, step: None,
    token: str = "e2e",
    attempt: int = 1,
) -> Outcome:
    secrets = {"password": Secret(password)} if password else {}
    return run_ladder(
        "mysql", fields, secrets, on_step=on_step, cancel=cancel or threading.Event(), token=token, attempt=attempt,
        deadlines=deadlines,
    )  # fmt: skip


KILLED_LADDERS = """
import os, random, signal, sys, threading, time
import pymysql
from destui.connectors.ladder import run_ladder
from destui.domain.secret import Secret

count, password, *words = sys.argv[1:]
fields = dict(word.split("=", 1) for word in words)

def climb(token):
    run_ladder(
        "mysql", fields, {"password": Secret(password)}, on_step=lambda position, step: None,
        cancel=threading.Event(), token=token,
    )

climb("whole")
started = time.monotonic()
climb("measured")
whole = time.monotonic() - started
for number in range(int(count)):
    child = os.fork()
    if child == 0:
        climb(f"killed{number}")
        os._exit(0)
    time.sleep(random.uniform(0, 1.5 * whole))  # the random moment
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""
"""A program that starts ladders one after the other and kills each at a random moment."""
