"""`worker status` and `doctor` say who runs, at what, what waits and why, and what failed; each line of the log is an
event of its own."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from destui.domain.secret import Secret
from destui.services import destinations
from destui.services.context import Context
from destui.store import jobs, schema, settings, workers
from destui.worker import launch, whereabouts
from tests.fixtures import Home, team_home
from tests.planted import PLANTED
from tests.servers.postgres import Postgres
from tests.torture.crew import Crew, pause
from tests.torture.ground import within

LINE = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ (INFO|WARNING|ERROR) \S.*")


def status(home: Home) -> dict[str, Any]:
    """What a machine reads."""
    found: dict[str, Any] = json.loads(home.ok("worker", "status", "--json"))
    return found


def told(home: Home) -> str:
    """What a person reads, each gap one blank; no line is longer than a terminal is wide."""
    text = home.ok("worker", "status")
    assert all(len(line) <= 80 for line in text.splitlines() if str(home.path) not in line), text
    return " ".join(text.split())


def doctor(home: Home) -> dict[str, Any]:
    """Its findings by subject."""
    return {f["subject"]: f for f in json.loads(home.run("doctor", "--json").stdout)}


def add(ctx: Context, name: str, seconds: float, **more: str) -> str:
    return destinations.add(ctx, "simulator", name, {"seconds": seconds, **more}, {}).destination_id


@pytest.mark.embedded
def test_a_busy_worker_says_at_what_it_is_and_what_failed_last(home: Home) -> None:
    ctx = home.context()
    busy = add(ctx, "a-name-of-which-there-is-more-than-fits", 60)
    failed = add(ctx, "bad", 0, outcome="error", fail_at="open")
    assert within(20, lambda: jobs.open_count(ctx.store) == (0, 1) and has_cleaned_up(ctx))
    assert within(20, lambda: ctx.store.fetch("SELECT 1 FROM checks WHERE step <> '' AND state = 'running'"))
    found = status(home)
    (worker,), (job,) = found["workers"], found["at_work"]
    assert worker["alive"] and worker["started_at"] <= worker["heard_at"] < worker["lease_until"]
    assert (job["kind"], job["destination_id"], job["worker"], job["attempt"]) == ("check", busy, worker["id"], 1)
    assert job["step"] and 1 <= job["number"] <= job["total"] == 9 and job["started_at"] >= job["created_at"]
    assert (found["queued"], found["running"], found["waiting"]) == (0, 1, [])
    last = found["failures"][0]
    assert (last["destination_id"], last["name"], last["kind"]) == (failed, "bad", "check")
    assert last["code"].startswith("SIM-") and last["cause"]
    assert found["store"]["checks"] == 2 and found["store"]["bytes"] > 100_000 and found["store"]["log_bytes"] > 100
    said = told(home)
    assert worker["id"] in said and f"pid {worker['pid']}" in said and "lease until" in said
    assert f"a-name-of-which-there-is-m… {busy}" in said and "1 at work, 0 waiting" in said and last["code"] in said
    seen = doctor(home)
    assert seen["sizes"]["values"]["checks"] == 2 and "2 checks since 20" in seen["sizes"]["message"]
    assert last["code"] in seen["failed last"]["message"] and "lease until" in seen["worker"]["message"]


@pytest.mark.embedded
def test_what_waits_says_why(home: Home) -> None:
    ctx = home.context()
    asked = destinations.add(
        ctx, "mysql", "locked", {"host": "127.0.0.1", "port": 9, "database": "d", "user": "u"},
        {"password": Secret(PLANTED)},
    ).destination_id  # fmt: skip
    assert within(20, lambda: jobs.open_count(ctx.store) == (0, 0) and has_cleaned_up(ctx))
    launch.stop(home.config, ctx.store)
    home.config.key_file.rename(home.path / "elsewhere")
    home.run("check", "locked")
    assert within(20, lambda: ctx.store.fetch("SELECT 1 FROM checks WHERE waits_for <> ''"))
    found = status(home)
    (waits,) = found["waiting"]
    assert waits["waits"].startswith("for what its worker says") and str(home.config.key_file) in waits["waits"]
    assert (waits["destination_id"], waits["attempt"]) == (asked, 1)
    assert {job["kind"] for job in found["at_work"]} <= {"clean-up"}, "what a worker does first"
    assert f"check waits destination={asked}" in found["log_troubles"][-1]
    assert str(home.config.key_file) in doctor(home)["waiting"]["message"]
    assert "Troubles in the worker's log" in told(home)
    for file in home.config.logs.iterdir():
        assert PLANTED not in file.read_text()


@pytest.fixture
def team(postgres: Postgres, tmp_path: Path) -> Iterator[Home]:
    """A home on a team's store without a worker."""
    made = team_home(postgres, tmp_path)
    made.config.prepare()
    yield made


