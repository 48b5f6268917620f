"""Servers that answer strangely, acted out by a socket that plays back bytes."""

from __future__ import annotations

import os
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from destui.connectors.base import Fault
from destui.connectors.ladder import run_ladder
from destui.connectors.libpq import pem_files, sign_in
from destui.connectors.libpq_trace import Told
from destui.connectors.network import Lifeline
from destui.domain.check import Outcome
from destui.domain.secret import Secret


def refusal(code: str, message: str, severity: str = "FATAL", encoding: str = "utf-8", **others: str) -> bytes:
    """PostgreSQL's ErrorResponse, with `others` as its fields; those that are empty are left out."""
    fields = {"S": severity, "V": "FATAL", "C": code, "M": message, "F": "x.c", "L": "1", "R": "x", **others}
    told = {key: value.encode(encoding) for key, value in fields.items() if value}
    body = b"".join(key.encode() + value + b"\0" for key, value in told.items()) + b"\0"
    return b"E" + struct.pack("!i", len(body) + 4) + body


@pytest.fixture
def play() -> Iterator[Callable[..., Any]]:
    """Start a server that answers the nth connection's first bytes with the nth answer, and then hangs up."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)

        def serve(answers: tuple[bytes, ...]) -> None:
            for answer in answers:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return  # the test is over
                with connection:
                    connection.recv(1000)
                    connection.sendall(answer)

        def start(*answers: bytes) -> int:
            threading.Thread(target=serve, args=(answers,), daemon=True).start()
            return listening.getsockname()[1]

        yield start


def check(port: int, tls: str, seen: list[str] | None = None) -> Outcome:
    fields = {"host": "127.0.0.1", "port": port, "database": "d", "user": "u", "tls": tls}
    return run_ladder(
        "postgres", fields, {"password": Secret("hush hush")}, token="t", cancel=threading.Event(),
        on_step=lambda position, step: seen.append(step.message) if seen is not None else None,
        deadlines={"sign in": 2, "encrypt": 2},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "causes"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "wrong_protocol"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "wrong_protocol"),
        (b"J\0\0\0\n8.0.36", "wrong_protocol"),
        (b"N", "tls_not_offered"),
        (b"", "wrong_protocol server_unavailable connection_dropped"),
    ],
    ids=["http", "ssh", "mysql", "no tls", "nothing"],
)
def test_answers_to_the_request_for_tls(play: Any, answer: bytes, causes: str) -> None:
    # reach leaves its connection to encrypt, so there is only one
    found = check(play(answer), "require").diagnosis
    assert found is not None
    assert (found.step, found.causes) == ("encrypt", tuple(causes.split()))


def test_the_code_counts_not_what_the_message_pretends(play: Any) -> None:
    lie = 'no space left" F "x"\n\tErrorResponse\t S "FATAL" V "FATAL" C "53100" M "disk full'
    found = check(play(b"", refusal("28P01", lie)), "off").diagnosis
    assert found is not None
    assert (found.step, found.code) == ("sign in", "PG-28P01")


def test_a_translated_severity_is_no_part_of_the_message(play: Any) -> None:
    found = check(play(b"", refusal("28P01", "mot de passe refusé", "FATAL FRANÇAIS")), "off").diagnosis
    assert found is not None
    assert (found.code, found.message) == ("PG-28P01", "mot de passe refusé")


def test_a_server_that_tells_no_severity_in_english(play: Any) -> None:
    # as before PostgreSQL 9.6, Redshift and some poolers do
    words = "l'authentification par mot de passe a échoué pour l'utilisateur «\xa0u\xa0»"
    found = check(play(b"", refusal("28P01", words, "FATAL", "latin-1", V="")), "off").diagnosis
    assert found is not None and (found.code, found.driver_code) == ("PG-28P01", "SQLSTATE 28P01")
    seen: list[str] = []
    full = refusal("53300", "sorry, the pool is at its ceiling", V="", R="")
    found = check(play(b"", *[full] * 50), "off", seen).diagnosis
    assert found is not None and found.code == "PG-53300"
    assert "too many connections, trying again" in seen


def test_what_a_server_tells_is_heard_however_often_it_refuses(play: Any) -> None:
    port = play(*[refusal("28P01", "no")] * 3_000)
    parameters = {"host": "127.0.0.1", "port": str(port), "user": "u", "dbname": "d", "sslmode": "disable"}

    def codes(times: int) -> set[str]:
        found = set()
        for _ in range(times):
            with pytest.raises(Fault) as refused:
                sign_in(parameters, 5, Lifeline())
            found.add(refused.value.code)
        return found

    assert codes(500) == {"28P01"}
    before = resident()
    assert codes(2_500) == {"28P01"}
    assert resident() - before < 2 << 20, "2,500 streams of psycopg's own would be 12 MB"


def resident() -> int:
    """This process's memory in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere libpq's trace is not had")
def test_the_trace_is_overwritten_and_freed(play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[tuple[bytearray, bytes]] = []
    monkeypatch.setattr(Told, "read", lambda told, heard: kept.append((heard, bytes(heard))))
    asked = b"R" + struct.pack("!ii", 8, 3)
    parameters = {"host": "127.0.0.1", "port": str(play(asked)), "user": "u", "dbname": "d", "password": "hush hush"}
    with pytest.raises(Fault):
        sign_in({**parameters, "sslmode": "disable"}, 5, Lifeline())
    ((heard, before),) = kept
    assert b"hush hush" in before, "the test is good for nothing"
    assert heard == bytes(len(before))


def test_a_server_that_starts_is_waited_for(play: Any) -> None:
    seen: list[str] = []
    starting = refusal("57P03", "the database system is starting up")
    found = check(play(b"", starting, refusal("28P01", "no")), "off", seen).diagnosis
    assert "the server is starting up, trying again" in seen
    assert found is not None and found.code == "PG-28P01"


def test_a_password_is_sent_once_and_told_to_nobody(play: Any) -> None:
    found = check(play(b"", refusal("28P01", "who is hush hush?")), "off").diagnosis
    assert found is not None and found.message == "who is •••?"


@pytest.mark.parametrize("platform", ["linux", "elsewhere"])
def test_a_key_is_a_file_for_nobody_else_and_gone_afterwards(
    platform: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("destui.connectors.libpq.sys.platform", platform)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pem_files(key="ключ", roots="") as files:
        path = Path(files["key"])
        assert path.read_text() == "ключ" and path.stat().st_mode & 0o777 == 0o600 and list(files) == ["key"]
        assert list(tmp_path.iterdir()) == ([] if platform == "linux" else [path]), "a kill would leave it"
    assert not path.exists() and list(tmp_path.iterdir()) == []
