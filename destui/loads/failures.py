"""What can go wrong with a load besides what can go wrong with its destination, and how either is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from destui.connectors import registry
from destui.connectors.base import Fault
from destui.connectors.catalogue import Entry
from destui.connectors.diagnosis import clean, diagnose
from destui.connectors.load_entries import ENTRIES
from destui.connectors.phrases import Phrases
from destui.domain.check import Diagnosis
from destui.domain.loads import LoadPlan, Place
from destui.loads.engine import SourceFailed, raised, too_big
from destui.loads.session import StepFailed
from destui.loads.unread import column_told, looked_for, value_of

if TYPE_CHECKING:
    from destui.loads.sources import Source

_BY_CODE = {entry.code: entry for entry in ENTRIES}
ZERO = _BY_CODE["LOAD-ZERO"].codes
"""By which a target refuses a text with a zero byte."""
_WORDS = {
    "LOAD-UNIQUE": r"duplicate key|violates (unique|primary key) constraint",
    "LOAD-NOT-NULL": r"not null constraint failed",
    "LOAD-ZERO": r"0x00|\\u0000",
    "LOAD-NO-SUCH-TABLE": r"no such (table|column)",
    "LOAD-READ": r"Conversion Error",
    "LOAD-QUERY": r"syntax error",
    "LOAD-TEMPORARY": r"temporary tables",
    "LOAD-WIDE": r"row is too big|too many columns|errno: 185",
}
"""For errors without a code: what is said where an entry fits."""
_OF_MORE = {"LOAD-TEMPORARY": _BY_CODE["LOAD-TEMPORARY"].codes, "LOAD-WIDE": ("54000", "1005")}
"""Codes that say other things too."""


def tell(error: Exception, plan: LoadPlan, step: str, facts: Mapping[str, str]) -> tuple[Diagnosis, bool]:
    """What an error of a run means, and whether it is about the source. `facts` fill the sentences."""
    of_source = isinstance(error, SourceFailed)
    if isinstance(error, SourceFailed):
        error = error.error
    if isinstance(error, StepFailed):
        step, facts, error = error.step, {**facts, **error.facts}, error.error
    error = _without_traceback(error)
    error = too_big(error) or error
    place = plan.source_place if of_source else plan.target
    if entry := _entry(error, of_source):
        return _diagnosis(entry, error, place or plan.target, step, facts), of_source
    if place is None or isinstance(error, _FAULTS_OF_OURS):  # files have no catalogue of their own
        return _diagnosis(_BY_CODE["LOAD-INTERNAL"], error, plan.target, step, facts), of_source
    return diagnose(place.type, step, error, place.fields, secrets=place.secrets, facts=facts), of_source


def _without_traceback(error: Exception) -> Exception:
    """The engine tells Python's traceback with what a source's driver has raised."""
    words, traceback, _ = str(error).partition(_TRACEBACK)
    return type(error)(words) if traceback and not isinstance(error, Fault) else error


_TRACEBACK = " Detail: Python exception"
_FAULTS_OF_OURS = (AttributeError, TypeError, LookupError, AssertionError, NameError, ImportError)
_OF_QUERIES = ("LOAD-NO-SUCH-TABLE", "LOAD-QUERY", "LOAD-READ")
"""Entries of what an order itself asks for; in a target such an error is another one."""


def _entry(error: Exception, of_source: bool) -> Entry | None:
    code = error.code if isinstance(error, Fault) else ""
    if code in _BY_CODE:
        return _BY_CODE[code]
    for attribute in ("sqlstate", "sqlite_errorname"):
        code = code or getattr(error, attribute, None) or ""
    code = "" if code == "SQLITE_ERROR" else code  # it is that of most errors; their words tell
    names = {c.__name__ for c in type(error).__mro__}
    for entry in ENTRIES:
        if entry.code in _OF_QUERIES and not of_source:
            continue
        words = re.search(_WORDS[entry.code], str(error), re.IGNORECASE) if entry.code in _WORDS else None
        if code in entry.codes and (words or code not in _OF_MORE.get(entry.code, ())):
            return entry
        if names & set(entry.exceptions) or (words and not entry.codes):
            return entry
        if not code and words and entry.codes:
            return entry
    return None


_UNSAID = {
    "text": "A text", "row": "A row", "rule": "a rule of the table", "column": "a column of the table",
    "what": "a value of the source", "unread": "A value of the source", "place": "A line of the source",
}  # fmt: skip
"""What stands in the sentences where an error does not say more."""


def _diagnosis(entry: Entry, error: Exception, place: Place, step: str, facts: Mapping[str, str]) -> Diagnosis:
    known = {**_UNSAID, **place.fields, **facts, **(error.facts if isinstance(error, Fault) else {})}
    statements = str(known.pop("alter", "")).split("\0")  # each is a line of its own, and none is cut by the others
    known |= {f"alter{n}": statement for n, statement in enumerate(statements)}
    each = entry.fix.replace("{alter}", "\n".join(f"{{alter{n}}}" for n in range(len(statements))))
    phrases = Phrases({name: clean(str(value), place.secrets, 300) for name, value in known.items()})
    driver_code = _said_by(error, place)
    cause, fix = phrases.fill(entry.cause), phrases.fill(each)
    message = clean(str(error) or ("" if driver_code else type(error).__name__), place.secrets)
    return Diagnosis(step, entry.code, entry.causes, cause, fix, message, driver_code, is_own=not driver_code)


def _said_by(error: Exception, place: Place) -> str:
    """Whose words an error's are, and by which code; empty where they are destui's own."""
    if isinstance(error, Fault):
        code, driver = ("" if error.code in _BY_CODE else error.code), error.facts.get("driver", "")
    else:
        code = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None) or ""
        driver = "DuckDB" if type(error).__module__ in ("duckdb", "_duckdb") else ""
    return (registry.catalogue(place.type).driver_code(code) if code else "") or driver


def made(code: str, plan: LoadPlan, message: str, **facts: str) -> Diagnosis:
    """A diagnosis of an entry, for what no exception tells."""
    return _diagnosis(_BY_CODE[code], Fault(code, message, **facts), plan.target, "write", {})


def hidden(found: Diagnosis, plan: LoadPlan) -> Diagnosis:
    """The same without the secrets of either side."""
    secrets = {**plan.target.secrets, **{f"s:{k}": v for k, v in (plan.source_place or plan.target).secrets.items()}}
    cause, fix, message = (clean(text, secrets) for text in (found.cause, found.fix, found.message))
    return found.replaced(cause=cause, fix=fix, message=message)


_CSV = re.compile(r"CSV Error on Line: (?P<line>\d+)")
_FILE = re.compile(r"^\s*file = (?P<file>.+?)\s*$", re.MULTILINE)
_NAMED = re.compile(r"""file (?:'([^']+)'|"([^"]+)")""")
_OF_PARQUET = ("Parquet", "magic bytes", "Failed to read file", "TProtocolException")
_LONG_INTERVAL = "Interval with time value"
"""ADBC counts nanoseconds in 64 bits."""
_WIDTH = re.compile(r"Expected Number of Columns: (?P<wanted>\d+) Found: (?P<found>\d+)")


