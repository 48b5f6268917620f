"""The command line in processes of its own that need not import everything anew.

The standard library's fork server has imported what is in `tests/preloaded.py`; each command is a copy of
it, with its own environment, streams, process id and exit code. Half a second of computing per command is saved. What
is about a start itself, or is killed, runs `python -m destui` (`Home.command`).
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.preloaded"])


def run(arguments: list[str], environment: Mapping[str, str], stdin: str) -> subprocess.CompletedProcess[str]:
    """Run a command as `subprocess.run` would. Raises TimeoutExpired after 90 s."""
    with TemporaryDirectory() as folder:
        for name, text in (("0", stdin), ("1", ""), ("2", "")):
            Path(folder, name).write_text(text, encoding="utf-8")
        process = _context.Process(target=_command, args=(arguments, dict(environment), os.getcwd(), folder))
        process.start()
        process.join(90)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(arguments, 90)
        out, errors = (Path(folder, name).read_text(encoding="utf-8") for name in ("1", "2"))
        return subprocess.CompletedProcess(arguments, process.exitcode, out, errors)


def _command(arguments: list[str], environment: dict[str, str], folder: str, streams: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    for number, flags in enumerate((os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)):
        opened = os.open(f"{streams}/{number}", flags)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = os.fdopen(0, "r", encoding="utf-8", errors="surrogateescape", closefd=False)  # as LANG=C.UTF-8 has it
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.argv = ["destui", *arguments]
    from destui.__main__ import main

    sys.exit(main())
