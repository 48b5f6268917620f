"""What SQLAlchemy must be told about each database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event

from destui.store.engine import BUSY_SECONDS, connect_existing


def sqlite_url(path: Path) -> URL:
    """The URL of an embedded store: built, since a path may hold what means something in a URL."""
    return URL.create("sqlite", database=str(path))


def make_engine(url: str, path: Path | None, *, durable: bool = True, patient: bool = False) -> Engine:
    """The engine of a store. `durable`: each commit on SQLite is on the disk before it returns. `patient`: a statement
    on PostgreSQL may take as long as it takes, as an upgrade may."""
    if path is None:
        return _postgres_engine(url, 5, patient=patient)
    engine = create_engine(sqlite_url(path), creator=lambda: connect_existing(path, timeout=BUSY_SECONDS), pool_size=8)
    _give_up_read_only(engine)
    synchronous = "FULL" if durable else "NORMAL"

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # The driver's own BEGIN comes late and is deferred; ours comes first and takes the write lock.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        mode = "DEFERRED" if connection.get_execution_options().get("reading") else "IMMEDIATE"
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def _postgres_engine(url: str, size: int, *, patient: bool = False) -> Engine:
    from destui.store import postgres

    engine = create_engine(url, pool_pre_ping=True, pool_size=size)

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, arguments: Any, parameters: Any) -> Any:
        return postgres.connect(*arguments, patience=None if patient else postgres.PATIENCE, **parameters)

    return engine


def _give_up_read_only(engine: Engine) -> None:
    """A connection that was opened while the file could not be written stays so for good: have it opened anew."""

    @event.listens_for(engine, "handle_error")
    def look(context: ExceptionContext) -> None:
        if "readonly database" in str(context.original_exception):
            context.is_disconnect = True


def make_journal_engine(url: str, path: Path | None, one_writer: Any) -> Engine:
    """The engine that the durable journal of the worker writes through, into the same database.

    Its transactions take their turn with ours by `one_writer`, the store's lock: SQLite's own way of waiting for the
    write lock is to sleep for longer and longer, which at fifty checks at once cost a quarter of the time.
    """
    if path is None:
        return _postgres_engine(url, 10)
    engine = create_engine(
        sqlite_url(path),
        creator=lambda: connect_existing(path, timeout=30.0, isolation_level="IMMEDIATE"),
        pool_size=10,
        max_overflow=60,
    )
    _give_up_read_only(engine)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def stand_in_line(_connection: Connection) -> None:
        one_writer.acquire()

    @event.listens_for(engine, "commit")
    @event.listens_for(engine, "rollback")
    def leave_the_line(_connection: Connection) -> None:
        one_writer.release()

    return engine
