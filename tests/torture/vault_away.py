"""The vault goes away, or is tampered with: it is told, nothing opens that must not, no status becomes Error for it."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from destui.domain.errors import VaultUnavailable
from destui.services import destinations
from destui.services.context import Context
from destui.store import jobs, schema
from tests.fixtures import Home
from tests.planted import PLANTED
from tests.torture.actors import Watched
from tests.torture.crew import Crew, living
from tests.torture.ground import POSTGRESQL, SQLITE, Ground, session, within

NAMES = ("one", "two", "three")
SECRET = ("--secret", "password=env:PW")


@dataclass
class Away:
    """One way to be away: what is done, and words of the sentence that tells it."""

    what: str
    said: tuple[str, ...]
    fault: Callable[[], AbstractContextManager[None]]


def run(ground: Ground, stores: Sequence[str]) -> None:
    """The vault away: no bus, keyring locked or gone, key missing or another's, secrets altered or moved"""
    if SQLITE in stores:
        for away in _keys(ground):
            _sealed(ground, away)
        for away in _keyrings(ground):
            _keyring(ground, away)
    if POSTGRESQL in stores:
        _team_key(ground)
    for store in stores:
        tampered(ground, store)


def _keys(ground: Ground) -> list[Away]:
    """The key's file is handed to each by the home it is used on, as `_sealed` sets it."""

    def moved(path: Path) -> AbstractContextManager[None]:
        return _moved(path, None)

    def others(path: Path) -> AbstractContextManager[None]:
        return _moved(path, base64.urlsafe_b64encode(os.urandom(32)))

    def damaged(path: Path) -> AbstractContextManager[None]:
        return _moved(path, path.read_bytes()[:10])

    return [
        Away("key file missing", ("The sealing key is missing",), lambda: moved(_key(ground))),
        Away("key file of another host", ("not this store's key",), lambda: others(_key(ground))),
        Away("key file cut short", ("is no key",), lambda: damaged(_key(ground))),
    ]


def _key(ground: Ground) -> Path:
    return max(ground.folder.glob("home-*/secret.key"), key=lambda path: path.stat().st_mtime)


@contextmanager
def _moved(path: Path, instead: bytes | None) -> Iterator[None]:
    kept = path.with_suffix(".kept")
    path.rename(kept)
    if instead is not None:
        path.write_bytes(instead)
        path.chmod(0o600)
    yield
    kept.replace(path)


def _sealed(ground: Ground, away: Away) -> None:
    with ground.home(SQLITE) as home:
        _add(ground, home)

        @contextmanager
        def fault() -> Iterator[None]:
            home.end_workers()  # one that runs has the key in its memory
            with away.fault():
                yield

        _ordeal(ground, home, away, fault)


def _keyrings(ground: Ground) -> list[Away]:
    service = ground.keyring

    @contextmanager
    def no_bus() -> Iterator[None]:
        service.end_bus()
        yield
        service.start_bus()

    @contextmanager
    def no_keyring() -> Iterator[None]:
        service.end_keyring()
        yield
        service.start_keyring()

    @contextmanager
    def locked() -> Iterator[None]:
        service.lock()
        yield
        service.end_keyring()
        service.start_keyring()

    return [
        Away("keyring locked in the middle", ("locked", "nlock"), locked),
        Away("keyring gone", ("keyring",), no_keyring),
        Away("session bus gone", ("keyring",), no_bus),
    ]


def _keyring(ground: Ground, away: Away) -> None:
    with ground.home(SQLITE, DESTUI_SECRETS="keyring", **ground.keyring.session) as home:
        _add(ground, home)
        _ordeal(ground, home, away, away.fault)


def _team_key(ground: Ground) -> None:
    """A host whose key is another one: its worker does nothing wrong with it, and the right one then goes on."""
    with ground.home(POSTGRESQL) as home:
        with Crew(home, 1):
            _add(ground, home)
        right = home.environment["DESTUI_KEY"]

        @contextmanager
        def fault() -> Iterator[None]:
            home.environment["DESTUI_KEY"] = "another passphrase of more than 20"
            with Crew(home, 1):
                yield
            home.environment["DESTUI_KEY"] = right

        away = Away("key of another host, on a team store", ("not this store's key",), fault)
        _ordeal(ground, home, away, fault, lambda: Crew(home, 1))


