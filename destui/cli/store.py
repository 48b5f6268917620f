"""`destui store`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind, usage
from destui.config import load_config
from destui.domain.safe import visible
from destui.services.context import upgrade

HELP = """
destui store upgrade

Brings the store to this program's schema. An embedded store is also upgraded whenever it is opened, after a copy. Of a
store on PostgreSQL no copy is made: make one first, with pg_dump. There it also makes the sealing key, where there is
none yet: copy it to each host that uses the store.
"""
OPTIONS: dict[str, Kind] = {}


def run(arguments: Arguments) -> int:
    """Upgrade it."""
    if arguments.words != ["upgrade"]:
        raise usage("store", "needs: upgrade")
    config = load_config()
    revision, vault = upgrade(config)
    print(f"The store has schema {revision}.")
    if config.store_path is None:
        print("No copy of a PostgreSQL store is made: before the next upgrade make one with pg_dump.")
    if vault:
        print(visible(vault))
    return 0
