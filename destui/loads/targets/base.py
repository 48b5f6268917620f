"""What a target has to bring, and how the columns of a source meet those of its table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from destui.connectors.base import Fault
from destui.domain.loads import MARKERS, LoadPlan, Mode, Phase, is_own_table
from destui.loads.engine import Engine, identifier, raised
from destui.loads.names import split_name
from destui.loads.sources import Misfit, Source, SourceColumn
from destui.loads.types import Fit, Type

KEPT_DAYS = 30
"""How long a run's marker is kept: far longer than any run is tried again."""
MARKER_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"
"""What a user should have on that table. Without DELETE it works, and is not pruned."""


@dataclass(frozen=True)
class TableColumn:
    """A column of a table as its target has it; `holds` is None for a type that nothing can be loaded into."""

    name: str
    declared: str
    holds: Type | None
    required: bool = False
    """It takes no NULL and has no default."""
    generated: bool = False
    """The target fills it in and takes no values."""


@dataclass(frozen=True)
class Assignment:
    """A column of the source and the one of the table that it goes into."""

    number: int
    source: SourceColumn
    column: TableColumn
    holds: Type
    """What the column is taken to hold when these values come."""
    fit: Fit
    is_new: bool = False

    @property
    def is_cast(self) -> bool:
        """Its value is tried on all rows, also on those that then do not fit."""
        return self.fit.value.startswith("TRY_CAST(")


