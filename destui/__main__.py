"""The command `destui`."""

from __future__ import annotations

import os
import resource
import sys


def main() -> int:
    """Run the verb that was given, or the interface; returns the exit code."""
    os.umask(0o077)  # whatever is created is for this user alone
    _dump_nothing()
    _ensure_streams()
    try:
        from destui.cli import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # before `run` could take it
        print("destui: stopped", file=sys.stderr)
        return 130


def _dump_nothing() -> None:
    """A core dump would hold secrets. Where a program takes the dumps (core(5), `core_pattern`) Linux keeps to no
    limit: for that the memory is left out of them."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        parts = os.open("/proc/self/coredump_filter", os.O_WRONLY)  # what this starts inherits it
    except OSError:  # no Linux
        return
    os.write(parts, b"0")
    os.close(parts)


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
