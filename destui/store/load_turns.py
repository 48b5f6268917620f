"""Loads that wait in the queue while another one has their file: no worker's place is taken by what would only wait.

A destination stands for its file. Two destinations of one path, and what changes while a load runs, is left to the runs
themselves (`loads/turns.py`). Portable SQL, no SQLAlchemy.
"""

from __future__ import annotations

_BEGUN = "begun.kind = 'load' AND begun.state IN ('queued', 'claimed') AND begun.state = 'claimed'"
"""`state` twice: SQLite takes the index of what is open only by that index's own words."""


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
