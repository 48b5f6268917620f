"""Tables in folders: old rows stay what they are, whatever ends a run, and keep their readers and their names."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from destui.domain.loads import RunState, SourceSpec
from tests.e2e.load_checks import Sink, load, loaded, plan, refused, sink_of, write_csv

OLD = [
    '{"id":1,"doc":{"a":1,"b":[1.50,null,{"c":"\\u00e9 \\"q\\""}],"big":12345678901234567890123},"mix":"x","n":5}',
    '{"id":2,"doc":["x",true],"mix":5,"n":123456789012345678901234567890}',
    '{"id":3,"doc":"text","mix":[5,"5",{}],"n":null}',
    '{"id":4,"doc":null,"mix":"5","n":-0.5}',
    '{"id":5,"mix":true}',
    '{"id":6,"doc":"{\\"a\\":1}","mix":1e5,"n":18446744073709551616}',
]


@contextmanager
def folder(kind: str, request: pytest.FixtureRequest, base: Path) -> Iterator[Sink]:
    """A folder of this format."""
    with sink_of(kind, request, base) as made:
        yield made


def _base(sink: Sink) -> Path:
    return Path(str(sink.place.fields["path"]))


def _lines(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def _exact(text: str) -> dict[str, Any]:
    """An object with all digits of its numbers, which are the same however they are written."""
    found: dict[str, Any] = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    return found


def _written(sink: Sink, table: str) -> dict[int, dict[str, Any]]:
    rows = [_exact(line) for file in (_base(sink) / table).glob("*.jsonl") for line in file.read_text().splitlines()]
    return {int(row["id"]): row for row in rows}


def _put(sink: Sink, table: str, *lines: str) -> None:
    (_base(sink) / table).mkdir()
    _lines(_base(sink) / table / "old.jsonl", *lines)


@pytest.mark.parametrize(
    "new", ["", ',"doc":{"z":[1.5]},"mix":{"y":"q"},"n":7', ',"doc":"plain","mix":"plain","n":"plain"']
)
@pytest.mark.parametrize("mode", ["merge", "append"])
def test_old_json_stays_what_it_is(mode: str, new: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with folder("jsonl", request, tmp_path) as sink:
        table = sink.table()
        _put(sink, table, *OLD)
        line = f'{{"id":9{new},"added":{{"is":"new"}}}}'
        coming = _lines(tmp_path / "new.jsonl", line)
        loaded(plan(sink, table, coming, mode, add_columns=True), tmp_path)
        loaded(plan(sink, table, coming, "merge"), tmp_path)  # what was rewritten is rewritten once more
        found = _written(sink, table)
        for old in map(_exact, OLD):
            here = {name: value for name, value in found.pop(int(old["id"])).items() if value is not None}
            assert here == {name: value for name, value in old.items() if value is not None}
        assert {k: v for k, v in found.pop(9).items() if v is not None} == _exact(line)
        assert not found


def test_texts_and_json_meet_in_one_column(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with folder("jsonl", request, tmp_path) as sink:
        table = sink.table()
        _put(sink, table, '{"id":1,"v":"x"}', '{"id":2,"v":"{}"}')
        loaded(
            plan(sink, table, _lines(tmp_path / "a.jsonl", '{"id":2,"v":{"a":1}}', '{"id":3,"v":4}'), "merge"), tmp_path
        )
        assert {n: row["v"] for n, row in _written(sink, table).items()} == {1: "x", 2: {"a": 1}, 3: 4}
        loaded(plan(sink, table, _lines(tmp_path / "b.jsonl", '{"id":3,"v":"y"}'), "merge"), tmp_path)
        assert {n: row["v"] for n, row in _written(sink, table).items()} == {1: "x", 2: {"a": 1}, 3: "y"}


def test_an_append_without_a_column_of_json_leaves_the_table_readable(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with folder("parquet", request, tmp_path) as sink:
        table = sink.table()
        loaded(plan(sink, table, _lines(tmp_path / "a.jsonl", '{"id":1,"doc":{"a":1}}')), tmp_path)
        loaded(plan(sink, table, _lines(tmp_path / "b.jsonl", '{"id":2}')), tmp_path)
        loaded(plan(sink, table, _lines(tmp_path / "c.jsonl", '{"id":3}'), "merge"), tmp_path)
        assert {row["id"]: row["doc"] for row in sink.read(table)} == {1: '{"a":1}', 2: None, 3: None}


KILLED = """
import ctypes, errno, os, sys
from pathlib import Path
from dataclasses import replace
from destui.domain.loads import Place
from tests.e2e.load_checks import Sink, load, plan
base, table, source, mode, run, dies_after = sys.argv[1:]
class Libc:
    def renameat2(self, *what):
        ctypes.set_errno(errno.EINVAL)
        return -1
