"""Load orders: what is read, where it goes and how, and what a run tells while it goes on and when it ends."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from destui.domain.errors import InvalidInput, Problem
from destui.domain.units import count, size

if TYPE_CHECKING:
    from destui.domain.check import Diagnosis
    from destui.domain.fields import Fields
    from destui.domain.secret import Secrets

MARKERS = "_destui_loads"
"""The table in the target that says which runs have loaded, so that none loads twice."""


class Mode(StrEnum):
    """What becomes of the rows that are in the table."""

    APPEND = "append"
    """They stay."""
    REPLACE = "replace"
    """They go."""
    MERGE = "merge"
    """Those with the same key are updated, in the columns that the source has."""


class Phase(StrEnum):
    """What a run is doing."""

    TURN = "waiting for another load that has this file"
    CONNECT = "connecting"
    LOOK = "looking at the source"
    LOCK = "waiting for others who have the table locked"
    LOAD = "loading"
    MERGE = "merging"
    MOVE = "moving the rows into the table"
    COMMIT = "committing"


COMPRESSIONS = ("gzip", "zstd", "none")
FORMATS = ("csv", "jsonl", "parquet")
NULL_WORDS = ("NA", "null")
"""What stands for NULL in columns that are not text, unless an order names its own words."""


@dataclass(frozen=True)
class FileOptions:
    """How files are read. What is empty is found out: the format by the name, the delimiter by the first lines."""

    format: str = ""
    """One of FORMATS."""
    delimiter: str = ""
    quote: str = '"'
    """Empty: nothing is quoted."""
    header: bool = True
    """The first line of CSV has the names of the columns."""
    encoding: str = "utf-8"
    """Any that Python knows."""
    null_words: tuple[str, ...] | None = None
    """What is NULL in every column, besides what is empty; None: NULL_WORDS, in columns that are not text."""
    compression: str = ""
    """`gzip`, `zstd` or `none`; empty: by the name."""


@dataclass(frozen=True)
class SourceSpec:
    """Where rows come from: files (`path`, may be a glob), or a table or query of a destination.

    Of a folder destination, `table` is the path or glob below the folder.
    """

    path: str = ""
    destination: str = ""
    """The destination's name."""
    table: str = ""
    query: str = ""
    options: FileOptions = field(default_factory=FileOptions)

    @property
    def text(self) -> str:
        """As it is written in an order: a path, `DESTINATION:TABLE` or `DESTINATION:select …`."""
        return self.path or f"{self.destination}:{self.query or self.table}"


_QUERY = ("select", "with", "values", "from", "table")
"""Words that begin a query; whatever else follows a destination's name is a table."""


def parse_source(text: str, destinations: Collection[str], options: FileOptions | None = None) -> SourceSpec:
    """Read a source: a path or glob, `DESTINATION:TABLE` or `DESTINATION:select …`.

    `destinations` are the names there are; the longest that fits counts, and what begins with none of them is a path.
    A path that looks like one starts with `./`, `/` or `~`. Raises InvalidInput on the field `source`.
    """
    text = text.strip()
    options = options or FileOptions()
    if not text:
        raise _invalid("A source is required: a path, or DESTINATION:TABLE.")
    if any(ord(c) < 32 and c not in "\n\t" for c in text):
        raise _invalid("A source has no control characters.")
    name = max((n for n in destinations if text.startswith(f"{n}:")), key=len, default="")
    if not name or text.startswith(("./", "/", "~")):
        if "\n" in text:
            raise _invalid("A path has no line breaks.")
        return SourceSpec(path=text, options=options)
    rest = text[len(name) + 1 :].strip()
    if not rest:
        raise _invalid(f"After {name}: comes a table, or a query that begins with select.")
    first = rest.split(None, 1)[0].lower()
    if first in _QUERY and len(rest.split(None, 1)) > 1:
        return SourceSpec(destination=name, query=rest.rstrip(";").rstrip(), options=options)
    return SourceSpec(destination=name, table=rest, options=options)


def _invalid(sentence: str) -> InvalidInput:
    return InvalidInput([Problem("source", sentence)])


def is_own_table(table: str) -> bool:
    """Whether a name, as an order gives it, means the table of markers, in whatever schema."""
    return table.replace('"', "").rpartition(".")[2].strip().lower() == MARKERS


