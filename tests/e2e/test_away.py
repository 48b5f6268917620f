"""What is away while the interface runs: a team store's server, a worker, the vault."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bench.terminal import Terminal
from destui.domain.secret import Secret
from destui.services import destinations
from destui.store import rows
from tests.e2e.terminals import SIZE, add, ended, interface
from tests.fixtures import Home, _url, environment
from tests.servers.postgres import Postgres, start

pytestmark = pytest.mark.embedded  # what is about teams here makes their stores itself


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server of our own: it goes away."""
    with start() as found:
        yield found


@pytest.fixture
def team(server: Postgres, tmp_path: Path) -> Home:
    """A home on a new PostgreSQL store."""
    name = f"store_{uuid.uuid4().hex[:12]}"
    server.run(f"CREATE DATABASE {name}", database="postgres")
    made = Home(tmp_path / "home", environment(tmp_path / "home", DESTUI_STORE=_url(server, name)))
    made.ok("store", "upgrade")
    return made


def shown(terminal: Terminal) -> str:
    return "\n".join(terminal.screen().display)


def test_a_team_store_without_a_worker_says_how_to_start_one(team: Home, opened: list[Terminal]) -> None:
    terminal = Terminal(team.command(), team.environment, (80, 24))
    opened.append(terminal)
    terminal.wait_for("No worker is running.", 30)
    terminal.wait_for("Start one with destui worker run")
    worker = subprocess.Popen(team.command("worker", "run"), env=team.environment, stderr=subprocess.DEVNULL)
    try:
        terminal.wait_for("0/25")
        terminal.wait_for("No worker is running.", 20, gone=True)
    finally:
        worker.terminate()
        worker.wait(20)


def test_a_team_store_that_goes_away_keeps_what_was_typed_and_where_one_was(
    team: Home, server: Postgres, opened: list[Terminal]
) -> None:
    terminal = Terminal(team.command(), team.environment, SIZE)
    opened.append(terminal)
    terminal.wait_for("0/25", 30)
    terminal.settle(0.5)
    terminal.send(b"asimu\rtyped before")
    terminal.wait_for("typed before")
    with server.away():
        terminal.wait_for("The store does not answer.", 20)
        terminal.send(b" and after\x13")
        terminal.wait_for("! The store does not answer: ", 20)
        assert "Nothing typed is lost. Trying again every 10 s, ctrl+r now." in shown(terminal)
        terminal.send(b"\x1b")
        terminal.wait_for("Discard what you typed?")
        terminal.settle(0.2)
        terminal.send(b"\x1b")
        terminal.wait_for("Discard what you typed?", gone=True)
    terminal.send(b"\x12")  # ctrl+r
    terminal.wait_for("The store does not answer", gone=True)
    assert "typed before and after" in shown(terminal)
    terminal.send(b"\x13")
    terminal.wait_for("1/25", 20)
    terminal.settle(0.3)
    with server.away():
        terminal.wait_for("as of ", 20)
        terminal.send(b"\r")
        terminal.wait_for("ctrl+r tries again")
        assert "Destinations ›" not in shown(terminal), "a page without anything to show was opened"
        terminal.send(b"\x1b[B")
    # It comes back by itself too.
    terminal.wait_for("The store does not answer", 30, gone=True)
    terminal.wait_for("1 Initializing")
    store = team.context().store
    assert rows.counts(store).total == 1
    store.close()


