"""The actions of load orders, as entries of the registry: in the left menu's page, in a destination's tab, and on an
order's own page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from destui.domain.orders import LoadOrder
from destui.tui import actions
from destui.tui.actions import Action, Reason, register

if TYPE_CHECKING:
    from destui.tui.screens.order_verbs import OrderVerbs

NO_ORDER = "There is no load order under the cursor."
AWAY = "The store does not answer; ctrl+r tries again."


def _away(screen: OrderVerbs) -> Reason:
    return AWAY if screen.is_away else None


def _no_order(screen: OrderVerbs) -> Reason:
    return None if screen.order else NO_ORDER


def _targets(screen: OrderVerbs) -> Reason:
    return _away(screen) or (None if screen.selected_orders else _no_order(screen))


def _targeted(screen: OrderVerbs) -> list[LoadOrder]:
    return screen.target_orders


def _run_reason(screen: OrderVerbs) -> Reason:
    order = screen.order
    if order is not None and order.running is not None and not screen.selected_orders:
        return f"{order.name} runs already. Stop it with t."
    return _targets(screen)


def _stop_reason(screen: OrderVerbs) -> Reason:
    if reason := _targets(screen):
        return reason
    if screen.orders_to_stop:
        return None
    return f"No run of {screen.order.name} goes on." if screen.order else "None of these runs."


def _pause_reason(screen: OrderVerbs) -> Reason:
    if reason := _targets(screen):
        return reason
    if any(order.cron for order in _targeted(screen)):
        return None
    return f"{screen.order.name} is run by hand: there is no schedule to pause." if screen.order else "None of these."


def _copy_reason(screen: OrderVerbs) -> Reason:
    if screen.shown_diagnosis is not None:
        return None
    return _no_order(screen) or "There is no diagnosis here to copy."


def _bulk(word: str, screen: OrderVerbs) -> str:
    return f"{word} {len(screen.selected_orders)}" if screen.selected_orders else word


def _stop_title(screen: OrderVerbs) -> str:
    meant = len(screen.orders_to_stop)
    return f"Stop {meant}" if screen.selected_orders and meant else "Stop run"


def _pause_title(screen: OrderVerbs) -> str:
    word = "Resume" if screen.would_resume else "Pause"
    return f"{word} {len(screen.orders_to_pause)}" if screen.selected_orders else word


def _scroll_reason(screen: OrderVerbs) -> Reason:
    return None if screen.order_details_overflow else "The details are shown whole."


SECTION, LIST = "Load orders", "List"

# fmt: off
OPEN = register(Action(
    "open_order", ("enter",), "Open", "Open the load order's page", lambda s: s.open_order(),
    lambda s: _no_order(s) or _away(s), SECTION, opens=True,
))
DETAILS = register(Action(
    "order_details", ("space", "plus"), "Details", "Show or hide details", lambda s: s.toggle_order_details(),
    _no_order, SECTION, titled=lambda s: "Close" if s.order_details_open else "Details",
))
RUN = register(Action(
    "run_order", ("n",), "Run now", "Run now", lambda s: s.run_orders(), _run_reason, SECTION, changes=True,
    titled=lambda s: _bulk("Run", s) if s.selected_orders else "Run now",
))
PAUSE = register(Action(
    "pause_order", ("p",), "Pause", "Pause or resume the schedule", lambda s: s.pause_or_resume(), _pause_reason,
    SECTION, changes=True, titled=_pause_title,
))
STOP = register(Action(
    "stop_run", ("t",), "Stop run", "Stop the run", lambda s: s.stop_runs(), _stop_reason, SECTION, changes=True,
    titled=_stop_title,
))
EDIT = register(Action(
    "edit_order", ("e",), "Edit", "Edit the load order", lambda s: s.edit_order(),
    lambda s: _away(s) or _no_order(s), SECTION, changes=True, opens=True,
))
DUPLICATE = register(Action(
    "duplicate_order", ("D",), "Duplicate", "Duplicate the load order", lambda s: s.duplicate_order(),
    lambda s: _away(s) or _no_order(s), SECTION, changes=True, opens=True,
))
DELETE = register(Action(
    "delete_order", ("d", "delete"), "Delete", "Delete the load order", lambda s: s.delete_orders(), _targets, SECTION,
    changes=True, opens=True, titled=lambda s: _bulk("Delete", s),
))
SELECT = register(Action(
    "select_order", ("x",), "Select", "Select", lambda s: s.toggle_order_selected(), _no_order, SECTION,
))
COPY = register(Action(
    "copy_run", ("y",), "Copy", "Copy the diagnosis", lambda s: s.copy_run(), _copy_reason, SECTION, quiet=True,
))
SORT = register(Action(
    "sort_orders", ("s",), "Sort", "Sort by the next column", lambda s: s.sort_orders(), section=LIST,
    together="Sort, reverse",
))
REVERSE = register(Action(
    "reverse_orders", ("S",), "Reverse", "Reverse the order", lambda s: s.reverse_orders(), section=LIST,
    together="Sort, reverse",
))
FILTER = register(Action(
    "filter_orders", ("slash",), "Filter", "Filter the load orders", lambda s: s.open_order_filter(),
    lambda s: None if s.order_total else "There is no load order to look for.", LIST,
))
SCROLL_UP = register(Action(
    "order_details_up", ("shift+up",), "Scroll", "Scroll the details up", lambda s: s.scroll_order_details(-1),
    _scroll_reason, LIST, quiet=True, together="Scroll the details",
))
SCROLL_DOWN = register(Action(
    "order_details_down", ("shift+down",), "Scroll", "Scroll the details down", lambda s: s.scroll_order_details(1),
    _scroll_reason, LIST, quiet=True, together="Scroll the details",
))
LOAD_ELSEWHERE = register(Action(
    "load_elsewhere", ("l",), "Load", "Set up a load", lambda s: None,
    lambda s: "A load is set up on a destination that is Active: press 1, choose one, press l there.", SECTION,
    changes=True, quiet=True,
))
# fmt: on

ROW_ACTIONS = (
    OPEN, DETAILS, RUN, PAUSE, STOP, EDIT, DUPLICATE, DELETE, COPY, SELECT, FILTER, SORT, REVERSE, SCROLL_UP,
    SCROLL_DOWN,
)  # fmt: skip
"""Where orders are listed."""
MENU_ACTIONS = (*ROW_ACTIONS, LOAD_ELSEWHERE, *actions.EVERYWHERE)
PAGE_ACTIONS = (RUN, PAUSE, STOP, EDIT, DUPLICATE, DELETE, COPY, SCROLL_UP, SCROLL_DOWN, *actions.EVERYWHERE)


def footer_of(screen: OrderVerbs, *more: Action) -> tuple[Action, ...]:
    """What the footer shows where orders are listed, most used first; `more` comes after opening."""
    if screen.is_away or screen.refusal:
        return (OPEN, actions.RETRY, DETAILS)
    if screen.selected_orders:
        return (SELECT, RUN, PAUSE, STOP, DELETE)
    stop = (STOP,) if screen.order and screen.order.running else ()
    copy = (COPY,) if screen.order_details_open else ()
    return (OPEN, *more, RUN, *stop, DETAILS, *copy, PAUSE, EDIT, DUPLICATE, DELETE, FILTER)
