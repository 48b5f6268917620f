"""Running a ladder: order, deadlines, cancel, retries, and the clean up that always runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from destui.connectors import registry
from destui.connectors.base import Climb, Connector, Entry, Fault, Run, StepResult, Warned
from destui.connectors.catalogue import Catalogue
from destui.connectors.ladder import run_ladder, steps_for
from destui.domain.causes import CAUSES
from destui.domain.check import CLEAN_UP, DATABASE_STEPS, CheckState, Outcome, Step, StepState
from destui.domain.errors import NotFound
from destui.domain.fields import TypeSpec
from destui.domain.secret import Secret

PASSED, FAILED, SKIPPED, RUNNING = StepState.PASSED, StepState.FAILED, StepState.SKIPPED, StepState.RUNNING


class Seen:
    """Collects what a ladder reports."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, Step]] = []
        self.running: dict[str, threading.Event] = {name: threading.Event() for name in DATABASE_STEPS}

    def __call__(self, position: int, step: Step) -> None:
        self.steps.append((position, step))
        if step.state is RUNNING:
            self.running[step.name].set()


def simulate(seen: Seen | None = None, cancel: threading.Event | None = None, **fields: Any) -> Outcome:
    return run_ladder(
        "simulator",
        {"seconds": 0, **fields},
        {},
        on_step=seen or Seen(),
        cancel=cancel or threading.Event(),
        token="t",
        deadlines={"create": 0.6},
    )


class Scripted(Climb):
    """Steps that a test writes."""

    def __init__(self, rungs: Mapping[str, Callable[[], StepResult]]) -> None:
        self._rungs = rungs
        self.aborted = threading.Event()

    @property
    def rungs(self) -> Mapping[str, Callable[[], StepResult]]:
        return self._rungs

    def abort(self) -> None:
        self.aborted.set()


class ScriptedType(Connector):
    """A type of two steps and the clean up."""

    spec = TypeSpec("scripted", "Scripted", "", (), ("open", "write", CLEAN_UP))
    catalogue = Catalogue(
        "Scripted", "X-UNKNOWN", ("open", "write", CLEAN_UP),
        [
            Entry("X-BOOM", ("locked",), "Boom at {host}.", "Fix {host}.", codes=("boom",), more="It is sure."),
            Entry("X-EITHER", ("locked", "disk_full"), "Either.", "Fix.", codes=("either",), more="Look on {host}."),
        ],
    )  # fmt: skip

    def __init__(self, make: Callable[[Run], Mapping[str, Callable[[], StepResult]]]) -> None:
        self._make = make

    def climb(self, run: Run) -> Climb:
        self.last = Scripted({CLEAN_UP: lambda: None, "open": lambda: None, "write": lambda: None, **self._make(run)})
        return self.last


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Outcome, Seen, Scripted]]:
    def play(
        make: Callable[[Run], Mapping[str, Callable[[], StepResult]]],
        secrets: Mapping[str, Secret] | None = None,
        cancel: threading.Event | None = None,
        **deadlines: float,
    ) -> tuple[Outcome, Seen, Scripted]:
        kind = ScriptedType(make)
        monkeypatch.setattr(registry, "connector", lambda type_id: kind)
        seen = Seen()
        outcome = run_ladder(
            "scripted", {"host": "db"}, secrets or {}, on_step=seen, cancel=cancel or threading.Event(), token="t",
            attempt=7, deadlines=deadlines,
        )  # fmt: skip
        return outcome, seen, kind.last

    return play


def test_a_good_ladder_reports_each_start_and_each_end_in_order() -> None:
    seen = Seen()
    outcome = simulate(seen)
    assert outcome.state is CheckState.PASSED and outcome.diagnosis is None
    assert [(p, s.name, s.state) for p, s in seen.steps] == [
        (p, name, state) for p, name in enumerate(DATABASE_STEPS) for state in (RUNNING, PASSED)
    ]
    assert all(s.started_at and s.deadline for _, s in seen.steps)
    assert [s.name for s in outcome.steps] == list(steps_for("simulator", {})) == list(DATABASE_STEPS)
    assert {s.name: s.message for s in outcome.steps if s.message} == {"resolve": "192.0.2.17", "encrypt": "TLS 1.3"}


