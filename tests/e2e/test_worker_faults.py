"""What goes wrong inside a worker that goes on living."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pytest

from destui.domain.check import CheckState
from destui.store import workers
from destui.worker import launch
from destui.worker.lease import EXIT_LEASE_LOST
from tests.e2e.order_checks import connect, order
from tests.e2e.worker_checks import add, all_is_done, end_of, stop_between_writes, the_worker
from tests.fixtures import Home, team_home
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.embedded  # what is about teams here makes their stores itself


class Cutter:
    """A way to a server on which a COMMIT arrives and its answer gets lost."""

    def __init__(self, port: int) -> None:
        self._server = port
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        self.cut = threading.Event()
        """Set when an answer was lost."""
        self._word = b""
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_commit_after(self, word: bytes) -> None:
        """Of the next connection that sends these bytes."""
        self._word = word

    def close(self) -> None:
        """Take no more."""
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
                doomed = threading.Event()
                threading.Thread(target=self._there, args=(client, server, doomed), daemon=True).start()
                threading.Thread(target=self._back, args=(client, server, doomed), daemon=True).start()

    def _there(self, client: socket.socket, server: socket.socket, doomed: threading.Event) -> None:
        armed = False
        with suppress(OSError):
            while data := client.recv(65536):
                armed = armed or bool(self._word and self._word in data)
                if armed and b"COMMIT" in data:
                    self._word = b""
                    doomed.set()
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _back(self, client: socket.socket, server: socket.socket, doomed: threading.Event) -> None:
        with suppress(OSError):
            while (data := server.recv(65536)) and not doomed.is_set():
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)
        if doomed.is_set():
            self.cut.set()


@contextmanager
def worker_of(home: Home, **more: str) -> Iterator[None]:
    """A worker in the foreground."""
    running = subprocess.Popen(
        home.command("worker", "run"), env={**home.environment, **more}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        running.kill()
        running.wait()


def wait_for_line(lines: IO[str], words: str) -> str:
    """Read until a line has these words; returns it."""
    read = []
    for line in lines:
        read.append(line)
        if words in line:
            return line
    pytest.fail(f"{words!r} never came: {read}")


def test_a_claim_whose_commit_lost_its_answer_is_put_back(postgres: Postgres, tmp_path: Path) -> None:
    home = team_home(postgres, tmp_path)
    ctx = home.context()
    cutter = Cutter(postgres.port)
    with worker_of(home, DESTUI_STORE=home.config.store_url.replace(f":{postgres.port}/", f":{cutter.port}/")):
        end_of(ctx, add(ctx, "before").check_id)
        cutter.lose_commit_after(b"UPDATE jobs SET state=$1::VARCHAR, worker=$2")
        added = add(ctx, "orders")
        assert cutter.cut.wait(20), "no answer was lost"
        assert end_of(ctx, added.check_id, seconds=30) == {added.check_id: CheckState.PASSED}
        job = ctx.store.fetch("SELECT state, attempt FROM jobs WHERE check_id = :id", {"id": added.check_id})
        assert job == [("done", 1)], "it was begun twice"
    cutter.close()
    ctx.store.close()


def test_a_workflow_that_does_not_start_holds_up_no_other_and_is_tried_again(home: Home) -> None:
    ctx = home.context()
    end_of(ctx, add(ctx, "before").check_id)
    with sqlite3.connect(home.path / "destui.db") as connection:
        connection.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON workflow_status WHEN EXISTS (SELECT 1 FROM jobs"
            " JOIN destinations d ON d.id = destination_id WHERE jobs.id = NEW.workflow_uuid AND d.name = 'refused')"
            " BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    pid = the_worker(ctx)
    stop_between_writes(ctx, pid)  # it is to claim both at once
    refused, other = add(ctx, "refused"), add(ctx, "other")
    os.kill(pid, signal.SIGCONT)
    assert end_of(ctx, other.check_id, seconds=20) == {other.check_id: CheckState.PASSED}
    assert "not started job=" in home.config.worker_log.read_text()
    with sqlite3.connect(home.path / "destui.db") as connection:
        connection.execute("DROP TRIGGER refuse")
    assert end_of(ctx, refused.check_id, seconds=20) == {refused.check_id: CheckState.PASSED}
    assert the_worker(ctx) == pid and all_is_done(ctx)


IDLE_WORKER = """
import logging, os, signal, destui.config as c, destui.worker.process as p
class Stand(logging.Handler):
    def emit(self, record):
        if "leaving" in record.getMessage():
            os.kill(os.getpid(), signal.SIGSTOP)  # between its last look and the end of its lock
