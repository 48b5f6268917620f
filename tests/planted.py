"""Secrets planted by the tests, and the search for them byte by byte, in whatever form they might stand somewhere."""

from __future__ import annotations

import base64
import html
import json
import pickle
import re
import shlex
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from urllib.parse import quote, quote_plus

PLANTED = "Zk'9\"Qw$%Tö\n\\7né日x&<y"
"""With quotes, what shells, formats and URLs take for theirs, a line break, a backslash, and letters beyond ASCII."""
LINE = PLANTED.replace("\n", "")
"""The same for what takes one line."""
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")


@cache
def forms(secret: str) -> frozenset[bytes]:
    """The secret as it might stand somewhere: plain, escaped, encoded, pickled."""
    texts = {
        secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1],
        ascii(secret)[1:-1], quote(secret, safe=""), quote(secret), quote_plus(secret), html.escape(secret),
        html.escape(secret, quote=False), shlex.quote(secret)[1:-1], secret.replace("'", "''"),
        secret.replace("\\", "\\\\").replace("'", "\\'"), json.dumps(json.dumps(secret))[3:-3],
        secret.replace("\\", "\\\\").replace("\n", "\\n"),  # as a dump of PostgreSQL's has it
    }  # fmt: skip
    texts |= {line for line in secret.splitlines() if len(line) >= 6}
    found = {text.encode() for text in texts} | {secret.encode("utf-16-le"), secret.encode().hex().encode()}
    # The first pickle protocol escapes; the later ones hold the text as it is.
    pickled = pickle.dumps(secret, 0)[1:].partition(b"\n")[0]
    found |= {pickled}
    jsons = (json.dumps(secret, ensure_ascii=flag)[1:-1].encode() for flag in (True, False))
    for plain in (secret.encode(), pickled, *jsons):
        for shift in range(3):  # base64 of it at each place in a longer text, without its edges
            encoded = base64.b64encode(b"\0" * shift + plain)
            cut = encoded[4 : len(encoded) - 4]
            found |= {cut, cut.translate(bytes.maketrans(b"+/", b"-_"))}
    return frozenset(form for form in found if len(form) >= 6)


def found_in(data: bytes, *secrets: str) -> list[bytes]:
    """The forms of these secrets that are in the data, also when a terminal's escapes stand between their letters."""
    plain = _ESCAPES.sub(b"", data)
    return found_plain(data, *secrets) or found_plain(plain, *secrets)


def found_plain(data: bytes, *secrets: str) -> list[bytes]:
    """The forms of these secrets that are in the data as they are."""
    return [form for secret in secrets for form in forms(secret) if form in data]


def found_in_files(folder: Path, *secrets: str) -> list[str]:
    """The same in every file below a folder: store, journal, keys, logs."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [f"{hits[0]!r} is in {file}" for file in files if (hits := found_in(file.read_bytes(), *secrets))]


def found_in_process(pid: int, *secrets: str, of: Sequence[str] = ("cmdline", "environ")) -> list[str]:
    """The same in the command line and the environment of a process."""
    found = []
    for name in of:
        try:
            data = Path(f"/proc/{pid}/{name}").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if hits := found_in(data, *secrets):
            found.append(f"{hits[0]!r} is in {name} of process {pid}")
    return found
