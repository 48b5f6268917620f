"""A server's own refusal: of a value or row, told by its column, its value and its line in the source; or of the table,
told with the GRANT that the load needs.

A value is found by what the server says of its place: a row and a column of what was copied (PostgreSQL's CONTEXT), a
column or rule by name, or else the type that the value was to become.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

from destui.connectors import registry
from destui.connectors.base import Fault
from destui.connectors.catalogue import Failure
from destui.domain.loads import Mode
from destui.loads.engine import literal
from destui.loads.names import split_name
from destui.loads.targets.base import Assignment, Load, read

_ZERO = ("22021", "22P05")
_NOT_OF_VALUES = ("22012", "22P03", "22P04")
"""Of SQLSTATE's class 22: a division by zero, and a form of COPY's own that is wrong."""
_OF_RULES = ("23514", "4025", "3819")
_OF_NULL = ("23502", "1048")
_PLACE = re.compile(r'^COPY .+?, \w+ (?P<row>\d+)(?:, \w+ (?P<column>.+?))?(?:: ".*)?$', re.MULTILINE)
"""In most of the languages that a server may speak."""
_NAME = re.compile(r"""["«»„“”`'] ?([^"«»„“”`'\n]+?) ?["«»“”`']""")
_MARIADB_RULE = re.compile(r"CONSTRAINT `(?:(?P<table>[^`]+)\.)?(?P<name>[^`.]+)`")
"""The rule of a column is called TABLE.COLUMN."""
_VALUE = re.compile(r'[:：]\s?["„“«»] ?(?P<value>.+?) ?["“”«»]\s*$', re.DOTALL)
"""What stands in quotes at the end of a message."""
_SHOWN = 60


def of_server(error: Exception, load: Load) -> Fault | None:
    """What the error of a target's server says of a value, a row or the table; None where it is about something else.
    May read the source once more."""
    said = _Said.of(error)
    facts = {"table": load.plan.table, "driver": registry.catalogue(load.plan.target.type).driver_code(said.code)}
    if said.code == "42501":
        return _right(said, load, facts)
    if said.code in _OF_RULES:
        return _broken(said, load, facts)
    if said.code in _OF_NULL:
        found = _named(load, said.copied[1], said.column, *_NAME.findall(said.primary)[:1])
        there = {"column": f"the column {found.column.name}"} if found else {}
        return Fault("LOAD-NOT-NULL", said.message, row=_row(said, load), **there, **facts)
    if len(said.code) != 5 or not said.code.startswith("22") or said.code in _NOT_OF_VALUES:
        return None
    found = _named(load, said.copied[1], said.column)
    if said.code not in _ZERO:
        return _refused(said, load, found, facts)
    where = _where(load, found, None, said.copied[0]) if found else ""
    return Fault("LOAD-ZERO", said.message, text=_of_column(where, found), **facts) if found else None


@dataclass(frozen=True)
class _Said:
    code: str
    primary: str
    message: str
    context: str
    column: str = ""
    rule: str = ""

    @classmethod
    def of(cls, error: Exception) -> _Said:
        """Of whichever driver, or of what was made of its error."""
        diag, code = getattr(error, "diag", None), getattr(error, "sqlstate", None) or ""
        if isinstance(error, Fault) or diag is None or not diag.message_primary:
            words = str(error)
            primary = re.split(r"\n(?:DETAIL|HINT|CONTEXT):  ", words)[0]
            context = words.partition("\nCONTEXT:  ")[2]
            return cls(error.code if isinstance(error, Fault) else code, primary, words, context)
        more = {"DETAIL": diag.message_detail, "HINT": diag.message_hint, "CONTEXT": diag.context}
        words = "\n".join([diag.message_primary, *(f"{name}:  {text}" for name, text in more.items() if text)])
        named = (diag.column_name or "", diag.constraint_name or "")
        return cls(code, diag.message_primary, words, diag.context or "", *named)

    @property
    def copied(self) -> tuple[int, str]:
        """The row and the column of what was copied; 0 and an empty text where they are not told."""
        found = _PLACE.search(self.context)
        return (int(found["row"]), found["column"] or "") if found else (0, "")


_NEEDED = {Mode.APPEND: "INSERT", Mode.REPLACE: "INSERT, DELETE", Mode.MERGE: "SELECT, INSERT, UPDATE, DELETE"}
"""A merge does without DELETE, but slower."""


def _right(said: _Said, load: Load, facts: dict[str, str]) -> Fault | None:
    """PostgreSQL's refusal of the table itself, and of none that a trigger or the like writes to."""
    *schemas, name = split_name(load.plan.table)
    found = registry.catalogue(load.plan.target.type).find(Failure(said.primary, codes=(said.code,)))
    if found is None or not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said.primary):
        return None
    schema = schemas[0] if schemas else str(load.plan.target.fields.get("schema", "public"))
    if found[0].code == "PG-42501-OWNER":
        return Fault(said.code, said.message, schema=schema, table=name)
    if found[0].code != "PG-42501-TABLE":
        return None
    return Fault("LOAD-TABLE-RIGHT", said.message, **facts, schema=schema, name=name, rights=_NEEDED[load.plan.mode])


