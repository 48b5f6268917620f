"""`destui load preview` and `destui load duplicate`."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.e2e.load_checks import write_csv
from tests.fixtures import Home


def a_destination(home: Home, folder: Path) -> Path:
    home.ok("add", "sqlite", "dwh", f"path={folder / 'dwh.sqlite'}", "--wait", "60")
    return folder / "dwh.sqlite"


def test_a_preview_shows_rows_types_and_what_is_wrong_and_writes_nothing(home: Home, tmp_path: Path) -> None:
    made = a_destination(home, tmp_path)
    source = write_csv(tmp_path / "orders.csv", ["id", "city", "price"], [(n, f"c{n}", f"{n}.5") for n in range(30)])
    source.write_text(source.read_text() + "30,\x1b[31m,none\n")
    found = json.loads(home.ok("load", "preview", "dwh", "t", str(source), "--json"))
    assert [column["name"] for column in found["columns"]] == ["id", "city", "price"]
    assert found["columns"][0]["type"] == "INTEGER" and found["columns"][2]["type"] == "TEXT"
    assert found["rows"][:2] == [["0", "c0", "0.5"], ["1", "c1", "1.5"]] and len(found["rows"]) == 20
    assert found["reading"]["format"] == "csv" and found["bytes"] == source.stat().st_size
    assert [problem["line"] for problem in found["problems"]] == [32]
    assert (found["table_exists"], found["diagnosis"], found["files"]) == (False, None, 1)
    done = home.run("load", "preview", "dwh", "t", str(source), "--null", "none")
    assert done.returncode == 0
    assert done.stdout.startswith("id       city  price\nINTEGER  TEXT  DECIMAL(18,1)\n0        c0    0.5\n")
    assert "First 20 rows of" in done.stdout and "The table will be made with these types." in done.stdout
    with sqlite3.connect(made) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []


def test_a_preview_of_what_a_run_would_refuse_exits_1_with_the_diagnosis(home: Home, tmp_path: Path) -> None:
    made = a_destination(home, tmp_path)
    sqlite3.connect(made).execute("CREATE TABLE t (id INTEGER)")
    source = write_csv(tmp_path / "orders.csv", ["id", "city"], [(1, "x")])
    done = home.run("load", "preview", "dwh", "t", str(source))
    assert done.returncode == 1 and "Code: LOAD-COLUMNS" in done.stdout and "city" in done.stdout
    assert "is there, with these types" in home.ok("load", "preview", "dwh", "t", str(source), "--add-columns")
    none = home.run("load", "preview", "dwh", "t", str(tmp_path / "none.csv"))
    assert none.returncode == 1 and "Code: LOAD-SOURCE-MISSING" in none.stdout
    wrong = home.run("load", "preview", "dwh", "t", str(source), "--encoding", "no such")
    assert wrong.returncode == 2 and "encoding" in wrong.stderr
    assert home.run("load", "preview", "dwh", "t", str(source), "--cron", "@daily").returncode == 2
    keyless = home.run("load", "preview", "dwh", "t", str(source), "--mode", "merge")
    assert keyless.returncode == 2 and "A merge needs the columns by which rows are the same." in keyless.stderr


def test_a_duplicate_is_another_order_with_what_is_changed(home: Home, tmp_path: Path) -> None:
    a_destination(home, tmp_path)
    source = write_csv(tmp_path / "orders.csv", ["id"], [(1,)])
    home.ok("load", "add", "one", "dwh", "t", str(source), "--mode", "merge", "--key", "id", "--cron", "@daily")
    assert "Set up two like one: merge" in home.ok("load", "duplicate", "one", "two", "--table", "u")
    one, two = json.loads(home.ok("load", "list", "--json"))
    differing = {key for key in one if one[key] != two[key]}
    assert differing == {"id", "name", "table"} and (two["name"], two["table"]) == ("two", "u")
    assert home.run("load", "duplicate", "one", "two").returncode == 2
    assert home.run("load", "duplicate", "none", "three").returncode == 4


def test_a_file_with_hundreds_of_columns_is_shown_whole(home: Home, tmp_path: Path) -> None:
    """One statement over all of them would take minutes, and more memory than there is."""
    a_destination(home, tmp_path)
    names = [f"column {n}" for n in range(600)]
    source = write_csv(tmp_path / "wide.csv", names, [[n if n % 2 else f"x{n}" for n in range(600)]])
    found = json.loads(home.ok("load", "preview", "dwh", "t", str(source), "--json"))
    assert [column["name"] for column in found["columns"]] == names
    assert [column["type"] for column in found["columns"]] == ["TEXT", "INTEGER"] * 300
    assert found["rows"] == [[str(n) if n % 2 else f"x{n}" for n in range(600)]]


@pytest.mark.parametrize("values", ["1\n2\n2\n", '1\n""\n2\n'])
def test_keys_that_a_merge_would_refuse_are_told(home: Home, tmp_path: Path, values: str) -> None:
    a_destination(home, tmp_path)
    (tmp_path / "keys.csv").write_text(f"id,v\n{values.replace(chr(10), ',x' + chr(10))}")
    done = home.run("load", "preview", "dwh", "t", str(tmp_path / "keys.csv"), "--mode", "merge", "--key", "id")
    wanted = "LOAD-KEY-NULL" if '""' in values else "LOAD-KEY-TWICE"
    assert done.returncode == 1 and f"Code: {wanted}" in done.stdout, done


def test_what_a_preview_says_of_odd_files(home: Home, tmp_path: Path) -> None:
    a_destination(home, tmp_path)
    (tmp_path / "zeros.csv").write_text("k\n-0\n-5\n")
    found = json.loads(home.ok("load", "preview", "dwh", "t", str(tmp_path / "zeros.csv"), "--json"))
    assert found["columns"][0]["type"] == "TEXT", "a zero would lose its sign"
    (tmp_path / "r.parquet").write_bytes(bytes(range(256)) * 12)
    done = home.run("load", "preview", "dwh", "t", str(tmp_path / "r.parquet"))
    assert f"{tmp_path / 'r.parquet'} is no Parquet file" in " ".join(done.stdout.split()), done
    done = home.run("load", "add", "own", "dwh", "_destui_loads", str(tmp_path / "zeros.csv"))
    assert done.returncode == 2 and "no run loads twice" in done.stderr
