"""Starting, finding and stopping the worker of an embedded store, from the processes that add work."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import destui
from destui import log_file
from destui.config import Config
from destui.domain.errors import StoreUnavailable
from destui.domain.event import WorkerInfo
from destui.store import housekeeping, load_orders, locks, queueing, workers
from destui.store.engine import Store
from destui.store.jobs import has_work
from destui.store.workers import BEAT_SECONDS, on_record
from destui.worker import starts

# What a worker needs of its starter's environment; whatever else is there may hold secrets.
_PASSED = (
    "HOME", "PATH", "LANG", "TZ", "USER", "LOGNAME", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME",
    "DESTUI_HOME", "DESTUI_STORE", "DESTUI_SECRETS", "DESTUI_USER", "DESTUI_DEMO", "DISPLAY", "PYTHON_KEYRING_BACKEND",
)  # fmt: skip


def ensure(config: Config) -> bool:
    """Start a worker for this store unless one is alive; True when one was started.

    The starter takes the worker's lock and hands it on, open, to the new process: of many starters one gets it. Work
    that is saved already does not fail for want of a worker: `trouble` tells why none comes up.
    """
    known = starts.of(config)
    with known.turn:
        known.look()
        if not known.may_try:
            return False
        try:
            config.prepare()
            lock = take_lock(config)
            if lock is None:
                known.is_held()
                return False
            try:
                _spawn(config, lock, known)
            finally:
                os.close(lock)
        except StoreUnavailable as error:
            known.impossible(str(error))
            return False
        except OSError as error:
            what = error.filename or "a new process"
            known.impossible(
                f"No worker can be started: {error.strerror} ({what}). Mend that; destui doctor says more."
            )
            return False
        return True


def trouble(config: Config) -> str | None:
    """Why no worker of this store comes up, though this process has tried several times; None while there is hope."""
    known = starts.of(config)
    with known.turn:
        known.look()
        return known.trouble or None


def take_lock(config: Config) -> int | None:
    """The worker's lock as an open file; None when a worker holds it. Raises StoreUnavailable."""
    path = config.worker_lock
    try:
        lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(
            f"The worker's lock {path} cannot be opened: {error.strerror}. Move away what is there, or set DESTUI_HOME "
            "to a folder of yours."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _spawn(config: Config, lock: int, known: starts.Starts) -> None:
    import subprocess

    env = {name: value for name, value in config.environment.items() if name in _PASSED}
    env |= {"DESTUI_USER": config.user, "LC_MESSAGES": "C", "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
    if (search := _search_path()) is not None:
        env["PYTHONPATH"] = search
    command = [sys.executable, "-m", "destui", "worker", "run", "--detached", "--lock-fd", str(lock)]
    with os.fdopen(log_file.open_log(config.worker_log), "ab") as log:
        handed = [lock]
        if key := config.environment.get("DESTUI_KEY"):
            # Through a pipe: an environment can be read in /proc, and is inherited.
            read_end, write_end = os.pipe()
            os.write(write_end, key.encode(errors="surrogateescape"))
            os.close(write_end)
            command += ["--key-fd", str(read_end)]
            handed.append(read_end)
        up, says_up = os.pipe()
        os.set_blocking(up, False)
        command += ["--ready-fd", str(says_up)]
        handed.append(says_up)
        try:
            started = subprocess.Popen(
                command, env=env, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=handed,
                start_new_session=True,
            )  # fmt: skip
        except OSError:
            os.close(up)
            raise
        finally:
            for fd in handed[1:]:
                os.close(fd)
        known.begun(up, config.worker_log, log.tell())
    # It forks at once and the parent ends: the worker is no child of ours that would have to be waited for.
    started.wait()


def _search_path() -> str | None:
    """Where the package is, when it is not installed (a checkout)."""
    import site

    here = Path(destui.__file__).resolve().parent.parent
    installed = {Path(p).resolve() for p in [*site.getsitepackages(), site.getusersitepackages()]}
    return None if here in installed else str(here)


def birth(pid: int) -> str:
    """The start of a process as the system tells it; empty when there is none of this number."""
    return _of_process(pid, 19, "lstart")


def is_stopped(pid: int) -> bool:
    """By a signal, or by a debugger."""
    return _of_process(pid, 0, "state")[:1] in ("T", "t")


def _of_process(pid: int, field: int, name: str) -> str:
    """What the system tells of a process: a field of Linux's list, counted after the program's name (which may hold
    blanks and brackets), elsewhere the one that ps calls so; empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[field]
    except (OSError, IndexError):
        pass
    import subprocess

    try:
        found = subprocess.run(
            ["ps", "-o", f"{name}=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
            env={"LC_ALL": "C", "TZ": "UTC", "PATH": "/bin:/usr/bin"},
        )
    except OSError:
        return ""
    return found.stdout.strip()


def end_stalled(config: Config, store: Store) -> bool:
    """Kill a worker of this host that has stalled: its lease ran out, its process is still the recorded one, and it
    says nothing while it is watched for a little longer than a beat (the clock may have been set since its last).

    It may hold the store's write lock (stopped in the middle of a transaction), so nothing is written here. Where
    somebody else held it meanwhile, or the store takes no writes (its disk is full), a worker that is not stopped said
    nothing because it waited, too. True when one was killed.
    """
    found = silent(config, store)
    if not found or _is_lock_free(config):
        return False
    was_locked = False
    ends_at = time.monotonic() + BEAT_SECONDS + 1
    while found and time.monotonic() < ends_at:
        time.sleep(0.1)
        was_locked = was_locked or store.is_locked()
        found = [worker for worker in silent(config, store) if worker in found]
    hold = locks.find(store) if was_locked else None
    all_wait = bool(found) and (was_locked or store.why_unwritable() is not None)
    one_ended = False
    for worker in found:
        waited = all_wait and not is_stopped(worker.pid) and (hold is None or hold.pid != worker.pid)
        if waited or not _signal(worker.pid, signal.SIGKILL):
            continue
        one_ended = True
        _await_end(worker.pid, worker.birth)
        log_file.note(config.worker_log, f"WARNING worker {worker.id}, pid {worker.pid}, did not answer and was ended")
    return one_ended


def silent(config: Config, store: Store) -> list[WorkerInfo]:
    """Workers of this host whose process is there, but whose lease ran out."""
    return [worker for worker in on_record(store) if not worker.alive and _is_here(config, store, worker)]


def _is_here(config: Config, store: Store, worker: WorkerInfo) -> bool:
    """Whether its process is there, on this host: that of an embedded store, whatever it was called then."""
    is_ours = store.is_sqlite or worker.host == config.host
    return is_ours and worker.birth != "" and birth(worker.pid) == worker.birth


def _signal(pid: int, number: signal.Signals) -> bool:
    """False when it has gone meanwhile, or is another user's."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _is_lock_free(config: Config) -> bool:
    lock = take_lock(config)
    if lock is None:
        return False
    os.close(lock)
    return True


def _await_end(pid: int, recorded: str, seconds: float = 5.0) -> None:
    """Wait until a killed process has gone, and its locks with it."""
    end = time.monotonic() + seconds
    while birth(pid) == recorded and time.monotonic() < end:
        time.sleep(0.01)  # no child of ours: nothing wakes us at its end


def is_needed(store: Store) -> bool:
    """Whether there is something that a worker has to be there for: work, a schedule, or what has expired, whose
    clean-up nobody asks for while no worker runs."""
    return has_work(store) or load_orders.scheduled(store) > 0 or housekeeping.is_due(store)


def mend(config: Config, store: Store) -> None:
    """See that an embedded store has a living worker where one is needed: end a stalled one, start one when none is
    alive."""
    if not store.is_sqlite:
        return
    end_stalled(config, store)
    if housekeeping.is_due(store):
        with store.write() as tx:
            queueing.queue_clean_up(tx)
    if is_needed(store):
        ensure(config)


def stop(config: Config, store: Store, seconds: float = 15.0, *, at_once: bool = False) -> tuple[int, int]:
    """Ask the workers of this host to end and wait for it; returns (ended, still there). One that is only coming up,
    which the held lock tells, is asked once it has its lease. `at_once`: what they do is not worth waiting for (a
    demonstration's)."""
    ends_at = time.monotonic() + seconds
    while not (asked := _ask_to_end(config, store, at_once)) and store.is_sqlite and not _is_lock_free(config):
        if time.monotonic() >= ends_at:
            return 0, 1
        time.sleep(0.05)  # a lease that is taken tells nobody but the store
    for worker in asked:
        _await_end(worker.pid, worker.birth, max(0.0, ends_at - time.monotonic()))
    ended = [worker.id for worker in asked if birth(worker.pid) != worker.birth]
    _forget(store, ended)
    return len(ended), len(asked) - len(ended)


def _ask_to_end(config: Config, store: Store, at_once: bool) -> list[WorkerInfo]:
    asked = []
    for worker in on_record(store):
        is_ours = _is_here(config, store, worker)
        # One that is stopped past its lease hears nothing: it is ended as a starter would.
        kills = at_once or (is_ours and not worker.alive and is_stopped(worker.pid))
        if is_ours and _signal(worker.pid, signal.SIGKILL if kills else signal.SIGTERM):
            asked.append(worker)
    return asked


def _forget(store: Store, ended: list[str]) -> None:
    """Take away the leases that workers left which were killed, or had only come up. If the store takes no writes now,
    the next worker does it."""
    with suppress(StoreUnavailable):
        if left := [worker.id for worker in on_record(store) if worker.id in ended]:
            with store.write() as tx:
                workers.forget(tx, left)
