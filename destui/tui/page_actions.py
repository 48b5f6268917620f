"""The actions of a destination's page, as entries of the registry. What the list offers too is the same entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from destui.tui import actions, list_actions, order_actions
from destui.tui.actions import Action, Reason, register

if TYPE_CHECKING:
    from destui.tui.screens.destination import DestinationScreen


def _editing(screen: DestinationScreen) -> Reason:
    return None if screen.form is not None else "Nothing is being edited. Press e on the tab Settings."


def _not_editing(screen: DestinationScreen) -> Reason:
    if screen.form is not None:
        return "It is being edited. Save with ctrl+s, or leave with escape."
    return None if screen.row else "The destination is still being read."


def _copy_reason(screen: DestinationScreen) -> Reason:
    check = screen.shown_check or (screen.destination.check if screen.destination else None)
    return None if check and check.diagnosis else "There is no diagnosis here to copy."


def _compare_reason(screen: DestinationScreen) -> Reason:
    if screen.form is not None or screen.shown_check is None:
        return "Checks are compared on the tab Checks."
    return "This check has not ended yet." if screen.shown_check.state.is_open else None


def _rollback_reason(screen: DestinationScreen) -> Reason:
    if screen.destination is None or not screen.destination.can_roll_back:
        return "There is no earlier version to go back to."
    return _not_editing(screen)


SECTION, TABS = "This destination", "Tabs"

NEXT = register(
    Action(
        "next_tab", ("tab", "right_square_bracket"), "Next tab", "Next tab, next field", lambda s: s.go_on(1),
        section=TABS, opens=True, titled=lambda s: "Next field" if s.form else "Next tab",
    )
)  # fmt: skip
LAST = register(
    Action(
        "last_tab", ("shift+tab", "left_square_bracket"), "Last tab", "Last tab, last field", lambda s: s.go_on(-1),
        section=TABS, opens=True,
    )
)  # fmt: skip
EDIT = register(
    Action("edit", ("e",), "Edit", "Edit the settings", lambda s: s.edit(), _not_editing, SECTION,
           changes=True, quiet=True, opens=True)
)  # fmt: skip
SAVE = register(
    Action("save_edit", ("ctrl+s",), "Save", "Save the settings", lambda s: s.save(), _editing, SECTION,
           changes=True, quiet=True, opens=True)
)  # fmt: skip
ROLL_BACK = register(
    Action("roll_back", ("B",), "Roll back", "Go back to the version before", lambda s: s.roll_back(),
           _rollback_reason, SECTION, changes=True, quiet=True, opens=True)
)  # fmt: skip
COPY = register(
    Action("copy_check", ("y",), "Copy", "Copy the diagnosis", lambda s: s.copy(), _copy_reason, SECTION, quiet=True)
)

COMPARE = register(
    Action("compare", ("x",), "Compare", "Compare other checks with this one", lambda s: s.mark_check(),
           _compare_reason, SECTION, quiet=True, titled=lambda s: "Compare no more" if s.marks_shown else "Compare")
)  # fmt: skip

PAGE_ACTIONS = (
    NEXT, LAST, *order_actions.ROW_ACTIONS, list_actions.SCROLL_UP, list_actions.SCROLL_DOWN, EDIT, SAVE, ROLL_BACK,
    COPY, COMPARE, list_actions.CHECK, list_actions.STOP, list_actions.REAUTHORIZE, list_actions.LOAD,
    list_actions.DUPLICATE, list_actions.DELETE, *actions.EVERYWHERE,
)  # fmt: skip


BY_TAB = frozenset({
    EDIT, COPY, list_actions.SCROLL_UP, list_actions.SCROLL_DOWN, list_actions.STOP, list_actions.DUPLICATE,
    list_actions.DELETE,
})  # fmt: skip
"""Their keys are the load orders' while these are listed."""


BUTTONS = {"set-up-load": list_actions.LOAD, "check-now": list_actions.CHECK}
"""The one button at the upper right is one of these."""


def button_of(screen: DestinationScreen) -> Action | None:
    """By tab; a form has a button of its own."""
    if screen.form is not None:
        return None
    return list_actions.LOAD if screen.tab == "loads" else list_actions.CHECK


def footer_of(screen: DestinationScreen) -> tuple[Action, ...]:
    """By tab, most used first."""
    ends = (actions.BACK, actions.HELP)
    if screen.form is not None:
        return (NEXT, SAVE, *ends)
    if screen.stale or screen.refusal:
        return (NEXT, actions.RETRY, *ends)
    stop = (list_actions.STOP,) if screen.row and screen.row.progress else ()
    if screen.lists_orders:
        return (*order_actions.footer_of(screen, list_actions.LOAD), NEXT, *ends)
    about = {
        "settings": (EDIT, list_actions.REAUTHORIZE, ROLL_BACK, list_actions.DUPLICATE, list_actions.DELETE),
        "checks": (list_actions.CHECK, COPY, list_actions.REAUTHORIZE),
        "loads": (list_actions.LOAD, list_actions.CHECK, list_actions.REAUTHORIZE, list_actions.DELETE),
    }.get(screen.tab, (list_actions.CHECK, list_actions.REAUTHORIZE, list_actions.DELETE))
    # Where there is little room, the way back matters more than comparing.
    more = (COMPARE,) if screen.tab == "checks" else ()
    return (NEXT, *stop, *about, list_actions.SCROLL_DOWN, actions.BACK, *more, actions.HELP)
