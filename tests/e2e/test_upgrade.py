"""A store of each earlier schema, with data in it, opens after a copy is made, and has lost nothing."""

from __future__ import annotations

import fcntl
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, text

from destui.config import load_config
from destui.domain.errors import StoreUnavailable
from destui.services.context import Context
from destui.store import opening
from destui.store.engine import Store
from destui.store.opening import open_store
from destui.store.times import now_us
from destui.store.version import REVISION, REVISIONS
from tests.fixtures import Home, environment, team_home
from tests.servers.postgres import Postgres
from tests.unit.stores.make import HERE, KEY, SECRETS

EARLIER = REVISIONS[:-1]
TABLES = ("destinations", "checks", "check_steps", "events", "secrets", "settings", "jobs")


def read(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Everything in the tables that every schema has."""
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        return {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for name in TABLES}


def write(path: Path, revision: str) -> None:
    """The store as the program of then has left it, but for the time since: the trash would have been emptied."""
    path.parent.mkdir(mode=0o700, parents=True)
    with sqlite3.connect(path) as connection:
        connection.executescript((HERE / f"{revision}.sql").read_text(encoding="utf-8"))
        connection.execute("UPDATE destinations SET deleted_at = ? WHERE deleted_at IS NOT NULL", (now_us(),))
    path.chmod(0o600)


def copied(revision: str, path: Path, store: Store) -> None:
    """The same data in a PostgreSQL store that has this schema."""
    from alembic import command
    from alembic.config import Config

    import destui.store

    settings = Config()
    settings.set_main_option("script_location", str(Path(destui.store.__file__).parent / "migrations"))
    with store.write() as tx:
        settings.attributes["connection"] = tx.connection
        command.upgrade(settings, revision)
        there = MetaData()
        there.reflect(tx.connection)
        found = read(path)
        for table in there.sorted_tables:
            tx.execute(table.delete()) if table.name in found else None
            if rows := found.get(table.name):
                tx.execute(table.insert(), [_as(table, row) for row in rows])
        tx.execute(text("SELECT setval('events_id_seq', (SELECT max(id) FROM events))"))


def _as(table: Any, row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: bool(value) if table.c[name].type.python_type is bool and value is not None else value
        for name, value in row.items()
    }


def ensure_nothing_is_lost(home: Home, before: dict[str, list[dict[str, Any]]]) -> None:
    """Every value of then is there; secrets open, what waited is done, the trash and the version before come back."""
    ctx = Context(home.config, open_store(home.config))
    for name, rows in before.items():
        for row in rows:
            key = {k: row[k] for k in ("id", "key", "check_id", "position") if k in row and name != "jobs"}
            key = key if name != "jobs" else {"id": row["id"]}
            where = " AND ".join(f'"{k}" = :{k}' for k in key)
            columns = ", ".join(f'"{column}"' for column in row)
            (found,) = ctx.store.fetch(f"SELECT {columns} FROM {name} WHERE {where}", key)
            values = [bytes(v) if isinstance(v, memoryview) else v for v in found]
            assert dict(zip(row, values, strict=True)) == row, name
    for name, password in SECRETS.items():
        ((secret_id,),) = ctx.store.fetch("SELECT secret_id FROM destinations WHERE name = :n", {"n": name})
        assert ctx.vault.read(secret_id)["password"].reveal() == password
    ctx.store.close()


def use(home: Home) -> None:
    """The store is used as one of today."""
    home.ok("check", "東京 [b]", "waiting", "--timeout", "60")
    home.ok("restore", "deleted")
    home.run("rollback", "warehouse")
    home.ok("add", "simulator", "new", "seconds=0", "--wait", "60")
    home.ok("show", "broken", "--json")
    listed = home.ok("list", "--json")
    assert all(f'"name": "{name}"' in listed for name in ("warehouse", "broken", "waiting", "deleted", "new"))
    assert home.ok("limit").startswith("5 of 40") or "40" in home.ok("limit")
    ctx = home.context()
    assert not ctx.store.fetch("SELECT 1 FROM destinations WHERE status = 'initializing'")
    ctx.store.close()


def test_there_is_a_store_of_each_earlier_schema() -> None:
    assert {file.stem for file in HERE.glob("*.sql")} >= set(EARLIER)


@pytest.mark.parametrize("revision", EARLIER)
def test_an_embedded_store_opens_after_a_copy_is_made(revision: str, tmp_path: Path) -> None:
    folder = tmp_path / "home"
    home = Home(folder, environment(folder, DESTUI_KEY=KEY))
    path = folder / "destui.db"
    write(path, revision)
    before = read(path)
    try:
        home.ok("limit")  # which starts no worker that would go on with what waits
        copy = folder / f"destui.db.before-{REVISION}"
        assert copy.stat().st_mode & 0o777 == 0o600 and read(copy) == before
        with sqlite3.connect(copy) as connection:
            assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (revision,)
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        ensure_nothing_is_lost(home, before)
        use(home)
    finally:
        home.end_workers()


@pytest.mark.parametrize("revision", EARLIER)
def test_a_team_store_is_upgraded_by_hand(revision: str, tmp_path: Path, postgres: Postgres) -> None:
    file = tmp_path / "then" / "destui.db"
    write(file, revision)
    home = team_home(postgres, tmp_path, upgraded=False)
    home.environment["DESTUI_KEY"] = KEY
    store = Store(home.config.store_url, None)
    copied(revision, file, store)
    store.close()
    refused = home.run("list")
    assert refused.returncode == 6 and "copy with pg_dump, then run: destui store upgrade" in refused.stderr
    home.ok("store", "upgrade")
    ensure_nothing_is_lost(home, read(file))
    import subprocess

    worker = subprocess.Popen(home.command("worker", "run"), env=home.environment, stderr=subprocess.DEVNULL)
    try:
        use(home)
    finally:
        worker.terminate()
        worker.wait(20)


def test_a_newer_team_store_is_refused(tmp_path: Path, postgres: Postgres) -> None:
    home = team_home(postgres, tmp_path)
    store = open_store(home.config)
    with store.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    for verb in (("list",), ("add", "simulator", "x"), ("store", "upgrade"), ("worker", "run")):
        refused = home.run(*verb)
        assert refused.returncode == 6 and "newer than this destui" in refused.stderr, (verb, refused)


def test_a_store_that_somebody_else_makes_for_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config(environment(tmp_path / "home"))
    config.prepare()
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.2)
    with open(f"{config.store_path}.upgrade", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StoreUnavailable, match="Another process makes or upgrades the store"):
            open_store(config)
    open_store(config).close()


def test_doctor_neither_makes_nor_upgrades_a_store(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", environment(tmp_path / "home"))
    path = home.path / "destui.db"
    assert f"{path} is not there yet. The first start makes it." in home.run("doctor").stdout
    assert not home.path.exists()
    write(path, EARLIER[0])
    told = home.run("doctor").stdout
    assert f"{path} has schema {EARLIER[0]}. The next start upgrades it to {REVISION}, after a copy." in told
    assert [file.name for file in home.path.iterdir() if file.is_file()] == [path.name]
    assert read(path)["destinations"]
