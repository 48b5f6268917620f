"""What is loaded from: files of each kind, tables and queries of each destination, and what a preview shows of them."""

from __future__ import annotations

import datetime
import gzip
import json
import re
import sqlite3
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from destui.connectors.base import Fault
from destui.domain.errors import InvalidInput
from destui.domain.loads import FileOptions, Mode, Place, Preview, RunState, SourceSpec, check_plan, parse_source
from destui.loads import process
from tests.e2e.load_checks import Sink, _folder_sink, duck, load, loaded, plan, refused, write_csv
from tests.e2e.load_checks import sink as sink

pytestmark = pytest.mark.servers
into_duckdb = pytest.mark.parametrize("sink", ["duckdb"], indirect=True)


def _texts(sink: Sink, table: str) -> list[tuple[str | None, ...]]:
    """All values of a DuckDB table as DuckDB writes them."""
    return duck(sink.place.fields["path"], f"SELECT COLUMNS(*)::VARCHAR FROM {table} ORDER BY ALL")


def _types(sink: Sink, table: str) -> dict[str, str]:
    return {row[0]: row[1] for row in duck(sink.place.fields["path"], f"DESCRIBE {table}")}


POSTGRES = {
    "boolean": "true",
    "smallint": "-32768",
    "integer": "2147483647",
    "bigint": "9007199254740993",
    "numeric(38,10)": "1234567890123456789012345678.0123456789",
    "numeric": "1.10",
    "real": "1.1",
    "double precision": "0.30000000000000004",
    "text": "'ünï, \"q\" ''x''' || chr(10)",
    "varchar(5)": "' a '",
    "char(3)": "'ab '",
    "bytea": r"'\x00ff'",
    "date": "'2024-02-29'",
    "time": "'12:34:56.7'",
    "timetz": "'12:34:56+02'",
    "timestamp": "'2024-02-29 12:34:56.789012'",
    "timestamptz": "'2024-02-29 12:00:00+02'",
    "interval": "'1 year 2 mons 3 days 04:05:06.7'",
    "uuid": "'f47ac10b-58cc-4372-a567-0e02b2c3d479'",
    "jsonb": "'{\"a\": 1.50}'",
    "inet": "'10.0.0.1'",
    "integer[]": "'{1,NULL,3}'",
    "point": "'(1,2)'",
}
IN_DUCKDB = {
    "numeric": ("VARCHAR", "1.10"),
    "real": ("FLOAT", "1.1"),
    "double precision": ("DOUBLE", "0.30000000000000004"),
    "numeric(38,10)": ("DECIMAL(38,10)", "1234567890123456789012345678.0123456789"),
    "varchar(5)": ("VARCHAR", " a "),
    "char(3)": ("VARCHAR", "ab "),
    "bytea": ("BLOB", r"\x00\xFF"),
    "timetz": ("TIME WITH TIME ZONE", "12:34:56+02"),
    "timestamptz": ("TIMESTAMP WITH TIME ZONE", "2024-02-29 10:00:00+00"),
    "interval": ("INTERVAL", "1 year 2 months 3 days 04:05:06.7"),
    "integer[]": ("INTEGER[]", "[1, NULL, 3]"),
    "inet": ("VARCHAR", "10.0.0.1"),
    "point": ("VARCHAR", "(1,2)"),
    "jsonb": ("JSON", '{"a": 1.50}'),
    "text": ("VARCHAR", "ünï, \"q\" 'x'\n"),
    "date": ("DATE", "2024-02-29"),
}


@into_duckdb
def test_a_table_of_postgres(sink: Sink, postgres: Any, tmp_path: Path) -> None:
    table = sink.table()
    columns = ", ".join(f'"c {kind}" {kind}' for kind in POSTGRES)
    postgres.run(
        f'CREATE TABLE analytics."S {table}" ({columns})', f'GRANT SELECT ON analytics."S {table}" TO loader',
        f'INSERT INTO analytics."S {table}" VALUES ({", ".join(POSTGRES.values())})',
        f'INSERT INTO analytics."S {table}" DEFAULT VALUES',
    )  # fmt: skip
    place = _postgres(postgres)
    result = loaded(plan(sink, table, SourceSpec(destination="pg", table=f"S {table}"), place=place), tmp_path)
    assert result.rows == 2
    row, nulls = _texts(sink, table)
    assert set(nulls) == {None}
    types = _types(sink, table)
    for kind, got in zip(POSTGRES, row, strict=True):
        wanted_type, wanted = IN_DUCKDB.get(kind, (types[f"c {kind}"], POSTGRES[kind].strip("'")))
        assert (types[f"c {kind}"], got) == (wanted_type, wanted), kind
    # What a query gives, from a schema by its name.
    query = f'select 1 as a, "c text" as b from analytics."S {table}" where "c text" is not null;'
    other = sink.table()
    spec = parse_source(f"pg:{query}", ["pg"])
    assert loaded(plan(sink, other, spec, place=place), tmp_path).rows == 1
    home = parse_source(f'pg:select count(*) as n from "S {table}"', ["pg"])
    assert loaded(plan(sink, sink.table(), home, place=place), tmp_path).rows == 1
    qualified = SourceSpec(destination="pg", table=f'analytics."S {table}"')
    assert loaded(plan(sink, table, qualified, "replace", place=place), tmp_path).rows == 2


def _postgres(server: Any) -> Place:
    from destui.domain.secret import Secret
    from tests.servers.postgres import LOADER_PASSWORD

    return Place("postgres", server.fields, {"password": Secret(LOADER_PASSWORD)})


