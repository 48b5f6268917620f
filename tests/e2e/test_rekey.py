"""A new sealing key, and moves from one backend to the other: what opens before opens after, and what was is gone."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from bench.terminal import Terminal
from destui.domain.errors import Conflict, InvalidInput, VaultUnavailable
from destui.domain.secret import Secret
from destui.services import vault
from destui.services.context import Context
from destui.store import housekeeping, schema, settings, standing
from destui.vault import keys
from destui.vault.rekey import rekey
from tests.fixtures import Home, environment, team_home
from tests.planted import PLANTED, found_in_files
from tests.servers.postgres import LOADER_PASSWORD, Postgres
from tests.servers.secret_service import SecretService

OLD, NEW = "the passphrase of former times", "the passphrase of times to come"
GIVEN = ("--secret", "password=env:PW")


def staged(ctx: Context, text: str = PLANTED) -> str:
    return ctx.vault.stage({"password": Secret(text)})


def revealed(ctx: Context, secret_id: str) -> str:
    return ctx.vault.read(secret_id)["password"].reveal()


def add(home: Home, postgres: Postgres, name: str) -> None:
    fields = [f"{field}={value}" for field, value in postgres.fields.items()]
    home.ok("add", "postgres", name, *fields, *GIVEN, "--wait", PW=LOADER_PASSWORD)


def copied(home: Home) -> Path:
    """A copy of all files: to open and close those that SQLite has open in this process would end its locks."""
    copy = home.path.with_name(f"copy-{uuid4().hex}")
    subprocess.run(["cp", "-r", home.path, copy], check=True)
    return copy


def files_with(home: Home, *wanted: bytes) -> list[str]:
    files = [file for file in copied(home).rglob("*") if file.is_file()]
    return [file.name for file in files if any(text in file.read_bytes() for text in wanted)]


def test_a_new_key_opens_everything_and_nothing_of_the_old_is_left(home: Home) -> None:
    ctx = home.context()
    expected = {staged(ctx, text): text for text in ("first", "second", PLANTED)}
    key = home.path / "secret.key"
    old = [key.read_bytes().strip(), *(text[:24] for text in standing.ciphertexts(ctx.store).values())]
    assert files_with(home, old[0]) and files_with(home, old[1]), "the search finds nothing"

    said = home.ok("vault", "rekey")

    assert "3 secrets were sealed anew" in said and str(key) in said
    assert key.stat().st_mode & 0o777 == 0o600 and not (home.path / "secret.key.new").exists()
    expected[staged(ctx, "by who was there before")] = "by who was there before"
    for session in (ctx, home.context()):
        assert {secret_id: revealed(session, secret_id) for secret_id in expected} == expected
    assert not files_with(home, *old)
    assert not found_in_files(copied(home), PLANTED)
    assert "rekeyed the vault" in home.ok("events")


def test_a_new_key_is_taken_under_a_worker_at_work(home: Home, postgres: Postgres) -> None:
    """Its checks pass all the while; what is previous, or in the trash, opens afterwards too."""
    for name in ("orders", "people"):
        add(home, postgres, name)
    home.ok("reauthorize", "orders", *GIVEN, "--wait", PW=LOADER_PASSWORD)
    home.ok("delete", "people", "--yes")
    checked: list[subprocess.CompletedProcess[str]] = []
    thread = threading.Thread(target=lambda: checked.extend(home.run("check", "orders") for _ in range(3)))
    thread.start()
    while thread.is_alive():
        home.ok("vault", "rekey")
    thread.join()
    assert [done.returncode for done in checked] == [0] * 3, checked
    home.ok("rollback", "orders")
    home.ok("restore", "people")
    home.ok("check", "--all")


def test_a_key_in_the_variable_is_changed_for_the_one_that_is_given(home: Home, postgres: Postgres) -> None:
    home.environment["DESTUI_KEY"] = OLD
    add(home, postgres, "orders")
    for given, said in (((), "--new-key"), (("--new-key", NEW), "reference")):
        refused = home.run("vault", "rekey", *given)
        assert refused.returncode == 2 and said in refused.stderr and NEW not in refused.stderr, refused
        assert len(refused.stderr.splitlines()) == 1
    for text, said in (("short", "20 characters"), (OLD, "in use")):
        with pytest.raises(InvalidInput, match=said):
            vault.rekey(home.context(), text, lambda done, of: None)

    said = home.ok("vault", "rekey", "--new-key", "env:NEW", NEW=NEW)
    assert "set DESTUI_KEY" in said and "destui worker stop" in said and NEW not in said
    assert "already" in home.ok("vault", "rekey", "--new-key", "env:NEW", NEW=NEW)
    assert not list(home.path.glob("secret.key*"))

    told = home.run("vault", "status")
    assert told.returncode == 6 and "not this store's key" in told.stderr
    waited = home.run("check", "orders")  # by the worker that has the old key
    assert waited.returncode == 6 and "destui worker stop" in waited.stderr, waited
    assert '"status": "active"' in home.ok("show", "orders", "--json")
    home.environment["DESTUI_KEY"] = NEW
    home.ok("worker", "stop")
    home.ok("check", "orders")


def test_an_open_interface_uses_the_new_key(home: Home) -> None:
    staged(home.context())
    terminal = Terminal(home.command(), home.environment, (120, 36))
    try:
        terminal.read_until_screen("No destinations yet", 20)
        home.ok("vault", "rekey")
        terminal.send(b"?")
        terminal.read_until_screen("sealed in the store", 20)
    finally:
        terminal.close()


def test_what_a_killed_rekey_left_is_finished(home: Home) -> None:
    """The store has its new key, which waits: whoever comes uses it, and puts it in place; a clean-up does the rest."""
    ctx = home.context()
    secret_id, key = staged(ctx), home.path / "secret.key"
    old = key.read_bytes()
    home.ok("vault", "rekey")
    key.rename(home.path / "secret.key.new")
    key.write_bytes(old)
    key.chmod(0o600)
    with ctx.store.write() as tx:
        settings.write(tx, standing.REMAINS, "1")
    with keys.changing(ctx.store, home.config):
        assert revealed(home.context(), secret_id) == PLANTED
        assert key.read_bytes() == old, "somebody else is at it"
    assert revealed(home.context(), secret_id) == PLANTED
    assert key.read_bytes() != old and not (home.path / "secret.key.new").exists()
    assert housekeeping.is_due(ctx.store)
    home.context().vault.sweep()
    assert settings.read(ctx.store, standing.REMAINS) is None and not housekeeping.is_due(ctx.store)


def test_a_rekey_elsewhere_is_a_conflict(home: Home) -> None:
    ctx = home.context()
    secret_id = staged(ctx)
    with keys.changing(ctx.store, home.config):
        for arguments in (("rekey",), ("move", "keyring")):
            refused = home.run("vault", *arguments)
            assert refused.returncode == 5 and "being changed already" in refused.stderr, refused
    assert revealed(home.context(), secret_id) == PLANTED


def test_a_secret_that_does_not_open_is_named_and_left(home: Home, postgres: Postgres) -> None:
    add(home, postgres, "orders")
    ctx = home.context()
    intact = staged(ctx)
    with ctx.store.write() as tx:
        table = schema.secrets
        tx.execute(table.update().where(table.c.id != intact).values(ciphertext=b"altered altered altered altered"))
    done = home.run("vault", "rekey")
    assert done.returncode == 1 and "1 secret was sealed anew" in done.stdout, done
    assert "orders" in done.stderr and len(done.stderr.splitlines()) == 1
    assert revealed(home.context(), intact) == PLANTED


def test_a_key_that_opens_nothing_is_not_replaced(home: Home, postgres: Postgres) -> None:
    add(home, postgres, "orders")
    key = (home.path / "secret.key").read_bytes()
    with home.context().store.write() as tx:
        tx.execute(schema.secrets.update().values(ciphertext=b"altered altered altered altered"))
    done = home.run("vault", "rekey")
    assert done.returncode == 5 and "opens none of the secrets" in done.stderr and "orders" in done.stderr, done
    assert (home.path / "secret.key").read_bytes() == key and not (home.path / "secret.key.new").exists()


def test_a_key_file_that_is_another_stores_too_is_not_replaced(home: Home) -> None:
    staged(home.context())
    other = {"DESTUI_STORE": f"sqlite:///{home.path / 'other.db'}"}
    staged(Home(home.path, {**home.environment, **other}).context())
    refused = home.run("vault", "rekey", **other)
    assert refused.returncode == 5 and str(home.path / "destui.db") in refused.stderr, refused


def test_a_team_store_is_rekeyed_on_one_host_and_told_on_the_others(tmp_path: Path, postgres: Postgres) -> None:
    first = team_home(postgres, tmp_path / "first")
    first.ok("store", "upgrade")
    url, key = first.environment["DESTUI_STORE"], first.path / "secret.key"
    second = Home(tmp_path / "second", environment(tmp_path / "second", DESTUI_STORE=url))
    second.path.mkdir(mode=0o700)
    theirs = second.path / "secret.key"
    theirs.write_bytes(key.read_bytes())
    theirs.chmod(0o600)
    there_before = second.context()
    secret_id = staged(there_before)

    ctx = first.context()
    said = first.ok("vault", "rekey")
    assert f"copy {key} to each host" in said and "VACUUM FULL secrets" in said
    assert revealed(first.context(), secret_id) == PLANTED
    with pytest.raises(VaultUnavailable, match="not this store's key"):
        revealed(there_before, secret_id)
    with pytest.raises(VaultUnavailable, match="not this store's key"):
        staged(there_before)
    told = second.run("vault", "rekey")
    assert told.returncode == 6 and "Copy it here" in told.stderr.replace("copy it here", "Copy it here"), told
    theirs.write_bytes(key.read_bytes())
    assert revealed(there_before, secret_id) == PLANTED
    assert revealed(ctx, staged(there_before, "another")) == "another"

    assert first.run("vault", "move", "keyring").returncode == 2
    assert first.run("vault", "move", "sealed").returncode == 5


def two_hosts(postgres: Postgres, tmp_path: Path) -> tuple[Home, Home]:
    """Homes on one team's store, each with its key."""
    first = team_home(postgres, tmp_path / "first")
    first.ok("store", "upgrade")
    path = tmp_path / "second"
    second = Home(path, environment(path, DESTUI_STORE=first.environment["DESTUI_STORE"]))
    path.mkdir(mode=0o700)
    (path / "secret.key").write_bytes((first.path / "secret.key").read_bytes())
    (path / "secret.key").chmod(0o600)
    return first, second


