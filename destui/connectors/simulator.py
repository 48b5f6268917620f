"""The simulator: acts out a database's ladder, for demonstrations, training and tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial

from destui.connectors.base import Cancelled, Climb, Connector, Entry, Fault, Run, StepResult
from destui.domain.check import CLEAN_UP, DATABASE_STEPS
from destui.domain.fields import FieldKind, FieldSpec, TypeSpec

_MESSAGES = {"resolve": "192.0.2.17", "encrypt": "TLS 1.3"}


def _entry(step: str, cause_id: str, words: str, cause: str, fix: str) -> tuple[Entry, str]:
    """An entry for one step's failure, and what the driver is made to say."""
    code = f"SIM-{step.upper().replace(' ', '-')}"
    return Entry(code, (cause_id,), cause, fix, codes=(code,), more="Acted out by the simulator."), words


_FAILURES: Mapping[str, tuple[Entry, str]] = {
    "resolve": _entry(
        "resolve", "host_not_found", "[Errno -2] Name or service not known",
        "The host name db.example does not exist.",
        "Edit the destination: correct the field Host.",
    ),
    "reach": _entry(
        "reach", "connection_refused", "[Errno 111] Connection refused",
        "Nothing listens on port 5432 of db.example.",
        "Start the database server there, or correct the field Port.",
    ),
    "encrypt": _entry(
        "encrypt", "tls_expired", "certificate verify failed: certificate has expired",
        "The certificate of db.example has expired.",
        "Have the server's administrator renew the certificate.",
    ),
    "sign in": _entry(
        "sign in", "wrong_password", 'FATAL:  password authentication failed for user "loader"',
        "The server refused the password of user loader.",
        "Re-authorize with the right password.",
    ),
    "open": _entry(
        "open", "database_missing", 'FATAL:  database "analytics" does not exist',
        "The database analytics does not exist.",
        "Run this as a superuser:\nCREATE DATABASE analytics OWNER loader;",
    ),
    "create": _entry(
        "create", "no_create_right", "ERROR:  permission denied for schema analytics",
        "The role loader may not create tables in schema analytics.",
        "Run this as the owner of the schema:\nGRANT USAGE, CREATE ON SCHEMA analytics TO loader;",
    ),
    "write": _entry(
        "write", "disk_full", 'ERROR:  could not extend file "base/16384/16385": No space left on device',
        "The server's disk is full.",
        "Have the server's administrator free space.",
    ),
    "read back": _entry(
        "read back", "no_read_right", "ERROR:  permission denied for table _destui_probe",
        "The role loader may not read what it wrote.",
        "Run this as a superuser:\nGRANT SELECT ON ALL TABLES IN SCHEMA analytics TO loader;",
    ),
    CLEAN_UP: _entry(
        CLEAN_UP, "no_write_right", "ERROR:  must be owner of table _destui_probe",
        "The role loader may not drop the probe table again.",
        "Run this as a superuser:\nALTER TABLE analytics._destui_probe OWNER TO loader;",
    ),
}  # fmt: skip

_TIMEOUT = Entry(
    "SIM-TIMEOUT",
    ("timeout_firewall",),
    "The server did not answer in time.",
    "Look whether a firewall or a hung server holds the connection.",
    codes=("deadline",),
    more="Acted out by the simulator.",
)

_UNHAPPY = ("error", "flaky", "hang")


class _Acting(Climb):
    def __init__(self, run: Run) -> None:
        self._run = run
        self._outcome = run.text("outcome")
        self._fail_at = run.text("fail_at")
        self._seconds = float(run.fields.get("seconds", 3)) / len(DATABASE_STEPS)
        self._stumbled = False

    @property
    def rungs(self) -> Mapping[str, Callable[[], StepResult]]:
        return {step: partial(self._act, step) for step in DATABASE_STEPS}

    def _act(self, step: str) -> StepResult:
        if self._run.cancel.is_set():
            return None  # clean up after a cancel has nothing to act out
        self._pass_time(self._seconds)
        if step == self._fail_at:
            if self._outcome == "error":
                entry, words = _FAILURES[step]
                raise Fault(entry.code, words)
            if self._outcome == "hang":
                self._pass_time(float("inf"))
            if self._outcome == "flaky":
                self._run.retry(self._stumble, lambda error: "refused" if isinstance(error, Fault) else None)
        return _MESSAGES.get(step)

    def _stumble(self) -> None:
        if not self._stumbled:
            self._stumbled = True
            raise Fault("refused", "[Errno 111] Connection refused")

    def _pass_time(self, seconds: float) -> None:
        left = self._run.ends_at - time.monotonic()
        if self._run.cancel.wait(min(seconds, left)):
            raise Cancelled
        if seconds > left:
            raise Fault("deadline", "no answer")


class _Simulator(Connector):
    spec = TypeSpec(
        id="simulator",
        label="Simulator",
        description="nothing: it acts out a connection",
        fields=(
            FieldSpec(
                "outcome", "Outcome", FieldKind.CHOICE, default="active",
                choices=("active", *_UNHAPPY), section="What happens",
                help="flaky fails once, hang never answers",
            ),
            FieldSpec(
                "fail_at", "Fail at", FieldKind.CHOICE, default="sign in",
                choices=DATABASE_STEPS, section="What happens", shown_when=("outcome", _UNHAPPY),
                help="the step where it happens",
            ),
            FieldSpec(
                "seconds", "Seconds", FieldKind.NUMBER, default=3, section="What happens",
                help="for the whole ladder",
            ),
        ),
        steps=DATABASE_STEPS,
    )  # fmt: skip
    catalogue = (*(entry for entry, _ in _FAILURES.values()), _TIMEOUT)
    unknown_code = "SIM-UNKNOWN"

    def climb(self, run: Run) -> Climb:
        return _Acting(run)


CONNECTOR = _Simulator()