@dataclass
class Load:
    """One writing, ready to go: which values go where."""

    plan: LoadPlan
    source: Source
    assignments: tuple[Assignment, ...]
    makes_table: bool
    stored: Callable[[Assignment], str]
    """What is sent of a value, for which `{v}` stands."""
    as_text: Callable[[Assignment], bool] = lambda assignment: False
    """A value is sent as the text that it is printed as: where the source has that text already, as it is."""

    @property
    def engine(self) -> Engine:
        """Which reads the source."""
        return self.source.engine

    @property
    def columns(self) -> list[str]:
        """Names in the table."""
        return [a.column.name for a in self.assignments]

    @property
    def keys(self) -> list[str]:
        """Names of the key columns in the table."""
        return [self.assigned(name).column.name for name in self.plan.key]

    @property
    def moving(self) -> Phase:
        """What is done once all rows lie aside."""
        return Phase.MERGE if self.plan.mode is Mode.MERGE else Phase.MOVE

    @property
    def others(self) -> list[str]:
        """Names of the columns that are not key."""
        keys = self.keys
        return [name for name in self.columns if name not in keys]

    def respelled(self) -> list[str]:
        """Key columns of texts: a collation may hold two spellings for one, of which the source's is to stand."""
        return [a.column.name for a in map(self.assigned, self.plan.key) if a.holds.carrier == "VARCHAR"]

    @property
    def added(self) -> list[TableColumn]:
        """Columns that the table has to get."""
        return [] if self.makes_table else [a.column for a in self.assignments if a.is_new]

    def assigned(self, name: str) -> Assignment:
        """The assignment of a source's column."""
        return next(a for a in self.assignments if a.source.name == name)

    def select(self) -> str:
        """One reading of the source as the target takes it; a value that does not fit ends it by an error.

        What is used several times is reckoned once, by a SELECT below: DuckDB does not see that inside a CASE.
        """
        read_once = ", ".join(f"{read(self.source, a)} AS v{a.number}" for a in self.assignments)
        cast_once = "".join(
            f", {a.fit.value.replace('{c}', f'v{a.number}')} AS t{a.number}" for a in self.assignments if a.is_cast
        )
        values = ", ".join(f"{self._value(a)} AS {identifier(a.column.name)}" for a in self.assignments)
        return f"SELECT {values} FROM (SELECT *{cast_once} FROM (SELECT {read_once} FROM {self.source.relation()}))"

    def _value(self, assignment: Assignment) -> str:
        number, fit = assignment.number, assignment.fit
        value, ok = f"t{number}" if assignment.is_cast else fit.value, fit.ok
        sent = self.stored(assignment).replace("{v}", value).replace("{c}", f"v{number}")
        if ok is None:
            return sent
        branches = [(ok, sent)]
        if fit.quick is not None:  # before the other, and not by OR, which tries the slow one first now and then
            branches.insert(0, (fit.quick, "{c}" if self.as_text(assignment) else sent))
        if assignment.is_cast:
            branches = [(condition.replace(fit.value, value), then) for condition, then in branches]
        taken = " ".join(f"WHEN {condition} THEN {then}" for condition, then in branches).replace("{c}", f"v{number}")
        return f"CASE WHEN v{number} IS NULL THEN NULL {taken} ELSE error('destui-misfit {number}') END"

    def misfit(self, error: Exception) -> Fault | None:
        """Which value it was that did not fit, where that is what an error says. Reads the source once more."""
        what, _, number = raised(error).partition(" ")
        if what != "misfit":
            return None
        assignment = self.assignments[int(number)]
        raw = read(self.source, assignment)
        ok = assignment.fit.whole.replace("{c}", raw)
        place = self.source.locate(assignment.number, f"({raw} IS NULL OR ({ok}))")
        where = self.where(place)
        # A column without a type takes what it is given; a new one gets what the values need.
        may_be_other = self.makes_table or assignment.is_new or not assignment.column.declared
        if assignment.source.type.name == "NESTED":  # as text it would be in another notation than JSON
            may_be_other = False
        declared = assignment.column.declared or str(assignment.holds)
        return Fault(
            "LOAD-VALUE",
            f"{assignment.source.name}: {place.value[:200]!r} {where} is no {declared}",
            column=assignment.source.name, value=place.value[:60], where=where, table=self.plan.table,
            quoted=f'"{place.value[:60]}"',  # by which blanks at its ends are kept
            type=declared, is_new="yes" if may_be_other else "",
        )  # fmt: skip

    def zero(self, most: int | None = None) -> Fault | None:
        """Where a text holds a zero byte, in the source or its first `most` rows. Reads it once more."""
        texts = [a for a in self.assignments if a.source.type.carrier == "VARCHAR" and a.holds.carrier == "VARCHAR"]
        if not texts:
            return None
        numbers = ", ".join(str(a.number) for a in texts)
        each = f"unnest([{numbers}]) AS n, unnest([{', '.join(read(self.source, a) for a in texts)}]) AS v"
        number = self.engine.rows(
            f"SELECT min(n) FROM (SELECT {each} FROM {self.source.relation(most)}) WHERE contains(v, chr(0))"
        )[0][0]
        if number is None:
            return None
        assignment = self.assignments[number]
        place = self.source.locate(number, f"NOT contains({read(self.source, assignment)}, chr(0))")
        text = f"The text of column {assignment.source.name} {self.where(place)}"
        line = str(place.line or "")
        return Fault("LOAD-ZERO", f"{text} holds a zero byte", text=text, file=place.file, line=line)

    def where(self, place: Misfit) -> str:
        """A place as a sentence takes it."""
        if place.line:
            return f"in line {place.line} of {place.file}"
        return f"in row {place.row} of {self.source.name}" if place.row else "in the source"


def read(source: Source, assignment: Assignment) -> str:
    """A column's value as an expression; in columns that are not text the words for NULL are none."""
    if assignment.source.type.name == "TEXTUAL" and not assignment.holds.is_text:
        return f"({source.null_free(assignment.number)})"
    return assignment.source.sql


@dataclass
class Written:
    """What a target has written."""

    rows: int
    before: bool = False
    """By an earlier run of the same id: this one wrote nothing."""
    warnings: list[str] = field(default_factory=list)


