"""Reading secrets by reference: from a variable, a file or standard input, never from the command line itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from destui.domain.errors import InvalidInput, Problem
from destui.domain.secret import Secret


def read_secrets(references: Iterable[str]) -> dict[str, Secret]:
    """Read `field=env:VAR`, `field=file:PATH`, `field=stdin`. Raises InvalidInput; it never repeats a value."""
    secrets: dict[str, Secret] = {}
    given = list(references)
    if sum(reference.partition("=")[2] == "stdin" for reference in given) > 1:
        raise InvalidInput([Problem("--secret", "Standard input can be read for one field only.")])
    for reference in given:
        name, separator, source = reference.partition("=")
        if not separator:
            raise InvalidInput([Problem("--secret", "Write field=env:VAR, field=file:PATH or field=stdin.")])
        secrets[name] = Secret(read_reference(name, source))
    return secrets


def read_reference(name: str, source: str) -> str:
    """The text behind a reference; one line break at its end is not part of it. Raises InvalidInput."""
    kind, _, place = source.partition(":")
    if not place and source != "stdin":
        kind = ""
    if source == "stdin":
        return _without_newline(_text(name, "standard input", sys.stdin.buffer.read()))
    if kind == "env":
        text = os.environ.get(place)
        if text is None:
            raise InvalidInput([Problem(name, f"The variable {place} is not set.")])
        return _text(name, f"the variable {place}", os.fsencode(text))
    if kind == "file":
        try:
            found = Path(place).expanduser().read_bytes()
        except (OSError, RuntimeError) as error:  # RuntimeError: ~somebody whom the system does not know
            reason = getattr(error, "strerror", None) or str(error).rstrip(".")
            raise InvalidInput([Problem(name, f"The file {place} cannot be read: {reason}.")]) from None
        return _without_newline(_text(name, f"the file {place}", found))
    # What stands there may be the secret itself: it is not repeated.
    raise InvalidInput([Problem(name, "A secret is given by reference: env:VAR, file:PATH or stdin.")])


def _text(name: str, where: str, found: bytes) -> str:
    try:
        return found.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput([Problem(name, f"What is in {where} is not UTF-8 text.")]) from None


def _without_newline(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")
