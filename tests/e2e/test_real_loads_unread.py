"""What cannot be read or kept as it is, in Parquet, JSON Lines and rows of servers, is told with its column or line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from destui.domain.check import Diagnosis
from destui.domain.loads import LoadPlan, SourceSpec
from tests.e2e.load_checks import Sink, duck, load, loaded, plan, refused, sink_of, write_csv
from tests.e2e.load_checks import sink as sink

pytestmark = pytest.mark.servers


def _told(made: LoadPlan, folder: Path) -> Diagnosis:
    found = load(made, folder).diagnosis
    assert found is not None
    return found


@pytest.mark.parametrize("sink", ["postgres", "duckdb"], indirect=True)
def test_a_time_of_parquet_that_is_too_far_names_its_column(sink: Sink, tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    far = pa.array([1, 2**62], pa.int64()).cast(pa.timestamp("ms"))
    parquet.write_table(pa.table({"id": [1, 2], "t": far}), tmp_path / "a.parquet")
    found = _told(plan(sink, "t", tmp_path / "a.parquet"), tmp_path)
    assert (found.code, found.cause) == ("LOAD-READ", "A value of column t cannot be read without a loss.")


@pytest.mark.parametrize(
    ("kind", "query", "code", "column"),
    [
        ("mysql", "SELECT 1 AS id, CAST('100:00:00' AS time) AS t", "LOAD-READ", "t"),
        ("mysql", "SELECT 1 AS id, '' AS x, CAST('0000-00-00' AS date) AS day", "LOAD-READ", "day"),
        ("postgres", "SELECT 1 AS id, 2 AS x, array[[1,2],[3,4]] AS list", "LOAD-EXACT", "list"),
    ],
)
def test_a_value_of_a_server_names_its_column(
    request: pytest.FixtureRequest, kind: str, query: str, code: str, column: str, tmp_path: Path
) -> None:
    with sink_of("duckdb", request, tmp_path) as target, sink_of(kind, request, tmp_path) as source:
        made = plan(target, "t", SourceSpec(destination="s", query=query), place=source.place)
        found = _told(made, tmp_path)
    assert found.code == code
    assert f"olumn {column} " in found.cause


@pytest.mark.parametrize("sink", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("code", "bad"), [("LOAD-JSON-DIGITS", '{"a":0.12345678901234567890123}'), ("LOAD-JSON-OBJECT", "[1]")]
)
def test_a_line_of_json_that_is_refused_is_told(sink: Sink, code: str, bad: str, tmp_path: Path) -> None:
    (tmp_path / "1.jsonl").write_text('{"a":1}\n')
    second = tmp_path / "2.jsonl"
    second.write_text(f'{{"a":1}}\n\n{{"a":2.5}}\n{bad}\n')
    found = _told(plan(sink, "t", tmp_path / "*.jsonl"), tmp_path)
    assert found.code == code
    assert found.cause.startswith(f"Line 4 of {second} ")


@pytest.mark.parametrize("sink", ["mysql"], indirect=True)
@pytest.mark.parametrize("mode", ["append", "merge"])
def test_json_of_mariadb_is_looked_at_before_it_is_sent(sink: Sink, mode: str, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id int, v json)")
    source = write_csv(tmp_path / "a.csv", ["id", "v"], [(1, '{"a": 1}'), (2, "{bad")])
    found = _told(plan(sink, table, source, mode), tmp_path)
    assert found.code == "LOAD-VALUE"
    assert found.cause == f'The value "{{bad" of column v in line 3 of {source} does not fit into json without a loss.'
    assert sink.count(table) == 0
    loaded(plan(sink, table, write_csv(source, ["id", "v"], [(1, '{"a": 1}'), (2, None)]), mode), tmp_path)
    assert [row["v"] for row in sink.read(table)] == ['{"a": 1}', None]
    (tmp_path / "a.jsonl").write_text('{"id": 3, "v": {"b": [1]}}\n')
    loaded(plan(sink, table, tmp_path / "a.jsonl", mode), tmp_path)
    assert json.loads(sink.read(table)[2]["v"]) == {"b": [1]}
    loaded(plan(sink, table, write_csv(source, ["id", "v"], [(9, '{"a": 1}')]), "merge", key=("v",)), tmp_path)
    assert sorted(row["id"] for row in sink.read(table)) == [2, 3, 9]


@pytest.mark.parametrize("sink", ["jsonl"], indirect=True)
def test_a_text_of_json_lines_stays_text(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    loaded(plan(sink, table, write_csv(tmp_path / "a.csv", ["id", "v", "n"], [(1, "007", None)])), tmp_path)
    more = write_csv(tmp_path / "b.csv", ["id", "v", "n"], [(2, "8", "5"), (3, "1.50", "6"), (4, None, None)])
    loaded(plan(sink, table, more), tmp_path)
    loaded(plan(sink, table, write_csv(tmp_path / "c.csv", ["id", "v"], [(3, "9"), (5, "true")]), "merge"), tmp_path)
    rows = {row["id"]: (row["v"], row.get("n")) for row in sink.read(table)}
    assert rows == {1: ("007", None), 2: ("8", 5), 3: ("9", 6), 4: (None, None), 5: ("true", None)}
    numbers = tmp_path / "d.jsonl"
    numbers.write_text('{"id": 6, "v": 10}\n')
    assert refused(plan(sink, table, numbers), tmp_path) == "LOAD-TYPE"
    loaded(plan(sink, table, numbers, "replace"), tmp_path)
    assert [(row["id"], row["v"]) for row in sink.read(table)] == [(6, 10)]


@pytest.mark.parametrize("sink", ["sqlite", "jsonl"], indirect=True)
@pytest.mark.parametrize("value", ["inf", "-inf", "nan"])
def test_a_number_that_is_not_finite_makes_no_json(sink: Sink, value: str, tmp_path: Path) -> None:
    finite, source, text = tmp_path / "a.parquet", tmp_path / "b.parquet", "NaN, Infinity, ]"
    select = (
        f"SELECT n AS id, struct_pack(a := if(n = 1, '{value}', '1.5')::DOUBLE, b := '{text}') AS v FROM range(3) t(n)"
    )
    duck(":memory:", f"COPY ({select}) TO '{source}' (FORMAT parquet)")
    duck(":memory:", f"COPY ({select} LIMIT 1) TO '{finite}' (FORMAT parquet)")
    loaded(plan(sink, table := sink.table(), finite), tmp_path)
    (kept,) = (row["v"] for row in sink.read(table))
    assert (json.loads(kept) if sink.kind == "sqlite" else kept) == {"a": 1.5, "b": text}
    for into in (table, sink.table()):
        found = _told(plan(sink, into, source), tmp_path)
        assert found.code == "LOAD-VALUE"
        kind = "TEXT" if sink.kind == "sqlite" else "JSON"
        assert found.cause.endswith(f" of column v in row 2 of {source} does not fit into {kind} without a loss.")
    assert sink.count(table) == 1


@pytest.mark.parametrize("sink", ["sqlite"], indirect=True)
def test_json_of_a_csv_is_json_to_everybody(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id int, v json)")
    for bad in ('{"a":1,}', "[NaN]", '[1, {"b": -Infinity} ]', "[inf]", '["a,]", 1 , ]'):
        source = write_csv(tmp_path / "a.csv", ["id", "v"], [(1, "[]"), (2, bad)])
        found = _told(plan(sink, table, source), tmp_path)
        assert (
            found.cause == f'The value "{bad}" of column v in line 3 of {source} does not fit into json without a loss.'
        )
    good = ['{"a,}": "b, ]"}', r'["\",]", "NaN", ": NaN}", "inf"]', '{"nan": [true, null, 1e5]}']
    loaded(plan(sink, table, write_csv(tmp_path / "a.csv", ["id", "v"], list(enumerate(good)))), tmp_path)
    assert sink.run(f"SELECT v, json_valid(v) FROM {table} ORDER BY id") == [(text, 1) for text in good]


@pytest.mark.parametrize("sink", ["jsonl"], indirect=True)
def test_a_column_of_which_no_number_is_finite_takes_others(sink: Sink, tmp_path: Path) -> None:
    table, source = sink.table(), tmp_path / "a.parquet"
    for select in ("1 AS id, 'nan'::DOUBLE AS v", "2 AS id, 1.5::DOUBLE AS v", "3 AS id, 7 AS v"):
        duck(":memory:", f"COPY (SELECT {select}) TO '{source}' (FORMAT parquet)")
        loaded(plan(sink, table, source), tmp_path)
    assert {row["id"]: row["v"] for row in sink.read(table)} == {1: "nan", 2: 1.5, 3: 7}
