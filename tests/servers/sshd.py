"""An SSH server on loopback, with a host key and a user key of its own."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.processes import dropped, find_binary, free_port, running, server_folder


@dataclass(frozen=True)
class Sshd:
    """A running SSH server and what a client needs to sign in as ourselves."""

    host: str
    port: int
    user: str
    identity_file: Path
    known_hosts: Path

    def command(self, *words: str) -> list[str]:
        """The client's command line, asking nothing."""
        options = ("-F", "none", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={self.known_hosts}")
        where = ("-i", str(self.identity_file), "-p", str(self.port), f"{self.user}@{self.host}")
        return ["ssh", *options, *words[:-1], *where, *words[-1:]]


@contextmanager
def start() -> Iterator[Sshd]:
    """An SSH server that lets the user of the tests in by key."""
    program = find_binary("sshd", "openssh-server")
    find_binary("ssh", "openssh-client")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd refuses to run as root without it
    port = free_port()
    with server_folder(None) as folder:
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)], check=True)
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
        (folder / "config").write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\n"
            f"AuthorizedKeysFile {folder / 'user.pub'}\nStrictModes no\nUsePAM no\nPidFile none\n"
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n"
        )
        command = [program, "-D", "-e", "-f", str(folder / "config")]
        with running(dropped(command, None, "TERM"), "Server listening on"):
            user = pwd.getpwuid(os.geteuid()).pw_name
            yield Sshd("127.0.0.1", port, user, folder / "user", folder / "known_hosts")


@pytest.fixture(scope="session")
def sshd() -> Iterator[Sshd]:
    """An SSH server that lets the user of the tests in by key."""
    with start() as server:
        yield server
