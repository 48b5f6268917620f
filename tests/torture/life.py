"""`python -m tests.torture.life`: one of the processes that use a store while it is killed, and are killed themselves.

It lives some destinations against the model, one operation at a time, by command line and by keys, each in a process
that may be killed at a random moment; after each it looks whether what is there is one of the possible worlds.
What it is to do comes as JSON on standard input; what it counted and found goes out as JSON.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from destui.config import load_config
from destui.services.context import Context
from destui.store import queueing, schema
from destui.store.times import now_us
from tests.planted import found_in
from tests.torture import actors, model, operations
from tests.torture.actors import Ended, Interface
from tests.torture.ground import session, within
from tests.torture.look import find, look
from tests.torture.model import Seen, World
from tests.torture.operations import Operation
from tests.torture.shapes import WEIGHTS, Places
from tests.torture.tally import Tally

AT_ONCE = 4
"""Destinations lived at the same time by one process."""
UNSERVED = "No worker of this store is alive."
"""What a command says that waits in vain; of a team's workers all may just have been killed."""
STUCK_SECONDS = 90.0
"""How long open work may take while workers are killed, before it counts as stuck."""
GUESS = {"the command line": 0.15, "the interface": 1.2}
"""Seconds that an operation takes before the first ones were timed."""

NOTHING = "Nothing matches"
"""What the interface says where there is no such destination."""


@dataclass
class Subject:
    """One destination and the worlds it may be in."""

    name: str
    worlds: frozenset[World]
    identity: str | None = None
    said: list[str] = field(default_factory=list)
    """What was done to it, for the report."""


