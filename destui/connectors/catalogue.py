"""A type's catalogue: its entries, and how the one that fits an error is found.

The one way by which both a check's errors and pasted words are matched. Imports next to nothing: `destui explain` is
used in scripts.
"""

from __future__ import annotations

import errno

from destui.connectors.system_codes import codes_in, is_name, name_of, said_in, windows_codes_in
from destui.connectors.words import Heard, find
from destui.domain.record import Record

TYPE_CHECKING = False  # `typing` itself would cost its import
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Fault(Exception):
    """A failure that the ladder itself has recognised.

    `code` is matched by the diagnosis entries like a driver's own code; `facts` fill their sentences.
    """

    def __init__(self, code: str, message: str, **facts: str) -> None:
        super().__init__(message)
        self.code = code
        self.facts = facts


FOUND = frozenset(
    "client_key_locked closed deadline empty file_closed folder_closed hung_up no_files no_folder no_folder:root"
    " plugin_clear plugin_dialog probe_differs protocol_too_old read_only_system tls_not_offered unlistable unwritable"
    " wrong_kind wrong_protocol".split()
)
"""Codes of what the ladder finds by itself, so that the words are its own and no driver's."""


class Entry(Record):
    """One line of the catalogue: how an error is recognised and what is said about it.

    Matched by structure first: each of `codes` (SQLSTATE, driver code or `Fault.code`; two characters and `*` for a
    whole class) and of `exceptions` (class names) is enough. `among` are codes that say too little alone: the entry
    also needs its `words` then. `words` are phrases (see words.py); where the structure leads nowhere they decide
    alone, and they choose between entries of one code. Values that they catch fill the sentences. `steps` limits the
    entry to some steps.

    `cause` and `fix` are templates over the destination's fields: `{user}` in a sentence, `{user:id}` as an SQL
    identifier, `{user:str}` as a text of SQL, `{user:hba}` as a word of pg_hba.conf, `{database:my}` and `{user:mystr}`
    as a name and a text of MySQL's, `{path:sh}` as a word of a shell. The fix is one sentence; its further lines are,
    each alone, exactly what to paste: SQL, a line of a file, a command, or `field=value`.

    `more` says what else helps to find the cause, such as what would tell several apart; `reading` is the title of
    the vendor's page about it.
    """

    __slots__ = ("among", "cause", "causes", "code", "codes", "exceptions", "fix", "more", "reading", "steps", "words")

    def __init__(
        self,
        code: str,
        causes: tuple[str, ...],
        cause: str,
        fix: str,
        *,
        codes: tuple[str, ...] = (),
        among: tuple[str, ...] = (),
        exceptions: tuple[str, ...] = (),
        words: tuple[str, ...] = (),
        steps: tuple[str, ...] = (),
        more: str = "",
        reading: str = "",
    ) -> None:
        self.code = code
        self.causes = causes
        self.cause = cause
        self.fix = fix
        self.codes = codes
        self.among = among
        self.exceptions = exceptions
        self.words = words
        self.steps = steps
        self.more = more
        self.reading = reading


class Failure(Record):
    """An error's structure, whatever raised it: its words, its codes (the most telling first), the names of its class
    and of those above it, and the step that it failed."""

    __slots__ = ("codes", "exceptions", "message", "step")

    def __init__(
        self, message: str, step: str | None = None, codes: tuple[str, ...] = (), exceptions: tuple[str, ...] = ()
    ) -> None:
        self.message = message
        self.step = step
        self.codes = codes
        self.exceptions = exceptions


