"""What can be done in the dialog that sets up a load."""

from __future__ import annotations

from destui.tui.actions import Action, register
from destui.tui.dialogs.base import FORM, LAST_FIELD, NEXT_FIELD
from destui.tui.dialogs.choose_type import HELP

SAVE = register(Action(
    "save_load", ("ctrl+s",), "Save", "Save the load order", lambda s: s.save(), lambda s: s.busy_reason(), FORM,
    changes=True,
))  # fmt: skip
SAVE_AND_RUN = register(Action(
    "save_and_run", ("ctrl+n",), "Save and run", "Save the load order and run it now", lambda s: s.save(run=True),
    lambda s: s.busy_reason(), FORM, changes=True, titled=lambda s: "Run" if s.has_class("-narrow") else "Save and run",
))  # fmt: skip
PREVIEW = register(Action(
    "preview_load", ("ctrl+t",), "Preview", "Look at the source and the table", lambda s: s.look(), section=FORM,
))  # fmt: skip
MORE = register(Action(
    "more_of_load", ("ctrl+o",), "More", "Files, missed times, new columns", lambda s: s.show_more(),
    lambda s: "All fields are shown." if s.form.more else None, FORM,
))  # fmt: skip
SCROLL_UP = register(Action(
    "preview_up", ("shift+up",), "Scroll", "Scroll the preview up", lambda s: s.scroll_preview(-1), section=FORM,
    together="Scroll the preview",
))  # fmt: skip
SCROLL_DOWN = register(Action(
    "preview_down", ("shift+down",), "Scroll", "Scroll the preview down", lambda s: s.scroll_preview(1), section=FORM,
    together="Scroll the preview",
))  # fmt: skip
LEFT = register(Action(
    "preview_left", ("shift+left",), "Columns", "Other columns of the preview", lambda s: s.sideways(-1),
    section=FORM, together="Columns of the preview, outside text fields",
))  # fmt: skip
RIGHT = register(Action(
    "preview_right", ("shift+right",), "Columns", "Other columns of the preview", lambda s: s.sideways(1),
    section=FORM, together="Columns of the preview, outside text fields",
))  # fmt: skip
LEAVE = register(Action("leave_load", ("escape",), "Cancel", "Close without saving", lambda s: s.go_back()))
ALL = (SAVE, SAVE_AND_RUN, PREVIEW, NEXT_FIELD, LAST_FIELD, MORE, SCROLL_UP, SCROLL_DOWN, LEFT, RIGHT, LEAVE, HELP)
"""In the order of the help."""
