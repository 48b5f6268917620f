"""`destui worker status`: what a person needs to know at night, and a machine at any time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from textwrap import wrap
from typing import Any

from destui.cli.output import local_time, print_json
from destui.cli.session import open_session
from destui.domain.safe import cells, visible
from destui.domain.units import count
from destui.domain.work import Failure, OpenJob
from destui.services import status, watching, workers
from destui.services.context import Context
from destui.services.documents import rfc3339
from destui.services.watching import Picture, Waiting
from destui.services.workers import Found

WIDTH = 80
_SHOWN = 10
"""Jobs of a kind that people are shown; JSON has them all."""
_NAME = 28


def run(*, as_json: bool) -> int:
    """Print it."""
    ctx = open_session()
    seen = watching.look(ctx, workers.hold(ctx))
    if as_json:
        print_json(_document(ctx, seen))
        return 0
    for line in _lines(ctx, seen):
        print(line)
    return 0


def _document(ctx: Context, seen: Picture) -> dict[str, Any]:
    schedules = status.schedules(ctx)
    at_work = watching.own_work(seen)
    return {
        "workers": [workers.values(w, at_work[w.info.id]) for w in seen.workers],
        "queued": seen.queued,
        "running": seen.running,
        "schedules": schedules.count,
        "next_load": _moment(schedules.next),
        "next_check": _moment(seen.next_check),
        "at_work": [_job_document(job) for job in seen.at_work],
        "waiting": [{**_job_document(wait.job), "waits": wait.why} for wait in seen.waiting],
        "failures": [
            {
                "at": rfc3339(f.at), "kind": f.kind, "id": f.id, "destination_id": f.destination_id, "name": f.subject,
                "code": f.code, "cause": f.cause,
            }
            for f in seen.failures
        ],
        "log_troubles": list(seen.troubles),
        "store": {
            "unwritable": workers.why_not_written(ctx, seen.hold),
            "locked": seen.hold is not None, "locked_by": seen.hold.pid if seen.hold else None,
            **watching.size_values(seen),
        },
    }  # fmt: skip


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


def _job_document(job: OpenJob) -> dict[str, Any]:
    return {
        "id": job.id, "kind": job.kind, "destination_id": job.destination_id or None,
        "destination": job.destination or None, "order": job.order or None, "check_id": job.check_id or None,
        "run_id": job.run_id or None, "worker": job.worker or None, "attempt": job.attempt,
        "pinned": job.pinned or None, "created_at": rfc3339(job.created_at), "started_at": _moment(job.started_at),
        "step": job.step or None, "number": job.number, "total": job.total, "rows": job.rows,
    }  # fmt: skip


def _lines(ctx: Context, seen: Picture) -> Iterator[str]:
    if (sentence := workers.why_not_written(ctx, seen.hold)) is not None:
        yield from _wrapped(visible(sentence), "")
    yield from _wrapped(workers.none_answers(ctx, seen.workers), "")
    at_work = watching.own_work(seen)
    for w in seen.workers:
        yield from _worker_lines(w, at_work[w.info.id])
    yield f"{seen.running} at work, {len(seen.waiting)} waiting"
    if (schedules := status.schedules(ctx)).count:
        yield from _wrapped(schedules.sentence, "")
    if seen.next_check:
        yield f"The next check by the clock is at {local_time(seen.next_check)}."
    if seen.at_work:
        yield "\nAt work:"
        for job in seen.at_work[:_SHOWN]:
            yield from _job_lines(job, _progress(job))
        yield from _more(len(seen.at_work))
    if seen.waiting:
        yield "\nWaiting:"
        for wait in seen.waiting[:_SHOWN]:
            yield from _job_lines(wait.job, _waits(wait))
        yield from _more(len(seen.waiting))
    if seen.failures:
        yield "\nFailed last:"
        for failure in seen.failures:
            yield from _failure_lines(failure)
    if seen.troubles:
        yield f"\nTroubles in the worker's log, {visible(str(ctx.config.worker_log))}:"
        for trouble in seen.troubles:
            yield from _wrapped(visible(trouble), "  ", "    ")
    yield ""
    yield from _wrapped(watching.sizes(seen), "")


def _worker_lines(found: Found, at_work: int) -> Iterator[str]:
    w = found.info
    yield f"{visible(w.id)}  {found.state}{f', {at_work} at work' if found.is_running else ''}"
    yield from _wrapped(
        f"on {visible(w.host)}, pid {w.pid}, since {local_time(w.started_at)}, version {visible(w.version)}", "  "
    )
    yield f"  heard of at {_clock(w.heard_at)}, lease until {_clock(w.lease_until)}"
    log = visible(found.log)
    yield from [f"  its log: {log}"] if found.log.startswith("/") else _wrapped(f"its log: {log}", "  ")
    yield from _wrapped(visible(found.sentence), "  ")


def _job_lines(job: OpenJob, more: str) -> Iterator[str]:
    name = visible(job.subject) or "-"
    while cells(name) > _NAME:
        name = f"{name[: _NAME - 2 if cells(name[:_NAME]) <= _NAME else len(name) // 2]}…"
    yield f"  {job.kind:<9} {name}  {job.destination_id}".rstrip()
    yield from _wrapped(more, " " * 12)


def _progress(job: OpenJob) -> str:
    step = job.step or "beginning"
    where = f"{step} {job.number}/{job.total}" if job.total else step
    rows = f", {count(job.rows, 'row')}" if job.rows else ""
    since = job.started_at or job.created_at
    return f"{where}{rows}, since {_clock(since)} ({_age(since)}), attempt {job.attempt}, {visible(job.worker or '')}"


def _waits(wait: Waiting) -> str:
    since = wait.job.created_at
    return visible(f"since {_clock(since)} ({_age(since)}) {wait.why}")


def _failure_lines(failure: Failure) -> Iterator[str]:
    yield f"  {local_time(failure.at)}  {failure.kind}  {failure.code}  {failure.destination_id}".rstrip()
    yield from _wrapped(visible(f"{failure.subject}: {failure.cause}"), "    ")


def _more(count: int) -> Iterator[str]:
    if count > _SHOWN:
        yield f"  and {count - _SHOWN:,} more: destui worker status --json"


def _clock(moment: datetime) -> str:
    """The time of today, or with its day."""
    local = moment.astimezone()
    return f"{local:%H:%M:%S}" if local.date() == datetime.now().astimezone().date() else f"{local:%Y-%m-%d %H:%M:%S}"


def _age(moment: datetime) -> str:
    seconds = max(0, round((datetime.now(UTC) - moment).total_seconds()))
    if seconds < 100:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 6_000 else f"{seconds // 3600} h"


def _wrapped(text: str, indent: str, after: str | None = None) -> list[str]:
    return wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent if after is None else after)
