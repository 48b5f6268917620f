"""The command line as scripts use it: words, exit codes, JSON, errors of one line."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from destui.store.version import REVISION
from tests.fixtures import USER, Home
from tests.servers.postgres import LOADER_PASSWORD, Postgres

ERROR = ("outcome=error", "fail_at=create", "seconds=0")


def shown(home: Home, name: str) -> dict[str, Any]:
    return json.loads(home.ok("show", name, "--json"))


def refused(home: Home, code: int, *arguments: str, **more: Any) -> str:
    """What a command says on standard error when it exits with this code: one line, no traceback."""
    done = home.run(*arguments, **more)
    assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    lines = done.stderr.strip().split("\n")
    assert len(lines) == 1 and lines[0].startswith("destui: "), done.stderr
    return lines[0].removeprefix("destui: ")


def test_version_help_and_every_verb_has_help(home: Home) -> None:
    from destui.cli import VERBS

    assert home.ok("--version").startswith("destui ")
    overview = home.ok("--help")
    for verb in VERBS:
        assert verb in overview
        assert f"destui {verb}" in home.ok(verb, "--help")
    assert not (home.path / "destui.db").exists(), "help opened a store"


def test_an_empty_home_lists_nothing(home: Home) -> None:
    assert json.loads(home.ok("list", "--json")) == []
    assert home.ok("export") == "version: 1\ndestinations: []\n"
    assert "empty" in home.ok("trash")


def test_add_show_list_and_the_keys_of_a_destination(home: Home) -> None:
    home.ok("add", "simulator", "orders", "seconds=0", "--tag", "prod", "--tag", "eu", "--wait")
    bad = home.run("add", "seconds=0", "--wait", "simulator", "outcome=error", "broken", "fail_at=create")
    assert bad.returncode == 1 and "GRANT USAGE, CREATE ON SCHEMA analytics TO loader;" in bad.stdout
    both = json.loads(home.ok("list", "--json"))
    assert [d["name"] for d in both] == ["broken", "orders"]
    keys = "id name type status connected_by updated_at tags fields load_orders diagnosis ladder"
    assert list(both[0]) == keys.split()
    broken, orders = both
    assert (orders["status"], orders["tags"], orders["diagnosis"]) == ("active", ["prod", "eu"], None)
    assert (orders["connected_by"], orders["load_orders"]) == (USER, 0)
    assert orders["updated_at"].endswith("Z") and "T" in orders["updated_at"]
    assert broken["status"] == "error"
    assert list(broken["diagnosis"]) == ["step", "code", "causes", "cause", "fix", "message", "tell_apart"]
    assert broken["diagnosis"]["step"] == "create" and broken["diagnosis"]["causes"] == ["no_create_right"]
    assert [step["step"] for step in broken["ladder"]] == [step["step"] for step in orders["ladder"]]
    assert list(broken["ladder"][0]) == ["step", "result", "ms", "message"]
    assert [s["result"] for s in broken["ladder"]][-4:] == ["failed", "skipped", "skipped", "passed"]
    assert shown(home, "broken") == broken
    assert [d["name"] for d in json.loads(home.ok("list", "--json", "--status", "Error"))] == ["broken"]
    assert [d["name"] for d in json.loads(home.ok("list", "--tag", "eu", "--json"))] == ["orders"]
    assert "orders" in home.ok("list") and "GRANT" in home.ok("show", "broken")


def test_bad_usage_and_bad_input_exit_2_and_name_the_field(home: Home) -> None:
    assert "Did you mean list" in refused(home, 2, "lsit")
    assert "--nope" in refused(home, 2, "list", "--nope")
    assert "needs TYPE and NAME" in refused(home, 2, "add", "simulator")
    assert "outcome: Choose one of" in refused(home, 2, "add", "simulator", "x", "outcome=maybe")
    both = refused(home, 2, "add", "postgres", " x ", "port=0")
    assert "name: A name has no blanks" in both and "port: A port is a number" in both and "host: " in both
    assert "nothing: " in refused(home, 2, "add", "simulator", "x", "nothing=1")
    assert "password: This is secret" in refused(home, 2, "add", "postgres", "x", "password=hunter2")
    assert "type" in refused(home, 4, "add", "nosuch", "x")
    assert "needs a NAME, --tag or --all" in refused(home, 2, "check")
    assert "--yes" in refused(home, 2, "delete", "x")
    assert "terminal" in refused(home, 2) and "terminal" in refused(home, 2, "demo")
    assert "needs something to change" in refused(home, 2, "edit", "x")
    assert "whole number" in refused(home, 2, "limit", "many")
    assert "--parallel" in refused(home, 2, "check", "--all", "--parallel", "0")
    assert "SECRETS" in refused(home, 2, "list", DESTUI_SECRETS="maybe")
    assert json.loads(home.ok("list", "--json")) == []


def test_a_name_in_use_and_names_that_look_like_options_or_fields(home: Home) -> None:
    home.ok("add", "simulator", "orders", "seconds=0")
    assert "in use" in refused(home, 2, "add", "simulator", "orders", "seconds=0")
    home.ok("add", "seconds=0", "--", "simulator", "--odd=name")
    home.ok("add", "simulator", "--", "a=b", "seconds=0")
    assert {d["name"] for d in json.loads(home.ok("list", "--json"))} == {"orders", "--odd=name", "a=b"}
    home.ok("delete", "--yes", "--", "--odd=name")


def test_no_such_thing_exits_4(home: Home) -> None:
    for arguments in (
        ("show", "x"), ("edit", "x", "seconds=1"), ("check", "x"), ("cancel", "x"), ("delete", "x", "--yes"),
        ("restore", "x"), ("rollback", "x"), ("reauthorize", "x"), ("explain", "NOPE-1"), ("check", "--tag", "x"),
    ):  # fmt: skip
        refused(home, 4, *arguments)
    home.ok("add", "simulator", "orders", "seconds=0", "--wait")
    assert "No check runs" in refused(home, 4, "cancel", "orders")
    assert "no previous version" in refused(home, 4, "rollback", "orders")


def test_the_limit_and_its_contact(home: Home) -> None:
    assert home.ok("limit").strip() == "25"
    home.ok("add", "simulator", "one", "seconds=0")
    home.ok("limit", "1")
    home.ok("contact", "data-platform@acme.test")
    said = refused(home, 3, "add", "simulator", "two", "seconds=0")
    assert said == "You've reached your limit of 1 destinations. Ask data-platform@acme.test to raise it."
    home.ok("limit", "0")
    assert len(json.loads(home.ok("list", "--json"))) == 1
    home.ok("delete", "one", "--yes")
    refused(home, 3, "restore", "one")
    home.ok("limit", "1")
    home.ok("restore", "one")
    assert home.ok("contact").strip() == "data-platform@acme.test"


def test_edit_renames_tags_and_changes_fields_after_a_check(home: Home) -> None:
    home.ok("add", "simulator", "orders", "seconds=0", "--wait")
    home.ok("edit", "orders", "--name", "sales", "--tag", "prod")
    assert shown(home, "sales")["tags"] == ["prod"]
    home.ok("edit", "sales", "--tag=")
    assert shown(home, "sales")["tags"] == []
    home.ok("edit", "sales", "seconds=0.2", "--wait")
    assert shown(home, "sales")["fields"]["seconds"] == 0.2
    kept = home.run("edit", "sales", *ERROR, "--wait")
    assert kept.returncode == 1
    after = shown(home, "sales")
    assert after["status"] == "active" and after["fields"]["outcome"] == "active"
    home.ok("rollback", "sales", "--wait")
    assert shown(home, "sales")["fields"]["seconds"] == 0
    assert "name: " in refused(home, 2, "edit", "sales", "--name", "a\nb")


def test_reauthorize_is_not_possible_while_initializing(home: Home) -> None:
    home.ok("add", "simulator", "orders", "outcome=hang", "fail_at=open")
    assert "initializing" in refused(home, 5, "reauthorize", "orders", "outcome=active")
    home.ok("cancel", "orders")
    home.run("check", "orders", "--timeout", "1")


def test_check_waits_shows_ladders_and_exits_by_the_result(home: Home) -> None:
    home.ok("add", "simulator", "good", "seconds=0", "--wait", "--tag", "t")
    home.run("add", "simulator", "bad", *ERROR, "--wait")
    done = home.run("check", "--all", "--parallel", "1")
    assert done.returncode == 1 and "good: passed" in done.stdout and "bad: failed" in done.stdout
    assert "✗ create" in done.stdout
    checked = json.loads(home.ok("check", "good", "--json"))
    assert [d["name"] for d in checked] == ["good"]
    assert "good: passed" in home.ok("check", "--tag", "t")
    home.ok("edit", "good", "seconds=20")
    slow = home.run("check", "good", "--timeout", "1")
    assert slow.returncode == 1 and "wait ran out" in slow.stderr
    home.ok("cancel", "good")


def test_wait_with_seconds_runs_out(home: Home) -> None:
    done = home.run("add", "simulator", "slow", "seconds=30", "--wait", "0.5")
    assert done.returncode == 1 and "the wait ran out" in done.stderr
    home.ok("cancel", "slow")
    home.run("check", "slow", "--timeout", "1")
    home.ok("add", "--wait=20", "simulator", "quick", "seconds=0")


def test_delete_asks_on_a_terminal(home: Home) -> None:
    home.ok("add", "simulator", "orders", "seconds=0", "--wait")

    def answered(text: str) -> int:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            home.command("delete", "orders"), env=home.environment, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs
        )
        os.close(theirs)
        os.write(ours, text.encode())
        process.communicate(timeout=30)
        os.close(ours)
        return process.returncode

    assert answered("no\n") == 1 and len(json.loads(home.ok("list", "--json"))) == 1
    assert answered("yes\n") == 0 and json.loads(home.ok("list", "--json")) == []


def test_trash_restore_and_events(home: Home) -> None:
    home.ok("add", "simulator", "orders", "seconds=0", "--wait")
    home.ok("delete", "orders", "--yes")
    (gone,) = json.loads(home.ok("trash", "--json"))
    assert (gone["name"], gone["deleted_by"]) == ("orders", USER)
    home.ok("restore", "orders")
    assert json.loads(home.ok("trash", "--json")) == []
    verbs = [event["verb"] for event in json.loads(home.ok("events", "--json"))]
    assert [v for v in verbs if v != "active"] == ["restored", "deleted", "added"]
    assert "deleted" in home.ok("events")


def test_export_holds_references_and_no_secrets(home: Home, postgres: Postgres, tmp_path: Path) -> None:
    fields = [f"{k}={v}" for k, v in postgres.fields.items()]
    home.ok("add", "postgres", "orders: [x] #1", *fields, "--secret", "password=env:PW", "--wait", PW=LOADER_PASSWORD)
    target = tmp_path / "out.yaml"
    home.ok("export", str(target))
    text = target.read_text()
    assert LOADER_PASSWORD not in text and "env:DESTUI_ORDERS_X_1_PASSWORD" in text
    assert target.stat().st_mode & 0o777 == 0o600
    refused(home, 2, "export", str(target))
    # Each value is a JSON string, which is what YAML reads it as.
    name = next(line for line in text.splitlines() if "name:" in line).partition("name: ")[2]
    assert json.loads(name) == "orders: [x] #1"


def test_secrets_by_env_file_stdin_and_url(home: Home, postgres: Postgres, tmp_path: Path) -> None:
    fields = [f"{k}={v}" for k, v in postgres.fields.items()]
    file = tmp_path / "secret"
    file.write_text(LOADER_PASSWORD + "\n")
    home.ok("add", "postgres", "env", *fields, "--secret", "password=env:PW", "--wait", PW=LOADER_PASSWORD)
    home.ok("add", "postgres", "file", *fields, "--secret", f"password=file:{file}", "--wait")
    by_stdin = home.run(
        "add", "postgres", "stdin", *fields, "--secret", "password=stdin", "--wait", stdin=LOADER_PASSWORD
    )
    assert by_stdin.returncode == 0
    f = postgres.fields
    password = LOADER_PASSWORD.replace(" ", "%20")
    url = f"postgres://{f['user']}:{password}@{f['host']}:{f['port']}/{f['database']}?sslmode=disable"
    home.ok("add", "postgres", "url", "--url", "env:URL", f"schema={f['schema']}", "--wait", URL=url)
    assert shown(home, "url")["fields"] == shown(home, "env")["fields"]
    bad = refused(home, 2, "add", "postgres", "x", "--url", "postgres://u:p@ss/word@h/db")
    assert "percent-encoded" in bad and "p@ss" not in bad and "word" not in bad.split("password")[-1]
    assert "VAR" in refused(home, 2, "add", "postgres", "x", *fields, "--secret", "password=hunter2")
    assert "hunter2" not in home.run("add", "postgres", "x", *fields, "--secret", "password=hunter2").stderr
    assert "not set" in refused(home, 2, "add", "postgres", "x", *fields, "--secret", "password=env:NOPE")
    every = refused(home, 2, "add", "postgres", "", "host=h", "port=x", "--secret", "password=env:NOPE")
    assert all(said in every for said in ("Name is required.", "A port is a number", "The variable NOPE is not set."))
    every = refused(home, 2, "reauthorize", "env", "port=x", "--secret", "password=env:NOPE")
    assert "A port is a number" in every and "The variable NOPE is not set." in every
    every = refused(home, 2, "edit", "env", "port=x", "--name", " ", "--secret", "password=env:NOPE")
    assert all(said in every for said in ("no blanks", "A port is a number", "The variable NOPE is not set."))


def test_a_changed_host_wants_the_secrets_again(home: Home, postgres: Postgres) -> None:
    fields = [f"{k}={v}" for k, v in postgres.fields.items()]
    home.ok("add", "postgres", "orders", *fields, "--secret", "password=env:PW", "--wait", PW=LOADER_PASSWORD)
    said = refused(home, 2, "edit", "orders", "host=localhost")
    assert said.startswith("password: Host changed: type this again")
    home.ok("edit", "orders", "host=localhost", "--secret", "password=env:PW", "--wait", PW=LOADER_PASSWORD)
    assert shown(home, "orders")["fields"]["host"] == "localhost"


def test_rotation_keeps_what_works_and_rollback_goes_back_one(home: Home, postgres: Postgres) -> None:
    role = postgres.new_role()
    postgres.run(f"GRANT USAGE, CREATE ON SCHEMA analytics TO {role}")
    fields = [f"{k}={v}" for k, v in {**postgres.fields, "user": role}.items()]
    home.ok("add", "postgres", "orders", *fields, "--secret", "password=env:PW", "--wait", PW=LOADER_PASSWORD)
    wrong = home.run("reauthorize", "orders", "--secret", "password=env:PW", "--wait", PW="wrong")
    assert wrong.returncode == 1 and shown(home, "orders")["status"] == "active"
    home.ok("check", "orders")
    postgres.run(f"ALTER ROLE {role} PASSWORD 'rotated'")
    failed = home.run("check", "orders")
    assert failed.returncode == 1 and shown(home, "orders")["diagnosis"]["causes"][0] == "wrong_password"
    home.ok("reauthorize", "orders", "--secret", "password=env:PW", "--wait", PW="rotated")
    assert shown(home, "orders")["status"] == "active"
    postgres.run(f"ALTER ROLE {role} PASSWORD '{LOADER_PASSWORD}'")
    home.ok("rollback", "orders", "--wait")
    assert shown(home, "orders")["status"] == "active"


def test_types_and_explain_open_no_store(home: Home) -> None:
    types = {t["id"]: t for t in json.loads(home.ok("types", "--json"))}
    assert {"simulator", "postgres", "sqlite"} <= types.keys()
    assert next(f for f in types["postgres"]["fields"] if f["name"] == "password")["secret"]
    assert "postgres" in home.ok("types")
    assert "PG-28P01" in home.ok("explain", "PG-28P01")
    said = 'FATAL:  password authentication failed for user "loader"'
    found = home.run("explain", "--type", "postgres", "--json", "--step", "sign in", stdin=said)
    diagnosis = json.loads(found.stdout)
    assert found.returncode == 0 and diagnosis["causes"][0] == "wrong_password"
    assert list(diagnosis) == ["step", "code", "causes", "cause", "fix", "message"]
    assert home.run("explain", "--type", "postgres", stdin=said).returncode == 0
    assert not (home.path / "destui.db").exists()


@pytest.mark.embedded
def test_a_store_that_cannot_be_used_exits_6(home: Home, tmp_path: Path) -> None:
    home.path.mkdir(mode=0o700)
    (home.path / "destui.db").write_bytes(b"this is no database, just some text" * 100)
    assert "not a destui store" in refused(home, 6, "list")
    (home.path / "destui.db").unlink()
    sqlite3.connect(home.path / "destui.db").execute("CREATE TABLE mine (x)").connection.close()
    assert "not a destui store" in refused(home, 6, "list")
    (home.path / "destui.db").unlink()
    home.ok("list")
    with sqlite3.connect(home.path / "destui.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer than this destui" in refused(home, 6, "list")
    assert refused(home, 6, "list", DESTUI_STORE="postgresql+psycopg://x:secret@127.0.0.1:1/x").count("secret") == 0


@pytest.mark.embedded
def test_a_locked_store_exits_6_and_says_who_waits(home: Home) -> None:
    home.ok("list")
    holder = sqlite3.connect(home.path / "destui.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert "busy" in refused(home, 6, "limit", "3")
    holder.execute("ROLLBACK")
    holder.close()
    home.ok("limit", "3")


@pytest.mark.embedded
def test_doctor_worker_and_store_verbs(home: Home) -> None:
    assert REVISION in home.ok("store", "upgrade")
    assert "No worker runs" in home.ok("worker", "status")
    home.ok("add", "simulator", "orders", "seconds=0", "--wait")
    assert "running" in home.ok("worker", "status")
    status = json.loads(home.ok("worker", "status", "--json"))
    assert status["workers"][0]["alive"] and status["queued"] == 0
    found = {f["subject"]: f for f in json.loads(home.ok("doctor", "--json"))}
    assert found["store"]["ok"] and "sealed" in found["vault"]["message"] and found["worker"]["ok"]
    assert "1 stopped" in home.ok("worker", "stop")
    refused(home, 2, "worker")
    refused(home, 2, "store", "sideways")
    refused(home, 2, "vault")


def test_everything_made_is_for_this_user_alone(home: Home) -> None:
    home.ok("add", "simulator", "orders", "seconds=0", "--wait")
    for path in [home.path, *home.path.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("verb", ["list", "events"])
def test_a_reader_that_has_enough_is_no_error(home: Home, verb: str) -> None:
    home.ok("list")
    command = " ".join(home.command(verb, "--json"))
    done = subprocess.run(
        f"{command} | true", shell=True, env=home.environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
