"""Finding what servers say in a message: by phrases, because a catalogue of regular expressions takes long to compile.

A phrase is text in lower case, found anywhere in the message but not inside of words. In it
  - `{user}` is a value, which ends where the text behind it begins;
  - `…` is anything or nothing on the same line; at an end of the phrase it lets a word go on there;
  - `^` at the beginning: behind nothing, or behind a colon or a bracket (`FATAL: …`, `(1040, '…`);
  - `$` at the end: in front of nothing but a full stop or a bracket, or of the end of the line.
"""

from __future__ import annotations

_FAR = 300
"""Characters that a value or `…` spans at most: a hostile message must not make the search slow."""

_QUOTES = dict.fromkeys(map(ord, "«»„“”‹›「」『』"), '"') | dict.fromkeys(map(ord, "’‘‚"), "'") | {0xFEFF: ""}
_BEFORE, _BEHIND, _ENDS = ":)](['\"{>|,=", ".:;!)]'\"|\n", " \n'\"(),;:"
_MARKS = ("'", '"', "`")


class Heard:
    """A message made ready to be searched: blanks joined, every language's quotes as `"`."""

    __slots__ = ("lower", "text")

    def __init__(self, message: str) -> None:
        plain = message.translate(_QUOTES).replace(">>", '"').replace("<<", '"')
        self.text = "\n".join(" ".join(line.split()) for line in plain.splitlines())
        self.lower = self.text.lower()
        if len(self.lower) != len(self.text):  # some letters become two
            self.text = self.lower


def find(phrases: tuple[str, ...], heard: Heard) -> dict[str, str] | None:
    """What the first of the phrases that is in the message catches; None when none is."""
    for phrase in phrases:
        first = phrase.strip("^…").replace("{", "…").replace("$", "…").partition("…")[0]
        if first.rstrip(" ") in heard.lower:  # most are not, and need no closer look
            caught = _match(phrase, heard)
            if caught is not None:
                return caught
    return None


def pieces(phrase: str) -> list[tuple[str, str]]:
    """A phrase's texts, each with the name of the value in front of it; none for the first and behind `…`."""
    rest = phrase.strip("^…$").replace(" …", "…").replace("… ", "…")
    name, found = "", []
    while True:
        end = min((at for at in (rest.find("{"), rest.find("…")) if at >= 0), default=len(rest))
        found.append((name, rest[:end]))
        if end == len(rest):
            return found
        behind = end + 1 if rest[end] == "…" else rest.index("}", end) + 1
        name, rest = rest[end + 1 : behind - 1], rest[behind:]


def numbers_behind(mark: str, text: str) -> list[int]:
    """The whole numbers that follow this mark in a text."""
    found = []
    at = text.find(mark)
    while at >= 0:
        start = end = at + len(mark)
        while text[end : end + 1].isdecimal() or (end == start and text[end : end + 1] == "-"):
            end += 1
        if text[start:end].lstrip("-") and end - start < 10:
            found.append(int(text[start:end]))
        at = text.find(mark, at + 1)
    return found


def _match(phrase: str, heard: Heard) -> dict[str, str] | None:
    text = heard.lower
    (_, first), *others = pieces(phrase)
    start = text.find(first)
    while start >= 0:
        if _may_begin(phrase, text, start):
            caught: dict[str, str] = {}
            end = _follow(others, heard, start + len(first), caught)
            if end >= 0 and _may_end(phrase, text, end):
                return caught
        start = text.find(first, start + 1)
    return None


def _follow(others: list[tuple[str, str]], heard: Heard, at: int, caught: dict[str, str]) -> int:
    """Go on behind the first text; returns where the phrase ends, or -1."""
    text = heard.lower
    for name, literal in others:
        if literal:
            found = text.find(literal, at, at + _FAR)
        else:
            found = next((i for i in range(at, min(len(text), at + _FAR)) if text[i] in _ENDS), len(text))
        if found < 0 or "\n" in text[at:found]:
            return -1
        if name:
            value = heard.text[at:found].strip()
            if not value or (literal[:1] in _MARKS and literal[0] in value):
                return -1
            caught[name] = value
        at = found + len(literal)
    return at


def _is_of_word(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")


def _may_begin(phrase: str, text: str, start: int) -> bool:
    if phrase[0] == "^":
        before = text[max(0, start - 20) : start].rstrip(" ")
        return not before or before[-1] == "\n" or before[-1] in _BEFORE
    return phrase[0] == "…" or start == 0 or not (_is_of_word(text[start - 1]) and _is_of_word(text[start]))


def _may_end(phrase: str, text: str, end: int) -> bool:
    if phrase[-1] == "$":
        behind = text[end : end + 20].lstrip(" ")
        return not behind or behind[0] in _BEHIND
    return phrase[-1] == "…" or end >= len(text) or not (_is_of_word(text[end]) and _is_of_word(text[end - 1]))