class Life:
    """What one process does as long as there are kills left, which all lives take from one pipe, a byte each."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.rng = random.Random(order["seed"])
        self.prefix: str = order["prefix"]
        self.kills, self.no_kills = order["kills"]
        os.set_blocking(self.kills, False)
        self.ends_at = time.monotonic() + order["seconds"]
        self.environment: dict[str, str] = order["environment"]
        self.places = Places(**order["places"])
        self.config = load_config(self.environment)
        self.planted: list[str] = order["planted"]
        self.tally = Tally()
        self.said = Path(order["folder"]) / f"{self.prefix}.said"
        self._names = 0
        self._may_kill = True
        self._took: dict[tuple[str, str], list[float]] = defaultdict(list)
        self._ended: list[Subject] = []

    def run(self) -> None:
        """Live; then let what is open come to its end, and look a last time."""
        subjects = [self._new() for _ in range(AT_ONCE)]
        while self._may_kill and time.monotonic() < self.ends_at:
            number = self.rng.randrange(AT_ONCE)
            self._do(subjects[number])
            if any(w.gone for w in subjects[number].worlds) or not subjects[number].worlds:
                self._ended.append(subjects[number])
                subjects[number] = self._new()
        for subject in subjects:
            if subject.worlds:
                self._come_to_rest(subject)
        self._ended += subjects

    def result(self) -> dict[str, Any]:
        """What the campaign needs to know for its own last look."""
        last = []
        for subject in self._ended:
            if subject.identity is not None and subject.worlds:
                world = min(subject.worlds, key=repr)  # those that are left look alike
                last.append({
                    "id": subject.identity, "name": world.name, "trashed": world.trashed,
                    "gone": world.gone or world.expired, "good": world.current.is_good,
                })  # fmt: skip
        return {"done": dict(self.tally.done), "found": self.tally.found, "destinations": last}

    def _new(self) -> Subject:
        self._names += 1
        name = f"{self.prefix}{self._names:03}"
        types = list(self.places.types)
        type_id = self.rng.choices(types, [WEIGHTS[t] for t in types])[0]
        shape = self.places.shape(self.rng, type_id, good=self.rng.random() < 0.8)
        return Subject(name, frozenset({World(name, shape)}))

    def _do(self, subject: Subject) -> None:
        world = self.rng.choice(sorted(subject.worlds, key=repr))
        if world.trashed and not world.expired and self.rng.random() < 0.25:
            self._age(subject)
            return
        operation = None
        if self.rng.random() < 0.4:
            draw = operations.draft_by_keys if self.rng.random() < 0.15 else operations.by_keys
            operation = draw(self.rng, self.places, world)
        self._perform(subject, operation or operations.by_command(self.rng, self.places, world))
        if subject.worlds and self.rng.random() < 0.4:
            self._come_to_rest(subject)

    def _age(self, subject: Subject) -> None:
        """Eight days pass for what is in the trash; the next clean-up takes it away."""
        with session(self.config) as ctx, ctx.store.write() as tx:
            table = schema.destinations
            tx.execute(
                table.update()
                .where(table.c.id == subject.identity, table.c.deleted_at.is_not(None))
                .values(deleted_at=now_us() - 8 * 86_400_000_000)
            )
            queueing.queue_clean_up(tx)
        self.tally.count("trash clocks set on")
        subject.said.append("aged")
        subject.worlds = frozenset(model.expired(w) or w for w in subject.worlds)
        self._look(subject)

    def _perform(self, subject: Subject, operation: Operation) -> None:
        kind = (operation.verb, operation.by)
        takes = median(self._took[kind][-9:] or [GUESS[operation.by]])
        # An add is tried until it is done: fewer of them are killed, so that there is something to do the others to.
        odds = 0.4 if operation.verb == "add" else 0.85
        kill_after = self.rng.uniform(0, 1.15 * takes) if self.rng.random() < odds and self._take_kill() else None
        ended, shown = self._run(operation, kill_after)
        shown_secrets = found_in(ended.said.encode(), *self.planted)
        self.tally.expect(not shown_secrets, f"{operation.verb} by {operation.by} shows a secret: {shown_secrets}")
        killed = ended.code is None
        if killed and kill_after is None and not operation.keys:
            self.tally.wrong(f"{operation.verb} of {subject.name} did not end within 90 s: {ended.said[-300:]}")
        if kill_after is not None and not killed:
            os.write(self.no_kills, b"k")  # it was faster
        self._note(subject, operation, ended, killed and kill_after is not None, shown)
        killed = killed or (ended.code == 6 and UNSERVED in ended.said)  # what it asked for may be kept, or not
        done = shown if operation.keys else ended.code == 0 or (ended.code == 1 and 1 not in operation.refusals)
        effects = {"killed": killed and not shown, "done": done}
        subject.worlds = model.after(subject.worlds, operation.effect, **effects)
        if not subject.worlds:
            self._report(subject, f"{operation.verb} said done where it could not be", None)
            return
        if not operation.keys and not killed and not done:
            self._ensure_refused(subject, operation, ended)
        if operation.verb != "test":
            self._look(subject)

    def _take_kill(self) -> bool:
        try:
            self._may_kill = bool(os.read(self.kills, 1))
        except BlockingIOError:
            self._may_kill = False
        return self._may_kill

    def _note(self, subject: Subject, operation: Operation, ended: Ended, killed: bool, shown: bool) -> None:
        if killed:
            self.tally.count(f"kills of {operation.by}")
            self.tally.count(f"killed in {operation.verb}")
        elif ended.code is not None or shown:
            self._took[operation.verb, operation.by].append(ended.seconds)
            self.tally.count("operations left to end")
        subject.said.append(
            f"{operation.verb} by {operation.by}: {'killed' if killed else f'exit {ended.code}'} after"
            f" {ended.seconds:.2f} s{', shown' if shown else ''}"
        )

    def _run(self, operation: Operation, kill_after: float | None) -> tuple[Ended, bool]:
        if not operation.keys:
            environment = {**self.environment, **operation.secrets}
            return actors.command(operation.arguments, environment, self.said, kill_after), False
        interface = Interface(["--filter", operation.filter] if operation.filter else [], self.environment)
        ends_at = 20.0 if kill_after is None else kill_after
        for wanted, keys in operation.keys:
            if not interface.sees(wanted, NOTHING, seconds=ends_at - interface.now) or interface.shows(NOTHING):
                return interface.end(), False
            interface.send(keys)
        shown = interface.sees(*operation.shown, seconds=ends_at - interface.now)
        if not shown and kill_after is None:
            self.tally.count(f"interfaces that showed no end of {operation.verb}")
        return interface.end(), shown

    def _ensure_refused(self, subject: Subject, operation: Operation, ended: Ended) -> None:
        is_plain = "Traceback" not in ended.said and "a fault in destui" not in ended.said
        if ended.code not in operation.refusals or not is_plain:
            self._report(subject, f"{operation.verb} ended with {ended.code}: {ended.said[-400:]}", None)
        self.tally.count("operations refused")

    def _look(self, subject: Subject) -> Seen | None:
        """Narrow the worlds by what is there."""
        with session(self.config) as ctx:
            if subject.identity is None:
                subject.identity = find(ctx, subject.name)
            seen = look(ctx, subject.identity) if subject.identity else None
        left = model.possible(subject.worlds, seen)
        self.tally.count("looks")
        if not left:
            self._report(subject, "is in none of the worlds that it may be in", seen)
        subject.worlds = left
        return seen

    def _come_to_rest(self, subject: Subject) -> None:
        """Wait until nothing of it is open, as whoever waits does; then its status must be what its connection is."""
        with session(self.config) as ctx:
            identity = subject.identity
            if identity is not None and not within(STUCK_SECONDS, lambda: self._is_at_rest(ctx, identity), 0.1):
                self._report(subject, f"is stuck: open work after {STUCK_SECONDS:g} s", look(ctx, identity))
        seen = self._look(subject)
        if seen is None or not subject.worlds or seen.has_open_jobs:
            return
        self.tally.expect(seen.status != "initializing", f"{subject.name} is stuck in Initializing: {subject.said}")
        (world, *_) = subject.worlds
        told = "active" if world.current.is_good else "error"
        if seen.status != told and seen.deciding_code not in model.EXCUSES and not world.trashed:
            self._report(subject, f"is {seen.status}, and its connection is {told}", seen)

    def _is_at_rest(self, ctx: Context, identity: str) -> bool:
        ctx.mend_worker()
        return not ctx.store.fetch("SELECT 1 FROM jobs WHERE destination_id = :i AND state <> 'done'", {"i": identity})

    def _report(self, subject: Subject, what: str, seen: Seen | None) -> None:
        self.tally.wrong(f"{subject.name} ({subject.identity}) {what}\n    done: {subject.said}\n    seen: {seen}")


def main() -> None:
    """Do what standard input says."""
    order = json.loads(sys.stdin.read())
    actors.preload()
    life = Life(order)
    life.run()
    print(json.dumps(life.result()))


if __name__ == "__main__":
    main()