def test_a_team_store_whose_server_takes_no_changes_is_told_and_waited_for(
    server: Postgres, team: Home, opened: list[Terminal], tmp_path: Path
) -> None:
    """As after a fail-over to a standby."""
    name = team.config.store_url.rpartition("/")[2]

    def takes_changes(does: bool) -> None:
        server.run(f"ALTER DATABASE {name} SET default_transaction_read_only = {not does}", database="postgres")
        server.run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'", database="postgres"
        )

    team.ok("add", "simulator", "orders", "seconds=0")
    log = tmp_path / "worker.err"
    with log.open("wb") as said:
        worker = subprocess.Popen(team.command("worker", "run"), env=team.environment, stderr=said)
    try:
        team.ok("check", "orders", "--timeout", "60")
        terminal = Terminal(team.command(), team.environment, SIZE)
        opened.append(terminal)
        terminal.wait_for("1 Active", 30)
        takes_changes(False)
        terminal.wait_for("server takes no changes", 20)
        refused = team.run("check", "orders")
        assert refused.returncode == 6 and "takes no changes: it is read-only, or a standby." in refused.stderr, refused
        found = json.loads(team.run("doctor", "--json").stdout)
        (store,) = (finding for finding in found if finding["subject"] == "store")
        assert not store["ok"] and "takes no changes" in store["message"], store
        assert "takes no changes" in team.ok("worker", "status")
        _until(lambda: "beginning anew" in log.read_text() and "waiting for" in log.read_text().rpartition("anew")[2])
        takes_changes(True)
        assert "orders: passed" in team.ok("check", "orders", "--timeout", "60")
        assert worker.poll() is None
        terminal.wait_for("server takes no changes", 30, gone=True)
    finally:
        worker.kill()
        worker.wait()