def has_cleaned_up(ctx: Context) -> bool:
    """What a worker does first besides is done."""
    found = ctx.store.fetch("SELECT state FROM jobs WHERE kind = 'clean-up'")
    return {state for (state,) in found} == {"done"}


def test_on_a_teams_store_what_waits_for_a_worker_or_a_place_says_so(team: Home) -> None:
    ctx = team.context()
    here, there = add(ctx, "here", 60), add(ctx, "there", 60)
    many = [add(ctx, f"many-{n}", 60) for n in range(jobs.PER_SERVER)]
    with ctx.store.write() as tx:
        table = schema.jobs
        tx.execute(table.update().where(table.c.destination_id == there).values(pinned="elsewhere"))
        tx.execute(table.update().where(table.c.destination_id.in_([here, *many])).values(server="db.example"))
        tx.execute(table.update().where(table.c.destination_id == here).values(priority=1))
    found = status(team)
    assert found["workers"] == [] and {w["waits"] for w in found["waiting"] if w["destination_id"] != there} == {
        "for a worker: none runs"
    }
    with Crew(team, 1) as crew:
        assert within(20, lambda: jobs.open_count(ctx.store)[1] == jobs.PER_SERVER and has_cleaned_up(ctx))
        found = status(team)
        assert {wait["destination_id"]: wait["waits"] for wait in found["waiting"]} == {
            there: "for a worker on elsewhere: none runs",
            here: f"for its turn: {jobs.PER_SERVER} are at work on db.example, the most at once",
        }
        assert {job["destination_id"] for job in found["at_work"]} == set(many)
        assert [worker["pid"] for worker in found["workers"]] == crew.pids
        seen = doctor(team)
        assert seen["waiting"]["message"].startswith("1 for a worker, 1 for their turn")
        assert seen["sizes"]["values"]["bytes"] > 100_000
    ctx.store.close()


def test_each_worker_has_its_own_work_and_its_log_is_named(team: Home) -> None:
    ctx = team.context()
    for n in range(6):
        add(ctx, f"d-{n}", 60)
    with Crew(team, 2) as crew:
        assert within(30, lambda: jobs.open_count(ctx.store) == (0, 6) and len(workers.on_record(ctx.store)) == 2)
        claimed = ctx.store.fetch("SELECT worker, count(*) FROM jobs WHERE check_id IS NOT NULL GROUP BY worker")
        own = {worker.id: dict(claimed).get(worker.id, 0) for worker in workers.on_record(ctx.store)}
        said: dict[str, Any] = {}

        def is_told() -> bool:
            found = status(team)
            lines = [f for f in json.loads(team.run("doctor", "--json").stdout) if f["subject"] == "worker"]
            said.update(workers=found["workers"], lines=lines)
            by_status = {w["id"]: w["at_work"] for w in found["workers"]}
            return by_status == {line["values"]["id"]: line["values"]["at_work"] for line in lines} == own

        assert within(20, is_told), (said, own)  # a clean-up of theirs, which is at work beside, ends
        assert {w["log"] for w in said["workers"]} == {str(team.path / "workers.log")}
        for line in said["lines"]:
            assert f"{own[line['values']['id']]} at work" in line["message"]
            assert str(team.path / "workers.log") in line["message"]
        for pid in crew.pids:
            os.kill(pid, signal.SIGKILL)
    expire(ctx)
    found = status(team)
    assert {w["state"] for w in found["workers"]} == {"gone"} and found["running"] == 0
    (none, *_) = [f for f in json.loads(team.run("doctor", "--json").stdout) if f["subject"] == "worker"]
    waiting = sum(jobs.open_count(ctx.store))
    assert waiting in (6, 7)  # the clean-up that a worker begins with may have been killed with it
    assert not none["ok"] and none["message"].startswith(f"None runs; {waiting} waiting.")
    assert f"0 at work, {waiting} waiting" in told(team)
    ctx.store.close()


def expire(ctx: Context) -> None:
    """Have all leases run out now."""
    with ctx.store.write() as tx:
        tx.execute(schema.workers.update().values(lease_until=tx.now - 1_000_000, beat_at=tx.now - 22_000_000))


