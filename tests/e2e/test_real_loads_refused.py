"""What a server refuses by itself is told with its column, its value and its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from destui.domain.check import Diagnosis
from destui.domain.loads import LoadPlan
from destui.loads import process
from destui.loads.refused import _Said
from tests.e2e.load_checks import Sink, _postgres_sink, load, loaded, plan, refused, write_csv
from tests.e2e.load_checks import sink as sink
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.servers
postgres_only = pytest.mark.parametrize("sink", ["postgres"], indirect=True)
mysql_only = pytest.mark.parametrize("sink", ["mysql"], indirect=True)


def _told(sink: Sink, folder: Path, declared: str, values: list[str], mode: str = "append") -> Diagnosis:
    """How a load of `id`, `v` into a new table of this type is refused."""
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id int, v {declared})")
    source = write_csv(folder / "a.csv", ["id", "v"], list(enumerate(values)))
    found = load(plan(sink, table, source, mode), folder).diagnosis
    assert found is not None
    assert sink.read(table) == []
    return found


def _seen(made: LoadPlan, folder: Path) -> Diagnosis | None:
    """What a preview says against a load."""
    return process.preview(made, folder=folder / "runs").diagnosis


@pytest.fixture
def types(postgres: Postgres) -> Iterator[None]:
    """An enumeration and a domain of the server's."""
    postgres.run(
        "CREATE TYPE analytics.mood AS ENUM ('sad', 'ok')", "CREATE DOMAIN analytics.positive AS int CHECK (VALUE > 0)"
    )
    yield
    postgres.run("DROP TYPE analytics.mood CASCADE", "DROP DOMAIN analytics.positive CASCADE")


@postgres_only
@pytest.mark.parametrize("mode", ["append", "merge"])
def test_a_value_of_which_postgres_names_the_column(sink: Sink, types: None, mode: str, tmp_path: Path) -> None:
    found = _told(sink, tmp_path, "analytics.mood", ["ok", "glad"], mode)
    assert found.code == "LOAD-REFUSED"
    assert f'The column v of the table {sink.tables[0]}, analytics.mood, does not take the value "glad"' in found.cause
    assert f"in line 3 of {tmp_path / 'a.csv'}" in found.cause
    assert found.driver_code == "SQLSTATE 22P02"
    found = _told(sink, tmp_path, "analytics.positive", ["5", "-7"], mode)
    assert found.code == "LOAD-CONSTRAINT"
    assert found.cause.startswith(
        f'The value "-7" in line 3 of {tmp_path / "a.csv"}, of column v, breaks the rule posi'
    )


@postgres_only
@pytest.mark.parametrize(
    ("declared", "good", "bad"),
    [
        ("cidr", "10.0.0.0/8", "10.0.0.1/8"),
        ("cidr", "10.0.0.0/16", "10.0.0.0/1"),
        ("macaddr", "08:00:2b:01:02:03", "none"),
        ("tsrange", "[2024-01-01,2024-01-02)", "[2024-13-01,)"),
    ],
)
def test_a_value_that_postgres_casts(sink: Sink, declared: str, good: str, bad: str, tmp_path: Path) -> None:
    found = _told(sink, tmp_path, declared, [good, bad])
    assert found.code == "LOAD-REFUSED"
    assert f'{declared}, does not take the value "{bad}" in line 3 of ' in found.cause


@postgres_only
@pytest.mark.parametrize(("declared", "bad"), [("xml", "<a>"), ("int4range", "[5,2)"), ("bit(3)", "102")])
def test_a_column_by_its_type_alone(sink: Sink, declared: str, bad: str, tmp_path: Path) -> None:
    found = _told(sink, tmp_path, declared, [bad])
    assert found.code == "LOAD-REFUSED"
    assert f"The column v of the table {sink.tables[0]}, {declared}, does not take a value" in found.cause


