"""Loads into every target: the three modes, what is refused before anything is written, and once for each run."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from destui.domain.loads import FileOptions, LoadPlan, Place, RunState, SourceSpec
from destui.domain.secret import Secret
from destui.loads import process
from destui.loads.engine import Engine
from tests.e2e.load_checks import TARGETS, Sink, apart, load, loaded, plan, refused, write_csv
from tests.e2e.load_checks import sink as sink
from tests.servers.mariadb import Mariadb

pytestmark = pytest.mark.servers
every = pytest.mark.parametrize("sink", TARGETS, indirect=True)
databases = pytest.mark.parametrize("sink", TARGETS[:4], indirect=True)

HEADER = ["id", "name", "amount"]


def _rows(sink: Sink, table: str) -> list[tuple[int, str, float]]:
    return sorted((int(r["id"]), str(r["name"]), float(r["amount"])) for r in sink.read(table))


@every
def test_append_replace_and_merge(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    first = write_csv(tmp_path / "a.csv", HEADER, [(1, "one", "1.50"), (2, "two", "2.25")])
    second = write_csv(tmp_path / "b.csv", HEADER, [(2, "zwei", "2.00"), (3, "drei", "3.75")])
    assert loaded(plan(sink, table, first), tmp_path).rows == 2
    assert _rows(sink, table) == [(1, "one", 1.5), (2, "two", 2.25)]
    assert loaded(plan(sink, table, second, "merge"), tmp_path).rows == 2
    assert _rows(sink, table) == [(1, "one", 1.5), (2, "zwei", 2.0), (3, "drei", 3.75)]
    assert loaded(plan(sink, table, first), tmp_path).rows == 2
    assert len(_rows(sink, table)) == 5
    assert loaded(plan(sink, table, second, "replace"), tmp_path).rows == 2
    assert _rows(sink, table) == [(2, "zwei", 2.0), (3, "drei", 3.75)]


@every
@pytest.mark.parametrize("mode", ["append", "replace", "merge"])
def test_the_same_run_loads_once(sink: Sink, mode: str, tmp_path: Path) -> None:
    table = sink.table()
    source = write_csv(tmp_path / "a.csv", HEADER, [(1, "one", "1.50"), (2, "two", "2.25")])
    made = plan(sink, table, source, mode)
    assert loaded(made, tmp_path).rows == 2
    write_csv(tmp_path / "a.csv", HEADER, [(7, "seven", "7.50")])
    assert loaded(made, tmp_path).rows == 2
    assert _rows(sink, table) == [(1, "one", 1.5), (2, "two", 2.25)]


@databases
def test_old_markers_are_removed(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    source = write_csv(tmp_path / "a.csv", ["id"], [(1,)])
    old, new = plan(sink, table, source), plan(sink, table, source)
    loaded(old, tmp_path)
    sink.run(f"UPDATE _destui_loads SET loaded_at = '2001-01-01 00:00:00' WHERE run_id = '{old.run_id}'")
    loaded(new, tmp_path)
    assert [r["run_id"] for r in sink.read("_destui_loads") if r["table_name"] == table] == [new.run_id]


@every
def test_a_run_that_was_replaced_meanwhile_does_not_come_back(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    first = plan(sink, table, write_csv(tmp_path / "a.csv", HEADER, [(1, "one", "1.50")]))
    loaded(first, tmp_path)
    loaded(plan(sink, table, write_csv(tmp_path / "b.csv", HEADER, [(2, "two", "2.50")]), "replace"), tmp_path)
    loaded(first, tmp_path)
    assert _rows(sink, table) == [(2, "two", 2.5)]


@every
def test_a_merge_keeps_columns_that_the_source_does_not_have(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    loaded(plan(sink, table, write_csv(tmp_path / "a.csv", HEADER, [(1, "one", "1.50"), (2, "two", "2.25")])), tmp_path)
    changes = write_csv(tmp_path / "b.csv", ["id", "name"], [(2, "zwei"), (3, "drei")])
    loaded(plan(sink, table, changes, "merge"), tmp_path)
    found = {int(r["id"]): (r["name"], r["amount"]) for r in sink.read(table)}
    assert {n: (name, float(amount or 0)) for n, (name, amount) in found.items()} == {
        1: ("one", 1.5), 2: ("zwei", 2.25), 3: ("drei", 0),
    }  # fmt: skip


@every
def test_columns_that_only_the_source_has_are_refused_or_added(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    loaded(plan(sink, table, write_csv(tmp_path / "a.csv", HEADER, [(1, "one", "1.50")])), tmp_path)
    wider = write_csv(
        tmp_path / "b.csv", [*HEADER, "born"], [(1, "uno", "9.00", "2024-02-29"), (2, "two", "2.25", None)]
    )
    wanted = "LOAD-COLUMNS-FILES" if sink.is_folder else "LOAD-COLUMNS"
    for mode in ("append", "replace", "merge"):
        assert refused(plan(sink, table, wider, mode), tmp_path) == wanted
    assert _rows(sink, table) == [(1, "one", 1.5)]
    result = loaded(plan(sink, table, wider, "merge", add_columns=True), tmp_path)
    assert result.columns_added == ("born",)
    assert _rows(sink, table) == [(1, "uno", 9.0), (2, "two", 2.25)]
    assert sorted(str(r["born"] or "") for r in sink.read(table)) == ["", "2024-02-29"]
    widest = write_csv(tmp_path / "c.csv", [*HEADER, "born", "more"], [(3, "three", "3.00", None, "x")])
    loaded(plan(sink, table, widest, add_columns=True), tmp_path)
    assert sorted(str(r["more"] or "") for r in sink.read(table)) == ["", "", "x"]
    _add_by_hand(sink, plan(sink, table, write_csv(tmp_path / "e.csv", ["id", "pasted"], [(5, "z")])), tmp_path)
    last = write_csv(tmp_path / "d.csv", [*HEADER, "last"], [(4, "four", "4.00", "y")])
    loaded(plan(sink, table, last, "replace", add_columns=True), tmp_path)
    assert [(int(r["id"]), r["last"], r["more"] or "") for r in sink.read(table)] == [(4, "y", "")]


@pytest.mark.parametrize("sink", ["postgres", "mysql", "sqlite", "duckdb"], indirect=True)
def test_many_columns_are_added_by_the_statements_that_the_refusal_has(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    loaded(plan(sink, table, write_csv(tmp_path / "a.csv", ["id"], [(1,)])), tmp_path)
    more = [f"a column with a long name {n}" for n in range(12)]
    wide = write_csv(tmp_path / "b.csv", ["id", *more], [(2, *range(12))])
    _add_by_hand(sink, plan(sink, table, wide), tmp_path)


def _add_by_hand(sink: Sink, made: LoadPlan, folder: Path) -> None:
    """What the refusal says does it, as it stands there; in files nobody adds a column."""
    found = load(made, folder).diagnosis
    assert found is not None
    if sink.is_folder:
        assert found.fix_lines == () and "--add-columns" in found.fix
        return
    assert sink.kind != "postgres" or "ALTER TABLE analytics." in found.fix
    for line in found.fix_lines:
        sink.run(line)
    assert loaded(made, folder).rows == 1


@every
def test_ambiguous_keys_are_found_before_anything_is_written(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    loaded(plan(sink, table, write_csv(tmp_path / "a.csv", HEADER, [(1, "one", "1.50")])), tmp_path)
    twice = write_csv(tmp_path / "b.csv", HEADER, [(1, "uno", "9.00"), (5, "a", "1.00"), (5, "b", "2.00")])
    result = load(plan(sink, table, twice, "merge"), tmp_path)
    assert result.diagnosis is not None
    assert result.diagnosis.code == "LOAD-KEY-TWICE"
    assert "5 (2 times)" in result.diagnosis.cause
    null = write_csv(tmp_path / "c.csv", HEADER, [(1, "uno", "9.00"), (None, "a", "1.00")])
    assert refused(plan(sink, table, null, "merge"), tmp_path) == "LOAD-KEY-NULL"
    assert refused(plan(sink, table, null, "merge", ["nope"]), tmp_path) == "LOAD-KEY-COLUMN"
    assert _rows(sink, table) == [(1, "one", 1.5)]


@every
def test_a_value_that_does_not_fit_is_told_with_its_line(sink: Sink, tmp_path: Path) -> None:
    if sink.kind in ("csv", "jsonl"):
        pytest.skip("files of text take anything")
    table = sink.table()
    loaded(plan(sink, table, write_csv(tmp_path / "a.csv", HEADER, [(1, "one", "1.50")])), tmp_path)
    bad = tmp_path / "b.csv"
    bad.write_text('id,name,amount\n2,"two\nlines",2.25\n\n3,three,3.00\n0x4,four,4.00\n')
    result = load(plan(sink, table, bad), tmp_path)
    assert result.state is RunState.FAILED
    assert result.diagnosis is not None
    assert result.diagnosis.code == "LOAD-VALUE"
    assert f'The value "0x4" of column id in line 6 of {bad}' in result.diagnosis.cause
    assert result.of_source
    assert _rows(sink, table) == [(1, "one", 1.5)]


@every
def test_types_that_the_beginning_does_not_show_are_seen_all_the_same(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    rows = [(n, n, "1.50" if n < 7000 else "1.555", None if n < 7000 else "x") for n in range(8000)]
    source = write_csv(tmp_path / "a.csv", ["id", "late", "amount", "empty"], [*rows, (8000, "007", "1", "y")])
    loaded(plan(sink, table, source), tmp_path)
    found = {int(r["id"]): r for r in sink.read(table)}
    assert len(found) == 8001
    assert (str(found[8000]["late"]), found[8000]["empty"]) == ("007", "y")
    assert [str(found[n]["amount"]) for n in (0, 7000)] == ["1.50", "1.555"]


@every
def test_names_of_any_kind_are_kept(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    names = ["id", "select", 'with "quotes"', "with `ticks`", "Ünï ❤", "a.b", "100%", "semi;colon", "{brace}", "%s"]
    source = write_csv(tmp_path / "a.csv", names, [list(range(len(names)))])
    loaded(plan(sink, table, source), tmp_path)
    loaded(plan(sink, table, source, "merge", ["id", "%s", 'with "quotes"']), tmp_path)
    (row,) = sink.read(table)
    assert [(name, int(row[name])) for name in names] == list(zip(names, range(len(names)), strict=True))


@every
def test_names_that_differ_in_capitals_only(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    source = write_csv(tmp_path / "a.csv", ["id", "ID"], [(1, 2)])
    if sink.kind == "postgres":
        loaded(plan(sink, table, source), tmp_path)
        assert sink.read(table) == [{"id": 1, "ID": 2}]
    else:
        assert refused(plan(sink, table, source), tmp_path) == "LOAD-COLUMN-TWICE"


@databases
def test_a_column_that_needs_a_value(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id integer NOT NULL, name varchar(20) NOT NULL, note varchar(20))")
    assert refused(plan(sink, table, write_csv(tmp_path / "a.csv", ["id"], [(1,)])), tmp_path) == "LOAD-REQUIRED"
    empty = write_csv(tmp_path / "b.csv", ["id", "name"], [(1, "x"), (2, None)])
    assert refused(plan(sink, table, empty), tmp_path) in ("LOAD-NOT-NULL", "LOAD-CONSTRAINT")
    assert refused(plan(sink, table, empty, "merge"), tmp_path) in ("LOAD-NOT-NULL", "LOAD-CONSTRAINT")
    assert sink.read(table) == []


@databases
def test_a_row_that_is_there_already(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id integer PRIMARY KEY, name varchar(20), amount decimal(10,2))")
    source = write_csv(tmp_path / "a.csv", HEADER, [(1, "one", "1.50"), (2, "two", "2.25")])
    loaded(plan(sink, table, source), tmp_path)
    again = write_csv(tmp_path / "b.csv", HEADER, [(3, "three", "3.00"), (2, "zwei", "2.00")])
    assert refused(plan(sink, table, again), tmp_path) in ("LOAD-UNIQUE", "LOAD-CONSTRAINT")
    assert _rows(sink, table) == [(1, "one", 1.5), (2, "two", 2.25)]
    loaded(plan(sink, table, again, "merge"), tmp_path)
    assert _rows(sink, table) == [(1, "one", 1.5), (2, "zwei", 2.0), (3, "three", 3.0)]
    loaded(plan(sink, table, source, "replace"), tmp_path)
    assert _rows(sink, table) == [(1, "one", 1.5), (2, "two", 2.25)]


@databases
def test_a_view_is_no_table(sink: Sink, tmp_path: Path) -> None:
    view = f"v_{sink.table()}"
    if sink.kind == "mysql":
        sink.run("GRANT CREATE VIEW ON warehouse.* TO loader@'%'")
    sink.run(f"CREATE VIEW {view} AS SELECT 1 AS id")
    source = write_csv(tmp_path / "a.csv", ["id"], [(1,)])
    assert refused(plan(sink, view, source), tmp_path) == "LOAD-NOT-A-TABLE"
    sink.run(f"DROP VIEW {view}")


@every
def test_two_processes_with_one_run_load_it_once(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    source = write_csv(tmp_path / "a.csv", HEADER, [(n, f"name {n}", "1.50") for n in range(20_000)])
    made = plan(sink, table, source)
    results = []
    both = [threading.Thread(target=lambda n=n: results.append(apart(made, tmp_path / str(n)))) for n in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    # The second may have ended the first, or found its file locked: then a third finds it done.
    assert any(r.state is RunState.DONE for r in results), results
    assert loaded(made, tmp_path).rows == 20_000
    assert sink.count(table) == 20_000


@every
def test_two_runs_into_one_table_wait_for_each_other(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    loaded(plan(sink, table, write_csv(tmp_path / "a.csv", HEADER, [(-1, "first", "1.50")])), tmp_path)
    source = write_csv(tmp_path / "b.csv", HEADER, [(n, f"name {n}", "1.50") for n in range(5_000)])
    results = []
    both = [
        threading.Thread(target=lambda m=m: results.append(apart(plan(sink, table, source, m), tmp_path / m)))
        for m in ("replace", "merge")
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert [r.state for r in results] == [RunState.DONE] * 2, results
    assert len(_rows(sink, table)) == 5_000


@pytest.mark.parametrize("sink", ["postgres"], indirect=True)
def test_failures_of_the_target_are_told_as_a_check_tells_them(sink: Sink, closed_port: int, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", ["id"], [(1,)])
    fields, secrets = dict(sink.place.fields), sink.place.secrets

    def code(place: Place, table: str = "t") -> tuple[str, str]:
        made = plan(Sink(sink.kind, place, sink.read, sink.run), table, source)
        diagnosis = load(made, tmp_path).diagnosis
        assert diagnosis is not None
        assert "loader s secret" not in str(diagnosis)
        return diagnosis.step, diagnosis.code

    assert code(Place("postgres", {**fields, "port": closed_port}, secrets)) == ("reach", "NET-REFUSED")
    assert code(Place("postgres", fields, {"password": Secret("wrong")}))[0] == "sign in"
    assert code(Place("postgres", {**fields, "schema": "nowhere"}, secrets))[1] == "PG-3F000"
    assert code(Place("postgres", fields, secrets), "a.b.c")[1] == "LOAD-TABLE-NAME"
    assert code(Place("simulator", {}, {}))[1] == "LOAD-TARGET"


@pytest.mark.parametrize("sink", ["postgres"], indirect=True)
def test_a_target_that_cannot_be_opened_ends_the_look_at_the_source(
    sink: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text('{"id": 1}\n')
    rows, give_up = Engine.rows, Engine.give_up
    asked, given_up = [], threading.Event()

    def late(self: Engine, sql: str) -> list[tuple[object, ...]]:
        asked.append(sql)
        assert given_up.wait(30), "by the thread that signs in"
        return rows(self, sql)

    def told(self: Engine) -> None:
        give_up(self)
        given_up.set()

    monkeypatch.setattr(Engine, "rows", late)
    monkeypatch.setattr(Engine, "give_up", told)
    place = Place("postgres", sink.place.fields, {"password": Secret("wrong")})
    diagnosis = load(plan(replace(sink, place=place), "t", source), tmp_path).diagnosis
    assert diagnosis is not None and diagnosis.step == "sign in"
    assert len(asked) == 1, "what comes after it is not begun"


@pytest.mark.parametrize("sink", ["postgres"], indirect=True)
def test_without_the_right_to_make_the_markers_the_grant_is_named(sink: Sink, tmp_path: Path, request) -> None:
    server = request.getfixturevalue("postgres")
    role = server.new_role()
    server.run(f"CREATE SCHEMA s_{role}", f"GRANT USAGE ON SCHEMA s_{role} TO {role}",
               f"CREATE TABLE s_{role}.t (id int)", f"GRANT ALL ON s_{role}.t TO {role}")  # fmt: skip
    place = Place("postgres", {**sink.place.fields, "user": role, "schema": f"s_{role}"}, sink.place.secrets)
    made = plan(Sink("postgres", place, sink.read, sink.run), "t", write_csv(tmp_path / "a.csv", ["id"], [(1,)]))
    diagnosis = load(made, tmp_path).diagnosis
    assert diagnosis is not None
    assert diagnosis.code == "LOAD-MARKER"
    server.run(*diagnosis.fix_lines)
    assert loaded(made, tmp_path).rows == 1


@pytest.mark.parametrize("sink", ["postgres"], indirect=True)
def test_a_merge_deletes_nothing_that_others_hang_on(sink: Sink, tmp_path: Path) -> None:
    parent, child, seen = sink.table(), sink.table(), sink.table()
    sink.run(f"CREATE TABLE {parent} (id bigint PRIMARY KEY, name text, amount numeric(18,2))")
    sink.run(f"CREATE TABLE {child} (id bigint REFERENCES {parent} ON DELETE CASCADE)")
    first = write_csv(tmp_path / "a.csv", HEADER, [(1, "one", "1.50"), (2, "two", "2.25")])
    loaded(plan(sink, parent, first), tmp_path)
    sink.run(f"INSERT INTO {child} VALUES (1), (2)")
    changes = write_csv(tmp_path / "b.csv", HEADER, [(1, "uno", "1.50"), (3, "three", "3.00")])
    loaded(plan(sink, parent, changes, "merge"), tmp_path)
    assert sink.count(child) == 2
    assert _rows(sink, parent) == [(1, "uno", 1.5), (2, "two", 2.25), (3, "three", 3.0)]
    sink.run(f"DROP TABLE {child}")
    sink.run(f"CREATE TABLE {seen} (what text)")
    body = f"BEGIN INSERT INTO analytics.{seen} VALUES (TG_OP); RETURN NEW; END"
    sink.run(f"CREATE FUNCTION f_{seen}() RETURNS trigger AS $$ {body} $$ LANGUAGE plpgsql")
    sink.run(f"CREATE TRIGGER x AFTER UPDATE OR DELETE ON {parent} FOR EACH ROW EXECUTE FUNCTION f_{seen}()")
    loaded(plan(sink, parent, first, "merge"), tmp_path)
    assert [r["what"] for r in sink.read(seen)] == ["UPDATE"]
    sink.run(f"DROP FUNCTION f_{seen}() CASCADE")


@pytest.mark.parametrize("sink", ["mysql"], indirect=True)
def test_mysql_without_load_data_still_loads(sink: Sink, tmp_path: Path, request) -> None:
    table = sink.table()
    source = write_csv(
        tmp_path / "a.csv", [*HEADER, "note"], [(n, "tab\tand\\back", "1.50", 'q"\n') for n in range(2500)]
    )
    with request.getfixturevalue("mariadb").setting("local_infile", "0", "1"):
        result = loaded(plan(sink, table, source), tmp_path)
    assert "LOAD DATA" in result.warnings[0]
    found = sink.read(table)
    assert len(found) == 2500
    assert {(r["name"], r["note"]) for r in found} == {("tab\tand\\back", 'q"\n')}


@pytest.mark.parametrize("sink", ["mysql"], indirect=True)
@pytest.mark.parametrize(
    "index", ["PRIMARY KEY (id)", "UNIQUE (id)", "UNIQUE (id, name)", "UNIQUE (id(1))", "KEY (amount)",
              "PRIMARY KEY (id), UNIQUE (amount)"],
)  # fmt: skip
@pytest.mark.parametrize("triggers", ["seen", "hidden", "there"])
def test_mysql_merges_alike_whatever_index_there_is(
    sink: Sink, index: str, triggers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id varchar(9), name varchar(9), amount decimal(10,2), own int DEFAULT 7, {index})")
    if triggers == "there":
        sink.run(f"CREATE TRIGGER tr_{table} BEFORE INSERT ON {table} FOR EACH ROW SET NEW.own = 8")
    if triggers == "hidden":
        monkeypatch.setattr("destui.loads.targets.mysql.MARIADB", "no such server")
    sink.run(f"INSERT INTO {table} VALUES ('ab', 'one', 1, 1), ('b', 'two', 2, 2), ('c', 'three', 3, 3)")
    sink.run(f"UPDATE {table} SET own = 1")
    source = write_csv(tmp_path / "a.csv", HEADER, [("AB", "ONE", "1.00"), ("b", "zwei", "2.25"), ("d", "four", "4")])
    assert loaded(plan(sink, table, source, "merge"), tmp_path).rows == 3
    found = sorted((r["id"], r["name"], float(r["amount"]), r["own"]) for r in sink.read(table))
    new = 8 if triggers == "there" else 7
    assert found == [("ab", "ONE", 1.0, 1), ("b", "zwei", 2.25, 1), ("c", "three", 3.0, 1), ("d", "four", 4.0, new)]


@pytest.mark.parametrize("sink", ["mysql"], indirect=True)
def test_mysql_replaces_in_place_what_something_hangs_on(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id int PRIMARY KEY, name varchar(20), amount decimal(10,2))")
    sink.run(f"CREATE TRIGGER tr_{table} BEFORE INSERT ON {table} FOR EACH ROW SET @seen = 1")
    source = write_csv(tmp_path / "a.csv", HEADER, [(1, "one", "1.50")])
    loaded(plan(sink, table, source), tmp_path)
    loaded(plan(sink, table, source, "replace"), tmp_path)
    assert _rows(sink, table) == [(1, "one", 1.5)]
    assert sink.run(f"SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_TABLE = '{table}'") == ((1,),)


@pytest.mark.parametrize("sink", ["mysql"], indirect=True)
def test_mysql_counts_on_after_a_replace(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id int AUTO_INCREMENT PRIMARY KEY, name varchar(20))")
    sink.run(f"INSERT INTO {table} (name) VALUES ('a'), ('b'), ('c')")
    loaded(plan(sink, table, write_csv(tmp_path / "a.csv", ["name"], [("d",), ("e",)]), "replace"), tmp_path)
    assert [(row["id"], row["name"]) for row in sink.read(table)] == [(4, "d"), (5, "e")]


@pytest.mark.parametrize(
    ("sink", "columns"), [("postgres", 1601), ("postgres", 1500), ("mysql", 1100)], indirect=["sink"]
)
def test_more_columns_than_a_table_can_have_are_told(sink: Sink, columns: int, tmp_path: Path) -> None:
    many = range(columns)
    source = write_csv(tmp_path / "a.csv", [f"c{n}" for n in many], [[10_000_000_000 + n for n in many]])
    assert refused(plan(sink, sink.table(), source), tmp_path) == "LOAD-WIDE"


@pytest.mark.parametrize("sink", ["mysql"], indirect=True)
def test_mysql_tables_without_transactions_are_refused(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id int) ENGINE = MyISAM")
    made = plan(sink, table, write_csv(tmp_path / "a.csv", ["id"], [(1,)]))
    diagnosis = load(made, tmp_path).diagnosis
    assert diagnosis is not None
    assert diagnosis.code == "LOAD-ENGINE"
    sink.run(diagnosis.fix_lines[0].rstrip(";"))
    loaded(made, tmp_path)


@pytest.mark.parametrize("sink", ["parquet"], indirect=True)
def test_a_folder_with_files_of_others_is_not_replaced(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    source = write_csv(tmp_path / "a.csv", HEADER, [(1, "one", "1.50")])
    loaded(plan(sink, table, source), tmp_path)
    stranger = Path(str(sink.place.fields["path"])) / table / "notes.txt"
    stranger.write_text("mine")
    assert refused(plan(sink, table, source, "replace"), tmp_path) == "LOAD-FOLDER-FILES"
    assert stranger.read_text() == "mine"
    for name in ("../out", "/abs", ".destui/x"):
        assert refused(plan(sink, name, source), tmp_path) == "LOAD-TABLE-NAME"


@pytest.mark.parametrize("sink", ["sqlite"], indirect=True)
def test_a_type_that_the_first_rows_did_not_show_is_told(sink: Sink, tmp_path: Path) -> None:
    rows = [*((n, n) for n in range(5_001)), ("late", 1)]
    source = write_csv(tmp_path / "a.csv", ["id", "n"], rows)
    done = loaded(plan(sink, sink.table(), source), tmp_path)
    assert done.warnings == (f"The column id is TEXT, and not INTEGER: late in line 5003 of {source}.",)


@pytest.mark.parametrize(("sink", "name"), [("postgres", "ä" * 32), ("mysql", "t" * 65)], indirect=["sink"])
def test_a_tables_name_that_would_be_cut_is_refused(sink: Sink, name: str, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", HEADER, [(1, "one", "1.50")])
    assert refused(plan(sink, name, source), tmp_path) == "LOAD-TABLE-LONG"
    for _ in range(2):
        assert loaded(plan(sink, name[:-1], source), tmp_path).rows == 1
    assert sink.count(name[:-1]) == 2


def test_the_workers_side_loads_no_driver() -> None:
    code = "import sys; import destui.loads.process; print(*{m.partition('.')[0] for m in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"duckdb", "pyarrow", "psycopg", "pymysql", "adbc_driver_manager", "sqlalchemy"} & set(
        done.stdout.split()
    )


@pytest.mark.parametrize("sink", ["sqlite"], indirect=True)
def test_options_of_files(sink: Sink, tmp_path: Path) -> None:
    def rows(content: bytes, **options: object) -> list[tuple[object, ...]]:
        file = tmp_path / "x.csv"
        file.write_bytes(content)
        table = sink.table()
        loaded(plan(sink, table, SourceSpec(path=str(file), options=FileOptions(**options))), tmp_path)  # type: ignore[arg-type]
        return [tuple(row.values()) for row in sink.read(table)]

    assert rows("a;b\n1;é\n".encode()) == [(1, "é")]
    assert rows("a;b\n1;€uro\n".encode("cp1252"), encoding="cp1252") == [(1, "€uro")]
    assert rows("a\tb\n1\t'x\ty'\n".encode("utf-16"), encoding="utf-16", quote="'") == [(1, "x\ty")]
    assert rows(b'a|b\n1|say "hi"\n', delimiter="|", quote="") == [(1, 'say "hi"')]
    assert rows(b"1,x\n2,y\n", header=False) == [(1, "x"), (2, "y")]
    assert rows(b'a,b\nNA,NA\nnull,null\n3,\n4,""\n') == [(None, "NA"), (None, "null"), (3, None), (4, "")]
    assert rows(b"a,b\n-,-\nNA,x\n", null_words=("-",)) == [(None, None), ("NA", "x")]
    assert rows("\ufeffa,b\r\n1,x\r\n".encode()) == [(1, "x")]


@pytest.mark.parametrize("sink", ["postgres"], indirect=True)
@pytest.mark.parametrize(("declared", "twice"), [("numeric", ("1.0", "1.00")), ("inet", ("10.0.0.1", "10.0.0.1/32"))])
def test_keys_that_the_table_takes_for_one_are_twice(
    sink: Sink, declared: str, twice: tuple[str, str], tmp_path: Path
) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id {declared}, name text)")
    source = write_csv(tmp_path / "a.csv", ["id", "name"], [(key, "x") for key in twice])
    assert refused(plan(sink, table, source, "merge"), tmp_path) == "LOAD-KEY-TWICE"
    assert sink.read(table) == []
    once = write_csv(tmp_path / "b.csv", ["id", "name"], [(twice[0], "y")])
    for _ in range(2):
        loaded(plan(sink, table, once, "merge"), tmp_path)
    assert len(sink.read(table)) == 1


@pytest.mark.parametrize("sink", ["mysql"], indirect=True)
def test_mysql_a_kill_between_the_rename_and_the_old_rows_going_is_found_done(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    source = write_csv(tmp_path / "a.csv", HEADER, [(1, "one", "1.50")])
    loaded(plan(sink, table, source), tmp_path)
    made = plan(sink, table, source, "replace")
    loaded(made, tmp_path)
    new = f"_destui_new_{made.run_id[:32]}"
    sink.run(f"UPDATE _destui_loads SET table_name = '{new}' WHERE run_id = '{made.run_id}'")
    sink.run(f"CREATE TABLE {new}_old (id int)")
    sink.run(f"DELETE FROM {table}")
    assert loaded(replace(made, again=True), tmp_path).rows == 1
    assert sink.read(table) == []
    assert _tables_like(sink, new) == []


def _tables_like(sink: Sink, name: str) -> list[str]:
    found = sink.run(f"SELECT TABLE_NAME FROM information_schema.TABLES WHERE LEFT(TABLE_NAME, {len(name)}) = '{name}'")
    return [row[0] for row in found]


@pytest.mark.parametrize("sink", ["mysql"], indirect=True)
def test_mysql_a_replace_that_is_stopped_before_its_rename_has_not_loaded(
    sink: Sink, tmp_path: Path, mariadb: Mariadb
) -> None:
    table, cancel = sink.table(), threading.Event()
    loaded(plan(sink, table, write_csv(tmp_path / "a.csv", HEADER, [(1, "one", "1.50")])), tmp_path)
    made = plan(sink, table, write_csv(tmp_path / "b.csv", HEADER, [(2, "two", "2.25")]), "replace")
    with closing(mariadb.root()) as reader, reader.cursor() as cursor:
        reader.begin()
        cursor.execute(f"SELECT * FROM warehouse.{table}")
        stopper = threading.Thread(target=_until_renaming, args=(sink, table, cancel))
        stopper.start()
        result = apart(made, tmp_path, cancel)
        stopper.join()
        assert (result.state, result.silent) == (RunState.STOPPED, True)
        assert load(replace(made, again=True, only_look=True), tmp_path).state is RunState.STOPPED
    assert _rows(sink, table) == [(1, "one", 1.5)]
    assert _tables_like(sink, f"_destui_new_{made.run_id[:32]}") == []
    loaded(replace(made, again=True), tmp_path)
    assert _rows(sink, table) == [(2, "two", 2.25)]


def _until_renaming(sink: Sink, table: str, then: threading.Event | None = None) -> None:
    """Until a replace of the table waits for those who read it; then the event is set."""
    end = time.monotonic() + 30
    asked = f"SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO LIKE 'RENAME%{table}%' AND STATE LIKE 'Waiting%'"
    while not sink.run(asked):
        assert time.monotonic() < end
        time.sleep(0.02)  # a server tells nobody that it waits
    if then is not None:
        then.set()


@pytest.mark.parametrize("sink", ["mysql"], indirect=True)
def test_mysql_lets_readers_through_while_a_replace_waits_for_one(
    sink: Sink, tmp_path: Path, mariadb: Mariadb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("destui.loads.targets.mysql_aside._RENAME_SECONDS", 1)
    table = sink.table()
    loaded(plan(sink, table, write_csv(tmp_path / "a.csv", HEADER, [(1, "one", "1.50")])), tmp_path)
    made = plan(sink, table, write_csv(tmp_path / "b.csv", HEADER, [(2, "two", "2.25")]), "replace")
    with closing(mariadb.root()) as reader, reader.cursor() as cursor:
        reader.begin()
        cursor.execute(f"SELECT * FROM warehouse.{table}")
        thread = threading.Thread(target=load, args=(made, tmp_path))
        thread.start()
        _until_renaming(sink, table)
        assert _rows(sink, table) == [(1, "one", 1.5)]
        assert thread.is_alive()
        reader.commit()
        thread.join(20)
    assert _rows(sink, table) == [(2, "two", 2.25)]


@pytest.mark.parametrize("sink", ["mysql"], indirect=True)
def test_mysql_what_fails_after_the_commit_is_a_warning(sink: Sink, tmp_path: Path, mariadb: Mariadb) -> None:
    table = sink.table()
    made = plan(sink, table, write_csv(tmp_path / "a.csv", HEADER, [(1, "one", "1.50")]))
    comment = f"SELECT TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_NAME = '{table}'"
    with mariadb.user(rights="SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX") as fields:
        (warning,) = loaded(replace(made, target=Place("mysql", fields, sink.place.secrets)), tmp_path).warnings
    assert "ALTER command denied" in warning and sink.run(comment)[0][0]
    assert loaded(plan(sink, table, made.source), tmp_path).warnings == ()
    assert sink.run(comment) == (("",),)
    assert len(sink.read(table)) == 2


@pytest.mark.parametrize("sink", ["postgres", "mysql"], indirect=True)
def test_a_columns_name_that_the_target_would_cut_is_refused(sink: Sink, tmp_path: Path) -> None:
    names = ["ä" * 40 + "a" * 30, "ä" * 40 + "a" * 29 + "b"]  # one for whoever cuts at 63 bytes or 64 characters
    source = write_csv(tmp_path / "a.csv", names, [(1, 2)])
    made = plan(sink, sink.table(), source)
    shown = process.preview(made, folder=tmp_path / "runs").diagnosis
    assert shown is not None
    assert shown.code == refused(made, tmp_path) == "LOAD-COLUMN-LONG"


@pytest.mark.parametrize("sink", ["mysql"], indirect=True)
def test_a_new_column_with_days_that_the_target_does_not_have_is_text(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    source = write_csv(tmp_path / "a.csv", ["id", "day"], [(1, "0001-01-01"), (2, "9999-12-31")])
    shown = process.preview(plan(sink, table, source), folder=tmp_path / "runs")
    assert [(column.name, column.type) for column in shown.columns] == [("id", "bigint"), ("day", "longtext")]
    assert loaded(plan(sink, table, source), tmp_path).rows == 2
    assert [row["day"] for row in sink.read(table)] == ["0001-01-01", "9999-12-31"]


@pytest.mark.parametrize("table", ["_destui_loads", "_DESTUI_LOADS", 'analytics."_destui_loads"'])
@pytest.mark.parametrize("sink", ["postgres"], indirect=True)
def test_the_table_of_markers_is_no_orders(sink: Sink, table: str, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", ["run_id", "table_name"], [("x", "y")])
    assert refused(plan(sink, table, source), tmp_path) == "LOAD-TABLE-NAME"


@pytest.mark.parametrize("sink", ["postgres"], indirect=True)
def test_schemas_and_their_tables_are_completed(sink: Sink, tmp_path: Path) -> None:
    table = sink.table()
    sink.run(f"CREATE TABLE {table} (id integer)")
    sink.tables.append(odd := f"{table}.b")
    sink.run(f'CREATE TABLE "{odd}" (id integer)')
    found = process.preview(plan(sink, "", SourceSpec()), folder=tmp_path).tables
    assert {table, "analytics.", f"analytics.{table}", f'"{odd}"', f'analytics."{odd}"', "public."} <= set(found)
    assert found.index(table) < found.index("analytics.") < found.index(f"analytics.{table}")


@pytest.mark.parametrize("sink", ["postgres"], indirect=True)
def test_a_schema_that_is_missing_is_the_orders(sink: Sink, tmp_path: Path) -> None:
    made = plan(sink, "nowhere.t", write_csv(tmp_path / "a.csv", ["id"], [(1,)]))
    for found in (load(made, tmp_path).diagnosis, process.preview(made, folder=tmp_path).diagnosis):
        assert found is not None
        assert found.code == "LOAD-SCHEMA"
        assert "correct the table of the load order" in found.fix
        assert found.fix_lines[0] == "CREATE SCHEMA nowhere;"