class Target(ABC):
    """Where rows go. One is made for one run; `close` is always called, and undoes what is not committed."""

    step = "open"
    """What it is doing, as a step of a check."""
    folds_case = False
    """Names that differ only in capitals are the same column."""
    is_apart = False
    """Its sessions are none of the engine's."""
    by_kind = False
    """Its columns have no types, its values do: each is written as what the source is found to hold."""
    has_statements = True
    """Its tables are changed by SQL."""
    longest_name: tuple[int, str] | None = None
    """How long a name of a table or column may be: so many `bytes` or `characters`."""
    takes_zero = True
    """Its texts may hold zero bytes."""
    quote: Callable[[str], str] = staticmethod(identifier)

    def __init__(self, engine: Engine, plan: LoadPlan) -> None:
        self.engine = engine
        self.plan = plan
        self.facts: dict[str, str] = {}

    @abstractmethod
    def connect(self) -> None:
        """Sign in, or open the file. Raises Fault or what the driver raises."""

    @abstractmethod
    def columns(self) -> Sequence[TableColumn] | None:
        """The table's columns; None where there is no such table. Raises Fault."""

    def path(self) -> Sequence[str]:
        """The table's name in its parts, as a statement that somebody pastes there finds it."""
        return split_name(self.plan.table)

    def lacking(self, columns: Sequence[TableColumn]) -> dict[str, str]:
        """Facts of columns that the table lacks: `columns` as they are declared, and `alter`, the statements that add
        them, parted as `failures` takes them."""
        table = ".".join(map(self.quote, self.path()))
        declared = [f"{self.quote(column.name)} {column.declared}".rstrip() for column in columns]
        alter = "\0".join(f"ALTER TABLE {table} ADD COLUMN {each};" for each in declared)
        return {"columns": ", ".join(declared), "alter": alter}

    def check_length(self, name: str, code: str) -> None:
        """Refuse a name that the target would cut, under this code. Raises Fault."""
        if self.longest_name is not None:
            most, unit = self.longest_name
            length = len(name.encode() if unit == "bytes" else name)
            if length > most:
                words = f"the name {name} has {length} {unit}"
                raise Fault(code, words, column=name, most=f"{most} {unit}", table=self.plan.table)

    @abstractmethod
    def made(self, source: Type) -> tuple[str, Type]:
        """The type that a new column for these values gets: as it is declared, and what it holds."""

    def refined(self, column: TableColumn, source: Type) -> Type | None:
        """What a column is taken to hold when values of this type come."""
        return column.holds

    def limit(self, holds: Type) -> str | None:
        """What must be true of a value `{v}` besides its type."""
        return None

    def stored(self, assignment: Assignment) -> str:
        """What is sent of a value `{v}`."""
        return "{v}"

    def as_text(self, assignment: Assignment) -> bool:
        """What is sent is the text that a value is printed as."""
        return False

    @abstractmethod
    def prepare(self) -> None:
        """Make sure of the table of markers. Raises Fault `LOAD-MARKER` with the GRANT where it may not be made, or not
        be used."""

    @abstractmethod
    def loaded(self) -> int | None:
        """How many rows an earlier try of this run has loaded, None where none has. After `prepare`."""

    def may_prepare(self) -> None:
        """Raise Fault `LOAD-MARKER`, as `prepare` would, and change nothing."""
        return

    def may_write(self, load: Load) -> None:
        """Raise what `write` would where a right to the table is missing, and change nothing."""
        return

    @abstractmethod
    def write(self, load: Load) -> Written:
        """Write all of it and the run's marker at once, or nothing. Raises Fault or what the driver raises."""

    @abstractmethod
    def undo(self) -> None:
        """Undo what `write` began, so that it can be called again."""

    def tidy(self) -> None:
        """After a commit: remove old markers. Whatever stands against it is no trouble of the run."""
        return

    def abort(self) -> None:
        """From another thread: have what runs at the target end soon, where it would not notice that we are gone."""
        return

    @abstractmethod
    def close(self) -> None:
        """End it; what is not committed is undone."""

    def tables(self) -> list[str]:
        """The tables there are, as an order names them. For completion."""
        return []


def open_target(engine: Engine, plan: LoadPlan) -> Target:
    """The target of a plan, not yet connected. Raises Fault for a type that nothing can be loaded into."""
    from importlib import import_module

    if is_own_table(plan.table):  # an order from before it was refused
        raise Fault("LOAD-TABLE-NAME", f"by {MARKERS} no run loads twice", table=plan.table)
    name = plan.target.type
    if name not in ("postgres", "mysql", "sqlite", "duckdb", "folder"):
        raise Fault("LOAD-TARGET", f"there are no loads into {name}", type=name)
    found: Target = import_module(f"destui.loads.targets.{name}").TARGET(engine, plan)
    return found
