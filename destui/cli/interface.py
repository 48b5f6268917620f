"""`destui` alone: the interface."""

from __future__ import annotations

import signal
import sys

from destui.cli.arguments import Arguments, Kind, usage
from destui.config import Config, load_config

HELP = """
destui [--read-only] [--filter TEXT]

Opens the interface on your store. --read-only leaves out every action that changes something.
"""
ENDING = (signal.SIGHUP, signal.SIGTERM)
OPTIONS = {"read-only": Kind.FLAG, "filter": Kind.VALUE}


def run(arguments: Arguments) -> int:
    """Open the interface; without a terminal: a message and exit 2."""
    if arguments.words:
        from destui.cli.overview import misplaced

        raise misplaced(arguments.words[0])
    return open_interface(load_config(), read_only=arguments.flag("read-only"), filter=arguments.value("filter") or "")


def open_interface(config: Config, *, read_only: bool = False, filter: str = "") -> int:
    """Run the interface on this terminal. Raises InvalidInput without one."""
    # They wait until the interface can answer them: a terminal that goes away while it starts is not left half changed,
    # and where hang-ups are ignored, the one there is for it is not lost.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise usage("interface", "the interface needs a terminal; in scripts use the commands")
        from destui.tui import app

        return app.run(config, read_only=read_only, filter=filter)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