def _fields(ground: Ground) -> list[str]:
    return [f"{name}={value}" for name, value in ground.account.items()]


def _add(ground: Ground, home: Home) -> None:
    for name in NAMES:
        done = home.run("add", "postgres", name, *_fields(ground), *SECRET, "--wait", "60", PW=PLANTED)
        ground.tally.expect(done.returncode == 0, f"{name} was not added: {done.stdout}{done.stderr}")
    done = home.run("add", "simulator", "without secrets", "seconds=0", "--wait", "60")
    ground.tally.expect(done.returncode == 0, f"not added: {done.stdout}{done.stderr}")


def _ordeal(
    ground: Ground, home: Home, away: Away, fault: Callable[[], AbstractContextManager[None]],
    afterwards: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> None:  # fmt: skip
    """Everything is tried while it is away; then it comes back, and what waited is done."""
    with session(home.config) as ctx:
        before = _kept(ctx)
    interface = Watched(home.command("--filter", "one"), home.environment, (120, 36))
    try:
        ground.tally.expect(interface.sees(" of 4"), f"no interface came up:\n{interface.text}")
        with fault():
            _while_away(ground, home, away, interface)
        with afterwards():
            _after(ground, home, away, before)
    finally:
        interface.end()
        ground.search("the bytes of the terminal", interface.output)
    ground.tally.count(f"vault away: {away.what}")


def _while_away(ground: Ground, home: Home, away: Away, interface: Watched) -> None:
    tally = ground.tally

    def told(code: int, *arguments: str, said: bool = True) -> None:
        """It ends with this code; where that says that something is away, it says what, in so many words."""
        done = home.run(*arguments, PW=PLANTED)
        lines = done.stderr.strip().splitlines()
        is_told = not said or any(word in line for word in away.said for line in lines)
        is_right = done.returncode == code and is_told and "Traceback" not in done.stderr and len(lines) <= 2
        tally.expect(is_right, f"{away.what}: {arguments[0]} ended with {done.returncode}: {done.stderr}")
        tally.count("commands tried while the vault is away")

    interface.send(b"c")
    told(6, "vault", "status")
    told(6, "add", "postgres", "new", *_fields(ground), *SECRET)
    told(6, "reauthorize", "two", *SECRET)
    told(6, "check", "two", "--timeout", "8")
    told(0, "check", "without secrets", "--timeout", "30", said=False)
    told(0, "edit", "three", "--name", "third", said=False)
    told(0, "delete", "third", "--yes", said=False)
    told(0, "restore", "third", said=False)
    told(0, "edit", "third", "--name", "three", said=False)
    told(0, "list", said=False)
    shown = interface.sees(*away.said, "one waits", seconds=20)
    tally.expect(shown, f"{away.what}: the interface says nothing of it:\n{interface.text}")
    with session(home.config) as ctx:
        _ensure_active(ground, ctx, away.what)


def _ensure_active(ground: Ground, ctx: Context, what: str) -> None:
    states = ctx.store.fetch("SELECT name, status FROM destinations WHERE deleted_at IS NULL ORDER BY name")
    names = [name for name, _ in states]
    ground.tally.expect(names == sorted([*NAMES, "without secrets"]), f"{what}: there are {names}")
    wrong = [tuple(row) for row in states if row[1] != "active"]
    ground.tally.expect(not wrong, f"{what}: no longer Active: {wrong}")


def _after(ground: Ground, home: Home, away: Away, before: dict[str, str]) -> None:
    """What waited goes on by itself, and every secret is the one it was."""

    def rests(ctx: Context) -> bool:
        ctx.mend_worker()
        return jobs.open_count(ctx.store) == (0, 0)

    with session(home.config) as ctx:
        ground.tally.expect(within(60, lambda: rests(ctx), 0.2), f"{away.what}: checks wait on though it is back")
        _ensure_active(ground, ctx, away.what)
        ground.tally.expect(_kept(ctx) == before, f"{away.what}: the vault holds something else than before")
    checked = home.run("check", "--all")
    ground.tally.expect(checked.returncode == 0, f"{away.what}: not all work afterwards: {checked.stdout}")


def _kept(ctx: Context) -> dict[str, str]:
    found = ctx.store.fetch("SELECT name, secret_id FROM destinations WHERE secret_id IS NOT NULL")
    return {name: ctx.vault.read(secret)["password"].reveal() for name, secret in found}


def tampered(ground: Ground, store: str) -> None:
    """Ciphertexts with a bit turned, cut short or moved to another row: none opens, and only its own check waits."""
    with ground.home(store) as home, Crew(home, 1 if store == POSTGRESQL else 0):
        _add(ground, home)
        with session(home.config) as ctx:
            rows = dict(ctx.store.fetch("SELECT id, ciphertext FROM secrets"))
            for what, victim, ciphertext in _tamperings(ground, rows):
                _write(ctx, victim, ciphertext)
                try:
                    opened = ctx.vault.read(victim)
                except VaultUnavailable:
                    ground.tally.count(f"secrets {what}, which did not open")
                else:
                    ground.tally.wrong(f"{what}: it opens as {opened}")
                _write(ctx, victim, bytes(rows[victim]))
            _one_waits(ground, home, ctx)


def _tamperings(ground: Ground, rows: dict[str, bytes]) -> Iterator[tuple[str, str, bytes]]:
    rng = ground.random("tampered")
    for _ in range(max(20, ground.size)):
        victim = rng.choice(sorted(rows))
        altered = bytearray(rows[victim])
        altered[rng.randrange(len(altered))] ^= 1 << rng.randrange(8)
        yield "altered by a bit", victim, bytes(altered)
    for victim, whole in rows.items():
        for length in (*range(30), len(whole) - 1):
            yield "cut short", victim, bytes(whole)[:length]
        for other, another in rows.items():
            if other != victim:
                yield "moved to another destination", victim, bytes(another)


def _write(ctx: Context, secret_id: str, ciphertext: bytes) -> None:
    with ctx.store.write() as tx:
        tx.execute(schema.secrets.update().where(schema.secrets.c.id == secret_id).values(ciphertext=ciphertext))


def _one_waits(ground: Ground, home: Home, ctx: Context) -> None:
    """The check of the one that was altered waits and says why, the others pass; re-authorising heals it."""
    altered = destinations.find(ctx, "two")
    ((secret_id, whole),) = ctx.store.fetch(
        "SELECT s.id, s.ciphertext FROM secrets s JOIN destinations d ON d.secret_id = s.id WHERE d.id = :i",
        {"i": altered.id},
    )
    altered_ones = (bytes(whole)[:-1] + bytes([bytes(whole)[-1] ^ 1]), bytes(whole)[:5])
    for ciphertext in altered_ones[: 1 if ground.size < 250 else 2]:
        _write(ctx, secret_id, ciphertext)
        waited = home.run("check", "two", "--timeout", "6")
        told = waited.returncode == 6 and "does not open" in waited.stderr
        ground.tally.expect(told, f"an altered secret: {waited.returncode} {waited.stdout}{waited.stderr}")
        others = home.run("check", "one", "three", "--timeout", "60")
        ground.tally.expect(others.returncode == 0, f"the others: {others.returncode} {others.stdout}{others.stderr}")
        _ensure_active(ground, ctx, "a secret altered")
        healed = home.run("reauthorize", "two", *SECRET, "--wait", "60", PW=PLANTED)
        ground.tally.expect(healed.returncode == 0, f"re-authorising does not heal it: {healed.stdout}{healed.stderr}")
        within(30, lambda: jobs.open_count(ctx.store) == (0, 0))
        ((secret_id,),) = ctx.store.fetch("SELECT secret_id FROM destinations WHERE id = :i", {"i": altered.id})
    ground.tally.expect(living(ctx), "no worker lives")
