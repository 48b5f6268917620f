"""The campaign of faults, a little of it: `make torture` does all of it (docs/torture.md)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.mariadb import Mariadb
from tests.servers.postgres import Postgres, start
from tests.torture import clocks, hostile, kills, pauses, rekey, store_away, terminal_away, vault_away
from tests.torture.ground import POSTGRESQL, SQLITE, STORES, Ground

SEED = int(os.environ.get("SEED", "1"))
SIZE = 10


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server for many connections."""
    with start(connections=150) as made:
        yield made


@pytest.fixture
def ground(tmp_path: Path, server: Postgres, mariadb: Mariadb) -> Iterator[Ground]:
    """What the campaign stands on; when something is found, the folder is kept, and pytest says where."""
    with Ground(tmp_path, SEED, SIZE, server, mariadb) as made:
        yield made
    assert not made.tally.found, f"seed {SEED}, kept in {tmp_path}:\n{made.tally}"


@pytest.mark.parametrize("store", STORES)
def test_kills_lose_nothing(ground: Ground, store: str) -> None:
    kills.run(ground, store)
    killed = sum(count for what, count in ground.tally.done.items() if what.startswith("kills of the "))
    # Of the workers only those are killed that are met before the lives have ended.
    assert killed >= ground.size * (1 - kills.WORKERS_SHARE)


def test_a_terminal_that_goes_ends_the_interface_at_once(ground: Ground) -> None:
    terminal_away.run(ground, [POSTGRESQL])


def test_a_paused_worker_writes_over_nothing(ground: Ground) -> None:
    pauses.comes_back(ground, 0)


@pytest.mark.parametrize("fault", [store_away.full, store_away.cut])
def test_a_store_that_goes_away_is_told_and_waited_for(ground: Ground, fault: Callable[[Ground], None]) -> None:
    fault(ground)


def test_a_clock_that_is_set_changes_nothing(ground: Ground) -> None:
    clocks.run(ground, [SQLITE])


def test_nasty_texts_crash_nothing(ground: Ground) -> None:
    hostile.run(ground, [SQLITE])


def test_an_altered_secret_opens_for_nobody(ground: Ground) -> None:
    vault_away.tampered(ground, SQLITE)


@pytest.mark.parametrize("store", STORES)
def test_a_killed_rekey_leaves_every_secret_readable(ground: Ground, store: str) -> None:
    rekey.rekeys(ground, store, 6)


def test_a_killed_move_leaves_every_secret_readable(ground: Ground) -> None:
    rekey.moves(ground, 4)
