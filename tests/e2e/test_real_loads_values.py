"""Every type of column into every target, compared value by value: what is read back is what was in the source, or the
run was refused before anything was written."""

from __future__ import annotations

import ast
import csv
import json
import re
import struct
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from destui.domain.loads import Place, RunState, SourceSpec
from tests.e2e.load_checks import MODES, TARGETS, Sink, duck, load, loaded, plan, refused, sink_of, write_csv
from tests.e2e.load_checks import sink as sink

pytestmark = pytest.mark.servers
every = pytest.mark.parametrize("sink", TARGETS, indirect=True)

# A type, values as DuckDB writes them, and what kind of value they are to be compared as.
VALUES: dict[str, tuple[str, list[str]]] = {
    "BOOLEAN": ("bool", ["true", "false"]),
    "TINYINT": ("number", ["-128", "127"]),
    "SMALLINT": ("number", ["-32768", "32767"]),
    "INTEGER": ("number", ["-2147483648", "2147483647"]),
    "BIGINT": ("number", ["-9223372036854775808", "9223372036854775807", "9007199254740993"]),
    "HUGEINT": ("number", ["-99999999999999999999999999999999999999", "12345678901234567890123"]),
    "UTINYINT": ("number", ["0", "255"]),
    "USMALLINT": ("number", ["65535"]),
    "UINTEGER": ("number", ["4294967295"]),
    "UBIGINT": ("number", ["18446744073709551615"]),
    "FLOAT": ("float", ["1.1", "-3.4028235e38", "1e-45", "16777217"]),
    "DOUBLE": ("number", ["0.1", "-1.7976931348623157e308", "5e-324", "9007199254740993", "0.30000000000000004"]),
    "DECIMAL(9,2)": ("number", ["-1234567.89", "0.01", "0.00"]),
    "DECIMAL(18,3)": ("number", ["-123456789012.345", "0.001"]),
    "DECIMAL(38,10)": ("number", ["-1234567890123456789012345678.0123456789", "10000.0001", "0.0000000001"]),
    "VARCHAR": (
        "text",
        [
            "''",
            "' a '",
            "'NA'",
            "'null'",
            "'NULL'",
            r"'\N'",
            r"'\.'",
            "'00123'",
            "'ünï ❤ 東京'",
            "'say \"hi\", ''x'''",
            "'line' || chr(10) || 'two' || chr(13) || chr(10)",
            "'tab' || chr(9) || '\\'",
            "'" + "x" * 3000 + "'",
            "'{\"a\": 1}'",
            "'true'",
            "'2024-01-01'",
        ],
    ),
    "BLOB": ("bytes", [r"'\x00\xFF\x5C\x0A'::BLOB", "''::BLOB", r"'\x09abc'::BLOB"]),
    "DATE": ("date", ["'1000-01-01'", "'2024-02-29'", "'9999-12-31'"]),
    "TIME": ("time", ["'00:00:00'", "'23:59:59.999999'", "'12:34:56.7'"]),
    "TIMESTAMP": (
        "timestamp",
        ["'1000-01-01 00:00:00'", "'2024-02-29 12:34:56.789012'", "'9999-12-31 23:59:59.999999'"],
    ),
    "TIMESTAMP_S": ("timestamp", ["'2024-02-29 12:34:56'"]),
    "TIMESTAMP_MS": ("timestamp", ["'2024-02-29 12:34:56.789'"]),
    "TIMESTAMP_NS": ("timestamp", ["'2024-02-29 12:34:56.789012'"]),
    "TIMESTAMPTZ": (
        "instant",
        ["'2024-02-29 12:34:56.789012+00'", "'1970-01-02 00:00:00+05:30'", "'2038-01-01 00:00:00+00'"],
    ),
    "INTERVAL": ("interval", ["'1 year 2 months 3 days 04:05:06.000007'", "'-1 day'", "'00:00:00'"]),
    "UUID": ("uuid", ["'f47ac10b-58cc-4372-a567-0e02b2c3d479'", "'00000000-0000-0000-0000-000000000000'"]),
    "JSON": ("json", ['\'{"a": [1, 2.5, null, "ü"], "b": {"c": true}}\'', "'[]'"]),
    "INTEGER[]": ("list", ["[1, NULL, -3]", "[]"]),
    "VARCHAR[]": ("list", ["['a', 'with \"quotes\", and\\', NULL]"]),
    "STRUCT(a INTEGER, b VARCHAR, c DECIMAL(38,2))": ("json", ["{'a': 1, 'b': 'x', 'c': 1234567890123456789012.34}"]),
    "MAP(VARCHAR, BIGINT)": ("json", ["map {'k': 9007199254740993}"]),
    "ENUM('sad', 'happy')": ("text", ["'sad'", "'happy'"]),
    "BIT": ("text", ["'101010'::BIT"]),
    "TIMETZ": ("timetz", ["'12:34:56.789+00'", "'23:00:00+05:30'"]),
}


