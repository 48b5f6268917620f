"""`python -m bench.diagnosis.provoke [NAME…]`: prints a record for each error, as lines of JSON."""

from __future__ import annotations

import importlib
import os
import sys

import pytest

NAMES = (
    "postgres_entry", "postgres_inside", "pgbouncer", "mysql_entry", "mysql_inside", "sqlite", "duckdb", "folder",
    "simulator",
)  # fmt: skip


def main() -> None:
    """Provoke what was asked for, or everything."""
    os.environ["HOME"] = "/home/loader"  # drivers name files in it
    for name in sys.argv[1:] or NAMES:
        try:
            importlib.import_module(f"bench.diagnosis.provoke.{name}").provoke()
        except pytest.skip.Exception as reason:
            print(f"{name}: {reason}", file=sys.stderr)


main()
