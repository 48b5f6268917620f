"""ADBC's sessions with PostgreSQL: made of the same parameters as a check's, their errors told by SQLSTATE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from destui.connectors.base import Fault


def open_session(parameters: Mapping[str, str]) -> Any:
    """A session in a transaction. Its own library reads nothing of the home folder either."""
    import adbc_driver_postgresql.dbapi as adbc
    from psycopg.conninfo import make_conninfo

    nowhere = "/dev/null/none"
    defaults = {
        "passfile": "/dev/null", "sslcert": nowhere, "sslkey": nowhere, "sslrootcert": nowhere, "sslcrl": nowhere,
        "gssencmode": "disable", "client_encoding": "UTF8", "application_name": "destui", "connect_timeout": "10",
    }  # fmt: skip
    with told():
        return adbc.connect(make_conninfo("", **{**defaults, **parameters}))


@contextmanager
def told() -> Iterator[None]:
    """ADBC's errors as Faults with the SQLSTATE and the server's own words."""
    import adbc_driver_manager

    try:
        yield
    except adbc_driver_manager.Error as error:
        parts = {name: value.decode("utf-8", "replace") for name, value in _details(error)}
        words = [parts.get("PG_DIAG_MESSAGE_PRIMARY") or str(error).partition("\n\nQuery was:")[0]]
        words += [f"{kind}:  {parts[key]}" for kind, key in _MORE.items() if key in parts]
        raise Fault(error.sqlstate or "", "\n".join(words)) from error


_MORE = {"DETAIL": "PG_DIAG_MESSAGE_DETAIL", "HINT": "PG_DIAG_MESSAGE_HINT", "CONTEXT": "PG_DIAG_CONTEXT"}


def _details(error: Any) -> list[tuple[str, bytes]]:
    return [
        (name.decode() if isinstance(name, bytes) else name, value if isinstance(value, bytes) else str(value).encode())
        for name, value in error.details or ()
    ]
