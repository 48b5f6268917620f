"""What the tests of PostgreSQL ladders share: running one, and looking at how it ended."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from destui.connectors.ladder import run_ladder
from destui.domain.check import CheckState, Diagnosis, Outcome, StepState
from destui.domain.secret import Secret
from tests.servers.postgres import LOADER_PASSWORD


def check(
    fields: Mapping[str, Any],
    password: str = LOADER_PASSWORD,
    deadlines: Mapping[str, float] | None = None,
    cancel: threading.Event | None = None,
    on_step: Any = lambda position, step: None,
    **secrets: str,
) -> Outcome:
    given = {name: Secret(text) for name, text in {"password": password, **secrets}.items() if text}
    return run_ladder(
        "postgres", fields, given, on_step=on_step, cancel=cancel or threading.Event(), token="e2e",
        deadlines=deadlines,
    )  # fmt: skip


def fails(outcome: Outcome, step: str, *causes: str) -> Diagnosis:
    """The diagnosis, after a look that the ladder failed at `step`, in time, and ran its clean up."""
    found = outcome.diagnosis
    assert outcome.state is CheckState.FAILED and found is not None, outcome
    assert (found.step, found.causes) == (step, causes), found
    states = {s.name: s.state for s in outcome.steps}
    assert states[step] is StepState.FAILED and states["clean up"] is StepState.PASSED
    failed = next(s for s in outcome.steps if s.name == step)
    assert failed.ms is not None and failed.deadline is not None
    assert failed.ms <= failed.deadline * 1000 + 500
    return found


def passes(outcome: Outcome) -> None:
    assert outcome.state is CheckState.PASSED, outcome


def edited(fields: Mapping[str, Any], found: Diagnosis) -> dict[str, Any]:
    """The fields after the fix's `field=value` lines."""
    return {**fields, **dict(line.split("=", 1) for line in found.fix_lines)}