def canonical(kind: str, value: Any) -> Any:
    """A value as it can be compared, whatever form a target keeps it in."""
    if value is None:
        return None
    match kind:
        case "bool":
            return {"true": True, "false": False, "1": True, "0": False}[str(value).lower()]
        case "number":
            return Fraction(repr(value)) if isinstance(value, float) else Fraction(str(value))
        case "float":  # as the nearest of single precision
            return struct.pack("f", float(value))
        case "bytes":
            if isinstance(value, str):
                return bytes.fromhex(value.removeprefix("\\x"))
            return bytes(value)
        case "date":
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        case "time":
            if isinstance(value, timedelta):
                return (datetime.min + value).time()
            return value if isinstance(value, time) else time.fromisoformat(str(value))
        case "timestamp":
            moment = (
                value
                if isinstance(value, datetime)
                else datetime.fromisoformat(re.sub(r"(\.\d{6})000$", r"\1", str(value)))
            )
            return moment.replace(tzinfo=None)
        case "instant":
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        case "timetz":
            return datetime.combine(
                date(2024, 1, 1), value if isinstance(value, time) else time.fromisoformat(str(value))
            ).astimezone(UTC)
        case "uuid":
            return UUID(bytes=value) if isinstance(value, bytes) else UUID(str(value))
        case "json" | "list":
            return _plain(json.loads(value) if isinstance(value, str) else value)
        case "interval":
            return value if isinstance(value, timedelta) else str(value)
    return str(value)


