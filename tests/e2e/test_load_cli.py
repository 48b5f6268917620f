"""`destui load` as people and scripts use it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from bench.terminal import Terminal
from destui.domain.orders import LoadOrder, OrderStatus
from destui.services import destinations, loads
from destui.store import load_reading, workers
from destui.store.engine import Store
from destui.store.opening import open_store
from destui.store.version import REVISION
from destui.worker import launch
from tests.e2e.load_checks import Sink, sink, write_csv
from tests.e2e.order_checks import ENDLESS, connect, order, source_database
from tests.fixtures import Home

__all__ = ["sink"]
KEYS = [
    "id", "name", "destination", "table", "source", "mode", "key", "cron", "tz", "missed", "status", "next_run",
    "last_run",
]  # fmt: skip
RUN_KEYS = ["state", "started_at", "finished_at", "rows", "bytes", "diagnosis", "task"]


def small(folder: Path, rows: int = 3, name: str = "small.csv") -> Path:
    return write_csv(folder / name, ["id", "name"], [(n, f"n{n}") for n in range(rows)])


def a_destination(home: Home, folder: Path) -> None:
    connect(home.context(), "dwh", "sqlite", {"path": str(folder / "dwh.sqlite")})


def the_order(home: Home, name: str) -> LoadOrder:
    """As the store has it."""
    found = load_reading.by_name(home.context().store, name)
    assert found is not None
    return found


def document(home: Home, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(home.ok("load", "show", name, "--json"))
    return found


@pytest.mark.parametrize("sink", ["postgres", "mysql", "sqlite", "duckdb", "parquet"], indirect=True)
def test_a_load_from_the_first_command_to_its_rows(home: Home, sink: Sink, tmp_path: Path) -> None:
    fields = [f"{name}={value}" for name, value in sink.place.fields.items()]
    secrets = {f"S_{name}": secret.reveal() for name, secret in sink.place.secrets.items()}
    given = [f"--secret={name}=env:S_{name}" for name in sink.place.secrets]
    home.ok("add", sink.place.type, "dwh", *fields, *given, "--wait", "60", **secrets)
    table, source = sink.table(), small(tmp_path)
    said = home.ok("load", "--run", "--mode", "merge", "add", "orders", "dwh", "--key", "id", table, str(source),
                   "--wait")  # fmt: skip
    assert "orders: done, 3 rows in " in said
    assert sorted(int(row["id"]) for row in sink.read(table)) == [0, 1, 2]
    found = document(home, "orders")
    assert list(found) == KEYS and list(found["last_run"]) == RUN_KEYS
    assert (found["destination"], found["table"], found["source"]) == ("dwh", table, str(source))
    assert (found["mode"], found["key"], found["cron"], found["next_run"]) == ("merge", ["id"], None, None)
    assert found["status"] == "done" and found["last_run"]["rows"] == 3
    assert found["last_run"]["task"] == {name: found[name] for name in ("table", "source", "mode", "key")}
    small(tmp_path, 5)
    assert "done, 5 rows" in home.ok("load", "run", "orders", "--wait")
    assert sink.count(table) == 5
    home.ok("load", "edit", "orders", "--mode", "append")
    assert home.ok("load", "show", "orders").count(f"it loaded {source} into {table}, merge by id\n") == 2
    assert json.loads(home.ok("list", "--json"))[0]["load_orders"] == 1
    assert json.loads(home.ok("show", "dwh", "--json"))["load_orders"] == 1


def test_a_failed_run_exits_1_with_its_diagnosis(home: Home, tmp_path: Path) -> None:
    a_destination(home, tmp_path)
    done = home.run("load", "add", "orders", "dwh", "t", str(tmp_path / "none.csv"), "--run", "--wait")
    assert done.returncode == 1 and "Code: LOAD-SOURCE-MISSING" in done.stdout and "Fix: " in done.stdout
    found = document(home, "orders")
    assert found["status"] == "failed" and found["last_run"]["state"] == "failed"
    assert found["last_run"]["diagnosis"]["code"] == "LOAD-SOURCE-MISSING"
    assert list(found["last_run"]["diagnosis"]) == ["step", "code", "causes", "cause", "fix", "message"]
    assert "LOAD-SOURCE-MISSING" in home.ok("load", "show", "orders")


def test_a_schedule_is_kept_told_changed_paused_and_resumed(home: Home, tmp_path: Path) -> None:
    a_destination(home, tmp_path)
    said = home.ok("load", "add", "orders", "dwh", "t", str(small(tmp_path)), "--cron", "0 6 * * 1-5", "--tz",
                   "Europe/Madrid", "--missed", "skip")  # fmt: skip
    assert "every weekday at 06:00 (Europe/Madrid)" in said
    found = document(home, "orders")
    assert (found["cron"], found["tz"], found["missed"]) == ("0 6 * * 1-5", "Europe/Madrid", "skip")
    assert found["status"] == "scheduled" and found["next_run"].endswith("Z") and found["last_run"] is None
    home.ok("load", "pause", "orders")
    found = document(home, "orders")
    assert found["status"] == "paused" and found["next_run"] is None
    home.ok("load", "resume", "orders")
    assert the_order(home, "orders").next_run_at is not None
    home.ok("load", "edit", "orders", "--cron=", "--name", "renamed", "--table", "u", "--mode", "replace")
    found = document(home, "renamed")
    assert (found["cron"], found["next_run"], found["table"], found["mode"]) == (None, None, "u", "replace")
    assert "manual" in home.ok("load", "show", "renamed")
    assert "schedules" not in home.run("doctor").stdout
    home.ok("load", "edit", "renamed", "--cron", "@daily")
    assert "1 load order runs by a schedule" in home.run("doctor").stdout
    assert "1 load order runs by a schedule" in home.ok("worker", "status")
    status = json.loads(home.ok("worker", "status", "--json"))
    assert status["schedules"] == 1 and status["next_load"].endswith("Z")


def test_how_files_are_read_can_be_set(home: Home, tmp_path: Path) -> None:
    a_destination(home, tmp_path)
    odd = tmp_path / "odd.data"
    odd.write_bytes("1\t-\tgrün\n2\tx\tblau\n".encode("cp1252"))
    home.ok("load", "add", "odd", "dwh", "t", str(odd), "--format", "csv", "--delimiter", "tab", "--no-header",
            "--encoding", "cp1252", "--null", "-", "--compression", "none", "--run", "--wait")  # fmt: skip
    rows = sqlite3.connect(tmp_path / "dwh.sqlite").execute("SELECT * FROM t").fetchall()
    assert rows == [(1, None, "grün"), (2, "x", "blau")]
    told = {
        "format": "csv",
        "delimiter": "\t",
        "header": False,
        "encoding": "cp1252",
        "null": ["-"],
        "compression": "none",
    }
    assert document(home, "odd")["reading"] == told and list(document(home, "odd")) == [*KEYS, "reading"]
    shown = "format csv, delimiter tab, no header, encoding cp1252, NULL is -, compression none"
    assert f"Read as       {shown}\n" in home.ok("load", "show", "odd")
    home.ok("load", "edit", "odd", "--header", "--delimiter", ";")
    options = the_order(home, "odd").source.options
    assert (options.header, options.delimiter) == (True, ";")
    assert (options.encoding, options.null_words) == ("cp1252", ("-",))


def test_what_a_change_brings_about_is_told(home: Home, tmp_path: Path) -> None:
    a_destination(home, tmp_path)
    home.ok("load", "add", "orders", "dwh", "t", str(small(tmp_path)))
    changed = home.run("load", "edit", "orders", "--add-columns", "--source", str(tmp_path / "gone.csv"))
    assert changed.returncode == 0 and "append, columns are added to the table, manual" in changed.stdout
    assert "orders is set up, and would not run as things are." in changed.stderr and "gone.csv" in changed.stdout
    assert home.run("load", "edit", "orders", "--name", "renamed").stderr == ""
    again = home.run("load", "duplicate", "renamed", "again")
    assert again.returncode == 0 and "again is set up, and would not run as things are." in again.stderr


def test_relative_paths_are_those_of_who_typed_them(home: Home, tmp_path: Path) -> None:
    a_destination(home, tmp_path)
    small(tmp_path)
    command = home.command("load", "add", "orders", "dwh", "t", "small.csv")
    subprocess.run(command, env=home.environment, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    assert the_order(home, "orders").source.path == str(tmp_path / "small.csv")


def test_another_destination_is_read(home: Home, tmp_path: Path) -> None:
    source_database(home.context(), tmp_path)
    a_destination(home, tmp_path)
    for name, source, rows in (("table", "src:numbers", 10), ("query", "src:select id from numbers where id < 2", 2)):
        assert f"done, {rows} rows" in home.ok("load", "add", name, "dwh", name, source, "--run", "--wait")
        assert document(home, name)["source"] == source


def test_a_wait_for_a_destination_in_error_goes_on_with_it(home: Home, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    a_destination(home, tmp_path / "in")
    ctx = home.context()
    order(ctx, destinations.find(ctx, "dwh").id, str(small(tmp_path)), "t")
    (tmp_path / "in").rename(tmp_path / "away")
    assert home.run("check", "dwh").returncode == 1
    short = home.run("load", "run", "orders", "--wait", "1")
    assert short.returncode == 1 and "orders: waiting: dwh is in Error" in short.stdout, short
    assert short.stderr == "destui: orders waits: dwh is in Error: re-authorize it. It goes on by itself then.\n"
    command = home.command("load", "run", "orders", "--wait")
    with subprocess.Popen(command, env=home.environment, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout is not None
        assert "waiting: dwh is in Error" in waiting.stdout.readline()
        (tmp_path / "away").rename(tmp_path / "in")
        home.ok("check", "dwh")
        assert "orders: done, 3 rows" in waiting.stdout.read()
        assert waiting.wait(30) == 0


@pytest.mark.embedded
def test_a_look_starts_a_worker_for_a_schedule_that_has_none(home: Home, tmp_path: Path) -> None:
    a_destination(home, tmp_path)
    ctx = home.context()
    order(ctx, destinations.find(ctx, "dwh").id, str(small(tmp_path)), "t", "daily")
    looks = (("list", "--json"), ("show", "dwh"), ("load", "list"), ("load", "show", "daily"))
    launch.stop(ctx.config, ctx.store)
    for look in looks:
        assert home.ok(*look)
    assert not home.has_worker(), "there is nothing to do"
    home.ok("load", "edit", "daily", "--cron", "@daily")
    for look in looks:
        launch.stop(ctx.config, ctx.store)
        assert home.ok(*look)
        ends_at = time.monotonic() + 30
        while not any(worker.alive for worker in workers.on_record(ctx.store)):
            assert time.monotonic() < ends_at, look
            time.sleep(0.05)  # one that comes up tells its starter alone


def test_only_schedules_are_paused(home: Home, tmp_path: Path) -> None:
    a_destination(home, tmp_path)
    ctx = home.context()
    for name, cron in (("hand", ""), ("daily", "@daily")):
        order(ctx, destinations.find(ctx, "dwh").id, str(small(tmp_path)), "t", name, cron=cron)
    for names in (["hand"], ["daily", "hand"]):
        for verb in ("pause", "resume"):
            done = home.run("load", verb, *names)
            assert done.returncode == 2 and f"hand is run by hand: it has no schedule to {verb}" in done.stderr
    assert the_order(home, "daily").status is OrderStatus.SCHEDULED


def test_cancel_and_delete(home: Home, tmp_path: Path) -> None:
    ctx = home.context()
    source_database(ctx, tmp_path)
    a_destination(home, tmp_path)
    order(ctx, destinations.find(ctx, "dwh").id, ENDLESS, "t", "endless")
    assert home.run("load", "cancel", "endless").returncode == 4
    assert "is being run" in home.ok("load", "run", "endless")
    assert the_order(home, "endless").status is OrderStatus.RUNNING
    waited = home.run("load", "run", "endless", "--wait", "1")
    assert waited.returncode == 1 and "the wait ran out; the load goes on" in waited.stderr
    order(ctx, destinations.find(ctx, "dwh").id, ENDLESS, "t", "idle")
    assert "Being stopped: endless." in home.ok("load", "cancel", "endless", "idle")
    home.ok("load", "delete", "idle", "--yes")
    assert home.run("load", "delete", "endless").returncode == 2
    home.ok("load", "delete", "endless", "--yes")
    assert home.run("load", "show", "endless").returncode == 4
    assert json.loads(home.ok("load", "list", "--json")) == []
    assert home.run("load", "run", "gone").returncode == 4


WRONG = [
    (["load"], 2, "needs one of: add, list"),
    (["load", "burn"], 2, "not burn"),
    (["load", "add", "a", "dwh"], 2, "NAME DESTINATION TABLE SOURCE"),
    (["load", "list", "--cron", "x"], 2, "list has no option --cron"),
    (["load", "add", "a", "gone", "t", "/a.csv"], 4, "no destination named gone"),
    (["load", "add", "a", "dwh", "t", "/a.csv", "--mode", "merge"], 2, "A merge needs"),
    (["load", "add", "a", "dwh", "t", "/a.csv", "--mode", "upsert"], 2, "append, replace, merge"),
    (["load", "add", "a", "dwh", "t", "/a.csv", "--cron", "0 66 * * *"], 2, "stands at character 3"),
    (["load", "add", "a", "dwh", "t", "/a.csv", "--tz", "berlin"], 2, "Did you mean Europe/Berlin?"),
    (["load", "add", "a", "dwh", "t", "/a.csv", "--null", 'n"a'], 2, 'destui: --null: Leave n"a out'),
    (["load", "add", "a", "dwh", "t", "/a.csv", "--missed", "later"], 2, "run, skip"),
    (["load", "add", "a\nb", "dwh", "t", "/a.csv"], 2, "control characters"),
    (["load", "add", "a", "dwh", "t", "dhw:orders"], 2, "no destination named dhw"),
    (["load", "add", "a", "dwh", "t", "/a.csv", "--wait"], 2, "--wait goes with --run"),
    (["load", "edit", "a"], 2, "needs something to change"),
    (["load", "edit", "gone", "--mode", "append"], 4, "no load order named gone"),
    (["load", "pause", "gone"], 4, "no load order named gone"),
]


def test_what_is_wrong_is_said_in_one_line(home: Home, tmp_path: Path) -> None:
    a_destination(home, tmp_path)
    for arguments, code, words in WRONG:
        done = home.run(*arguments)
        assert done.returncode == code and words in done.stderr and done.stderr.count("\n") == 1, (arguments, done)


def test_names_in_use_and_many_at_once(home: Home, tmp_path: Path) -> None:
    a_destination(home, tmp_path)
    source = str(small(tmp_path))
    home.ok("load", "add", "--", "-odd [name]\u202e", "dwh", "t", source)
    home.ok("load", "add", "b", "dwh", "t", source)
    assert home.run("load", "add", "b", "dwh", "t", source).returncode == 2
    done = home.run("load", "run", "--wait", "--", "-odd [name]\u202e", "b")
    assert done.returncode == 0 and done.stdout.count("done, 3 rows") == 2 and "\u202e" not in done.stdout
    listed = home.ok("load", "list", "dwh")
    assert "-odd [name]" in listed and "\u202e" not in listed and len(listed.splitlines()) == 3


_REFUSED = """
import sys
class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("duckdb", "pyarrow", "adbc_driver_manager"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refusing())
"""


@pytest.mark.embedded
def test_without_its_packages_it_says_what_to_install(home: Home, tmp_path: Path) -> None:
    destinations.add(home.context(), "simulator", "dwh", {"seconds": 0}, {})
    search = f"{tmp_path}:{home.environment['PYTHONPATH']}"
    for blocker in ("import sys\nsys.modules['pyarrow'] = None\n", _REFUSED):
        (tmp_path / "sitecustomize.py").write_text(blocker)
        done = home.run("load", "add", "a", "dwh", "t", "/a.csv", PYTHONPATH=search, PYTHONDONTWRITEBYTECODE="1")
        assert done.returncode == 1 and "pip install 'destui[load]'" in done.stderr, (blocker, done)
        assert done.stderr.count("\n") == 1, (blocker, done)
    assert json.loads(home.run("load", "list", "--json", PYTHONPATH=search).stdout) == []


def test_a_terminal_gets_a_bar_and_ctrl_c_leaves_the_load_alone(
    home: Home, tmp_path: Path, opened: list[Terminal]
) -> None:
    a_destination(home, tmp_path)
    big = tmp_path / "big.csv"
    big.write_bytes(b"id,text\n" + b"1,x\n" * 20_000_000)  # takes longer than anybody waits here
    ctx = home.context()
    order_id = order(ctx, destinations.find(ctx, "dwh").id, str(big), "t", "big")
    terminal = Terminal(home.command("load", "run", "big", "--wait"), home.environment, (90, 10))
    opened.append(terminal)
    terminal.read_until("█".encode())
    terminal.read_until(b"rows/s")
    terminal.send(b"\x03")
    terminal.read_until(b"the load goes on")
    assert the_order(home, "big").status is OrderStatus.RUNNING
    following = Terminal(home.command("load", "run", "big", "--wait"), home.environment, (90, 10))
    opened.append(following)
    following.read_until("█".encode())
    assert loads.stop_runs(ctx, [order_id]) == 1
    following.read_until(b"big: stopped")
    assert "█" not in "".join(following.screen().display), "the bar is gone from the screen"
    assert len(loads.runs(ctx, order_id, 0, 9)) == 1, "both followed one"


@pytest.mark.embedded
def test_a_store_of_the_version_before_is_upgraded_with_its_destinations(home: Home, tmp_path: Path) -> None:
    a_destination(home, tmp_path)
    home.end_workers()
    path = home.path / "destui.db"
    with sqlite3.connect(path) as connection:
        for table in ("load_previews", "load_runs", "load_orders"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("DROP INDEX ix_jobs_run")
        connection.execute("ALTER TABLE jobs DROP COLUMN run_id")
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
    store: Store = open_store(home.config)
    assert store.fetch("SELECT version_num FROM alembic_version") == [(REVISION,)]
    store.close()
    assert Path(f"{path}.before-{REVISION}").exists()
    assert json.loads(home.ok("list", "--json"))[0]["name"] == "dwh"
    assert "done, 3 rows" in home.ok("load", "add", "a", "dwh", "t", str(small(tmp_path)), "--run", "--wait")
    ctx = home.context()
    assert [order.name for order in loads.orders(ctx, None, 0, 9)] == ["a"]
