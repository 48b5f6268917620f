"""Faults that were found by trying: notifications beside a ping, a store that is deleted, one that is upgraded under
its worker, and clocks that differ."""

from __future__ import annotations

import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from destui.store import changes, housekeeping, workers
from destui.store.engine import Store
from destui.store.opening import open_store
from destui.store.times import now_us
from tests.e2e.worker_checks import add, running_step
from tests.fixtures import Home, environment, team_home
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.embedded  # what is about teams makes their stores itself

_QUICK = "from destui.store import workers; workers.BEAT_SECONDS = 0.2; from destui.worker import process; "
_SERVICE = f"{_QUICK}process.GRACE_SECONDS = 0.2; import sys; from destui.cli import run; sys.exit(run(sys.argv[1:]))"


@contextmanager
def process_of(home: Home, code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A worker that beats more often; what it logs is its standard error."""
    command = [sys.executable, "-c", code, *arguments]
    worker = subprocess.Popen(command, env=home.environment, stderr=subprocess.PIPE, text=True)
    assert worker.stderr is not None
    try:
        assert "started" in worker.stderr.readline()
        yield worker
    finally:
        worker.kill()
        worker.communicate()


def test_a_notification_that_comes_with_the_answer_to_a_ping_is_told(
    tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = team_home(postgres, tmp_path).config
    mine, other = open_store(config), open_store(config)
    signal = changes.PostgresSignal(mine)
    assert signal.wait(10), "once for what came before"
    monkeypatch.setattr(changes, "PING_SECONDS", 0.0)  # from now on it asks before each look
    for row in ("first", "second"):
        with other.write() as tx:
            tx.touch("destination", row)
        assert signal._connection is not None
        assert select.select([signal._connection.fileno()], [], [], 10)[0], "it has come"
        assert signal.wait(2), "nobody was told"
    assert not signal.wait(0.5), "told twice"
    signal.close()
    for store in (mine, other):
        store.close()


def test_a_launched_worker_leaves_when_its_store_was_deleted(home: Home) -> None:
    home.context().store.close()
    code = f"{_QUICK}from destui.config import load_config; process.run(load_config(), idle_seconds=2)"
    with process_of(home, code) as worker:
        shutil.rmtree(home.path)
        _, log = worker.communicate(timeout=30)
    assert worker.returncode == 0
    told = [line for line in log.splitlines() if "clean-up" not in line]
    assert len(told) == 2 and "waiting for the store: The store's file is gone" in told[0], log
    assert told[1].endswith("s; leaving") and "has been away for" in told[1], log
    assert not home.path.exists(), "it has made another one"


def test_a_check_at_work_keeps_it_longer_but_not_for_ever(home: Home) -> None:
    ctx = home.context()
    code = (
        f"{_QUICK}process.GONE_AT_WORK_SECONDS = 3.0; "
        "from destui.config import load_config; process.run(load_config(), idle_seconds=0.5)"
    )
    with process_of(home, code) as worker:
        running_step(ctx, add(ctx, "slow", seconds=60).check_id)
        gone_at = time.monotonic()
        shutil.rmtree(home.path)
        _, log = worker.communicate(timeout=30)
    assert worker.returncode == 0 and "leaving" in log, log
    assert time.monotonic() - gone_at >= 3.0
    ctx.store.close()


def test_one_whose_store_comes_back_stays(home: Home) -> None:
    ctx = home.context()
    code = f"{_QUICK}from destui.config import load_config; process.run(load_config(), idle_seconds=60)"
    file = home.path / "destui.db"
    with process_of(home, code) as worker:
        assert worker.stderr is not None
        file.rename(home.path / "elsewhere")
        while "waiting for the store" not in worker.stderr.readline():
            assert worker.poll() is None
        (home.path / "elsewhere").rename(file)
        assert "answers again" in worker.stderr.readline()
        assert worker.poll() is None
    ctx.store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("at_work", [False, True])
def test_a_service_starts_the_worker_of_an_upgraded_store_again(
    kind: str, at_work: bool, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = tmp_path / "home"
    if kind == "sqlite":
        home = Home(folder, environment(folder))
    else:
        home = team_home(request.getfixturevalue("postgres"), tmp_path)
        home.ok("store", "upgrade")  # its sealing key
    ctx = home.context()
    with process_of(home, _SERVICE, "worker", "run") as worker:
        if at_work:
            running_step(ctx, add(ctx, "slow", seconds=60).check_id)
        with ctx.store.write() as tx:
            tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        _, log = worker.communicate(timeout=30)
    assert worker.returncode == 6, log  # Restart=on-failure
    assert "was upgraded to schema 9999; leaving" in log
    assert "waiting for the store" not in log, log
    assert at_work or "newer than this destui" in log.splitlines()[-1], log
    ctx.store.close()


def test_a_clean_up_takes_nobodys_lease_whatever_its_hosts_clock_says(any_store: Store) -> None:
    with any_store.write() as tx:
        workers.register(tx, worker="w", host="h", pid=1, birth="b", version="0")
        # As a host sees it whose clock is two days ahead of what leases are told by.
        tx.execute(text("UPDATE workers SET lease_until = :then"), {"then": now_us() - 2 * housekeeping.DAY_US})
    housekeeping.prune(any_store)
    assert [worker.id for worker in workers.on_record(any_store)] == ["w"]
