"""The worker as a process: detached, killed, stopped, idle, one at a time."""

from __future__ import annotations

import os
import random
import re
import signal
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import pytest

from destui.domain.check import CheckState, Reason
from destui.domain.destination import Status
from destui.domain.errors import WorkerUnavailable
from destui.services import checks, destinations, following, status
from destui.services.following import follow
from destui.store import changes, housekeeping, jobs, rows, schema, settings, workers
from destui.store.times import now_us
from destui.worker import launch
from tests.e2e.worker_checks import add, all_is_done, end_of, running_step, stop_between_writes, the_worker
from tests.fixtures import Home, team_home
from tests.servers import postgres as postgres_servers

pytestmark = pytest.mark.embedded  # what is about teams here makes their stores itself


def test_adding_starts_a_worker_apart_from_the_terminal_session(home: Home) -> None:
    ctx = home.context()
    added = add(ctx, "orders")
    assert end_of(ctx, added.check_id) == {added.check_id: CheckState.PASSED}
    pid = the_worker(ctx)
    assert os.getsid(pid) != os.getsid(0)
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    assert stat[4] == "0", "it has a controlling terminal"
    assert stat[1] != str(os.getpid()), "it is a child of ours"
    assert os.readlink(f"/proc/{pid}/fd/0") == "/dev/null"
    assert os.readlink(f"/proc/{pid}/fd/1") == os.readlink(f"/proc/{pid}/fd/2") == str(home.config.worker_log)
    limits = Path(f"/proc/{pid}/limits").read_text()
    assert "Max core file size        0" in limits
    assert int(Path(f"/proc/{pid}/coredump_filter").read_text(), 16) == 0, "a program that takes cores gets memory"


