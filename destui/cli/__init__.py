"""The command line: one small module a verb, loaded when that verb is called."""

from __future__ import annotations

import errno
import io
import os
import sys
from importlib import import_module

from destui.domain.errors import (
    Conflict,
    DestuiError,
    InvalidInput,
    LimitReached,
    NotFound,
    NotNow,
    StoreUnavailable,
    VaultUnavailable,
    WorkerUnavailable,
)
from destui.domain.safe import visible

TYPE_CHECKING = False  # `typing` itself would cost its import
if TYPE_CHECKING:
    from typing import TextIO

VERBS = {
    "list": "listing", "show": "show", "add": "add", "edit": "edit", "reauthorize": "reauthorize",
    "rollback": "rollback", "check": "check", "cancel": "cancel", "delete": "delete", "trash": "trash",
    "restore": "restore", "export": "export", "limit": "limit", "contact": "contact", "types": "types",
    "events": "events", "explain": "explain", "worker": "worker", "doctor": "doctor", "demo": "demo",
    "vault": "vault", "store": "store", "load": "load",
}  # fmt: skip
"""Verb → the module of this package that does it."""

EXIT_FAILED, EXIT_USAGE, EXIT_LIMIT, EXIT_NOT_FOUND, EXIT_CONFLICT, EXIT_UNAVAILABLE = 1, 2, 3, 4, 5, 6

_CODES: tuple[tuple[type[DestuiError], int], ...] = (
    (InvalidInput, EXIT_USAGE),
    (LimitReached, EXIT_LIMIT),
    (NotFound, EXIT_NOT_FOUND),
    (Conflict, EXIT_CONFLICT),
    (NotNow, EXIT_CONFLICT),
    (StoreUnavailable, EXIT_UNAVAILABLE),
    (VaultUnavailable, EXIT_UNAVAILABLE),
    (WorkerUnavailable, EXIT_UNAVAILABLE),
)


def run(arguments: list[str]) -> int:
    """Run what the arguments say; returns the exit code. Errors are one line on standard error, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name that this terminal cannot print is no reason to fail
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()  # here, where its failure is understood
        return code
    except DestuiError as error:
        _say(str(error))
        return next((code for kind, code in _CODES if isinstance(error, kind)), EXIT_FAILED)
    except KeyboardInterrupt as stopped:
        _say(f"stopped{f'; {stopped}' if stopped.args else ''}")
        return 130
    except EOFError:
        _say("stopped: nothing more to read")
        return EXIT_FAILED
    except Exception as error:
        if isinstance(error, BrokenPipeError) or _is_of_output(error):
            _give_up(sys.stdout)
        if isinstance(error, BrokenPipeError):
            return 0  # the reader has enough (`destui list | head`)
        _say(f"standard output cannot be written: {error.args[1]}" if _is_of_output(error) else _fault(error))
        return EXIT_FAILED


def _is_of_output(error: Exception) -> bool:
    """Whether standard output could not be written: a full disk, a terminal that has gone."""
    return isinstance(error, OSError) and error.filename is None and error.errno in (errno.ENOSPC, errno.EIO)


def _say(sentence: str) -> None:
    """One line on standard error, if anybody reads it."""

    try:
        print(f"destui: {visible(sentence)}", file=sys.stderr)
    except OSError:
        _give_up(sys.stderr)


def _give_up(stream: TextIO) -> None:
    """What is left to be written goes nowhere, or the interpreter fails at its own last flush."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _fault(error: Exception) -> str:
    """A fault of destui's own: one line, and the trace, without local variables, in the log."""
    from datetime import UTC, datetime

    from destui.config import load_config
    from destui.faults import record

    path = record(load_config(), error, datetime.now(UTC), "command.log")
    return f"a fault in destui ({type(error).__name__}).{f' The trace is in {path}.' if path else ''}"


def _dispatch(arguments: list[str]) -> int:
    first = arguments[0] if arguments else ""
    if first in ("--version", "-V"):
        from destui import __version__

        print(f"destui {__version__}")
        return 0
    if first in ("--help", "-h", "help"):
        about = [word for word in arguments[1:2] if word in VERBS]
        print(import_module(f"destui.cli.{VERBS[about[0]] if about else 'overview'}").HELP.strip())
        return 0
    verb, rest = (first, arguments[1:]) if first and not first.startswith("-") else ("interface", arguments)
    module = {"interface": "interface", **VERBS}.get(verb)
    if module is None:
        from destui.cli.overview import unknown_verb

        raise unknown_verb(verb)
    from destui.cli.arguments import parse

    command = import_module(f"destui.cli.{module}")
    if {"--help", "-h"} & set(rest[: rest.index("--") if "--" in rest else None]):
        print(command.HELP.strip())
        return 0
    code: int = command.run(parse(verb, rest, command.OPTIONS))
    return code
