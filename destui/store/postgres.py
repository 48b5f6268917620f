"""Connections to a PostgreSQL store: none waits for an answer for ever, none that is stopped holds up the others."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, TypeVar

import psycopg
from psycopg.abc import Params, PQGen

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds that the server may take to answer: a network that swallows everything, or a frozen server, says nothing."""
CONNECT_SECONDS = 5
_SETTINGS = (
    # Whatever the server's own default is: what is read after one's turn to write has come must be of then.
    "SET default_transaction_isolation = 'read committed'",
    # A process that is stopped in the middle of a transaction keeps its locks, which all need.
    "SET idle_in_transaction_session_timeout = '5s'",
    # Who waits for them is let in after that, or told before its own patience ends.
    "SET lock_timeout = '7s'",
)


class PlainCursor(psycopg.Cursor[Any]):
    """Sends many rows one after the other. psycopg's way, a pipeline, has moments in which the server expects more of
    a statement: whoever is stopped then is not silent to it, and would keep his locks for good."""

    def executemany(self, query: Any, params_seq: Iterable[Params], *, returning: bool = False) -> None:
        """See psycopg."""
        for parameters in params_seq:
            self.execute(query, parameters)


class PatientConnection(psycopg.Connection[Any]):
    """Gives up where the server does not answer in time; the connection is then closed, since an answer may still come.

    Waiting for notifications, which have no answer, brings a timeout of its own.
    """

    patience: float | None = PATIENCE
    """None: as long as it takes."""

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = -1.0) -> T:
        """See psycopg. Raises OperationalError."""
        limit = self.patience if timeout == -1.0 else timeout
        began = time.monotonic()
        try:
            return super().wait(gen, interval, limit)
        except psycopg.OperationalError:
            if timeout == -1.0 and limit is not None and time.monotonic() - began >= limit:
                self.pgconn.finish()
                raise psycopg.OperationalError(f"no answer within {limit:g} s") from None
            raise


def connect(*arguments: Any, patience: float | None = PATIENCE, **parameters: Any) -> PatientConnection:
    """A connection with these limits, not in a transaction. Raises psycopg's errors."""
    parameters.setdefault("connect_timeout", CONNECT_SECONDS)
    connection = PatientConnection.connect(*arguments, **parameters)
    connection.patience = patience
    connection.cursor_factory = PlainCursor
    wanted, connection.autocommit = connection.autocommit, True
    for setting in _SETTINGS if patience is not None else _SETTINGS[:1]:
        connection.execute(setting)
    connection.autocommit = wanted
    return connection
