"""The command `destui`."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the verb that was given, or the interface; returns the exit code."""
    os.umask(0o077)  # whatever is created is for this user alone
    from destui.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