@postgres_only
def test_of_two_columns_the_one_that_has_the_value(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (a inet, b cidr, c xml)")
    for row, code, told in (
        (("10.0.0.1/8", "10.0.0.1/8", "<a/>"), "LOAD-REFUSED", "The column b of"),
        (("10.0.0.1", "10.0.0.0/8", "<a>"), "LOAD-REFUSED", "The column c of"),
    ):
        found = load(plan(sink, table, write_csv(tmp_path / "a.csv", ["a", "b", "c"], [row])), tmp_path).diagnosis
        assert found is not None
        assert (found.code, told in found.cause) == (code, True), found
    sink.run(f"ALTER TABLE {table} ALTER a TYPE cidr, ALTER b TYPE xml USING NULL")
    found = load(plan(sink, table, write_csv(tmp_path / "b.csv", ["a", "b"], [("::2/500", None)])), tmp_path).diagnosis
    assert found is not None
    assert "The column a of" in found.cause
    assert '"::2/500" in line 2' in found.cause
    assert refused(plan(sink, table, write_csv(tmp_path / "c.csv", ["b", "c"], [("<a>", "<b/>")])), tmp_path) == (
        "LOAD-REFUSED-ROW"
    )


@postgres_only
@pytest.mark.parametrize(
    ("columns", "good", "bad", "told"),
    [
        ("a inet, b inet", ("192.168.1.1", "10.0.0.1"), ("10.1.1.1", "168.1"), "168.1"),
        ("a cidr, b cidr", ("10.1.0.0/16", "10.0.0.0/8"), ("10.2.0.0/16", "/16"), "/16"),
        ("a int4range, b int4range", ("[1,5)", "[2,3)"), ("[2,6)", "[x,6)"), "[x,6)"),
        ("a inet, b text CHECK (b::int > 0)", ("10.0.0.1", "5"), ("10.0.0.2", "abc"), None),
        ("a inet, b text CHECK (b::int > 0)", ("10.0.0.1", "5"), ("abc::2", "abc"), None),
        ("a inet, b text CHECK (b::int > 0)", ("10.0.0.1", "5"), ("10.0.0.1", "10.0.0.1"), None),
        ("a inet, b text CHECK (b::inet IS NOT NULL)", ("10.0.0.1", "::1"), ("10.0.0.2", "10.0.0"), None),
        ("a int4range, b text CHECK (b::int > 0)", ("[1,5)", "5"), ("[2,6)", "99999999999"), None),
        (
            "a macaddr, b text CHECK (b::date > '1900-01-01')", ("08:00:2b:01:02:03", "2020-01-01"),
            ("08:00:2b:01:02:04", "01"), None,
        ),
    ],
)  # fmt: skip
def test_no_column_and_no_value_is_told_that_is_not_the_one(
    sink: Sink, columns: str, good: tuple[str, str], bad: tuple[str, str], told: str | None, tmp_path: Path
) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} ({columns})")
    source = write_csv(tmp_path / "a.csv", ["a", "b"], [good, bad])
    found = load(plan(sink, table, source), tmp_path).diagnosis
    assert found is not None
    if told is None:
        assert (found.code, found.cause) == (
            "LOAD-REFUSED-ROW", f"The table {table} does not take a value of the source."
        )  # fmt: skip
        assert bad[1] in found.message
    else:
        kind = columns.split()[1].strip(",")
        assert found.cause == (
            f'The column b of the table {table}, {kind}, does not take the value "{told}" in line 3 of {source}.'
        )


@postgres_only
def test_rows_that_break_a_rule(sink: Sink, tmp_path: Path) -> None:
    found = _told(sink, tmp_path, "int CONSTRAINT above CHECK (v > 0)", ["5", "-7"])
    assert (found.code, found.cause.split(" of ")[0]) == ("LOAD-CONSTRAINT", "Row 2")
    assert found.cause.endswith(" breaks the rule above of the table.")
    found = _told(sink, tmp_path, "int NOT NULL", ["5", ""])
    assert found.code == "LOAD-NOT-NULL"
    assert found.cause == f"Row 2 of {tmp_path / 'a.csv'} has no value in the column v, which needs one."


