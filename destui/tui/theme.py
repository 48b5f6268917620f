"""The palette of the four themes, and the inks that rendering code writes with.

TCSS uses the palette's names as variables (`$muted`); render code asks `ink_of(widget)` for the same names as
styles. Nothing else in the interface names a colour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from rich.style import Style
from textual.dom import DOMNode
from textual.theme import Theme

from destui.tui.glyphs import ASCII, UNICODE, Marks

DARK = MappingProxyType(
    {
        "bg": "#121417", "surface": "#191c20", "raised": "#22262b", "cursor": "#2d323a", "line": "#3d434b",
        "text": "#e4e7eb", "muted": "#a1a8b2", "accent": "#7aaeff", "button": "#2f6ce0", "on-button": "#ffffff",
        "danger": "#b42a24", "ok": "#5fbf8b", "work": "#e0b04c", "bad": "#ff8278", "chart": "#7b838e",
    }
)  # fmt: skip
LIGHT = MappingProxyType(
    {
        "bg": "#fcfcfd", "surface": "#f3f4f6", "raised": "#ebedf0", "cursor": "#dde2ea", "line": "#cdd2d9",
        "text": "#1c2024", "muted": "#555d68", "accent": "#1a56c4", "button": "#2360d2", "on-button": "#ffffff",
        "danger": "#b3261e", "ok": "#14693f", "work": "#7a5000", "bad": "#b3261e", "chart": "#78808b",
    }
)  # fmt: skip
_FLAT = {
    "bg": "ansi_default", "surface": "ansi_default", "raised": "ansi_default", "cursor": "ansi_default",
    "line": "ansi_bright_black", "text": "ansi_default", "muted": "ansi_default", "accent": "ansi_default",
    "button": "ansi_blue", "on-button": "ansi_bright_white", "danger": "ansi_red", "ok": "ansi_green",
    "work": "ansi_yellow", "bad": "ansi_bright_red", "chart": "ansi_default",
}  # fmt: skip
ANSI_DARK = MappingProxyType(_FLAT)
ANSI_LIGHT = MappingProxyType({**_FLAT, "work": "ansi_default", "bad": "ansi_red"})

PALETTES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"dark": DARK, "light": LIGHT, "ansi-dark": ANSI_DARK, "ansi-light": ANSI_LIGHT}
)


def _stock(palette: Mapping[str, str]) -> dict[str, str]:
    """What Textual's own widgets call the palette's colours."""
    return {
        "border": palette["muted"],
        "border-blurred": palette["line"],
        "foreground-muted": palette["muted"],
        "text-muted": palette["muted"],
        "text-disabled": palette["muted"],
        "scrollbar": palette["line"],
        "scrollbar-hover": palette["line"],
        "scrollbar-active": palette["muted"],
        "scrollbar-background": palette["bg"],
        "scrollbar-background-hover": palette["bg"],
        "scrollbar-background-active": palette["bg"],
        "scrollbar-corner-color": palette["bg"],
        "input-cursor-background": palette["text"],
        "input-cursor-foreground": palette["bg"],
        "input-cursor-text-style": "none",
        "input-selection-background": palette["line"],
        "block-cursor-background": palette["cursor"],
        "block-cursor-foreground": palette["text"],
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": palette["cursor"],
        "block-cursor-blurred-foreground": palette["text"],
        "block-hover-background": palette["raised"],
    }


def _theme(name: str, palette: Mapping[str, str]) -> Theme:
    ansi = name.startswith("ansi")
    variables = {**palette, **_stock(palette)}
    if ansi:
        light = name == "ansi-light"
        variables |= {
            "ansi-background": "ansi_white" if light else "ansi_black",
            "ansi-foreground": "ansi_black" if light else "ansi_white",
            "input-cursor-text-style": "reverse",
            "input-cursor-foreground": "ansi_default",
            "input-cursor-background": "ansi_default",
            "block-cursor-text-style": "reverse",
        }
    return Theme(
        name=name,
        primary=palette["button"],
        secondary=palette["muted"],
        warning=palette["work"],
        error=palette["bad"],
        success=palette["ok"],
        accent=palette["accent"],
        foreground=palette["text"],
        background=palette["bg"],
        surface=palette["surface"],
        panel=palette["raised"],
        boost=palette["raised"],
        dark="light" not in name,
        ansi=ansi,
        variables=variables,
    )


def themes() -> list[Theme]:
    """The four themes, ready to register."""
    return [_theme(name, palette) for name, palette in PALETTES.items()]


@dataclass(frozen=True)
class Ink:
    """Everything render code writes with under one theme: styles by the palette's names, and the marks.

    `work_word` and `bad_word` are the words beside the marks: in 16 colours only marks are coloured.
    """

    text: Style
    muted: Style
    strong: Style
    muted_strong: Style
    accent: Style
    ok: Style
    work: Style
    work_word: Style
    bad: Style
    bad_word: Style
    failed: Style
    hit: Style
    line: Style
    chart: Style
    well: Style
    cursor: Style
    """The row under the cursor."""
    cursor_blurred: Style
    """The same when the focus is elsewhere."""
    flat: bool
    """Backgrounds do not tell areas apart: lines do."""
    marks: Marks


def ink_of(node: DOMNode) -> Ink:
    """The inks of the theme, colours and marks that are in use where `node` is shown."""
    app = node.app
    return make_ink(app.theme, no_color=app.no_color, ascii_marks=app.has_class("-ascii"))


@cache
def make_ink(theme: str, *, no_color: bool = False, ascii_marks: bool = False) -> Ink:
    """The inks of one theme; `no_color` is the mono column of the palette."""
    marks = ASCII if ascii_marks else UNICODE
    palette = PALETTES.get(theme, DARK)
    return _flat_ink(palette, no_color, marks) if palette["bg"] == "ansi_default" else _colour_ink(palette, marks)


def _colour_ink(palette: Mapping[str, str], marks: Marks) -> Ink:
    def ink(name: str, **attributes: bool) -> Style:
        return Style(color=palette[name], **attributes)  # type: ignore[arg-type]

    return Ink(
        text=ink("text"),
        muted=ink("muted"),
        strong=ink("text", bold=True),
        muted_strong=ink("muted", bold=True),
        accent=ink("accent", bold=True),
        ok=ink("ok"),
        work=ink("work"),
        work_word=ink("work"),
        bad=ink("bad"),
        bad_word=ink("bad"),
        failed=ink("bad", bold=True),
        hit=ink("text", bold=True, underline=True),
        line=ink("line"),
        chart=ink("chart"),
        well=Style(color=palette["text"], bgcolor=palette["bg"]),
        cursor=Style(color=palette["text"], bgcolor=palette["cursor"]),
        cursor_blurred=Style(color=palette["text"], bgcolor=palette["raised"]),
        flat=False,
        marks=marks,
    )


def _flat_ink(palette: Mapping[str, str], no_color: bool, marks: Marks) -> Ink:
    def mark(name: str, **attributes: bool) -> Style:
        colour = palette[name].removeprefix("ansi_")
        plain = no_color or colour == "default"
        return Style(color=None if plain else colour, **attributes)  # type: ignore[arg-type]

    plain, dim, bold = Style(), Style(dim=True), Style(bold=True)
    return Ink(
        text=plain,
        muted=dim,
        strong=bold,
        muted_strong=bold,
        accent=bold,
        ok=mark("ok"),
        work=mark("work"),
        work_word=plain,
        bad=mark("bad", bold=True),
        bad_word=bold,
        failed=mark("bad", bold=True),
        hit=Style(bold=True, underline=True),
        line=mark("line"),
        chart=dim,
        well=plain,
        cursor=Style(reverse=True),
        cursor_blurred=Style(bold=True),
        flat=True,
        marks=marks,
    )