@pytest.mark.parametrize("sink", ["postgres"], indirect=True)
def test_postgres_into_itself_keeps_its_own_types(sink: Sink, postgres: Any, tmp_path: Path) -> None:
    table, copy = sink.table(), sink.table()
    kinds = [k for k in POSTGRES if k != "interval"] + ["interval", "numrange", "cidr"]
    values = [{**POSTGRES, "numrange": "'[1,2)'", "cidr": "'10.0.0.0/8'"}[k] for k in kinds]
    sink.run(f"CREATE TABLE {table} ({', '.join(f'c{n} {k}' for n, k in enumerate(kinds))})")
    sink.run(f"INSERT INTO {table} VALUES ({', '.join(values)})")
    sink.run(f"CREATE TABLE {copy} (LIKE {table})")
    spec = SourceSpec(destination="pg", table=table)
    for mode, key in (("append", ()), ("replace", ()), ("merge", ("c1",))):
        loaded(plan(sink, copy, spec, mode, key, place=_postgres(postgres)), tmp_path)
        assert sink.run(f"SELECT t::text FROM {copy} t") == sink.run(f"SELECT t::text FROM {table} t")


@into_duckdb
def test_failures_of_a_source_are_told_as_its_own(sink: Sink, postgres: Any, closed_port: int, tmp_path: Path) -> None:
    place = _postgres(postgres)

    def fails(spec: SourceSpec, at: Place) -> str:
        result = load(plan(sink, "t", spec, place=at), tmp_path)
        assert result.diagnosis is not None
        assert result.of_source
        return result.diagnosis.code

    away = Place("postgres", {**place.fields, "port": closed_port}, place.secrets)
    assert fails(SourceSpec(destination="pg", table="t"), away) == "NET-REFUSED"
    assert fails(SourceSpec(destination="pg", table="nope"), place) == "LOAD-NO-SUCH-TABLE"
    assert fails(SourceSpec(destination="pg", query="select from where"), place) == "LOAD-QUERY"
    shown = SourceSpec(destination="pg", query="select current_setting('search_path') as p")
    odd = Place("postgres", {**place.fields, "schema": 'we"ird, x'}, place.secrets)
    copy = sink.table()
    loaded(plan(sink, copy, shown, place=odd), tmp_path)
    assert _texts(sink, copy) == [('"we""ird, x", public',)]
    writes = "with x as (delete from pg_class returning 1) select * from x"
    assert fails(SourceSpec(destination="pg", query=writes), place)
    twice = SourceSpec(destination="pg", query="select 1 as a, 2 as a")
    assert fails(twice, place) == "LOAD-COLUMN-TWICE"
    never = SourceSpec(destination="pg", query="select 'infinity'::timestamp as t, 1 as a")
    assert load(plan(sink, "t", never, place=place), tmp_path).state in (RunState.DONE, RunState.FAILED)


MYSQL = {
    "tinyint": ("TINYINT", "-128", "-128"),
    "int unsigned": ("UINTEGER", "4294967295", "4294967295"),
    "bigint unsigned": ("UBIGINT", "18446744073709551615", "18446744073709551615"),
    "mediumint": ("INTEGER", "-8388608", "-8388608"),
    "decimal(38,10)": (
        "DECIMAL(38,10)",
        "-1234567890123456789012345678.0123456789",
        "-1234567890123456789012345678.0123456789",
    ),
    "float": ("DOUBLE", "1.1", "1.100000023841858"),
    "double": ("DOUBLE", "0.30000000000000004", "0.30000000000000004"),
    "varchar(20)": ("VARCHAR", "'ünï ❤ \"q\"'", 'ünï ❤ "q"'),
    "text": ("VARCHAR", "'a\\nb'", "a\nb"),
    "char(3)": ("VARCHAR", "'ab'", "ab"),
    "varbinary(4)": ("BLOB", "X'00FF'", r"\x00\xFF"),
    "blob": ("BLOB", "X'5C0A'", r"\x5C\x0A"),
    "date": ("DATE", "'2024-02-29'", "2024-02-29"),
    "datetime(6)": ("TIMESTAMP", "'2024-02-29 12:34:56.789012'", "2024-02-29 12:34:56.789012"),
    "timestamp(6) NULL": ("TIMESTAMP WITH TIME ZONE", "'2024-02-29 12:34:56.5'", "2024-02-29 12:34:56.5+00"),
    "time(6)": ("TIME", "'12:34:56.7'", "12:34:56.7"),
    "year": ("SMALLINT", "2024", "2024"),
    "enum('a','b')": ("VARCHAR", "'b'", "b"),
    "set('x','y')": ("VARCHAR", "'x,y'", "x,y"),
    "bit(9)": ("UBIGINT", "b'100000001'", "257"),
    "json": ("VARCHAR", "'{\"a\": 1}'", '{"a": 1}'),
}


@into_duckdb
def test_a_table_of_mysql(sink: Sink, mariadb: Any, tmp_path: Path) -> None:
    from destui.domain.secret import Secret
    from tests.servers.mariadb import LOADER_PASSWORD

    place = Place("mysql", mariadb.fields, {"password": Secret(LOADER_PASSWORD)})
    table = sink.table()
    columns = ", ".join(f"`c{n}` {kind}" for n, kind in enumerate(MYSQL))
    mariadb.run(
        "SET time_zone = '+00:00'", f"CREATE TABLE warehouse.{table} ({columns}) CHARACTER SET utf8mb4",
        f"INSERT INTO warehouse.{table} VALUES ({', '.join(v for _, v, _ in MYSQL.values())})",
        f"INSERT INTO warehouse.{table} VALUES ({', '.join(['NULL'] * len(MYSQL))})",
    )  # fmt: skip
    try:
        assert loaded(plan(sink, table, SourceSpec(destination="my", table=table), place=place), tmp_path).rows == 2
        row, nulls = _texts(sink, table)
        assert set(nulls) == {None}
        types = _types(sink, table)
        for n, (kind, (wanted_type, _, wanted)) in enumerate(MYSQL.items()):
            assert (types[f"c{n}"], row[n]) == (wanted_type, wanted), kind
        other = sink.table()
        spec = parse_source(f"my:select c0 + 1 as a from {table}", ["my"])
        assert loaded(plan(sink, other, spec, place=place), tmp_path).rows == 2
        zero = SourceSpec(destination="my", query="select cast('0000-00-00' as date) as d union select '2024-01-01'")
        assert load(plan(sink, sink.table(), zero, place=place), tmp_path).rows in (0, 2)
    finally:
        mariadb.run(f"DROP TABLE warehouse.{table}")


