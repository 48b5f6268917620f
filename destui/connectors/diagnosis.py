"""Turns an error into a diagnosis by the catalogues: what is wrong, in the user's values, and what to paste."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from destui.connectors import registry
from destui.connectors.base import Connector, Entry, Fault
from destui.connectors.phrases import Phrases
from destui.domain import own_diagnoses
from destui.domain.check import CANCELLED_CODE, Diagnosis
from destui.domain.errors import NotFound
from destui.domain.fields import Fields
from destui.domain.safe import limit_combining, visible_lines
from destui.domain.secret import Secrets

MAX_MESSAGE = 4_000
"""Characters of a driver's message that are kept."""

CANCELLED = Diagnosis(
    step="",
    code=CANCELLED_CODE,
    causes=(),
    cause="The check was cancelled before it could end.",
    fix="Run the check again when you are ready.",
    message="cancelled",
)


@dataclass(frozen=True)
class _Failure:
    """An error's structure, whatever raised it."""

    step: str | None
    message: str
    code: str = ""
    exceptions: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


def clean(text: str, secrets: Secrets, most: int = MAX_MESSAGE) -> str:
    """Make a text from outside fit to be kept and shown: no secrets, no controls, at most `most` characters."""
    text = _safe(_redact(text[: 16 * MAX_MESSAGE], secrets)).strip()
    return text if len(text) <= most else text[: most - 1] + "…"


def _safe(text: str) -> str:
    return limit_combining(visible_lines(text))


def _redact(text: str, secrets: Secrets) -> str:
    for secret in secrets.values():
        whole = secret.reveal()
        # A key of many lines is quoted line by line, a password perhaps percent-encoded or escaped.
        parts = [whole, *(line for line in whole.splitlines() if len(line) >= 16)]
        forms = {form(part) for part in parts for form in _FORMS}
        for found in sorted(forms, key=len, reverse=True):
            if len(found) >= 4:
                text = text.replace(found, "•••")
            elif found:  # replaced inside words, so short a secret would show itself by what is missing
                text = re.sub(rf"(?<!\w){re.escape(found)}(?!\w)", "•••", text)
    return text


_FORMS: tuple[Callable[[str], str], ...] = (
    str, lambda s: quote(s, safe=""), quote_plus, lambda s: ascii(s)[1:-1], lambda s: repr(s)[1:-1],
)  # fmt: skip


def _failure(step: str, error: Exception, facts: Mapping[str, str]) -> _Failure:
    """Read the structure of an error without knowing its driver."""
    code = ""
    if isinstance(error, Fault):
        code, facts = error.code, {**facts, **error.facts}
    for attribute in ("sqlstate", "sqlite_errorname"):
        code = code or getattr(error, attribute, None) or ""
    if not code and isinstance(error, OSError) and error.errno:
        code = errno.errorcode.get(error.errno, "")
    names = tuple(c.__name__ for c in type(error).__mro__ if c not in (Exception, BaseException, object))
    return _Failure(step, _words(error) or type(error).__name__, code, names, facts)


def _words(error: Exception) -> str:
    """The driver's message, without the statement of ours that psycopg's `str` repeats below it."""
    parts = getattr(error, "diag", None)
    primary = getattr(parts, "message_primary", None)
    if not primary:
        return str(error)
    more = ((name, getattr(parts, f"message_{name}", None)) for name in ("detail", "hint"))
    return "\n".join([primary, *(f"{name.upper()}:  {text}" for name, text in more if text)])


def _matches_code(entry: Entry, code: str) -> bool:
    return code in entry.codes or f"{code[:2]}*" in entry.codes


def _find(connector: Connector, failure: _Failure) -> tuple[Entry, Mapping[str, str]] | None:
    """The entry that fits best and what its words caught: by code, then by exception, then by words alone."""
    fitting = [
        (entry, re.search(entry.words, failure.message, re.IGNORECASE) if entry.words else None)
        for entry in connector.catalogue
        if not entry.steps or failure.step is None or failure.step in entry.steps
    ]
    by_code = [pair for pair in fitting if failure.code and _matches_code(pair[0], failure.code)]
    by_class = [pair for pair in fitting if set(pair[0].exceptions) & set(failure.exceptions)]
    by_words = [pair for pair in fitting if pair[1]]
    for candidates in (by_code, by_class, by_words):
        if candidates:
            # max takes the first among equals: a catalogue's order decides.
            entry, words = max(
                candidates,
                key=lambda pair: (
                    pair[1] is not None,
                    failure.code in pair[0].codes,
                    bool(failure.step and pair[0].steps),
                ),
            )
            return entry, {k: v for k, v in words.groupdict().items() if v} if words else {}
    return None


