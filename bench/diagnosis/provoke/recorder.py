"""Catching errors, also in a child process that has another user, another network or another disk."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import pwd
import resource
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bench.diagnosis.records import Record, line
from destui.connectors.base import Fault

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
_PATHS = {
    os.path.realpath(sys.executable): "/usr/bin/python3",
    f"{pwd.getpwuid(os.getuid()).pw_dir}/.": "/home/loader/.",
}
"""Paths of the machine that it runs on, and what the record says for them."""
Work = Callable[[], Any]


def name(error: BaseException) -> str:
    """The exception's class as Python tells it."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def code(error: BaseException) -> str | None:
    """SQLSTATE, SQLite's name, MySQL's number, the name of an errno or the code of a step that knows by itself."""
    if isinstance(error, Fault):
        return error.code
    if type(error).__module__ == "pymysql.err" and error.args and isinstance(error.args[0], int):
        return str(error.args[0] or "") or None
    for attribute in ("sqlstate", "sqlite_errorname"):
        if found := getattr(error, attribute, None):
            return str(found)
    if isinstance(error, OSError) and not isinstance(error, socket.gaierror) and "ssl" not in type(error).__module__:
        return errno.errorcode.get(error.errno or 0)
    return None


class Recorder:
    """Prints a record for each error of one type and server; the words of a program have no class."""

    def __init__(self, type_id: str, server: str, program: bool = False) -> None:
        self._type = type_id
        self._server = server
        self._program = program

    def catch(self, step: str, causes: str, work: Work, child: Work | None = None, code_of: str | None = None) -> None:
        """Do what must fail and record it. With `child`, in a child process that first calls it.

        `causes` are ids with spaces between. `code_of` stands for the code where the class does not tell it.
        """
        found = _forked(child, work) if child else _failure(work)
        if found is None:
            print(f"not failed: {self._type} {step} {causes}", file=sys.stderr)
            return
        exception, its_code, text = found
        for ours, everyones in _PATHS.items():
            text = text.replace(ours, everyones)
        record = Record(
            self._type,
            step,
            None if self._program else exception,
            code_of or its_code,
            text,
            tuple(causes.split()),
            f"provoked: {self._server}",
        )
        for fault in record.faults():
            raise AssertionError(f"{fault}: {record}")
        print(line(record), flush=True)


def _failure(work: Work) -> tuple[str, str | None, str] | None:
    try:
        work()
    except Exception as error:
        return name(error), code(error), str(error)
    return None


def _forked(prepare: Work, work: Work) -> tuple[str, str | None, str] | None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            prepare()
            os.write(writing, json.dumps(_failure(work)).encode())
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else None


def nobody() -> None:
    """Become a user without rights."""
    user = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def no_network() -> None:
    """Enter a network with a loopback only."""
    _unshare(CLONE_NEWNET)
    _ip("link set lo up")


def lossy_network() -> None:
    """Enter a network whose default route leads back: what is sent is lost, as behind a firewall."""
    no_network()
    _ip("addr add 192.0.2.1/32 dev lo", "route add default dev lo")


NO_ROUTE = "network_unreachable timeout_firewall"
"""What systems say `No route to host` for: also a firewall that forbids the host."""


def no_route() -> None:
    """Enter a network where the router says that there is no way to the host."""
    lossy_network()
    _ip("route add unreachable 198.51.100.0/24")


def _ip(*commands: str) -> None:
    for command in commands:
        subprocess.run(["ip", *command.split()], check=True)


def _unshare(flag: int) -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(flag) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


@contextmanager
def saying(words: bytes, ask_first: bool = False, hang_up: bool = True) -> Iterator[int]:
    """The port of a server that says the same to everyone, at once or when asked, and hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            if ask_first:
                connection.recv(4096)
            connection.sendall(words)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
            kept.append(connection)

    kept: list[socket.socket] = []
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for connection in kept:
            connection.close()


def limited_files(size: int) -> None:
    """Allow this process only files of so many bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
