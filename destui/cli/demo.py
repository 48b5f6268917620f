"""`destui demo`: the interface on a throw-away store."""

from __future__ import annotations

import sys

from destui.cli.arguments import Arguments, usage

HELP = """
destui demo

Opens the interface on a throw-away store with a dozen simulated destinations, some initialising while you look, and
with load orders into a file and a folder of its own. It and its worker are gone when you quit.
"""
OPTIONS: dict[str, object] = {}


def run(arguments: Arguments) -> int:
    """Fill a store, open the interface on it, throw it away."""
    arguments.names(0, 0, "no names")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise usage("demo", "the interface needs a terminal")
    from destui.cli.interface import open_interface
    from destui.services.demo import demo_store

    with demo_store() as config:
        return open_interface(config)
