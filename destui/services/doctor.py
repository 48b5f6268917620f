"""`doctor`: what a person needs to know when something does not work."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from destui import __version__
from destui.config import Config, file_system_of
from destui.connectors import registry
from destui.domain.errors import DestuiError, InvalidInput, StoreUnavailable
from destui.services import status, watching
from destui.services.context import Context, open_context
from destui.store import announcing, settings
from destui.store.version import REVISION


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is as it should be, and a sentence that says what to do otherwise."""

    subject: str
    ok: bool
    sentence: str
    values: Mapping[str, Any] = field(default_factory=dict)
    """What machines may want of it: numbers, times."""


def examine(config: Config) -> list[Finding]:
    """Look at everything; what cannot be looked at is a finding too."""
    found = [
        Finding("destui", True, f"{__version__}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}.")
    ]
    found.append(_settings(config))
    try:
        ctx = open_context(config)
    except DestuiError as error:
        found.append(Finding("store", False, str(error)))
    else:
        found += [_store(ctx), *_watched(ctx), _vault(ctx), *_workers(ctx), *_schedules(ctx), *_on_change(ctx)]
    found += [_session_end(config), *_drivers(), _terminal(), _disk(config)]
    return found


def _settings(config: Config) -> Finding:
    if config.settings_problems:
        return Finding("settings", False, " ".join(config.settings_problems))
    return Finding(
        "settings", True, f"{config.settings_file}{'' if config.settings_file.exists() else ', not written'}"
    )


def _store(ctx: Context) -> Finding:
    path = ctx.store.path
    if path is None:
        return Finding("store", True, f"PostgreSQL, schema {REVISION}.")
    others = path.stat().st_mode & 0o077
    if others:
        return Finding("store", False, f"{path} can be read by others. Run: chmod 600 {path}")
    for needed in (path.parent, *path.parent.glob(f"{path.name}*")):
        if not os.access(needed, os.W_OK):
            return Finding("store", False, f"{needed} cannot be written. Give yourself write permission on it.")
    kind = file_system_of(path)
    return Finding("store", True, f"{path}, schema {REVISION}{f', on {kind}' if kind else ''}.")


def _watched(ctx: Context) -> list[Finding]:
    """Sizes, what waits and what failed last."""
    try:
        seen = watching.look(ctx)
    except StoreUnavailable as error:  # it went away meanwhile, or is damaged in places
        return [Finding("sizes", False, str(error))]
    found = [Finding("sizes", True, watching.sizes(seen), watching.size_values(seen))]
    if seen.waiting:
        first = seen.waiting[0]
        why = f"first {first.job.kind} {first.job.subject}, {first.why}".rstrip(".")
        found.append(Finding("waiting", True, f"{watching.summary(seen.waiting)}; {why}. See: destui worker status"))
    if seen.failures:
        last = seen.failures[0]
        when = f"{last.at.astimezone():%Y-%m-%d %H:%M}"
        found.append(Finding("failed last", True, f"{when}, {last.kind} {last.subject}: {last.code}, {last.cause}"))
    if seen.troubles:
        found.append(Finding("trouble last", True, seen.troubles[-1]))
    return found


def _vault(ctx: Context) -> Finding:
    found = status.vault(ctx)
    return Finding("vault", found.ready, found.sentence)


def _workers(ctx: Context) -> list[Finding]:
    queued, running = status.work(ctx)
    work = f"{running} at work, {queued} waiting"
    workers = status.workers(ctx)
    found = [
        Finding(
            "worker",
            True,
            f"pid {w.pid} on {w.host} since {w.started_at.astimezone():%Y-%m-%d %H:%M}, {work}, lease until "
            f"{w.lease_until.astimezone():%H:%M:%S}.",
        )
        for w in workers
        if w.alive
    ]
    if not found:
        ok = ctx.store.is_sqlite and queued + running == 0
        found.append(Finding("worker", ok, f"None runs; {work}. {status.how_one_starts(ctx)}"))
    found += [
        Finding("worker", False, f"pid {w.pid} on {w.host} does not answer; a living one takes its work over.")
        for w in workers
        if not w.alive
    ]
    return [*found, _log(ctx.config.worker_log)] if ctx.store.is_sqlite else found


def _schedules(ctx: Context) -> list[Finding]:
    """Loads that run by the clock need a worker that lives: also after the machine has started anew."""
    found = status.schedules(ctx)
    if not found.count:
        return []
    lives = any(worker.alive for worker in status.workers(ctx))
    if not lives:
        return [Finding("schedules", False, f"{found.sentence} No worker is there for it. Run: destui worker run")]
    unit = "To survive a restart of this machine a worker needs a service: see the guide, Schedules."
    return [Finding("schedules", True, f"{found.sentence} {unit}")]


def _on_change(ctx: Context) -> list[Finding]:
    """The command that is told of changes of status, where there is one, and how it did the last time."""
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


def _log(path: Path) -> Finding:
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
    return Finding("log-out", True, "The worker goes on after you log out.")


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
    try:
        free = shutil.disk_usage(config.data).free
    except OSError as error:
        return Finding("disk", False, f"{config.data}: {error.strerror}.")
    return Finding("disk", free > 100e6, f"{free / 1e9:.1f} GB free for {config.data}.")
