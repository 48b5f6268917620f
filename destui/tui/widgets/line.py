"""The base of lean widgets: lines made of runs of one style each, without layout, markup or children."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from destui.domain.fuzzy import match
from destui.tui.text import width

Run = tuple[str, Style]
"""A text that is safe to print, and its style."""
Runs = list[Run]


def runs_width(runs: Sequence[Run]) -> int:
    """How many cells they take."""
    return sum(width(text) for text, _ in runs)


def spread(left: Sequence[Run], right: Sequence[Run], cells: int, space: Style) -> Runs:
    """Both on one line of `cells`: `left` at its start, `right` at its end. `left` is cut where they would meet."""
    room = max(0, cells - runs_width(right))
    kept = crop(left, room)
    return [*kept, (" " * (room - runs_width(kept)), space), *right]


def crop(runs: Sequence[Run], cells: int) -> Runs:
    """At most `cells` wide."""
    out: Runs = []
    for text, style in runs:
        size = width(text)
        if size > cells:
            from rich.cells import set_cell_size

            out.append((set_cell_size(text, cells), style))
            break
        out.append((text, style))
        cells -= size
    return out


def marked(text: str, pattern: str, style: Style, hit_look: Style) -> Runs:
    """A text; the letters that the words of a filter find in it have `hit_look` too."""
    hits = {p for word in pattern.split() if (hit := match(word, text)) for p in hit[1]}
    runs: Runs = []
    for position, letter in enumerate(text):
        look = style + hit_look if position in hits else style
        if runs and runs[-1][1] == look:
            runs[-1] = (runs[-1][0] + letter, look)
        else:
            runs.append((letter, look))
    return runs


def join(runs: Sequence[Run]) -> Runs:
    """Neighbours of one look as one run, blanks with the run before them: fewer colour changes on the line."""
    out: Runs = []
    for text, style in runs:
        if not text:
            continue
        if out and (out[-1][1] == style or (text.isspace() and _same_blank(style, out[-1][1]))):
            out[-1] = (out[-1][0] + text, out[-1][1])
        else:
            out.append((text, style))
    return out


def _same_blank(one: Style, other: Style) -> bool:
    """A blank looks the same in both styles."""
    return (one.bgcolor, bool(one.underline), bool(one.reverse)) == (
        other.bgcolor, bool(other.underline), bool(other.reverse),
    )  # fmt: skip


class Lines(Widget):
    """A widget of one or more lines. Subclasses give `lines()`; the height follows unless the styles fix it."""

    DEFAULT_CSS = "Lines { height: auto; }"

    _drawn: Sequence[Runs] = ()

    def lines(self, cells: int) -> Sequence[Sequence[Run]]:
        """What to show in a width of `cells`."""
        raise NotImplementedError

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One row a line."""
        return len(self.lines(width))

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """As wide as the widest line."""
        return max((runs_width(line) for line in self.lines(container.width)), default=0)

    def redraw(self) -> None:
        """Draw again only the lines that are not what they were at the last call; lay out anew when their number is."""
        cells = self.content_size.width
        old, self._drawn = self._drawn, [list(line) for line in self.lines(cells)]
        if len(old) != len(self._drawn):
            self.refresh(layout=True)
            return
        for y, (before, now) in enumerate(zip(old, self._drawn, strict=True)):
            if before != now:
                self.refresh(Region(0, y, cells, 1))

    def on_resize(self) -> None:
        """Another width: what was drawn last is no measure."""
        self._drawn = []

    def render_line(self, y: int) -> Strip:
        """One line as a strip, on this widget's background."""
        cells = self.content_size.width
        lines = self.lines(cells)
        background = Style(bgcolor=self.background_colors[1].rich_color)
        if y >= len(lines):
            return Strip.blank(cells, background)
        return strip_of(lines[y], cells, background)


def strip_of(runs: Sequence[Run], cells: int, background: Style) -> Strip:
    """The runs on a background, exactly `cells` wide."""
    segments = [Segment(text, background + style) for text, style in join(runs)]
    return Strip(segments).adjust_cell_length(cells, background)