@pytest.mark.parametrize("step", DATABASE_STEPS)
def test_an_error_stops_the_ladder_and_clean_up_runs(step: str) -> None:
    outcome = simulate(outcome="error", fail_at=step)
    at = DATABASE_STEPS.index(step)
    expected = [PASSED] * at + [FAILED] + [SKIPPED] * (len(DATABASE_STEPS) - at - 2) + [PASSED]
    assert [s.state for s in outcome.steps] == expected[: len(DATABASE_STEPS)]
    assert outcome.state is CheckState.FAILED
    assert outcome.diagnosis is not None
    assert outcome.diagnosis.step == step
    assert outcome.diagnosis.causes and set(outcome.diagnosis.causes) <= CAUSES
    assert outcome.steps[at].message == outcome.diagnosis.message


def test_flaky_stumbles_once_and_says_so() -> None:
    seen = Seen()
    assert simulate(seen, outcome="flaky", fail_at="reach").state is CheckState.PASSED
    assert [s.message for _, s in seen.steps if s.name == "reach"] == ["", "refused, trying again", ""]


def test_hang_ends_at_the_deadline() -> None:
    started = time.monotonic()
    outcome = simulate(outcome="hang", fail_at="create")
    assert 0.5 < time.monotonic() - started < 3
    assert outcome.diagnosis is not None
    assert (outcome.diagnosis.step, outcome.diagnosis.code) == ("create", "SIM-TIMEOUT")
    assert outcome.steps[-1].state is PASSED


def test_a_slow_connection_that_works_keeps_within_the_deadlines() -> None:
    outcome = simulate(seconds=5.4)  # 0.6 s a step: all that the shortened deadline has
    assert outcome.state is CheckState.PASSED


def test_cancel_ends_a_hanging_step_within_a_second() -> None:
    seen, cancel, result = Seen(), threading.Event(), []
    runner = threading.Thread(target=lambda: result.append(simulate(seen, cancel, outcome="hang", fail_at="sign in")))
    runner.start()
    assert seen.running["sign in"].wait(5)
    started = time.monotonic()
    cancel.set()
    runner.join(5)
    assert time.monotonic() - started < 1
    outcome = result[0]
    assert outcome.cancelled and outcome.state is CheckState.CANCELLED
    assert (outcome.diagnosis.code, outcome.diagnosis.causes, outcome.diagnosis.step) == ("CANCELLED", (), "sign in")
    assert outcome.diagnosis.cause.endswith(".") and not outcome.diagnosis.fix_lines
    assert outcome.steps[-1].state is PASSED


def test_cancel_abandons_what_nothing_can_cut(script: Any) -> None:
    forever, cancel = threading.Event(), threading.Event()

    def hang() -> StepResult:
        cancel.set()
        forever.wait()
        return None

    started = time.monotonic()
    outcome, _, climb = script(lambda run: {"open": hang}, cancel=cancel)
    forever.set()
    assert time.monotonic() - started < 1
    assert outcome.cancelled and climb.aborted.is_set()


def test_a_step_that_hangs_is_cut_and_the_rest_skipped(script: Any) -> None:
    forever = threading.Event()
    outcome, _, climb = script(lambda run: {"open": lambda: forever.wait() and None}, open=0.1)
    forever.set()
    assert climb.aborted.is_set()
    assert [s.state for s in outcome.steps] == [FAILED, SKIPPED, PASSED]
    assert outcome.steps[0].message == "no answer within 0.1 s"


def test_the_first_failure_is_the_diagnosis_even_when_clean_up_fails_too(script: Any) -> None:
    def boom() -> StepResult:
        raise Fault("boom", "first")

    def worse() -> StepResult:
        raise ValueError("second")

    outcome, _, _ = script(lambda run: {"write": boom, CLEAN_UP: worse})
    assert [s.state for s in outcome.steps] == [PASSED, FAILED, FAILED]
    assert (outcome.diagnosis.code, outcome.diagnosis.cause, outcome.diagnosis.fix) == (
        "X-BOOM",
        "Boom at db.",
        "Fix db.",
    )


