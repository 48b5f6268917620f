"""From an error to a sentence and a fix: the user's values, quoting, redaction, hostile text."""

from __future__ import annotations

import re
import socket
import ssl
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destui.connectors import registry
from destui.connectors.base import Fault
from destui.connectors.diagnosis import MAX_MESSAGE, clean, diagnose, explain, explain_message
from destui.connectors.phrases import Phrases, hba_word, network, sql_identifier
from destui.domain.errors import NotFound
from destui.domain.safe import visible_lines
from destui.domain.secret import Secret

FIELDS = {"host": "db", "port": 5432, "database": "dwh", "schema": "analytics", "user": "loader", "tls": "off"}


def test_the_missing_right_of_the_picture() -> None:
    found = diagnose("postgres", "create", Fault("42501", "permission denied for schema analytics"), FIELDS)
    assert found.code == "PG-42501"
    assert found.causes == ("no_create_right",)
    assert found.cause == "The role loader may not create tables in schema analytics."
    assert found.fix_sentence == "Run this as the owner of the schema:"
    assert found.fix_lines == ("GRANT USAGE, CREATE ON SCHEMA analytics TO loader;",)
    assert found.message == "permission denied for schema analytics"


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("loader", "loader"),
        ("Loader", '"Loader"'),
        ("my-role", '"my-role"'),
        ('a"b', '"a""b"'),
        ("1st", '"1st"'),
        ("user", '"user"'),
        ("public", "public"),
        ("x; DROP TABLE t", '"x; DROP TABLE t"'),
        ("東京", '"東京"'),
    ],
)
def test_identifiers_are_quoted_where_they_must_be(name: str, quoted: str) -> None:
    assert sql_identifier(name) == quoted
    fix = diagnose(
        "postgres", "sign in", Fault("28000", 'role "x" is not permitted to log in'), {"user": name}
    ).fix_lines
    assert fix == (f"ALTER ROLE {quoted} LOGIN;",)


def test_words_of_pg_hba_and_networks() -> None:
    assert [hba_word(w) for w in ("dwh", "all", "my db", 'a"b')] == ["dwh", '"all"', '"my db"', '"a""b"']
    assert [network(a) for a in ("10.0.0.1", "fd00::1", "fe80::1%eth0")] == [
        "10.0.0.1/32",
        "fd00::1/128",
        "fe80::1/128",
    ]


def test_a_line_for_pg_hba_has_the_address_that_the_server_saw() -> None:
    words = 'no pg_hba.conf entry for host "10.9.8.7", user "loader", database "dwh", SSL encryption'
    error = Fault("28000:rule", words)
    found = diagnose("postgres", "sign in", error, FIELDS)
    assert found.fix_lines == ("hostssl dwh loader 10.9.8.7/32 scram-sha-256",)
    found = diagnose("postgres", "sign in", Fault("28000:rule", words.replace("SSL", "no")), FIELDS)
    assert found.fix_lines == ("host dwh loader 10.9.8.7/32 scram-sha-256",)


def test_the_firewall_line_has_the_address_that_we_come_from() -> None:
    found = diagnose("postgres", "reach", TimeoutError("timed out"), FIELDS, facts={"client": "10.1.1.1"})
    assert found.causes == ("timeout_firewall",)
    assert found.fix_lines == ("ufw allow proto tcp from 10.1.1.1 to any port 5432",)


def test_the_user_s_values_come_before_what_the_server_claims() -> None:
    error = Fault("42501", 'permission denied for schema "evil" TO public; --')
    assert diagnose("postgres", "create", error, FIELDS).fix_lines == (
        "GRANT USAGE, CREATE ON SCHEMA analytics TO loader;",
    )


def test_without_fields_the_message_fills_what_it_can_and_the_rest_is_nothing_to_paste() -> None:
    found = explain_message("postgres", "permission denied for schema sales", step="create")
    assert found.fix_lines == () and found.step == "create"
    assert found.fix_sentence.endswith(
        "owner of the schema, in this form: GRANT USAGE, CREATE ON SCHEMA sales TO <user>;"
    )


