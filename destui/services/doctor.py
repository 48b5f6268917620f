"""`doctor`: what a person needs to know when something does not work."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from destui import __version__
from destui.config import Config, file_system_of
from destui.connectors import registry
from destui.domain.errors import DestuiError, InvalidInput, StoreUnavailable
from destui.services import status, watching, workers
from destui.services.context import Context, open_context
from destui.store import announcing, settings
from destui.store.locks import Hold
from destui.store.opening import sqlite_revision
from destui.store.version import REVISION, REVISIONS


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is as it should be, and a sentence that says what to do otherwise."""

    subject: str
    ok: bool
    sentence: str
    values: Mapping[str, Any] = field(default_factory=dict)
    """What machines may want of it: numbers, times."""


def examine(config: Config) -> list[Finding]:
    """Look at everything; what cannot be looked at is a finding too. Nothing is chosen, made or mended by it."""
    found = [
        Finding("destui", True, f"{__version__}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}.")
    ]
    found.append(_settings(config))
    try:
        if (to_come := _to_come(config)) is not None:
            found.append(to_come)
        else:
            found += _of_the_store(open_context(config))
    except DestuiError as error:
        found.append(Finding("store", False, str(error)))
    found += [_session_end(config), *_drivers(), _terminal(), _disk(config)]
    return found


def _to_come(config: Config) -> Finding | None:
    """Of an embedded store that the next start would make or upgrade; None where there is nothing to do. Raises
    StoreUnavailable."""
    path = config.store_path
    if path is None:
        return None
    try:
        revision = sqlite_revision(path)
        if revision is None and (wrong := _in_the_way(config, path)) is not None:
            return Finding("store", False, f"{wrong} Set DESTUI_HOME to a folder of yours.")
    except OSError as error:
        return Finding("store", False, f"{error.filename} cannot be read: {error.strerror}.")
    if revision == REVISION:
        return None
    if revision is None:
        return Finding("store", True, f"{path} is not there yet. The first start makes it.")
    if revision not in REVISIONS:
        return None  # newer: whoever opens it says so
    return Finding(
        "store", True, f"{path} has schema {revision}. The next start upgrades it to {REVISION}, after a copy."
    )


def _in_the_way(config: Config, path: Path) -> str | None:
    """Why a store could not be made, as a sentence; None where it could. Raises OSError."""
    for folder in (config.data, config.logs):
        there = next(place for place in (folder, *folder.parents) if os.path.lexists(place))
        if not there.is_dir():
            return f"{there} is no folder."
        if not os.access(there, os.W_OK | os.X_OK):
            return f"{there} cannot be written."
    lock = Path(f"{path}.upgrade")
    return f"{lock} is no file." if lock.exists() and not lock.is_file() else None


@dataclass
class _Open:
    """An open store, and what has been seen of it so far."""

    ctx: Context
    hold: Hold | None = None
    seen: watching.Picture | None = None

    @cached_property
    def on_record(self) -> Sequence[workers.Found]:
        """The workers. Raises StoreUnavailable."""
        return workers.look(self.ctx, self.hold) if self.seen is None else self.seen.workers


def _of_the_store(ctx: Context) -> list[Finding]:
    at, found = _Open(ctx), list[Finding]()
    for subject, look in (
        ("store", _store), ("sizes", _watched), ("vault", _vault), ("worker", _workers), ("log", _log),
        ("schedules", _schedules), ("on_change", _on_change),
    ):  # fmt: skip
        try:
            found += look(at)
        except StoreUnavailable as error:  # it went away meanwhile, or is damaged in places
            found.append(Finding(subject, False, str(error)))
    return found


def _settings(config: Config) -> Finding:
    if config.settings_problems:
        return Finding("settings", False, " ".join(config.settings_problems))
    return Finding(
        "settings", True, f"{config.settings_file}{'' if config.settings_file.exists() else ', not written'}"
    )


def _store(at: _Open) -> list[Finding]:
    at.hold = workers.hold(at.ctx)
    return [_standing(at.ctx, at.hold)]


def _standing(ctx: Context, hold: Hold | None) -> Finding:
    path = ctx.store.path
    if path is not None and path.stat().st_mode & 0o077:
        return Finding("store", False, f"{path} can be read by others. Run: chmod 600 {path}")
    if (sentence := workers.why_not_written(ctx, hold)) is not None:
        told = sentence if path is None or str(path.parent) in sentence else f"{path}. {sentence}"
        return Finding("store", False, told, {"locked_by": hold.pid} if hold is not None else {})
    kind = "" if path is None else file_system_of(path)
    name = "PostgreSQL" if path is None else str(path)
    return Finding("store", True, f"{name}, schema {REVISION}{f', on {kind}' if kind else ''}.")


def _watched(at: _Open) -> list[Finding]:
    """Sizes, what waits and what failed last."""
    at.seen = seen = watching.look(at.ctx, at.hold)
    found = [Finding("sizes", True, watching.sizes(seen), watching.size_values(seen))]
    if seen.waiting:
        first = seen.waiting[0]
        why = f"first {first.job.kind} {first.job.subject}, {first.why}".rstrip(".")
        fine = not any(wait.is_trouble for wait in seen.waiting)
        found.append(Finding("waiting", fine, f"{watching.summary(seen.waiting)}; {why}. See: destui worker status"))
    if seen.failures:
        last = seen.failures[0]
        when = f"{last.at.astimezone():%Y-%m-%d %H:%M}"
        found.append(Finding("failed last", True, f"{when}, {last.kind} {last.subject}: {last.code}, {last.cause}"))
    if seen.troubles:
        found.append(Finding("trouble last", True, seen.troubles[-1]))
    return found


