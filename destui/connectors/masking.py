"""Secrets that are not the destination's own, as drivers and servers quote them: masked where anybody would know one.

Known are the password in a URL, what stands behind `password=` and its like, and the text in quotes behind
`IDENTIFIED BY` and `PASSWORD`. Without regular expressions, for `destui explain`. Where it is not clear how far a "
        "secr",
goes, too much is masked rather than too little.
"""

from __future__ import annotations

MASK = "•••"

_KEYS = ("password", "passwd", "passphrase", "pwd", "secret", "token", "secret_access_key", "api_key", "apikey")
_QUOTES = "'\"`"
_BREAKS = " \n\t\r"
_BEHIND = "'\"`)]}>,;.:\\"
"""What ends a sentence or a quotation rather than a secret."""
_FAR = 400
"""Characters of a URL that are looked at: a hostile message must not make the search slow."""
_WORDS_BETWEEN = 8
"""How many words may stand between IDENTIFIED and the secret: `WITH … BY PASSWORD`."""


def mask(text: str) -> str:
    """The text with `•••` for what is recognised."""
    lower = text.lower()
    if len(lower) != len(text):  # some letters become two
        lower = "".join(character.lower() if character.isascii() else character for character in text)
    for spans in (_in_urls, _behind_keys, _in_statements):
        for start, end in reversed(list(spans(text, lower))):
            text, lower = (f"{whole[:start]}{MASK}{whole[end:]}" for whole in (text, lower))
    return text


def _finds(mark: str, text: str) -> list[int]:
    """Where each mark ends."""
    found, at = [], text.find(mark)
    while at >= 0:
        found.append(at + len(mark))
        at = text.find(mark, at + len(mark))
    return found


def _until(stops: str, text: str, start: int, end: int) -> int:
    while start < end and text[start] not in stops:
        start += 1
    return start


def _is_of_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _in_urls(text: str, lower: str) -> list[tuple[int, int]]:
    """The passwords of `scheme://user:PASSWORD@host`, also of one that holds `/`, `@` or a quote as it is."""
    found = []
    for start in _finds("://", text):
        far = min(len(text), start + _FAR)
        end = _until(_BREAKS + "\"'`<>", text, start, far)
        authority = _until("/?#", text, start, end)
        at = text.rfind("@", start, authority)
        colon = text.find(":", start, at if at >= 0 else authority)
        if at < 0 and not text[colon + 1 : authority].isdecimal():  # no port: the password itself holds a /
            at = text.rfind("@", start, end)
            if at < 0 and colon >= 0:  # or a quote, which ends the URL only where nothing more of it follows
                at = text.rfind("@", start, _until(_BREAKS, text, end, far))
        if start < colon + 1 < at or (colon == start and colon + 1 < at):
            found.append((colon + 1, at))
    return found


def _behind_keys(text: str, lower: str) -> list[tuple[int, int]]:
    """The values of `password=…`, `"token": "…"` and their like."""
    found: list[tuple[int, int]] = []
    for key in _KEYS:
        done = 0
        for end in _finds(key, lower):
            if end >= done and (span := _value(text, end)):
                found.append(span)
                done = span[1]
    return _apart(found)


def _value(text: str, at: int) -> tuple[int, int] | None:
    """The value of a key that ends here; None where there is none."""
    is_quoted = text[at : at + 1] in tuple(_QUOTES)
    sign = _past_blanks(text, at + is_quoted)
    if text[sign : sign + 1] not in ("=", ":") or text[sign : sign + 2] == "==":
        return None
    start = _past_blanks(text, sign + 1)
    if (quoted := _quoted(text, start)) is not None:
        return quoted if text[sign] == "=" or is_quoted else None
    # A blank behind the sign alone ends an empty value: `password= host=db`.
    if text[sign] == ":" or start == len(text) or (start > sign + 1 and sign == at):
        return None
    end = _end_of_bare(text, start)
    return (start, end) if end > start else None


def _past_blanks(text: str, at: int) -> int:
    while text[at : at + 1] == " ":
        at += 1
    return at


def _quoted(text: str, start: int) -> tuple[int, int] | None:
    """What stands in the quotes that begin here, or the rest of the line where they are not closed."""
    escaped = text[start : start + 1] == "\\"
    quote = text[start : start + 1 + escaped]
    if quote[-1:] not in tuple(_QUOTES):
        return None
    start = at = start + len(quote)
    while at < len(text) and text[at] != "\n":
        if text.startswith(quote, at):
            if escaped or not text.startswith(quote, at + 1):
                break
            at += 2  # doubled, it stands for itself
        else:
            at += 2 if text[at] == "\\" and not escaped and text[at + 1 : at + 2] not in ("", "\n") else 1
    return (start, at) if at > start else None


def _end_of_bare(text: str, start: int) -> int:
    """Where a value without quotes ends: at a blank, or where another key follows."""
    at = start
    while at < len(text) and text[at] not in _BREAKS and not (text[at] in "&;," and _is_key(text, at + 1)):
        at += 1
    while at > start and text[at - 1] in _BEHIND:
        at -= 1
    return at


def _is_key(text: str, start: int) -> bool:
    """Whether `name=` stands here."""
    at = start
    while at < len(text) and (_is_of_word(text[at]) or text[at] in "-."):
        at += 1
    return at > start and text[at : at + 1] == "="


def _in_statements(text: str, lower: str) -> list[tuple[int, int]]:
    """The texts of `IDENTIFIED BY '…'` and `PASSWORD '…'`, as SQL sets passwords."""
    found = [span for end in _finds("identified", lower) if (span := _identified(text, lower, end))]
    for end in _finds("password", lower):
        before = end - len("password") - 1
        if before >= 0 and (_is_of_word(text[before]) or text[before] in _QUOTES):
            continue
        start = end
        while text[start : start + 1] in (" ", "("):
            start += 1
        # A quote right behind the word is one that ends there: 'mysql_clear_password'.
        if start > end and (span := _quoted(text, start)):
            found.append(span)
    return _apart(found)


def _identified(text: str, lower: str, at: int) -> tuple[int, int] | None:
    before = ""
    if _is_of_word(text[at : at + 1] or " "):
        return None
    for _ in range(_WORDS_BETWEEN):
        while text[at : at + 1] in (" ", "("):
            at += 1
        if (quoted := _quoted(text, at)) is not None:
            if before not in ("with", "via"):
                return quoted
            at = quoted[1] + 1  # the name of a plug-in
            before = ""
            continue
        end = at
        while end < len(text) and _is_of_word(text[end]):
            end += 1
        if end == at:
            return None
        before, at = lower[at:end], end
    return None


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, without those that lie in another."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if not found or start >= found[-1][1]:
            found.append((start, end))
    return found
