"""The actions of the list of destinations, as entries of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from destui.domain.destination import Status
from destui.domain.errors import limit_sentence
from destui.tui import actions
from destui.tui.actions import Action, Reason, register

if TYPE_CHECKING:
    from destui.tui.screens.destinations import DestinationsScreen

NO_ROW = "There is no destination under the cursor."
AWAY = "The store does not answer; ctrl+r tries again."


def _away(screen: DestinationsScreen) -> Reason:
    return AWAY if screen.stale else None


def _no_row(screen: DestinationsScreen) -> Reason:
    return None if screen.row else NO_ROW


def _open_reason(screen: DestinationsScreen) -> Reason:
    return _no_row(screen) or _away(screen)


def _add_reason(screen: DestinationsScreen) -> Reason:
    if screen.counts and screen.counts.at_limit:
        return limit_sentence(screen.counts.limit, screen.counts.contact)
    return _away(screen)


def _load_reason(screen: DestinationsScreen) -> Reason:
    if (row := screen.row) is None:
        return NO_ROW
    if row.status is Status.INITIALIZING:
        return f"{row.name} is waiting for its connection. Set up a load once it is Active."
    if row.status is Status.ERROR:
        return f"{row.name} is in Error. Press r to re-authorize it first."
    return _away(screen)


def _reauthorize_reason(screen: DestinationsScreen) -> Reason:
    if (row := screen.row) is None:
        return NO_ROW
    if row.status is Status.INITIALIZING:
        return f"{row.name} is initializing. Wait until it has ended, or stop it with t."
    return _away(screen)


def _check_reason(screen: DestinationsScreen) -> Reason:
    return _away(screen) or (None if screen.selected else _no_row(screen))


def _stop_reason(screen: DestinationsScreen) -> Reason:
    if (row := screen.row) is None:
        return NO_ROW
    if row.progress is None and row.status is not Status.INITIALIZING:
        return f"No check of {row.name} is running."
    return _away(screen)


def _copy_reason(screen: DestinationsScreen) -> Reason:
    if (row := screen.row) is None:
        return NO_ROW
    if row.status is Status.ERROR or screen.shows_diagnosis:
        return None
    return f"No error here. {row.name} is {row.status.label}."


def _undo_reason(screen: DestinationsScreen) -> Reason:
    return None if screen.deleted else "Nothing to undo. Nothing was deleted in this session."


def _duplicate_reason(screen: DestinationsScreen) -> Reason:
    return _no_row(screen) or _add_reason(screen)


def _scroll_reason(screen: DestinationsScreen) -> Reason:
    return None if screen.details_overflow else "The details are shown whole."


def _bulk(word: str, screen: DestinationsScreen) -> str:
    return f"{word} {len(screen.selected)}" if screen.selected else word


SECTION, LIST = "Destinations", "List"

# fmt: off
ADD = register(Action(
    "add", ("a",), "Add", "Add", lambda s: s.add(), _add_reason, SECTION, changes=True, pinned=True, opens=True,
))
OPEN = register(Action(
    "open", ("enter",), "Open", "Open the page", lambda s: s.open_page(), _open_reason, SECTION, pinned=True,
    opens=True,
))
DETAILS = register(Action(
    "details", ("space", "plus"), "Details", "Show or hide details", lambda s: s.toggle_details(), _no_row, SECTION,
    titled=lambda s: "Close" if s.details_open else "Details",
))
LOAD = register(Action(
    "load", ("l",), "Load", "Set up a load", lambda s: s.set_up_load(), _load_reason, SECTION, changes=True,
    opens=True,
))
REAUTHORIZE = register(Action(
    "reauthorize", ("r",), "Re-authorize", "Re-authorize", lambda s: s.reauthorize(), _reauthorize_reason, SECTION,
    changes=True, opens=True,
))
CHECK = register(Action(
    "check", ("c",), "Check", "Check now", lambda s: s.check(), _check_reason, SECTION, changes=True,
    titled=lambda s: _bulk("Check", s),
))
STOP = register(Action(
    "stop", ("t",), "Stop", "Stop the check", lambda s: s.cancel(), _stop_reason, SECTION, changes=True,
))
DELETE = register(Action(
    "delete", ("d", "delete"), "Delete", "Delete", lambda s: s.delete(), _check_reason, SECTION, changes=True,
    opens=True, titled=lambda s: _bulk("Delete", s),
))
UNDO = register(Action(
    "undo", ("u",), "Undo", "Undo the last delete", lambda s: s.undo(), _undo_reason, SECTION, changes=True,
))
DUPLICATE = register(Action(
    "duplicate", ("D",), "Duplicate", "Duplicate", lambda s: s.duplicate(), _duplicate_reason, SECTION, changes=True,
    opens=True,
))
TRASH = register(Action(
    "trash", ("T",), "Trash", "What was deleted", lambda s: s.open_trash(), _away, SECTION, changes=True,
    opens=True,
))
COPY = register(Action("copy", ("y",), "Copy", "Copy the diagnosis", lambda s: s.copy(), _copy_reason, SECTION))
SELECT = register(Action("select", ("x",), "Select", "Select", lambda s: s.toggle_selected(), _no_row, SECTION))

FILTER = register(Action("filter", ("slash",), "Filter", "Filter", lambda s: s.open_filter(), section=LIST))
SORT = register(Action(
    "sort", ("s",), "Sort", "Sort by the next column", lambda s: s.sort_next(), section=LIST, together="Sort, reverse",
))
REVERSE = register(Action(
    "reverse", ("S",), "Reverse", "Reverse the order", lambda s: s.reverse_order(), section=LIST,
    together="Sort, reverse",
))
SCROLL_UP = register(Action(
    "details_up", ("shift+up",), "Scroll", "Scroll the details up", lambda s: s.scroll_details(-1), _scroll_reason,
    LIST, quiet=True, together="Scroll the details",
))
SCROLL_DOWN = register(Action(
    "details_down", ("shift+down",), "Scroll", "Scroll the details down", lambda s: s.scroll_details(1), _scroll_reason,
    LIST, quiet=True, together="Scroll the details",
))

LIST_ACTIONS = (
    ADD, OPEN, DETAILS, LOAD, REAUTHORIZE, CHECK, STOP, DELETE, UNDO, DUPLICATE, TRASH, COPY, SELECT,
    FILTER, SORT, REVERSE, SCROLL_UP, SCROLL_DOWN, *actions.EVERYWHERE,
)
# fmt: on


def footer_of(screen: DestinationsScreen) -> tuple[Action, ...]:
    """The footer's actions by what the list shows now, most used first."""
    everywhere = (actions.HELP, actions.QUIT)
    if screen.stale or screen.refusal:
        return (OPEN, actions.RETRY, DETAILS, FILTER, *everywhere)
    if screen.is_empty:
        return (ADD, UNDO, actions.LOAD_ORDERS, actions.ACTIVITY, *everywhere)
    if screen.selected:
        return (SELECT, CHECK, DELETE, actions.BACK, actions.HELP)
    stop = (STOP,) if screen.row and screen.row.progress else ()
    if screen.details_open:
        return (OPEN, DETAILS, *stop, COPY, SCROLL_DOWN, REAUTHORIZE, LOAD, CHECK, DELETE, actions.HELP)
    undo = (UNDO,) if screen.deleted else ()
    return (OPEN, ADD, DETAILS, *stop, LOAD, REAUTHORIZE, CHECK, DELETE, *undo, FILTER, *everywhere)