def _vault(at: _Open) -> list[Finding]:
    found = status.vault_as_it_stands(at.ctx)
    return [Finding("vault", found.ready, found.sentence)]


def _workers(at: _Open) -> list[Finding]:
    """Each with its own work, where that could be looked at."""
    ctx, found = at.ctx, list[Finding]()
    at_work = Counter[str]() if at.seen is None else watching.own_work(at.seen)
    if not any(w.is_running or w.stands_still for w in at.on_record):
        left = sum(status.work(ctx))
        ok = ctx.store.is_sqlite and not left
        found.append(Finding("worker", ok, f"None runs; {left} waiting. {status.how_one_starts(ctx)}"))
    for w in at.on_record:
        own, where = at_work[w.info.id], f"pid {w.info.pid} on {w.info.host}"
        said = f"{where}: {w.sentence}"
        if w.is_running:
            since, until = w.info.started_at.astimezone(), w.info.lease_until.astimezone()
            said = (
                f"{where} since {since:%Y-%m-%d %H:%M}, {own} at work, lease until {until:%H:%M:%S}. Its log: {w.log}"
            )
        found.append(Finding("worker", w.is_running, said, workers.values(w, own)))
    return found


def _schedules(at: _Open) -> list[Finding]:
    """Loads that run by the clock need a worker that lives: also after the machine has started anew."""
    found = status.schedules(at.ctx)
    if not found.count:
        return []
    if not any(worker.is_running for worker in at.on_record):
        return [Finding("schedules", False, f"{found.sentence} No worker answers. Run: destui worker run")]
    unit = "To survive a restart of this machine a worker needs a service: see the guide, Schedules."
    return [Finding("schedules", True, f"{found.sentence} {unit}")]


def _on_change(at: _Open) -> list[Finding]:
    """The command that is told of changes of status, where there is one, and how it did the last time."""
    ctx = at.ctx
    try:
        command = ctx.config.setting("on_change")
    except InvalidInput:  # the settings' own finding
        return []
    if not command:
        return []
    program = Path(command[0]).expanduser()
    if shutil.which(program) is None:
        return [Finding("on_change", False, f"{program} is not there or may not be run. Correct it in the settings.")]
    if trouble := settings.read(ctx.store, announcing.trouble_key(ctx.host)):
        more = "Mend the command; the next change that it takes ends this. Its last words are in the worker's log."
        return [Finding("on_change", False, f"{trouble} {more}")]
    is_known = settings.read(ctx.store, announcing.wanted_key(ctx.host)) is not None
    told = "" if is_known else ", from the next worker on"
    return [Finding("on_change", True, f"{program} is told of changes of status{told}.")]


def _log(at: _Open) -> list[Finding]:
    return [_log_file(at.ctx.config.worker_log)] if at.ctx.store.is_sqlite else []


def _log_file(path: Path) -> Finding:
    if not path.exists():
        ok = os.access(path.parent, os.W_OK)
        return Finding("log", ok, f"{path}, not written yet" if ok else f"{path.parent} cannot be written.")
    ok = path.is_file() and os.access(path, os.W_OK)
    return Finding("log", ok, f"{path}" if ok else f"{path} cannot be written: no worker starts by itself.")


def _session_end(config: Config) -> Finding:
    """Whether logging out would end a worker: systemd kills what a user left, where it is told to."""
    user = config.environment.get("USER") or config.environment.get("LOGNAME") or str(os.getuid())
    lingers = Path(f"/var/lib/systemd/linger/{user}").exists()
    kills = any(
        line.strip().lower().replace(" ", "") == "killuserprocesses=yes"
        for path in [Path("/etc/systemd/logind.conf"), *sorted(Path("/etc/systemd/logind.conf.d").glob("*.conf"))]
        if path.is_file()
        for line in path.read_text(errors="replace").splitlines()
    )
    if kills and not lingers:
        return Finding("log-out", False, f"Logging out would end the worker here. Run: loginctl enable-linger {user}")
    return Finding("log-out", True, "A worker goes on after you log out.")


def _drivers() -> list[Finding]:
    return [
        Finding(f"type {spec.id}", missing is None, missing or f"{spec.label}: its driver is installed.")
        for spec in registry.specs()
        for missing in [registry.missing_driver(spec.id)]
    ]


def _terminal() -> Finding:
    env = os.environ
    colours = (
        "none" if "NO_COLOR" in env else "true colour" if env.get("COLORTERM") in ("truecolor", "24bit") else "256"
    )
    marks = "ASCII" if env.get("DESTUI_ASCII") == "1" or env.get("TERM") == "linux" else "Unicode"
    zone = time.tzname[time.localtime().tm_isdst > 0]
    return Finding(
        "terminal",
        bool(env.get("TERM")),
        f"TERM={env.get('TERM', 'not set')}, colours {colours}, marks {marks}, times in {zone}.",
    )


def _disk(config: Config) -> Finding:
    there = next(folder for folder in (config.data, *config.data.parents) if os.path.lexists(folder))
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return Finding("disk", False, f"{config.data}: {error.strerror}.")
    is_low = free < 100e6
    return Finding(
        "disk", not is_low, f"{free / 1e9:.1f} GB free for {config.data}.{' Free some space.' if is_low else ''}"
    )
