"""Fields in a column that scrolls, where the one that is being filled in stays in view."""

from __future__ import annotations

from textual.containers import VerticalScroll
from textual.geometry import Size
from textual.widget import Widget

from destui.tui.widgets.fields import ROW


class FieldScroll(VerticalScroll, can_focus=False):
    """Lines that appear above the field with the focus, or a smaller terminal, do not push it out of sight."""

    def watch_virtual_size(self, before: Size, now: Size) -> None:
        """Lines have come or gone."""
        if before.height != now.height:
            self.call_after_refresh(self._keep_in_view)

    def on_resize(self) -> None:
        """The terminal, or what stands beside, has changed."""
        self.call_after_refresh(self._keep_in_view)

    def _keep_in_view(self) -> None:
        """Its row with what is told of it; where that is too high, the field itself, which comes last."""
        focused = self.screen.focused
        if focused is None or self not in focused.ancestors:
            return
        rows = [node for node in focused.ancestors if isinstance(node, Widget) and node.has_class(ROW)]
        for widget in (*rows, focused):
            self.scroll_to_widget(widget, animate=False, immediate=True)