def of_reading(error: Exception, file: str, encoding: str, names: Sequence[str] = ()) -> Fault | None:
    """What DuckDB's words about a file mean, or about rows with columns of these names; None where they are about
    something else."""
    from destui.loads.csv import likely_encoding
    from destui.loads.jsonl import json_fault

    words = str(error)
    what, _, number = raised(error).partition(" ")
    column = names[int(number)] if number and int(number) < len(names) else ""
    if what == "decimal":
        unread = {"unread": value_of(column)} if column else {}
        return Fault("LOAD-READ", "a number has more digits than its column is declared with", **unread)
    if what == "array":
        return Fault(
            "LOAD-EXACT", "an array has several dimensions, or does not begin at 1", file=file,
            column=column or str(int(number) + 1), found="arrays of several dimensions, or that begin elsewhere",
            remedy="Have it as text; a query can do that, by CAST.",
        )  # fmt: skip
    if found := too_big(error) or json_fault(error):
        return found
    where = _FILE.search(words)
    file = where["file"] if where else file
    short = "\n".join(re.split(rf"\nPossible|{_TRACEBACK}", words)[0].splitlines()[:4])
    by = {"driver": "DuckDB"}
    if line := _CSV.search(words):
        facts = {"line": line["line"], "file": file, "encoding": encoding, **by}
        if width := _WIDTH.search(words):
            return Fault("LOAD-RAGGED", short, **facts, found=width["found"], wanted=width["wanted"])
        if "unicode" in words or "encoded" in words:
            return Fault("LOAD-ENCODING", short, **facts, likely=likely_encoding(Path(file)))
        if "Maximum line size" in words or "max_line_size" in words:
            return Fault("LOAD-LINE-LONG", short, **facts)
        return Fault("LOAD-QUOTE", short, **facts)
    if "CSV Parser state machine" in words:
        return Fault("LOAD-LINES", short, file=file, **by)
    # What fits into a target is found out by TRY_CAST: what cannot be converted is the source's own.
    if type(error).__name__ == "ConversionException" or _LONG_INTERVAL in words:
        column = column_told(words, names)
        return Fault("LOAD-READ", short, **by, **({"unread": value_of(column)} if column else {}))
    if any(said in words for said in _OF_PARQUET):
        named = _NAMED.search(words)
        return Fault("LOAD-PARQUET", short, file=(named[1] or named[2]) if named else file or "The source", **by)
    return None


def is_of_source(error: Exception, source: Source) -> bool:
    """Whether a statement that reads the source and writes its rows has failed at the reading."""
    # Batches of Arrow come from the source alone.
    if raised(error) or "arrow_scan: get_next failed" in str(error):
        return True
    return of_reading_source(error, source) is not None


def of_reading_source(error: Exception, source: Source) -> Fault | None:
    """See `of_reading`."""
    return of_reading(error, source.name, source.encoding, [column.name for column in source.columns])


@contextmanager
def reading(source: Source | None = None, path: str = "") -> Iterator[None]:
    """Errors of opening and looking through a source are the source's; `path` is told while it is not open."""
    try:
        yield
    except SourceFailed:
        raise
    except Exception as error:
        found = of_reading_source(error, source) if source is not None else of_reading(error, path, "utf-8")
        if found is not None and source is not None:
            found = looked_for(found, source)
        raise SourceFailed(found or error) from error
