"""Opening a store: is it there, is it ours, is its schema the one this program knows."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from destui.config import NETWORK_FILE_SYSTEMS, Config, file_system_of
from destui.domain.errors import StoreUnavailable
from destui.store.engine import BUSY_SECONDS, Store, connect_sqlite, translated
from destui.store.version import REVISION, REVISIONS

NEW_STORE = Path(__file__).parent / "migrations" / "new_store.sql"
"""What a new embedded store is made by; `make schema` records it after a change of the migrations."""


def open_store(config: Config, *, durable: bool = True) -> Store:
    """Open the store that the environment names; the embedded one is made or upgraded when needed.

    Raises StoreUnavailable: not reachable, on a network file system, newer than this program, or (PostgreSQL) behind.
    """
    path = config.store_path
    if path is None:
        store = Store(config.store_url, None, durable=durable)
        _check_revision(_postgres_revision(store), upgrade_by_hand=True)
        store.revision = REVISION
        return store
    config.prepare()
    _refuse_network_file_system(path)
    store = Store(config.store_url, path, durable=durable)
    if sqlite_revision(path) != REVISION:
        with _only_one(path):
            _upgrade_sqlite(path, config.secrets)
    store.revision = REVISION
    return store


def upgrade(config: Config) -> str:
    """Bring the store to this program's schema; returns the revision. Raises StoreUnavailable."""
    if config.store_path is not None:
        open_store(config).close()
        return REVISION
    store = Store(config.store_url, None, patient=True)
    _check_revision(_postgres_revision(store), upgrade_by_hand=False)
    run_migrations(store)
    return REVISION


def _refuse_network_file_system(path: Path) -> None:
    kind = file_system_of(path)
    if kind in NETWORK_FILE_SYSTEMS:
        raise StoreUnavailable(
            f"The store {path} lies on a network file system ({kind}), where SQLite's locks are not safe. "
            "Set DESTUI_HOME to a folder on a local disk, or DESTUI_STORE to a PostgreSQL URL."
        )


def sqlite_revision(path: Path) -> str | None:
    """The schema of an embedded store; None where it is still to be made. Raises StoreUnavailable: it is no store."""
    if not path.exists():
        return None
    if path.is_dir():
        raise StoreUnavailable(f"{path} is a folder, no store. Move it away, or set DESTUI_HOME to another folder.")
    with translated(path):
        connection = connect_sqlite(path)
        try:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise StoreUnavailable(
                    f"The file {path} is not a destui store. Move it away, or set DESTUI_HOME to another folder."
                ) from None
            return None
        finally:
            connection.close()
    return found[0] if found else None


def _postgres_revision(store: Store) -> str | None:
    # Of our own search path: another program's schema may have a table of the same name elsewhere.
    if store.fetch("SELECT to_regclass('alembic_version')::text")[0][0] is None:
        return None
    return revision(store)


def revision(store: Store) -> str | None:
    """The schema of an open store."""
    found = store.fetch("SELECT version_num FROM alembic_version")
    return found[0][0] if found else None


def _check_revision(found: str | None, *, upgrade_by_hand: bool) -> None:
    if found is not None and found not in REVISIONS:
        raise StoreUnavailable(
            f"The store has schema {found}, newer than this destui knows ({REVISION}). Install the newer destui."
        )
    if upgrade_by_hand and found != REVISION:
        raise StoreUnavailable(
            "The store has no tables yet. Run: destui store upgrade"
            if found is None
            else "The store's schema is behind this destui. Make a copy with pg_dump, then run: destui store upgrade"
        )


def _upgrade_sqlite(path: Path, wanted_vault: str) -> None:
    found = sqlite_revision(path)  # again, now that the lock is ours
    if found == REVISION:
        return
    _check_revision(found, upgrade_by_hand=False)
    if found is None:
        _make_sqlite(path, wanted_vault)
        return
    with translated(path):
        source = connect_sqlite(path)
        copy = sqlite3.connect(f"{path}.before-{REVISION}")
        source.backup(copy)
        copy.close()
        source.close()
    Path(f"{path}.before-{REVISION}").chmod(0o600)
    store = Store(f"sqlite:///{path}", path)
    run_migrations(store)
    store.close()


def _make_sqlite(path: Path, wanted_vault: str) -> None:
    """A new store, in one transaction, by what the migrations were recorded to make of an empty file: they themselves
    would have SQLAlchemy and Alembic stand before the first rows of the first start."""
    from destui.store import space

    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    with translated(path):
        space.prepare(path)
        with closing(connect_sqlite(path)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(f"BEGIN;\n{NEW_STORE.read_text()}")
            connection.execute("INSERT INTO alembic_version (version_num) VALUES (?)", (REVISION,))
            if wanted_vault != "auto":
                connection.execute("INSERT INTO settings (key, value) VALUES ('vault_wanted', ?)", (wanted_vault,))
            connection.execute("COMMIT")


def run_migrations(store: Store) -> None:
    """Bring its tables from whatever revision to the newest, in one transaction."""
    from alembic import command
    from alembic.config import Config as AlembicConfig

    settings = AlembicConfig()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with store.write() as tx:
        settings.attributes["connection"] = tx.connection
        command.upgrade(settings, "head")


def recorded() -> str:
    """What `NEW_STORE` has to hold: the statements that make what the migrations make of an empty file."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        path.touch()
        store = Store(f"sqlite:///{path}", path)
        run_migrations(store)
        store.close()
        with closing(connect_sqlite(path)) as connection:
            made = connection.execute(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*'"
            )
            statements = [f"{sql};" for (sql,) in made]
    return "".join(f"{line.rstrip()}\n" for statement in statements for line in statement.split("\n"))


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Several processes may open a new store at the same moment; one makes it, the others wait."""
    try:
        lock = os.open(f"{path}.upgrade", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise StoreUnavailable(
            f"The file {path}.upgrade cannot be written ({error.strerror}). Set DESTUI_HOME to a folder of yours."
        ) from None
    try:
        ends_at = time.monotonic() + BUSY_SECONDS
        while not _take(lock):
            if time.monotonic() >= ends_at:
                raise StoreUnavailable(
                    f"Another process makes or upgrades the store {path}, and has not ended within "
                    f"{BUSY_SECONDS:g} s. Try again in a while; if it stands still, end it (fuser {path}.upgrade)."
                )
            time.sleep(0.05)  # a lock that becomes free tells nobody
        yield
    finally:
        os.close(lock)


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
