"""Turns an error into a diagnosis by the catalogues: what is wrong, in the user's values, and what to paste."""

from __future__ import annotations

from destui.connectors import registry
from destui.connectors.catalogue import FOUND, Catalogue, Entry, Failure, Fault
from destui.connectors.masking import mask
from destui.connectors.phrases import Phrases
from destui.connectors.words import Heard
from destui.domain import own_diagnoses
from destui.domain.diagnosis import CANCELLED_CODE, Diagnosis
from destui.domain.errors import NotFound
from destui.domain.safe import limit_combining, visible_lines

TYPE_CHECKING = False  # `typing` itself would cost its import
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from destui.domain.fields import Fields
    from destui.domain.secret import Secrets

MAX_MESSAGE = 4_000
"""Characters of a driver's message that are kept."""

_MAX_HEARD = 16 * MAX_MESSAGE
"""Characters of it that are looked at."""

CANCELLED = Diagnosis(
    step="",
    code=CANCELLED_CODE,
    causes=(),
    cause="The check was cancelled before it could end.",
    fix="Run the check again when you are ready.",
    message="",
)


def clean(text: str, secrets: Secrets, most: int = MAX_MESSAGE) -> str:
    """Make a text from outside fit to be kept and shown: no secrets, nor what looks like anybody's, no controls, at
    most `most` characters."""
    return _ends(_safe(mask(_redact(_ends(text, _MAX_HEARD), secrets))).strip(), most)


def _ends(text: str, most: int) -> str:
    """The text where it is short enough, else its beginning and its end: what went wrong may stand at either."""
    if len(text) <= most:
        return text
    head = most * 3 // 4
    return f"{text[:head]}…{text[len(text) - (most - head - 1) :]}"


def _safe(text: str) -> str:
    return limit_combining(visible_lines(text))


def _redact(text: str, secrets: Secrets) -> str:
    for secret in secrets.values():
        for pattern in _patterns(secret.reveal()):
            import re

            text = re.sub(pattern, "•••", text)
    return text


_SEPARATORS = "@:/?#[]"
"""Where a URL that holds a password unquoted is cut: what stands between comes back as host, port or database."""


def _patterns(whole: str) -> Iterator[str]:
    """Regular expressions of all that shows a secret, the longest first."""
    import re

    # A key of many lines is quoted line by line, a password perhaps percent-encoded or escaped.
    parts = [whole, *(line for line in whole.splitlines() if len(line) >= 16)]
    for form in sorted({form for part in parts for form in _forms(part)}, key=len, reverse=True):
        # Replaced inside words, so short a secret would show itself by what is missing.
        yield re.escape(form) if len(form) >= 4 else rf"(?<!\w){re.escape(form)}(?!\w)"
    if len(pieces := _pieces(whole)) > 1:
        for piece in sorted(pieces, key=len, reverse=True):
            word = re.escape(piece)
            # One that may be any word is only a part of the secret where a URL's parts are told.
            yield rf"(?<!\w){word}(?!\w)" if len(piece) >= 4 else rf"(?<!\w){word}(?=@)|(?<=[\"'`@]){word}(?=[\"'`])"


def _forms(text: str) -> set[str]:
    from urllib.parse import quote, quote_plus

    return {text, quote(text, safe=""), quote_plus(text), ascii(text)[1:-1], repr(text)[1:-1]} - {""}


def _pieces(whole: str) -> set[str]:
    if "\n" in whole:  # a key, which nobody puts into a URL
        return set()
    for separator in _SEPARATORS:
        whole = whole.replace(separator, "\n")
    return {*whole.split("\n")}


def _words(error: Exception) -> str:
    """The driver's message, without the statement of ours that psycopg's `str` repeats below it."""
    parts = getattr(error, "diag", None)
    primary = getattr(parts, "message_primary", None)
    if not primary:
        return str(error)
    more = ((name, getattr(parts, f"message_{name}", None)) for name in ("detail", "hint"))
    return "\n".join([primary, *(f"{name.upper()}:  {text}" for name, text in more if text)])


