"""Nasty texts: those that are known to break programs, and whatever hypothesis thinks of; and what must not come of it.

Every escape sequence in here has parameters with needless zeros (`ESC [ 0031 m`), or is one that destui never writes,
such as all that have no parameters but `ESC [ < u`: so that one which reaches a terminal can be told from destui's own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

GROUP = 5
"""Texts that are given at once."""
NASTY = (
    # Escapes: colours, title, clipboard, links, clearing, the other screen, answers, DCS, APC, C1, half of one.
    "\x1b[0031mred", "\x1b[0002J", "\x1b[0001;0001H", "\x1b[?001049l", "\x1b[?0025l", "\x1b]0;title\x07",
    "\x1b]2;title\x1b\\", "\x1b]52;c;b3duZWQ=\x07", "\x1b]8;;http://x\x07link\x1b]8;;\x07", "\x1bP+q544e\x1b\\",
    "\x1b_Gi=1;AAAA\x1b\\", "\x1b^pm\x1b\\", "\x1bXsos\x1b\\", "\x1bc", "\x1b#8", "\x1b(0qqq", "\x1b[0006n",
    "\x1b[00c", "\x9b0031mred", "\x9d0;title\x9c", "\x90q\x9c", "\x84\x85\x8d", "a\x1b", "\x1b[", "\x1b[0031",
    "\x0e\x0f", "\x05",
    # The same without parameters: saved and restored, keypad, home, clearing, plain, up, index, reset, alignment.
    "\x1b7a\x1b8", "\x1b=", "\x1b>", "\x1b[H", "\x1b[;H", "\x1b[J", "\x1b[K", "\x1b[m", "\x1b[s\x1b[u", "\x1b[A",
    "\x1bM", "\x1bD", "\x1b[!p", "\x1b(B", "\x9bH", "a\x1b[Hb",
    # Controls, blanks and line breaks of every kind.
    "\0", "a\0b", "\a", "a\bb", "\x7f", "\t", "a\tb", "\n", "a\nb", "a\r\nb", "\r", "\v\f", "\x1c\x1d\x1e\x1f",
    "\x85", "\u2028", "\u2029", "\xa0", "\u3000", "\u2000\u200a", "  two  ", " ", "",
    # Direction, width, combining, invisible, private, unassigned, halves.
    "\u202egnp.exe", "\u202a\u202b\u202c\u202d", "\u2066a\u2067b\u2068c\u2069", "\u200e\u200f\u061c", "שלום",
    "مرحبا", "a\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308", "\u0301", "e\u0301", "ﷺ﷽", "東京売上", "ｆｕｌｌ",
    "ﾊﾝｶｸ", "👩\u200d👩\u200d👧", "🇯🇵🇯", "☠\ufe0f", "☠\ufe0e", "\U000e0001\U000e0041",
    "\u200b\u200c\u200d\u2060\ufeff", "\xad", "\ufff9x\ufffa\ufffb", "\ue000", "\U0010ffff", "\ufffe", "\ufffd",
    "\ud83d", "\udc80", "İıſẞß", "Ǆǆ", "ﬁ", "Ω≈ç√∫", "𝕬𝖇𝖈", "ก็็็็็็็็็", "꧅",
    # Markup, formats, shells, SQL, URLs, paths, JSON, YAML, CSV formulas.
    "[/]", "[/b]", "[bold]x", "[@click=app.quit]q[/]", "[link=http://x]y[/link]", "[", "]", "\\[b]", "[[b]]", "{",
    "{0}", "{x.__class__}", "%s%n%d", "%", "$HOME", "$(id)", "`id`", "; id", "| id", "&& id", "'", '"', "''",
    "\"'\"", "\\", "\\\\", "\\n", "'; DROP TABLE destinations; --", "' OR 1=1 --", "%' ESCAPE '", "_%", "*", "?",
    "~", "-", "--", "--json", "-x", "--wait", "=", "==x", "a=b", "seconds=0", "#", "//", "/*", "*/",
    "../x", "/dev/stdin", "NUL", "CON", "a/b", "http://u:p@h:1/p?q#f", "postgres://u:p@h@i/d",
    "postgresql://", "://", "mysql://[::1", "postgres://h:99999999/d", "postgres://%zz@h/d",
    "postgres://h/d?sslmode=%00", "sqlite:////dev/null", "@", "a@b", '"a b"@c', "a@b@c", "null", "NaN", "true",
    "None", "undefined", "0", "-1", "1e999", "0x10", "9" * 400, "١٢٣", "½", "1_000", " 1", "inf", "- a: 1",
    "!!python", "=1+1", "+1", "@SUM(1)", "<script>alert(1)</script>", "&lt;", "]]>", "<!--", "${jndi:ldap://x}",
    "\\u0000", "%00", "%0a",
    # Length.
    "x" * 128, "x" * 129, "x" * 10_000, "é" * 5000, "東" * 3000, "\u0301" * 2000, "[" * 2000, "\x1b[0031m" * 1000,
    "a " * 4000,
)  # fmt: skip

_PIECES = st.sampled_from([text for text in NASTY if len(text) < 40])
TEXTS = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(), max_size=80),
    st.text(
        st.sampled_from("\x1b\x9b[]()?;:0123mHJKhlABcnq\\\x07\x9c\x9d\"'%$/@= \t\n\r\0é東\u0301\u202e\u200d"),
        max_size=60,
    ),
    st.lists(st.one_of(_PIECES, st.text(max_size=8)), min_size=1, max_size=5).map("".join),
)
"""Whatever may come, with one escape sequence or a thousand."""


def texts(number: int, seed_: int) -> list[str]:
    """So many of them, the known ones first; the same for the same seed."""
    found: list[str] = list(NASTY[:number])
    rest = number - len(found)
    if rest > 0:
        quiet = list(HealthCheck)

        @seed(seed_)
        @settings(max_examples=rest, phases=[Phase.generate], database=None, deadline=None, suppress_health_check=quiet)
        @given(TEXTS.map(_padded))
        def gather(text: str) -> None:
            found.append(text)

        gather()
    return found[:number]


def groups(found: Sequence[str]) -> Iterator[list[str]]:
    """In groups of `GROUP`, the last one filled up with a plain text."""
    for start in range(0, len(found), GROUP):
        group = list(found[start : start + GROUP])
        yield group + ["plain"] * (GROUP - len(group))


def passes(text: str) -> bool:
    """Whether the system takes it as an argument or in a variable."""
    try:
        return "\0" not in text and len(os.fsencode(text)) < 100_000
    except UnicodeEncodeError:
        return False


_SEQUENCE = re.compile("(\x1b\\[|\x9b)([?]?)([0-9])")


def _padded(text: str) -> str:
    """Its escape sequences, with zeros before their parameters."""
    return _SEQUENCE.sub("\\1\\g<2>00\\3", text)


# All that destui itself draws with (ECMA-48), with parameters that do not begin with a needless zero: colours,
# places, modes, keyboard protocol; the shape of the pointer (OSC 22); the clipboard (OSC 52), when `y` was pressed.
_NUMBER = "(?:0|[1-9][0-9]*)"
_OWN = re.compile(
    rf"\x1b\[(?:{_NUMBER}(?:;{_NUMBER})*m|[1-9][0-9]*;[1-9][0-9]*H|2J|>[1-9][0-9]*u|<u)"
    r"|\x1b\[\?(?:7|25|1000|1003|1004|1006|1015|1016|1049|2004|2026|2048)[hl]|\x1b\[\?(?:2026|2048)\$p"
    r"|\x1b\]22;[a-z]*\x07|\x1b\]52;c;(?!b3duZWQ)[A-Za-z0-9+/=]*\x07"
)
_RAW = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


def raw(output: bytes) -> list[str]:
    """What must never reach a terminal, found in its bytes, each with what stands around it."""
    text = _OWN.sub("", output.decode("utf-8", "surrogateescape"))
    return [ascii(text[max(0, at.start() - 20) : at.end() + 20]) for at in _RAW.finditer(text)] + [
        ascii(text[max(0, at.start() - 20) : at.end() + 20]) for at in re.finditer("[\udc80-\udcff]", text)
    ]
