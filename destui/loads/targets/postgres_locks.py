"""Waiting for those who have locked a table in PostgreSQL, so that who looks at the run knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from destui.loads.meter import Meter

if TYPE_CHECKING:
    from psycopg import Connection

MINUTES = 15
"""How long a load waits for others."""
TO_INSERT = "ROW EXCLUSIVE"
TO_CHANGE = "SHARE ROW EXCLUSIVE"
"""Readers are let through, other writers wait."""
_TOLD_AFTER = "1s"


def lock(session: Connection[Any], meter: Meter, table: str, mode: str) -> None:
    """Lock a table, in a transaction, until that ends; a wait for others is a phase of its own. Raises what the driver
    raises, also where they do not end within MINUTES."""
    from psycopg import errors

    statement = f"LOCK TABLE {table} IN {mode} MODE".encode()
    session.execute(b"SAVEPOINT destui_lock")
    try:
        session.execute(f"SET LOCAL lock_timeout = '{_TOLD_AFTER}'".encode())
        session.execute(statement)
        session.execute(f"SET LOCAL lock_timeout = '{MINUTES}min'".encode())
    except errors.LockNotAvailable:
        session.execute(b"ROLLBACK TO SAVEPOINT destui_lock")
        with meter.waiting() as told:
            told()
            session.execute(statement)
    except errors.InsufficientPrivilege:
        session.execute(b"ROLLBACK TO SAVEPOINT destui_lock")
        if mode != TO_INSERT:  # rights to columns are enough to insert, which locks by itself
            raise
