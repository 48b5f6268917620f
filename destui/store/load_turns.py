"""Loads that wait in the queue while another one has their file: no worker's place is taken by what would only wait.

A destination stands for its file. Two destinations of one path, and what changes while a load runs, is left to the runs
themselves (`loads/turns.py`). Portable SQL, no SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Iterable

from destui.store.engine import Tx
from destui.store.open_jobs import is_claimed

_BEGUN = f"begun.kind = 'load' AND {is_claimed('begun')}"


def _written(*types: str) -> str:
    """The destinations of these types into which a load writes that is begun. One that waits for the vault does not."""
    listed = ", ".join(f"'{kind}'" for kind in types)
    return (
        "SELECT f.id FROM jobs begun JOIN load_runs w ON w.id = begun.run_id"  # noqa: S608
        " JOIN destinations f ON f.id = begun.destination_id"
        f" WHERE {_BEGUN} AND w.state <> 'waiting' AND f.type IN ({listed})"
    )


HAS_FILE = f"(o.destination_id IN ({_written('sqlite', 'duckdb')}) OR o.source_id IN ({_written('duckdb')}))"
"""Another load writes into the file that the order `o` writes, or into the DuckDB file that it reads. A load that waits
for its readers is begun: otherwise they could keep it waiting for ever."""
_TAKEN = f"SELECT begun.run_id FROM jobs begun WHERE {_BEGUN}"  # noqa: S608
WAITS = f"(r.state = 'queued' AND {HAS_FILE} AND r.id NOT IN ({_TAKEN}))"
"""The run `r` of the order `o` waits so."""
_OF_FILE = (
    "SELECT r.id, o.id FROM load_orders o JOIN load_runs r ON r.id = o.run_id JOIN destinations d"
    " ON d.id = o.destination_id AND d.type IN ('sqlite', 'duckdb') OR d.id = o.source_id AND d.type = 'duckdb'"
    " WHERE d.id = :id AND (o.destination_id = :id OR o.source_id = :id) AND r.state = 'queued'"
)


def touch(tx: Tx, destination_ids: Iterable[str | None]) -> None:
    """Tell the others that loads in the queue may have begun or ceased to wait for the files of these destinations:
    a load of theirs has begun, ended, or gone back."""
    from sqlalchemy import text

    for identity in {found for found in destination_ids if found is not None}:
        for run_id, order_id in tx.execute(text(_OF_FILE), {"id": identity}):
            tx.touch("run", run_id)
            tx.touch("order", order_id)