def _plain(value: Any) -> Any:
    """JSON's values, in which a number that is too exact for it is a text."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(pair, tuple) for pair in value):  # a map, as Arrow has it
            return {key: _plain(inner) for key, inner in value}
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Decimal) else value


@every
def test_every_type_in_a_new_table(sink: Sink, tmp_path: Path) -> None:
    source = tmp_path / "source.duckdb"
    names = {f"c{n}": kind for n, kind in enumerate(VALUES)}
    columns = ", ".join(f"{name} {kind}" for name, kind in names.items())
    longest = max(len(values) for _, values in VALUES.values())
    rows = []
    for n in range(longest + 1):  # the last row is NULL throughout
        cells = [values[n] if n < len(values) else "NULL" for _, values in VALUES.values()]
        rows.append(f"({n}, {', '.join(cells)})")
    duck(source, f"CREATE TABLE v (k INTEGER, {columns})", f"INSERT INTO v VALUES {', '.join(rows)}")
    expected = _expected(source, names)
    table = sink.table()
    spec = SourceSpec(destination="origin", table="v")
    loaded(plan(sink, table, spec, place=Place("duckdb", {"path": str(source)})), tmp_path)
    found = {int(row["k"]): row for row in sink.read(table)}
    assert len(found) == longest + 1
    for name, kind in names.items():
        how = VALUES[kind][0]
        for n in range(longest + 1):
            got = found[n][name]
            if sink.kind == "csv" and got == "":  # the module that reads it tells neither from the other
                got = None if expected[n][name] is None else ""
            if how == "interval":
                _same_interval(sink, got, expected[n][name])
                continue
            assert canonical(how, got) == canonical(how, expected[n][name]), (kind, n, got)


def _expected(source: Path, names: dict[str, str]) -> dict[int, dict[str, Any]]:
    """The source's values, as texts where Python's module would give less than there is."""
    as_text = ("TIMESTAMP", "INTERVAL", "TIMETZ", "BIT", "FLOAT", "UUID")
    picked = ", ".join(
        f"to_json({n})::VARCHAR" if k.startswith(("STRUCT", "MAP"))
        else f"{n}::VARCHAR" if k.startswith(as_text) else n
        for n, k in names.items()
    )  # fmt: skip
    rows = duck(source, f"SELECT k, {picked} FROM v")
    found = {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}
    for row in found.values():
        for name, kind in names.items():
            if kind.startswith("STRUCT") and row[name] is not None:
                row[name] = re.sub(r'"c":([\d.]+)', r'"c":"\1"', row[name])
    return found


def _same_interval(sink: Sink, got: Any, expected: str | None) -> None:
    if expected is None:
        assert got in (None, "")
    elif sink.kind == "postgres":
        # psycopg counts a year as 365 days and a month as 30.
        long = timedelta(days=428, hours=4, minutes=5, seconds=6, microseconds=7)
        assert got == {"-1 day": timedelta(days=-1), "-1 days": timedelta(days=-1), "00:00:00": timedelta(0)}.get(
            expected, long
        )
    else:
        assert str(got) == expected


RISKY = [
    ("DOUBLE", "'nan'"),
    ("DOUBLE", "'inf'"),
    ("FLOAT", "'-inf'"),
    ("DATE", "'infinity'"),
    ("TIMESTAMP", "'infinity'"),
    ("TIMESTAMP", "'-infinity'"),
    ("TIMESTAMPTZ", "'infinity'"),
    ("DATE", "'0044-03-15 (BC)'"),
    ("DATE", "'0001-01-01'"),
    ("TIMESTAMP", "'0500-06-01 00:00:00'"),
    ("TIMESTAMP_NS", "'2024-01-01 00:00:00.123456789'"),
    ("TIMESTAMPTZ", "'1900-01-01 00:00:00+00'"),
    ("TIMESTAMPTZ", "'2300-01-01 00:00:00+00'"),
    ("TIME", "'24:00:00'"),
    ("HUGEINT", "170141183460469231731687303715884105727"),
    ("UHUGEINT", "340282366920938463463374607431768211455"),
    ("DECIMAL(18,2)", "1234567890123456.78"),
    ("BIGNUM", "1234567890123456789012345678901234567890123456789"),
    ("DECIMAL(38,38)", "0.12345678901234567890123456789012345678"),
    ("VARCHAR", "'a' || chr(0) || 'b'"),
    ("JSON", "'1.10'"),
    ("JSON", "'\"text\"'"),
    ("BLOB", "repeat('x', 100000)::BLOB"),
    ("INTERVAL", "INTERVAL 3000000 HOUR"),
    ("DOUBLE[]", "[1.5, 'nan'::DOUBLE]"),
    ("STRUCT(a DOUBLE)", "{'a': 0.1}"),
    ("INTEGER[][]", "[[1], [2, 3]]"),
    ("UNION(n INTEGER, t VARCHAR)", "union_value(t := 'x')"),
    ("TIME", "'12:00:00.123456'"),
]


REFUSALS = ("LOAD-VALUE", "LOAD-ZERO", "LOAD-TYPE", "LOAD-CONSTRAINT")
BEYOND_PYTHON = {
    ("postgres", "0044-03-15 (BC)"): "0044-03-15 BC",
    ("postgres", "24:00:00"): "24:00:00",
    ("parquet", "0044-03-15 (BC)"): "0044-03-15 (BC)",
    ("parquet", "24:00:00"): "24:00:00",
    ("parquet", "2024-01-01 00:00:00.123456789"): "2024-01-01 00:00:00.123456789",
}
"""What Python's drivers cannot hold, as the target itself writes it."""


def _in_words(sink: Sink, table: str) -> str:
    if sink.kind == "postgres":
        ((found,),) = sink.run(f"SELECT x::text FROM {table}")
    else:
        ((found,),) = duck(":memory:", f"SELECT x::VARCHAR FROM '{sink.place.fields['path']}/{table}/*.parquet'")
    return str(found)


@every
@pytest.mark.parametrize(("kind", "value"), RISKY)
def test_what_a_target_has_not_is_kept_exactly_or_refused(sink: Sink, kind: str, value: str, tmp_path: Path) -> None:
    source = tmp_path / "source.duckdb"
    duck(source, f"CREATE TABLE v (k INTEGER, x {kind})", f"INSERT INTO v VALUES (1, {value})")
    table = sink.table()
    spec = SourceSpec(destination="origin", table="v")
    result = load(plan(sink, table, spec, place=Place("duckdb", {"path": str(source)})), tmp_path)
    if result.state is RunState.FAILED:
        assert result.diagnosis is not None
        assert result.diagnosis.code.startswith(REFUSALS), result.diagnosis
        assert sink.count(table) == 0
        return
    ((expected,),) = duck(source, "SELECT x::VARCHAR FROM v")
    if (sink.kind, expected) in BEYOND_PYTHON:
        assert _in_words(sink, table) == BEYOND_PYTHON[sink.kind, expected]
        return
    (row,) = sink.read(table)
    got = row["x"]
    if kind == "BLOB":
        assert canonical("bytes", got) == b"x" * 100_000
    elif kind.startswith(("DECIMAL", "HUGE", "UHUGE")):
        assert Fraction(str(got)) == Fraction(expected)
    elif kind.startswith(("DOUBLE[", "STRUCT", "INTEGER[")):
        ((as_json,),) = duck(source, "SELECT to_json(x)::VARCHAR FROM v")
        inner = json.loads(got) if isinstance(got, str) else got
        assert repr(inner) in (repr(json.loads(as_json)), repr(json.loads(as_json)).replace("nan", "'nan'"))
    elif kind in ("DOUBLE", "FLOAT"):
        assert repr(float(got)) == repr(float(expected))
    elif kind == "JSON":
        plain = json.loads(got) if isinstance(got, str) and sink.kind not in ("postgres", "jsonl") else got
        assert plain == json.loads(expected)
    elif kind == "VARCHAR":
        assert got == "a\0b"
    elif kind.startswith(("DATE", "TIME")):
        how = {"DATE": "date", "TIME": "time", "TIMESTAMPTZ": "instant"}.get(kind, "timestamp")
        if "infinity" in expected or "BC" in expected or expected == "24:00:00" or kind == "TIMESTAMP_NS":
            assert str(got) in (expected, "1 day, 0:00:00")
        else:
            assert canonical(how, got) == canonical(how, expected)
    else:
        assert str(got) in (expected, '{"t":"x"}', "{'t': 'x'}", "125000 days, 0:00:00")


