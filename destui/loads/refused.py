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
from destui.loads.engine import literal
from destui.loads.failures import ZERO
from destui.loads.names import split_name
from destui.loads.targets import postgres_rights
from destui.loads.targets.base import Assignment, Load, read

_NOT_OF_VALUES = ("22012", "22P03", "22P04")
"""Of SQLSTATE's class 22: a division by zero, and a form of COPY's own that is wrong."""
_OF_RULES = ("23514", "4025", "3819")
_OF_KEYS = "23505"
_OF_NULL = ("23502", "1048")
_PLACE = re.compile(r'^COPY .+?, \w+ (?P<row>\d+)(?:, \w+ (?P<column>.+?))?(?:: ".*)?$', re.MULTILINE)
"""In most of the languages that a server may speak."""
_NAME = re.compile(r"""["«»„“”`'] ?([^"«»„“”`'\n]+?) ?["«»“”`']""")
_MARIADB_RULE = re.compile(r"CONSTRAINT `(?:(?P<table>[^`]+)\.)?(?P<name>[^`.]+)`")
"""The rule of a column is called TABLE.COLUMN."""
_VALUE = re.compile(r'[:：]\s?(?:«\s?|["„“»])(?P<value>.+?)(?:\s?»|["“”«])\s*$', re.DOTALL)
"""What stands in quotes at the end of a message: the whole of a text that could not be cast, or a bound of a range."""
_BOUNDS = {
    "int4range": "integer", "int8range": "bigint", "numrange": "numeric", "daterange": "date",
    "tsrange": "timestamp|date/time", "tstzrange": "timestamp with time zone|date/time",
}  # fmt: skip
"""What a message says of the bounds of ranges."""
_BITS = r"bin[aä]\w*"
_UNQUOTED = {"xml": "xml", "ltree": "ltree", "bit": _BITS, "varbit": _BITS}
"""What a message says of types whose values it does not quote whole, in some of the languages."""
_RANGE = "(?<!out of )range"
_SHOWN = 60


def of_server(error: Exception, load: Load) -> Fault | None:
    """What the error of a target's server says of a value, a row or the table; None where it is about something else.
    May read the source once more."""
    said = _Said.of(error)
    facts = {"table": load.plan.table, "driver": registry.catalogue(load.plan.target.type).driver_code(said.code)}
    if said.code == "42501":
        return _right(said, load, facts)
    if said.code == _OF_KEYS:
        return Fault("LOAD-UNIQUE", said.message, row=_row(said, load), **facts)
    if said.code in _OF_RULES:
        return _broken(said, load, facts)
    if said.code in _OF_NULL:
        found = _named(load, said.copied[1], said.column, *_NAME.findall(said.primary)[:1])
        there = {"column": f"the column {found.column.name}"} if found else {}
        return Fault("LOAD-NOT-NULL", said.message, row=_row(said, load), **there, **facts)
    if len(said.code) != 5 or not said.code.startswith("22") or said.code in _NOT_OF_VALUES:
        return None
    found = _named(load, said.copied[1], said.column)
    if said.code not in ZERO:
        return _refused(said, load, found, facts)
    where = _where(load, found, _copied(load, found, said)) if found else ""
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
    return postgres_rights.refused(load, said.message, schema, name, **facts)


def _named(load: Load, *names: str) -> Assignment | None:
    by_name = {a.column.name: a for a in load.assignments}
    return next((by_name[name] for name in names if name in by_name), None)


def _refused(said: _Said, load: Load, found: Assignment | None, facts: dict[str, str]) -> Fault:
    """A column is told that the server names; or, of those to whose types it casts texts, one whose type is in the
    message and that has what is quoted there: rules cast texts too, and fail by the same words."""
    quoted = _VALUE.search(said.primary)
    value = quoted["value"] if quoted else None
    if found:
        return _of(found, said, facts, _where(load, found, _copied(load, found, said, value)))
    words = (said.primary[: quoted.start()] if quoted else said.primary).lower()
    # What a COPY or a trigger says has a context.
    named = [] if said.context else [a for a in load.assignments if _is_named(a, words, is_quoted=bool(quoted))]
    if value is None:
        return _of(named[0], said, facts) if len(named) == 1 else Fault("LOAD-REFUSED-ROW", said.message, **facts)
    for a in named:
        if where := _where(load, a, value):
            return _of(a, said, facts, where)
    return Fault("LOAD-REFUSED-ROW", said.message, **facts)


def _of(assignment: Assignment, said: _Said, facts: dict[str, str], where: str = "") -> Fault:
    column, what = assignment.column, where or "a value of the source"
    return Fault("LOAD-REFUSED", said.message, **facts, column=column.name, type=column.declared, what=what)


def _broken(said: _Said, load: Load, facts: dict[str, str]) -> Fault:
    mariadb = _MARIADB_RULE.search(said.primary)
    names = _NAME.findall(said.primary)
    rule = said.rule or (mariadb["name"] if mariadb else names[-1] if names else "")
    of_column = mariadb["name"] if mariadb and mariadb["table"] else ""
    found = _named(load, said.copied[1], said.column, of_column)
    where = _where(load, found, _copied(load, found, said)) if found else ""
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


def _is_named(assignment: Assignment, words: str, is_quoted: bool) -> bool:
    """That a message is of the column's type, to which the server casts texts."""
    holds = assignment.holds
    kind = {"NUMBER": "numeric", "TIMETZ": "time with time zone", "FOREIGN": holds.inner}.get(holds.name, "").lower()
    unquoted = _RANGE if kind.endswith("range") else _UNQUOTED.get(kind, "")
    found = "|".join(filter(None, (re.escape(kind), unquoted, _BOUNDS.get(kind)))) if is_quoted else unquoted
    return bool(kind and found) and re.search(rf"(?<!\w)({found})(?!\w)", words) is not None


def _copied(load: Load, assignment: Assignment, said: _Said, value: str | None = None) -> str | None:
    """The whole of the value in the row that the server names; what it quotes where that may be another row now."""
    row = said.copied[0]
    if row and load.source.files:  # a destination's rows may come in another order now
        with suppress(Exception):
            text = f"CAST({read(load.source, assignment)} AS VARCHAR)"
            rows = load.engine.rows(f"SELECT {text} FROM {load.source.relation()} LIMIT 1 OFFSET {row - 1}")
            if rows and rows[0][0] is not None and (value or "") in rows[0][0]:
                return str(rows[0][0])
    return value


def _where(load: Load, assignment: Assignment, value: str | None) -> str:
    """A value as a sentence takes it, with its line; empty where no value of the column is the same."""
    if value is None:
        return ""
    raw = read(load.source, assignment)
    text, same = f"CAST({raw} AS VARCHAR)", literal(value)
    other = f"{text} <> {same}"
    if assignment.holds.inner in _BOUNDS:  # it may be one of the two
        other += f" AND NOT list_contains(string_split(trim({text}, '[]() '), ','), {same})"
    with suppress(Exception):
        place = load.source.locate(assignment.number, f"({raw} IS NULL OR ({other}))")
        if place.row:
            return f'the value "{place.value[:_SHOWN]}" {load.where(place)}'
    return ""
