"""`python -m tests.torture.probes [--size N] [--seed N] [KIND …]`: ladders that are killed leave nothing behind.

For each kind of destination ladders run in processes of their own, until N were killed, each at a random moment of its
life, every fourth a second time as its next attempt. Then comes the sweep: half of the checks are taken over as a
worker does it, with their next attempt; the rest are left to what a check of somebody else sweeps ten minutes later.
After that no probe, no other table and no file may be there that was not there before.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from destui.domain.check import Outcome
from destui.domain.secret import Secret
from tests.fixtures import REPOSITORY
from tests.servers import mariadb as maria
from tests.servers import postgres as pg
from tests.servers.certificates import Authority
from tests.servers.mariadb import Mariadb
from tests.servers.postgres import LOADER_PASSWORD, Postgres

SECOND_KILLS = 4
"""Every how many-th check is killed again at its next attempt."""
MOST_LIVES = 4
"""For each ladder that is to be killed, how many at most may be faster than that."""


@dataclass
class Target(ABC):
    """A destination whose ladders are killed, and how to look at what they leave."""

    type: str
    fields: dict[str, Any]
    secrets: dict[str, str] = field(default_factory=dict)

    @abstractmethod
    def left(self) -> list[str]:
        """What is there that was not there before."""

    @contextmanager
    def later(self) -> Iterator[None]:
        """As if ten minutes had passed, for a ladder that runs inside."""
        yield

    def order(self) -> dict[str, Any]:
        """What a process needs to know to run its ladders."""
        return {"type": self.type, "fields": self.fields, "secrets": self.secrets}


class InPostgres(Target):
    """The server itself rolls back what a killed session has begun."""

    server: Postgres

    def left(self) -> list[str]:
        """Tables of probes, and transactions that still hold some: nobody sees a table before it is committed."""
        self._rest()
        found = self.server.run("SELECT relname FROM pg_class WHERE relname LIKE '%destui_probe%'")
        return [f"table {name}" for (name,) in found]

    def _rest(self) -> None:
        ends_at = time.monotonic() + 20
        sessions = "SELECT pid FROM pg_stat_activity WHERE application_name = 'destui'"
        while self.server.run(sessions):
            assert time.monotonic() < ends_at, "sessions of killed ladders are still there"
            time.sleep(0.05)  # the server tells nobody when it has noticed


class InMariadb(Target):
    """Creating a table commits: what a kill leaves is swept by the next attempt, or after ten minutes by anybody."""

    server: Mariadb

    def left(self) -> list[str]:
        return [f"table {name}" for name in self.server.tables()]

    @contextmanager
    def later(self) -> Iterator[None]:
        with self.server.setting("init_connect", "'SET timestamp = UNIX_TIMESTAMP() + 660'", "''"):
            yield


class InFolder(Target):
    """A folder of its own, in which nothing but what was there before may be."""

    before: dict[str, bytes]

    @property
    def folder(self) -> Path:
        """The folder."""
        path = Path(self.fields["path"])
        return path if self.type == "folder" else path.parent

    def left(self) -> list[str]:
        now = {path.name: path.read_bytes() if path.is_file() else b"" for path in self.folder.iterdir()}
        new = [f"file {name}" for name in now if name not in self.before]
        return new + [f"changed or lost: {name}" for name, kept in self.before.items() if now.get(name) != kept]

    @contextmanager
    def later(self) -> Iterator[None]:
        for path in self.folder.iterdir():
            os.utime(path, (time.time() - 660,) * 2)
        yield


def _in_server(kind: type[Any], type_id: str, server: Any, fields: dict[str, Any], secrets: dict[str, str]) -> Target:
    made: Target = kind(type_id, fields, secrets)
    made.server = server  # type: ignore[attr-defined]
    return made


def _in_file(folder: Path, type_id: str, make: Callable[[Path], None] | None) -> Target:
    folder.mkdir()
    path = folder if type_id == "folder" else folder / f"there.{type_id}"
    if make is not None:
        make(path)
    made = InFolder(type_id, {"path": str(path)})
    made.before = {file.name: file.read_bytes() for file in folder.iterdir()}
    return made


def _sqlite(journal: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        connection = sqlite3.connect(path)
        connection.executescript(f"PRAGMA journal_mode = {journal}; CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        connection.close()

    return make


def _duckdb(path: Path) -> None:
    import duckdb

    duckdb.connect(str(path)).execute("CREATE TABLE t AS SELECT 1 AS a").close()


class Ground:
    """Where targets are: a folder, and servers that are started when they are wanted."""

    def __init__(self, folder: Path, stack: ExitStack, server: Callable[[str], Any] | None = None) -> None:
        """`server` gives those that run already, by name."""
        self.folder = folder
        self._stack = stack
        self._server = server or (lambda name: stack.enter_context({"postgres": pg, "mariadb": maria}[name].start()))

    def target(self, kind: str) -> Target:
        """A new target of this kind."""
        return KINDS[kind](self)

    def of_postgres(self) -> Target:
        """With a password alone."""
        server = self._server("postgres")
        return _in_server(InPostgres, "postgres", server, server.fields, {"password": LOADER_PASSWORD})

    def of_postgres_tls(self) -> Target:
        """With a client certificate, whose key is handed to the driver as a file; on a server of its own."""
        server = self._stack.enter_context(pg.start())
        (self.folder / "certificates").mkdir()
        authority = Authority(self.folder / "certificates")
        server.use_certificate(authority.issue("localhost"), authority)
        server.append_hba("hostssl all all all scram-sha-256 clientcert=verify-full")
        mine = authority.issue("loader")
        fields = {**server.fields, "host": "localhost", "tls": "verify-full", "ca_file": str(authority.ca_file),
                  "client_cert": str(mine.certificate)}  # fmt: skip
        secrets = {"password": LOADER_PASSWORD, "client_key": mine.key.read_text()}
        return _in_server(InPostgres, "postgres", server, fields, secrets)

    def of_mariadb(self) -> Target:
        """MariaDB, where a table that was created stays."""
        server = self._server("mariadb")
        return _in_server(InMariadb, "mysql", server, server.fields, {"password": maria.LOADER_PASSWORD})


KINDS: dict[str, Callable[[Ground], Target]] = {
    "postgres": Ground.of_postgres,
    "postgres-tls": Ground.of_postgres_tls,
    "mysql": Ground.of_mariadb,
    "sqlite": lambda ground: _in_file(ground.folder / "sqlite", "sqlite", _sqlite("delete")),
    "sqlite-wal": lambda ground: _in_file(ground.folder / "sqlite-wal", "sqlite", _sqlite("wal")),
    "sqlite-new": lambda ground: _in_file(ground.folder / "sqlite-new", "sqlite", None),
    "duckdb": lambda ground: _in_file(ground.folder / "duckdb", "duckdb", _duckdb),
    "duckdb-new": lambda ground: _in_file(ground.folder / "duckdb-new", "duckdb", None),
    "folder": lambda ground: _in_file(ground.folder / "folder", "folder", None),
}


@dataclass(frozen=True)
class Report:
    """What was done to one kind, and what was found."""

    kind: str
    killed: int
    ended: int
    """Ladders that were faster than their kill."""
    at: Counter[str]
    """At which step they were killed."""
    left: int
    """What was there before the sweep."""
    found: list[str]
    """What was there after it."""

    def __str__(self) -> str:
        at = ", ".join(f"{name} {count}" for name, count in self.at.most_common())
        told = f"{self.kind:<13} {self.killed:>4} killed ({at}), {self.ended} had ended; {self.left} left, "
        return told + (f"{len(self.found)} after the sweep: {self.found[:5]}" if self.found else "0 after the sweep")


def run(kind: str, target: Target, folder: Path, size: int, seed: int) -> Report:
    """Kill `size` ladders of this target, sweep, and look. `folder` is where the processes put what is temporary."""
    temporary = folder / f"tmp-{kind}"
    temporary.mkdir()
    order = json.dumps({**target.order(), "size": size, "seed": f"{seed}:{kind}"})
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture.probes", "--kill"], cwd=REPOSITORY, input=order, capture_output=True,
        text=True, env={**os.environ, "TMPDIR": str(temporary)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    left = target.left()
    for number in range(0, result["checks"], 2):  # taken over
        _whole(target, f"k{number}", attempt=3)
    with target.later():  # somebody else's
        _whole(target, "other", attempt=1)
    found = target.left() + [f"temporary {path}" for path in temporary.rglob("*")]
    return Report(kind, result["killed"], result["ended"], Counter(result["at"]), len(left), found)


def _whole(target: Target, token: str, attempt: int) -> None:
    outcome = _climb(target.order(), token, attempt)
    assert outcome.state.is_good, f"{token}: {outcome.diagnosis}"


def _climb(order: dict[str, Any], token: str, attempt: int, on_step: Any = lambda position, step: None) -> Outcome:
    from destui.connectors.ladder import run_ladder

    secrets = {name: Secret(text) for name, text in order["secrets"].items()}
    return run_ladder(
        order["type"], order["fields"], secrets, on_step=on_step, cancel=threading.Event(), token=token,
        attempt=attempt,
    )  # fmt: skip


def kill() -> None:
    """The process that kills: reads its order from standard input, writes what it did. It has one thread, so that a
    fork of it is whole."""
    order = json.load(sys.stdin)
    rng = random.Random(order["seed"])
    _import_all(order["type"])
    whole = sorted(_life(order, f"measured{number}", 1, None)[0] for number in range(5))[2]
    done: Counter[str] = Counter()
    at: Counter[str] = Counter()
    number = -1
    while done["killed"] < order["size"] and number < MOST_LIVES * order["size"]:
        number += 1
        for attempt in (1, 2) if number % SECOND_KILLS == 0 else (1,):
            _, step = _life(order, f"k{number}", attempt, rng.uniform(0, 1.1 * whole))
            done["ended" if step is None else "killed"] += 1
            at.update([step] if step else [])
    json.dump({"killed": done["killed"], "ended": done["ended"], "at": at, "checks": number + 1}, sys.stdout)


def _import_all(type_id: str) -> None:
    """Once, before the forks: lives are to be spent on the ladder."""
    import cryptography.x509  # noqa: F401

    import destui.connectors.ladder  # noqa: F401
    from destui.connectors import registry

    __import__(registry.spec(type_id).driver or "sqlite3")


def _life(order: dict[str, Any], token: str, attempt: int, seconds: float | None) -> tuple[float, str | None]:
    """Run a ladder in a process of its own and kill it after so long; returns how long it lived, and the step at which
    it was killed (None: it had ended)."""
    told, tells = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(told)
        _climb(order, token, attempt, lambda position, step: os.write(tells, f"{step.name}\n".encode()))
        os._exit(0)
    os.close(tells)
    if seconds is not None:
        time.sleep(seconds)  # the random moment
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    lived = time.monotonic() - started
    with os.fdopen(told) as pipe:
        steps = pipe.read().splitlines()
    return lived, (steps[-1] if steps else "before") if os.WIFSIGNALED(status) else None


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments say; 0 when nothing was left."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.probes", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"all of them when none is named: {', '.join(KINDS)}")
    parser.add_argument("--size", type=int, default=200, help="ladders of each kind that are killed")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = parser.parse_args(arguments)
    if unknown := set(given.kinds) - KINDS.keys():
        parser.error(f"there is no kind {', '.join(sorted(unknown))}")
    print(f"seed {given.seed}, {given.size} ladders of each kind", flush=True)
    found = 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="destui-probes-")))
        folder.chmod(0o755)
        ground = Ground(folder, stack)
        for kind in given.kinds or KINDS:
            report = run(kind, ground.target(kind), folder, given.size, given.seed)
            print(report, flush=True)
            found += len(report.found)
    return 1 if found else 0


if __name__ == "__main__":
    if "--kill" in sys.argv:
        kill()
    else:
        sys.exit(main(sys.argv[1:]))
