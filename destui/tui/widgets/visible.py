"""What is typed, made safe to show: an input's value keeps its characters, the screen never gets the raw ones."""

from __future__ import annotations

from rich.highlighter import Highlighter
from rich.text import Text

from destui.domain.safe import visible


class Visible(Highlighter):
    """Shows a control character in a value as a symbol; one for one, so that the caret stays right."""

    def highlight(self, text: Text) -> None:
        """Replace what is not to be printed."""
        text.plain = visible(text.plain)


class VisibleUrl(Visible):
    """And of a URL that is being typed only the scheme: what follows may hold a password."""

    def __init__(self, mask: str) -> None:
        self._mask = mask

    def highlight(self, text: Text) -> None:
        """Replace what is not to be printed or not to be seen."""
        scheme, separator, rest = text.plain.partition("://")
        text.plain = visible(scheme) + separator + self._mask * len(rest)