@pytest.mark.parametrize(
    "words",
    [
        'connection to server at "db.example" (10.1.2.3), port 6543 failed: {}',
        'connection to server at "db.example", port 6543 failed: {}',
        'could not connect to server: {}\n\tIs the server running on host "db.example" (10.1.2.3) and accepting\n'
        "\tTCP/IP connections on port 6543?",
        "Connection to db.example:6543 refused. {}",
    ],
)
def test_where_the_words_say_that_it_goes_to(words: str) -> None:
    found = explain_message("postgres", words.format("Connection refused"))
    assert found.cause == "Nothing listens on port 6543 of db.example."


def test_a_place_that_would_do_more_when_pasted_is_not_taken() -> None:
    found = explain_message("postgres", 'connection to server at "db", port 1;reboot failed: timeout expired')
    assert "<port>" in found.fix and "reboot" not in found.fix


@pytest.mark.parametrize(("before", "behind"), [(0, 0), (0, 100_000), (100_000, 0)])
def test_what_went_wrong_may_stand_at_either_end_of_a_long_message(before: int, behind: int) -> None:
    words = f'{"x" * before}\nFATAL: role "loader" is not permitted to log in\n{"x" * behind}'
    found = explain_message("postgres", words)
    assert found.code == "PG-NOLOGIN" and "not permitted to log in" in found.message
    assert len(found.message) <= MAX_MESSAGE


@pytest.mark.parametrize(
    ("type_id", "code", "shown"),
    [
        ("postgres", "42501", "SQLSTATE 42501"),
        ("postgres", "P0001", "SQLSTATE P0001"),
        ("postgres", "28000:InitializeSessionUserId", "SQLSTATE 28000"),
        ("postgres", "EPERM", ""),
        ("postgres", "deadline", ""),
        ("mysql", "1045:clear", "error 1045"),
        ("mysql", "0", ""),
        ("mysql", "wrong_protocol", ""),
        ("sqlite", "SQLITE_BUSY", "SQLITE_BUSY"),
        ("sqlite", "no_folder", ""),
        ("folder", "ENOENT", ""),
    ],
)
def test_the_driver_s_own_code_is_kept_beside_the_lasting_one(type_id: str, code: str, shown: str) -> None:
    found = diagnose(type_id, "create", Fault(code, "no"), FIELDS)
    assert found.driver_code == shown
    assert found.shown_code == (shown or found.code)


def test_an_unknown_error_says_so_and_keeps_the_driver_s_words() -> None:
    found = diagnose("postgres", "write", Fault("99999", "the moon is full"), FIELDS)
    assert (found.code, found.causes, found.message) == ("PG-UNKNOWN", ("unknown",), "the moon is full")
    assert "not known" in found.cause and not found.fix_lines


def test_what_the_driver_did_not_say_is_not_shown_as_its_words() -> None:
    refused = diagnose("postgres", "reach", ConnectionRefusedError(), FIELDS)
    assert (refused.code, refused.message, refused.whose_words) == ("NET-REFUSED", "", "")
    unsaid = diagnose("postgres", "sign in", Fault("XX123", ""), FIELDS)
    assert unsaid.message == unsaid.whose_words == "" and "said nothing" in unsaid.fix
    ours = diagnose("mysql", "sign in", Fault("wrong_protocol", "this is no greeting of a MySQL server: SSH"), FIELDS)
    assert (ours.code, ours.whose_words) == ("MY-NOT-MYSQL", "destui found")
    theirs = diagnose("mysql", "sign in", Fault("1045:refused", "Access denied"), FIELDS)
    assert theirs.whose_words == "The driver said, error 1045"
    assert diagnose("folder", "write", PermissionError(13, "no"), FIELDS).whose_words == "The driver said"