EXISTING = {
    "postgres": {
        "integer": ["007", "1.0", "+5", " 5", "2147483648", "1e3", "-0", "0x10", "5"],
        "numeric(5,2)": ["1.555", "1000.00", "01.5", "1.5", "-0.01", "1.50000"],
        "numeric": ["1.10", "12345678901234567890123456789012345678901234567890.5", "nan"],
        "real": ["16777217", "1.1", "0.123456789"],
        "double precision": ["0.1", "1e400", "9007199254740993", "nan"],
        "varchar(3)": ["abcd", "abc", "äöü"],
        "char(3)": ["a ", "abc", "abcd"],
        "boolean": ["yes", "true", "1"],
        "date": ["2024-02-30", "2024-02-29", "29.02.2024"],
        "timestamp(0)": ["2024-01-01 00:00:00.6", "2024-01-01 00:00:00"],
        "timestamptz": ["2024-01-01 00:00:00", "2024-01-01T00:00:00+02:00"],
        "time": ["25:00:00", "12:00:00"],
        "uuid": ["f47ac10b58cc4372a5670e02b2c3d479", "F47AC10B-58CC-4372-A567-0E02B2C3D479"],
        "jsonb": ["{bad", '{"a": 1}'],
        "inet": ["10.0.0.1", "300.0.0.1"],
        "bytea": ["\\x00ff", "abc"],
        "money": ["1.234"],
        "interval": ["1 day"],
        "smallint[]": ["{1}"],
        "oid": ["1"],
        '"char"': ["ab"],
        "name": ["x" * 70],
    },
    "mysql": {
        "int": ["007", "2147483648", "5"],
        "tinyint(1)": ["true", "2", "300"],
        "tinyint unsigned": ["-1", "255", "256"],
        "mediumint": ["8388607", "8388608"],
        "decimal(5,2)": ["1.555", "1.5", "1000"],
        "float": ["1.1", "0.123456789"],
        "double(5,1)": ["1.55"],
        "varchar(3)": ["abcd", "äöü"],
        "char(3)": ["a ", "abc"],
        "date": ["2024-02-30", "0000-00-00", "2024-02-29"],
        "datetime": ["2024-01-01 00:00:00.6", "2024-01-01 00:00:00"],
        "datetime(6)": ["2024-01-01 00:00:00.000001"],
        "tinytext": ["x" * 256, "x" * 255],
        "enum('a','b')": ["a", "c"],
        "binary(3)": ["\\x00"],
        "varbinary(2)": ["\\x000102", "\\x0001"],
        "time": ["12:00:00.5", "12:00:00"],
        "year": ["2024", "24"],
        "text CHARACTER SET latin1": ["€uro", "東京"],
    },
    "sqlite": {
        "INTEGER": ["007", "9223372036854775808", "5"],
        "REAL": ["0.1", "9007199254740993"],
        "TEXT": ["007"],
        "NUMERIC": ["1.10", "12345678901234567.5"],
        "DECIMAL(5,2)": ["1.555", "1.50"],
        "DATE": ["2024-02-29", "20240229"],
        "BOOLEAN": ["true", "2"],
        "": ["007"],
        "BLOB": ["\\x00ff", "abc"],
        "TIMESTAMP": ["2024-01-01T00:00:00"],
    },
    "duckdb": {
        "INTEGER": ["007", "5"],
        "DECIMAL(5,2)": ["1.555", "1.5"],
        "TIMESTAMP": ["2024-01-01 00:00:00.1234567"],
        "ENUM('a', 'b')": ["a", "c"],
        "UTINYINT": ["-1", "255"],
        "FLOAT": ["0.123456789", "1.1"],
        "UUID": ["x"],
        "TIMESTAMPTZ": ["2024-01-01 00:00:00", "2024-01-01 00:00:00+02"],
        "JSON": ["{bad", "{}"],
        "INTEGER[]": ["[1]"],
    },
}