@into_duckdb
def test_a_table_of_sqlite_whose_values_have_types_of_their_own(sink: Sink, tmp_path: Path) -> None:
    path = tmp_path / "source.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE t (i INTEGER, r REAL, s TEXT, b BLOB, both NUMERIC, mixed, flag BOOLEAN, day DATE,"
            " cost DECIMAL(9,2), n)"
        )
        connection.executemany("INSERT INTO t VALUES (?,?,?,?,?,?,?,?,?,?)", [
            (2**63 - 1, 0.1, "x", b"\0\xff", 1, 7, 1, "2024-02-29", 12.5, None),
            (-1, 1e300, "007", b"", 2.5, "seven", 0, "2024-03-01", 3, None),
            (None, None, None, None, None, 0.1, None, None, None, None),
        ])  # fmt: skip
        connection.execute("CREATE TABLE bad (x)")
        connection.executemany("INSERT INTO bad VALUES (?)", [("x",), (b"y",)])
    place, table = Place("sqlite", {"path": str(path)}), sink.table()
    loaded(plan(sink, table, SourceSpec(destination="s", table="t"), place=place), tmp_path)
    assert list(_types(sink, table).values()) == [
        "BIGINT", "DOUBLE", "VARCHAR", "BLOB", "DOUBLE", "VARCHAR", "BOOLEAN", "DATE", "DECIMAL(9,2)", "VARCHAR",
    ]  # fmt: skip
    assert _texts(sink, table) == [
        ("-1", "1e+300", "007", "", "2.5", "seven", "false", "2024-03-01", "3.00", None),
        ("9223372036854775807", "0.1", "x", r"\x00\xFF", "1.0", "7", "true", "2024-02-29", "12.50", None),
        (None, None, None, None, None, "0.1", None, None, None, None),
    ]
    assert refused(plan(sink, "x", SourceSpec(destination="s", table="bad"), place=place), tmp_path) == "LOAD-EXACT"
    query = SourceSpec(destination="s", query="select i, s as name from t where i > 0")
    assert loaded(plan(sink, sink.table(), query, place=place), tmp_path).rows == 1


@pytest.mark.parametrize("sink", ["sqlite", "duckdb"], indirect=True)
def test_a_file_into_itself(sink: Sink, tmp_path: Path) -> None:
    table, copy = sink.table(), sink.table()
    loaded(plan(sink, table, write_csv(tmp_path / "a.csv", ["id", "n"], [(1, "x"), (2, "y")])), tmp_path)
    spec = SourceSpec(destination="same", table=table)
    for mode in ("append", "replace", "merge"):
        loaded(plan(sink, copy, spec, mode, place=sink.place), tmp_path)
        assert sorted(r["id"] for r in sink.read(copy)) == [1, 2]
    loaded(plan(sink, table, spec, place=sink.place), tmp_path)
    assert sorted(r["id"] for r in sink.read(table)) == [1, 1, 2, 2]


@into_duckdb
@pytest.mark.parametrize("shape", ["parquet", "csv", "jsonl"])
def test_a_folder(sink: Sink, shape: str, tmp_path: Path) -> None:
    folder = _folder_sink(tmp_path, shape)
    values = [(1, "a", "1.50", "2024-02-29"), (2, None, "2.25", None)]
    source = write_csv(tmp_path / "a.csv", ["id", "name", "cost", "day"], values)
    loaded(plan(folder, "sub/t", source), tmp_path)
    loaded(plan(folder, "sub/t", source), tmp_path)
    for spec in (SourceSpec(destination="f", table="sub/t"), SourceSpec(destination="f", table=f"sub/t/*.{shape}")):
        table = sink.table()
        assert loaded(plan(sink, table, spec, place=folder.place), tmp_path).rows == 4
        # A number of JSON has no zeros at its end.
        assert _texts(sink, table)[0][:3] == ("1", "a", "1.5" if shape == "jsonl" else "1.50")
        assert _texts(sink, table)[2][1] is None


@into_duckdb
def test_a_folder_is_a_border(sink: Sink, tmp_path: Path) -> None:
    folder = _folder_sink(tmp_path, "csv")
    base = Path(str(folder.place.fields["path"]))
    for path in (base / "t" / "a.csv", base / "b.csv", base.parent / "out" / "c.csv"):
        path.parent.mkdir(exist_ok=True)
        write_csv(path, ["id"], [(1,)])
    (base / "link.csv").symlink_to(base / "b.csv")
    (base / "away.csv").symlink_to(base.parent / "out" / "c.csv")
    (base / "gone").symlink_to(base.parent / "out")

    def spec(text: str) -> SourceSpec:
        return SourceSpec(destination="f", table=text)

    for inside in ("t", "t/*.csv", "b.csv", "t/../b.csv", "link.csv", str(base / "b.csv")):
        assert loaded(plan(sink, sink.table(), spec(inside), place=folder.place), tmp_path).rows == 1, inside
    for outside in ("../out/c.csv", "../out", "../out/*.csv", "../none.csv", str(base.parent / "out" / "c.csv"),
                    "/etc/hostname", "away.csv", "a*.csv", "gone", "gone/c.csv", "*/../../out/c.csv"):  # fmt: skip
        assert refused(plan(sink, "t", spec(outside), place=folder.place), tmp_path) == "LOAD-SOURCE-OUTSIDE", outside


