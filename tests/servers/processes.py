"""Starting a server process, awaiting the line that says it is ready, and ending it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest


def free_port() -> int:
    """A loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find_binary(name: str, package: str, folders: Sequence[Path] = ()) -> str:
    """The path of a server's program; skips the test with the reason where it is not installed."""
    for folder in folders:
        if (folder / name).exists():
            return str(folder / name)
    if found := shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"):
        return found
    pytest.skip(f"{name} is not installed: apt-get install {package}")


def server_user() -> str | None:
    """Whom servers run as that refuse root; None: as ourselves, who are not root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def dropped(command: Sequence[str], user: str | None, death_signal: str = "KILL") -> list[str]:
    """The command run as `user`, ending when we end, however that happens."""
    prefix = ["setpriv", f"--pdeathsig={death_signal}"]
    if user is not None:
        group = pwd.getpwnam(user).pw_gid
        prefix += [f"--reuid={user}", f"--regid={group}", "--clear-groups"]
    return [*prefix, *command]


@contextmanager
def server_folder(user: str | None) -> Iterator[Path]:
    """A private folder for a server's files. Not below pytest's own, which no other user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="destui-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(
    command: Sequence[str],
    ready: str,
    seconds: float = 30,
    environment: Mapping[str, str] | None = None,
    log: list[str] | None = None,
    ending: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[str]]:
    """The server while it runs: from the line of its log that holds `ready` until the signal `ending`. What it logs is
    added to `log`, line by line."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", **(environment or {})},
    )  # fmt: skip
    seen = threading.Event()
    log = [] if log is None else log

    def read() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            log.append(line)
            if ready in line:
                seen.set()
        seen.set()  # it has ended: nobody should wait on

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        if not seen.wait(seconds) or process.poll() is not None:
            raise RuntimeError(f"{command} did not start: {''.join(log[-20:])}")
        yield process
    finally:
        process.send_signal(ending)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(5)