logging.getLogger("destui.worker").addHandler(Stand())
p.run(c.load_config(), idle_seconds=1)
"""


def test_a_schedule_that_comes_while_a_worker_leaves_idle_keeps_it(home: Home, tmp_path: Path) -> None:
    ctx = home.context()
    running = subprocess.Popen(
        [*home.command()[:1], "-c", IDLE_WORKER], env=home.environment, stderr=subprocess.PIPE, text=True
    )
    try:
        assert running.stderr is not None
        wait_for_line(running.stderr, "started")
        (tmp_path / "rows.csv").write_text("a\n1\n")
        sqlite3.connect(tmp_path / "target.db").close()
        place = connect(ctx, "target", "sqlite", {"path": str(tmp_path / "target.db")})
        while not launch.is_stopped(running.pid):
            time.sleep(0.05)  # nothing tells
        order(ctx, place, str(tmp_path / "rows.csv"), "t", cron="0 3 * * *")
        assert not launch.ensure(home.config), "it had let its lock go already"
        os.kill(running.pid, signal.SIGCONT)
        wait_for_line(running.stderr, "started")
        assert the_worker(ctx) == running.pid
    finally:
        running.kill()
        running.wait()


def test_stop_ends_a_worker_that_is_only_coming_up(home: Home) -> None:
    ctx = home.context()
    add(ctx, "orders", seconds=30)
    assert workers.on_record(ctx.store) == [], "it is up already"
    assert home.ok("worker", "stop") == "1 stopped.\n"
    lock = launch.take_lock(home.config)
    assert lock is not None, "it still runs"
    os.close(lock)
    assert workers.on_record(ctx.store) == []
    assert home.ok("worker", "stop") == "No worker of this host runs.\n"


DOOMED_WORKER = """
import sys, destui.config as c, destui.worker.process as p
from destui.store import workers
from destui.worker import lease
workers.BEAT_SECONDS, lease.LEASE_SECONDS = 0.2, 1.0
sys.executable = "/gone/python"  # as after an upgrade
p.run(c.load_config())
"""


def test_a_worker_that_cannot_begin_anew_ends(postgres: Postgres, tmp_path: Path) -> None:
    home = team_home(postgres, tmp_path)
    name = home.config.store_url.rpartition("/")[2]
    running = subprocess.Popen(
        [*home.command()[:1], "-c", DOOMED_WORKER], env=home.environment, stderr=subprocess.PIPE, text=True
    )
    try:
        assert running.stderr is not None
        wait_for_line(running.stderr, "started")
        postgres.run(
            f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
            database="postgres",
        )
        wait_for_line(running.stderr, "beginning anew")
        assert "/gone/python" in wait_for_line(running.stderr, "cannot be renewed any more; ending")
        assert running.wait(10) == EXIT_LEASE_LOST
    finally:
        running.kill()
        running.wait()


LUCKLESS_WORKER = """
import sys, destui.config as c, destui.worker.process as p
from sqlalchemy import text
launch, again = p._launch_engine, "--again" in sys.argv
def cut(store, worker):
    with store.write() as tx:
        tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
if not again:
    p._launch_engine = cut
p.run(c.load_config(), again=again)
"""


def test_a_worker_that_loses_the_store_while_it_comes_up_begins_anew(postgres: Postgres, tmp_path: Path) -> None:
    home = team_home(postgres, tmp_path)
    running = subprocess.Popen(
        [*home.command()[:1], "-c", LUCKLESS_WORKER], env=home.environment, stderr=subprocess.PIPE, text=True
    )
    try:
        assert running.stderr is not None
        assert "terminating connection" in wait_for_line(running.stderr, "beginning anew")
        wait_for_line(running.stderr, "started")
        ctx = home.context()
        assert [worker.pid for worker in workers.on_record(ctx.store)] == [running.pid]
        check_id = add(ctx, "orders").check_id
        assert end_of(ctx, check_id) == {check_id: CheckState.PASSED}
        ctx.store.close()
    finally:
        running.kill()
        running.wait()
