"""`destui load run`, `pause`, `resume`, `cancel` and `delete`."""

from __future__ import annotations

import sys

from destui.cli.arguments import Arguments, usage
from destui.cli.load_following import wait_if_asked
from destui.cli.session import open_session
from destui.domain.errors import DestuiError, NotFound
from destui.domain.orders import LoadOrder, OrderStatus
from destui.domain.safe import visible
from destui.services.context import Context


def _found(arguments: Arguments) -> tuple[Context, list[LoadOrder]]:
    names = arguments.names(1, None, "a NAME")
    ctx = open_session(to_change=True)
    from destui.services import loads

    return ctx, [loads.find(ctx, name) for name in dict.fromkeys(names)]


def run_run(arguments: Arguments) -> int:
    """Run them now, and wait when asked to."""
    ctx, orders = _found(arguments)
    from destui.services import loads

    if (sentence := loads.missing_packages(ctx)) is not None:
        raise DestuiError(sentence)
    asked = loads.run_now(ctx, [order.id for order in orders])
    code = 0
    for order in orders:
        if order.id in asked:
            code = max(code, wait_if_asked(ctx, order.name, asked[order.id], arguments))
    return code


def run_pause(arguments: Arguments) -> int:
    """Let their schedules rest."""
    ctx, orders = _found(arguments)
    from destui.services import loads

    _ensure_schedules(orders, "pause")
    loads.pause(ctx, [order.id for order in orders])
    print(f"Paused: {_listed(orders)}.")
    return 0


def run_resume(arguments: Arguments) -> int:
    """Have their schedules go on."""
    ctx, orders = _found(arguments)
    from destui.services import loads

    _ensure_schedules(orders, "resume")
    loads.resume(ctx, [order.id for order in orders])
    print(f"Going on by schedule: {_listed(orders)}.")
    return 0


def _ensure_schedules(orders: list[LoadOrder], to: str) -> None:
    if by_hand := [order for order in orders if not order.cron]:
        are = "is run by hand: it has" if len(by_hand) == 1 else "are run by hand: they have"
        raise usage("load", f"{_listed(by_hand)} {are} no schedule to {to}")


def run_cancel(arguments: Arguments) -> int:
    """Stop what runs or waits of them."""
    ctx, orders = _found(arguments)
    from destui.services import loads

    stopped = [order for order in orders if loads.stop_runs(ctx, [order.id])]
    if not stopped:
        raise NotFound(f"No run of {_listed(orders)} goes on.")
    print(f"Being stopped: {_listed(stopped)}. What is in the table stays as it was.")
    return 0


def run_delete(arguments: Arguments) -> int:
    """Ask, then delete."""
    if not arguments.flag("yes") and not sys.stdin.isatty():
        raise usage("load", "delete needs --yes where nobody can be asked")
    ctx, orders = _found(arguments)
    from destui.services import loads

    if not arguments.flag("yes"):
        running = any(order.status is OrderStatus.RUNNING for order in orders)
        more = " What runs is stopped." if running else ""
        answer = input(f"Delete {_listed(orders)} with the history of runs?{more} What was loaded stays. Type yes: ")
        if answer.strip().lower() not in ("y", "yes"):
            print("Nothing was deleted.")
            return 1
    loads.delete(ctx, [order.id for order in orders])
    print(f"Deleted {_listed(orders)}. What was loaded stays.")
    return 0


def _listed(orders: list[LoadOrder]) -> str:
    return ", ".join(visible(order.name) for order in orders)
