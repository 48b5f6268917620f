"""What arrives is what the source says, to the last digit and word: where two values only compare equal, where a number
goes by its digits, and what of a file nobody may overlook."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import json
import random
import sqlite3
import struct
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from destui.domain.loads import FileOptions, LoadPlan, Mode, Place, Preview, SourceSpec
from destui.loads import process
from tests.e2e.load_checks import Sink, apart, duck, load, loaded, plan, refused, write_csv
from tests.e2e.load_checks import sink as sink

pytestmark = pytest.mark.servers
of_decimals = pytest.mark.parametrize("sink", ["postgres", "duckdb"], indirect=True)
in_postgres = pytest.mark.parametrize("sink", ["postgres"], indirect=True)
into_duckdb = pytest.mark.parametrize("sink", ["duckdb"], indirect=True)


def _duckdb_source(folder: Path, *statements: str) -> tuple[SourceSpec, Place]:
    path = folder / "source.duckdb"
    path.unlink(missing_ok=True)
    duck(path, *statements)
    return SourceSpec(destination="lake", table="src"), Place("duckdb", {"path": str(path)})


def _texts(sink: Sink, table: str, *columns: str) -> list[tuple[Any, ...]]:
    shown = ", ".join(f"CAST({name} AS VARCHAR)" for name in columns)
    where = f"analytics.{table}" if sink.kind == "postgres" else table
    with_rows = sink.run(f"SELECT {shown} FROM {where} ORDER BY id")
    return [tuple(row) for row in with_rows]


@of_decimals
def test_a_merge_takes_intervals_that_only_compare_equal(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id BIGINT PRIMARY KEY, i INTERVAL)")
    sink.run(f"INSERT INTO {table} VALUES (1, '30 days'), (2, '24 hours'), (3, '1 month'), (4, NULL)")
    spec, place = _duckdb_source(
        tmp_path, "CREATE TABLE src AS SELECT * FROM (VALUES (1::BIGINT, INTERVAL '1 month'), (2, INTERVAL '1 day'),"
        " (3, INTERVAL '1 month'), (4, INTERVAL '1 year')) t(id, i)",
    )  # fmt: skip
    loaded(plan(sink, table, spec, "merge", place=place), tmp_path)
    month, year = ("1 mon", "1 year") if sink.kind == "postgres" else ("1 month", "1 year")
    assert _texts(sink, table, "i") == [(month,), ("1 day",), (month,), (year,)]


@of_decimals
def test_decimals_of_every_scale_and_intervals_of_any_size_arrive(sink: Sink, tmp_path: Path) -> None:
    dice, shapes = random.Random(9), [(p, s) for p in (1, 2, 4, 5, 8, 9, 18, 19, 38) for s in range(p + 1)]
    rows = []
    for number in range(30):
        wholes = [dice.choice((0, 10**p - 1, 10 ** dice.randrange(p), dice.randrange(10**p))) for p, _ in shapes]
        sign = dice.choice((1, -1))
        rows.append([number, *(Decimal(sign * w).scaleb(-s, _WIDE) for w, (_, s) in zip(wholes, shapes, strict=True))])
    columns = ", ".join(f"d{p}_{s} DECIMAL({p}, {s})" for p, s in shapes)
    path = tmp_path / "source.duckdb"
    with contextlib.closing(duckdb.connect(str(path))) as engine:
        engine.execute(f"CREATE TABLE src (id BIGINT, {columns})")
        engine.executemany(f"INSERT INTO src VALUES ({', '.join('?' * (len(shapes) + 1))})", rows)
        engine.execute("ALTER TABLE src ADD COLUMN i INTERVAL")
        engine.execute(
            "UPDATE src SET i = to_months(CAST(id * 71582787 - 1000000000 AS INT)) + to_days(CAST(7 - id AS INT))"
            " + to_microseconds((id - 15) * 300000000000000007)"
        )
        sent = engine.execute("SELECT * EXCLUDE i FROM src ORDER BY id").fetchall()
        spans = engine.execute(f"SELECT {_PARTS} FROM src ORDER BY id").fetchall()
    spec, place = SourceSpec(destination="lake", table="src"), Place("duckdb", {"path": str(path)})
    loaded(plan(sink, table := sink.table(), spec, place=place), tmp_path)
    where = f"analytics.{table}" if sink.kind == "postgres" else table
    names = ", ".join(f"d{p}_{s}" for p, s in shapes)
    assert [tuple(row) for row in sink.run(f"SELECT id, {names} FROM {where} ORDER BY id")] == sent
    if sink.kind == "postgres":
        got = sink.run(f"SELECT encode(interval_send(i), 'hex') FROM {where} ORDER BY id")
        assert [bytes.fromhex(text) for (text,) in got] == [struct.pack(">qii", u, d, m) for m, d, u in spans]
    else:
        assert sink.run(f"SELECT {_PARTS} FROM {where} ORDER BY id") == spans


@in_postgres
def test_a_merge_takes_nothing_from_what_hangs_on_partitions_and_inheriting_tables(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id int, v text) PARTITION BY RANGE (id)")
    sink.run(f"CREATE TABLE {table}_1 PARTITION OF {table} FOR VALUES FROM (0) TO (100)")
    sink.run(f"ALTER TABLE {table}_1 ADD PRIMARY KEY (id)")
    sink.run(f"CREATE TABLE {table}_c (id int REFERENCES {table}_1 (id) ON DELETE CASCADE)")
    sink.run(f"INSERT INTO {table} VALUES (1, 'a'), (2, 'b')")
    sink.run(f"INSERT INTO {table}_c VALUES (1), (2)")
    source = write_csv(tmp_path / "a.csv", ["id", "v"], [(1, "changed"), (2, "b"), (3, "new")])
    loaded(plan(sink, table, source, "merge"), tmp_path)
    assert sink.run(f"SELECT id FROM {table}_c ORDER BY id") == [(1,), (2,)]
    assert sink.run(f"SELECT * FROM {table} ORDER BY id") == [(1, "changed"), (2, "b"), (3, "new")]
    sink.run(f"DROP TABLE {table}_c")

    above = sink.table()
    sink.run(f"CREATE TABLE {above} (id int, v text)")
    sink.run(f"CREATE TABLE {above}_1 (extra text) INHERITS ({above})")
    sink.run(f"INSERT INTO {above}_1 VALUES (1, 'a', 'kept')")
    loaded(plan(sink, above, source, "merge"), tmp_path)
    assert sink.run(f"SELECT * FROM {above}_1") == [(1, "changed", "kept")]
    assert sink.run(f"SELECT * FROM ONLY {above} ORDER BY id") == [(2, "b"), (3, "new")]
    sink.run(f"DROP TABLE {above}_1")


@in_postgres
@pytest.mark.parametrize(
    ("base", "before", "after"),
    [
        ("jsonb", '{"a": 1}', '{"a": 2}'), ("json", '{"a": 1}', '{"a": 1 }'), ("interval", "30 days", "1 mon"),
        ("uuid", "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"),
        ("numeric", "1.0", "1.00"), ("numeric(8,2)", "1.50", "2.50"),
    ],
)  # fmt: skip
def test_domains_take_what_they_are_made_of(sink: Sink, base: str, before: str, after: str, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE DOMAIN d_{table} AS {base}")
    sink.run(f"CREATE TABLE {table} (id int PRIMARY KEY, v d_{table})")
    kind = {"jsonb": "JSON", "json": "JSON", "interval": "INTERVAL", "uuid": "UUID"}.get(base, "VARCHAR")
    for mode, value in (("append", before), ("merge", after)):
        rows = f"(SELECT 1 AS id, CAST('{value}' AS {kind}) AS v)"
        path = tmp_path / f"{mode}.csv"
        if base.startswith("numeric"):
            write_csv(path, ["id", "v"], [(1, value)])
        else:
            path = path.with_suffix(".parquet")
            duck(":memory:", f"COPY {rows} TO '{path}'")
        loaded(plan(sink, table, path, mode), tmp_path)
        assert sink.run(f"SELECT v::text FROM {table}") == [(value,)]


@in_postgres
@pytest.mark.parametrize("mode", ["append", "replace", "merge"])
def test_row_level_security_is_no_ground_for_a_load(sink: Sink, mode: str, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id int, v text)")
    sink.run(f"INSERT INTO {table} VALUES (1, 'hidden')")
    sink.run(f"CREATE POLICY p ON {table} USING (id > 1)")
    sink.run(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    source = write_csv(tmp_path / "a.csv", ["id", "v"], [(1, "changed")])
    assert refused(plan(sink, table, source, mode), tmp_path) == "LOAD-ROW-SECURITY"
    sink.run(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    assert sink.run(f"SELECT * FROM {table}") == [(1, "hidden")]


@in_postgres
def test_a_column_in_other_capitals_is_no_new_one(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    loaded(plan(sink, table, write_csv(tmp_path / "a.csv", ["id", "v"], [(1, "a")])), tmp_path)
    other = write_csv(tmp_path / "b.csv", ["ID", "v"], [(2, "b")])
    for adds in (False, True):
        assert refused(plan(sink, table, other, add_columns=adds), tmp_path) == "LOAD-COLUMN-CASE"
    sink.run(f'ALTER TABLE {table} ADD COLUMN "ID" bigint')
    loaded(plan(sink, table, other), tmp_path)
    assert sink.run(f'SELECT id, "ID", v FROM {table} ORDER BY v') == [(1, None, "a"), (None, 2, "b")]


_WIDE = Context(prec=60)
_PARTS = "year(i) * 12 + month(i), day(i), hour(i) * 3600000000 + minute(i) * 60000000 + microsecond(i)"


@into_duckdb
def test_a_merge_takes_intervals_within_what_is_nested(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} AS SELECT 1 AS id, [INTERVAL '30 days'] AS l, {{'i': INTERVAL '24 hours'}} AS s")
    spec, place = _duckdb_source(
        tmp_path, "CREATE TABLE src AS SELECT 1 AS id, [INTERVAL '1 month'] AS l, {'i': INTERVAL '1 day'} AS s"
    )
    loaded(plan(sink, table, spec, "merge", place=place), tmp_path)
    assert _texts(sink, table, "l", "s") == [("[1 month]", "{'i': 1 day}")]
    spec, place = _duckdb_source(tmp_path, "CREATE TABLE src AS SELECT 1 AS id, {'i': INTERVAL '24 hours'} AS s")
    # A STRUCT alone is written only with something else in it, which is told.
    assert refused(plan(sink, table, spec, "merge", place=place), tmp_path) == "LOAD-COUNT"
    assert _texts(sink, table, "s") == [("{'i': 1 day}",)]


@pytest.mark.parametrize("sink", ["postgres"], indirect=True)
def test_a_merge_takes_the_zeros_of_a_number_without_a_scale(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id bigint PRIMARY KEY, n numeric, m numeric(9,3))")
    sink.run(f"INSERT INTO {table} VALUES (1, 1.0, 1.0), (2, 2.5, 2.5)")
    (tmp_path / "a.csv").write_text("id,n,m\n1,1.00,1.00\n2,2.5,2.5\n")
    before = sink.run(f"SELECT ctid FROM {table} WHERE id = 2")
    loaded(plan(sink, table, tmp_path / "a.csv", "merge"), tmp_path)
    assert _texts(sink, table, "n", "m") == [("1.00", "1.000"), ("2.5", "2.500")]
    assert sink.run(f"SELECT ctid FROM {table} WHERE id = 2") == before  # and what is the same is left alone


# What a double is written as; the sixth has an exponent.
DOUBLES = ["1.1", "0.1", "-2.675", "0.30000000000000004", "99.99999999999999", "1e-18", "0.5"]


@of_decimals
def test_a_double_goes_into_a_decimal_by_its_digits(sink: Sink, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("".join(f'{{"id": {n}, "x": {x}}}\n' for n, x in enumerate(DOUBLES)))
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id BIGINT, x DECIMAL(20,18))")
    loaded(plan(sink, table, file), tmp_path)
    got = {row["id"]: row["x"] for row in sink.read(table)}
    assert got == {n: Decimal(x) for n, x in enumerate(DOUBLES)}
    file.write_text('{"id": 9, "x": 1.1}\n{"id": 10, "x": 1e-19}\n')
    assert refused(plan(sink, table, file), tmp_path) == "LOAD-VALUE"
    assert sink.count(table) == len(DOUBLES)


@of_decimals
def test_a_decimal_of_sqlite_goes_by_its_digits(sink: Sink, tmp_path: Path) -> None:
    path = tmp_path / "source.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE src (id INTEGER, x DECIMAL(20,18), whole DECIMAL(9,2))")
        connection.executemany("INSERT INTO src VALUES (?, ?, 7)", [(n, float(x)) for n, x in enumerate(DOUBLES)])
        connection.commit()
    spec, place = SourceSpec(destination="app", table="src"), Place("sqlite", {"path": str(path)})
    table = sink.table()
    loaded(plan(sink, table, spec, place=place), tmp_path)
    got = {row["id"]: (row["x"], row["whole"]) for row in sink.read(table)}
    assert got == {n: (Decimal(x), Decimal(7)) for n, x in enumerate(DOUBLES)}
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO src VALUES (9, 1e-19, 7)")
        connection.commit()
    assert refused(plan(sink, table, spec, place=place), tmp_path) == "LOAD-READ"


def _preview(made: Any, folder: Path) -> Preview:
    return process.preview(made, folder=folder / "runs")


@into_duckdb
def test_no_file_is_left_where_nothing_was_loaded(sink: Sink, tmp_path: Path) -> None:
    path, file = Path(str(sink.place.fields["path"])), tmp_path / "a.csv"
    # More than is kept in memory before it is written into the file, and a value that comes last and does not fit.
    file.write_text("id,name\n" + "".join(f"{n},name {n}\n" for n in range(300_000)) + "1,x\n")

    def beside() -> list[str]:
        return [found.name for found in tmp_path.iterdir() if found.name.startswith(path.name)]

    assert _preview(plan(sink, "t", file), tmp_path).rows and not beside()
    assert refused(plan(sink, "t", file, "merge"), tmp_path) == "LOAD-KEY-TWICE" and not beside()
    file.write_text("id,name\n1,x\n2\n")
    assert refused(plan(sink, "t", file), tmp_path) == "LOAD-RAGGED" and not beside()
    file.write_text("id,name\n1,x\n")
    loaded(plan(sink, "t", file), tmp_path)
    _preview(plan(sink, "t", file), tmp_path)
    assert sink.count("t") == 1 and beside() == [path.name]


@into_duckdb
def test_a_file_with_nothing_in_it_that_was_there_before_stays(sink: Sink, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")
    duck(path := Path(str(sink.place.fields["path"])), "SELECT 1")
    _preview(plan(sink, "t", tmp_path / "a.csv"), tmp_path)
    assert path.exists()


@into_duckdb
def test_every_delimiter_and_quote_that_may_be_saved_is_read(sink: Sink, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    for delimiter, quote in [("é", '"'), ("😀", "'"), ("'", '"'), ('"', "'"), ("\x01", "\t"), ("\\", "~"), (";", "")]:
        value = f"{quote}x{delimiter}y{quote}" if quote else "xy"
        file.write_text(f"a{delimiter}b{delimiter}c\n{value}{delimiter}2{delimiter}-\n")
        options = FileOptions(delimiter=delimiter, quote=quote, null_words=("-",))
        loaded(plan(sink, table := sink.table(), SourceSpec(path=str(file), options=options)), tmp_path)
        assert sink.read(table) == [{"a": value.strip(quote) if quote else value, "b": 2, "c": None}], delimiter


@into_duckdb
def test_a_word_for_null_that_holds_the_delimiter_that_was_found_is_told(sink: Sink, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a;b\n1;2\n")
    spec = SourceSpec(path=str(tmp_path / "a.csv"), options=FileOptions(null_words=("n;a",)))
    for found in (load(plan(sink, "t", spec), tmp_path).diagnosis, _preview(plan(sink, "t", spec), tmp_path).diagnosis):
        assert found is not None and found.code == "LOAD-DIALECT"
        assert "NULL words" in found.cause and "Leave n;a out" in found.fix


@into_duckdb
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE), ("utf-32-le", codecs.BOM_UTF32_LE),
        ("utf-32-be", codecs.BOM_UTF32_BE), ("utf-16", b""), ("utf-8", codecs.BOM_UTF8), ("utf-8-sig", b""),
    ],
)  # fmt: skip
def test_a_mark_at_the_beginning_is_no_part_of_a_name(sink: Sink, encoding: str, mark: bytes, tmp_path: Path) -> None:
    file = tmp_path / "a.csv.gz"
    file.write_bytes(gzip.compress(mark + '"id",name\n1,\ufeffü\n'.encode(encoding)))
    spec = SourceSpec(path=str(file), options=FileOptions(encoding=encoding))
    loaded(plan(sink, table := sink.table(), spec), tmp_path)
    assert sink.read(table) == [{"id": 1, "name": "\ufeffü"}]
    assert [column.name for column in _preview(plan(sink, "x", spec), tmp_path).columns] == ["id", "name"]
    sink.run(f"CREATE TABLE {(days := sink.table())} (id DATE, name VARCHAR)")
    found = load(plan(sink, days, spec), tmp_path).diagnosis
    assert found is not None and f"in line 2 of {file}" in found.cause


@into_duckdb
def test_a_key_that_comes_twice_in_an_object_is_told(sink: Sink, tmp_path: Path) -> None:
    once = json.dumps({"a": 1, "b/~": {"a": 1, "c": None}, "d": None}) + "\n"
    (tmp_path / "1.jsonl").write_text(once)
    for second, line, key in (
        ('\n{"b/~": 1}\n{"a": 1, "a": 2}\n', 3, "a"), ('{"new": 1, "b/~": 1, "b/~": null}', 1, "b/~"),
        (once * 3 + '{"d": null, "d": null}\n' + once, 4, "d"),
    ):  # fmt: skip
        file = tmp_path / "2.jsonl"
        file.write_text(second)
        made = plan(sink, "t", tmp_path / "*.jsonl")
        for found in (load(made, tmp_path).diagnosis, _preview(made, tmp_path).diagnosis):
            assert found is not None and found.code == "LOAD-JSON"
            assert found.cause == f"Line {line} of {file} is an object that has the key {key} twice."
    file.write_text(once.replace('"d"', '"e"') + "{}\n")
    loaded(plan(sink, table := sink.table(), tmp_path / "*.jsonl"), tmp_path)
    assert sink.count(table) == 3


def test_files_in_other_encodings_are_read_whatever_the_runs_folder_is_called(tmp_path: Path) -> None:
    runs, source = tmp_path / "p[x]*", tmp_path / "a\\b[1].csv"
    runs.mkdir()
    source.write_text("id,name\n1,über\n", encoding="cp1252")
    target = Place("sqlite", {"path": str(tmp_path / "t.sqlite")})
    spec = SourceSpec(path=str(source), options=FileOptions(encoding="cp1252"))
    assert load(LoadPlan("run1", target, "t", Mode.APPEND, spec), runs).rows == 1


def test_json_lines_of_hundreds_of_columns_are_loaded_in_bounded_memory(tmp_path: Path) -> None:
    source = tmp_path / "wide.jsonl"
    source.write_text("".join(json.dumps({f"k{c}": n for c in range(300)}) + "\n" for n in range(300)))
    target = Place("sqlite", {"path": str(tmp_path / "t.sqlite")})
    result = apart(LoadPlan("run1", target, "t", Mode.APPEND, SourceSpec(path=str(source))), tmp_path)
    assert result.rows == 300 and result.peak_memory < 600_000_000


def test_wide_texts_are_loaded_in_bounded_memory(tmp_path: Path) -> None:
    source = tmp_path / "wide.parquet"
    text = "repeat(md5(i::VARCHAR), CASE WHEN i < 5000 THEN 1 ELSE 640 END)"  # 20 KB, but not at first
    copied = f"COPY (SELECT i, {text} AS t FROM range(20000) r(i)) TO '{source}' (ROW_GROUP_SIZE 2048)"
    duck(":memory:", copied)
    target = Place("sqlite", {"path": str(tmp_path / "t.sqlite")})
    result = apart(LoadPlan("run1", target, "t", Mode.APPEND, SourceSpec(path=str(source))), tmp_path)
    assert result.rows == 20_000 and result.peak_memory < 600_000_000


@pytest.mark.parametrize("sink", ["postgres"], indirect=True)
def test_bits_keep_their_number_and_addresses_their_form(sink: Sink, tmp_path: Path) -> None:
    origin, copy, short = sink.table(), sink.table(), sink.table()
    sink.run(f"CREATE TABLE {origin} (id int, b bit(4), v bit varying(6), a inet)")
    sink.run(f"INSERT INTO {origin} VALUES (1, B'1010', B'101', '1.2.3.4'), (2, B'0001', NULL, '10.0.0.0/8')")
    loaded(plan(sink, copy, SourceSpec(destination="o", table=origin), place=sink.place), tmp_path)
    shown = "SELECT id, b::text, v::text, a FROM {} ORDER BY id"
    assert sink.run(shown.format(copy)) == sink.run(shown.format(origin))
    sink.run(f"CREATE TABLE {short} (b bit(4), v bit varying(3))")
    for column, value in (("b", "1"), ("b", "10101"), ("v", "10101")):
        source = write_csv(tmp_path / "s.csv", [column], [(value,)])
        assert refused(plan(sink, short, source), tmp_path) == "LOAD-VALUE"
    text = tmp_path / "t.sqlite"
    made = LoadPlan(
        "r1",
        Place("sqlite", {"path": str(text)}),
        "t",
        Mode.APPEND,
        SourceSpec(destination="o", table=origin),
        sink.place,
    )
    loaded(made, tmp_path)
    with contextlib.closing(sqlite3.connect(text)) as there:
        assert there.execute("SELECT a FROM t ORDER BY id").fetchall() == [("1.2.3.4",), ("10.0.0.0/8",)]


def test_decimals_of_a_csv_are_numbers_in_json_lines_as_far_as_a_double_holds_them(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    source = write_csv(tmp_path / "s.csv", ["d"], [("1.5",), ("1234567890123456.5",)])
    target = Place("folder", {"path": str(tmp_path / "out"), "format": "jsonl"})
    loaded(LoadPlan("r1", target, "t", Mode.APPEND, SourceSpec(path=str(source))), tmp_path)
    lines = (tmp_path / "out" / "t" / "r1.jsonl").read_text().split()
    assert lines == ['{"d":1.5}', '{"d":"1234567890123456.5"}']


CHARS = {
    "postgres": ({"ab": "ab ", "": "   ", "ab ": "ab ", " a": " a ", "äö": "äö "}, ["a ", "abcd", " "]),
    "mysql": ({"ab": "ab", "": "", " a": " a", "äö": "äö"}, ["a ", "abc ", "ab ", "abcd", " "]),
}


@pytest.mark.parametrize("sink", list(CHARS), indirect=True)
@pytest.mark.parametrize("mode", ["append", "merge"])
def test_a_column_of_a_fixed_length_takes_shorter_texts(sink: Sink, mode: str, tmp_path: Path) -> None:
    table = sink.table()
    taken, others = CHARS[sink.kind]
    sink.run(f"CREATE TABLE {table} (id int, x char(3))")
    source = tmp_path / "a.csv"
    for bad in others:
        source.write_text(f'id,x\n0,abc\n1,"{bad}"\n')
        found = load(plan(sink, table, source, mode), tmp_path).diagnosis
        assert found is not None and found.code == "LOAD-VALUE", bad
        assert f'The value "{bad}" of column x in line 3 of ' in found.cause  # with its blanks
    source.write_text("id,x\n" + "".join(f'{n},"{text}"\n' for n, text in enumerate(taken)))
    loaded(plan(sink, table, source, mode), tmp_path)
    assert [row["x"] for row in sorted(sink.read(table), key=lambda row: row["id"])] == list(taken.values())
