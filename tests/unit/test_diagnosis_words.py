"""Phrases: how they are found in what servers say, what they catch, and that those of the catalogues are sound."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destui.connectors import mysql_languages, postgres_languages, registry, system_languages
from destui.connectors.catalogue import Entry, Failure
from destui.connectors.diagnosis import explain_message
from destui.connectors.system_codes import codes_in, windows_codes_in
from destui.connectors.words import Heard, find, pieces


@pytest.mark.parametrize(
    ("phrase", "message", "caught"),
    [
        ("too many connections", "FATAL:  Too  many\tconnections", {}),
        ("too many connections", "too many connectionss", None),
        ("many connections", "toomany connections", None),
        ("connection…", "connections", {}),
        ("…nections", "connections", {}),
        ('role "{user}" does not exist', 'FATAL: role "Ann B" does not exist', {"user": "Ann B"}),
        ('role "{user}" does not exist', "Rolle »ann« und role «ann» does not exist", {"user": "ann"}),
        ('role "{user}" does not exist', 'role "a" is not permitted, role "b" does not exist', {"user": "b"}),
        ('role "{user}" does not exist', 'role "" does not exist', None),
        ("no such user: {user}", "no such user: ann, bye", {"user": "ann"}),
        ("could not {what} file … permission denied", "could not open file x: Permission denied", {"what": "open"}),
        ("lost connection … timed out", "Lost connection during query (timed out)", {}),
        ("lost connection … timed out", "Lost connection\ntimed out", None),
        ("^auth failed$", "FATAL: auth failed", {}),
        ("^auth failed$", "PAM auth failed", None),
        ("^auth failed$", "auth failed for ann", None),
        ("^0, '')", "(0, '')", {}),
        ("wert \"{a}\"", "Wert >>x<<", {"a": "x"}),
    ],
)  # fmt: skip
def test_a_phrase_and_what_it_catches(phrase: str, message: str, caught: dict[str, str] | None) -> None:
    assert find((phrase,), Heard(message)) == caught


def test_the_first_phrase_that_is_there_counts() -> None:
    heard = Heard('role "ann" does not exist')
    assert find(("nobody", 'role "{a}" does', 'role "{b}" does'), heard) == {"a": "ann"}


def test_a_letter_that_becomes_two_moves_no_value() -> None:
    assert find(('role "{user}" is', ), Heard('İİİ role "ann" is')) == {"user": "ann"}  # fmt: skip


@pytest.mark.parametrize(
    "hostile", ['role "' * 12_000, "lost connection " * 4_000, "x" * 64_000, "permission denied " * 3_500]
)
def test_a_hostile_message_takes_no_time(hostile: str) -> None:
    started = time.process_time()
    explain_message("postgres", hostile)
    assert time.process_time() - started < 2


@given(st.text(max_size=200))
def test_any_message_is_taken(message: str) -> None:
    for type_id in registry.type_ids():
        registry.catalogue(type_id).find(Failure(message))


@pytest.mark.parametrize(
    ("message", "names"),
    [
        ("[Errno 111] Connection refused", ["ECONNREFUSED"]),
        ("connect ECONNREFUSED 10.0.0.1:5432", ["ECONNREFUSED"]),
        ("Connection refused (os error 61)", ["ECONNREFUSED"]),
        ("Connection refused (0x0000274D/10061)", ["ECONNREFUSED"]),
        ("[Errno -3] Temporary failure", ["EAI_AGAIN"]),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", ["ssl:WRONG_VERSION_NUMBER"]),
        ("[Errno 12345678901] what", []),
        ("DEACCESSED and EIOU", []),
    ],
)
def test_numbers_and_names_of_the_system_are_read_from_words(message: str, names: list[str]) -> None:
    assert [*codes_in(Heard(message))] == names


def test_windows_numbers_say_more_than_what_python_makes_of_them() -> None:
    assert windows_codes_in(Heard("[WinError 32] used by another process: 'x'")) == ("EBUSY",)
    assert explain_message("folder", "[WinError 32] 'x'", exception="PermissionError", code="EACCES").causes == (
        "locked",
    )


def entries() -> Iterator[Entry]:
    for type_id in registry.type_ids():
        yield from registry.catalogue(type_id).entries


def phrases() -> Iterator[str]:
    for entry in entries():
        yield from entry.words
    for table in (postgres_languages.PHRASES, postgres_languages.LOST, system_languages.PHRASES):
        for others in table.values():
            yield from others


def test_phrases_are_written_as_they_are_looked_for() -> None:
    for phrase in phrases():
        (_, first), *others = pieces(phrase)
        assert first.strip(), phrase  # a phrase begins with text: it is what the search begins with
        assert all(literal for name, literal in others[:-1] if name), phrase
        assert all(literal == literal.lower() and "  " not in literal for _, literal in pieces(phrase)), phrase


def test_no_phrase_stands_twice_in_an_entry_and_entries_are_reached() -> None:
    for entry in entries():
        assert len(entry.words) == len(set(entry.words)), entry.code
        assert entry.codes or entry.exceptions or entry.words, entry.code
        assert not set(entry.codes) & set(entry.among), entry.code
        assert not entry.among or entry.words, entry.code


@pytest.mark.parametrize(
    ("table", "types"),
    [
        (postgres_languages.PHRASES, ["postgres"]),
        (mysql_languages.PHRASES, ["mysql"]),
        (system_languages.PHRASES, ["postgres", "folder"]),
    ],
)
def test_what_is_known_in_other_languages_says_something_in_english(
    table: dict[str, tuple[str, ...]], types: list[str]
) -> None:
    for english in table:
        told = [explain_message(type_id, english.replace("{1}", "x")).code for type_id in types]
        assert any(not code.endswith("-UNKNOWN") for code in told), english


LOCALISED = [
    ("postgres", "PG-28P01", (
        "FATAL:  Passwort-Authentifizierung für Benutzer »loader« fehlgeschlagen",
        "FATAL:  Passwort-Authentifizierung f?r Benutzer >>loader<< fehlgeschlagen",
        "FATAL:  authentification par mot de passe échouée pour l'utilisateur  « loader »",
        'FATAL:  ユーザー"loader"のパスワード認証に失敗しました',
        'ВАЖНО:  пользователь "loader" не прошёл проверку подлинности (по паролю)',
        "FATAL:  la autentificación password falló para el usuario «loader»",
    )),
    ("postgres", "PG-NOLOGIN", ('dlya roli "loader" vxod zapreshhyon',)),  # as a server of locale C writes Russian
    ("postgres", "PG-NO-ROLE", (
        "FATAL:  Rolle »loader« existiert nicht", "FATAL:  le rôle « loader » n'existe pas",
    )),
    ("postgres", "PG-42501", (
        "keine Berechtigung für Schema analytics", "スキーマ analytics へのアクセスが拒否されました",
    )),
    ("postgres", "NET-REFUSED", (
        "konnte nicht verbinden: Verbindungsaufbau abgelehnt", "В соединении отказано", "接続を拒否されました",
        "Es konnte keine Verbindung hergestellt werden, da der Zielcomputer die Verbindung verweigerte",
    )),
    ("folder", "DIR-NOT-PERMITTED", (
        "Zugriff verweigert", "Accès refusé.", "Отказано в доступе", "Keine Berechtigung",
    )),
    ("folder", "DIR-MISSING", ("Datei oder Verzeichnis nicht gefunden", "Нет такого файла или каталога")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("type_id", "code", "message"),
    [(type_id, code, message) for type_id, code, messages in LOCALISED for message in messages],
)
def test_other_languages_say_the_same(type_id: str, code: str, message: str) -> None:
    assert explain_message(type_id, message).code == code


def test_a_code_and_the_number_of_lost_letters_tell_what_neither_does_alone() -> None:
    no_login, no_role = 'FATAL:  ???"loader"?????????????', 'FATAL:  ???"loader"???????'  # Japanese
    routine = "28000:InitializeSessionUserId"
    assert explain_message("postgres", no_login, code="28000").code == "PG-NOLOGIN"
    assert explain_message("postgres", no_role, code="28000").code == "PG-UNKNOWN"  # one in Chinese has as many
    assert explain_message("postgres", no_role, code=routine).code == "PG-NO-ROLE"
    assert explain_message("postgres", no_login).code == "PG-UNKNOWN"
    assert explain_message("postgres", 'FATAL:  ???"loader"??', code="28000").code == "PG-UNKNOWN"
