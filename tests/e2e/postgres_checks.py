"""What the tests of PostgreSQL ladders share: running one, and looking at how it ended."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from destui.connectors.ladder import run_ladder
from destui.domain.check import CheckState, Diagnosis, Outcome, StepState
from destui.domain.secret import Secret
from tests.servers.postgres import DATABASE, LOADER_PASSWORD, SUPERUSER, SUPERUSER_PASSWORD, Postgres
from tests.servers.processes import find_binary

VARIABLES = {
    "PGHOST": "nowhere.invalid", "PGHOSTADDR": "192.0.2.1", "PGPORT": "1", "PGDATABASE": "nothing", "PGUSER": "nobody",
    "PGPASSWORD": "wrong", "PGPASSFILE": "/nowhere", "PGSSLMODE": "verify-full", "PGREQUIRESSL": "1",
    "PGSSLROOTCERT": "/nowhere", "PGSSLCERT": "/nowhere", "PGSSLKEY": "/nowhere", "PGSSLCRL": "/nowhere",
    "PGSSLCRLDIR": "/nowhere", "PGSSLCERTMODE": "require", "PGSSLNEGOTIATION": "direct",
    "PGSSLMINPROTOCOLVERSION": "nonsense", "PGSSLMAXPROTOCOLVERSION": "nonsense", "PGSSLSNI": "nonsense",
    "PGSERVICE": "nowhere", "PGSERVICEFILE": "/nowhere", "PGSYSCONFDIR": "/nowhere",
    "PGOPTIONS": "-c default_transaction_read_only=on", "PGCLIENTENCODING": "klingon", "PGAPPNAME": "somebody",
    "PGCHANNELBINDING": "require", "PGCONNECT_TIMEOUT": "nonsense", "PGREQUIREPEER": "nobody_here",
    "PGREQUIREAUTH": "gss", "PGMINPROTOCOLVERSION": "nonsense", "PGMAXPROTOCOLVERSION": "nonsense",
    "PGGSSENCMODE": "require", "PGKRBSRVNAME": "x", "PGGSSLIB": "x", "PGGSSDELEGATION": "1",
    "PGTARGETSESSIONATTRS": "standby", "PGLOADBALANCEHOSTS": "nonsense", "PGSSLCOMPRESSION": "1",
    "PGTZ": "nonsense", "PGDATESTYLE": "nonsense", "PGGEQO": "nonsense",
}  # fmt: skip
"""What libpq reads of the environment, mostly with values that would keep a ladder from passing."""


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


def fails(outcome: Outcome, step: str, code: str, *causes: str) -> Diagnosis:
    """The diagnosis, after a look that the ladder failed at `step`, in time, and ran its clean up."""
    found = outcome.diagnosis
    assert outcome.state is CheckState.FAILED and found is not None, outcome
    assert (found.step, found.code, found.causes) == (step, code, causes), found
    states = {s.name: s.state for s in outcome.steps}
    assert states[step] is StepState.FAILED and states["clean up"] is StepState.PASSED
    failed = next(s for s in outcome.steps if s.name == step)
    assert failed.ms is not None and failed.deadline is not None
    assert failed.ms <= failed.deadline * 1000 + 500
    return found


def passes(outcome: Outcome) -> None:
    assert outcome.state is CheckState.PASSED, outcome


def paste(server: Postgres, found: Diagnosis, user: str = SUPERUSER, database: str = DATABASE) -> str:
    """Put all lines of a fix into psql, whole, as this role; returns what it prints."""
    psql = find_binary("psql", "postgresql-client", sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
    password = SUPERUSER_PASSWORD if user == SUPERUSER else LOADER_PASSWORD
    done = subprocess.run(
        [psql, "-X", "-v", "ON_ERROR_STOP=1", "-h", server.socket_folder, "-p", str(server.port), "-U", user, database],
        input="\n".join(found.fix_lines) + "\n", capture_output=True, text=True, env={"PGPASSWORD": password},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def edited(fields: Mapping[str, Any], found: Diagnosis) -> dict[str, Any]:
    """The fields after the fix's `field=value` lines."""
    return {**fields, **dict(line.split("=", 1) for line in found.fix_lines)}