def test_simultaneous_starters_start_one_worker(home: Home) -> None:
    ctx = home.context()
    started = []
    barrier = threading.Barrier(6)

    def starter() -> None:
        barrier.wait()
        if launch.ensure(home.config):
            started.append(1)

    threads = [threading.Thread(target=starter) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 1
    end_of(ctx, add(ctx, "orders").check_id)
    the_worker(ctx)


def test_a_killed_worker_loses_nothing(home: Home) -> None:
    ctx = home.context()
    added = [add(ctx, f"n{n}", seconds=2) for n in range(6)]
    running_step(ctx, added[-1].check_id)
    for seed in range(3):
        os.kill(the_worker(ctx), signal.SIGKILL)
        ctx.wake_worker()
        list(follow(ctx, [a.check_id for a in added], 0.4 * random.Random(seed).random()))
    ctx.wake_worker()
    states = end_of(ctx, *[a.check_id for a in added])
    assert set(states.values()) == {CheckState.PASSED}
    assert rows.counts(ctx.store).active == 6
    assert all_is_done(ctx)
    verbs = [row[0] for row in ctx.store.fetch("SELECT verb FROM events WHERE verb = 'active'")]
    assert len(verbs) == 6, "an end was written twice"


def test_a_job_that_kills_every_worker_is_given_up(home: Home) -> None:
    ctx = home.context()
    added = add(ctx, "orders", seconds=30)
    running_step(ctx, added.check_id)
    os.kill(the_worker(ctx), signal.SIGKILL)
    with ctx.store.write() as tx:
        tx.execute(schema.jobs.update().values(attempt=5))
    ctx.wake_worker()
    assert end_of(ctx, added.check_id) == {added.check_id: CheckState.FAILED}
    found = checks.check(ctx, added.check_id)
    assert found.diagnosis is not None and found.diagnosis.code == "WORKER-DIED"
    assert destinations.get(ctx, added.destination_id).status is Status.ERROR


def test_a_stopped_worker_is_killed_and_its_work_done(home: Home) -> None:
    ctx = home.context()
    added = add(ctx, "orders", seconds=3)
    running_step(ctx, added.check_id)
    pid = the_worker(ctx)
    assert not launch.end_stalled(ctx.config, ctx.store), "its lease still holds"
    with ctx.store.write() as tx:
        tx.execute(schema.workers.update().values(lease_until=now_us() - 1))
    os.kill(pid, signal.SIGSTOP)  # perhaps in the middle of a write, with the store locked
    assert launch.end_stalled(ctx.config, ctx.store)
    assert f"pid {pid}, did not answer and was ended" in home.config.worker_log.read_text()
    ctx.wake_worker()
    assert end_of(ctx, added.check_id) == {added.check_id: CheckState.PASSED}


def test_a_check_whose_time_ran_out_while_its_worker_stood_still_begins_again(home: Home) -> None:
    ctx = home.context()
    for name in ("orders", "between two steps", "and again", "once more", "the last"):
        added = add(ctx, name, seconds=4)
        running_step(ctx, added.check_id)
        pid = the_worker(ctx)
        stop_between_writes(ctx, pid)
        time.sleep(6)  # longer than the step at hand may take, and shorter than a lease
        os.kill(pid, signal.SIGCONT)
        assert end_of(ctx, added.check_id) == {added.check_id: CheckState.PASSED}
        assert the_worker(ctx) == pid
        if "begins again" in home.config.worker_log.read_text():
            return
    pytest.fail("it never began again, though it was stopped in a step")


def test_a_worker_that_comes_back_past_its_lease_writes_nothing_over_the_other(home: Home) -> None:
    ctx = home.context()
    added = add(ctx, "orders", seconds=20)
    running_step(ctx, added.check_id)
    pid = the_worker(ctx)
    stop_between_writes(ctx, pid)
    with ctx.store.write() as tx:  # as another one does that has watched it for so long
        workers.forget(tx, [worker.id for worker in workers.on_record(ctx.store)])
        (job,) = jobs.open_for(tx, check_id=added.check_id)
        workers.register(tx, worker="other", host="elsewhere", pid=1, birth="1", version="0")
        other = jobs.begin(tx, job.id, "other")
    assert other is not None
    steps = checks.check(ctx, added.check_id).steps
    watch = os.pidfd_open(pid)
    os.kill(pid, signal.SIGCONT)
    import select

    assert select.select([watch], [], [], 20)[0], "it did not end"
    os.close(watch)
    assert checks.check(ctx, added.check_id).steps == steps
    with ctx.store.write() as tx:
        assert jobs.holds(tx, other)


def test_cancel_ends_a_check_within_a_second(home: Home) -> None:
    ctx = home.context()
    added = add(ctx, "orders", outcome="hang", fail_at="open", seconds=0)
    running_step(ctx, added.check_id)
    before = now_us()
    assert checks.cancel(ctx, destination_id=added.destination_id)
    assert end_of(ctx, added.check_id) == {added.check_id: CheckState.CANCELLED}
    finished = checks.check(ctx, added.check_id).finished_at
    assert finished is not None and finished.timestamp() * 1e6 - before < 1_000_000
    found = destinations.get(ctx, added.destination_id)
    assert found.status is Status.ERROR and found.check is not None and found.check.diagnosis is not None
    assert found.check.diagnosis.code == "CANCELLED" and found.check.diagnosis.causes == ()
    assert not checks.cancel(ctx, destination_id=added.destination_id)


def test_deleting_stops_what_runs_and_restoring_goes_on(home: Home) -> None:
    ctx = home.context()
    added = add(ctx, "orders", seconds=2)
    end_of(ctx, added.check_id)
    (stopped,) = checks.request(ctx, [added.destination_id]).values()
    running_step(ctx, stopped)
    assert destinations.delete(ctx, [added.destination_id]) == 1
    assert end_of(ctx, stopped) == {stopped: CheckState.CANCELLED}
    destinations.restore(ctx, added.destination_id)
    found = destinations.get(ctx, added.destination_id)
    assert found.status is Status.ACTIVE and found.check is not None and found.check.id not in (added.check_id, stopped)
    assert end_of(ctx, found.check.id) == {found.check.id: CheckState.PASSED}


def test_a_background_check_finds_what_broke(home: Home) -> None:
    ctx = home.context()
    added = add(ctx, "orders")
    end_of(ctx, added.check_id)
    signal_ = changes.signal(ctx.store, 0.02)
    with ctx.store.write() as tx:
        tx.execute(schema.destinations.update().values(fields='{"outcome": "error", "fail_at": "reach", "seconds": 0}'))
        tx.execute(schema.destinations.update().values(next_check_at=1))
    for _ in range(400):
        if destinations.get(ctx, added.destination_id).status is Status.ERROR:
            break
        signal_.wait(0.1)
    found = destinations.get(ctx, added.destination_id)
    assert found.status is Status.ERROR and found.check is not None and found.check.reason is Reason.BACKGROUND


def test_what_has_expired_is_purged_though_no_worker_runs_and_no_work_comes(home: Home) -> None:
    ctx = home.context()
    added = add(ctx, "orders")
    end_of(ctx, added.check_id)
    destinations.delete(ctx, [added.destination_id])
    with ctx.store.write() as tx:
        tx.execute(schema.destinations.update().values(deleted_at=1))
    home.ok("worker", "stop")
    with ctx.store.write() as tx:
        tx.execute(schema.jobs.update().values(created_at=1))  # it has not been cleaned up for long
    signal_ = changes.signal(ctx.store, 0.02)
    home.ok("contact", "ops@acme.test")  # any verb that changes something
    for _ in range(400):
        if not ctx.store.fetch("SELECT 1 FROM destinations"):
            break
        signal_.wait(0.1)
    assert not ctx.store.fetch("SELECT 1 FROM destinations")
    assert not housekeeping.is_due(ctx.store)
    assert ctx.store.fetch("SELECT name FROM events WHERE verb = 'purged'") == [("orders",)]
    assert housekeeping.purge(ctx.store, "x") == 0


def test_worker_run_waits_for_the_lock_and_if_none_leaves(home: Home) -> None:
    ctx = home.context()
    end_of(ctx, add(ctx, "orders").check_id)
    assert home.run("worker", "run", "--if-none").returncode == 0
    waiting = subprocess.Popen(
        home.command("worker", "run"),
        env=home.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        home.ok("worker", "stop")
        assert waiting.stderr is not None
        assert any("started" in line for line in iter(waiting.stderr.readline, "")), "it never took over"
        end_of(ctx, add(ctx, "second").check_id)
        waiting.terminate()
        assert waiting.wait(15) == 0
        assert workers.on_record(ctx.store) == []
    finally:
        waiting.kill()
        waiting.wait()


def test_an_idle_worker_leaves_and_the_next_work_starts_one(home: Home) -> None:
    ctx = home.context()
    code = "import destui.config as c, destui.worker.process as p; p.run(c.load_config(), idle_seconds=1)"
    done = subprocess.run(
        [*home.command()[:1], "-c", code], env=home.environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0 and "idle for" in done.stderr, done.stderr
    end_of(ctx, add(ctx, "orders").check_id)


def test_limit_under_thirty_processes_adding_at_once(home: Home) -> None:
    home.ok("limit", "5")
    started = [
        subprocess.Popen(
            home.command("add", "simulator", f"n{n}", "seconds=0"), env=home.environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )
        for n in range(30)
    ]  # fmt: skip
    codes = []
    for process in started:
        _, said = process.communicate(timeout=120)
        codes.append(process.returncode)
        assert "Traceback" not in said
        if process.returncode == 3:
            assert "You've reached your limit of 5 destinations" in said
    assert sorted(codes) == [0] * 5 + [3] * 25
    ctx = home.context()
    assert rows.counts(ctx.store).total == 5 and settings.read(ctx.store, "limit") == "5"


def test_a_fault_of_our_own_ends_the_job_and_not_the_worker(home: Home) -> None:
    ctx = home.context()
    added = add(ctx, "orders")
    end_of(ctx, added.check_id)
    pid = the_worker(ctx)
    with ctx.store.write() as tx:  # as after a downgrade: a type that this program does not have
        tx.execute(schema.destinations.update().values(type="gone"))
    (check_id,) = checks.request(ctx, [added.destination_id]).values()
    assert end_of(ctx, check_id) == {check_id: CheckState.FAILED}
    found = checks.check(ctx, check_id)
    assert found.diagnosis is not None and found.diagnosis.code == "INTERNAL"
    assert the_worker(ctx) == pid and all_is_done(ctx)


def test_stop_stops_a_worker_with_work_in_its_queue(home: Home) -> None:
    ctx = home.context()
    added = [add(ctx, f"n{n}", seconds=9) for n in range(3)]
    running_step(ctx, added[0].check_id)
    assert launch.stop(home.config, ctx.store) == (1, 0)
    assert not [w for w in workers.on_record(ctx.store) if launch.birth(w.pid)]


def test_a_relative_home_is_the_same_for_the_worker(home: Home, tmp_path: Path) -> None:
    environment = {**home.environment, "DESTUI_HOME": "home"}
    command = home.command("add", "simulator", "orders", "seconds=0", "--wait", "20")
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "home" / "destui.db").exists()


def refused(home: Home, *arguments: str, **more: str) -> str:
    """What a command says that ends with exit 6: one line."""
    done = home.run(*arguments, **more)
    assert done.returncode == 6, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    (line,) = done.stderr.strip().split("\n")
    assert line.startswith("destui: "), line
    return line


def test_a_worker_that_does_not_start_ends_the_wait_and_says_why(home: Home) -> None:
    ctx = home.context()
    with sqlite3.connect(home.path / "destui.db") as connection:
        connection.execute("CREATE TABLE dbos_migrations (other)")  # a journal that the engine cannot use
    said = refused(home, "add", "simulator", "orders", "seconds=0", "--wait")
    assert "The worker does not start" in said and "no such column" in said and str(home.config.worker_log) in said
    assert refused(home, "check", "--all") == said
    assert not [w for w in workers.on_record(ctx.store) if w.alive], "it left its lease behind"
    assert status.worker_trouble(ctx) is None, "this process has started none"
    for _ in range(400):
        ctx.mend_worker()
        if (trouble := status.worker_trouble(ctx)) is not None:
            break
        threading.Event().wait(0.05)  # nothing tells when a process that dies early has gone
    assert trouble is not None and trouble in said
    with sqlite3.connect(home.path / "destui.db") as connection:
        connection.execute("DROP TABLE dbos_migrations")
    home.ok("check", "orders")
    assert status.worker_trouble(ctx) is None


def test_a_worker_that_never_comes_up_ends_the_wait(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "GRACE_SECONDS", 2.0)
    ctx = home.context()
    lock = launch.take_lock(home.config)  # as one that hangs before it has a lease
    assert lock is not None
    added = add(ctx, "orders")
    with pytest.raises(WorkerUnavailable, match=r"No worker has come up yet.*worker\.log.*is kept"):
        end_of(ctx, added.check_id)
    os.close(lock)
    assert end_of(ctx, added.check_id) == {added.check_id: CheckState.PASSED}


def test_a_lock_or_log_that_cannot_be_opened_is_one_line_and_what_was_added_is_kept(home: Home) -> None:
    home.ok("list")
    home.config.worker_lock.mkdir()
    said = refused(home, "add", "simulator", "orders", "seconds=0")
    assert str(home.config.worker_lock) in said and "Is a directory" in said and "kept" in said
    assert str(home.config.worker_lock) in refused(home, "check", "orders")
    assert str(home.config.worker_lock) in refused(home, "worker", "run")
    home.config.worker_lock.rmdir()
    home.config.worker_log.mkdir()
    assert str(home.config.worker_log) in refused(home, "check", "orders")
    home.config.worker_log.rmdir()
    home.ok("check", "orders")


def test_a_worker_waits_for_a_server_that_is_away_and_goes_on(tmp_path: Path) -> None:
    with postgres_servers.start() as server:
        home = team_home(server, tmp_path)
        with server.away():
            assert "does not answer" in refused(home, "worker", "run")
        running = subprocess.Popen(
            home.command("worker", "run"), env=home.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert running.stderr is not None
        lines: list[str] = []

        def read_until(words: str) -> None:
            assert running.stderr is not None
            for line in running.stderr:
                lines.append(line)
                if words in line:
                    return
            pytest.fail(f"{words!r} never came: {lines}")

        try:
            read_until("started")
            with server.away():
                read_until("waiting for the store")
            read_until("answers again")
            home.ok("add", "simulator", "short", "seconds=0", "--wait")
            with server.away():
                read_until("beginning anew")  # its lease ran out
                read_until("waiting for the store")
            read_until("started")
            home.ok("add", "simulator", "long", "seconds=0", "--wait")
            with server.away():
                read_until("waiting for the store")
                running.terminate()
                assert running.wait(30) == 0
            lines += running.stderr.readlines()
        finally:
            running.kill()
            running.wait()
    assert sum("waiting for the store" in line for line in lines) == 4, lines
    assert [line for line in lines if not re.match(r"20\d\d-\S+Z (INFO|WARNING) ", line)] == []


def test_a_worker_that_is_launched_for_a_damaged_store_ends_and_says_why(home: Home) -> None:
    path = home.context().store.path or Path()
    whole = path.rename(path.with_suffix(".whole"))
    path.write_bytes(b"this is no store at all " * 200)
    end = time.monotonic() + 30
    while (trouble := launch.trouble(home.config)) is None and time.monotonic() < end:
        launch.ensure(home.config)
        time.sleep(0.05)
    assert trouble is not None and f"{path} is not a destui store" in trouble
    whole.rename(path)


def test_a_look_starts_a_worker_at_once_where_one_was_killed(home: Home) -> None:
    ctx = home.context()
    end_of(ctx, add(ctx, "quick").check_id)
    add(ctx, "slow", seconds=30)
    pid = the_worker(ctx)
    os.kill(pid, signal.SIGKILL)
    while launch.birth(pid):
        time.sleep(0.01)  # no child of ours: nothing tells
    assert not home.has_worker()
    home.ok("list")
    assert home.has_worker()
