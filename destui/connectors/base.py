"""What a type of destination has to bring: its declaration, its ladder's steps and its diagnosis entries."""

from __future__ import annotations

import random
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from destui.connectors.catalogue import Catalogue
from destui.connectors.catalogue import Entry as Entry
from destui.connectors.catalogue import Fault as Fault
from destui.domain.fields import Fields, TypeSpec
from destui.domain.secret import Secrets

T = TypeVar("T")

TRIES = 4
"""How often a step tries what may be over in a moment, its deadline permitting."""

PATIENT = 30
"""How often it tries what a busy server gets over by itself: in effect until its deadline."""

_LONGEST_PAUSE = 1.0  # seconds


class Cancelled(Exception):
    """The check was cancelled while a step waited."""


@dataclass
class Run:
    """One run of a ladder as its steps see it. Steps read it from their own threads."""

    fields: Fields
    secrets: Secrets
    token: str
    """Random and safe in any identifier; part of the probe's name."""
    attempt: int
    cancel: threading.Event
    facts: dict[str, str] = field(default_factory=dict)
    """What the steps found out, for the sentences of a diagnosis (the address reached, …)."""
    detail: dict[str, str] = field(default_factory=dict)
    """What is worth comparing between two checks."""
    ends_at: float = 0.0
    """When the running step must be done, on the monotonic clock."""
    say: Callable[[str], None] = field(default=lambda text: None)
    """Show a short message on the running step."""

    @property
    def probe(self) -> str:
        """The name of what this run creates."""
        return f"_destui_probe_{self.token}_{self.attempt}"

    def text(self, name: str) -> str:
        """A field's value as text; empty where it is not set."""
        return str(self.fields.get(name, ""))

    def secret(self, name: str) -> str:
        """A secret's text, for the driver only; empty where it is not set."""
        secret = self.secrets.get(name)
        return secret.reveal() if secret else ""

    @property
    def left(self) -> float:
        """Seconds that the step may still use, a little kept back so that it can fail by itself and say why."""
        return max(0.05, (self.ends_at - time.monotonic()) * 0.95)

    def retry(self, work: Callable[[], T], transient: Callable[[Exception], str | None], tries: int = TRIES) -> T:
        """Do `work`, again after a pause that doubles, with jitter, while `transient` names a passing trouble.

        Raises what `work` raised last, or Cancelled.
        """
        pause = 0.15
        for attempt in range(1, tries + 1):
            try:
                return work()
            except Exception as error:
                trouble = transient(error)
                # Jitter keeps many checks of one server from coming back all at once.
                wait = pause * random.uniform(0.7, 1.3)  # noqa: S311
                if trouble is None or attempt == tries or wait * 2 > self.left:
                    raise
                self.say(f"{trouble}, trying again")
                if self.cancel.wait(wait):
                    raise Cancelled from error
                pause = min(pause * 2, _LONGEST_PAUSE)
        raise AssertionError("the last try returns or raises")


@dataclass(frozen=True)
class Warned:
    """A step's result that passed with something to look at."""

    message: str


StepResult = str | Warned | None


class Climb(ABC):
    """The state of one run between its steps: the address, the connection, the open transaction."""

    @property
    @abstractmethod
    def rungs(self) -> Mapping[str, Callable[[], StepResult]]:
        """What each step does: returns a short message, and raises whatever went wrong.

        *clean up* is called always, also after a failure or an abort, and must then have nothing left to fail on.
        """

    def abort(self) -> None:
        """Cut what a running step waits for, from another thread, at once. It may then raise anything."""
        return


class Connector(ABC):
    """One type of destination. A connector file's module-level `CONNECTOR` is an instance."""

    spec: TypeSpec
    catalogue: Catalogue
    """What its errors mean. One that stands as `CATALOGUE` in `<type>_errors` beside the connector is had fast."""

    def steps_for(self, fields: Fields) -> tuple[str, ...]:
        """The steps that these fields have a use for."""
        return self.spec.steps

    @abstractmethod
    def climb(self, run: Run) -> Climb:
        """Begin a run. Does no work and raises nothing."""
