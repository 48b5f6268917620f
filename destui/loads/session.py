"""Signing in to a server exactly as a check does: by the connector's own steps, so that it fails by the same words."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from destui.connectors import registry
from destui.connectors.base import Run
from destui.domain.check import DEADLINES
from destui.domain.loads import Place


class StepFailed(Exception):
    """A step of signing in failed; `error` is what it raised, `facts` what was found out until then."""

    def __init__(self, step: str, error: Exception, facts: dict[str, str]) -> None:
        super().__init__(str(error))
        self.step = step
        self.error = error
        self.facts = facts


def climb(place: Place, last: str, ready: Callable[[Any], None] = lambda climb: None) -> tuple[Any, dict[str, str]]:
    """Take a check's steps up to `last`; returns the type's own climb, which holds the session, and what was found out.

    Raises StepFailed.
    """
    connector = registry.connector(place.type)
    run = Run(place.fields, place.secrets, secrets.token_hex(6), 1, threading.Event())
    made = connector.climb(run)
    ready(made)
    steps = connector.steps_for(place.fields)
    for step in steps[: steps.index(last) + 1]:
        run.ends_at = time.monotonic() + DEADLINES.get(step, 10)
        try:
            made.rungs[step]()
        except Exception as error:
            made.abort()
            raise StepFailed(step, error, run.facts) from error
    return made, run.facts
