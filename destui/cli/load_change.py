"""`destui load add`, `destui load edit` and `destui load duplicate`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from destui.cli.arguments import Arguments, usage
from destui.cli.ladders import print_diagnosis
from destui.cli.load_following import wait_if_asked
from destui.cli.load_output import schedule_words
from destui.cli.output import warn
from destui.cli.session import open_session
from destui.domain.errors import DestuiError, InvalidInput, Problem
from destui.domain.loads import FileOptions, Mode
from destui.domain.orders import LoadOrder, Missed, OrderDraft
from destui.domain.safe import visible
from destui.domain.schedule import CronMistake
from destui.services import browse
from destui.services.context import Context


def run_add(arguments: Arguments) -> int:
    """Set an order up, and run it when asked to."""
    name, destination, table, source = arguments.names(4, 4, "NAME DESTINATION TABLE SOURCE")
    if arguments.flag("wait") and not arguments.flag("run"):
        raise usage("load", "add --wait goes with --run: otherwise nothing runs")
    ctx = open_session(to_change=True)
    from destui.services import loads

    if (sentence := loads.missing_packages(ctx)) is not None:
        raise DestuiError(sentence)
    place = browse.find(ctx, destination)
    draft = draft_of(OrderDraft(place.id, name, source, table), arguments)
    saved = _save(ctx, draft, run=arguments.flag("run"))
    order = loads.order(ctx, saved.order_id)
    print(
        f"Set up {visible(name)}: {visible(order.source.text)} into {visible(order.table)} of {visible(destination)}, "
        f"{order.mode.value}, {schedule_words(order)}."
    )
    if saved.run_id:
        return wait_if_asked(ctx, order.name, saved.run_id, arguments)
    _warn_of_trouble(ctx, order)
    return 0


def run_edit(arguments: Arguments) -> int:
    """Change an order."""
    (name,) = arguments.names(1, 1, "one NAME")
    if not arguments.options:
        raise usage("load", "edit needs something to change")
    ctx = open_session(to_change=True)
    from destui.services import loads

    before = loads.find(ctx, name).draft
    saved = _save(ctx, _renamed(draft_of(before, arguments), arguments))
    order = loads.order(ctx, saved.order_id)
    columns = ", columns are added to the table" if order.draft.add_columns else ""
    print(f"Changed {visible(order.name)}: {order.mode.value}{columns}, {schedule_words(order)}.")
    if _what_runs(order.draft) != _what_runs(before):
        _warn_of_trouble(ctx, order)
    return 0


def run_duplicate(arguments: Arguments) -> int:
    """Set up another order like one that there is; its schedule goes along."""
    name, new = arguments.names(2, 2, "NAME and the NEW name")
    ctx = open_session(to_change=True)
    from destui.services import loads

    draft = draft_of(loads.find(ctx, name).draft, arguments)
    draft = replace(_renamed(draft, arguments), name=new, order_id=None, version=None)
    order = loads.order(ctx, _save(ctx, draft).order_id)
    print(f"Set up {visible(order.name)} like {visible(name)}: {order.mode.value}, {schedule_words(order)}.")
    _warn_of_trouble(ctx, order)
    return 0


def _what_runs(draft: OrderDraft) -> tuple[object, ...]:
    return draft.source, draft.options, draft.table, draft.mode, draft.key, draft.add_columns


def _warn_of_trouble(ctx: Context, order: LoadOrder) -> None:
    """What a preview shows to be in the way of its runs."""
    from destui.services import load_sources

    if (trouble := load_sources.setup_trouble(ctx, order.draft)) is not None:
        warn(f"{visible(order.name)} is set up, and would not run as things are.")
        print_diagnosis(trouble)


def _renamed(draft: OrderDraft, arguments: Arguments) -> OrderDraft:
    """A draft with what else the options say."""
    given: dict[str, Any] = {
        key: value for key in ("name", "table", "source") if (value := arguments.value(key)) is not None
    }
    return replace(draft, **given)


def _save(ctx: Context, draft: OrderDraft, *, run: bool = False) -> Any:
    from destui.services import loads

    try:
        return loads.save(ctx, draft, run=run)
    except CronMistake as mistake:
        where = f"{mistake.sentence} It stands at character {mistake.at + 1}."
        raise InvalidInput([Problem("cron", where)]) from None


def draft_of(draft: OrderDraft, arguments: Arguments) -> OrderDraft:
    """A draft with what the options say. Raises InvalidInput."""
    changes: dict[str, Any] = {}
    if (mode := arguments.value("mode")) is not None:
        changes["mode"] = _one_of("mode", mode, Mode)
        if changes["mode"] is not Mode.MERGE:
            changes["key"] = ()
    if (missed := arguments.value("missed")) is not None:
        changes["missed"] = _one_of("missed", missed, Missed)
    if arguments.flag("key"):
        changes["key"] = tuple(key for key in arguments.values("key") if key)
    for name in ("cron", "tz"):
        if (given := arguments.value(name)) is not None:
            changes[name] = given
    if arguments.flag("add-columns") or arguments.flag("no-add-columns"):
        changes["add_columns"] = arguments.flag("add-columns")
    return replace(draft, options=_reading(draft.options, arguments), **changes)


def _one_of(name: str, given: str, choices: type[Mode] | type[Missed]) -> Mode | Missed:
    try:
        return choices(given.lower())
    except ValueError:
        raise InvalidInput([Problem(name, f"Choose one of {', '.join(choices)}.")]) from None


def _reading(options: FileOptions, arguments: Arguments) -> FileOptions:
    """How files are read, with what the options say."""
    changes: dict[str, Any] = {}
    for name in ("format", "delimiter", "quote", "encoding", "compression"):
        if (given := arguments.value(name)) is not None:
            changes[name] = given
    if changes.get("delimiter") in ("tab", "\\t"):
        changes["delimiter"] = "\t"
    if arguments.flag("header") or arguments.flag("no-header"):
        changes["header"] = not arguments.flag("no-header")
    if arguments.flag("null"):
        changes["null_words"] = tuple(word for word in arguments.values("null") if word)
    return replace(options, **changes)