ctypes.CDLL = lambda *a, **k: Libc()
left, rename = [int(dies_after)], Path.rename
def renamed(self, target):
    done = rename(self, target)
    left[0] -= 1
    if not left[0]:
        os._exit(7)
    return done
Path.rename = renamed
sink = Sink("csv", Place("folder", {"path": base, "format": "csv"}), None, None)
result = load(plan(sink, table, source, mode, run_id=run), Path(source).parent)
print(result)
"""


@pytest.mark.parametrize("after", [1, 2, 3])
@pytest.mark.parametrize("mode", ["replace", "merge"])
def test_a_kill_where_folders_are_not_exchanged_at_once_loses_nothing(
    mode: str, after: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with folder("csv", request, tmp_path) as sink:
        table = sink.table()
        before = plan(sink, table, write_csv(tmp_path / "a.csv", ["id", "v"], [(1, "old"), (2, "old")]), run_id="first")
        loaded(before, tmp_path)
        source = write_csv(tmp_path / "b.csv", ["id", "v"], [(2, "new")])
        ran = subprocess.run(
            [sys.executable, "-c", KILLED, str(_base(sink)), table, str(source), mode, "second", str(after)],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert ran.returncode == (7 if after < 3 else 0), ran.stdout + ran.stderr
        assert (sink.count(table) == 0) is (after == 1)
        made = plan(sink, table, source, mode, run_id="second")
        # A look changes nothing; whoever looks what a load would do sees the table.
        looked = load(replace(made, again=True, only_look=True), tmp_path)
        assert looked.state is (RunState.STOPPED if after == 1 else RunState.DONE)
        assert (sink.count(table) == 0) is (after == 1)
        if after == 1:  # by a run that fails, the old rows are back
            assert refused(plan(sink, table, tmp_path / "none.csv"), tmp_path) == "LOAD-SOURCE-MISSING"
            assert sorted((row["id"], row["v"]) for row in sink.read(table)) == [("1", "old"), ("2", "old")]
        assert loaded(replace(made, again=True), tmp_path).rows == 1
        wanted = [("2", "new")] if mode == "replace" else [("1", "old"), ("2", "new")]
        assert sorted((row["id"], row["v"]) for row in sink.read(table)) == wanted
        assert loaded(before, tmp_path).rows == 2  # it is known to have loaded
        (note,) = _base(sink).glob("**/rows/second")
        note.write_text("")  # as a power cut may leave it
        loaded(replace(made, again=True), tmp_path)
        assert sorted((row["id"], row["v"]) for row in sink.read(table)) == wanted
        assert sorted((row["id"], row["v"]) for row in sink.read(table)) == wanted
        assert not list((_base(sink) / ".destui" / "old").iterdir())
        assert not list((_base(sink) / ".destui" / "work").iterdir())


def _parquet(path: Path, select: str) -> Path:
    duckdb.connect().execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return path


KEYS = [
    ("1", "1.0", True), ("1", "1e0", True), ("0.5", "0.50", True), ("-0.0", "0", True), ("100", "1e2", True),
    ("9007199254740993", "9007199254740992.0", False), ("9007199254740992", "9007199254740992.0", True),
    ("1152921504606846976", "1.152921504606847e18", True), ("10000000000000000", "1e16", True),
    ("12345678901234567890123", "12345678901234567890124", False), ('"01"', "1", False), ('"01"', '"1"', False),
    ('"1.0"', '"1"', False), ('"1"', "1", True), ("0.1", "0.10000000000000002", False), ("0.00001", "1e-5", True),
]  # fmt: skip


@pytest.mark.parametrize(
    "others", [("", ""), ('"x"', '"y"'), ("2.5", "3.25")], ids=["alone", "beside texts", "numbers"]
)
def test_keys_of_json_are_compared_by_value(
    others: tuple[str, str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with folder("jsonl", request, tmp_path) as sink:
        wrong = []
        for there, coming, same in KEYS:
            if there.startswith('"') and others[0] and not others[0].startswith('"'):
                continue
            table = sink.table()
            beside = [f'{{"id":{key},"v":"beside"}}' if key else "" for key in others]
            _put(sink, table, f'{{"id":{there},"v":"old"}}', *filter(None, beside[:1]))
            source = _lines(tmp_path / "a.jsonl", f'{{"id":{coming},"v":"new"}}', *filter(None, beside[1:]))
            loaded(plan(sink, table, source, "merge"), tmp_path)
            values = sorted(row["v"] for row in sink.read(table) if row["v"] != "beside")
            if values != (["new"] if same else ["new", "old"]):
                wrong.append((there, coming, values))
        assert not wrong


def test_keys_that_come_twice_in_two_spellings_are_told(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with folder("jsonl", request, tmp_path) as sink:
        table = sink.table()
        _put(sink, table, '{"id":1,"v":"old"}')
        source = _lines(tmp_path / "a.jsonl", '{"id":1e0,"v":"a"}', '{"id":1,"v":"b"}', '{"id":"x","v":"c"}')
        assert refused(plan(sink, table, source, "merge"), tmp_path) == "LOAD-KEY-TWICE"


@pytest.mark.parametrize(
    ("there", "coming", "same"),
    [
        (["1", "2"], "1.0::DOUBLE", True), (["1", "x"], "1.0::DOUBLE", True), (["01", "2"], "1.0::DOUBLE", False),
        (["1.0", "2"], "1", True), (["01", "2"], "1", False), (["1e+16", "2.5"], "10000000000000000", True),
        (["1.152921504606847e+18", "2"], "1152921504606846976::DOUBLE", True), (["1.50"], "1.5::DECIMAL(4,1)", True),
        (["9007199254740993", "2"], "9007199254740992::DOUBLE", False), (["1.0", "2"], "'1'", False),
        (["1", "2"], "'1'", True),
    ],
)  # fmt: skip
def test_numbers_come_into_a_csv_by_value(
    there: list[str], coming: str, same: bool, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with folder("csv", request, tmp_path) as sink:
        table = sink.table()
        loaded(plan(sink, table, write_csv(tmp_path / "a.csv", ["id", "v"], [(key, "old") for key in there])), tmp_path)
        loaded(
            plan(sink, table, _parquet(tmp_path / "b.parquet", f"SELECT {coming} AS id, 'new' AS v"), "merge"), tmp_path
        )
        assert sorted(row["v"] for row in sink.read(table)) == ["new"] + ["old"] * (len(there) - same)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_many_keys_are_not_compared_each_with_each(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with folder(kind, request, tmp_path) as sink:
        table = sink.table()
        for select in ("range AS id", "range + 0.0::DOUBLE AS id", "range + 0.5::DOUBLE AS id"):
            source = _parquet(tmp_path / "a.parquet", f"SELECT {select} FROM range(100_000)")
            assert loaded(plan(sink, table, source, "merge"), tmp_path).rows == 100_000
        assert len(sink.read(table)) == 200_000


@pytest.mark.parametrize(
    ("there", "coming", "rows"),
    [
        (["1", "2"], ["1.0", "2.0"], 2), (["1.0", "2.0"], ["1", "2"], 2), (["1.0", "2"], ["2.0", "1.0"], 2),
        (["01", "02"], ["1", "2"], 4), (["1.1", "1.10"], ["1.1"], 2), (["1", "1.0"], ["1"], 2),
        (["1.0"], ["1", "1.0"], 2), (["1.10"], ["1.1"], 2), (["a", "1"], ["1.0"], 3), (["1", "2"], ["2", "3"], 3),
    ],
)  # fmt: skip
def test_keys_of_csv_are_numbers_where_all_are(
    there: list[str], coming: list[str], rows: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with folder("csv", request, tmp_path) as sink:
        table = sink.table()
        for n, keys in enumerate((there, coming)):
            source = write_csv(tmp_path / f"{n}.csv", ["id", "v"], [(key, n) for key in keys])
            loaded(plan(sink, table, source, "merge"), tmp_path)
        assert len(sink.read(table)) == rows


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_a_look_waits_for_no_lock_and_changes_nothing(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with folder(kind, request, tmp_path) as sink:
        table = sink.table()
        source = write_csv(tmp_path / "a.csv", ["id"], [(1,), (2,)])
        look = plan(sink, table, source, run_id="never")
        look = replace(look, again=True, only_look=True)
        assert load(look, tmp_path).state is RunState.STOPPED
        assert not list(_base(sink).iterdir())
        made = plan(sink, table, source, run_id="loaded")
        loaded(made, tmp_path)
        own = _base(sink) / ".destui"
        (own / "work" / table).mkdir()
        with (own / "locks" / table).open("r") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            before = {path: path.stat().st_mtime_ns for path in _base(sink).rglob("*")}
            assert load(look, tmp_path).state is RunState.STOPPED
            assert loaded(replace(made, again=True, only_look=True), tmp_path).rows == 2
            assert {path: path.stat().st_mtime_ns for path in _base(sink).rglob("*")} == before


def _modes(path: Path) -> tuple[int, set[int]]:
    return stat.S_IMODE(path.stat().st_mode), {stat.S_IMODE(file.stat().st_mode) for file in path.iterdir()}


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_a_table_that_was_opened_stays_open(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    mask = os.umask(0o077)  # as the process of a run has it
    try:
        with folder(kind, request, tmp_path) as sink:
            table = sink.table()
            path = _base(sink) / table
            source = write_csv(tmp_path / "a.csv", ["id", "v"], [(1, "x")])
            more = write_csv(tmp_path / "b.csv", ["id", "v", "w"], [(1, "y", "z")])
            loaded(plan(sink, table, source), tmp_path)
            assert _modes(path) == (0o700, {0o600})
            loaded(plan(sink, table, source, "replace"), tmp_path)
            assert _modes(path) == (0o700, {0o600})
            for mode, files in ((0o755, 0o644), (0o750, 0o640), (0o700, 0o600), (0o2775, 0o644)):
                path.chmod(mode)
                for file in path.iterdir():
                    file.chmod(files)
                loaded(plan(sink, table, source), tmp_path)
                assert _modes(path) == (mode, {files})
                for made in (
                    plan(sink, table, source, "replace"), plan(sink, table, source, "merge"),
                    plan(sink, table, more, "append", add_columns=True),
                ):  # fmt: skip
                    loaded(made, tmp_path)
                    assert _modes(path) == (mode, {files}), made.mode
                loaded(plan(sink, table, source, "replace"), tmp_path)
    finally:
        os.umask(mask)


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
@pytest.mark.parametrize(("base", "table"), [("d[prod]", "t[1]"), ("d*", "a/b?"), ("plain", "t[!x]")])
def test_names_with_brackets_are_written_and_read(
    kind: str, base: str, table: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    (tmp_path / base).mkdir()
    with folder(kind, request, tmp_path / base) as sink:
        for n, named in ((1, table), (2, table), (7, "t1"), (7, "ty"), (7, "a/bc")):  # those that the name would match
            loaded(plan(sink, named, write_csv(tmp_path / "a.csv", ["id"], [(n,)])), tmp_path)
        for copy, path in (("c1", table), ("c2", f"{table}/*.{kind}")):
            loaded(plan(sink, copy, SourceSpec(path=path), place=sink.place), tmp_path)
            assert sorted(int(row["id"]) for row in sink.read(copy)) == [1, 2]
        loaded(plan(sink, table, write_csv(tmp_path / "a.csv", ["id"], [(2,), (3,)]), "merge"), tmp_path)
        loaded(plan(sink, "merged", SourceSpec(path=table), place=sink.place), tmp_path)
        assert sorted(int(row["id"]) for row in sink.read("merged")) == [1, 2, 3]


def test_files_in_folders_with_brackets_are_found(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with folder("csv", request, tmp_path) as sink:
        for name in ("d3[x]", "d3x", "e[1]/f*"):
            (tmp_path / name).mkdir(parents=True)
            write_csv(tmp_path / name / "in1.csv", ["id"], [(name,)])
        wanted = {
            "d3[x]/in*.csv": ["d3[x]"], "d3[x]/in[12].csv": ["d3[x]"], "d3[!x]*/in*.csv": ["d3[x]"],
            "e[1]/f*/in?.csv": ["e[1]/f*"], "d3?/in*.csv": ["d3x"], "d*/*.csv": ["d3[x]", "d3x"],
            "**/in1.csv": ["d3[x]", "d3x", "e[1]/f*"],
        }  # fmt: skip
        for path, ids in wanted.items():
            table = sink.table()
            loaded(plan(sink, table, str(tmp_path / path)), tmp_path)
            assert sorted(row["id"] for row in sink.read(table)) == ids, path