def test_of_two_hosts_that_rekey_a_team_store_at_once_one_does(tmp_path: Path, postgres: Postgres) -> None:
    first, second = two_hosts(postgres, tmp_path)
    secret_id = staged(first.context())
    both = [
        subprocess.Popen(
            home.command("vault", "rekey"), env=home.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True,
        )
        for home in (first, second)
    ]  # fmt: skip
    words = [process.communicate()[1] for process in both]
    codes = [process.returncode for process in both]
    assert 0 in codes and codes != [0, 0], words
    done, refused = (first, second) if codes[0] == 0 else (second, first)
    told, code = next((said, code) for said, code in zip(words, codes, strict=True) if code)
    assert (code == 5 and "elsewhere" in told) or (code == 6 and "copy it here" in told.lower()), words
    assert not (refused.path / "secret.key.new").exists()
    assert revealed(done.context(), secret_id) == PLANTED


def test_a_rekey_elsewhere_before_the_secrets_are_read_is_told_as_one(
    tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two_hosts(postgres, tmp_path)
    staged(first.context())
    wait = keys.have_wait

    def overtaken(file: Path, key: bytes) -> None:
        first.ok("vault", "rekey")
        wait(file, key)

    monkeypatch.setattr(keys, "have_wait", overtaken)
    ctx = second.context()
    with pytest.raises(Conflict, match="changed elsewhere"):
        rekey(ctx.store, second.config, None, lambda done, total: None, who="bo@example.com")
    assert not (second.path / "secret.key.new").exists()


@pytest.fixture
def keyring_home(tmp_path: Path, secret_service: SecretService) -> Iterator[Home]:
    made = Home(tmp_path / "home", environment(tmp_path / "home", **secret_service.session, DESTUI_SECRETS="keyring"))
    yield made
    made.end_workers()


@contextmanager
def as_session(service: SecretService, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process is in the session of the keyring."""
    import keyring.core

    with monkeypatch.context() as patch:
        for name, value in service.session.items():
            patch.setenv(name, value)
        found = keyring.core.get_keyring()
        keyring.core.init_backend()
        yield
    keyring.core.set_keyring(found)


def kept(ctx: Context, service: SecretService) -> int:
    """How many secrets of the store the keyring holds."""
    import secretstorage

    bus = secretstorage.dbus_init()
    try:
        return len(list(secretstorage.search_items(bus, {"service": f"destui:{settings.store_id(ctx.store)}"})))
    finally:
        bus.close()


def test_secrets_move_out_of_the_keyring_and_back_under_a_worker(
    keyring_home: Home, postgres: Postgres, secret_service: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = keyring_home
    add(home, postgres, "orders")
    with as_session(secret_service, monkeypatch):
        ctx = home.context()
        planted = staged(ctx)
        assert kept(ctx, secret_service) == 2
        assert home.run("vault", "rekey").returncode == 5
        for target, left in (("sealed", 0), ("keyring", 2), ("sealed", 0)):
            said = home.ok("vault", "move", target)
            assert "2 secrets were moved" in said and "ecrets are" in said
            assert kept(ctx, secret_service) == left
            assert len(standing.ciphertexts(ctx.store)) == 2 - left
            assert revealed(ctx, planted) == revealed(home.context(), planted) == PLANTED
            home.ok("check", "orders")
            again = home.run("vault", "move", target)
            assert again.returncode == 5 and "there already" in again.stderr
        assert not found_in_files(copied(home), PLANTED)
        ctx.vault.discard(planted)
        home.ok("vault", "move", "keyring")
        assert kept(ctx, secret_service) == 1


def test_what_is_written_while_the_vault_moves_is_not_lost(
    keyring_home: Home, secret_service: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that opened the keyring writes into it after the store has gone over to sealed."""
    with as_session(secret_service, monkeypatch):
        ctx = keyring_home.context()
        first = staged(ctx)
        keyring_home.ok("vault", "move", "sealed")
        second = staged(ctx, "second")  # first into the keyring, where it thinks that secrets are
        assert revealed(keyring_home.context(), second) == "second" and revealed(ctx, first) == PLANTED
        ctx.vault.sweep()
        assert kept(ctx, secret_service) == 0 and settings.read(ctx.store, standing.OTHER) is None


def test_a_move_into_a_keyring_that_is_not_there_is_refused(home: Home) -> None:
    ctx = home.context()
    secret_id = staged(ctx)
    refused = home.run("vault", "move", "keyring", DBUS_SESSION_BUS_ADDRESS="unix:path=/nowhere")
    assert refused.returncode == 6 and "Nothing was moved" in refused.stderr and len(refused.stderr.splitlines()) == 1
    assert revealed(ctx, secret_id) == PLANTED
    for wrong in (("move",), ("move", "elsewhere"), ("rekey", "x"), ("move", "sealed", "--new-key", "stdin")):
        assert home.run("vault", *wrong).returncode == 2, wrong