_LOOK = "Read what the driver said, and look for it in the server's own log."
_LOOK_UNSAID = "The driver said nothing; look for the reason in the server's own log."


def _tell(
    catalogue: Catalogue, failure: Failure, fields: Fields, secrets: Secrets, facts: Mapping[str, str], answer: str
) -> Diagnosis:
    message = clean(failure.message, secrets)
    driver_code = next(filter(None, map(catalogue.driver_code, failure.codes)), "")
    found = catalogue.find(failure)
    if found is None:
        cause, fix = "The cause of this error is not known.", _LOOK if message else _LOOK_UNSAID
        return Diagnosis(answer, catalogue.unknown_code, ("unknown",), cause, fix, message, driver_code)
    entry, caught = found
    # Values of the user's own come before what a server claims, and stay whole: they are to be pasted.
    own = {name: _safe(str(value)) for name, value in fields.items()}
    caught = {**catalogue.said_of_the_place(Heard(failure.message)), **caught}
    heard = {name: clean(text, secrets, 200) for name, text in caught.items()}
    known = {name: _safe(_redact(text, secrets)) for name, text in facts.items()}
    phrases = Phrases({**heard, **own, **known})
    cause, fix = phrases.fill(entry.cause), _fix(phrases, entry.fix)
    is_own = not FOUND.isdisjoint(failure.codes)
    return Diagnosis(answer, entry.code, entry.causes, cause, fix, message, driver_code, is_own)


def _fix(phrases: Phrases, template: str) -> str:
    """The fix. Lines of which a value is not known are nothing to paste: its sentence tells how they look."""
    sentence, *lines = template.split("\n")
    if not any(map(phrases.lacks, lines)):
        return phrases.fill(template)
    return phrases.fill(f"{sentence.removesuffix(':')}, in this form: {' '.join(lines)}")


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
    catalogue = registry.catalogue(type_id)
    names = tuple(kind.__name__ for kind in type(error).__mro__ if kind not in (Exception, BaseException, object))
    failure = Failure(_ends(_words(error), _MAX_HEARD), step or None, catalogue.codes_of(error), names)
    found_out = {**(facts or {}), **(error.facts if isinstance(error, Fault) else {})}
    return _tell(catalogue, failure, fields, secrets or {}, found_out, answer=step)


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
    failure = Failure(_ends(message, _MAX_HEARD), step or None, (code.strip(),) if code else (), names)
    return _tell(registry.catalogue(type_id), failure, {}, {}, {}, answer=step or "")


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


def more_about(code: str) -> str:
    """What else helps to find the cause behind a code: of several, what would tell them apart; empty where there is
    nothing to add."""
    try:
        found = _known(code)
    except NotFound:  # of another version, or of a type that is gone
        return ""
    return Phrases({}).fill(found.more) if isinstance(found, Entry) else ""


def _known(code: str) -> Entry | Diagnosis:
    wanted = code.strip().upper()
    for own in (CANCELLED, *own_diagnoses.EXAMPLES):
        if own.code == wanted:
            return own
    if wanted.startswith("LOAD-"):
        from destui.connectors import load_entries

        for entry in load_entries.ENTRIES:
            if entry.code == wanted:
                return entry
    for catalogue in registry.catalogues():
        if wanted == catalogue.unknown_code:
            cause = f"An error of {catalogue.label} whose cause is not known."
            return Diagnosis("", wanted, ("unknown",), cause, "Its own words are shown with it.", "")
        for entry in catalogue.entries:
            if entry.code == wanted:
                return entry
    raise NotFound("There is no such code. A code looks like PG-42501; a failed check shows its own.")


def _explanation(entry: Entry) -> str:
    phrases = Phrases({})
    sentence, _, lines = phrases.fill(entry.fix).partition("\n")
    parts = [entry.code, "", phrases.fill(entry.cause), f"Causes: {', '.join(entry.causes)}", "", sentence]
    parts += [f"    {line}" for line in lines.splitlines()]
    if entry.more:
        parts += ["", phrases.fill(entry.more)]
    if entry.reading:
        parts += ["", f"Read: {entry.reading}"]
    return "\n".join(parts)
