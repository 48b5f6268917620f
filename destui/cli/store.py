"""`destui store`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind, usage
from destui.config import load_config
from destui.services.context import upgrade

HELP = """
destui store upgrade

Brings the store to this program's schema. An embedded store is also upgraded whenever it is opened, after a copy. For a
store on PostgreSQL it also makes the sealing key, where there is none yet: copy it to each host that uses the store.
"""
OPTIONS: dict[str, Kind] = {}


def run(arguments: Arguments) -> int:
    """Upgrade it."""
    if arguments.words != ["upgrade"]:
        raise usage("store", "needs: upgrade")
    revision, vault = upgrade(load_config())
    print(f"The store has schema {revision}.")
    if vault:
        print(vault)
    return 0
