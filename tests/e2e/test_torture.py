"""The campaign of faults, a little of it: `make torture` does all of it (docs/torture.md)."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from destui.store import settings
from tests.planted import LINE, PLANTED
from tests.servers.mariadb import Mariadb
from tests.servers.postgres import Postgres, start
from tests.torture import clocks, hostile, kills, nasty, pauses, rekey, store_away, terminal_away, vault_away
from tests.torture.ground import POSTGRESQL, SQLITE, STORES, Ground, session, within

SEED = int(os.environ.get("SEED", "1"))
SIZE = 4


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


def test_what_a_paused_worker_was_at_is_done_once(ground: Ground) -> None:
    pauses.comes_back(ground, 0)


def test_a_paused_worker_of_a_team_is_taken_over_within_30_s(ground: Ground) -> None:
    pauses.taken_over(ground, 0)


@pytest.mark.parametrize("fault", [store_away.full, store_away.cut])
def test_a_store_that_goes_away_is_told_and_waited_for(ground: Ground, fault: Callable[[Ground], None]) -> None:
    fault(ground)


def test_a_clock_that_is_set_changes_nothing(ground: Ground) -> None:
    clocks.run(ground, [SQLITE])


def test_nasty_texts_crash_nothing(ground: Ground) -> None:
    hostile.run(ground, [SQLITE])


@pytest.mark.parametrize("text", [text for text in nasty.NASTY if set(text) & set("\x1b\x9b\x9d\x90\0\a\x05\x7f")])
def test_a_nasty_text_would_be_seen_on_a_terminal(text: str) -> None:
    own = "\x1b[?1049h\x1b[0;38;2;1;2;3m\x1b[1;1H{}\x1b[0m\x1b[?25h\x1b[<u"
    assert not nasty.raw(own.format("plain").encode())
    assert nasty.raw(own.format(text).encode())


@pytest.mark.parametrize("store", STORES)
def test_what_is_planted_is_found(tmp_path: Path, server: Postgres, store: str) -> None:
    """The search itself: in files, in a dump and the log of a database, on a terminal, in a process."""
    with Ground(tmp_path, SEED, SIZE, server) as ground:
        with ground.home(store) as home, session(home.config) as ctx:
            with ctx.store.write() as tx:
                settings.write(tx, "contact", PLANTED)
            (home.path / "logs").mkdir(exist_ok=True)
            (home.path / "logs" / "some.log").write_text(base64.b64encode(PLANTED.encode()).decode())
            ground.search("a terminal", f"\x1b[1;1H{LINE[:5]}\x1b[0m{LINE[5:]}".encode())
            shown = subprocess.Popen(["sleep", "60"], env={"PW": PLANTED})
            # Its start has come back a moment before the system shows what it was given.
            assert within(10, Path(f"/proc/{shown.pid}/environ").read_bytes)
            ground.search_processes(shown.pid)
            ground.search_processes(shown.pid, given=True)
            shown.kill()
            shown.wait()
        found = "\n".join(ground.tally.found)
    places = ["some.log", "a terminal", "environ of process"]
    database = ["the write-ahead log", "of the store's database", "a dump of the store"]
    places += ["destui.db"] if store == SQLITE else database
    assert not [place for place in places if place not in found], found


@pytest.mark.parametrize("store", STORES)
def test_an_altered_secret_opens_for_nobody(ground: Ground, store: str) -> None:
    vault_away.tampered(ground, store)


@pytest.mark.parametrize("store", STORES)
def test_a_killed_rekey_leaves_every_secret_readable(ground: Ground, store: str) -> None:
    rekey.rekeys(ground, store, 3)


def test_a_killed_move_leaves_every_secret_readable(ground: Ground) -> None:
    rekey.moves(ground, 3)