@into_duckdb
def test_packed_files_and_globs(sink: Sink, tmp_path: Path) -> None:
    import pyarrow as pa

    (tmp_path / "in").mkdir()
    content = b"id,name\n1,a\n"
    (tmp_path / "in" / "1.csv").write_bytes(content)
    (tmp_path / "in" / "2.csv.gz").write_bytes(gzip.compress(b"name,id\nb,2\n"))
    with pa.output_stream(str(tmp_path / "in" / "3.csv.zst"), compression="zstd") as stream:
        stream.write(b"id,name\n3,c\n")
    table = sink.table()
    assert loaded(plan(sink, table, tmp_path / "in" / "*.csv*"), tmp_path).rows == 3
    assert _texts(sink, table) == [("1", "a"), ("2", "b"), ("3", "c")]
    (tmp_path / "in" / "4.csv").write_bytes(b"\nid,name\n4,d\n")
    assert refused(plan(sink, table, tmp_path / "in" / "*.csv*"), tmp_path) == "LOAD-HEADER-BLANK"
    (tmp_path / "in" / "4.csv").write_bytes(b"id,other\n4,d\n")
    assert refused(plan(sink, table, tmp_path / "in" / "*.csv*"), tmp_path) == "LOAD-FILES-DIFFER"
    (tmp_path / "in" / "x[1].csv").write_bytes(content)
    assert loaded(plan(sink, sink.table(), tmp_path / "in" / "x[1].csv"), tmp_path).rows == 1
    assert refused(plan(sink, table, tmp_path / "in" / "*.parquet"), tmp_path) == "LOAD-SOURCE-MISSING"
    assert refused(plan(sink, table, tmp_path / "in"), tmp_path) == "LOAD-SOURCE-FOLDER"
    assert refused(plan(sink, table, "relative.csv"), tmp_path) == "LOAD-SOURCE-MISSING"
    (tmp_path / "OLD.CSV.GZ").write_bytes(gzip.compress(content))
    (tmp_path / "OLD.JSONL.GZ").write_bytes(gzip.compress(b'{"id":1,"name":"a"}'))
    for name in ("OLD.CSV.GZ", "OLD.JSONL.GZ"):
        assert loaded(plan(sink, table, tmp_path / name, "replace"), tmp_path).rows == 1
        assert _texts(sink, table) == [("1", "a")]
    (tmp_path / "bad.csv.gz").write_bytes(b"no gzip at all")
    assert refused(plan(sink, table, tmp_path / "bad.csv.gz"), tmp_path) == "LOAD-PACKED"
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no parquet at all")
    assert refused(plan(sink, table, tmp_path / "bad.parquet"), tmp_path) == "LOAD-PARQUET"
    (tmp_path / "bad.xls").write_bytes(b"x")
    assert refused(plan(sink, table, tmp_path / "bad.xls"), tmp_path) == "LOAD-FORMAT"


