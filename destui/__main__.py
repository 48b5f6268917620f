"""The command `destui`."""

from __future__ import annotations

import os
import resource
import sys


def main() -> int:
    """Run the verb that was given, or the interface; returns the exit code."""
    os.umask(0o077)  # whatever is created is for this user alone
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold secrets
    _ensure_streams()
    try:
        from destui.cli import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # before `run` could take it
        print("destui: stopped", file=sys.stderr)
        return 130


def _ensure_streams() -> None:
    """Streams that were closed (`destui list >&-`) lead nowhere: the store's file must not get their numbers."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))


if __name__ == "__main__":
    sys.exit(main())