@pytest.mark.parametrize(
    "shown",
    ["p@ss w/ord", "p%40ss%20w%2Ford", "p%40ss+w%2Ford", "auth for loader:p@ss w/ord@db"],
)
def test_a_password_is_redacted_in_every_form(shown: str) -> None:
    secrets = {"password": Secret("p@ss w/ord")}
    found = diagnose("postgres", "sign in", Fault("", f"cannot use {shown}!"), FIELDS, secrets=secrets)
    assert "ss" not in found.message and "•••" in found.message
    assert found.message.endswith("!")


URL_WORDS = [
    # What drivers say of a URL that holds the password as it is: they cut it at @, :, / or #.
    "failed to resolve host '{tail}@db.example': [Errno -2] Name or service not known",
    'could not translate host name "{tail}" to address: Name or service not known',
    "getaddrinfo ENOTFOUND {tail}",
    "Can't connect to MySQL server on '{tail}' ([Errno -2] Name or service not known)",
    'invalid port number: "{tail}"',
    "invalid literal for int() with base 10: '{tail}@db.example'",
    "dial tcp: lookup {tail} on 127.0.0.53:53: no such host",
    'database "{tail}@db.example:5432/dwh" does not exist',
]


@pytest.mark.parametrize("type_id", registry.type_ids())
@pytest.mark.parametrize("words", URL_WORDS)
@pytest.mark.parametrize(
    ("password", "tail"),
    [
        ("p@ssw0rd-tail", "ssw0rd-tail"),
        ("first@second@third1", "second@third1"),
        ("first@second@third1", "third1"),
        ("open:sesame", "sesame"),
        ("half/other-half", "other-half"),
        ("x#fragment?query", "fragment"),
        ("abc@de", "de"),
    ],
)
def test_no_part_of_a_password_comes_back_as_a_host(type_id: str, words: str, password: str, tail: str) -> None:
    error = Fault("", words.format(tail=tail))
    step = registry.spec(type_id).steps[0]
    found = diagnose(type_id, step, error, {"path": "/x"}, secrets={"password": Secret(password)})
    if len(tail) >= 4 or f"'{tail}" in str(error) or f"{tail}@" in str(error) or f'"{tail}"' in str(error):
        told = "\n".join((found.message, found.cause, found.fix))
        assert not re.search(rf"(?<!\w){re.escape(tail)}(?!\w)", told), found
        assert "•••" in found.message
    assert found.message.replace("•••", "") != ""


def test_a_password_without_separators_takes_no_words_out_of_a_message() -> None:
    words = "could not translate host name \"db\" to address: 'pass' was not expected"
    assert clean(words, {"password": Secret("password")}) == words


def test_a_short_password_is_redacted_only_as_a_word() -> None:
    assert clean("a banana a", {"password": Secret("a")}) == "••• banana •••"


def test_each_line_of_a_key_is_redacted() -> None:
    line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"
    key = f"-----BEGIN KEY-----\n{line}\n-----END KEY-----\n"
    assert line not in clean(f"bad line {line} in key", {"client_key": Secret(key)})


# Letters of what stands for a secret would be found in the mask or the sentence itself.
secret_texts = st.text(st.characters(codec="utf-8", exclude_characters="•…"), min_size=4, max_size=40)


@settings(deadline=None)
@given(secret_texts, st.text(string.ascii_letters, max_size=20))
def test_no_secret_survives_cleaning(secret: str, around: str) -> None:
    shown = clean(f"{around} {secret} {around}", {"password": Secret(secret)})
    assert secret not in shown or secret in f"{around} ••• {around}"


def test_a_secret_at_the_edge_of_the_cut_does_not_show_a_part() -> None:
    secret = "S3CRET" * 5
    text = "x" * (MAX_MESSAGE - 10) + secret + "y" * 100
    assert "S3" not in clean(text, {"password": Secret(secret)})


