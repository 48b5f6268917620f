"""A real Secret Service: gnome-keyring-daemon in a D-Bus session of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.processes import find_binary

_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>
"""


@dataclass
class SecretService:
    """A session bus with an unlocked keyring on it."""

    address: str
    folder: Path
    environment: dict[str, str]
    bus: subprocess.Popen[bytes]
    keyring: subprocess.Popen[bytes]

    @property
    def session(self) -> dict[str, str]:
        """The variables by which a program finds it."""
        return {name: self.environment[name] for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")}

    def lock(self) -> None:
        """Lock the login collection, as a screen lock may do. Nobody is there to unlock it again."""
        self._call("Lock")

    def end_keyring(self) -> None:
        """The keyring goes, the bus stays."""
        self.keyring.send_signal(signal.SIGKILL)
        self.keyring.wait()

    def start_keyring(self) -> None:
        """The keyring comes (back), unlocked with its password."""
        self.keyring = _start_keyring(self.environment, find_binary("gnome-keyring-daemon", "gnome-keyring"))

    def end_bus(self) -> None:
        """The bus goes, and the keyring with it."""
        for process in (self.bus, self.keyring):
            process.kill()
            process.wait()

    def start_bus(self) -> None:
        """The bus comes back at the same address, and an unlocked keyring on it."""
        self.bus = _start_bus(self.folder)
        self.start_keyring()

    def _call(self, method: str) -> None:
        collection = "array:objpath:/org/freedesktop/secrets/collection/login"
        subprocess.run(
            [
                "dbus-send", f"--bus={self.address}", "--print-reply", "--dest=org.freedesktop.secrets",
                "/org/freedesktop/secrets", f"org.freedesktop.Secret.Service.{method}", collection,
            ],
            check=True, capture_output=True, timeout=20,
        )  # fmt: skip


def _start_bus(folder: Path) -> subprocess.Popen[bytes]:
    program = find_binary("dbus-daemon", "dbus")
    (folder / "bus").unlink(missing_ok=True)
    bus = subprocess.Popen(
        ["setpriv", "--pdeathsig=KILL", program, f"--config-file={folder / 'bus.conf'}", "--print-address", "--nofork"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert bus.stdout is not None
    bus.stdout.readline()  # its address: it listens
    return bus


def _start_keyring(environment: dict[str, str], daemon: str) -> subprocess.Popen[bytes]:
    command = ["setpriv", "--pdeathsig=KILL", daemon, "--foreground", "--components=secrets", "--unlock"]
    keyring = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert keyring.stdin is not None and keyring.stdout is not None
    keyring.stdin.write(b"the keyring's password")
    keyring.stdin.close()
    keyring.stdout.readline()  # GNOME_KEYRING_CONTROL=…: it is on the bus
    return keyring


@contextmanager
def start() -> Iterator[SecretService]:
    """A session bus and a keyring, ended afterwards."""
    daemon = find_binary("gnome-keyring-daemon", "gnome-keyring")
    folder = Path(tempfile.mkdtemp(prefix="destui-"))
    (folder / "bus.conf").write_text(_CONFIG.format(socket=folder / "bus"))
    dbus = _start_bus(folder)
    address = f"unix:path={folder / 'bus'}"
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "XDG_RUNTIME_DIR": str(runtime),
        "XDG_DATA_HOME": str(folder / "data"), "DBUS_SESSION_BUS_ADDRESS": address, "LANG": "C.UTF-8",
    }  # fmt: skip
    service = SecretService(address, folder, environment, dbus, _start_keyring(environment, daemon))
    try:
        yield service
    finally:
        for process in (service.keyring, service.bus):
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def secret_service() -> Iterator[SecretService]:
    """A session bus and a keyring for one test."""
    with start() as service:
        yield service
