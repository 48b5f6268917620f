"""Runs a ladder: its steps in order, each under its deadline, cancellable, and always the clean up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from queue import Empty, SimpleQueue

from destui.connectors import registry
from destui.connectors.base import Cancelled, Climb, Fault, Run, StepResult, Warned
from destui.connectors.diagnosis import CANCELLED, clean, diagnose
from destui.connectors.phrases import Phrases
from destui.domain.check import CANCELLED_WORD, CLEAN_UP, DEADLINES, Diagnosis, Outcome, Step, StepState
from destui.domain.fields import Fields
from destui.domain.secret import Secrets

OnStep = Callable[[int, Step], None]

_GLANCE = 0.1  # seconds: how soon a cancelled step is noticed
_GRACE = 0.3  # seconds that a step whose connection was cut has to return
_DEFAULT_DEADLINE = 10.0
_AFTER_CANCEL = 0.5  # seconds that clean up has when somebody waits for the cancel


def steps_for(type_id: str, fields: Fields) -> tuple[str, ...]:
    """The names of the steps that a check of these fields has, in order; a step without a use is not among them.

    Raises NotFound for a type that does not exist.
    """
    return registry.connector(type_id).steps_for(fields)


def run_ladder(
    type_id: str,
    fields: Fields,
    secrets: Secrets,
    *,
    on_step: OnStep,
    cancel: threading.Event,
    token: str,
    attempt: int = 1,
    deadlines: Mapping[str, float] | None = None,
) -> Outcome:
    """Run the whole ladder, blocking, and say how it ended.

    `on_step` is called in this thread with the position (from 0) in `steps_for(type_id, fields)`: when a step starts,
    when a running one has something to say, when it ends, and once for each that is skipped. Setting `cancel` ends
    the run within a second. `token` (letters, digits, `_`) and `attempt` make the probe's name. `deadlines` overrides
    seconds by step. Whatever goes wrong with the destination is in the outcome; what `on_step` raises is passed on.
    Raises NotFound for a type that does not exist.
    """
    connector = registry.connector(type_id)
    run = Run(fields, secrets, token, attempt, cancel)
    ladder = _Ladder(type_id, run, connector.climb(run), connector.steps_for(fields), on_step)
    return ladder.climb({**DEADLINES, **(deadlines or {})})


class _Ladder:
    def __init__(self, type_id: str, run: Run, climb: Climb, names: tuple[str, ...], on_step: OnStep) -> None:
        self.type_id = type_id
        self.run = run
        self.rungs = climb.rungs
        self.abort = climb.abort
        self.steps = [Step(name) for name in names]
        self.on_step = on_step
        self.diagnosis: Diagnosis | None = None
        self.more = ""
        self.cancelled = False

    def climb(self, deadlines: Mapping[str, float]) -> Outcome:
        try:
            for position, step in enumerate(self.steps):
                if self.diagnosis is not None and step.name != CLEAN_UP:
                    self._show(position, replace(step, state=StepState.SKIPPED))
                else:
                    self._take(position, deadlines.get(step.name, _DEFAULT_DEADLINE))
        except BaseException:
            self.abort()  # the caller gave up: leave no connection behind
            raise
        facts = {name: clean(text, self.run.secrets, 200) for name, text in self.run.detail.items()}
        return Outcome(tuple(self.steps), self.diagnosis, self.cancelled, facts, self.more)

    def _show(self, position: int, step: Step) -> None:
        self.steps[position] = step
        self.on_step(position, step)

    def _take(self, position: int, deadline: float) -> None:
        if self.cancelled:
            deadline = min(deadline, _AFTER_CANCEL)
        started = time.monotonic()
        self.run.ends_at = started + deadline
        running = replace(
            self.steps[position], state=StepState.RUNNING, started_at=datetime.now(UTC), deadline=deadline
        )
        self._show(position, running)
        result = self._wait(position, running)
        ms = round((time.monotonic() - started) * 1000)
        if isinstance(result, Exception):
            message = self._fail(running.name, result)
            self._show(position, replace(running, state=StepState.FAILED, ms=ms, message=message))
            return
        state = StepState.WARNED if isinstance(result, Warned) else StepState.PASSED
        message = result.message if isinstance(result, Warned) else result or ""
        self._show(position, replace(running, state=state, ms=ms, message=clean(message, self.run.secrets, 200)))

    def _wait(self, position: int, running: Step) -> StepResult | Exception:
        """Run the step in a thread of its own, which may hang for good, and wait for it, cancel or deadline."""
        news: SimpleQueue[tuple[str, StepResult | Exception]] = SimpleQueue()

        def work() -> None:
            try:
                news.put(("done", self.rungs[running.name]()))
            except Exception as error:
                news.put(("done", error))

        self.run.say = lambda text: news.put(("said", text))
        threading.Thread(target=work, name=f"step {running.name}", daemon=True).start()
        while True:
            # The thread's news wakes this one at once; the caller's event can only be looked at in between.
            if self.run.cancel.is_set() and not self.cancelled:
                return self._cut(news, Cancelled())
            left = self.run.ends_at - time.monotonic()
            if left <= 0:
                return self._cut(news, Fault("deadline", f"no answer within {running.deadline:g} s", **self.run.facts))
            try:
                kind, result = news.get(timeout=min(_GLANCE, left))
            except Empty:
                continue
            if kind == "done":
                return result
            text = clean(str(result), self.run.secrets, 200)
            self._show(position, replace(running, message=text))

    def _cut(self, news: SimpleQueue[tuple[str, StepResult | Exception]], why: Exception) -> StepResult | Exception:
        self.abort()
        ends_at = time.monotonic() + _GRACE
        try:
            while news.get(timeout=max(0.0, ends_at - time.monotonic()))[0] != "done":
                pass
        except Empty:
            pass  # it hangs in a call that nothing can cut: the daemon thread is left behind
        return why

    def _fail(self, name: str, error: Exception) -> str:
        """Note the first failure's diagnosis; returns the step's own short message."""
        if isinstance(error, Cancelled):
            self.cancelled = True
            self.diagnosis = self.diagnosis or CANCELLED.replaced(step=name)
            return CANCELLED_WORD
        found = diagnose(self.type_id, name, error, self.run.fields, secrets=self.run.secrets, facts=self.run.facts)
        if self.diagnosis is None:
            self.diagnosis = found
            self.more = self._apart(found)
        return clean((found.message or found.cause).partition("\n")[0], {}, 200)

    def _apart(self, found: Diagnosis) -> str:
        """Of several causes, what would tell them apart; empty where there is one."""
        entries = registry.catalogue(self.type_id).entries if len(found.causes) > 1 else ()
        more = next((entry.more for entry in entries if entry.code == found.code), "")
        own = {name: str(value) for name, value in self.run.fields.items()}
        return clean(Phrases(own).fill(more), self.run.secrets)
