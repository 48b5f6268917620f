"""The store and the log stay small: a little of the campaign's `disk`, and the log put aside under a worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from destui import log_file
from destui.services import checks, destinations
from destui.services.following import follow
from destui.store import workers
from tests.fixtures import Home
from tests.servers.postgres import Postgres
from tests.torture import disk
from tests.torture.ground import POSTGRESQL, SQLITE, Ground, within


@pytest.fixture
def ground(tmp_path: Path, postgres: Postgres) -> Iterator[Ground]:
    """What the campaign stands on."""
    with Ground(tmp_path, 1, 21, postgres) as made:
        yield made
    assert not made.tally.found, f"kept in {tmp_path}:\n{made.tally}"


@pytest.mark.parametrize(("store", "rounds"), [(SQLITE, 2), (POSTGRESQL, 1)])
def test_checks_by_the_thousand_leave_a_small_store(ground: Ground, store: str, rounds: int) -> None:
    disk.run(ground, [store], rounds)
    assert ground.tally.done["checks written"] == rounds * 2_100


def test_the_log_is_put_aside_under_a_worker_that_goes_on(home: Home) -> None:
    ctx = home.context()
    added = destinations.add(ctx, "simulator", "orders", {"seconds": 0}, {})
    list(follow(ctx, [added.check_id], 20))
    (worker,) = workers.on_record(ctx.store)
    log = home.config.worker_log
    for number in range(log_file.KEPT + 2):
        with log.open("a") as full:
            full.write(f"{number}\n" * (log_file.MAX_BYTES // 2 + 1))
        line = f"check={checks.request(ctx, [added.destination_id])[added.destination_id]}"
        assert within(20, lambda line=line: line in log.read_text()), "the newest line is not in the newest file"
        assert log.stat().st_size < log_file.MAX_BYTES
        assert {os.readlink(f"/proc/{worker.pid}/fd/{fd}") for fd in (1, 2)} == {str(log)}
    found = log_file.files(log)
    assert [file.name for file in found] == ["worker.log", "worker.log.1", "worker.log.2", "worker.log.3"]
    assert sorted(home.config.logs.iterdir()) == found
    assert {file.stat().st_mode & 0o777 for file in found} == {0o600}
    assert found[1].read_text().startswith("20") and "4\n4\n" in found[1].read_text()
