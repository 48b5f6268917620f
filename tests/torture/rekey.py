"""kill -9 of `vault rekey` and `vault move` at random moments, while sessions read and write the vault: every secret
can be read after each, and what was sealed under an old key, and that key, are nowhere in the end."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from destui.domain.secret import Secret
from destui.services.context import Context
from destui.store import settings, standing
from tests.fixtures import REPOSITORY, Home
from tests.planted import PLANTED
from tests.torture.ground import POSTGRESQL, SQLITE, Ground, session, within
from tests.torture.kills import in_keyring

SHARE = 0.1
"""Kills of each command, of the campaign's size."""
SECRETS = {"rekey": 60, "move": 6}
"""How many there are at first. A keyring takes long for each."""
PAUSE = {"rekey": 0.1, "move": 1.0}
"""Seconds between two that are written meanwhile."""
_CHILD = """
import os, sys
import destui.cli.vault, destui.services.vault, destui.vault.leftovers, destui.vault.move, destui.vault.rekey
import keyring, secretstorage, cryptography.hazmat.primitives.ciphers.aead, sqlalchemy, psycopg
from destui.cli import run
os.umask(0o077)
sys.stdout.write("ready\\n"); sys.stdout.flush()
sys.exit(run(sys.argv[1:]))
"""


def run(ground: Ground, stores: Sequence[str]) -> None:
    """kill -9 of vault rekey and vault move at random moments, while others read and write"""
    for store in stores:
        rekeys(ground, store, max(3, round(ground.size * SHARE)))
    if SQLITE in stores:
        moves(ground, max(3, round(ground.size * SHARE)))


def rekeys(ground: Ground, store: str, count: int) -> None:
    """A key in a file is changed again and again."""
    no_variable = {"DESTUI_KEY": ""} if store == POSTGRESQL else {}
    with ground.home(store, **no_variable) as home, session(home.config) as ctx:
        ctx.vault.make_key()
        others = Others(ground, ctx, "rekey")
        old = Old(home, ctx)
        longest = _whole(ground, home, "rekey")
        for number in range(count):
            old.note()
            _killed(ground, home, others, ("rekey",), ground.random("rekey", store, number).uniform(0, longest * 1.1))
            others.look(home, f"rekey {number} on {store}")
        old.note()
        _whole(ground, home, "rekey")
        others.look(home, f"the last rekey on {store}")
        ground.tally.expect(not (home.path / "secret.key.new").exists(), "a new key waits after a whole rekey")
        # The store's files: to open and close them here would end the locks that SQLite has on them.
        subprocess.run(["cp", "-r", home.path, ground.folder / f"rekeyed-{store}"], check=True)
    found = old.found(ground.folder / f"rekeyed-{store}")
    ground.tally.expect(not found, f"of an old key, after a whole rekey: {found[:3]}")


def _is_moved(home: Home, target: str, said: list[str]) -> bool:
    """Once the keyring, which has just lost its user in the middle, answers again."""
    moved = home.run("vault", "move", target)
    said.append(moved.stderr)
    return moved.returncode == 0 or "are there already" in moved.stderr


def moves(ground: Ground, count: int) -> None:
    """There and back."""
    import keyring.core

    _ = ground.keyring  # the session's environment is this process's too
    keyring.core.init_backend()
    with ground.home(SQLITE, **ground.keyring.session) as home, session(home.config) as ctx:
        others = Others(ground, ctx, "move")
        longest = max(_whole(ground, home, "move", target) for target in ("keyring", "sealed"))
        for number in range(count):
            target = "keyring" if standing.look(ctx.store).backend == "sealed" else "sealed"
            seconds = ground.random("move", number).uniform(0, longest * 1.5)
            counted = _killed(ground, home, others, ("move", target), seconds)
            longest *= (
                0.8 if counted else 1.3
            )  # a busy keyring takes longer: half the kills shall come after it counted
            others.look(home, f"move {number} to {target}")
        for target in ("sealed", "keyring", "sealed"):
            said: list[str] = []
            is_moved = within(30, partial(_is_moved, home, target, said))
            ground.tally.expect(is_moved, f"the last move to {target}: {said}")
            others.look(home, f"the last move to {target}")
            kept = in_keyring(f"destui:{settings.store_id(ctx.store)}")
            ledger = {row[0] for row in ctx.store.fetch("SELECT id FROM secrets")}
            expected = ledger if target == "keyring" else set()
            ground.tally.expect(kept == expected, f"moved to {target}: {len(kept)} in the keyring, {len(ledger)} rows")
            (sealed,) = ctx.store.fetch("SELECT count(*) FROM secrets WHERE ciphertext IS NOT NULL")[0]
            ground.tally.expect(sealed == len(ledger - expected), f"moved to {target}: {sealed} are sealed")