@into_duckdb
@pytest.mark.parametrize("ending", ["csv.gz", "csv.zst", "jsonl.gz", "jsonl.zst"])
def test_a_packed_file_that_is_not_whole_is_refused(sink: Sink, ending: str, tmp_path: Path) -> None:
    import pyarrow as pa

    rows = 30_000
    begin, line = (b"v\n", b"%d\n") if ending.startswith("csv") else (b"", b'{"v":%d}\n')
    content = begin + b"".join(line % (n * 7919 % 1_000_003) for n in range(rows))
    pack = gzip.compress if ending.endswith("gz") else lambda b: bytes(pa.Codec("zstd").compress(b))
    two = pack(content) + pack(line % 7)
    file, table = tmp_path / f"a.{ending}", sink.table()
    file.write_bytes(two)
    assert loaded(plan(sink, table, file), tmp_path).rows == rows + 1
    whole = len(pack(content))
    damaged = [two[:-1], two[: whole + 5], two[: whole // 2], two + bytes(512), two + b"rubbish", b""]
    if ending.endswith("gz"):  # of zstd a changed byte is found where it was written with checksums
        damaged.append(two[: whole // 2] + bytes([two[whole // 2] ^ 0xFF]) + two[whole // 2 + 1 :])
    for content in damaged:
        file.write_bytes(content)
        assert refused(plan(sink, table, file, "replace"), tmp_path) == "LOAD-PACKED"
    assert sink.count(table) == rows + 1
    if ending == "jsonl.gz":
        file.write_bytes(pack(b'{"v":1}\n') + bytes(512))
        shown = _preview(sink, file, tmp_path).diagnosis
        assert shown is not None and shown.code == "LOAD-PACKED" and str(file) in shown.cause


@into_duckdb
def test_parquet_files_of_different_types_are_refused(sink: Sink, tmp_path: Path) -> None:
    duck(
        ":memory:",
        f"COPY (SELECT 1 AS a, 2.5 AS b) TO '{tmp_path}/1.parquet'",
        f"COPY (SELECT 2.5::DECIMAL(2,1) AS b, 7 AS a) TO '{tmp_path}/2.parquet'",
    )
    table = sink.table()
    assert loaded(plan(sink, table, tmp_path / "*.parquet"), tmp_path).rows == 2
    assert _texts(sink, table) == [("1", "2.5"), ("7", "2.5")]
    duck(":memory:", f"COPY (SELECT 1.9::DOUBLE AS a, 2.5 AS b) TO '{tmp_path}/3.parquet'")
    assert refused(plan(sink, table, tmp_path / "*.parquet"), tmp_path) == "LOAD-FILES-DIFFER"


@pytest.mark.parametrize("sink", ["postgres", "parquet"], indirect=True)
def test_a_column_of_parquet_without_a_type_is_of_the_type_that_other_files_give_it(sink: Sink, tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    files, day = tmp_path / "many", datetime.date(2024, 2, 29)
    files.mkdir()
    parquet.write_table(pa.table({"k": [1], "d": pa.nulls(1), "l": pa.nulls(1), "x": pa.nulls(1)}), files / "1.parquet")
    parquet.write_table(pa.table({"l": [["a"]], "x": pa.nulls(1), "k": [2], "d": [day]}), files / "2.parquet")
    parquet.write_table(pa.table({"k": [3], "d": [day], "l": pa.nulls(1), "x": pa.nulls(1)}), files / "3.parquet")
    table = sink.table()
    assert loaded(plan(sink, table, files / "*.parquet"), tmp_path).rows == 3
    rows = sorted((row["k"], row["d"], row["l"], row["x"]) for row in sink.read(table))
    assert rows == [(1, None, None, None), (2, day, ["a"], None), (3, day, None, None)]
    parquet.write_table(pa.table({"k": [4], "d": ["x"], "l": pa.nulls(1), "x": pa.nulls(1)}), files / "4.parquet")
    assert refused(plan(sink, table, files / "*.parquet"), tmp_path) == "LOAD-FILES-DIFFER"


@pytest.mark.parametrize("mode", ["append", "merge"])
@pytest.mark.parametrize("sink", ["parquet"], indirect=True)
def test_a_table_of_files_that_has_a_column_without_a_type_takes_any(sink: Sink, mode: str, tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    table, day = sink.table(), datetime.date(2024, 2, 29)
    (Path(str(sink.place.fields["path"])) / table).mkdir()
    first = Path(str(sink.place.fields["path"])) / table / "0.parquet"
    parquet.write_table(pa.table({"id": [1], "d": pa.nulls(1)}), first)
    parquet.write_table(pa.table({"id": [2], "d": [day]}), tmp_path / "a.parquet")
    loaded(plan(sink, table, tmp_path / "a.parquet", mode), tmp_path)
    assert sorted((row["id"], row["d"]) for row in sink.read(table)) == [(1, None), (2, day)]


JSONL = [
    {"id": 1, "big": 12345678901234567890123, "f": 0.1, "s": "2024-01-01", "o": {"a": [1, None]}, "n": None, "m": 1},
    {"id": 2, "f": 2, "s": 'é\n"q"', "o": [], "m": "one", "late": True, "null": "null"},
]


@into_duckdb
def test_json_lines(sink: Sink, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in JSONL) + "\n")
    table = sink.table()
    loaded(plan(sink, table, file), tmp_path)
    types = _types(sink, table)
    assert types == {"id": "BIGINT", "big": "VARCHAR", "f": "DOUBLE", "s": "VARCHAR", "o": "JSON", "n": "VARCHAR",
                     "m": "JSON", "late": "BOOLEAN", "null": "VARCHAR"}  # fmt: skip
    for row, wanted in zip(sorted(sink.read(table), key=lambda r: r["id"]), JSONL, strict=True):
        for name, kind in types.items():
            got = json.loads(row[name]) if kind == "JSON" and row[name] is not None else row[name]
            want = wanted.get(name)
            assert Fraction(got) == want if name in ("big", "f") and want is not None else got == want, name
    for cut in ("0.1234567890123456789", "12345678901234567891e0", "9007199254740993E0",
                '{"b": 0.1234567890123456789e+5}', "[0.1,0.1234567890123456789]",
                '["\\\\",0.1234567890123456789]', "1e-400"):  # fmt: skip
        file.write_text(f'{{"a": {cut}}}\n')
        assert refused(plan(sink, "x", file), tmp_path) == "LOAD-JSON-DIGITS", cut
    kept = [1.7976931348623157e308, 5e-324, -1.2345678901234567e-7, 1e22, 0.1, -0.0]
    text = '", 0.1234567890123456789'
    file.write_text("".join(json.dumps({"a": number, "b": text}) + "\n" for number in kept))
    loaded(plan(sink, copy := sink.table(), file), tmp_path)
    assert [(float(row["a"]), row["b"]) for row in sink.read(copy)] == [(number, text) for number in kept]
    text = '"\\,]",} NaN, Infinity]'
    file.write_text(json.dumps({"a": [text, "", {"b": "", "c": text}], text: text, "b": ""}) + "\n")
    loaded(plan(sink, sink.table(), file), tmp_path)
    file.write_text('{"a": 1}\n[2]\n')
    assert refused(plan(sink, "x", file), tmp_path) == "LOAD-JSON-OBJECT"
    good = b'{"a": 1}\n'
    for content, line in (
        (good + b'{"a":}\n' + good, 2), (good + b'{"a":\n' + good, 2), (good + b'\n{"a":\n' + good, 3),
        (b'{"a":\n', 1), (good + b'{"a": 1} x\n', 2), (good * 3 + b'{"a":}', 4), (b"\n\n" + good * 999 + b"{\n", 1002),
        (good + b'\n{"a": [{"b": "\\",]"},\t] }\n', 3), (b'{"a": 1 ,}', 1),
        (good + b'{"a": NaN}', 2), (good + b'{"a": [-Infinity, 1]}\n', 2), (good + b'{"a": {"b": nan }}', 2),
    ):  # fmt: skip
        for name, written in (("b.jsonl", content), ("b.jsonl.gz", gzip.compress(content))):
            (tmp_path / name).write_bytes(written)
            result = load(plan(sink, "x", tmp_path / name), tmp_path)
            assert result.diagnosis is not None and result.diagnosis.code == "LOAD-JSON"
            assert f"Line {line} of" in result.diagnosis.cause and f"in line {line}:" in result.diagnosis.message
    file.write_bytes(b'{"a": "\xe9"}\n')
    assert refused(plan(sink, "x", file), tmp_path) == "LOAD-ENCODING"


@into_duckdb
def test_whose_words_and_which_encoding_are_told(sink: Sink, tmp_path: Path) -> None:
    def told(content: bytes, name: str = "a.csv", **more: Any) -> Any:
        (tmp_path / name).write_bytes(content)
        found = load(plan(sink, "told", tmp_path / name, **more), tmp_path).diagnosis
        assert found is not None
        return found

    for packed, name in ((lambda content: content, "a.csv"), (gzip.compress, "a.csv.gz")):
        wide = told(packed("id,name\n1,ü\n".encode("utf-16")), name)
        assert wide.code == "LOAD-ENCODING" and "utf-16, as its first bytes say" in wide.fix
        assert "often cp1252" in told(packed("id,name\n1,ü\n".encode("cp1252")), name).fix
    (tmp_path / "late.csv").write_bytes(b"id,name\n" + (b"1," + b"u" * 200 + b"\n") * 2000 + b"1,\xfc\n")
    problems = _preview(sink, tmp_path / "late.csv", tmp_path).problems
    assert (2002, True) in [(problem.line, "often cp1252" in problem.sentence) for problem in problems]
    assert told(b"a,b\n1,2\n3\n").whose_words == "The driver said, DuckDB"
    assert told(b'{"a":}\n', "a.jsonl").whose_words == "The driver said, DuckDB"
    assert told(b"a,a\n1,2\n").whose_words == "destui found"
    for rows, count in ((b"a,id\n1,\n2,7\n", "1 in all."), (b"a,id\n1,\n2,\n", "2 in all.")):
        empty = told(rows, mode="merge", key=("id",))
        assert empty.code == "LOAD-KEY-NULL" and empty.cause.endswith(count) and empty.whose_words == "destui found"
    assert empty.message == "2 rows have no id"


@into_duckdb
@pytest.mark.parametrize("encoding", ["shift_jis", "utf-16"])
def test_what_cannot_be_decoded_late_in_a_file_fails_the_run(sink: Sink, encoding: str, tmp_path: Path) -> None:
    rows, file = 150_000, tmp_path / "a.csv"
    content = ("id,v\n" + "".join(f"{n},abc{n}\n" for n in range(rows))).encode(encoding)
    file.write_bytes(content + (b"\xff" if encoding == "shift_jis" else b"\x00\xd8\n\x00"))
    found = load(plan(sink, "t", _in(file, encoding)), tmp_path).diagnosis
    assert found is not None and found.code == "LOAD-ENCODING" and f"Line {rows + 2} of {file}" in found.cause
    assert sink.count("t") == 0


@into_duckdb
@pytest.mark.parametrize("wanted", ["count(*)", "max(c0)", "max(c1)"])
def test_a_file_that_cannot_be_read_on_does_not_end_there(sink: Sink, wanted: str, tmp_path: Path) -> None:
    from destui.loads.engine import Engine
    from destui.loads.meter import Meter
    from destui.loads.sources import open_files

    file = tmp_path / "a.csv.gz"
    packed = gzip.compress(
        ("id,v\n" + "".join(f"{n},é{n * 7919 % 100_003}\n" for n in range(150_000))).encode("cp1252")
    )
    file.write_bytes(packed[: len(packed) * 2 // 3])
    engine = Engine(tmp_path, Meter(lambda progress: None), is_run=False)
    with closing(engine.connection):
        source = open_files(engine, [file], FileOptions(encoding="cp1252"))
        with pytest.raises(Exception, match="CSV"):
            engine.rows(f"SELECT {wanted} FROM {source.relation()}")
        assert isinstance(engine.broken, Fault) and engine.broken.code == "LOAD-PACKED"
    assert refused(plan(sink, "t", _in(file, "cp1252")), tmp_path) == "LOAD-PACKED"


@into_duckdb
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_an_encoding_without_its_mark_is_told(sink: Sink, encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("id,v\n1,a\n".encode(encoding))
    for said in (encoding[:6], "utf-8"):
        found = load(plan(sink, "t", _in(file, said)), tmp_path).diagnosis
        assert found is not None and found.code == "LOAD-ENCODING" and f"load order: {encoding} probably" in found.fix
    assert loaded(plan(sink, sink.table(), _in(file, encoding)), tmp_path).rows == 1


def _in(file: Path, encoding: str) -> SourceSpec:
    return SourceSpec(path=str(file), options=FileOptions(encoding=encoding))


@into_duckdb
@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"a,b\n1,2\n3\n", "LOAD-RAGGED", 3),
        (b"a,b\n1,2\n\n3,4,5\n", "LOAD-RAGGED", 4),
        (b"a,b\n1,\"2\n3,4\n", "LOAD-QUOTE", 2),
        (b"a,b\n1,x\n2,\xe9t\xe9\n", "LOAD-ENCODING", 3),
        (b"a,\n1,2\n", "LOAD-COLUMN-NAMELESS", 0),
        (b"a,a\n1,2\n", "LOAD-COLUMN-TWICE", 0),
        (b"", "LOAD-SOURCE-EMPTY", 0),
        (b"\n\r\na,b\n1,2\n", "LOAD-HEADER-BLANK", 0),
        (b"\xef\xbb\xbf\na\n1\n", "LOAD-HEADER-BLANK", 0),
        (b"a,b\n1," + b"x" * (3 << 20) + b"\n", "LOAD-LINE-LONG", 2),
        (b"a,b\r\n1,2\r\n3,4\n", "LOAD-LINES", 0),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_told_by_line(
    sink: Sink, content: bytes, code: str, line: int, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    result = load(plan(sink, "t", file), tmp_path)
    assert result.diagnosis is not None
    assert result.diagnosis.code == code, result.diagnosis
    assert result.of_source
    if line:
        assert f"ine {line} of {file}" in result.diagnosis.cause
    shown = _preview(sink, file, tmp_path)
    assert shown.diagnosis is not None
    assert shown.diagnosis.code == code
    if line:
        assert (str(file), line) in {(p.file, p.line) for p in shown.problems}


def _preview(sink: Sink, source: SourceSpec | Path, tmp_path: Path, table: str = "t", **more: Any) -> Preview:
    return process.preview(plan(sink, table, source, **more), folder=tmp_path / "runs")


@pytest.mark.parametrize("sink", ["postgres"], indirect=True)
def test_a_preview(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    values = [(n, f"{n:03}", f"{n}.50", "2024-02-29") for n in range(30)]
    source = write_csv(tmp_path / "a.csv", ["id", "code", "cost", "day"], values)
    shown = _preview(sink, source, tmp_path, table)
    assert shown.diagnosis is None
    assert not shown.table_exists
    assert [(c.name, c.type) for c in shown.columns] == [
        ("id", "bigint"), ("code", "text"), ("cost", "numeric(18,2)"), ("day", "date"),
    ]  # fmt: skip
    assert shown.rows[:2] == (("0", "000", "0.50", "2024-02-29"), ("1", "001", "1.50", "2024-02-29"))
    assert len(shown.rows) == 20
    assert shown.options.delimiter == ","
    # It has changed nothing.
    assert sink.run(f"SELECT to_regclass('{table}')") == [(None,)]
    sink.run(f"CREATE TABLE {table} (id smallint, code varchar(2))")
    shown = _preview(sink, source, tmp_path, table)
    assert shown.table_exists
    assert shown.diagnosis is not None
    assert shown.diagnosis.code == "LOAD-COLUMNS"
    assert len(shown.rows) == 20
    for line in shown.diagnosis.fix_lines:
        sink.run(line)
    shown = _preview(sink, source, tmp_path, table)
    assert shown.diagnosis is None
    assert [c.type for c in shown.columns] == ["smallint", "character varying(2)", "numeric(18,2)", "date"]
    assert sink.count(table) == 0


@pytest.mark.parametrize("sink", ["sqlite"], indirect=True)
def test_a_preview_shows_null_where_the_column_will_hold_it(sink: Sink, tmp_path: Path) -> None:
    table, file = sink.table(), tmp_path / "a.csv"
    file.write_text('n,day,said\n1,2024-02-29,NA\nNA,null,null\n,,\n"",NA,""\n')
    new = (("1", "2024-02-29", "NA"), (None, None, "null"), (None, None, None), (None, None, ""))
    assert _preview(sink, file, tmp_path, table).rows == new
    sink.run(f"CREATE TABLE {table} (n TEXT, day DATE, said TEXT)")  # n is text there, so that its NA stays
    shown = _preview(sink, file, tmp_path, table)
    assert shown.diagnosis is None
    assert shown.rows == (new[0], ("NA", None, "null"), new[2], ("", None, ""))
    loaded(plan(sink, table, file), tmp_path)
    assert tuple(sink.run(f"SELECT n, day, said FROM {table} ORDER BY rowid")) == shown.rows


@into_duckdb
def test_a_preview_tells_how_much_there_is_where_that_is_cheaply_known(sink: Sink, tmp_path: Path) -> None:
    for name, rows in (("a", 300), ("b", 41)):
        sink.run(f"COPY (SELECT range AS id FROM range({rows})) TO '{tmp_path / name}.parquet'")
        text = "id,word\n" + "".join(f"{n:05},word\n" for n in range(rows))
        (tmp_path / f"{name}.csv").write_text(text)
        (tmp_path / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode()))

    def told(pattern: str) -> tuple[int, int | None, int | None, bool]:
        shown = _preview(sink, SourceSpec(path=str(tmp_path / pattern)), tmp_path)
        assert shown.diagnosis is None
        return shown.files, shown.total_bytes, shown.total_rows, shown.rows_estimated

    def weight(pattern: str) -> int:
        return sum(file.stat().st_size for file in tmp_path.glob(pattern))

    assert told("*.parquet") == (2, weight("*.parquet"), 341, False)
    files, size, rows, estimated = told("*.csv")
    assert (files, size, estimated) == (2, weight("*.csv"), True) and rows is not None and abs(rows - 341) < 20
    assert told("*.csv.gz") == (2, weight("*.csv.gz"), None, False)
    (tmp_path / "few.csv").write_text("id\n1\n2\n")
    assert told("few.csv") == (1, 7, 2, False)


@into_duckdb
def test_a_preview_names_the_value_that_makes_a_column_text(sink: Sink, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    head = "id,whole,num,day,at,flag,code,zero,word,few\n"
    rows = [[n, n, n if n % 2 else "1.5", "2024-02-29", "2024-02-29 10:00:00", "true", f"A{n}", n, "NA", "x"]
            for n in range(1, 31)]  # fmt: skip
    rows[4][1], rows[9][2], rows[10][3], rows[11][4], rows[12][5] = "abc", "1,5", "2024-13-45", "soon", "yes"
    rows[13][7], rows[28][1], rows[2][9] = "007", "later", "7"
    file.write_text(head + "".join(",".join(map(str, row)) + "\n" for row in rows))
    shown = _preview(sink, file, tmp_path)
    rest = "in column {} is no {}, as nearly all others are: a new column becomes text."
    assert [(p.line, p.sentence) for p in shown.problems if "nearly all" not in p.sentence] == [
        (11, "This line has 11 values, the header 10.")
    ]
    rows[9][2] = '"1,5"'
    file.write_text(head + "".join(",".join(map(str, row)) + "\n" for row in rows))
    shown = _preview(sink, file, tmp_path)
    assert shown.diagnosis is None
    assert [(p.file, p.line, p.sentence) for p in shown.problems] == [
        (str(file), line, f"{value} {rest.format(name, kind)}")
        for line, value, name, kind in (
            (6, "abc", "whole", "whole number"), (11, "1,5", "num", "number"), (12, "2024-13-45", "day", "date"),
            (13, "soon", "at", "time"), (14, "yes", "flag", "boolean"), (15, "007", "zero", "whole number"),
        )
    ]  # fmt: skip
    assert {c.name for c in shown.columns if c.type != "VARCHAR"} == {"id"}


@into_duckdb
def test_a_preview_doubts_a_header_that_looks_like_values(sink: Sink, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("1,x\n2,y\n")
    assert any("no header" in p.sentence for p in _preview(sink, file, tmp_path).problems)
    bare = SourceSpec(path=str(file), options=FileOptions(header=False))
    shown = _preview(sink, bare, tmp_path)
    assert ([c.name for c in shown.columns], shown.problems) == (["column1", "column2"], ())


def test_a_source_is_read_from_its_text() -> None:
    names = ["prod", "prod:eu", "a b"]
    assert parse_source("/data/*.csv", names).path == "/data/*.csv"
    assert parse_source("prod:events", names) == SourceSpec(destination="prod", table="events")
    assert parse_source("prod:eu:events", names) == SourceSpec(destination="prod:eu", table="events")
    assert parse_source("a b:SELECT 1;", names) == SourceSpec(destination="a b", query="SELECT 1")
    assert parse_source("prod:select", names).table == "select"
    assert parse_source("./prod:events", names).path == "./prod:events"
    assert parse_source("prod: with x as (select 1)\nselect * from x", names).query.startswith("with x")
    assert parse_source("prod:events", names).text == "prod:events"
    for wrong in ("", "  ", "prod:", "a\nb", "x\0"):
        with pytest.raises(InvalidInput, match="source"):
            parse_source(wrong, names)
    check_plan(Mode.MERGE, ("id",), "t")
    for mode, key, table in (
        (Mode.MERGE, (), "t"),
        (Mode.APPEND, ("id",), "t"),
        (Mode.MERGE, ("a", "a"), "t"),
        (Mode.APPEND, (), " "),
    ):
        with pytest.raises(InvalidInput):
            check_plan(mode, key, table)


@pytest.mark.parametrize("sink", ["sqlite", "duckdb", "parquet"], indirect=True)
def test_a_thousand_columns(sink: Sink, tmp_path: Path) -> None:
    """The engine computes 2,048 rows of all of them at once: more memory is needed than for narrow rows."""
    kinds = ["7", "x", "2024-02-29", "1.50", ""]
    source = tmp_path / "wide.csv"
    late = ",".join(["7", "x", "2024-02-29", "1.50", "late"] * 200)
    lines = [",".join(f"c{n}" for n in range(1000)), *[",".join(kinds * 200)] * 3, late]
    source.write_text("\n".join(lines) + "\n")
    table = sink.table()
    assert loaded(plan(sink, table, source), tmp_path).rows == 4
    rows = sink.read(table)
    assert sorted(str(row["c999"] or "") for row in rows)[-1] == "late"
    assert {str(row["c998"]) for row in rows} == {"1.5" if sink.kind == "sqlite" else "1.50"}
    assert {str(row["c997"]) for row in rows} == {"2024-02-29"}


@pytest.mark.parametrize("sink", ["postgres"], indirect=True)
@pytest.mark.parametrize("mode", ["append", "merge"])
def test_a_zero_byte_is_told_with_its_line(sink: Sink, mode: str, tmp_path: Path) -> None:
    source = tmp_path / "zero.csv"
    source.write_bytes(b'id,name,note\n1,"two\nlines",a\n2,x,b\0c\n')
    made = plan(sink, sink.table(), source, mode)
    shown = process.preview(made, folder=tmp_path / "runs")
    done = load(made, tmp_path).diagnosis
    for found in (shown.diagnosis, done):
        assert found is not None
        assert found.code == "LOAD-ZERO"
        assert f"The text of column note in line 4 of {source} holds a zero byte" in found.cause
    assert [problem.line for problem in shown.problems] == [4]


@pytest.mark.parametrize("sink", ["sqlite"], indirect=True)
@pytest.mark.parametrize("broken", [slice(4, 100), slice(2000, 6000), slice(0, None)])
def test_a_parquet_file_that_is_damaged(sink: Sink, broken: slice, tmp_path: Path) -> None:
    """In the head of its first page, in a page, and all of it."""
    source = tmp_path / "r.parquet"
    duck(":memory:", f"COPY (SELECT i, md5(i::VARCHAR) FROM range(50000) AS t(i)) TO '{source}' (COMPRESSION snappy)")
    content = bytearray(source.read_bytes())
    content[broken] = bytes((byte * 7 + 13) % 256 for byte in content[broken])
    source.write_bytes(content)
    made = plan(sink, sink.table(), source)
    for found in (load(made, tmp_path).diagnosis, process.preview(made, folder=tmp_path / "runs").diagnosis):
        assert found is not None
        assert found.code == "LOAD-PARQUET"
        assert f"{source} is no Parquet file" in found.cause


@into_duckdb
def test_mistakes_of_an_sqlite_source_are_told_as_those_of_the_order(sink: Sink, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "s.sqlite")) as made:
        made.executescript("CREATE TABLE t (b BLOB); INSERT INTO t VALUES (x'00ff'), ('text')")
    place = Place("sqlite", {"path": str(tmp_path / "s.sqlite")}, {})
    for query, code in (
        ("SELECT * FROM t", "LOAD-EXACT"), ("SELECT * FROM nothere", "LOAD-NO-SUCH-TABLE"),
        ("SELECT q FROM t", "LOAD-NO-SUCH-TABLE"), ("SELECT * frm t", "LOAD-QUERY"),
    ):  # fmt: skip
        found = load(
            plan(sink, sink.table(), SourceSpec(destination="s", query=query), place=place), tmp_path
        ).diagnosis
        assert found is not None and found.code == code, found
        assert not re.search(r"<[a-z_]+>", found.cause + found.fix)


@into_duckdb
def test_a_header_that_looks_like_values_is_told_with_the_run(sink: Sink, tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("1,2\n3,4\n")
    (told,) = loaded(plan(sink, sink.table(), tmp_path / "n.csv"), tmp_path).warnings
    assert told.startswith("The first line was taken for the header, and holds 1:")