@postgres_only
def test_a_zero_within_json_is_told_by_its_line(sink: Sink, tmp_path: Path) -> None:
    found = _told(sink, tmp_path, "jsonb", ["{}", r'"\u0000"'])
    assert found.code == "LOAD-ZERO"
    assert " in line 3 of " in found.cause
    assert " column v, holds a zero byte" in found.cause


def test_the_place_in_an_error_of_the_driver(postgres: Postgres) -> None:
    with postgres.connect() as session, session.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE t (id int, v date)")
        with pytest.raises(psycopg.Error) as caught, cursor.copy("COPY t FROM STDIN") as copy:
            copy.write("1\t2024-02-29\n2\t2024-02-30\n")
    said = _Said.of(caught.value)
    assert (said.code, said.copied) == ("22008", (2, "v"))
    assert said.message.count("CONTEXT:  ") == 1


@postgres_only
@pytest.mark.parametrize(
    ("mode", "lacking"), [("append", "INSERT"), ("replace", "DELETE"), ("merge", "SELECT, UPDATE")]
)
def test_a_right_to_the_table_is_told_and_the_grant_helps(
    sink: Sink, postgres: Postgres, mode: str, lacking: str, tmp_path: Path
) -> None:
    name = f"{sink.table()} x"
    try:
        postgres.run(f'CREATE TABLE public."{name}" (id int, v text)', f'GRANT ALL ON public."{name}" TO loader')
        postgres.run(f'INSERT INTO public."{name}" VALUES (1, NULL)')
        postgres.run(f'REVOKE {lacking} ON public."{name}" FROM loader')
        made = plan(sink, f"public.{name}", write_csv(tmp_path / "a.csv", ["id", "v"], [(1, "a")]), mode)
        found, seen = load(made, tmp_path).diagnosis, _seen(made, tmp_path)
        assert found is not None and seen is not None
        assert (found.code, found.causes) == ("LOAD-TABLE-RIGHT", ("no_write_right",))
        assert found.cause.startswith(f"The user loader lacks a right to the table public.{name} ")
        assert (seen.code, seen.cause, seen.fix) == (found.code, found.cause, found.fix)  # before anything runs, too
        postgres.run(*seen.fix_lines)
        assert _seen(made, tmp_path) is None
        loaded(made, tmp_path)
    finally:
        postgres.run(f'DROP TABLE public."{name}"')


@postgres_only
def test_columns_that_only_the_owner_may_add_are_told(sink: Sink, postgres: Postgres, tmp_path: Path) -> None:
    name = sink.table()
    try:
        postgres.run(f"CREATE TABLE public.{name} (id int)", f"GRANT ALL ON public.{name} TO loader")
        source = write_csv(tmp_path / "a.csv", ["id", "v"], [(1, "a")])
        made = plan(sink, f"public.{name}", source, add_columns=True)
        for found in (load(made, tmp_path).diagnosis, _seen(made, tmp_path)):
            assert found is not None
            assert found.code == "LOAD-COLUMNS-RIGHT"
        postgres.run(*found.fix_lines)
        assert _seen(made, tmp_path) is None
        loaded(made, tmp_path)
    finally:
        postgres.run(f"DROP TABLE public.{name}")


@postgres_only
@pytest.mark.parametrize("values", [["a", "b", "there"], ["a", "b", "a"]], ids=["in the table", "twice in the source"])
def test_a_key_that_is_there_already_is_told_with_its_row(sink: Sink, values: list[str], tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id int, v text PRIMARY KEY)")
    sink.run(f"INSERT INTO {table} VALUES (0, 'there')")
    source = write_csv(tmp_path / "a.csv", ["id", "v"], list(enumerate(values)))
    found = load(plan(sink, table, source), tmp_path).diagnosis
    assert found is not None and (found.code, found.driver_code) == ("LOAD-UNIQUE", "SQLSTATE 23505")
    assert found.cause.startswith(f"Row 3 of {tmp_path / 'a.csv'} has a key that is in the table already"), found.cause
    assert f"Key (v)=({values[-1]}) already exists." in found.message