def _until(so: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + 60
    while not so():
        assert time.monotonic() < ends_at
        time.sleep(0.1)  # a line of a log wakes nobody


def test_a_store_away_at_the_start_is_one_line_of_standard_error(home: Home, opened: list[Terminal]) -> None:
    away = {**home.environment, "DESTUI_STORE": "postgresql+psycopg://x:hidden@127.0.0.1:1/x"}
    terminal = Terminal(["sh", "-c", '"$@"; echo ended with $?', "sh", *home.command()], away, (80, 24))
    opened.append(terminal)
    terminal.read_until(b"ended with 6")
    drawn, left, after = b"".join(data for _, data in terminal.chunks).rpartition(b"\x1b[?1049l")
    assert left and drawn.count(b"\x1b[?1049h") == 1, "the screen from before is not there again"
    said = re.sub(rb"\x1b\[[<>=?]?[0-9;]*[a-z]", b"", after).decode().split("\r\n")
    assert len(said) == 3 and said[0].startswith("destui: The store does not answer: ") and "hidden" not in said[0]
    assert len(said[0]) > 80 and said[1] == "ended with 6", "it was wrapped"


def test_a_store_that_another_process_holds_locked_is_shown_and_kept_as_it_is(
    home: Home, opened: list[Terminal]
) -> None:
    ctx = home.context()
    ended(ctx, add(ctx, "orders").check_id)
    lists, form = interface(home, opened, size=(80, 24)), interface(home, opened)
    form.settle(0.3)
    form.send(b"asimu\rtyped before")
    form.wait_for("typed before")
    with closing(sqlite3.connect(home.path / "destui.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        form.send(b" and after\x13")
        for terminal in (lists, form):  # also where nobody tries to write
            terminal.wait_for("The store cannot be written. Another process locks it, since ", 20)
        form.wait_for("Try again in a moment.", 20)
        form.send(b"\x13")
        form.wait_for("! The store cannot be written: another process locks it")
        assert "typed before and after" in shown(form) and "Nothing typed is lost." in shown(form)
        lists.send(b"a")
        lists.wait_for("! The store cannot be written: another process locks it")
        holder.execute("UPDATE destinations SET name = 'renamed', name_key = 'renamed'")
        holder.execute(
            "INSERT INTO changes (entity, row_id, removed, at) SELECT 'destination', id, 0, 0 FROM destinations"
        )
        holder.execute("COMMIT")
        holder.execute("BEGIN IMMEDIATE")
        lists.wait_for("renamed  simulator")
        lists.wait_for("The store cannot be written.")
        lists.send(b"\r")  # reading goes on
        lists.wait_for("Destinations › renamed")
        holder.execute("ROLLBACK")
    for terminal in (lists, form):
        terminal.wait_for("The store cannot be written", 10, gone=True)
    form.send(b"\x13")
    lists.send(b"\x1b")
    lists.wait_for("2/25", 20)


def test_a_store_marked_read_only_is_called_so_in_a_form(home: Home, opened: list[Terminal]) -> None:
    home.context()
    terminal = interface(home, opened)
    terminal.settle(0.3)
    terminal.send(b"asimu\rtyped before")
    terminal.wait_for("typed before")
    files = [str(home.path / f"destui.db{end}") for end in ("", "-wal")]
    if not shutil.which("chattr") or subprocess.run(["chattr", "+i", *files], capture_output=True).returncode:
        pytest.skip("no file can be marked here")
    try:
        terminal.send(b"\x13")
        terminal.wait_for("The store cannot be written. Its file is read-only", 20)
        assert "gives errors" not in shown(terminal)
        done = subprocess.run(home.command("limit", "3"), env=home.environment, capture_output=True, text=True)
        assert done.returncode == 6 and "cannot be written. Give yourself write permission" in done.stderr
    finally:
        subprocess.run(["chattr", "-i", *files], check=True)
    terminal.wait_for("The store cannot be written", 10, gone=True)
    terminal.send(b"\x13")
    terminal.wait_for("1/25", 20)


def test_a_worker_that_cannot_start_is_told_in_a_banner(home: Home, opened: list[Terminal]) -> None:
    home.context()
    (home.path / "logs" / "worker.log").mkdir(parents=True)
    terminal = interface(home, opened, size=(80, 24))
    terminal.settle(0.3)
    terminal.send(b"asimu\rnobody\x13")
    terminal.wait_for("1/25", 20)
    terminal.wait_for("No worker starts. ", 30)
    terminal.wait_for("destui doctor")
    (home.path / "logs" / "worker.log").rmdir()
    terminal.wait_for("Setup load", 40)
    terminal.wait_for("No worker starts. ", 20, gone=True)


def test_a_check_that_waits_for_the_vault_says_why(home: Home, opened: list[Terminal]) -> None:
    ctx = home.context()
    fields = {"host": "127.0.0.1", "port": 1, "database": "d", "user": "u", "tls": "off"}
    added = destinations.add(ctx, "postgres", "pg", fields, {"password": Secret("word")})
    ended(ctx, added.check_id, add(ctx, "other").check_id)
    home.end_workers()
    key = home.path / "secret.key"
    key.rename(key.with_suffix(".away"))
    terminal = interface(home, opened)
    terminal.wait_for("pg  postgres")
    terminal.settle(0.3)
    terminal.send(b"/pg\rc")
    terminal.wait_for("pg waits. The sealing key is missing. Put back", 30)
    terminal.send(b" ")
    terminal.wait_for("The sealing key is missing. Put back", 20)
    key.with_suffix(".away").rename(key)
    home.end_workers()
    terminal.wait_for("! pg: ", 60)


def moved(home: Home, folder: Path, *, back: bool = False) -> None:
    """Move the store's files into a folder, or back over those that stand there now."""
    folder.mkdir(exist_ok=True)
    for end in ("-wal", "-shm", "") if back else ("", "-wal", "-shm"):
        here, there = home.path / f"destui.db{end}", folder / f"destui.db{end}"
        source, target = (there, here) if back else (here, there)
        if source.exists():
            source.rename(target)
        elif back:
            target.unlink(missing_ok=True)


def test_a_store_that_is_moved_away_is_told_and_read_again_when_it_is_back(
    home: Home, opened: list[Terminal], tmp_path: Path
) -> None:
    ctx = home.context()
    ended(ctx, add(ctx, "orders").check_id)
    ctx.store.close()
    lists, form = interface(home, opened), interface(home, opened, size=(80, 24))
    form.settle(0.3)
    form.send(b"asimu\rtyped before")
    form.wait_for("typed before")
    moved(home, tmp_path / "away")
    for terminal in (lists, form):
        terminal.wait_for("file is gone", 20)
    form.send(b"\x13")
    form.wait_for("moved away or deleted")  # of the save: the banner has no room for all of it
    assert not (home.path / "destui.db").exists(), "a new store was made in its place"
    moved(home, tmp_path / "away", back=True)
    for terminal in (lists, form):
        terminal.wait_for("file is gone", 20, gone=True)
    form.send(b"\x13")
    lists.wait_for("2/25", 20)
    assert "Active" in home.ok("check", "orders") + home.ok("show", "orders")
    lists.settle(0.3)
    moved(home, tmp_path / "other")
    assert home.ok("list", "--json") == "[]\n"
    home.ok("add", "simulator", "elsewhere", "seconds=0")
    lists.wait_for("elsewhere", 20)
    assert "orders  simulator" not in shown(lists) and "1/25" in shown(lists)
    home.ok("check", "elsewhere")  # by another worker: the first one has ended with its store