@pytest.mark.parametrize(
    "hostile", ["[/]", "\x1b[31mred\x07", "\u202eright to left", "e" + "\u0301" * 50, "東京" * 3000]
)
def test_hostile_words_are_made_safe_and_cut(hostile: str) -> None:
    found = diagnose("postgres", "create", Fault("P0001", f"no: {hostile}"), FIELDS)
    assert len(found.message) <= MAX_MESSAGE
    assert visible_lines(found.message) == found.message
    assert found.message.startswith("no: ")
    assert "\u0301" * 5 not in found.message


def test_a_value_cannot_break_the_line_that_is_pasted() -> None:
    assert Phrases({"user": "a\nb"}).fill("GRANT x TO {user:id};") == 'GRANT x TO "a b";'


def test_what_is_to_be_pasted_is_neither_cut_nor_redacted() -> None:
    folder = "/data/" + "deep " * 100
    found = diagnose("sqlite", "open", Fault("no_folder", "no such folder", folder=folder, worker="w"), {})
    assert found.fix_lines == (f"mkdir -p '{folder}'",)
    error = Fault("28000", 'role "loader" is not permitted to log in')
    found = diagnose("postgres", "sign in", error, FIELDS, secrets={"password": Secret("loader")})
    assert found.fix_lines == ("ALTER ROLE loader LOGIN;",)
    assert "loader" not in found.message


def test_an_error_of_tls_is_no_error_of_the_system() -> None:
    # OpenSSL's number 1 would be EPERM, and so a firewall's.
    server, client = socket.socketpair()
    server.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    context = ssl.create_default_context()
    with server, pytest.raises(ssl.SSLError) as raised:
        context.wrap_socket(client, server_hostname="db")
    for step in ("reach", "encrypt", "sign in"):
        found = diagnose("postgres", step, raised.value, FIELDS)
        assert (found.code, found.causes) == ("TLS-NOT-SPOKEN", ("wrong_protocol",))


def test_a_name_that_is_none_is_told_by_the_resolver_s_number() -> None:
    for number in (socket.EAI_NONAME, socket.EAI_AGAIN):
        found = diagnose("mysql", "resolve", socket.gaierror(number, "in any language"), FIELDS)
        assert found.causes == ("host_not_found" if number == socket.EAI_NONAME else "dns_unavailable",)


def test_attributes_of_values_are_out_of_a_template_s_reach() -> None:
    assert Phrases({"user": "x"}).fill("{user.__class__}") == "<user.__class__>"


def test_explain_tells_more_about_a_code() -> None:
    text = explain("pg-42501")
    assert text.startswith("PG-42501\n")
    assert "GRANT USAGE, CREATE ON SCHEMA <schema> TO <user>;" in text
    assert "no_create_right" in text and "PostgreSQL: GRANT" in text


def test_every_code_can_be_explained() -> None:
    for connector in map(registry.connector, registry.type_ids()):
        catalogue = connector.catalogue
        for code in (*(entry.code for entry in catalogue.entries), catalogue.unknown_code, "CANCELLED"):
            assert explain(code).startswith(code)


def test_a_code_that_does_not_exist() -> None:
    with pytest.raises(NotFound, match="no such code"):
        explain("PG-NOPE")


def test_every_fix_is_a_sentence_and_every_template_fills() -> None:
    values = Phrases(
        dict.fromkeys(
            "host port database schema user client issuer ends starts names alias ca_file client_cert path folder "
            "worker denied grant granter link where table role "
            "rule routine account_host mount kind beside wal pid program old".split(),
            "v",
        )
    )
    for connector in map(registry.connector, registry.type_ids()):
        for entry in connector.catalogue.entries:
            sentence, *lines = values.fill(entry.fix).split("\n")
            assert sentence.endswith(":" if lines else "."), entry.code
            assert all(line == line.strip() and line for line in lines), entry.code
            assert "<" not in values.fill(entry.cause + entry.fix), entry.code
