"""`destui load list` and `destui load show`."""

from __future__ import annotations

from datetime import UTC, datetime

from destui.cli.arguments import Arguments
from destui.cli.ladders import print_diagnosis
from destui.cli.load_output import (
    WORTH_TELLING,
    duration,
    mode_words,
    order_document,
    reading_words,
    schedule_words,
    task_words,
)
from destui.cli.output import local_time, print_columns, print_json
from destui.cli.session import open_session, see_to_worker
from destui.domain.orders import MANUAL, QUEUED, LoadOrder, LoadRun, RunStage
from destui.domain.safe import visible
from destui.domain.units import count, size
from destui.services import browse
from destui.services.context import Context

EVERYTHING = 2**31
SHOWN_RUNS = 10


def run_list(arguments: Arguments) -> int:
    """Print the orders, of one destination or of all."""
    names = arguments.names(0, 1, "at most one DESTINATION")
    ctx = open_session()
    from destui.services import loads

    found = loads.orders(ctx, browse.find(ctx, names[0]).id if names else None, 0, EVERYTHING)
    if arguments.flag("json"):
        print_json([order_document(order) for order in found])
    elif not found:
        into = f"into {visible(names[0])} yet" if names else "yet"
        print(f"There are no load orders {into}. Set one up with: destui load add NAME DESTINATION TABLE SOURCE")
    else:
        _print_table(found)
    see_to_worker(ctx)
    return 0


def _print_table(found: list[LoadOrder]) -> None:
    rows = [("NAME", "SOURCE", "INTO", "MODE", "SCHEDULE", "STATUS", "LAST RUN", "ROWS", "NEXT RUN")]
    for order in found:
        run = order.run
        rows.append((
            visible(order.name), visible(order.source.text), visible(f"{order.destination}: {order.table}"),
            order.mode.value, order.cron or MANUAL, _status(order),
            local_time(run.started_at or run.created_at) if run else "", f"{run.rows:,}" if run else "",
            local_time(order.next_run_at) if order.next_run_at else "",
        ))  # fmt: skip
    print_columns(rows)


def _status(order: LoadOrder) -> str:
    run = order.running
    if run is not None and run.waits_its_turn:
        return QUEUED
    if run is None or run.state is not RunStage.RUNNING or run.share is None:
        return order.status.label
    return f"{order.status.label} {run.share:.0%}"


def run_show(arguments: Arguments) -> int:
    """Print one order with its last runs."""
    (name,) = arguments.names(1, 1, "one NAME")
    ctx = open_session()
    from destui.services import loads

    order = loads.find(ctx, name)
    if arguments.flag("json"):
        print_json(order_document(order))
    else:
        _print(ctx, order)
    see_to_worker(ctx)
    return 0


def _print(ctx: Context, order: LoadOrder) -> None:
    from destui.services import loads

    facts = {
        "Name": order.name, "Source": order.source.text, "Into": f"{order.destination}: {order.table}",
        "Read as": reading_words(order.source.options),
        "Mode": mode_words(order.task), "Schedule": schedule_words(order),
        "Missed times": order.missed.value if order.cron else "", "Status": _status(order), "Set up by": order.by,
        "Waits": order.run.waits_for if order.run else "",
    }  # fmt: skip
    if order.cron and not order.paused:
        times = loads.times(ctx, order.cron, order.tz)
        facts["Next times"] = ", ".join(f"{moment:%a %Y-%m-%d %H:%M %Z}" for moment in times.next)
    for label, value in facts.items():
        if value:
            print(f"{label:<14}{visible(value)}")
    runs = loads.runs(ctx, order.id, 0, SHOWN_RUNS)
    if runs:
        print("\nRuns, the newest first")
    for run in runs:
        print(f"  {_run_line(run)}")
        if run.task not in (None, order.task):
            print(f"    it loaded {visible(task_words(run.task))}")
    if order.run is not None and order.run.diagnosis is not None:
        print()
        print_diagnosis(order.run.diagnosis)
    if order.run is not None:
        print("\nLog of the newest")
        for line in loads.run(ctx, order.run.id).log:
            print(f"  {visible(line)}")


def _run_line(run: LoadRun) -> str:
    seconds = run.seconds(datetime.now(UTC))
    parts = [
        local_time(run.started_at or run.created_at, seconds=True),
        f"{run.state.value:<8}",
        f"{count(run.rows, 'row'):>17}",
    ]
    if run.started_at is not None:
        parts.append(f"{duration(seconds):>9}")
    if run.pace:
        parts.append(f"{run.pace:,.0f} rows/s")
    if run.disk >= WORTH_TELLING:
        parts.append(f"{size(run.disk)} put aside")
    if run.columns_added:
        parts.append(f"added {', '.join(map(visible, run.columns_added))}")
    if run.diagnosis is not None:
        parts.append(f"{run.diagnosis.code} {visible(run.diagnosis.cause)}")
    return "  ".join(parts)