@pytest.mark.parametrize(
    ("sink", "declared"), [(k, d) for k, kinds in EXISTING.items() for d in kinds], indirect=["sink"]
)
def test_text_into_a_column_that_is_there_is_the_same_or_refused(sink: Sink, declared: str, tmp_path: Path) -> None:
    for value in EXISTING[sink.kind][declared]:
        table = sink.table()
        sink.run(f"CREATE TABLE {table} (k int, x {declared})")
        source = write_csv(tmp_path / "a.csv", ["k", "x"], [(1, value)])
        result = load(plan(sink, table, source), tmp_path)
        rows = sink.read(table)
        if result.state is RunState.FAILED:
            assert result.diagnosis is not None
            assert "UNKNOWN" not in result.diagnosis.code or declared == "inet", result.diagnosis
            assert rows == [], (value, result.diagnosis)
            continue
        assert _says(rows[0]["x"], value), (declared, value, rows)


def _says(got: Any, value: str) -> bool:
    """Whether a value is what the text says."""
    if isinstance(got, bool):
        return str(got).lower() == value
    if isinstance(got, (int, float, Decimal)):
        if value == "true":
            return got == 1
        return (
            value == "nan"
            or Fraction(repr(got) if isinstance(got, float) else str(got)) == Fraction(value)
            or f"{got:.7g}" == value
        )
    if isinstance(got, bytes):
        return got == bytes.fromhex(value.removeprefix("\\x"))
    if isinstance(got, datetime):
        wanted = datetime.fromisoformat(value)
        return got == wanted if got.tzinfo else got.replace(tzinfo=None) == wanted.replace(tzinfo=None)
    if isinstance(got, (dict, list)):
        return got == ast.literal_eval(value)
    if isinstance(got, timedelta):
        if "day" in value:
            return got == timedelta(days=1)
        return (datetime.min + got).time() == time.fromisoformat(value)
    if isinstance(got, UUID):
        return got == UUID(value)
    return str(got).replace("+00", "+00:00") in (value, value.replace("T", " "), "2023-12-31 22:00:00+00:00")


cells = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12),
    st.integers(-(10**20), 10**20).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.dates().map(str),
    st.sampled_from(["true", "false", "", "NA", "null", "007", "1.50", "-0", "1e5", "2024-02-30", "NaN", "\\N"]),
)


@pytest.mark.parametrize("sink", ["postgres", "sqlite", "duckdb"], indirect=True)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_texts_of_any_kind_are_printed_back_the_same(sink: Sink, tmp_path: Path, data: st.DataObject) -> None:
    column = data.draw(
        st.one_of(
            st.lists(cells, min_size=1, max_size=8),
            *(
                st.lists(kind, min_size=1, max_size=8)
                for kind in (
                    st.integers().map(str),
                    st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str),
                    st.floats(allow_nan=False, allow_infinity=False).map(repr),
                    st.dates().map(str),
                    st.booleans().map(lambda b: str(b).lower()),
                )
            ),
        )
    )
    source = write_csv(tmp_path / "h.csv", ["k", "x"], list(enumerate(column)))
    with source.open(newline="") as text:
        given = [row[1] for row in list(csv.reader(text))[1:]]  # as the file says it, line ends too
    table = sink.table()
    loaded(plan(sink, table, source), tmp_path)
    found = {int(row["k"]): row["x"] for row in sink.read(table)}
    for n, value in enumerate(given):
        got = found[n]
        if got is None:
            assert value in ("", "NA", "null")
        elif isinstance(got, float):
            assert Fraction(repr(got)) == Fraction(value)
        elif isinstance(got, bool):
            assert str(got).lower() == value
        elif sink.kind == "sqlite" and isinstance(got, int):
            assert Fraction({"true": "1", "false": "0"}.get(value, value)) == got
        else:
            assert str(got) == value


in_postgres = pytest.mark.parametrize("sink", ["postgres"], indirect=True)


