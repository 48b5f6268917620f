"""Load orders and runs, printed for machines and people."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from destui.cli.ladders import diagnosis_document
from destui.domain.loads import FileOptions
from destui.domain.orders import MANUAL, LoadOrder, LoadRun, LoadTask
from destui.domain.schedule import parse, words, zone
from destui.services.documents import rfc3339


def order_document(order: LoadOrder) -> dict[str, Any]:
    """An order as JSON; the guide has the keys."""
    return {
        "id": order.id, "name": order.name, "destination": order.destination, **_task_document(order.task),
        "cron": order.cron or None,
        "tz": order.tz, "missed": order.missed.value, "status": order.status.value,
        "next_run": None if order.next_run_at is None else rfc3339(order.next_run_at),
        "last_run": None if order.run is None else _run_document(order.run),
        **_reading(order.source.options),
    }  # fmt: skip


def _task_document(task: LoadTask) -> dict[str, Any]:
    return {"table": task.table, "source": task.source.text, "mode": task.mode.value, "key": list(task.key)}


def _reading(options: FileOptions) -> dict[str, Any]:
    return {"reading": reading} if (reading := reading_document(options)) else {}


def reading_document(options: FileOptions) -> dict[str, Any]:
    """What is set of how files are read, by the names of the options; what is found out is left out."""
    unset = FileOptions()
    names = {"null_words": "null"}
    return {names.get(n, n): v for n, v in asdict(options).items() if v != getattr(unset, n)}


def reading_words(options: FileOptions) -> str:
    """The same for people."""
    told = []
    for name, value in reading_document(options).items():
        match name:
            case "header":
                told.append("no header")
            case "null":
                told.append(f"NULL is {' or '.join(value) or 'what is empty'}")
            case _:
                told.append(f"{name} {'tab' if value == chr(9) else value or 'none'}")
    return ", ".join(told)


def _run_document(run: LoadRun) -> dict[str, Any]:
    return {
        "state": run.state.value,
        "started_at": None if run.started_at is None else rfc3339(run.started_at),
        "finished_at": None if run.finished_at is None else rfc3339(run.finished_at),
        "rows": run.rows,
        "bytes": run.bytes,
        "diagnosis": diagnosis_document(run.diagnosis),
        "task": None if run.task is None else {**_task_document(run.task), **_reading(run.task.source.options)},
    }


def mode_words(task: LoadTask) -> str:
    """`append`, `merge by id, adding columns`."""
    key = f" by {', '.join(task.key)}" if task.key else ""
    return f"{task.mode.value}{key}{', adding columns' if task.add_columns else ''}"


def task_words(task: LoadTask) -> str:
    """What a run loaded, on one line."""
    parts = [f"{task.source.text} into {task.table}", mode_words(task), reading_words(task.source.options)]
    return ", ".join(part for part in parts if part)


def schedule_words(order: LoadOrder) -> str:
    """The schedule as people say it, with its zone."""
    if not order.cron:
        return MANUAL
    said = words(parse(order.cron))
    more = "; paused" if order.paused else ""
    if order.next_run_at is not None:
        more = f"; next {order.next_run_at.astimezone(zone(order.tz)):%Y-%m-%d %H:%M %Z}"
    return f"{said[0].lower()}{said[1:]} ({order.tz}){more}"


WORTH_TELLING = 1_000_000
"""Bytes put aside on the way that are told."""


def duration(seconds: float) -> str:
    """Seconds as people read them."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
