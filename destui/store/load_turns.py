"""Loads that wait in the queue while another one has their file: no worker's place is taken by what would only wait.

A destination stands for its file. Two destinations of one path, and what changes while a load runs, is left to the runs
themselves (`loads/turns.py`). Portable SQL, no SQLAlchemy.
"""

from __future__ import annotations


def _written(*types: str) -> str:
    """The destinations of these types into which a load writes that is begun. One that waits for the vault does not."""
    listed = ", ".join(f"'{kind}'" for kind in types)
    return (  # `state` twice: SQLite takes the index of what is open only by that index's own words
        "SELECT f.id FROM jobs begun JOIN load_runs w ON w.id = begun.run_id"  # noqa: S608
        " JOIN destinations f ON f.id = begun.destination_id"
        " WHERE begun.kind = 'load' AND begun.state IN ('queued', 'claimed')"
        f" AND begun.state = 'claimed' AND w.state <> 'waiting' AND f.type IN ({listed})"
    )


HAS_FILE = f"(o.destination_id IN ({_written('sqlite', 'duckdb')}) OR o.source_id IN ({_written('duckdb')}))"
"""Another load writes into the file that the order `o` writes, or into the DuckDB file that it reads. A load that waits
for its readers is begun: otherwise they could keep it waiting for ever."""
