"""Text from anywhere made safe for a terminal: controls become visible symbols, nothing else changes."""

from __future__ import annotations

# C0, DEL and C1, line and paragraph separators, bidirectional controls, other invisible formatting, surrogates, tags.
_UNSAFE = (
    (0x00, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x61C, 0x61C), (0x180E, 0x180E), (0x200B, 0x200F), (0x2028, 0x202E),
    (0x2060, 0x206F), (0xD800, 0xDFFF), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0xE0000, 0xE007F),
)  # fmt: skip


def _shown(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return "\ufffd" if any(first <= code <= last for first, last in _UNSAFE) else character


def visible(text: str) -> str:
    """One line that a terminal prints as it is read: controls, escapes and direction marks become symbols."""
    return text if text.isprintable() else "".join(map(_shown, text))  # nothing unsafe is printable to Python


def visible_lines(text: str) -> str:
    """The same for a text whose line breaks are kept (a driver's message)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(visible(line.replace("\t", "    ")) for line in lines)


def limit_combining(text: str, most: int = 4) -> str:
    """Cut runs of combining marks (`Zalgo` text), which would spill over neighbouring lines."""
    if not text or max(text) < "\u0300":  # the first combining mark
        return text
    import unicodedata  # only here: it takes a while, and most texts need it not

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
    import unicodedata

    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)
