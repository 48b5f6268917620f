"""`destui store`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind, usage
from destui.config import load_config

HELP = """
destui store upgrade

Brings the store to this program's schema. An embedded store is also upgraded whenever it is opened, after a copy.
"""
OPTIONS: dict[str, Kind] = {}


def run(arguments: Arguments) -> int:
    """Upgrade it."""
    if arguments.words != ["upgrade"]:
        raise usage("store", "needs: upgrade")
    from destui.store.opening import upgrade

    print(f"The store has schema {upgrade(load_config())}.")
    return 0
