"""`destui worker`."""

from __future__ import annotations

import os
import sys

from destui.cli.arguments import Arguments, Kind, usage
from destui.cli.session import open_session
from destui.config import Config, load_config

HELP = """
destui worker run [--if-none]     work in the foreground until stopped; waits while another worker has this store,
                                  or leaves at once with --if-none
destui worker status [--json]     who works, since when and at what, what waits and why, what failed last, sizes
destui worker stop                ask the workers of this host to end
"""
OPTIONS = {
    "json": Kind.FLAG, "if-none": Kind.FLAG, "detached": Kind.FLAG, "lock-fd": Kind.VALUE, "key-fd": Kind.VALUE,
    "ready-fd": Kind.VALUE, "again": Kind.FLAG,
}  # fmt: skip


def run(arguments: Arguments) -> int:
    """Run, show or stop."""
    match arguments.words:
        case ["run"]:
            return _run(arguments)
        case ["status"]:
            from destui.cli import worker_status

            return worker_status.run(as_json=arguments.flag("json"))
        case ["stop"]:
            return _stop()
    raise usage("worker", "needs one of: run, status, stop")


def _run(arguments: Arguments) -> int:
    lock, key, ready = (_handed(arguments, name) for name in ("lock-fd", "key-fd", "ready-fd"))
    if arguments.flag("detached") and os.fork():
        os._exit(0)  # the starter waits for this process alone; the worker goes on without a parent
    config = _with_key(load_config(), key)
    from destui.worker import process

    detached = arguments.flag("detached")
    try:
        return process.run(
            config, lock=lock, wait=not arguments.flag("if-none"), ready=ready, again=arguments.flag("again"),
            idle_seconds=process.IDLE_SECONDS if detached else None,
        )  # fmt: skip
    except Exception as error:
        if not detached:
            raise
        process.tell_end(error)  # nobody else is there to be told
        return 1


def _handed(arguments: Arguments, name: str) -> int | None:
    """The number of an open file that a starter handed on. Raises InvalidInput."""
    if arguments.value(name) is None:
        return None
    number = arguments.number(name, 0)
    try:
        os.fstat(number)
    except OSError:
        raise usage("worker", f"--{name} is for destui's own use") from None
    return number


def _with_key(config: Config, key_fd: int | None) -> Config:
    """The sealing key, handed on through a pipe; kept in this process's memory alone."""
    if key_fd is None:
        return config
    with os.fdopen(key_fd, "rb") as pipe:
        key = pipe.read().decode(errors="surrogateescape")
    return load_config({**config.environment, "DESTUI_KEY": key})


def _stop() -> int:
    ctx = open_session()
    from destui.worker import launch

    ended, left = launch.stop(ctx.config, ctx.store)
    if ended or not left:
        print(f"{ended} stopped." if ended else "No worker of this host runs.")
    if left:
        print(f"destui: {left} did not end in time. See: destui worker status", file=sys.stderr)
    return 1 if left else 0
