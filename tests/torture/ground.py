"""What a campaign stands on: a folder, a seed, homes on either kind of store, and servers that start when needed."""

from __future__ import annotations

import os
import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

from sqlalchemy import URL

from destui.config import Config
from destui.domain.secret import Secret
from destui.services import destinations
from destui.services.context import Context
from destui.store.opening import open_store, upgrade
from tests.fixtures import Home, environment
from tests.planted import LINE, PLANTED, found_in, found_in_files, found_in_process, found_plain
from tests.servers import mariadb, postgres, secret_service, sshd
from tests.servers.mariadb import Mariadb
from tests.servers.postgres import SCHEMA, SUPERUSER, SUPERUSER_PASSWORD, Postgres
from tests.servers.secret_service import SecretService
from tests.servers.sshd import Sshd
from tests.torture.database import Kept
from tests.torture.tally import Tally

T = TypeVar("T")
SQLITE, POSTGRESQL = "sqlite", "postgresql"
STORES = (SQLITE, POSTGRESQL)
KEY = "the sealing key of the campaign's stores"
"""A passphrase: team stores have one key on all hosts."""


class Ground:
    """One campaign's folder, randomness, counts and servers; `size` says how much is done (1,000 for all of it)."""

    def __init__(
        self, folder: Path, seed: int, size: int, postgres: Postgres | None = None, mariadb: Mariadb | None = None
    ) -> None:
        self.folder = folder
        self.seed = seed
        self.size = size
        self.tally = Tally()
        self.secrets: set[str] = {PLANTED, LINE}
        """What must be found nowhere: not in a home, nor in what our processes show."""
        self._postgres, self._mariadb = postgres, mariadb
        self._stack = ExitStack()
        self._homes = 0

    def __enter__(self) -> Ground:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def random(self, *what: object) -> random.Random:
        """Randomness of its own for a part of the campaign: the same for the same seed, whatever else is run."""
        return random.Random(":".join(map(str, (self.seed, *what))))

    def keep(self, manager: AbstractContextManager[T]) -> T:
        """Enter something that is left when the campaign ends."""
        return self._stack.enter_context(manager)

    @cached_property
    def postgres(self) -> Postgres:
        """A PostgreSQL server, for destinations and for stores."""
        return self._postgres or self.keep(postgres.start(connections=200))

    @cached_property
    def own_postgres(self) -> Postgres:
        """One more, which may be ended and started again."""
        return self.keep(postgres.start(connections=100))

    @cached_property
    def mariadb(self) -> Mariadb:
        """A MariaDB server."""
        return self._mariadb or self.keep(mariadb.start())

    @cached_property
    def keyring(self) -> SecretService:
        """A Secret Service on a session bus, which is this process's too."""
        service = self.keep(secret_service.start())
        self.keep(mock.patch.dict(os.environ, service.session))
        return service

    @cached_property
    def sshd(self) -> Sshd:
        """An SSH server that lets this user in."""
        return self.keep(sshd.start())

    @cached_property
    def account(self) -> dict[str, Any]:
        """Fields of a destination that works with the planted password."""
        name = self.postgres.new_role(password=PLANTED.replace("'", "''"))
        self.postgres.run(f"GRANT USAGE, CREATE ON SCHEMA public, {SCHEMA} TO {name}")
        return {**self.postgres.fields, "user": name}

    def add_planted(self, ctx: Context, name: str = "planted") -> str:
        """A destination that works and has the planted secret, without which a search proves nothing; its id."""
        added = destinations.add(ctx, "postgres", name, self.account, {"password": Secret(PLANTED)})
        self.tally.count("destinations with the planted secret")
        return added.destination_id

    def search(self, where: str, data: bytes) -> None:
        """Look for the planted secrets in what somebody may get to see."""
        found = found_in(data, *self.secrets)
        self.tally.expect(not found, f"a secret is in {where}: {found[:1]}")
        self.tally.count("bytes searched for planted secrets", len(data))

    def search_processes(self, *pids: int, starting: bool = False, given: bool = False) -> None:
        """The same in command lines and environments; and none leaves its memory behind when it crashes, but perhaps
        one that is `starting`, which holds nothing yet. To one that was `given` a secret in a variable, it belongs."""
        for pid in pids:
            found = found_in_process(pid, *self.secrets, of=("cmdline",) if given else ("cmdline", "environ"))
            self.tally.expect(not found, str(found))
            try:
                limits = Path(f"/proc/{pid}/limits").read_text()
            except (FileNotFoundError, ProcessLookupError):  # it has ended
                continue
            core = next((line for line in limits.splitlines() if "core file" in line), "")
            off = starting or core.split()[4:5] == ["0"]
            self.tally.expect(off, f"process {pid} would leave its memory behind: {core}")
            self.tally.count("processes searched for planted secrets")

    @contextmanager
    def home(self, store: str, server: Postgres | None = None, **more: str) -> Iterator[Home]:
        """A home on a new store of this kind (in `server`, or the ground's own); its workers are ended afterwards."""
        with self.bare_home(store, server, **more) as home:
            if store == POSTGRESQL:
                upgrade(home.config)
            yield home

    @contextmanager
    def bare_home(self, store: str, server: Postgres | None = None, **more: str) -> Iterator[Home]:
        """The same without a schema. Files and database are searched for the planted secrets afterwards."""
        self._homes += 1
        path = self.folder / f"home-{self._homes}-{store}"
        path.mkdir(mode=0o700, parents=True)
        kept = None
        if store == POSTGRESQL:
            server = server or self.postgres
            name = f"store_{uuid.uuid4().hex[:12]}"
            server.run(f"CREATE DATABASE {name}", database="postgres")
            kept = Kept(server, name)
            more = {"DESTUI_STORE": store_url(server, name), "DESTUI_KEY": KEY, **more}
        home = Home(path, environment(path, **more))
        try:
            yield home
        finally:
            home.end_workers()
            self._search_home(path, kept)

    def _search_home(self, path: Path, kept: Kept | None) -> None:
        for found in found_in_files(path, *self.secrets):
            self.tally.wrong(f"a secret: {found}")
        self.tally.count("files searched for planted secrets", sum(file.is_file() for file in path.rglob("*")))
        for where, data in kept.parts() if kept else ():
            if hits := found_plain(data, *self.secrets):
                self.tally.wrong(f"a secret is in {where}: {hits[0]!r}")
            self.tally.count("bytes of the database searched", len(data))
        if kept:
            kept.end()


def store_url(server: Postgres, database: str, port: int | None = None) -> str:
    """The URL of a store in a server, or of the same behind another port."""
    made = URL.create(
        "postgresql+psycopg", SUPERUSER, SUPERUSER_PASSWORD, server.host, port or server.port, database
    )  # fmt: skip
    return made.render_as_string(hide_password=False)


@contextmanager
def session(config: Config) -> Iterator[Context]:
    """A session whose connections are closed at its end: nothing of it is inherited by a process forked later."""
    ctx = Context(config, open_store(config))
    try:
        yield ctx
    finally:
        ctx.store.close()


def within(seconds: float, condition: Callable[[], object], pause: float = 0.05) -> bool:
    """Whether it becomes so in time: looked at from outside, where nothing tells."""
    ends_at = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends_at:
            return False
        time.sleep(pause)
    return True
