"""A keyring that says nothing: one call hangs, the others are told, and all goes on when it answers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from destui.domain.errors import VaultUnavailable
from destui.services.context import Context
from destui.vault import system
from tests.fixtures import Home, environment
from tests.servers.secret_service import SecretService

pytestmark = pytest.mark.embedded  # a team's store seals its secrets

MANY = 20
_ADD_MANY = """
import json, sys
from destui.config import load_config
from destui.domain.secret import Secret
from destui.services import destinations
from destui.services.context import Context
from destui.store.opening import open_store
class Quiet(Context):
    def wake_worker(self): pass
config, told = load_config(), json.load(sys.stdin)
ctx = Quiet(config, open_store(config))
for n in range(told["many"]):
    fields = {"host": f"127.0.{n}.1", "port": told["port"], "database": "d", "user": "u"}
    destinations.add(ctx, "postgres", f"orders{n}", fields, {"password": Secret("pw")})
"""


def test_while_one_call_hangs_the_others_are_told_and_the_next_one_goes_on() -> None:
    its_end, end_it = os.pipe()
    with pytest.raises(VaultUnavailable, match="does not answer"):
        system.with_deadline(lambda: os.read(its_end, 1), 0.1)
    before = threading.active_count()
    began = time.monotonic()
    for _ in range(50):
        with pytest.raises(VaultUnavailable, match=r"does not answer\. Unlock it"):
            system.with_deadline(lambda: pytest.fail("a second call is under way"), 30)
    assert time.monotonic() - began < 10, "told at once"
    assert threading.active_count() == before
    (hung,) = [thread for thread in threading.enumerate() if thread.name == "keyring"]
    os.write(end_it, b"1")
    hung.join(10)
    assert system.with_deadline(lambda: "answers", 30) == "answers"
    for end in (its_end, end_it):
        os.close(end)


def test_who_comes_before_it_counts_as_hung_waits_for_the_turn_and_no_longer_than_told() -> None:
    its_end, end_it = os.pipe()
    first = threading.Thread(target=system.with_deadline, args=(lambda: os.read(its_end, 1), 30))
    first.start()
    try:
        with pytest.raises(VaultUnavailable, match="does not answer"):
            system.with_deadline(lambda: pytest.fail("it had no turn"), 0.1)
        answers: list[int] = []
        others = [
            threading.Thread(target=lambda n=n: answers.append(system.with_deadline(lambda: n, 30)))  # type: ignore[misc]
            for n in range(5)
        ]
        for other in others:
            other.start()
    finally:
        os.write(end_it, b"1")
    for thread in (first, *others):
        thread.join(30)
    assert sorted(answers) == list(range(5))
    for end in (its_end, end_it):
        os.close(end)


def test_what_a_call_raises_is_told_by_its_kind_and_the_next_one_goes_on() -> None:
    def fails() -> None:
        raise OSError("quotes the secret")

    with pytest.raises(VaultUnavailable, match=r"not available \(OSError\)") as told:
        system.with_deadline(fails, 30)
    assert "quotes" not in str(told.value)
    assert system.with_deadline(lambda: 1, 30) == 1


def test_checks_that_wait_for_a_silent_keyring_take_no_files_and_go_on(
    tmp_path: Path, secret_service: SecretService
) -> None:
    folder = tmp_path / "home"
    home = Home(folder, environment(folder, **secret_service.session, DESTUI_SECRETS="keyring"))
    add_many(home)
    ctx = home.context()
    secret_service.keyring.send_signal(signal.SIGSTOP)
    worker = subprocess.Popen(home.command("worker", "run"), env=home.environment)
    try:
        assert within(25, lambda: waiting(ctx) == MANY), ctx.store.fetch("SELECT state, waits_for FROM checks")
        assert sockets(worker.pid) < 8, "each try has left a connection"
        secret_service.keyring.send_signal(signal.SIGCONT)
        assert within(40, lambda: refused(ctx) == MANY), ctx.store.fetch("SELECT state, waits_for FROM checks")
    finally:
        secret_service.keyring.send_signal(signal.SIGCONT)
        worker.kill()
        worker.wait()
        ctx.store.close()


def add_many(home: Home) -> None:
    """Destinations on servers of their own, since of one few are checked at once, which nobody listens for."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        given = json.dumps({"many": MANY, "port": taken.getsockname()[1]})
        subprocess.run([sys.executable, "-c", _ADD_MANY], env=home.environment, input=given, text=True, check=True)


def within(seconds: float, is_so: object) -> bool:
    assert callable(is_so)
    ends_at = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.1)  # that a check waits is told nobody else
    return True


def waiting(ctx: Context) -> int:
    return int(ctx.store.fetch("SELECT count(*) FROM checks WHERE waits_for LIKE '%does not answer%'")[0][0])


def refused(ctx: Context) -> int:
    """Checks that got their secrets, and as far as the server."""
    return int(ctx.store.fetch("SELECT count(*) FROM checks WHERE code = 'NET-REFUSED'")[0][0])


def sockets(pid: int) -> int:
    files = [file for file in Path(f"/proc/{pid}/fd").iterdir() if file.is_symlink()]
    return sum(os.readlink(file).startswith("socket:") for file in files)