@in_postgres
@pytest.mark.parametrize(
    "value",
    ["'0044-03-15 BC'::date", "'0044-03-15 10:00:00.5 BC'::timestamp", "'0044-03-15 10:00:00 BC'::timestamptz",
     "'{1,NULL}'::int[]", "'{}'::text[]"],
)  # fmt: skip
def test_what_postgres_reads_of_itself_is_what_it_had(sink: Sink, value: str, tmp_path: Path) -> None:
    table = sink.table()
    query = f"SELECT {value} AS x -- a comment"
    loaded(plan(sink, table, SourceSpec(destination="s", query=query), place=sink.place), tmp_path)
    assert _in_words(sink, table) == sink.run(f"SELECT ({value})::text")[0][0]


@in_postgres
@pytest.mark.parametrize("value", ["'{{1,2},{3,4}}'::int[]", "'[0:1]={a,b}'::text[]"])
def test_arrays_of_another_shape_are_refused(sink: Sink, value: str, tmp_path: Path) -> None:
    made = plan(sink, sink.table(), SourceSpec(destination="s", query=f"SELECT {value} AS x"), place=sink.place)
    assert refused(made, tmp_path) == "LOAD-EXACT"


@in_postgres
@pytest.mark.parametrize("mode", ["append", "replace"])
def test_a_source_is_not_in_the_way_of_the_columns_that_its_table_gets(sink: Sink, mode: str, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} AS SELECT generate_series(1, 10) AS id")
    spec = SourceSpec(destination="s", query=f"SELECT id, id * 2 AS twice FROM {table}")
    assert loaded(plan(sink, table, spec, mode, add_columns=True, place=sink.place), tmp_path).rows == 10
    assert sum(row["twice"] or 0 for row in sink.read(table)) == 110


def _moments(kind: str, *values: int) -> Any:
    import pyarrow as pa

    zoned = pa.timestamp("ns", tz="UTC")
    match kind:
        case "struct":
            return pa.array([{"a": 1, "t": value} for value in values], pa.struct([("a", pa.int8()), ("t", zoned)]))
        case "list":
            return pa.array([[value] for value in values], pa.list_(zoned))
        case "map":
            return pa.array([[("k", value)] for value in values], pa.map_(pa.string(), zoned))
    return pa.array(values, pa.timestamp("ns") if kind == "int96" else zoned)