def _tell(connector: Connector, failure: _Failure, fields: Fields, secrets: Secrets, answer: str) -> Diagnosis:
    message, driver_code = clean(failure.message, secrets), connector.driver_code(failure.code)
    found = _find(connector, failure)
    if found is None:
        return Diagnosis(
            answer,
            connector.unknown_code,
            ("unknown",),
            "The cause of this error is not known.",
            "Read what the driver said, and look for it in the server's own log.",
            message,
            driver_code,
        )
    entry, caught = found
    # Values of the user's own come before what a server claims, and stay whole: they are to be pasted.
    own = {name: _safe(str(value)) for name, value in fields.items()}
    heard = {name: clean(text, secrets, 200) for name, text in caught.items()}
    facts = {name: _safe(_redact(text, secrets)) for name, text in failure.facts.items()}
    defaults = {name: str(value) for name, value in connector.spec.defaults().items()}
    phrases = Phrases({**defaults, **heard, **own, **facts})
    cause, fix = phrases.fill(entry.cause), phrases.fill(entry.fix)
    return Diagnosis(answer, entry.code, entry.causes, cause, fix, message, driver_code)


def diagnose(
    type_id: str,
    step: str,
    error: Exception,
    fields: Fields,
    *,
    secrets: Secrets | None = None,
    facts: Mapping[str, str] | None = None,
) -> Diagnosis:
    """What a step's error means. `secrets` are kept out of every text; `facts` are what the ladder found out.

    Raises NotFound for a type that does not exist.
    """
    failure = _failure(step, error, facts or {})
    return _tell(registry.connector(type_id), failure, fields, secrets or {}, answer=step)


def explain_message(
    type_id: str,
    message: str,
    step: str | None = None,
    exception: str | None = None,
    code: str | None = None,
) -> Diagnosis:
    """Diagnose words pasted from anywhere, by the same catalogue. Imports no driver and opens nothing.

    `exception` is the class's name, with or without its module. Raises NotFound for a type that does not exist.
    """
    names = (exception.rpartition(".")[2],) if exception else ()
    failure = _Failure(step, message, code or "", names)
    return _tell(registry.connector(type_id), failure, {}, {}, answer=step or "")


def of_code(code: str) -> Diagnosis:
    """What a code stands for, without a destination's values. Raises NotFound when no catalogue has it."""
    found = _known(code)
    if isinstance(found, Diagnosis):
        return found
    phrases = Phrases({})
    return Diagnosis("", found.code, found.causes, phrases.fill(found.cause), phrases.fill(found.fix), "")


def explain(code: str) -> str:
    """More about a code, as text for the screen. Raises NotFound when no catalogue has it."""
    found = _known(code)
    if isinstance(found, Entry):
        return _explanation(found)
    return f"{found.code}\n\n{found.cause}\n{found.fix}"


def _known(code: str) -> Entry | Diagnosis:
    wanted = code.strip().upper()
    for own in (CANCELLED, *own_diagnoses.EXAMPLES):
        if own.code == wanted:
            return own
    for type_id in registry.type_ids():
        connector = registry.connector(type_id)
        if wanted == connector.unknown_code:
            cause = f"An error of {connector.spec.label} whose cause is not known."
            return Diagnosis("", wanted, ("unknown",), cause, "Its own words are shown with it.", "")
        for entry in connector.catalogue:
            if entry.code == wanted:
                return entry
    raise NotFound("There is no such code. A code looks like PG-42501; a failed check shows its own.")


def _explanation(entry: Entry) -> str:
    phrases = Phrases({})
    sentence, _, lines = phrases.fill(entry.fix).partition("\n")
    parts = [entry.code, "", phrases.fill(entry.cause), f"Causes: {', '.join(entry.causes)}", "", sentence]
    parts += [f"    {line}" for line in lines.splitlines()]
    if entry.more:
        parts += ["", entry.more]
    if entry.reading:
        parts += ["", f"Read: {entry.reading}"]
    return "\n".join(parts)
