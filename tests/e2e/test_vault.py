"""The vault: sealed in the store, and on a real Secret Service; and what happens when either is not there."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

import pytest

from destui.domain.errors import VaultUnavailable
from destui.domain.secret import Secret
from destui.services.context import Context
from destui.services.following import follow
from destui.store import secrets, settings
from tests.fixtures import Home, environment, team_home
from tests.servers.postgres import LOADER_PASSWORD, Postgres
from tests.servers.secret_service import SecretService

pytestmark = pytest.mark.embedded  # what is about teams here makes their stores itself

PLANTED = "pa'ss\"w$or%d\nné日"


def staged(ctx: Context, text: str = PLANTED) -> str:
    return ctx.vault.stage({"password": Secret(text)})


def test_sealed_secrets_come_back_and_are_not_in_the_file(home: Home) -> None:
    ctx = home.context()
    secret_id = staged(ctx)
    assert home.context().vault.read(secret_id)["password"].reveal() == PLANTED
    ctx.store.close()
    for file in home.path.rglob("*"):
        if file.is_file():
            assert b"pa'ss" not in file.read_bytes(), file
    assert (home.path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_another_key_is_told_at_once_and_the_right_one_works_again(home: Home) -> None:
    secret_id = staged(home.context())
    key = home.path / "secret.key"
    kept = key.read_text()
    key.write_bytes(base64.urlsafe_b64encode(os.urandom(32)))
    with pytest.raises(VaultUnavailable, match="not this store's key"):
        home.context().vault.read(secret_id)
    key.unlink()
    with pytest.raises(VaultUnavailable, match=r"missing\. Put back"):
        home.context().vault.read(secret_id)
    assert not home.context().vault.status().ready
    key.write_text(kept)
    key.chmod(0o644)
    with pytest.raises(VaultUnavailable, match="chmod 600"):
        home.context().vault.read(secret_id)
    key.chmod(0o600)
    assert home.context().vault.read(secret_id)["password"].reveal() == PLANTED


def test_an_altered_or_copied_ciphertext_does_not_open(home: Home) -> None:
    ctx = home.context()
    mine, other = staged(ctx), staged(ctx, "other")
    sealed = secrets.read_ciphertext(ctx.store, other)
    assert sealed is not None
    secrets.erase_ciphertext(ctx.store, mine)
    secrets.write_ciphertext(ctx.store, mine, sealed)
    with pytest.raises(VaultUnavailable, match="does not open"):
        ctx.vault.read(mine)
    secrets.erase_ciphertext(ctx.store, other)
    secrets.write_ciphertext(ctx.store, other, sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(VaultUnavailable, match="does not open"):
        ctx.vault.read(other)
    secrets.erase_ciphertext(ctx.store, other)
    secrets.write_ciphertext(ctx.store, other, sealed[:5])
    with pytest.raises(VaultUnavailable, match="does not open"):
        ctx.vault.read(other)


def test_a_secret_is_never_overwritten(home: Home) -> None:
    ctx = home.context()
    secret_id = staged(ctx)
    with pytest.raises(KeyError):
        secrets.write_ciphertext(ctx.store, secret_id, b"x")


def test_the_key_may_come_from_the_environment_and_reaches_a_worker(home: Home, postgres: Postgres) -> None:
    home.environment["DESTUI_KEY"] = "a passphrase of more than twenty characters"
    added = home.run(
        "add", "postgres", "orders", *(f"{k}={v}" for k, v in postgres.fields.items()), "--secret", "password=stdin",
        "--wait", stdin=LOADER_PASSWORD,
    )  # fmt: skip
    assert added.returncode == 0, added.stdout + added.stderr
    assert not (home.path / "secret.key").exists()
    del home.environment["DESTUI_KEY"]
    assert "destui: The sealing key is missing." in home.run("vault", "status").stderr


def test_discarding_removes_secret_and_ledger_row(home: Home) -> None:
    ctx = home.context()
    ctx.vault.discard(staged(ctx))
    assert ctx.store.fetch("SELECT count(*) FROM secrets")[0][0] == 0


@pytest.fixture
def keyring_home(tmp_path: Path, secret_service: SecretService) -> Home:
    folder = tmp_path / "home"
    more = {name: secret_service.environment[name] for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")}
    return Home(folder, environment(folder, **more, DESTUI_SECRETS="auto"))


ADD = ("add", "postgres", "orders")


def add_arguments(postgres: Postgres) -> list[str]:
    return [*ADD, *(f"{k}={v}" for k, v in postgres.fields.items()), "--secret", "password=env:PW"]


def test_a_real_secret_service_keeps_the_secrets(keyring_home: Home, postgres: Postgres) -> None:
    home = keyring_home
    try:
        home.ok(*add_arguments(postgres), "--wait", PW=LOADER_PASSWORD)
        assert "system keyring" in home.ok("vault", "status")
        assert "keyring" in home.ok("doctor")
        ctx = home.context()
        assert settings.read(ctx.store, "vault") == "keyring"
        assert ctx.store.fetch("SELECT count(*) FROM secrets WHERE ciphertext IS NOT NULL")[0][0] == 0
        # Rotation, delete and restore keep the secrets together with their destination.
        home.ok("reauthorize", "orders", "--secret", "password=env:PW", "--wait", PW=LOADER_PASSWORD)
        home.ok("delete", "orders", "--yes")
        home.ok("restore", "orders")
        home.ok("check", "orders")
    finally:
        home.end_workers()


def test_a_keyring_that_goes_makes_checks_wait_and_no_status_an_error(
    keyring_home: Home, postgres: Postgres, secret_service: SecretService
) -> None:
    home = keyring_home
    try:
        home.ok(*add_arguments(postgres), "--wait", PW=LOADER_PASSWORD)
        secret_service.end_keyring()
        told = home.run("vault", "status")
        assert told.returncode == 6 and "keyring" in told.stderr and "Traceback" not in told.stderr
        waited = home.run("check", "orders")
        assert waited.returncode == 6 and "nlock it" in waited.stderr and "goes on by itself" in waited.stderr
        assert len(waited.stderr.splitlines()) == 1, waited.stderr
        assert '"status": "active"' in home.ok("show", "orders", "--json")
        assert "It waits: " in home.ok("show", "orders")
        secret_service.start_keyring()
        ctx = home.context()
        (check_id,) = (row[0] for row in ctx.store.fetch("SELECT check_id FROM destinations"))
        *_, last = follow(ctx, [check_id], 30)
        assert last.state.is_good
        assert '"status": "active"' in home.ok("show", "orders", "--json")
    finally:
        home.end_workers()


def test_a_locked_keyring_is_told_with_a_way_out(
    keyring_home: Home, postgres: Postgres, secret_service: SecretService
) -> None:
    home = keyring_home
    try:
        home.ok(*add_arguments(postgres), "--wait", PW=LOADER_PASSWORD)
        secret_service.lock()
        told = home.run("vault", "status")
        assert told.returncode == 6 and "nlock" in told.stderr, told
        refused = home.run(*ADD[:2], "second", *add_arguments(postgres)[3:], PW=LOADER_PASSWORD)
        assert refused.returncode == 6 and "Traceback" not in refused.stderr
        assert "second" not in home.ok("list")
        waited = home.run("check", "orders")
        assert waited.returncode == 6 and "nlock it" in waited.stderr and "goes on by itself" in waited.stderr, waited
        assert '"status": "active"' in home.ok("show", "orders", "--json")
        assert home.run("delete", "orders", "--yes").returncode == 0
    finally:
        home.end_workers()


def test_a_store_of_the_keyring_in_a_session_without_one_says_so(keyring_home: Home, postgres: Postgres) -> None:
    home = keyring_home
    try:
        home.ok(*add_arguments(postgres), "--wait", PW=LOADER_PASSWORD)
    finally:
        home.end_workers()
    del home.environment["DBUS_SESSION_BUS_ADDRESS"]
    told = home.run("vault", "status")
    assert told.returncode == 6 and "keyring" in told.stderr and "Traceback" not in told.stderr
    doctor = home.run("doctor")
    assert doctor.returncode == 1 and "✗ vault" in doctor.stdout


def test_lost_secrets_end_the_check_and_re_authorising_heals(home: Home, postgres: Postgres) -> None:
    home.ok(*add_arguments(postgres), "--wait", PW=LOADER_PASSWORD)
    ctx = home.context()
    for (secret_id,) in ctx.store.fetch("SELECT id FROM secrets"):
        secrets.erase_ciphertext(ctx.store, secret_id)
    lost = home.run("check", "orders")
    assert lost.returncode == 1 and "SECRET-LOST" in lost.stdout
    home.ok("reauthorize", "orders", "--secret", "password=env:PW", "--wait", PW=LOADER_PASSWORD)
    home.ok("check", "orders")


def test_a_missing_key_is_told_while_a_check_waits(home: Home, postgres: Postgres) -> None:
    home.ok(*add_arguments(postgres), "--wait", PW=LOADER_PASSWORD)
    home.ok("worker", "stop")
    (home.path / "secret.key").rename(home.path / "elsewhere")
    home.ok("add", "simulator", "other", "seconds=0")
    both = home.run("check", "--all")
    assert both.returncode == 6 and "other: passed" in both.stdout, both.stdout + both.stderr
    (line,) = both.stderr.splitlines()
    assert str(home.path / "secret.key") in line and "goes on by itself" in line
    waited = home.run("check", "orders", "--timeout", "0.5")
    assert waited.returncode in (1, 6) and "goes on" in waited.stderr
    waited = home.run("check", "orders", "--timeout", "5")
    (line,) = waited.stderr.splitlines()
    assert waited.returncode == 6 and "The sealing key is missing" in line and "did not come in time" in line
    arguments = [*ADD[:2], "third", *add_arguments(postgres)[3:]]
    assert home.run(*arguments, "--wait", PW=LOADER_PASSWORD).returncode == 6
    (home.path / "elsewhere").rename(home.path / "secret.key")
    # What it waits for is there again, though the check still says that it waits: no answer of yesterday.
    home.ok("check", "orders")
    assert "It waits" not in home.ok("show", "orders")


def test_a_team_store_gets_one_key_that_goes_to_each_host(tmp_path: Path, postgres: Postgres) -> None:
    first = team_home(postgres, tmp_path / "first")
    url = first.environment["DESTUI_STORE"]
    second = Home(tmp_path / "second", environment(tmp_path / "second", DESTUI_STORE=url))
    with first.context().store.write() as tx:  # as a store made by an earlier version
        settings.write(tx, "vault_key", None)
    (first.path / "secret.key").unlink(missing_ok=True)

    none = second.run("vault", "status")
    assert none.returncode == 6 and "no sealing key yet" in none.stderr and "destui store upgrade" in none.stderr
    assert "Put back" not in none.stderr
    refused = second.run(*add_arguments(postgres), PW=LOADER_PASSWORD)
    assert refused.returncode == 6 and "destui store upgrade" in refused.stderr
    assert not (second.path / "secret.key").exists(), "whoever comes first must not make it"

    made = first.ok("store", "upgrade")
    assert "pg_dump" in made
    key = first.path / "secret.key"
    assert str(key) in made and "Each host" in made and key.stat().st_mode & 0o777 == 0o600
    first.ok(*add_arguments(postgres), PW=LOADER_PASSWORD)

    absent = second.run("vault", "status")
    assert absent.returncode == 6 and f"Copy the key file from a host that has it to {second.path}" in absent.stderr
    assert "not on this host" in second.ok("store", "upgrade") and not (second.path / "secret.key").exists()
    (second.path / "secret.key").write_text(key.read_text())
    (second.path / "secret.key").chmod(0o600)
    second.ok("vault", "status")
    worker = subprocess.Popen(second.command("worker", "run"), env=second.environment, stderr=subprocess.DEVNULL)
    try:
        first.ok("check", "orders")
    finally:
        worker.terminate()
        assert worker.wait(20) == 0


def test_a_team_store_without_a_worker_says_which_command_starts_one(tmp_path: Path, postgres: Postgres) -> None:
    home = team_home(postgres, tmp_path)
    assert "destui worker run" in home.ok("worker", "status") and "by itself" not in home.ok("worker", "status")
    assert "✗ worker" in (doctor := home.run("doctor").stdout) and "destui worker run" in doctor
    added = home.run("add", "simulator", "orders", "seconds=0")
    assert added.returncode == 0 and "No worker of this store is alive" in added.stderr
    waited = home.run("check", "orders")
    assert waited.returncode == 6 and len(waited.stderr.splitlines()) == 1
    assert "destui worker run" in waited.stderr and "What was asked is kept" in waited.stderr