@postgres_only
def test_rights_to_columns_are_enough(sink: Sink, postgres: Postgres, tmp_path: Path) -> None:
    name = sink.table()
    source = write_csv(tmp_path / "a.csv", ["id", "v"], [(1, "a")])
    try:
        postgres.run(f"CREATE TABLE public.{name} (id int, v text)", f"GRANT INSERT (id) ON public.{name} TO loader")
        made = plan(sink, f"public.{name}", source)
        for found in (load(made, tmp_path).diagnosis, _seen(made, tmp_path)):
            assert found is not None and found.code == "LOAD-TABLE-RIGHT"
        postgres.run(f"GRANT INSERT (v) ON public.{name} TO loader")
        assert _seen(made, tmp_path) is None
        loaded(made, tmp_path)
    finally:
        postgres.run(f"DROP TABLE public.{name}")


@postgres_only
@pytest.mark.parametrize("there", [True, False], ids=["a table that is there", "a new table"])
def test_a_right_to_the_schema_is_told_before_anything_runs(
    sink: Sink, postgres: Postgres, there: bool, tmp_path: Path
) -> None:
    schema = f"closed_{sink.table()}"
    made = plan(sink, f"{schema}.t", write_csv(tmp_path / "a.csv", ["id"], [(1,)]))
    try:
        postgres.run(f"CREATE SCHEMA {schema}", f"GRANT {'CREATE' if there else 'USAGE'} ON SCHEMA {schema} TO loader")
        if there:
            postgres.run(f"CREATE TABLE {schema}.t (id int)", f"GRANT ALL ON {schema}.t TO loader")
        found, seen = load(made, tmp_path).diagnosis, _seen(made, tmp_path)
        assert found is not None and seen is not None
        assert seen.code == ("LOAD-SCHEMA-RIGHT" if there else "PG-42501")
        assert (seen.code, seen.cause, seen.fix) == (found.code, found.cause, found.fix)
        postgres.run(*seen.fix_lines)
        assert _seen(made, tmp_path) is None
        loaded(made, tmp_path)
    finally:
        postgres.run(f"DROP SCHEMA {schema} CASCADE")


def test_a_server_that_speaks_german_is_understood(postgres_german: Postgres, tmp_path: Path) -> None:
    sink = _postgres_sink(postgres_german)
    postgres_german.run("CREATE DOMAIN analytics.positive AS int CHECK (VALUE > 0)")
    for declared, values, told in (
        (
            "cidr",
            ["10.0.0.0/8", "10.0.0.1/8"],
            'The column v of the table {}, cidr, does not take the value "10.0.0.1/8"',
        ),
        ("bit(3)", ["102"], "The column v of the table {}, bit(3), does not take a value of the source."),
        ("analytics.positive", ["5", "-7"], 'The value "-7" in line 3 of '),
        ("int CHECK (v > 0)", ["5", "-7"], "Row 2 of "),
    ):
        found = _told(sink, tmp_path, declared, values)
        assert found.cause.startswith(told.format(sink.tables[-1])), found


@mysql_only
@pytest.mark.parametrize("mode", ["append", "merge"])
def test_a_rule_of_mariadb_names_its_column(sink: Sink, mode: str, tmp_path: Path) -> None:
    found = _told(sink, tmp_path, "int CHECK (v > 0)", ["5", "-7"], mode)
    assert (found.code, found.cause) == ("LOAD-CONSTRAINT", "A value of column v breaks a rule of the table.")
    found = _told(sink, tmp_path, "int, CONSTRAINT above CHECK (v > 0)", ["5", "-7"], mode)
    assert found.cause == "A row breaks the rule above of the table."
