"""Servers that answer strangely, acted out by a socket that speaks first, as MySQL does."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from destui.connectors import registry
from destui.connectors.diagnosis import diagnose
from destui.connectors.ladder import run_ladder
from destui.connectors.phrases import mysql_identifier, mysql_string
from destui.domain.check import Outcome
from destui.domain.secret import Secret
from destui.domain.url import parse_url

PASSWORD = "hush hush"


def packet(body: bytes, number: int = 0) -> bytes:
    return struct.pack("<I", len(body) | number << 24) + body


def greeting(offers_tls: bool = False) -> bytes:
    flags = 0x8000 | 0x200 | (0x800 if offers_tls else 0)
    head = b"\x0a8.0.36\0" + struct.pack("<I", 7) + b"12345678\0" + struct.pack("<H", flags)
    return packet(head + struct.pack("<BHHB", 45, 2, 0x8, 21) + bytes(10) + b"123456789012\0mysql_native_password\0")


def refusal(code: int, words: bytes, number: int = 0) -> bytes:
    return packet(b"\xff" + struct.pack("<H", code) + words, number)


@pytest.fixture
def play() -> Iterator[Callable[..., Any]]:
    """Start a server whose nth connection says the nth lines, each after the first when it has heard something.

    Returns the port, and what it hears, in a list that fills.
    """
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)

        def serve(scripts: tuple[list[bytes], ...], heard: list[bytes]) -> None:
            for lines in scripts:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return  # the test is over
                with connection, suppress(OSError):  # the ladder may hang up first
                    for number, line in enumerate(lines):
                        if number:
                            heard.append(connection.recv(4000))
                        connection.sendall(line)
                    connection.shutdown(socket.SHUT_WR)
                    heard.append(connection.recv(4000))

        def start(*scripts: list[bytes]) -> tuple[int, list[bytes]]:
            heard: list[bytes] = []
            threading.Thread(target=serve, args=(scripts, heard), daemon=True).start()
            return listening.getsockname()[1], heard

        yield start


def check(port: int, tls: str, password: str = PASSWORD) -> Outcome:
    fields = {"host": "127.0.0.1", "port": port, "database": "d", "user": "u", "tls": tls}
    return run_ladder(
        "mysql", fields, {"password": Secret(password)}, token="t", cancel=threading.Event(),
        on_step=lambda position, step: None, deadlines={"sign in": 1, "encrypt": 1},
    )  # fmt: skip


def told(outcome: Outcome) -> tuple[str, str, str]:
    assert outcome.diagnosis is not None
    return outcome.diagnosis.step, outcome.diagnosis.code, " ".join(outcome.diagnosis.causes)


@pytest.mark.parametrize(("tls", "step"), [("off", "sign in"), ("require", "encrypt")])
@pytest.mark.parametrize(
    ("lines", "code", "causes"),
    [
        ([b"SSH-2.0-OpenSSH_9.2\r\n"], "MY-NOT-MYSQL", "wrong_protocol"),
        ([b"220 mail.example ESMTP\r\n"], "MY-NOT-MYSQL", "wrong_protocol"),
        ([b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"], "MY-NOT-MYSQL", "wrong_protocol"),
        ([packet(b"\x0b\x08\x05\x1a\0")], "MY-NOT-MYSQL", "wrong_protocol"),
        ([packet(b"\x093.23.58\0")], "MY-OLD", "version_incompatible"),
        ([refusal(1130, b"#HY000Host '10.0.0.9' is not allowed to connect")], "MY-1130", "user_not_allowed_from_host"),
        ([refusal(1130, "Хосту не разрешается".encode("cp1251"))], "MY-1130", "user_not_allowed_from_host"),
        ([refusal(1129, b"Host '10.0.0.9' is blocked")], "MY-1129", "user_not_allowed_from_host"),
        ([refusal(1105, b"#HY000what?")], "MY-UNKNOWN", "unknown"),
    ],
    ids=["ssh", "mail", "http", "x protocol", "protocol 9", "host", "host in russian", "blocked", "vague"],
)
def test_what_is_said_first(play: Any, lines: list[bytes], code: str, causes: str, tls: str, step: str) -> None:
    port, _ = play(lines)
    assert told(check(port, tls)) == (step, code, causes)


def test_an_answer_that_is_too_slow_is_not_taken_for_something_else(play: Any) -> None:
    port, _ = play([b"", greeting()])
    assert told(check(port, "off"))[1] == "NET-SILENT"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (refusal(3159, b"#HY000Connections using insecure transport are prohibited", 2), "MY-3159"),
        (refusal(9000, b"#28000Client with IP address '10.0.0.9' is not allowed to connect", 2), "CLOUD-FIREWALL"),
        (refusal(3118, b"#HY000Access denied for user 'u'@'10.0.0.9'. Account is locked.", 2), "MY-3118"),
        (refusal(1045, b"#28000Access denied for user 'u'@'10.0.0.9' (using password: YES)", 2), "MY-1045"),
        (refusal(1045, b"#28000Acc\xe8s refus\xe9", 2), "MY-1045"),
        (refusal(1251, b"#08004", 2), "MY-2059"),
        (packet(b"\xfedialog\0", 2), "MY-2059"),
        (packet(b"\xfesomething_new\0", 2), "MY-2059"),
        (b"", "MY-2013"),
    ],
)
def test_what_is_answered_to_the_sign_in(play: Any, words: bytes, code: str) -> None:
    port, _ = play([greeting(), words])
    assert told(check(port, "off"))[:2] == ("sign in", code)


def test_the_driver_s_number_counts_not_its_sqlstate() -> None:
    import pymysql

    # 28000 alone would not tell a host that is not allowed from a password that is wrong.
    for number, code in ((1045, "MY-1045"), (1130, "MY-1130"), (1698, "MY-1698"), (4151, "MY-3118")):
        try:
            error = pymysql.OperationalError(number, "in any language", sqlstate="28000")
        except TypeError:  # older versions of the driver keep none
            error = pymysql.OperationalError(number, "in any language")
        assert diagnose("mysql", "sign in", error, {"user": "loader"}).code == code


def test_a_password_is_never_sent_in_clear_text(play: Any) -> None:
    port, heard = play([greeting(), packet(b"\xfemysql_clear_password\0", 2)])
    found = check(port, "off").diagnosis
    assert found is not None and found.causes == ("tls_required",) and found.fix_lines == ("tls=require",)
    assert heard and PASSWORD.encode() not in b"".join(heard)


def test_a_password_of_any_letters_is_sent_once(play: Any) -> None:
    port, heard = play([greeting(), refusal(1045, b"#28000Access denied", 2)])
    assert told(check(port, "off", "пароль 東京"))[1] == "MY-1045"
    assert len([words for words in heard if words]) == 1


def test_a_server_that_takes_back_its_offer_of_tls_gets_no_password(play: Any) -> None:
    tls = [greeting(offers_tls=True), b"\x15\x03\x01\x00\x02\x02\x46"]
    assert told(check(play(tls)[0], "require"))[1] == "TLS-VERSION"


@pytest.mark.parametrize(("name", "quoted"), [("a b", "`a b`"), ("a`b", "`a``b`")])
def test_names_are_quoted(name: str, quoted: str) -> None:
    assert mysql_identifier(name) == quoted


@pytest.mark.parametrize(("text", "quoted"), [("o'hara", "'o''hara'"), ("a\\", "'a\\\\'")])
def test_texts_are_quoted(text: str, quoted: str) -> None:
    assert mysql_string(text) == quoted


@pytest.mark.parametrize(
    ("query", "tls"),
    [("ssl-mode=REQUIRED", "require"), ("ssl-mode=VERIFY_IDENTITY", "verify-full"), ("sslmode=verify-ca", "verify-ca")],
)
def test_a_url(query: str, tls: str) -> None:
    values, secrets = parse_url(registry.spec("mysql"), f"mariadb://u:p%2F@db.example/sales?{query}")
    assert values == {"host": "db.example", "user": "u", "database": "sales", "tls": tls}
    assert secrets == {"password": Secret("p/")}
