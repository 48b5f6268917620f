"""Reading secrets by reference: from a variable, a file or standard input, never from the command line itself."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from destui.domain.destination import name_problem
from destui.domain.errors import InvalidInput, Problem
from destui.domain.fields import TypeSpec, validate
from destui.domain.secret import Secret


def read_secrets(
    references: Iterable[str], spec: TypeSpec, values: Mapping[str, object], *, name: str | None = None,
    kept: Iterable[str] = (),
) -> dict[str, Secret]:  # fmt: skip
    """Read `field=env:VAR`, `field=file:PATH`, `field=stdin`. Raises InvalidInput; it never repeats a value.

    What cannot be read hides nothing else: then the name and the other values are looked at too, and all that is wrong
    is told at once. `kept` names the secrets that are there already.
    """
    secrets: dict[str, Secret] = {}
    problems: list[Problem] = []
    given = list(references)
    if sum(reference.partition("=")[2] == "stdin" for reference in given) > 1:
        raise InvalidInput([Problem("--secret", "Standard input can be read for one field only.")])
    for reference in given:
        field, separator, source = reference.partition("=")
        if not separator:
            raise InvalidInput([Problem("--secret", "Write field=env:VAR, field=file:PATH or field=stdin.")])
        try:
            secrets[field] = Secret(read_reference(field, source))
        except InvalidInput as error:
            problems += error.problems
    if problems:
        there = frozenset([*kept, *(problem.field for problem in problems)])
        raise InvalidInput([*_beside(spec, values, secrets, name, there), *problems])
    return secrets


def _beside(
    spec: TypeSpec, values: Mapping[str, object], secrets: dict[str, Secret], name: str | None, kept: frozenset[str]
) -> Iterator[Problem]:
    """What else is wrong."""
    if name is not None and (sentence := name_problem(name)) is not None:
        yield Problem("name", sentence)
    try:
        validate(spec, values, secrets, kept)
    except InvalidInput as error:
        yield from error.problems


def read_reference(name: str, source: str) -> str:
    """The text behind a reference; one line break at its end is not part of it. Raises InvalidInput."""
    kind, _, place = source.partition(":")
    if not place and source != "stdin":
        kind = ""
    if source == "stdin":
        return _without_newline(_text(name, "standard input", sys.stdin.buffer.read()))
    if kind == "env":
        text = os.environ.get(place)
        if text is None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", place):  # perhaps the secret itself: not shown
            raise InvalidInput([Problem(name, "What stands after env: is not the name of a variable.")])
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
