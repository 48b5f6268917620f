"""Two sessions and a worker at the same store at the same time: whatever they do at once has happened one after the
other, in one order or the other, and nothing is lost, doubled, stuck or taken for another. On both databases."""

from __future__ import annotations

import base64
import json
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from destui.config import Config, load_config
from destui.domain.check import Diagnosis, Outcome, Step, StepState
from destui.domain.errors import DestuiError, NotFound
from destui.domain.secret import Secret
from destui.services import checks, destinations, rotation
from destui.services.context import Context
from destui.store import checks as store_checks
from destui.store import housekeeping, jobs, outcome, reading, schema, workers
from destui.store import settings as store_settings
from destui.store.jobs import Work
from destui.store.opening import open_store
from destui.store.times import now_us
from tests.fixtures import environment, team_home
from tests.servers.postgres import Postgres
from tests.unit import life_model as model
from tests.unit.life_model import State

PASSED = Outcome((Step("resolve", StepState.PASSED, 1),))
FAILED = Outcome((Step("resolve", StepState.FAILED, 1),), Diagnosis("resolve", "X", ("unknown",), "c", "f", "m"))
FIELDS = {"host": "db", "database": "d", "user": "u", "tls": "off"}
KEY = base64.urlsafe_b64encode(b"k" * 32).decode()


class QuietContext(Context):
    """A session that starts no worker: the machine is the worker."""

    def wake_worker(self) -> None:
        """Nothing."""


@dataclass
class Doing:
    """An operation to be done in a session: what it does, and from what that returned, what the model makes of it."""

    run: Callable[[Context], Any]
    step: Callable[[Any], model.Step]

    def __call__(self, ctx: Context) -> tuple[model.Step, str]:
        try:
            made = self.run(ctx)
        except DestuiError as error:
            return self.step(None), type(error).__name__
        return self.step(made), "done"


VERBS = (
    "add", "edit", "reauthorize", "rollback", "ask", "delete", "restore", "expire", "purge", "finish",
)  # fmt: skip


class Asked(NamedTuple):
    """An operation, and what it is given as far as it needs it."""

    verb: str
    number: int = 0
    """Of the destination, or of the begun work."""
    name: str = "a"
    tags: tuple[str, ...] = ()
    user: str = "u"
    password: str = "p"
    changes: frozenset[str] = frozenset()
    """What an edit gives."""
    flag: bool = False
    """It was read before; or the work ends well."""


operations = st.builds(
    Asked, st.sampled_from(VERBS), st.integers(0, 3), st.sampled_from("abcd"), st.sampled_from([(), ("t",)]),
    st.sampled_from("uv"), st.sampled_from("pqrs"),
    st.frozensets(st.sampled_from(["name", "tags", "user", "password"])), st.booleans(),
)  # fmt: skip