def stopped_past_its_lease(ctx: Context) -> int:
    """A worker that is at a check of a minute, by its pid: stopped, its lease over."""
    add(ctx, "orders", 60)
    assert within(20, lambda: ctx.store.fetch("SELECT 1 FROM checks WHERE step <> '' AND state = 'running'"))
    (worker,) = workers.on_record(ctx.store)
    while True:
        expire(ctx)
        pause(worker.pid)  # perhaps in the middle of a write, with the store locked
        if not workers.on_record(ctx.store)[0].alive:
            return worker.pid
        os.kill(worker.pid, signal.SIGCONT)  # it had renewed it in between


@pytest.mark.embedded
def test_a_stopped_worker_is_told_as_one_and_worker_run_takes_its_place(home: Home) -> None:
    ctx = home.context()
    pid = stopped_past_its_lease(ctx)
    found = status(home)
    (worker,), (job,) = found["workers"], [w for w in found["waiting"] if w["destination_id"]]
    assert (worker["state"], worker["alive"], worker["pid"], found["running"]) == ("stopped", False, pid, 0)
    assert re.match(r"It has not answered for 2\d s, though its process is there: it is stopped", worker["message"])
    assert "destui worker run" in worker["message"] and worker["log"] == str(home.config.worker_log)
    assert job["waits"] == f"for its worker, pid {pid}, which does not answer"
    said = told(home)
    assert said.startswith(("No worker answers.", "The store is locked"))
    assert "it is stopped" in said and "No worker runs" not in said and "its own is not there" not in said
    finding = doctor(home)["worker"]
    assert not finding["ok"] and f"pid {pid}" in finding["message"] and finding["values"]["state"] == "stopped"
    with subprocess.Popen(
        home.command("worker", "run"), env=home.environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as next_one:
        assert next_one.stderr is not None
        lines = []
        for line in iter(next_one.stderr.readline, ""):
            lines.append(line)
            if " started" in line:
                break
        next_one.kill()
    assert f"waiting: another worker has this store (pid {pid} on " in lines[0], lines
    assert f"ended worker pid {pid}, which stood still" in lines[1], lines
    assert " started" in lines[-1] and launch.birth(pid) == ""


@pytest.mark.embedded
def test_worker_stop_ends_one_that_is_stopped(home: Home) -> None:
    ctx = home.context()
    pid = stopped_past_its_lease(ctx)
    assert "1 stopped" in home.ok("worker", "stop") and launch.birth(pid) == ""


def hold_past_the_lease(ctx: Context, holder: sqlite3.Connection) -> None:
    """Lock the store with all leases over."""
    while True:
        expire(ctx)
        holder.execute("BEGIN IMMEDIATE")
        if not workers.on_record(ctx.store)[0].alive:
            return
        holder.execute("ROLLBACK")  # it had renewed it in between


@pytest.mark.embedded
def test_a_locked_store_is_told_with_who_locks_it_and_doctor_goes_on(home: Home) -> None:
    ctx = home.context()
    add(ctx, "orders", 60)
    assert within(20, lambda: jobs.open_count(ctx.store) == (0, 1) and has_cleaned_up(ctx))
    with closing(sqlite3.connect(home.path / "destui.db", isolation_level=None)) as holder:
        hold_past_the_lease(ctx, holder)
        found, seen, said = status(home), doctor(home), told(home)
    assert (found["store"]["locked"], found["store"]["locked_by"]) == (True, os.getpid())
    (worker,) = found["workers"]
    assert (
        worker["state"] == "standing still"
        and f"it waits for the store, which is locked by process {os.getpid()}" in (worker["message"])
    )
    assert said.startswith(f"The store is locked by process {os.getpid()} (") and "No worker runs" not in said
    assert not seen["store"]["ok"] and seen["store"]["values"] == {"locked_by": os.getpid()}
    assert f"locked by process {os.getpid()}" in seen["store"]["message"]
    assert not seen["worker"]["ok"] and "waits for the store" in seen["worker"]["message"]
    # No vault was chosen yet: that is no reason to write, or to end with one line.
    assert seen["vault"]["ok"] and "No secret is kept yet" in seen["vault"]["message"]
    assert {"sizes", "log", "terminal", "disk", "type postgres"} <= set(seen)
    found = status(home)
    assert (found["store"]["locked"], found["store"]["locked_by"]) == (False, None) and doctor(home)["store"]["ok"]


@pytest.mark.embedded
@pytest.mark.parametrize("wanted", ["auto", "sealed", "keyring"])
def test_doctor_writes_nothing(home: Home, wanted: str) -> None:
    home.environment["DESTUI_SECRETS"] = wanted
    ctx = home.context()
    with closing(sqlite3.connect(home.path / "destui.db")) as watch:
        before = watch.execute("PRAGMA data_version").fetchone()
        found = doctor(home)["vault"]
        assert watch.execute("PRAGMA data_version").fetchone() == before
    assert found["ok"] == (wanted != "keyring"), "this session has no keyring"
    assert settings.read(ctx.store, "vault") is None and not home.config.key_file.exists()


def has_lease(ctx: Context, pid: int) -> bool:
    """Whether this process is the one worker on record."""
    return [worker.pid for worker in workers.on_record(ctx.store)] == [pid]


@pytest.mark.embedded
def test_a_worker_started_by_hand_says_where_its_log_is(home: Home) -> None:
    ctx = home.context()
    ends = pty.openpty()
    for into, where in ((ends[1], f"the terminal that it runs in, {os.ttyname(ends[1])}"), (subprocess.PIPE, "a pipe")):
        with subprocess.Popen(
            home.command("worker", "run"), env=home.environment, stdin=subprocess.DEVNULL, stdout=into, stderr=into
        ) as worker:
            assert within(20, partial(has_lease, ctx, worker.pid))
            assert where in status(home)["workers"][0]["log"]
            worker.kill()
    for end in ends:
        os.close(end)


@pytest.mark.parametrize(
    ("groups", "command"),
    [
        (
            "0::/user.slice/user-1000.slice/user@1000.service/app.slice/destui-worker.service\n",
            "the journal: journalctl --user -u destui-worker",
        ),
        ("1:name=systemd:/system.slice/team-worker.service\n0::/\n", "the journal: journalctl -u team-worker"),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", ""),
        ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/tmux-spawn-1.scope\n", ""),
    ],
)
def test_the_journal_of_a_service_is_known_by_its_control_group(groups: str, command: str) -> None:
    assert whereabouts.journal(groups) == command


def test_each_line_of_the_log_is_an_event_whatever_is_said(home: Home) -> None:
    code = """
import logging, sys, threading, warnings
from pathlib import Path
from destui.worker import log_lines
log_lines.begin(Path(sys.argv[1]), ["sealing-key"])
log = logging.getLogger("destui.worker")
log.warning("a driver said %s", "first\\nsecond \\x1b[31m sealing-key")
try:
    {}["missing\\nkey"]
except KeyError as error:
    try:
        raise ValueError("not\\nso") from error
    except ValueError:
        log.exception("job ended by a fault destination=%s", "d1")
thread = threading.Thread(target=lambda: 1 / 0, name="lease")
thread.start()
thread.join()
warnings.warn("old\\nthings")
logging.getLogger("dbos").error("engine\\nmore")
raise RuntimeError("the end")
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(home.path / "x.log")], env=home.environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    lines = done.stderr.splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert len(lines) == 6 and "sealing-key" not in done.stderr and "first␊second ␛" in lines[0]
    assert "destination=d1: ValueError: not [" in lines[1] and lines[1].endswith("after KeyError]")
    assert "thread lease ended by a fault: ZeroDivisionError" in lines[2] and "<lambda>" in lines[2]


@pytest.mark.embedded
def test_a_worker_that_cannot_start_leaves_such_lines_too(home: Home) -> None:
    ctx = home.context()
    with ctx.store.write() as tx:
        tx.connection.exec_driver_sql("CREATE TABLE dbos_migrations (other)")  # a journal that it cannot use
    add(ctx, "orders", 0)
    assert within(20, lambda: "no such column" in home.config.worker_log.read_text())
    lines = home.config.worker_log.read_text().splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert any(" ERROR " in line and "no such column" in line for line in lines)


def test_a_wait_that_runs_out_where_no_worker_lives_says_that(team: Home) -> None:
    ctx = team.context()
    add(ctx, "orders", 0)
    waited = team.run("check", "orders", "--timeout", "1")
    assert waited.returncode == 6 and waited.stderr.startswith("destui: No worker of this store is alive.")
    added = team.run("add", "simulator", "more", "--wait", "1")
    assert added.returncode == 6 and "No worker of this store is alive." in added.stderr
    ctx.store.close()
