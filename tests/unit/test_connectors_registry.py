"""The types there are, how one is added, and what looking at them may import."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import destui.connectors
from destui.connectors import registry
from destui.domain.causes import CAUSES
from destui.domain.errors import InvalidInput, NotFound
from destui.domain.fields import validate
from destui.domain.secret import Secret
from destui.domain.url import parse_url

ONE_FILE = """
from destui.connectors.base import Climb, Connector, Run
from destui.domain.fields import TypeSpec


class Pretend(Connector):
    spec = TypeSpec("pretend", "Pretend", "nothing", (), ("open",), driver="no_such_driver", extra="pretend")
    catalogue = ()
    unknown_code = "PRE-UNKNOWN"

    def climb(self, run: Run) -> Climb:
        raise NotImplementedError


CONNECTOR = Pretend()
"""


@pytest.fixture
def one_more_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "pretend.py").write_text(ONE_FILE)
    monkeypatch.setattr(destui.connectors, "__path__", [*destui.connectors.__path__, str(tmp_path)])
    registry.type_ids.cache_clear()
    yield
    registry.type_ids.cache_clear()
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


def test_catalogues_name_only_causes_of_the_list_and_each_code_once() -> None:
    for type_id in registry.type_ids():
        catalogue = registry.connector(type_id).catalogue
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
