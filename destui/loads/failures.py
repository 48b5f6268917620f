"""What can go wrong with a load besides what can go wrong with its destination, and how either is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from destui.connectors.base import Fault
from destui.connectors.diagnosis import clean, diagnose
from destui.connectors.phrases import Phrases
from destui.domain.check import Diagnosis
from destui.domain.loads import LoadPlan, Place
from destui.loads.engine import SourceFailed, raised, too_big
from destui.loads.session import StepFailed


@dataclass(frozen=True)
class Cause:
    """One line of the catalogue of loads.

    A Fault of this `code` is told by it; another error by its code among `codes`, its class among `exceptions`, or by
    `words`, a regular expression. `cause`, `fix` and `more` are as in the catalogues of the types.
    """

    code: str
    causes: tuple[str, ...]
    cause: str
    fix: str
    codes: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    words: str = ""
    more: str = ""


LOADS: tuple[Cause, ...] = (
    Cause(
        "LOAD-EXTRA", ("driver_missing",),
        "Loads need packages that are not installed.",
        "Run this where destui is installed:\npip install 'destui[load]'",
        more="They are duckdb, pyarrow and ADBC: what reads files and writes them into databases.",
    ),
    Cause(
        "LOAD-TARGET", ("config_invalid",),
        "There are no loads into this type of destination yet.",
        "Load into a destination of type postgres, mysql, sqlite, duckdb or folder.",
    ),
    Cause(
        "LOAD-SOURCE-MISSING", ("path_missing",),
        "There is no file {file} on the host that loads.",
        "Correct the source of the load order, or put the file there; a path begins with /.",
        more="A glob such as /data/*.csv needs one file at least. A source may also be a table of a destination, "
        "written DESTINATION:TABLE; what begins with no destination's name is taken for a path.",
    ),
    Cause(
        "LOAD-SOURCE-FOLDER", ("path_wrong_kind",),
        "{file} is a folder.",
        "Name the files in it, for example by a glob:\n{file}/*.csv",
    ),
    Cause(
        "LOAD-SOURCE-CLOSED", ("no_read_right",),
        "The worker's user may not read {file}.",
        "Run this on the host that loads, as root or as the owner of the file:\nchmod a+r {file:sh}",
    ),
    Cause(
        "LOAD-FORMAT", ("config_invalid",),
        "The format of {file} cannot be told by its name.",
        "Set the format in the load order: csv, jsonl or parquet.",
    ),
    Cause(
        "LOAD-SOURCE-EMPTY", ("config_invalid",),
        "{file} has no columns: it is empty.",
        "Look what makes the file; a CSV file needs its header at least.",
    ),
    Cause(
        "LOAD-PACKED", ("file_corrupt",),
        "{file} cannot be unpacked.",
        "Make the file anew, or set the compression in the load order: gzip, zstd or none.",
    ),
    Cause(
        "LOAD-RAGGED", ("config_invalid",),
        "Line {line} of {file} has {found} values; the header has {wanted}.",
        "Mend the line; where a value holds the delimiter, it has to be quoted. Or set the delimiter and the quote in "
        "the load order.",
    ),
    Cause(
        "LOAD-QUOTE", ("config_invalid",),
        "A quote that line {line} of {file} opens is never closed as it should be.",
        "Mend the line: inside quotes, a quote is doubled. Or set another quote, or none, in the load order.",
    ),
    Cause(
        "LOAD-LINES", ("config_invalid",),
        "The file cannot be read as CSV: its lines end in different ways, or its quotes are mixed up.",
        "Make the file anew with one kind of line end, or set delimiter and quote in the load order.",
    ),
    Cause(
        "LOAD-LINE-LONG", ("config_invalid",),
        "Line {line} of {file} is longer than 2 MB.",
        "Look for a quote that is opened and never closed; otherwise shorten the line, or load Parquet.",
    ),
    Cause(
        "LOAD-ENCODING", ("config_invalid",),
        "Line {line} of {file} is not {encoding}.",
        "Set the encoding of the file in the load order; files from Windows are often cp1252.",
    ),
    Cause(
        "LOAD-ENCODING-NAME", ("config_invalid",),
        "There is no encoding {encoding}.",
        "Set one such as utf-8, cp1252, latin-1 or utf-16 in the load order.",
    ),
    Cause(
        "LOAD-ENCODING-JSON", ("config_invalid",),
        "JSON is read as UTF-8 only.",
        "Make the file anew in UTF-8; this does it:\niconv -f latin1 -t utf-8 {file:sh} > utf-8.jsonl",
    ),
    Cause(
        "LOAD-JSON", ("file_corrupt",),
        "Line {line} of {file} is no JSON.",
        "Mend the line; each line of the file has to be one whole object.",
    ),
    Cause(
        "LOAD-JSON-OBJECT", ("config_invalid",),
        "A line of the source is JSON, but no object, so that there are no columns.",
        "Make the file anew with one object a line.",
    ),
    Cause(
        "LOAD-JSON-DIGITS", ("config_invalid",),
        "A number in the source has more digits than a double keeps; reading it would cut them.",
        "Have the source write such numbers as texts, in quotes.",
    ),
    Cause(
        "LOAD-PARQUET", ("file_corrupt",),
        "{file} is no Parquet file, or a damaged one.",
        "Make the file anew, or correct the source of the load order.",
    ),
    Cause(
        "LOAD-FILES-DIFFER", ("config_invalid",),
        "{file} has other columns than the files before it.",
        "Load files with different columns by different load orders.",
    ),
    Cause(
        "LOAD-COLUMN-NAMELESS", ("config_invalid",),
        "Column {column} of {file} has no name.",
        "Give it one in the header, or set that there is no header.",
    ),
    Cause(
        "LOAD-COLUMN-TWICE", ("config_invalid",),
        "{file} has two columns {column}, which the table cannot hold apart.",
        "Rename one of them in the source; a query can do it, by AS.",
    ),
    Cause(
        "LOAD-TABLE-NAME", ("config_invalid",),
        "{table} is not the name of a table there.",
        "Give a table as NAME or SCHEMA.NAME, with double quotes around a name that holds a dot.",
    ),
    Cause(
        "LOAD-NOT-A-TABLE", ("config_invalid",),
        "{table} is a view or of another kind that is not loaded into.",
        "Load into a table.",
    ),
    Cause(
        "LOAD-COLUMNS", ("config_invalid",),
        "The table {table} lacks columns that the source has: {columns}.",
        "Let the load order add columns, or add them yourself:\n{alter}",
    ),
    Cause(
        "LOAD-REQUIRED", ("config_invalid",),
        "The table {table} needs a value in {columns}, for which the source has no column.",
        "Give the columns a default in the table, or have the source bring them.",
    ),
    Cause(
        "LOAD-COLUMN-CLOSED", ("config_invalid",),
        "Nothing can be loaded into the column {column}: it is {type}.",
        "Leave the column out of the source, or load into another table.",
    ),
    Cause(
        "LOAD-TYPE", ("config_invalid",),
        "The column {column} is {source_type} in the source and {type} in the table; values would change on the way.",
        "Change the column in the table, or have the source bring the table's type; a query can do it, by CAST.",
    ),
    Cause(
        "LOAD-VALUE", ("config_invalid",),
        "The value {value} of column {column} {where} does not fit into {type} without a loss.",
        "Mend the value in the source, or change the column in the table {table}.",
        more="Numbers with leading zeros, more digits than the column has, texts that are too long, days that do not "
        "exist: destui neither cuts nor rounds, and nothing has been written.",
    ),
    Cause(
        "LOAD-KEY-COLUMN", ("config_invalid",),
        "The key column {column} is missing from the source or the table; there are {columns}.",
        "Correct the key of the load order.",
    ),
    Cause(
        "LOAD-KEY-NULL", ("config_invalid",),
        "{count} rows of the source have no value in the key {columns}.",
        "Leave such rows out of the source, or merge by other columns.",
    ),
    Cause(
        "LOAD-KEY-TWICE", ("config_invalid",),
        "Rows of the source have the same {columns}: {keys}.",
        "Leave all but one of them out of the source, or merge by more columns.",
    ),
    Cause(
        "LOAD-MARKER", ("no_create_right",),
        "The table {markers}, by which no run loads twice, is not there and may not be made.",
        "Run this as the owner of the schema or database:\n{grant}",
        more="It holds a line a run: its id, the table, rows and time; lines older than 30 days are removed.",
    ),
    Cause(
        "LOAD-ENGINE", ("config_invalid",),
        "The table {table} is kept by {engine}, which has no transactions: a load that is cut short would stay half.",
        "Change the table, then run again:\nALTER TABLE {table:my} ENGINE = InnoDB;",
    ),
    Cause(
        "LOAD-COUNT", ("config_invalid",),
        "The target stored another number of rows than it was sent, or changed values; nothing of it was kept.",
        "Look for a trigger or rule on the table that leaves rows out, and load into a table without it.",
    ),
    Cause(
        "LOAD-UNIQUE", ("config_invalid",),
        "A row has a key that is in the table already, or twice in the source.",
        "Merge by that key instead of appending, or leave such rows out of the source.",
        codes=("23505", "1062", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE"),
        words=r"duplicate key|violates (unique|primary key) constraint",
    ),
    Cause(
        "LOAD-NOT-NULL", ("config_invalid",),
        "A row has no value in a column of the table that needs one.",
        "Mend the source, or let the column be empty in the table.",
        codes=("23502", "1048", "SQLITE_CONSTRAINT_NOTNULL"), words=r"not null constraint failed",
    ),
    Cause(
        "LOAD-CONSTRAINT", ("config_invalid",),
        "A row breaks a rule of the table.",
        "Mend the source, or the rule; the message names it.",
        codes=("23503", "23514", "23P01", "1452", "1451", "4025", "3819", "SQLITE_CONSTRAINT_CHECK",
               "SQLITE_CONSTRAINT_FOREIGNKEY", "SQLITE_CONSTRAINT_TRIGGER"),
        exceptions=("ConstraintException",),
    ),
    Cause(
        "LOAD-ZERO", ("config_invalid",),
        "A text holds a zero byte, which the target does not take.",
        "Take it out of the source; a query can do it.",
        codes=("22021", "22P05"), words=r"0x00|\\u0000",
    ),
    Cause(
        "LOAD-NO-SUCH-TABLE", ("table_missing",),
        "The source's table or a column of its query does not exist.",
        "Correct the source of the load order.",
        codes=("42P01", "42703", "1146", "1054"), exceptions=("CatalogException", "BinderException"),
        words=r"no such (table|column)",
    ),
    Cause(
        "LOAD-READ", ("config_invalid",),
        "A value of the source cannot be read without a loss.",
        "Leave it out of the source, or have it as text; a query can do either, the second by CAST.",
        exceptions=("ConversionException",), words=r"Conversion Error",
        more="Days that are infinite or before our era, days of zeros, numbers beyond their column's declaration.",
    ),
    Cause(
        "LOAD-QUERY", ("config_invalid",),
        "The source's query cannot be run as it is written.",
        "Correct the query in the load order; it has to be one that reads rows.",
        codes=("42601", "1064"), exceptions=("ParserException",), words=r"syntax error",
    ),
    Cause(
        "LOAD-TEMPORARY", ("no_create_right",),
        "The user {user} may not make temporary tables in {database}, which this load needs.",
        "Run this as the owner of the database:\nGRANT TEMPORARY ON DATABASE {database:id} TO {user:id};",
        codes=("42501",), words=r"temporary tables",
    ),
    Cause(
        "LOAD-FOLDER-FILES", ("config_invalid",),
        "The folder {folder} holds something that is not of the table: {file}.",
        "Move it elsewhere: replacing or merging the table would remove it.",
    ),
    Cause(
        "LOAD-MEMORY", ("quota_exceeded",),
        "The load needs more memory than a run may use.",
        "Load in smaller parts: fewer files at a time, or a query with a WHERE.",
    ),
    Cause(
        "LOAD-TEMP", ("disk_full",),
        "The disk for what a run puts aside on the way is full.",
        "Free space on the host that loads, or load in smaller parts.",
        more="Large merges and sorts are put aside in the run's own folder below destui's home; it is removed with the "
        "run.",
    ),
    Cause(
        "LOAD-KILLED", ("quota_exceeded",),
        "The load's process was killed by the system, most likely because memory ran out.",
        "Look in the host's system log; run the load when the host has more memory free:\ndmesg --level=err,warn",
        more="Nothing of the run has been kept in the table. A run itself stays under 600 MB.",
    ),
    Cause(
        "LOAD-CRASHED", ("unknown",),
        "The load's process ended by a fault of its own ({signal}).",
        "Run the load again; when it happens again, report what the worker's log says.",
    ),
    Cause(
        "LOAD-INTERNAL", ("unknown",),
        "destui itself failed in the middle of this load.",
        "Report what the message says, then run the load again.",
    ),
)  # fmt: skip

_BY_CODE = {entry.code: entry for entry in LOADS}


def tell(error: Exception, plan: LoadPlan, step: str, facts: Mapping[str, str]) -> tuple[Diagnosis, bool]:
    """What an error of a run means, and whether it is about the source. `facts` fill the sentences."""
    of_source = isinstance(error, SourceFailed)
    if isinstance(error, SourceFailed):
        error = error.error
    if isinstance(error, StepFailed):
        step, facts, error = error.step, {**facts, **error.facts}, error.error
    error = too_big(error) or error
    place = plan.source_place if of_source else plan.target
    if entry := _entry(error, of_source):
        return _diagnosis(entry, error, place or plan.target, step, facts), of_source
    if place is None:  # files
        return _diagnosis(_BY_CODE["LOAD-INTERNAL"], error, plan.target, step, facts), True
    return diagnose(place.type, step, error, place.fields, secrets=place.secrets, facts=facts), of_source


_OF_QUERIES = ("LOAD-NO-SUCH-TABLE", "LOAD-QUERY", "LOAD-READ")
"""Entries of what an order itself asks for; in a target such an error is another one."""


def _entry(error: Exception, of_source: bool) -> Cause | None:
    code = error.code if isinstance(error, Fault) else ""
    if code in _BY_CODE:
        return _BY_CODE[code]
    for attribute in ("sqlstate", "sqlite_errorname"):
        code = code or getattr(error, attribute, None) or ""
    names = {c.__name__ for c in type(error).__mro__}
    for entry in LOADS:
        if entry.code in _OF_QUERIES and not of_source:
            continue
        words = re.search(entry.words, str(error), re.IGNORECASE) if entry.words else None
        if code in entry.codes and (entry.code != "LOAD-TEMPORARY" or words):
            return entry
        if names & set(entry.exceptions) or (words and not entry.codes):
            return entry
        if not code and words and entry.codes:
            return entry
    return None


def _diagnosis(entry: Cause, error: Exception, place: Place, step: str, facts: Mapping[str, str]) -> Diagnosis:
    known = {**place.fields, **facts, **(error.facts if isinstance(error, Fault) else {})}
    phrases = Phrases({name: clean(str(value), place.secrets, 300) for name, value in known.items()})
    message = clean(str(error) or type(error).__name__, place.secrets)
    return Diagnosis(step, entry.code, entry.causes, phrases.fill(entry.cause), phrases.fill(entry.fix), message)


def made(code: str, plan: LoadPlan, message: str, **facts: str) -> Diagnosis:
    """A diagnosis of an entry, for what no exception tells."""
    return _diagnosis(_BY_CODE[code], Fault(code, message, **facts), plan.target, "write", {})


def hidden(found: Diagnosis, plan: LoadPlan) -> Diagnosis:
    """The same without the secrets of either side."""
    secrets = {**plan.target.secrets, **{f"s:{k}": v for k, v in (plan.source_place or plan.target).secrets.items()}}
    cause, fix, message = (clean(text, secrets) for text in (found.cause, found.fix, found.message))
    return Diagnosis(found.step, found.code, found.causes, cause, fix, message, found.driver_code)


def explain(code: str) -> Cause | None:
    """The entry of a code of loads."""
    return _BY_CODE.get(code.strip().upper())


_CSV = re.compile(r"CSV Error on Line: (?P<line>\d+)")
_FILE = re.compile(r"^\s*file = (?P<file>.+?)\s*$", re.MULTILINE)
_WIDTH = re.compile(r"Expected Number of Columns: (?P<wanted>\d+) Found: (?P<found>\d+)")


def of_reading(error: Exception, file: str, encoding: str) -> Fault | None:
    """What DuckDB's words about a file mean; None where they are about something else."""
    from destui.loads.jsonl import json_fault

    words = str(error)
    if raised(error) == "decimal":
        return Fault("LOAD-READ", "a number has more digits than its column is declared with")
    if found := too_big(error) or json_fault(error):
        return found
    where = _FILE.search(words)
    file = where["file"] if where else file
    short = "\n".join(words.split("\nPossible")[0].splitlines()[:4])
    if line := _CSV.search(words):
        facts = {"line": line["line"], "file": file, "encoding": encoding}
        if width := _WIDTH.search(words):
            return Fault("LOAD-RAGGED", short, **facts, found=width["found"], wanted=width["wanted"])
        if "unicode" in words or "encoded" in words:
            return Fault("LOAD-ENCODING", short, **facts)
        if "Maximum line size" in words or "max_line_size" in words:
            return Fault("LOAD-LINE-LONG", short, **facts)
        return Fault("LOAD-QUOTE", short, **facts)
    if "CSV Parser state machine" in words:
        return Fault("LOAD-LINES", short, file=file)
    if "Parquet" in words:
        return Fault("LOAD-PARQUET", short, file=file)
    return None