class Catalogue:
    """The entries of one type of destination, the more telling earlier among equals, and how its codes are read."""

    def __init__(
        self,
        label: str,
        unknown_code: str,
        steps: tuple[str, ...],
        entries: Sequence[Entry],
    ) -> None:
        self.label = label
        """The type's name on the screen."""
        self.unknown_code = unknown_code
        """The code of an error that no entry knows, such as `PG-UNKNOWN`."""
        self.steps = steps
        self.entries = tuple(entries)

    def driver_code(self, code: str) -> str:
        """What an error's code is to those who know the driver, such as `SQLSTATE 42501`; empty for codes that are
        not the driver's or server's own."""
        return ""

    def codes_of(self, error: Exception) -> tuple[str, ...]:
        """The codes that an error carries, the most telling first."""
        if isinstance(error, Fault):
            return (error.code,) if error.code else ()
        return tuple(code for code in (getattr(error, "sqlstate", None), _system_code_of(error)) if code)

    def codes_in(self, heard: Heard) -> tuple[str, ...]:
        """The codes that a message quotes, the most telling first."""
        return codes_in(heard)

    def said_of_the_place(self, heard: Heard) -> dict[str, str]:
        """Values by which a message tells where the connection goes; they fill what neither fields nor words do."""
        return {}

    def translated(self, heard: Heard) -> Heard | None:
        """The message with what is known in another language in English; None where nothing is."""
        from destui.connectors.system_languages import PHRASES

        return in_english(heard, PHRASES)

    def find(self, failure: Failure) -> tuple[Entry, dict[str, str]] | None:
        """The entry that fits best, and what its words caught."""
        heard = Heard(failure.message)
        if not heard.lower.isascii():
            heard = self.translated(heard) or heard
        found = self._find(failure, heard)
        # A code alone does not tell what words would, and not all words of other languages have other letters.
        if (found is None or found[1] is None) and heard.lower.isascii() and (english := self.translated(heard)):
            found = self._find(failure, english) or found
        return found and (found[0], found[1] or {})

    def _find(self, failure: Failure, heard: Heard) -> tuple[Entry, dict[str, str] | None] | None:
        """The entry, and what its words caught: None where they are not in the message."""
        step = failure.step
        fitting = [entry for entry in self.entries if not entry.steps or step is None or step in entry.steps]
        quoted = [code for code in self.codes_in(heard) if code not in failure.codes]
        if any(map(is_name, failure.codes)):  # its number may be another one's on another system
            quoted = []
        groups = [_of_code(fitting, code) for code in (*windows_codes_in(heard), *failure.codes)]
        groups.append([(e, True) for name in failure.exceptions for e in fitting if name in e.exceptions])
        groups += [_of_code(fitting, code) for code in quoted]
        groups.append([(entry, False) for entry in fitting])
        groups += [_of_code(fitting, code) for code in said_in(heard)]
        caught: dict[str, dict[str, str] | None] = {}
        for group in groups:
            for entry, _ in group:
                if entry.code not in caught:
                    caught[entry.code] = find(entry.words, heard)
            matching = [entry for entry, _ in group if caught[entry.code] is not None]
            best = _preferred(matching, step) if matching else None
            if best is None:
                # The code is all that they share: what is said of this step alone comes first, without one of all.
                enough = [entry for entry, is_enough in group if is_enough]
                best = min(enough, key=lambda entry: bool(entry.steps) == (step is None), default=None)
            if best is not None:
                return best, caught[best.code]
        return None


def in_english(heard: Heard, phrases: Mapping[str, tuple[str, ...]]) -> Heard | None:
    """The message with a line of English in front for each of the phrases that it has in another language.

    `phrases` are the English ones, with the places of their values as in `{1}`, → those of all other languages.
    """
    lines = _lines_in_english(heard, phrases)
    if not lines and "?" in heard.text:  # what letters and quotes become that a terminal cannot show
        lines = _lines_in_english(Heard(heard.text.replace("?", '"')), phrases)
    return Heard("\n".join([*lines, heard.text])) if lines else None


def _lines_in_english(heard: Heard, phrases: Mapping[str, tuple[str, ...]]) -> list[str]:
    lines = []
    for english, others in phrases.items():
        caught = find(others, heard)
        if caught is not None:
            for name, value in caught.items():
                english = english.replace(f"{{{name}}}", value)
            lines.append(english)
    return lines


def _preferred(matching: Sequence[Entry], step: str | None) -> Entry:
    """The first of the entries; or one that says what the same words mean at this step alone."""
    first = matching[0]
    if step is None or first.steps:
        return first
    heard, codes = set(first.words), set(first.codes)
    return next(
        (e for e in matching if e.steps and (heard.intersection(e.words) or codes.intersection(e.codes))), first
    )


def _of_code(entries: Sequence[Entry], code: str) -> list[tuple[Entry, bool]]:
    """The entries that list the code, itself before its class, and whether it is enough for them."""
    names = (code, f"{code[:2]}*")
    return [(e, name in e.codes) for name in names for e in entries if name in e.codes or name in e.among]


def _system_code_of(error: Exception) -> str:
    names = [kind.__name__ for kind in type(error).__mro__]
    if "SSLError" in names:  # an OSError, whose number is OpenSSL's own
        return f"ssl:{getattr(error, 'reason', None) or ''}"
    number = error.errno if isinstance(error, OSError) else None
    if number is None:
        return ""
    if "gaierror" in names:
        return name_of(number) if number < 0 or number > 10_000 else "EAI_NONAME"
    return errno.errorcode.get(number, "")
