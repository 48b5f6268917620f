"""Checks by a real worker on real servers: stopped within a second whatever they wait for, credentials tried once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pymysql
import pytest

from bench.terminal import Terminal
from destui.domain.check import CheckState
from destui.domain.destination import Status
from destui.domain.secret import Secret
from destui.services import checks, destinations, rotation
from destui.services.context import Context
from destui.services.following import follow
from destui.store import jobs
from destui.store.times import now_us, to_us
from tests.e2e.terminals import ended, interface
from tests.e2e.test_real_postgres_ladder import event_trigger
from tests.fixtures import Home
from tests.servers import mariadb as maria
from tests.servers.mariadb import Mariadb
from tests.servers.postgres import LOADER_PASSWORD, Postgres

pytestmark = pytest.mark.servers


@dataclass
class Server:
    """A server of either kind, and what its log says of refused sign-ins."""

    type: str
    fields: dict[str, Any]
    password: str
    pid: int
    log: Sequence[str]
    refusal: str
    """What the log says of a wrong password of this user."""
    say: Callable[[str], object]
    """Has a word written to the log."""

    def add(self, ctx: Context, name: str, password: str | None = None) -> destinations.Added:
        """A destination there."""
        return destinations.add(ctx, self.type, name, self.fields, {"password": Secret(password or self.password)})

    def refused(self, word: str) -> int:
        """How many sign-ins of this user the server has refused until now, as its log has it."""
        self.say(word)
        for _ in range(400):
            if any(word in line for line in list(self.log)):
                return sum(self.refusal in line for line in list(self.log))
            threading.Event().wait(0.02)  # the log is read by another thread, which tells nobody
        raise AssertionError(f"{word!r} never came into the log")


def of_postgres(server: Postgres) -> Server:
    role = server.new_role()
    server.run(f"GRANT USAGE, CREATE ON SCHEMA {server.fields['schema']} TO {role}")
    return Server(
        "postgres", {**server.fields, "user": role}, LOADER_PASSWORD, server.pid, server.log,
        f'password authentication failed for user "{role}"',
        lambda word: server.run(f"DO $$ BEGIN RAISE WARNING '{word}'; END $$"),
    )  # fmt: skip


@contextmanager
def of_mariadb(server: Mariadb) -> Iterator[Server]:
    with server.user() as fields:
        yield Server(
            "mysql", fields, maria.LOADER_PASSWORD, server.pid, server.log,
            f"Access denied for user '{fields['user']}'@",
            lambda word: be_refused(server, word),
        )  # fmt: skip


def be_refused(server: Mariadb, word: str) -> None:
    """Its log tells of refused sign-ins alone: one of a user of this name."""
    with pytest.raises(pymysql.OperationalError):
        pymysql.connect(host=server.host, port=server.port, user=word, password="x")


@pytest.fixture(params=["postgres", "mariadb"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Each kind in turn, with a user of the test's own."""
    found = request.getfixturevalue(request.param)
    if request.param == "postgres":
        yield of_postgres(found)
    else:
        with of_mariadb(found) as made:
            yield made


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """The server hangs: what connects is taken by the system, and never answered."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def wait_for_step(ctx: Context, check_id: str, name: str) -> None:
    for check in follow(ctx, [check_id], 60):
        if check.current is not None and check.current[0].name == name:
            return
    raise AssertionError(f"it was never at {name}")


def stop(ctx: Context, check_id: str) -> float:
    """Stop it; the seconds until it had ended."""
    before = now_us()
    assert checks.cancel(ctx, check_id=check_id)
    assert ended(ctx, check_id) == [CheckState.CANCELLED]
    finished = checks.check(ctx, check_id).finished_at
    open_jobs = ctx.store.fetch("SELECT kind FROM jobs WHERE state IN ('queued', 'claimed')")
    assert finished is not None and {kind for (kind,) in open_jobs} <= {jobs.Kind.CLEAN_UP}, open_jobs
    return (to_us(finished) - before) / 1e6


def test_a_sign_in_that_hangs_is_stopped_within_a_second(home: Home, server: Server) -> None:
    ctx = home.context()
    added = server.add(ctx, "orders")
    assert ended(ctx, added.check_id) == [CheckState.PASSED]
    with stopped(server.pid):
        (check_id,) = checks.request(ctx, [added.destination_id]).values()
        wait_for_step(ctx, check_id, "sign in")
        assert stop(ctx, check_id) < 1
    assert destinations.get(ctx, added.destination_id).status is Status.ACTIVE, "a stopped check says nothing"
    (check_id,) = checks.request(ctx, [added.destination_id]).values()
    assert ended(ctx, check_id) == [CheckState.PASSED], "the same worker goes on"


def test_a_statement_that_hangs_on_postgres_is_stopped_within_a_second(home: Home, postgres: Postgres) -> None:
    ctx = home.context()
    with event_trigger(postgres, "PERFORM pg_sleep(60);") as fields:
        added = destinations.add(ctx, "postgres", "orders", fields, {"password": Secret(LOADER_PASSWORD)})
        wait_for_step(ctx, added.check_id, "create")
        assert stop(ctx, added.check_id) < 1


def test_a_statement_that_hangs_on_mariadb_is_stopped_within_a_second(home: Home, mariadb: Mariadb) -> None:
    ctx = home.context()
    with closing(mariadb.root()) as locker:
        locker.cursor().execute("FLUSH TABLES WITH READ LOCK")
        secrets = {"password": Secret(maria.LOADER_PASSWORD)}
        added = destinations.add(ctx, "mysql", "orders", mariadb.fields, secrets)
        wait_for_step(ctx, added.check_id, "create")
        assert stop(ctx, added.check_id) < 1
    assert mariadb.tables() == []


def test_keys_of_the_pane_check_again_and_stop(home: Home, server: Server, opened: list[Terminal]) -> None:
    ctx = home.context()
    added = server.add(ctx, "orders")
    ended(ctx, added.check_id)
    terminal = interface(home, opened)
    terminal.read_until_screen("Active", 30)
    terminal.send(b" ")
    terminal.read_until_screen("Every step passed", 30)
    with stopped(server.pid):
        terminal.send(b"c")
        terminal.read_until_screen("Now: sign in, step 3 of 8.", 30)
        terminal.wait_for("s of 10 s", 10)
        terminal.send(b"t")
        terminal.wait_for("The check of orders was stopped.", 10)
    terminal.send(b"c")
    terminal.wait_for("orders works: every step passed.", 60)
    terminal.wait_for("Every step passed", 10)


def test_credentials_are_tried_once_for_each_time_that_somebody_asks(home: Home, server: Server) -> None:
    ctx = home.context()
    before = server.refused("before")
    wrong = server.add(ctx, "orders", "wrong")
    assert ended(ctx, wrong.check_id) == [CheckState.FAILED]
    assert server.refused("added") - before == 1
    (again,) = checks.request(ctx, [wrong.destination_id]).values()
    assert ended(ctx, again) == [CheckState.FAILED]
    assert server.refused("again") - before == 2
    version = destinations.get(ctx, wrong.destination_id).version
    candidate = rotation.reauthorize(ctx, wrong.destination_id, version, None, {"password": Secret("wrong too")})
    assert ended(ctx, candidate) == [CheckState.FAILED]
    assert server.refused("candidate") - before == 3
    draft = checks.test_draft(ctx, server.type, server.fields, {"password": Secret("also wrong")})
    assert ended(ctx, draft) == [CheckState.FAILED]
    assert server.refused("draft") - before == 4


def test_what_passes_is_tried_again_within_the_deadline(home: Home, postgres: Postgres) -> None:
    role = postgres.new_role("LOGIN CONNECTION LIMIT 0")
    postgres.run(f"GRANT USAGE, CREATE ON SCHEMA {postgres.fields['schema']} TO {role}")
    ctx = home.context()
    fields = {**postgres.fields, "user": role}
    added = destinations.add(ctx, "postgres", "orders", fields, {"password": Secret(LOADER_PASSWORD)})
    told = f'too many connections for role "{role}"'
    for check in follow(ctx, [added.check_id], 60):
        if check.current and check.current[0].message == "too many connections, trying again":
            break
    postgres.run(f"ALTER ROLE {role} CONNECTION LIMIT 5")
    assert ended(ctx, added.check_id) == [CheckState.PASSED]
    assert sum(told in line for line in postgres.log) >= 1