@pytest.mark.parametrize("sink", ["duckdb"], indirect=True)
@pytest.mark.parametrize("kind", ["zoned", "struct", "list", "map", "int96"])
def test_nanoseconds_in_parquet_are_refused_where_they_would_be_cut(sink: Sink, kind: str, tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    file = tmp_path / "a.parquet"
    for value, is_cut in ((1_700_000_000_123_456_000, False), (1_700_000_000_123_456_789, True)):
        # A name may hold a dot, by which Parquet's own paths are told apart.
        columns = {"a": [1, 2], "a.b": _moments(kind, 0, value)}
        parquet.write_table(pa.table(columns), file, use_deprecated_int96_timestamps=kind == "int96")
        made = plan(sink, sink.table(), file)
        if is_cut:
            assert refused(made, tmp_path) == "LOAD-EXACT"
        else:
            assert loaded(made, tmp_path).rows == 2
            assert ".123456" in str(duck(str(sink.place.fields["path"]), f'SELECT "a.b"::VARCHAR FROM {made.table}'))


@pytest.mark.parametrize("sink", ["duckdb"], indirect=True)
def test_days_that_are_too_far_for_nanoseconds_are_none_of_them(sink: Sink, tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    file, table = tmp_path / "a.parquet", sink.table()
    moments = pa.array([datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)], pa.timestamp("us"))
    parquet.write_table(pa.table({"t": moments}), file, use_deprecated_int96_timestamps=True)
    loaded(plan(sink, table, file), tmp_path)
    texts = [row["t"] for row in sink.read(table)]
    assert [str(text) for text in texts] == ["0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"]


@pytest.mark.parametrize("sink", ["duckdb"], indirect=True)
def test_decimals_that_duckdb_would_make_doubles_of_are_refused(sink: Sink, tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    file = tmp_path / "a.parquet"
    for digits, code in ((50, "LOAD-EXACT"), (38, "")):
        parquet.write_table(pa.table({"d": pa.array([Decimal("1.5")], pa.decimal256(digits, 5))}), file)
        made = plan(sink, sink.table(), file)
        assert (refused(made, tmp_path) if code else loaded(made, tmp_path).diagnosis or "") == code


CASELESS = {
    "postgres": 'text COLLATE "caseless"', "mysql": "varchar(20) COLLATE utf8mb4_general_ci",
    "sqlite": "TEXT COLLATE NOCASE", "duckdb": "VARCHAR COLLATE NOCASE",
}  # fmt: skip


@pytest.mark.parametrize("sink", list(CASELESS), indirect=True)
def test_a_merge_goes_by_the_collation_of_its_key(sink: Sink, tmp_path: Path) -> None:
    table, kind = sink.table(), CASELESS[sink.kind]
    if sink.kind == "postgres":
        made = "provider = icu, locale = 'und-u-ks-level2', deterministic = false"
        sink.run(f'CREATE COLLATION IF NOT EXISTS "caseless" ({made})')
    sink.run(f"CREATE TABLE {table} (k {kind}, v {kind}, n int)")
    sink.run(f"INSERT INTO {table} VALUES ('a', 'old', 0), ('b', 'old', 0)")
    twice = write_csv(tmp_path / "twice.csv", ["k", "v", "n"], [("A", "x", 0), ("a", "y", 0)])
    assert refused(plan(sink, table, twice, "merge", ["k"]), tmp_path) == "LOAD-KEY-TWICE"
    once = write_csv(tmp_path / "once.csv", ["k", "v", "n"], [("a", "Old", 0), ("c", "new", 0)])
    loaded(plan(sink, table, once, "merge", ["k"]), tmp_path)
    once = write_csv(tmp_path / "once.csv", ["k", "v", "n"], [("A", "Old", 0)])
    loaded(plan(sink, table, once, "merge", ["k"]), tmp_path)
    # What is the same to the collation, and written in another way, is a change, of the key too.
    assert sorted((row["k"], row["v"]) for row in sink.read(table)) == [
        ("a" if sink.kind in ("mysql", "duckdb") else "A", "Old"), ("b", "old"), ("c", "new"),
    ]  # fmt: skip


REFUSED_BY_MYSQL = [
    ("enum('Red', 'it''s', 'a\\\\b') CHARACTER SET utf8mb4", "red", "LOAD-VALUE"),
    ("enum('Red', 'it''s')", "Red ", "LOAD-VALUE"),
    ("varchar(20) CHARACTER SET utf8mb3", "ok 😀", "LOAD-REFUSED"),
    ("varchar(20) CHARACTER SET latin1", "東京", "LOAD-REFUSED"),
    ("varchar(20) CHECK (x <> 'no')", "no", "LOAD-CONSTRAINT"),
    ("json", "{no json", "LOAD-VALUE LOAD-CONSTRAINT"),
    ("varbinary(8)", "plain text", "LOAD-VALUE"),
    ("varbinary(2)", "\\x001122", "LOAD-VALUE"),
]


@pytest.mark.parametrize("sink", ["mysql"], indirect=True)
@pytest.mark.parametrize(("declared", "value", "code"), REFUSED_BY_MYSQL)
def test_what_mysql_would_store_as_something_else_names_its_column(
    sink: Sink, declared: str, value: str, code: str, tmp_path: Path
) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (k int, x {declared})")
    source = write_csv(tmp_path / "s.csv", ["k", "x"], [(1, value)])
    result = load(plan(sink, table, source), tmp_path)
    assert result.diagnosis is not None and result.diagnosis.code in code.split()
    assert re.search(r"\bx\b", f"{result.diagnosis.cause} {result.diagnosis.message}")
    assert sink.count(table) == 0


@pytest.mark.parametrize("sink", ["mysql"], indirect=True)
def test_words_of_an_enumeration_arrive_as_they_are(sink: Sink, tmp_path: Path) -> None:
    table, words = sink.table(), ["Red", "it's", "a\\b", "x, y"]
    declared = ", ".join("'" + w.replace("\\", "\\\\").replace("'", "''") + "'" for w in words)
    sink.run(f"CREATE TABLE {table} (k int, x enum({declared}))")
    loaded(plan(sink, table, write_csv(tmp_path / "s.csv", ["k", "x"], list(enumerate(words)))), tmp_path)
    assert [row["x"] for row in sorted(sink.read(table), key=lambda row: row["k"])] == words


@in_postgres
@pytest.mark.parametrize("other", ["duckdb", "sqlite", "parquet"])
@pytest.mark.parametrize("value", ["'NaN'::numeric(5,2)", "'294276-12-31'::timestamp", "'3000000 hours'::interval"])
def test_a_value_that_cannot_be_read_is_told_of_the_source(
    sink: Sink, other: str, value: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    spec = SourceSpec(destination="s", query=f"SELECT {value} AS x")
    with sink_of(other, request, tmp_path) as target:
        result = load(plan(target, "t", spec, place=sink.place), tmp_path)
    assert result.of_source
    assert result.diagnosis is not None
    assert (result.diagnosis.code, result.diagnosis.is_own) == ("LOAD-READ", False)


@in_postgres
@pytest.mark.parametrize("other", ["duckdb", "sqlite", "parquet", "jsonl"])
def test_a_query_that_fails_halfway_is_told_of_the_source(
    sink: Sink, other: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    spec = SourceSpec(destination="s", query="SELECT n, 1 / (150000 - n) AS x FROM generate_series(1, 200000) n")
    with sink_of(other, request, tmp_path) as target:
        result = load(plan(target, "t", spec, place=sink.place), tmp_path)
    assert result.of_source and result.diagnosis is not None
    assert result.diagnosis.code == "PG-STATEMENT" and "division by zero" in result.diagnosis.message


@pytest.mark.parametrize("sink", ["sqlite"], indirect=True)
def test_a_column_of_parquet_without_a_type_becomes_text(sink: Sink, tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    source, table = tmp_path / "none.parquet", sink.table()
    parquet.write_table(pa.table({"k": [1, 2], "x": pa.nulls(2)}), source)
    loaded(plan(sink, table, source), tmp_path)
    assert ("x", "TEXT") in [(row[1], row[2]) for row in sink.run(f"PRAGMA table_info({table})")]
    assert [row["x"] for row in sink.read(table)] == [None, None]


LEAVES_OUT = {
    "postgres": (
        "CREATE OR REPLACE FUNCTION left_out() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN IF NEW.id = 2 THEN RETURN NULL; END IF; RETURN NEW; END'",
        "CREATE TRIGGER t BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION left_out()",
    ),
    "sqlite": ("CREATE TRIGGER t BEFORE INSERT ON {table} WHEN NEW.id = 2 BEGIN SELECT RAISE(IGNORE); END",),
}


@pytest.mark.parametrize("sink", list(LEAVES_OUT), indirect=True)
@pytest.mark.parametrize("mode", MODES)
def test_a_trigger_that_leaves_rows_out_is_told_and_nothing_stays(sink: Sink, mode: str, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id int, v int)")
    sink.run(f"INSERT INTO {table} VALUES (1, 0)")
    for statement in LEAVES_OUT[sink.kind]:
        sink.run(statement.format(table=table))
    source = write_csv(tmp_path / "s.csv", ["id", "v"], [(1, 1), (2, 2)])
    assert refused(plan(sink, table, source, mode), tmp_path) == "LOAD-COUNT"
    assert sink.read(table) == [{"id": 1, "v": 0}]


@in_postgres
def test_a_trigger_that_puts_rows_into_tables_below_leaves_none_out(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id int, v int)")
    sink.run(f"CREATE TABLE {table}_below () INHERITS ({table})")
    body = f"BEGIN INSERT INTO analytics.{table}_below VALUES (NEW.*); RETURN NULL; END"
    sink.run(f"CREATE FUNCTION {table}_routed() RETURNS trigger LANGUAGE plpgsql AS '{body}'")
    sink.run(f"CREATE TRIGGER t BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_routed()")
    loaded(plan(sink, table, write_csv(tmp_path / "s.csv", ["id", "v"], [(1, 1), (2, 2)])), tmp_path)
    assert sink.read(table) == [{"id": 1, "v": 1}, {"id": 2, "v": 2}]
    sink.run(f"DROP TABLE {table}_below")


@in_postgres
def test_a_trigger_that_changes_a_key_leaves_no_row_out(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id text, v int)")
    body = "BEGIN NEW.id = lower(NEW.id); RETURN NEW; END"
    sink.run(f"CREATE FUNCTION {table}_lower() RETURNS trigger LANGUAGE plpgsql AS '{body}'")
    sink.run(f"CREATE TRIGGER t BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_lower()")
    loaded(plan(sink, table, write_csv(tmp_path / "s.csv", ["id", "v"], [("A", 1), ("B", 2)]), "merge"), tmp_path)
    assert sorted(row["id"] for row in sink.read(table)) == ["a", "b"]


@in_postgres
def test_jsonb_that_only_compares_equal_is_merged(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id int, doc jsonb)")
    for number in ("1.0", "1.00"):
        source = write_csv(tmp_path / "s.csv", ["id", "doc"], [(1, f'{{"a": {number}}}')])
        loaded(plan(sink, table, source, "merge"), tmp_path)
        assert sink.run(f"SELECT doc::text FROM {table}") == [(f'{{"a": {number}}}',)]