class Others:
    """A session that was there before, which reads and writes the vault while it is changed."""

    def __init__(self, ground: Ground, ctx: Context, of: str) -> None:
        self._ground = ground
        self._ctx = ctx
        self._expected: dict[str, str] = {}
        self._pause = PAUSE[of]
        for _ in range(SECRETS[of]):
            self._stage()

    def _stage(self) -> None:
        text = f"{PLANTED}{len(self._expected)}"
        self._expected[self._ctx.vault.stage({"password": Secret(text)})] = text

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Secrets are written and read meanwhile."""
        ending = threading.Event()
        trouble: list[BaseException] = []

        def work() -> None:
            try:
                while not ending.is_set():
                    self._stage()
                    secret_id, text = next(reversed(self._expected.items()))
                    read = self._ctx.vault.read(secret_id)["password"].reveal()
                    self._ground.tally.expect(read == text, "a secret that was just written reads otherwise")
                    ending.wait(self._pause)
            except BaseException as error:
                trouble.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join()
        self._ground.tally.expect(not trouble, f"whoever was there before fails: {trouble}")

    def look(self, home: Home, when: str) -> None:
        """Whoever was there before and whoever comes now read all of them."""
        with session(home.config) as new:
            for ctx, who in ((self._ctx, "who was there before"), (new, "who comes now")):
                ids = list(self._expected) if ctx is new else list(self._expected)[-5:]
                try:
                    wrong = [i for i in ids if _text(ctx, i) != self._expected[i]]
                except Exception as error:
                    self._ground.tally.wrong(f"{when}: {who} cannot read: {type(error).__name__}: {error}")
                else:
                    self._ground.tally.expect(not wrong, f"{when}: {who} reads something else {len(wrong)} times")
        self._ground.tally.count("secrets read after a kill", len(self._expected))


def _text(ctx: Context, secret_id: str) -> str:
    return ctx.vault.read(secret_id)["password"].reveal()


class Old:
    """Keys and ciphertexts of former times."""

    def __init__(self, home: Home, ctx: Context) -> None:
        self._home = home
        self._ctx = ctx
        self._keys: set[bytes] = set()
        self._sealed: set[bytes] = set()

    def note(self) -> None:
        """Those of now will be old."""
        self._keys.add((self._home.path / "secret.key").read_bytes().strip())
        self._sealed |= set(standing.ciphertexts(self._ctx.store).values())

    def found(self, folder: Path) -> list[str]:
        """The files in which they are still, byte by byte."""
        parts = [*self._keys, *(text[:24] for text in self._sealed)]
        files = [file for file in folder.rglob("*") if file.is_file()]
        return [file.name for file in files if any(part in data for data in (file.read_bytes(),) for part in parts)]


def _start(home: Home, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """A command that has loaded all it needs, and begins now."""
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD, "vault", *arguments], cwd=REPOSITORY, env=home.environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    return process


def _whole(ground: Ground, home: Home, *arguments: str) -> float:
    """Let one end; returns how many seconds it took. A worker may just be finishing what a killed one has left."""
    ends_at = time.monotonic() + 30
    while True:
        began = time.monotonic()
        process = _start(home, arguments)
        ground.search_processes(process.pid, starting=True)
        out, said = process.communicate(timeout=60)
        ground.search("what a command said", out + said)
        if process.returncode != 5 or b"is being finished" not in said or time.monotonic() > ends_at:
            break
    ground.tally.expect(process.returncode == 0, f"vault {arguments}: {process.returncode} {said.decode()}")
    return time.monotonic() - began


def _killed(ground: Ground, home: Home, others: Others, arguments: tuple[str, ...], seconds: float) -> bool:
    """Whether it counted: the store has another key or backend."""
    with session(home.config) as ctx:
        before = standing.look(ctx.store)
    with others.at_work():
        process = _start(home, arguments)
        ground.search_processes(process.pid, starting=True)
        watch = os.pidfd_open(process.pid)
        ended = select.select([watch], [], [], seconds)[0]
        os.close(watch)
        if not ended:
            process.send_signal(signal.SIGKILL)
        out, said = process.communicate()
    ground.search("what a command said", out + said)
    if ended:
        ground.tally.expect(process.returncode == 0, f"vault {arguments}: {process.returncode} {said.decode()}")
        ground.tally.count(f"vault {arguments[0]} that ended first")
        return True
    with session(home.config) as ctx:
        is_changed = standing.look(ctx.store) != before
        left = [key for key in (standing.OTHER, standing.REMAINS) if settings.read(ctx.store, key) is not None]
    waits = (home.path / "secret.key.new").exists()
    where = "after" if is_changed else "before"
    more = f"{', a key waits' if waits else ''}{', something is left' if left else ''}"
    ground.tally.count(f"kills of vault {arguments[0]} {where} it counted{more}")
    return is_changed