def check_plan(mode: Mode, key: tuple[str, ...], table: str) -> None:
    """Hold an order's own rules. Raises InvalidInput with every problem found."""
    problems = []
    if not table.strip():
        problems.append(Problem("table", "A table is required."))
    elif any(ord(c) < 32 for c in table):
        problems.append(Problem("table", "A table's name has no control characters."))
    elif is_own_table(table):
        problems.append(Problem("table", "By this table no run loads twice. Choose another one."))
    if mode is Mode.MERGE and not key:
        problems.append(Problem("key", "A merge needs the columns by which rows are the same."))
    if mode is not Mode.MERGE and key:
        problems.append(Problem("key", "Only a merge has key columns."))
    if len(set(key)) < len(key):
        problems.append(Problem("key", "A column is named twice."))
    if problems:
        raise InvalidInput(problems)


@dataclass(frozen=True)
class Place:
    """A destination as a run reaches it: the configuration and credentials of one version."""

    type: str
    fields: Fields
    secrets: Secrets = field(default_factory=dict)


@dataclass(frozen=True)
class LoadPlan:
    """All that one run needs to know.

    `run_id` (letters, digits, `_`, `-`; at most 64) marks its rows in the target: a second run of the same id loads
    nothing and reports what the first has loaded.
    """

    run_id: str
    target: Place
    table: str
    """May be `schema.table` where the target has schemas; quote with `"` what holds a dot."""
    mode: Mode
    source: SourceSpec
    source_place: Place | None = None
    """Of the destination that `source` names."""
    key: tuple[str, ...] = ()
    add_columns: bool = False
    """Columns that only the source has are added to the table; otherwise they are refused."""
    again: bool = False
    """An earlier try of this run may have loaded: that is looked for before the source is read, which may be gone."""
    only_look: bool = False
    """With `again`: it has been stopped, and only whether an earlier try has loaded is found out."""


@dataclass(frozen=True)
class Progress:
    """How far a run is. Rows and bytes are of the source; `total_bytes` is None where it is not known."""

    phase: Phase
    rows: int = 0
    bytes: int = 0
    total_bytes: int | None = None
    rows_per_second: float = 0.0
    seconds: float = 0.0
    """Since the run began."""
    total_rows: int | None = None
    """As far as known; an estimate does."""
    disk: int = 0
    """The most bytes that the run has put aside on the way until now."""


def share_of(size: int, total_size: int | None, rows: int, total_rows: int | None) -> float | None:
    """How much of a source is read, from 0 to 1: by bytes, otherwise by rows; None where neither total is known."""
    if total_size:
        return min(1.0, size / total_size)
    return min(1.0, rows / total_rows) if total_rows else None


class RunState(StrEnum):
    """How a run ended."""

    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class RunResult:
    """How a run ended. What failed or was stopped has left the table as it was."""

    state: RunState
    rows: int = 0
    bytes: int = 0
    seconds: float = 0.0
    columns_added: tuple[str, ...] = ()
    diagnosis: Diagnosis | None = None
    of_source: bool = False
    """The diagnosis is about the source, or the destination that it is; otherwise about the target."""
    peak_memory: int = 0
    """Bytes, of the run's own process."""
    warnings: tuple[str, ...] = ()
    """What went well but should be known, as sentences."""
    peak_disk: int = 0
    """Bytes put aside on the way, at most; they are gone with the run."""
    silent: bool = False
    """Its process was stopped within the commit, or ended without a word: it may have loaded all the same."""


@dataclass(frozen=True)
class Column:
    """A column as the preview shows it."""

    name: str
    type: str
    """As the table has it, or will."""
    source_type: str = ""
    """As the source has it."""


@dataclass(frozen=True)
class LineProblem:
    """Something wrong with a source: in which file and line (0: the whole of it), a sentence."""

    sentence: str
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Preview:
    """The first rows of a source, as text (None is NULL), with the columns that the table has or gets."""

    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    problems: tuple[LineProblem, ...] = ()
    table_exists: bool = False
    diagnosis: Diagnosis | None = None
    """Why there is no preview, or why a run would fail."""
    options: FileOptions = field(default_factory=FileOptions)
    """As found out."""
    tables: tuple[str, ...] = ()
    """Those that the destination has, as an order names them; also of a preview without a source."""
    files: int = 0
    """How many files are read; 0 where the source is a destination's table or query."""
    total_bytes: int | None = None
    total_rows: int | None = None
    """Where they are cheaply known."""
    rows_estimated: bool = False

    @property
    def extent(self) -> str:
        """What is known of how large the source is: `2 files, 48,210 rows, 3.0 MB`; of an estimate two digits."""
        told = [count(self.files, "file")] if self.files > 1 else []
        if self.total_rows is not None:
            digits = max(0, len(str(self.total_rows)) - 2) if self.rows_estimated else 0
            told.append(f"{'about ' if self.rows_estimated else ''}{count(round(self.total_rows, -digits), 'row')}")
        if self.total_bytes is not None:
            told.append(size(self.total_bytes))
        return ", ".join(told)
