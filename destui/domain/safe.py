"""Text from anywhere made safe for a terminal: controls become visible symbols, nothing else changes."""

from __future__ import annotations

import re
import unicodedata

# C0, C1, DEL, surrogates, line and paragraph separators, bidirectional controls, other invisible formatting, tags.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def _symbol(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return "\ufffd"


def visible(text: str) -> str:
    """One line that a terminal prints as it is read: controls, escapes and direction marks become symbols."""
    return _UNSAFE.sub(_symbol, text) if _UNSAFE.search(text) else text


def visible_lines(text: str) -> str:
    """The same for a text whose line breaks are kept (a driver's message)."""
    return "\n".join(visible(line.replace("\t", "    ")) for line in re.split(r"\r\n|\r|\n", text))


def limit_combining(text: str, most: int = 4) -> str:
    """Cut runs of combining marks (`Zalgo` text), which would spill over neighbouring lines."""
    if text.isascii():
        return text
    out: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= most:
            out.append(character)
    return "".join(out)


def cells(text: str) -> int:
    """How many cells of a terminal a text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)
