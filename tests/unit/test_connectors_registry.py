"""The types there are, how one is added, and what looking at them may import."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import destui.connectors
from destui.connectors import registry
from destui.connectors.diagnosis import explain, explain_message
from destui.domain.causes import CAUSES
from destui.domain.errors import InvalidInput, NotFound
from destui.domain.fields import endpoint_changed, needless, validate
from destui.domain.secret import Secret
from destui.domain.url import parse_url, url_notes

ONE_FILE = """
from destui.connectors.base import Climb, Connector, Entry, Run
from destui.connectors.catalogue import Catalogue
from destui.domain.fields import TypeSpec


class Pretend(Connector):
    spec = TypeSpec("pretend", "Pretend", "nothing", (), ("open",), driver="no_such_driver", extra="pretend")
    catalogue = Catalogue(
        "Pretend", "PRE-UNKNOWN", ("open",),
        [Entry("PRE-LOCKED", ("locked",), "Somebody plays.", "Wait.", codes=("7",))],
    )

    def climb(self, run: Run) -> Climb:
        raise NotImplementedError


CONNECTOR = Pretend()
"""


@pytest.fixture
def one_more_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "pretend.py").write_text(ONE_FILE)
    monkeypatch.setattr(destui.connectors, "__path__", [*destui.connectors.__path__, str(tmp_path)])
    yield
    sys.modules.pop("destui.connectors.pretend", None)


def test_the_types_of_this_version() -> None:
    assert {"postgres", "simulator", "sqlite"} <= set(registry.type_ids())
    assert [spec.id for spec in registry.specs()] == registry.type_ids()


def test_one_file_adds_a_type(one_more_file: None) -> None:
    assert "pretend" in registry.type_ids()
    assert registry.spec("pretend").label == "Pretend"
    assert registry.missing_driver("pretend") == (
        "Pretend needs a driver that is not installed: pip install 'destui[pretend]'"
    )
    assert explain_message("pretend", "they play", code="7").causes == ("locked",)
    assert explain("PRE-LOCKED").startswith("PRE-LOCKED")


@pytest.mark.parametrize("name", ["nope", "base", "ladder", "", "a.b", "../postgres"])
def test_what_is_no_type_names_the_types(name: str) -> None:
    with pytest.raises(NotFound, match="postgres, simulator, sqlite"):
        registry.spec(name)


def test_installed_drivers_are_not_missed() -> None:
    assert [registry.missing_driver(type_id) for type_id in ("postgres", "simulator", "sqlite")] == [None] * 3


def test_declarations_explanations_and_pasted_messages_import_no_driver() -> None:
    code = (
        "import sys; from destui.connectors import registry, diagnosis, ladder; registry.specs();"
        "registry.missing_driver('postgres'); diagnosis.explain('PG-42501');"
        "diagnosis.explain_message('postgres', 'connection refused');"
        "print(sorted({'psycopg', 'ssl', 'sqlite3', 'cryptography', 'sqlalchemy', 'textual'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_one_declaration_imports_only_its_own_file() -> None:
    code = (
        "import sys; from destui.connectors import registry; registry.spec('simulator');"
        "print([m for m in sys.modules if m in ('destui.connectors.postgres', 'destui.connectors.sqlite')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_catalogue_is_its_connector_s_and_has_its_steps_and_name() -> None:
    for type_id in registry.type_ids():
        connector = registry.connector(type_id)
        assert registry.catalogue(type_id) is connector.catalogue
        assert (connector.catalogue.label, connector.catalogue.steps) == (connector.spec.label, connector.spec.steps)


def test_catalogues_name_only_causes_of_the_list_and_each_code_once() -> None:
    for type_id in registry.type_ids():
        catalogue = registry.connector(type_id).catalogue.entries
        assert {cause for entry in catalogue for cause in entry.causes} <= CAUSES
        assert all(entry.causes and entry.cause.endswith(".") for entry in catalogue)
        codes = [entry.code for entry in catalogue]
        assert len(codes) == len(set(codes))


def test_postgres_fields_are_filled_in_and_validated() -> None:
    fields, secrets = validate(
        registry.spec("postgres"),
        {"host": "db", "database": "d", "user": "u"},
        {"password": Secret("p")},
    )
    assert fields == {
        "host": "db",
        "port": 5432,
        "database": "d",
        "schema": "public",
        "user": "u",
        "tls": "verify-full",
    }
    assert secrets == {"password": Secret("p")}
    with pytest.raises(InvalidInput, match="Host is required"):
        validate(registry.spec("postgres"), {"database": "d", "user": "u"}, {})


def test_a_postgres_url_is_read_into_fields() -> None:
    url = "postgresql://u%40x:p%2F@db.example:6543/sales?sslmode=disable"
    values, secrets = parse_url(registry.spec("postgres"), url)
    assert values == {"host": "db.example", "port": 6543, "user": "u@x", "database": "sales", "tls": "off"}
    assert secrets == {"password": Secret("p/")}


def test_the_simulator_asks_where_to_fail_only_when_it_fails() -> None:
    spec = registry.spec("simulator")
    assert validate(spec, {}, {})[0] == {"outcome": "active", "seconds": 3}
    assert validate(spec, {"outcome": "error"}, {})[0] == {"outcome": "error", "fail_at": "sign in", "seconds": 3}


@pytest.mark.parametrize(
    ("type_id", "values", "field"),
    [
        ("simulator", {"fail_at": "tunnel"}, "fail_at"),
        ("simulator", {"outcome": "active", "fail_at": "x" * 5000}, "fail_at"),
        ("postgres", {"host": "h", "database": "d", "user": "u", "tls": "off", "ca_file": "a\nb"}, "ca_file"),
        ("postgres", {"host": "h", "database": "d", "user": "u", "tls": "off", "client_key": "PEM"}, "client_key"),
    ],
)
def test_a_value_that_is_not_asked_for_must_be_valid_all_the_same(
    type_id: str, values: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        validate(registry.spec(type_id), values, {})
    assert [problem.field for problem in refused.value.problems] == [field]


def test_a_hidden_secret_must_be_valid_and_is_left_out() -> None:
    spec, values = registry.spec("postgres"), {"host": "h", "database": "d", "user": "u", "tls": "off"}
    assert validate(spec, values, {"client_key": Secret("PEM")})[1] == {}
    with pytest.raises(InvalidInput, match="zero byte"):
        validate(spec, values, {"client_key": Secret("a\0b")})


def test_what_counts_for_nothing_is_told() -> None:
    assert needless(registry.spec("simulator"), {"fail_at": "open"}, ["fail_at"]) == [
        "fail_at counts only with outcome=error or flaky or hang; it was left out."
    ]
    assert needless(registry.spec("simulator"), {"fail_at": "open", "outcome": "hang"}, ["fail_at"]) == []
    assert needless(registry.spec("postgres"), {"tls": "off", "ca_file": "/x"}, ["tls"]) == []


VERIFIED = {"host": "h", "port": 1, "tls": "verify-full", "ca_file": "/ca.pem"}


@pytest.mark.parametrize("type_id", ["postgres", "mysql"])
@pytest.mark.parametrize(
    ("old", "new", "labels"),
    [
        (VERIFIED, VERIFIED, ""),
        (VERIFIED, {"tls": "off", "ca_file": None}, ""),
        (VERIFIED, {"host": "x", "port": 2}, "Host, Port"),
        (VERIFIED, {"user": "x", "database": "y"}, ""),
        ({"host": "h"}, {"tls": "require"}, ""),
    ],
)
def test_host_and_port_are_the_endpoint(type_id: str, old: dict[str, Any], new: dict[str, Any], labels: str) -> None:
    after = {name: value for name, value in {**old, **new}.items() if value is not None}
    assert ", ".join(endpoint_changed(registry.spec(type_id), old, after)) == labels


@pytest.mark.parametrize(
    ("type_id", "url", "tls", "is_told"),
    [
        ("postgres", "postgres://u@h/d?sslmode=prefer", "require", True),
        ("postgres", "postgres://u@h/d?sslmode=allow", "require", True),
        ("postgres", "postgres://u@h/d?sslmode=require", "require", False),
        ("postgres", "postgres://u@h/d?sslmode=disable", "off", False),
        ("mysql", "mysql://u@h/d?ssl-mode=PREFERRED", "require", True),
        ("mysql", "mysql://u@h/d?ssl-mode=REQUIRED", "require", False),
    ],
)
def test_a_url_s_mode_that_there_is_none_of_is_told(type_id: str, url: str, tls: str, is_told: bool) -> None:
    spec = registry.spec(type_id)
    assert parse_url(spec, url)[0]["tls"] == tls
    notes = url_notes(spec, url)
    assert list(notes) == ["tls"] * is_told
    assert all("without encryption" in note and "require" in note for note in notes.values())
