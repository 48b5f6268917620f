"""The life of destinations against a model: whatever happens in whatever order, nothing is lost, doubled or stuck.
On both databases."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule

from destui.config import Config, load_config
from destui.domain.check import Diagnosis, Outcome, Step, StepState
from destui.domain.destination import Status
from destui.domain.errors import Conflict, LimitReached, NameInUse, NotFound, NotNow
from destui.domain.secret import Secret
from destui.services import checks, destinations, rotation
from destui.services.context import Context
from destui.store import jobs, outcome, reading, rows, schema, workers
from destui.store import settings as store_settings
from destui.store.opening import open_store
from destui.store.times import now_us
from tests.fixtures import environment, team_home
from tests.servers.postgres import Postgres

PASSED = Outcome((Step("resolve", StepState.PASSED, 1),))
FAILED = Outcome((Step("resolve", StepState.FAILED, 1),), Diagnosis("resolve", "X", ("unknown",), "c", "f", "m"))
LIMIT = 4
KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
FIELDS = {"host": "db", "database": "d", "user": "u", "tls": "off"}


class QuietContext(Context):
    """A session that starts no worker: the machine is the worker."""

    def wake_worker(self) -> None:
        """Nothing."""


@dataclass
class Model:
    """What a destination must be."""

    name: str
    password: str
    status: Status = Status.INITIALIZING
    previous: str | None = None
    candidate: str | None = None
    checking: bool = True
    trashed: bool = False
    version: int = 1
    gone: bool = False


class Life(RuleBasedStateMachine):
    """Two sessions on one store, and a worker that does one job at a time."""

    known = Bundle("known")
    config: ClassVar[Callable[[Path], Config]]

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="destui-life-")
        config = type(self).config(Path(self.folder.name))
        self.sessions = [QuietContext(config, open_store(config)) for _ in range(2)]
        self.ctx = self.sessions[0]
        self.models: dict[str, Model] = {}
        with self.ctx.store.write() as tx:
            for table in reversed(schema.metadata.sorted_tables):
                if table.name != "settings":
                    tx.execute(table.delete())
            store_settings.write(tx, "limit", str(LIMIT))
            workers.register(tx, worker="w", host="h", pid=1, birth="1", version="0")

    def teardown(self) -> None:
        for session in getattr(self, "sessions", []):
            session.store.close()
        if hasattr(self, "folder"):
            self.folder.cleanup()

    def live(self) -> list[Model]:
        return [m for m in self.models.values() if not m.trashed]

    @rule(target=known, name=st.sampled_from("abcdef"), password=st.sampled_from(["p", "q"]), session=st.integers(0, 1))
    def add(self, name: str, password: str, session: int) -> Any:
        ctx = self.sessions[session]
        try:
            added = destinations.add(ctx, "postgres", name, FIELDS, {"password": Secret(password)})
        except NameInUse:
            assert name in [m.name for m in self.live()]
            return multiple()
        except LimitReached:
            assert len(self.live()) >= LIMIT
            return multiple()
        assert len(self.live()) < LIMIT and name not in [m.name for m in self.live()]
        self.models[added.destination_id] = Model(name, password)
        return added.destination_id

    @rule(identity=known, name=st.sampled_from("abcdefgh"), stale=st.booleans())
    def rename(self, identity: str, name: str, stale: bool) -> None:
        model = self.models[identity]
        try:
            destinations.edit(self.ctx, identity, model.version - stale, name=name)
        except NotFound:
            assert model.trashed
        except Conflict:
            assert stale and not model.trashed
        except NameInUse:
            assert name in [m.name for i, m in self.models.items() if i != identity and not m.trashed]
        else:
            assert not model.trashed and not stale
            if name != model.name:
                model.name, model.version = name, model.version + 1

    @rule(identity=known, password=st.sampled_from(["r", "s", "t"]))
    def reauthorize(self, identity: str, password: str) -> None:
        model = self.models[identity]
        try:
            rotation.reauthorize(self.ctx, identity, model.version, None, {"password": Secret(password)})
        except NotFound:
            assert model.trashed
        except NotNow:
            assert model.status is Status.INITIALIZING or model.candidate is not None
        else:
            assert not model.trashed and model.candidate is None
            model.candidate = password
            if model.status is Status.ERROR:
                model.status = Status.INITIALIZING

    @rule(identity=known)
    def rollback(self, identity: str) -> None:
        model = self.models[identity]
        try:
            rotation.rollback(self.ctx, identity)
        except NotFound:
            assert model.trashed or model.previous is None
        except NotNow:
            assert model.status is Status.INITIALIZING or model.candidate is not None
        else:
            assert model.previous is not None
            model.password, model.previous = model.previous, model.password
            model.version += 1
            model.checking = True

    @rule(identity=known)
    def ask(self, identity: str) -> None:
        asked = checks.request(self.sessions[1], [identity])
        model = self.models[identity]
        assert bool(asked) == (not model.trashed)
        if asked and model.candidate is None:
            model.checking = True

    @rule(identity=known)
    def delete(self, identity: str) -> None:
        model = self.models[identity]
        assert destinations.delete(self.ctx, [identity]) == (not model.trashed)
        if model.trashed:
            return
        # What waits is stopped: a candidate goes, a first check ends in Error.
        if model.status is Status.INITIALIZING:
            model.status = Status.ERROR
        model.trashed, model.candidate, model.checking = True, None, False
        model.version += 1

    @rule(identity=known)
    def restore(self, identity: str) -> None:
        model = self.models[identity]
        try:
            destinations.restore(self.ctx, identity)
        except NotFound:
            assert model.gone or not model.trashed
        except NameInUse:
            assert model.name in [m.name for m in self.live()]
        except LimitReached:
            assert len(self.live()) >= LIMIT
        else:
            assert model.trashed and not model.gone and len(self.live()) < LIMIT
            model.trashed = False
            model.version += 1
            model.checking = model.status is not Status.ERROR

    @precondition(lambda self: any(m.checking or m.candidate for m in self.models.values()))
    @rule(good=st.booleans())
    def work(self, good: bool) -> None:
        """The worker does the next job, and the job ends well or not."""
        store = self.ctx.store
        with store.write() as tx:
            ((job_id, _),) = jobs.claim(tx, "w", "h", 1)
        with store.write() as tx:
            work = jobs.begin(tx, job_id, "w")
            assert work is not None and work.check_id is not None and work.destination_id is not None
        subject = reading.subject(store, work.check_id)
        assert subject is not None
        model = self.models[work.destination_id]
        rotating = work.kind is jobs.Kind.ROTATION
        used = self.ctx.vault.read(subject.secret_id)["password"].reveal()
        assert used == (model.candidate if rotating else model.password)
        config = store.fetch("SELECT d.config = c.config FROM checks c JOIN destinations d ON d.id = c.destination_id"
                             " WHERE c.id = :id", {"id": work.check_id})[0][0]  # fmt: skip
        with store.write() as tx:
            assert jobs.finish(tx, work)
            outcome.apply(tx, work.check_id, PASSED if good else FAILED, host="h")
        if rotating:
            assert model.candidate is not None
            if good and config:
                model.password, model.previous = model.candidate, model.password
                model.version += 1
                model.status = Status.ACTIVE
            elif model.status is Status.INITIALIZING:
                model.status = Status.ERROR
            model.candidate = None
        else:
            looked_at_current = config or model.status is Status.INITIALIZING
            if looked_at_current:
                model.status = Status.ACTIVE if good else Status.ERROR
            # What was rolled back meanwhile is looked at next.
            model.checking = not looked_at_current and not model.trashed

    @rule()
    def sweep(self) -> None:
        self.ctx.vault.sweep()
        (left,) = self.ctx.store.fetch("SELECT count(*) FROM secrets WHERE state = 'discarded'")[0]
        assert left == 0

    @rule(identity=known)
    def purge(self, identity: str) -> None:
        from destui.store import housekeeping

        model = self.models[identity]
        if not model.trashed or model.gone:
            return
        with self.ctx.store.write() as tx:
            long_ago = now_us() - 8 * 86_400_000_000
            tx.execute(
                schema.destinations.update().where(schema.destinations.c.id == identity).values(deleted_at=long_ago)
            )
        assert housekeeping.purge(self.ctx.store, "h") == 1
        model.gone = True
        self.ctx.vault.sweep()
        with pytest.raises(NotFound):
            destinations.restore(self.ctx, identity)

    @invariant()
    def is_as_the_model_says(self) -> None:
        if not hasattr(self, "ctx"):
            return
        found = {d.id: d for d in reading.destinations(self.ctx.store)}
        live = {i: m for i, m in self.models.items() if not m.trashed}
        assert found.keys() == live.keys()
        for identity, model in live.items():
            seen = found[identity]
            assert (seen.name, seen.status, seen.version) == (model.name, model.status, model.version)
            assert seen.can_roll_back == (model.previous is not None)
            is_open = bool(model.checking or model.candidate)
            if seen.status is Status.INITIALIZING:
                assert is_open, "stuck in Initializing"
        assert rows.counts(self.ctx.store).total == len(live) <= LIMIT

    @invariant()
    def every_current_secret_is_in_the_vault(self) -> None:
        if not hasattr(self, "ctx"):
            return
        for row in self.ctx.store.fetch("SELECT id, secret_id, previous_secret_id FROM destinations"):
            model = self.models[row[0]]
            if not model.gone:
                assert self.ctx.vault.read(row[1])["password"].reveal() == model.password
                if model.previous is not None:
                    assert self.ctx.vault.read(row[2])["password"].reveal() == model.previous


class OnSqlite(Life):
    """In a new file each time."""

    config = staticmethod(lambda folder: load_config(environment(folder)))


class OnPostgres(Life):
    """In one database, emptied each time."""


@pytest.fixture(scope="class")
def emptied_database(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The database of `OnPostgres`."""
    home = team_home(postgres, tmp_path_factory.mktemp("life"))
    home.environment["DESTUI_KEY"] = KEY
    OnPostgres.config = staticmethod(lambda folder: home.config)


for machine in (OnSqlite, OnPostgres):
    machine.TestCase.settings = settings(
        max_examples=9, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )
TestOnSqlite = OnSqlite.TestCase
TestOnPostgres = pytest.mark.usefixtures("emptied_database")(OnPostgres.TestCase)