class LifeAtOnce(RuleBasedStateMachine):
    """The store, its model, and what each session has read."""

    config: ClassVar[Callable[[Path], Config]]

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="destui-life-")
        config = type(self).config(Path(self.folder.name))
        self.sessions = [QuietContext(config, open_store(config)) for _ in range(2)]
        self.store = self.sessions[0].store
        with self.store.write() as tx:
            for table in reversed(schema.metadata.sorted_tables):
                if table.name != "settings":
                    tx.execute(table.delete())
            store_settings.write(tx, "limit", str(model.LIMIT))
            workers.register(tx, worker="w", host="h", pid=1, birth="1", version="0")
        self.state = State()
        self.begun: list[Work] = []
        self.read: list[dict[str, int]] = [{}, {}]
        """By session: the version of each that it has read last."""

    def teardown(self) -> None:
        for session in getattr(self, "sessions", []):
            session.store.close()
        if hasattr(self, "folder"):
            self.folder.cleanup()

    def doing(self, session: int, asked: Asked) -> Doing:
        ids = list(self.state.all)
        identity = ids[asked.number % len(ids)] if ids else "nobody"
        version = self.read[session].get(identity, 0) if asked.flag else self.version_of(identity)
        secret = {"password": Secret(asked.password)}
        match asked.verb:
            case "add":
                return _adding(asked)
            case "edit":
                given = {name: getattr(asked, name) for name in asked.changes}
                return Doing(
                    lambda ctx: _edit(ctx, identity, version, model.Changes(**given)),
                    lambda _: model.edit(identity, version, model.Changes(**given)),
                )
            case "reauthorize":
                return Doing(
                    lambda ctx: rotation.reauthorize(ctx, identity, version, None, secret),
                    lambda _: model.reauthorize(identity, version, asked.password),
                )
            case "rollback":
                return Doing(lambda ctx: rotation.rollback(ctx, identity), lambda _: model.rollback(identity))
            case "ask":
                return Doing(lambda ctx: _some(checks.request(ctx, [identity])), lambda _: model.ask(identity))
            case "delete":
                return Doing(lambda ctx: _some(destinations.delete(ctx, [identity])), lambda _: model.delete(identity))
            case "restore":
                return Doing(lambda ctx: destinations.restore(ctx, identity), lambda _: model.restore(identity))
            case "expire":
                return Doing(lambda ctx: _some(_expire(ctx, identity)), lambda _: model.expire(identity))
            case "purge":
                return Doing(lambda ctx: housekeeping.purge(ctx.store, "h"), lambda _: model.purge)
        work = self.begun.pop(asked.number % len(self.begun)) if self.begun else None
        if work is None or work.destination_id is None:
            return Doing(lambda ctx: None, lambda _: lambda state: (model.DONE, state))
        ends = model.finish(work.destination_id, work.kind.value, good=asked.flag)
        return Doing(lambda ctx: _finish(ctx, work, asked.flag), lambda _: ends)

    def version_of(self, identity: str) -> int:
        one = self.state.all.get(identity)
        return one.version if one else 0

    @rule(session=st.integers(0, 1))
    def look(self, session: int) -> None:
        """A session reads what there is; until it does again, it acts upon that."""
        self.read[session] = {d.id: d.version for d in reading.destinations(self.sessions[session].store)}

    @rule(session=st.integers(0, 1), what=operations)
    def alone(self, session: int, what: Asked) -> None:
        step, said = self.doing(session, what)(self.sessions[session])
        allowed, after = step(self.state)
        assert said in allowed, (what, said, allowed)
        self.state = after if said == "done" else self.state

    @rule(first=operations, second=operations)
    def at_once(self, first: Asked, second: Asked) -> None:
        both = [self.doing(0, first), self.doing(1, second)]
        results: list[Any] = [None, None]
        barrier = threading.Barrier(2)

        def do(number: int) -> None:
            barrier.wait()
            try:
                results[number] = both[number](self.sessions[number])
            except BaseException as error:
                results[number] = error

        threads = [threading.Thread(target=do, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        possible = model.orders(results[0], results[1], self.state)
        assert possible, (first, second, [said for _, said in results])
        there = _seen(self.store)
        fitting = [state for state in possible if _expected(state) == there]
        assert fitting, (first, second, [said for _, said in results], there, [_expected(s) for s in possible])
        self.state = fitting[0]

    @rule(good=st.booleans())
    def work_off(self, good: bool) -> None:
        """The worker does all there is."""
        for _ in range(20):
            if self.begun:
                step, said = self.doing(0, Asked("finish", flag=good))(self.sessions[0])
                assert said == "done"
                _, self.state = step(self.state)
            elif any(_not_begun(one) for one in self.state.all.values()):
                self.begin()
            else:
                return
        pytest.fail("the work never ends")

    @rule()
    def begin(self) -> None:
        """The worker begins the next job, if there is one, and reads what it is to be done with."""
        with self.store.write() as tx:
            taken = jobs.claim(tx, "w", "h", 1)
        assert bool(taken) == any(_not_begun(one) for one in self.state.all.values())
        for job_id, _ in taken:
            self.begin_job(job_id)

    def begin_job(self, job_id: str) -> None:
        with self.store.write() as tx:
            work = jobs.begin(tx, job_id, "w")
            assert work is not None and work.check_id is not None and work.destination_id is not None
            store_checks.begin(tx, work.check_id, work.destination_id, work.attempt, ("resolve",))
        self.begun.append(work)
        _, self.state = model.begin(work.destination_id, work.kind.value)(self.state)
        subject = reading.subject(self.store, work.check_id)
        assert subject is not None
        one = self.state.all[work.destination_id]
        rotating = one.rotation.candidate if work.kind is jobs.Kind.ROTATION and one.rotation else None
        password = self.sessions[1].vault.read(subject.secret_id)["password"].reveal()
        assert model.Login(str(subject.fields["user"]), password) == (rotating or one.login)

    @rule()
    def sweep(self) -> None:
        self.sessions[0].vault.sweep()
        assert not self.store.fetch(_LEFT)

    @invariant()
    def is_as_the_model_says(self) -> None:
        if hasattr(self, "state"):
            assert _seen(self.store) == _expected(self.state)
            for one in self.state.live.values():
                assert one.status != model.INITIALIZING or one.check or one.rotation, "stuck in Initializing"

    @invariant()
    def every_secret_is_the_one_it_was(self) -> None:
        for row in self.store.fetch(_SECRETS) if hasattr(self, "state") else ():
            one = self.state.all[row[0]]
            vault = self.sessions[0].vault
            assert vault.read(row[1])["password"].reveal() == one.login.password
            if one.previous is not None:
                assert vault.read(row[2])["password"].reveal() == one.previous.password

    @invariant()
    def what_is_purged_is_purged_once(self) -> None:
        if hasattr(self, "state"):
            assert not self.store.fetch(_TWICE)


_SECRETS = "SELECT id, secret_id, previous_secret_id FROM destinations"
_ROWS = "SELECT id, name, tags, fields, previous_fields, status, version, config, deleted_at FROM destinations"
_JOBS = "SELECT destination_id, kind, state FROM jobs WHERE state <> 'done'"
_LEFT = (
    "SELECT 1 FROM secrets WHERE state = 'discarded'"
    " OR (destination_id IS NOT NULL AND destination_id NOT IN (SELECT id FROM destinations))"
)
_TWICE = "SELECT destination_id FROM events WHERE verb = 'purged' GROUP BY destination_id HAVING count(*) > 1"


def _adding(asked: Asked) -> Doing:
    def step(made: destinations.Added | None) -> model.Step:
        login = model.Login(asked.user, asked.password)
        return model.add(made.destination_id if made else "", asked.name, login, asked.tags)

    fields, secret = {**FIELDS, "user": asked.user}, {"password": Secret(asked.password)}
    return Doing(lambda ctx: destinations.add(ctx, "postgres", asked.name, fields, secret, asked.tags), step)


def _edit(ctx: Context, identity: str, version: int, to: model.Changes) -> None:
    values = None if to.user is None else {**FIELDS, "user": to.user}
    secrets = None if to.password is None else {"password": Secret(to.password)}
    destinations.edit(ctx, identity, version, name=to.name, tags=to.tags, values=values, secrets=secrets)


def _expire(ctx: Context, identity: str) -> int:
    """Eight days in the trash pass."""
    table = schema.destinations
    aged = table.update().where(table.c.id == identity, table.c.deleted_at.is_not(None))
    with ctx.store.write() as tx:
        return int(tx.execute(aged.values(deleted_at=now_us() - 8 * 86_400_000_000)).rowcount)


def _some(done: Any) -> Any:
    if not done:
        raise NotFound("nothing was done")
    return done


def _finish(ctx: Context, work: Work, good: bool) -> None:
    """What a worker does last."""
    with ctx.store.write() as tx:
        assert jobs.finish(tx, work) and work.check_id is not None
        outcome.apply(tx, work.check_id, PASSED if good else FAILED, host="h")


def _not_begun(one: model.One) -> bool:
    return any(open_ is not None and not open_.begun for open_ in (one.check, one.rotation))


def _seen(store: Any) -> dict[str, Any]:
    """What the store holds, in the model's terms."""
    found = {}
    open_jobs = {(row[0], row[1]): row[2] == "claimed" for row in store.fetch(_JOBS)}
    for identity, name, tags, fields, previous, status, version, config, deleted_at in store.fetch(_ROWS):
        both = tuple(open_jobs.get((identity, kind)) for kind in ("check", "rotation"))
        users = (json.loads(fields)["user"], json.loads(previous)["user"] if previous else None)
        found[identity] = (name, tuple(json.loads(tags)), users, status, version, config, deleted_at is not None, both)
    return found


def _expected(state: State) -> dict[str, Any]:
    return {
        i: (
            one.name, one.tags, (one.login.user, one.previous.user if one.previous else None), one.status,
            one.version, one.config, one.trashed,
            tuple(None if open_ is None else open_.begun for open_ in (one.check, one.rotation)),
        )
        for i, one in state.all.items()
    }  # fmt: skip


class OnSqlite(LifeAtOnce):
    """In a new file each time."""

    config = staticmethod(lambda folder: load_config(environment(folder, DESTUI_KEY=KEY)))


class OnPostgres(LifeAtOnce):
    """In one database, emptied each time."""


@pytest.fixture(scope="class")
def emptied_database(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The database of `OnPostgres`."""
    home = team_home(postgres, tmp_path_factory.mktemp(uuid.uuid4().hex[:8]))
    home.environment["DESTUI_KEY"] = KEY
    OnPostgres.config = staticmethod(lambda folder: home.config)
    yield


def test_what_was_rolled_back_to_while_a_check_ran_is_checked_next(tmp_path: Path) -> None:
    """The check that runs says nothing of it, and its end must not be taken for the end of the asking."""
    life = OnSqlite()
    life.open()
    try:
        life.alone(0, Asked("add"))
        life.work_off(True)
        life.alone(0, Asked("reauthorize", password="q"))
        life.work_off(True)
        life.alone(0, Asked("ask"))
        life.begin()
        life.alone(1, Asked("rollback"))
        life.alone(0, Asked("finish", flag=True))
        (one,) = life.state.all.values()
        assert (one.login.password, one.status) == ("p", model.ACTIVE) and one.check is not None
        life.is_as_the_model_says()
        life.work_off(False)
        life.is_as_the_model_says()
        (one,) = life.state.all.values()
        assert one.status == model.ERROR
    finally:
        life.teardown()


@pytest.mark.usefixtures("emptied_database")
def test_a_check_that_ends_while_its_destination_is_deleted_does_not_keep_it_waiting_for_ever() -> None:
    """Each needs what the other holds, if they are let begin at once."""
    for _ in range(30):
        life = OnPostgres()
        life.open()
        try:
            life.alone(0, Asked("add"))
            life.begin()
            life.at_once(Asked("delete"), Asked("finish", flag=True))
        finally:
            life.teardown()


for machine in (OnSqlite, OnPostgres):
    machine.TestCase.settings = settings(
        max_examples=14, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )
TestOnSqlite = OnSqlite.TestCase
TestOnPostgres = pytest.mark.usefixtures("emptied_database")(OnPostgres.TestCase)
