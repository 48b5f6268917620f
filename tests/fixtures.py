"""Fixtures for a home of destui's own, its command line, and stores in both databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from destui.config import Config, load_config
from destui.services.context import Context
from destui.store import workers
from destui.store.engine import Store
from destui.store.opening import open_store, upgrade
from destui.worker import launch
from tests import commands

REPOSITORY = Path(__file__).parent.parent
USER = "ines.alvarez@acme.test"


@dataclass
class Home:
    """A folder that destui lives in, and its command line run as a user runs it."""

    path: Path
    environment: dict[str, str]

    @property
    def config(self) -> Config:
        """The configuration of this home."""
        return load_config(self.environment)

    def context(self) -> Context:
        """A session on its store."""
        return Context(self.config, open_store(self.config))

    def command(self, *arguments: str) -> list[str]:
        """The command line as a list."""
        return [sys.executable, "-m", "destui", *arguments]

    def run(self, *arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command and wait for it; `more` are variables of its environment."""
        environment = {**self.environment, **more}
        if type(self) is Home and not any(name.startswith("PYTHON") for name in more):
            return commands.run(list(arguments), environment, stdin)
        return subprocess.run(
            self.command(*arguments),
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def ok(self, *arguments: str, **more: str) -> str:
        """Run a command that must succeed; returns what it printed."""
        done = self.run(*arguments, **more)
        assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def end_workers(self) -> None:
        """Kill this home's workers, by the ids they recorded; one that is only coming up is waited for."""
        if not (self.path / "destui.db").is_file():
            return
        store = Store(self.config.store_url, self.path / "destui.db")
        if not store.fetch("SELECT 1 FROM sqlite_master WHERE name = 'workers'"):
            return
        ends_at = time.monotonic() + 10
        while self.has_worker() and time.monotonic() < ends_at:
            for worker in workers.on_record(store):
                if launch.birth(worker.pid) == worker.birth != "":
                    os.kill(worker.pid, signal.SIGKILL)
            time.sleep(0.02)  # a lock that becomes free tells nobody
        store.close()

    def has_worker(self) -> bool:
        """Whether a worker of this host has the lock, also one that is only coming up."""
        if not self.config.worker_lock.is_file():
            return False
        lock = launch.take_lock(self.config)
        if lock is not None:
            os.close(lock)
        return lock is None


def environment(path: Path, **more: str) -> dict[str, str]:
    """What a command of destui gets to see in the tests."""
    return {
        "PATH": os.environ["PATH"], "HOME": str(path), "LANG": "C.UTF-8", "TZ": "UTC", "TERM": "xterm-256color",
        "PYTHONPATH": str(REPOSITORY), "DESTUI_HOME": str(path), "DESTUI_SECRETS": "sealed", "DESTUI_USER": USER,
        **more,
    }  # fmt: skip


@pytest.fixture
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """A new home with the sealed vault, on the kind of store that `--store` says; its workers are ended afterwards."""
    if getattr(request, "param", request.config.getoption("--store")) == "postgresql":
        yield from _served_team_home(request, tmp_path)
        return
    folder = tmp_path / "home"
    made = Home(folder, environment(folder))
    yield made
    made.end_workers()


def _served_team_home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """A home on a team's store, with a worker that a service manager would have started."""
    if request.node.get_closest_marker("embedded"):
        pytest.skip("it is about the embedded store")
    server = request.getfixturevalue("store_server")
    made = team_home(server, tmp_path, upgraded=False)
    made.ok("store", "upgrade")  # makes its sealing key too
    with _kept_up(made):
        yield made
    name = made.config.store_url.rpartition("/")[2]
    server.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", database="postgres")


@contextmanager
def _kept_up(home: Home) -> Iterator[None]:
    """A worker that is started again whenever it ends, as a service manager does."""
    ending = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def keep_up() -> None:
        while not ending.is_set():
            worker = subprocess.Popen(
                home.command("worker", "run"), env=home.environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            running.append(worker)
            if ending.is_set():
                worker.kill()
            worker.wait()

    keeper = threading.Thread(target=keep_up, name="keeper")
    keeper.start()
    try:
        yield
    finally:
        ending.set()
        for worker in running:
            worker.kill()
        keeper.join()


def team_home(server: Any, tmp_path: Path, *, upgraded: bool = True) -> Home:
    """A home whose store is a new database of this PostgreSQL server. Its workers are the test's to end."""
    name = f"store_{uuid.uuid4().hex[:12]}"
    server.run(f"CREATE DATABASE {name}", database="postgres")
    home = Home(tmp_path / "home", environment(tmp_path / "home", DESTUI_STORE=_url(server, name)))
    if upgraded:
        upgrade(home.config)
    return home


@pytest.fixture(params=["sqlite", "postgresql"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A new store, in each database in turn."""
    if request.param == "sqlite":
        yield from _opened(load_config(environment(tmp_path / "home")))
        return
    server = request.getfixturevalue("postgres")
    config = team_home(server, tmp_path).config
    yield from _opened(config)
    server.run(f"DROP DATABASE {config.store_url.rpartition('/')[2]} WITH (FORCE)", database="postgres")


def _opened(config: Config) -> Iterator[Store]:
    store = open_store(config)
    yield store
    store.close()


def _url(server: Any, database: str) -> str:
    from sqlalchemy import URL

    from tests.servers.postgres import SUPERUSER, SUPERUSER_PASSWORD

    made = URL.create("postgresql+psycopg", SUPERUSER, SUPERUSER_PASSWORD, server.host, server.port, database)
    return made.render_as_string(hide_password=False)
