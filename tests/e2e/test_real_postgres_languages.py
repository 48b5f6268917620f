"""Sign-ins that real PostgreSQL servers refuse in other languages, of whose letters the server loses most."""

from __future__ import annotations

import pytest

from tests.e2e.postgres_checks import check, fails, passes, paste
from tests.servers.postgres import SCHEMA, Postgres

pytestmark = pytest.mark.servers

ALL = "host all all 127.0.0.1/32"
LANGUAGES = ("de_DE", "fr_FR", "ja_JP", "ru_RU")
UNREAD = "ka_GE"
"""Georgian: the server has it, the diagnosis has not."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rule_that_rejects_is_told_from_one_that_is_missing(postgres_german: Postgres, language: str) -> None:
    server = postgres_german
    with server.speaking(language):
        with server.hba(f"{ALL} reject"):
            found = fails(check(server.fields), "sign in", "PG-HBA-REJECT", "user_not_allowed_from_host")
        with server.hba(f"{found.fix_lines[0]}\n{ALL} reject"):
            passes(check(server.fields))
        with server.hba("host all nobody 127.0.0.1/32 scram-sha-256"):
            fails(check(server.fields), "sign in", "PG-HBA", "user_not_allowed_from_host")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_role_that_may_not_log_in_is_told_from_one_that_is_missing(postgres_german: Postgres, language: str) -> None:
    server = postgres_german
    sleeper, nobody = ({**server.fields, "user": name} for name in ("sleeper", "nobody_here"))
    with server.speaking(language):
        fails(check(sleeper), "sign in", "PG-NOLOGIN", "account_locked")
        with server.hba(f"{ALL} trust"):  # where no password has been asked, only the words tell
            fails(check(sleeper), "sign in", "PG-NOLOGIN", "account_locked")
            fails(check(nobody), "sign in", "PG-NO-ROLE", "unknown_user")


def test_rules_in_a_language_that_is_not_known(postgres_german: Postgres) -> None:
    server = postgres_german
    with server.speaking(UNREAD):
        for rules in (f"{ALL} reject", "host all nobody 127.0.0.1/32 scram-sha-256"):
            with server.hba(rules):
                found = fails(check(server.fields), "sign in", "PG-HBA-ANY", "user_not_allowed_from_host")
            with server.hba(f"{found.fix_lines[0]}\n{rules}"):
                passes(check(server.fields))


@pytest.mark.parametrize(
    ("method", "told"),
    [("scram-sha-256", "PG-NOLOGIN account_locked"), ("trust", "PG-ROLE account_locked unknown_user")],
)
def test_roles_in_a_language_that_is_not_known(postgres_german: Postgres, method: str, told: str) -> None:
    server = postgres_german
    role = server.new_role("NOLOGIN")
    server.run(f"GRANT CREATE, USAGE ON SCHEMA {SCHEMA} TO {role}")
    fields = {**server.fields, "user": role}
    with server.speaking(UNREAD), server.hba(f"{ALL} {method}"):
        found = fails(check(fields), "sign in", *told.split())
        paste(server, found)
        passes(check(fields))