def test_a_failing_clean_up_alone_is_an_error(script: Any) -> None:
    def worse() -> StepResult:
        raise ValueError("left behind")

    outcome, _, _ = script(lambda run: {CLEAN_UP: worse})
    assert outcome.state is CheckState.FAILED
    assert (outcome.diagnosis.code, outcome.diagnosis.causes) == ("X-UNKNOWN", ("unknown",))
    assert "not known" in outcome.diagnosis.cause and outcome.diagnosis.message == "left behind"


def test_a_warning_makes_the_check_warned(script: Any) -> None:
    outcome, _, _ = script(lambda run: {"open": lambda: Warned("ends soon")})
    assert outcome.state is CheckState.WARNED
    assert (outcome.steps[0].state, outcome.steps[0].message) == (StepState.WARNED, "ends soon")


def test_secrets_reach_no_message(script: Any) -> None:
    def tell() -> StepResult:
        raise Fault("boom", "cannot open postgres://u:p%40ss%2Fword@db with p@ss/word")

    def hear(run: Run) -> StepResult:
        run.detail["server"] = f"Echo 1.0 ({run.secret('password')})"
        return f"hello {run.secret('password')}"

    outcome, seen, _ = script(
        lambda run: {"open": lambda: hear(run), "write": tell}, secrets={"password": Secret("p@ss/word")}
    )
    told = repr(outcome) + repr(seen.steps)
    assert "p@ss/word" not in told and "p%40ss%2Fword" not in told
    assert outcome.steps[0].message == "hello •••" and outcome.detail == {"server": "Echo 1.0 (•••)"}


@pytest.mark.parametrize(("code", "more"), [("boom", ""), ("either", "Look on db.")])
def test_of_several_causes_it_is_told_what_would_tell_them_apart(script: Any, code: str, more: str) -> None:
    def fail() -> StepResult:
        raise Fault(code, "no")

    outcome, _, _ = script(lambda run: {"open": fail})
    assert outcome.more == more


def test_the_probe_is_named_by_token_and_attempt(script: Any) -> None:
    outcome, _, _ = script(lambda run: {"open": lambda: run.probe})
    assert outcome.steps[0].message == "_destui_probe_t_7"


def test_retries_pass_over_what_is_transient_and_stop_at_all_else(script: Any) -> None:
    tries: list[int] = []

    def make(run: Run) -> Mapping[str, Callable[[], StepResult]]:
        def once_refused() -> str:
            tries.append(1)
            if len(tries) == 1:
                raise ConnectionRefusedError
            return f"try {len(tries)}"

        def wrong_password() -> str:
            tries.append(2)
            raise Fault("boom", "wrong password")

        def passing(error: Exception) -> str | None:
            return "refused" if isinstance(error, ConnectionRefusedError) else None

        return {
            "open": lambda: run.retry(once_refused, passing),
            "write": lambda: run.retry(wrong_password, passing),
        }

    outcome, _, _ = script(make)
    assert outcome.steps[0].message == "try 2"
    assert outcome.steps[1].state is FAILED and tries == [1, 1, 2]


def test_when_the_caller_gives_up_the_connection_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = ScriptedType(lambda run: {})
    monkeypatch.setattr(registry, "connector", lambda type_id: kind)

    def lost(position: int, step: Step) -> None:
        raise RuntimeError("no longer ours")

    with pytest.raises(RuntimeError, match="no longer ours"):
        run_ladder("scripted", {}, {}, on_step=lost, cancel=threading.Event(), token="t")
    assert kind.last.aborted.is_set()


def test_a_type_that_does_not_exist() -> None:
    with pytest.raises(NotFound):
        run_ladder("nope", {}, {}, on_step=Seen(), cancel=threading.Event(), token="t")


def test_steps_without_a_use_are_not_listed() -> None:
    assert "encrypt" not in steps_for("postgres", {"host": "db", "tls": "off"})
    assert steps_for("postgres", {"host": "db", "tls": "require"}) == DATABASE_STEPS
    assert steps_for("postgres", {"host": "/run/postgresql"})[:2] == ("reach", "sign in")
    assert steps_for("sqlite", {"path": "/x"}) == ("open", "create", "write", "read back", CLEAN_UP)