def _named(load: Load, *names: str) -> Assignment | None:
    by_name = {a.column.name: a for a in load.assignments}
    return next((by_name[name] for name in names if name in by_name), None)


def _refused(said: _Said, load: Load, found: Assignment | None, facts: dict[str, str]) -> Fault:
    quoted = _VALUE.search(said.primary)
    value = quoted["value"] if quoted else None
    cast = _cast(load)
    named = [found] if found else [a for a in cast if _word(a) in said.primary.lower()]
    for a in named or cast:
        if where := _where(load, a, value, said.copied[0] if found else 0):
            return _of(a, said, facts, where)
    if not named and not said.context:  # what a COPY or a trigger says has one
        named = cast
    if len(named) == 1:
        return _of(named[0], said, facts, f'the value "{value[:_SHOWN]}"' if value else "a value of the source")
    return Fault("LOAD-REFUSED-ROW", said.message, **facts)


def _of(assignment: Assignment, said: _Said, facts: dict[str, str], what: str) -> Fault:
    column = assignment.column
    return Fault("LOAD-REFUSED", said.message, **facts, column=column.name, type=column.declared, what=what)


def _broken(said: _Said, load: Load, facts: dict[str, str]) -> Fault:
    mariadb = _MARIADB_RULE.search(said.primary)
    names = _NAME.findall(said.primary)
    rule = said.rule or (mariadb["name"] if mariadb else names[-1] if names else "")
    of_column = mariadb["name"] if mariadb and mariadb["table"] else ""
    found = _named(load, said.copied[1], said.column, of_column)
    where = _where(load, found, None, said.copied[0]) if found else ""
    row = _of_column(where, found) if found else _row(said, load)
    if rule and not of_column:
        facts = {**facts, "rule": f"the rule {rule} of the table"}
    return Fault("LOAD-CONSTRAINT", said.message, row=row, **facts)


def _row(said: _Said, load: Load) -> str:
    number = said.copied[0]
    return f"Row {number} of {load.source.name or 'the source'}" if number else "A row"


def _of_column(where: str, assignment: Assignment) -> str:
    """A value at the beginning of a sentence."""
    name = assignment.column.name
    return f"T{where[1:]}, of column {name}," if where else f"A value of column {name}"


def _cast(load: Load) -> list[Assignment]:
    """The columns to whose types the server casts texts."""
    return [a for a in load.assignments if a.holds.name in ("FOREIGN", "NUMBER", "TIMETZ")]


def _word(assignment: Assignment) -> str:
    """What a message about a value of the column's type says of it."""
    kind = assignment.holds.inner if assignment.holds.name == "FOREIGN" else assignment.column.declared
    if kind.endswith("range"):
        return "range"
    return {"bit": "binary", "varbit": "binary"}.get(kind, kind.partition("(")[0].lower())


def _where(load: Load, assignment: Assignment, value: str | None, row: int) -> str:
    """A value as a sentence takes it, with its line; empty where it is not found in the source."""
    raw = read(load.source, assignment)
    with suppress(Exception):
        if row:
            asked = f"SELECT CAST({raw} AS VARCHAR) FROM {load.source.relation()} LIMIT 1 OFFSET {row - 1}"
            there = load.engine.rows(asked)
            # A destination's rows may come in another order now.
            if there and there[0][0] is not None and (value is None or value in there[0][0]):
                value = str(there[0][0])
        if value is None:
            return ""
        text = f"CAST({raw} AS VARCHAR)"
        place = load.source.locate(assignment.number, f"({raw} IS NULL OR NOT contains({text}, {literal(value)}))")
        if place.row and place.value != value:  # it may be a part of what is refused, or stand within what is not
            whole = load.source.locate(assignment.number, f"({raw} IS NULL OR {text} <> {literal(value)})")
            place = whole if whole.row else place
        if place.row:
            return f'the value "{place.value[:_SHOWN]}" {load.where(place)}'
    return ""
