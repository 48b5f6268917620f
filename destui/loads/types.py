"""Types of columns, and by which expressions a value goes from one to another without loss, or not at all.

They bear DuckDB's names, since DuckDB reads everything, with four of our own: TEXTUAL is text that has no type yet (a
field of CSV), NUMBER an exact number of any size, carried as its text, FLAG a small number that stands for a boolean,
and FOREIGN a type of one kind of server's, carried as the text that this server writes and reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BITS = {
    "TINYINT": 7, "SMALLINT": 15, "INTEGER": 31, "BIGINT": 63, "HUGEINT": 127,
    "UTINYINT": 8, "USMALLINT": 16, "UINTEGER": 32, "UBIGINT": 64, "UHUGEINT": 128,
}  # fmt: skip

NUMBERS = (*_BITS, "DECIMAL", "FLOAT", "DOUBLE", "NUMBER")
TIMES = ("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP", "TIMESTAMP_NS")

_DIGITS = r"(0|[1-9][0-9]*)"
NUMBER = rf"-?{_DIGITS}(\.[0-9]+)?"
"""A number as it is written out: no sign but the minus, no leading zeros, no exponent."""
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_LAX = r"'(?i)(,|nan|inf|infinity)\s*([,}\]]|$)'"


def is_lax(json: str) -> str:
    """That an expression's text, which DuckDB takes for JSON, is none to others: it has a comma before a closing
    bracket, or a number that is not finite. Inside texts, which are looked for where something was found, they are
    none."""
    texts = rf"""regexp_replace({json}, '"(?:[^"\\]|\\.)*"', '0', 'g')"""
    return f"(CASE WHEN regexp_matches({json}, {_LAX}) THEN regexp_matches({texts}, {_LAX}) ELSE false END)"


def is_json(text: str) -> str:
    """That an expression's text is JSON."""
    return f"(json_valid({text}) AND NOT {is_lax(text)})"


@dataclass(frozen=True)
class Type:
    """A type: its name and, where it has them, precision and scale, the characters at most, or what it is made of."""

    name: str
    precision: int | None = None
    """Digits of a DECIMAL; digits of a second that a time or timestamp keeps."""
    scale: int = 0
    length: int | None = None
    """Characters that a text has at most; digits that were seen in a DECIMAL, where it was found out from texts."""
    padded: bool = False
    """A text is filled up with blanks to its length."""
    takes_text: bool = False
    """A FOREIGN type whose values are texts, such as an enumeration."""
    inner: str = ""
    """Of a nested type, as DuckDB writes it; of a FOREIGN one, its name at the server; of others what only its target
    tells apart."""

    def __str__(self) -> str:
        if self.name == "DECIMAL":
            return f"DECIMAL({self.precision},{self.scale})"
        if self.name in ("NESTED", "FOREIGN"):
            return self.inner
        return {"TEXTUAL": "VARCHAR", "NUMBER": "NUMERIC"}.get(self.name, self.name)

    @property
    def is_integer(self) -> bool:
        """A whole number of a fixed size."""
        return self.name in _BITS

    @property
    def is_text(self) -> bool:
        """Text, of whatever length."""
        return self.name == "VARCHAR"

    @property
    def carrier(self) -> str:
        """The type of DuckDB's that its values have on the way."""
        if self.name in ("TEXTUAL", "NUMBER", "FOREIGN", "JSON", "ENUM"):
            return "VARCHAR"
        return "TINYINT" if self.name == "FLAG" else str(self)


TEXT, TEXTUAL, EXACT = Type("VARCHAR"), Type("TEXTUAL"), Type("NUMBER")


def parse_type(text: str) -> Type:
    """A type as DuckDB describes it."""
    if text.endswith("]") or text.startswith(("STRUCT(", "MAP(", "UNION(", "VARIANT")):
        return Type("NESTED", inner=text)
    if decimal := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", text):
        return Type("DECIMAL", int(decimal[1]), int(decimal[2]))
    if text.startswith("ENUM("):
        return Type("ENUM")
    renamed = {
        "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ", "TIME WITH TIME ZONE": "TIMETZ", '"NULL"': "NULL",
        "BIGNUM": "NUMBER", "VARINT": "NUMBER",
    }  # fmt: skip
    return Type(renamed.get(text, text))


def carried(value: str, kind: Type) -> str:
    """A value of the engine's own as the carrier of its type: numbers of any size are carried as texts."""
    return f"CAST({value} AS VARCHAR)" if kind.name == "NUMBER" else value


@dataclass(frozen=True)
class Fit:
    """How a value goes into a column: `{c}` stands for the value in both.

    `value` has the column's type, `ok` is true where nothing is lost; None: always. Where `quick`, which is soon
    found out, is true, so is `ok`.
    """

    value: str
    ok: str | None = None
    quick: str | None = None

    @property
    def whole(self) -> str:
        """What must be true, quickly found out or not."""
        return f"({self.quick or 'false'}) OR ({self.ok or 'true'})"

    def also(self, condition: str | None) -> Fit:
        """The same under one more condition on the value that arrives, for which `{v}` stands."""
        if condition is None:
            return self
        more = condition.replace("{v}", self.value)
        both = (None if known is None else f"({known}) AND ({more})" for known in (self.ok, self.quick))
        ok, quick = both
        return Fit(self.value, ok or more, quick)


def fit(source: Type, target: Type) -> Fit | None:
    """How values of one type go into a column of another; None where no value can be told to be the same."""
    if source.name == "NULL":
        return Fit(f"CAST(NULL AS {target.carrier})")
    if source.name == "TEXTUAL":
        return _from_text(target)
    if target.name == "FLAG":
        target = Type("TINYINT")
        if source.name == "BOOLEAN":
            return Fit("CAST({c} AS TINYINT)")
    if target.name in NUMBERS and source.name in NUMBERS:
        return _number(source, target)
    if source.name in TIMES or source.name == "DATE":
        if target.name == "TIMESTAMP":
            return _timestamp(source, target)
        if source.name == target.name:
            return Fit("{c}")
    if target.is_text and source.name in ("VARCHAR", "ENUM", "UUID", "JSON", "FOREIGN"):
        return _text("CAST({c} AS VARCHAR)", target)
    if target.name == "BOOLEAN" and source.is_integer:
        return Fit("({c} = 1)", "{c} IN (0, 1)")
    if target.name == "JSON" and source.name == "NESTED":
        return Fit(json_of(source), f"NOT {is_lax(json_of(source))}")
    if target.name == "FOREIGN" and target.takes_text and source.name in ("VARCHAR", "ENUM"):
        return Fit("CAST({c} AS VARCHAR)")
    if source.name != target.name or (source.name in ("NESTED", "FOREIGN") and source.inner != target.inner):
        return None
    return Fit("{c}").also(
        _seconds("{v}", target.precision) if source.name in ("TIME", "TIMETZ", "TIMESTAMPTZ") else None
    )


def _text(value: str, target: Type) -> Fit:
    if target.length is None:
        return Fit(value)
    if target.padded:  # blanks at the end are the server's own: of a shorter text they would be lost among them
        shorter = f"length({value}) < {target.length} AND NOT ends_with({value}, ' ')"
        return Fit(value, f"(length({value}) = {target.length} OR ({shorter}))")
    return Fit(value, f"length({value}) <= {target.length}")


def _number(source: Type, target: Type) -> Fit:
    cast = f"TRY_CAST({{c}} AS {target.carrier})"
    if target.name == "NUMBER":
        if source.name == "NUMBER":
            return Fit("{c}", f"regexp_full_match({{c}}, '{NUMBER}')")
        if source.name in ("FLOAT", "DOUBLE"):
            return Fit("CAST({c} AS VARCHAR)", f"regexp_full_match(CAST({{c}} AS VARCHAR), '{NUMBER}')")
        return Fit("CAST({c} AS VARCHAR)")
    if source.name == "NUMBER":
        return _from_text(target) or Fit("{c}", "false")
    if target.name in ("FLOAT", "DOUBLE"):
        return _to_float(source, target, cast)
    if source.name in ("FLOAT", "DOUBLE") and target.name == "DECIMAL":
        # The digits by which it is written, the fewest that tell it from its neighbours: reckoned from what it is, 1.1
        # would become 1.100000000000000128.
        cast = f"TRY_CAST(CAST({{c}} AS VARCHAR) AS {target})"
        return Fit(cast, f"coalesce(CAST(CAST({cast} AS VARCHAR) AS {source.name}) = {{c}}, false)")
    if source.name in ("FLOAT", "DOUBLE"):  # also keeps out what is not finite: it cannot be cast
        return Fit(cast, f"coalesce(CAST({cast} AS {source.name}) = {{c}}, false)")
    if source.is_integer and target.is_integer:
        wider = _BITS[source.name] <= _BITS[target.name] and (source.name[0] == "U" or target.name[0] != "U")
        return Fit(f"CAST({{c}} AS {target})") if wider else Fit(cast, f"{cast} IS NOT NULL")
    if source.name == "DECIMAL" and target.name == "DECIMAL":
        whole = (target.precision or 0) - target.scale >= (source.precision or 0) - source.scale
        if whole and target.scale >= source.scale:
            return Fit(f"CAST({{c}} AS {target})")
    # Back into its own type: what was rounded on the way differs.
    return Fit(cast, f"coalesce(TRY_CAST({cast} AS {source.carrier}) = {{c}}, false)")


_KEPT = 15
"""Decimal digits that a DOUBLE always keeps."""


def _to_float(source: Type, target: Type, cast: str) -> Fit:
    if source.name == target.name or (source.name, target.name) == ("FLOAT", "DOUBLE"):
        return Fit(f"CAST({{c}} AS {target})")
    if source.is_integer and _BITS[source.name] < (53 if target.name == "DOUBLE" else 24):
        return Fit(f"CAST({{c}} AS {target})")
    if source.name == "DOUBLE":
        return Fit(cast, f"CAST({cast} AS DOUBLE) = {{c}}")
    if source.name == "DECIMAL" and source.scale:
        if target.name == "DOUBLE" and (source.precision or 0) <= _KEPT:
            return Fit("CAST({c} AS DOUBLE)")
        cast = f"TRY_CAST(CAST({{c}} AS VARCHAR) AS {target})"  # by its digits, as on the way back
        return Fit(cast, f"coalesce(TRY_CAST(CAST({cast} AS VARCHAR) AS {source}) = {{c}}, false)")
    return Fit(cast, f"coalesce(TRY_CAST({cast} AS {source.carrier}) = {{c}}, false)")


def _timestamp(source: Type, target: Type) -> Fit:
    value = "CAST({c} AS TIMESTAMP)"
    # Nanoseconds are cut by the cast; compared as nanoseconds they show. What has them is far from any overflow.
    found = Fit(value, f"CAST({value} AS TIMESTAMP_NS) = {{c}}" if source.name == "TIMESTAMP_NS" else None)
    return found.also(_seconds("{v}", target.precision))


def _seconds(value: str, digits: int | None) -> str | None:
    """That a time has no more digits of a second than the column keeps."""
    if digits is None or digits >= 6:
        return None
    return f"(microsecond({value}) % {10 ** (6 - digits)} = 0)"


def _from_text(target: Type) -> Fit | None:
    """Text without a type, read as a type only where the same is read out of it again."""
    cast = f"TRY_CAST({{c}} AS {target.carrier})"
    if target.is_text:
        return _text("{c}", target)
    if target.is_integer:
        return Fit(cast, "false", _printed(cast, target.name))
    match target.name:
        case "FLAG":
            value = "CASE lower({c}) WHEN 'true' THEN 1 WHEN 'false' THEN 0 ELSE TRY_CAST({c} AS TINYINT) END"
            return Fit(f"({value})", "lower({c}) IN ('true', 'false', CAST(TRY_CAST({c} AS TINYINT) AS VARCHAR))")
        case "DECIMAL":
            # Zeros at the end say nothing new; any other digit too many would be rounded.
            dot = rf"(\.[0-9]{{1,{target.scale}}}0*)?" if target.scale else r"(\.0+)?"
            shape = f"regexp_full_match({{c}}, '-?{_DIGITS}{dot}')"
            return Fit(cast, f"{shape} AND {cast} IS NOT NULL", _printed(cast, target.name))
        case "NUMBER":
            return Fit("{c}", f"regexp_full_match({{c}}, '{NUMBER}')")
        case "DOUBLE" | "FLOAT":
            return Fit(cast, _same_float(cast, 15 if target.name == "DOUBLE" else 6), _printed(cast, target.name))
        case "BOOLEAN":
            return Fit("(lower({c}) IN ('true', 't'))", "lower({c}) IN ('true', 'false', 't', 'f')")
        case "DATE":
            return Fit(cast, f"length({{c}}) = 10 AND coalesce(CAST({cast} AS VARCHAR) = {{c}}, false)")
        case "TIMESTAMP" | "TIMESTAMPTZ":
            zone = r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)" if target.name == "TIMESTAMPTZ" else ""
            clock = rf"[ T]{_CLOCK}(\.[0-9]{{1,6}})?{zone}"
            whole = rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}({clock})" + ("" if zone else "?")
            shape = f"regexp_full_match({{c}}, '{whole}') AND {cast} IS NOT NULL"
            return Fit(cast, shape, _printed(cast, target.name)).also(_seconds("{v}", target.precision))
        case "TIME":
            shape = rf"regexp_full_match({{c}}, '{_CLOCK}(\.[0-9]{{1,6}})?') AND {cast} IS NOT NULL"
            return Fit(cast, shape, _printed(cast, target.name)).also(_seconds("{v}", target.precision))
        case "UUID":
            return Fit(cast, f"coalesce(CAST({cast} AS VARCHAR) = lower({{c}}), false)")
        case "JSON":
            return Fit("{c}", is_json("{c}"))
        case "BLOB":
            # What is asked besides of its length is asked of values of another shape too.
            return Fit("TRY(unhex({c}[3:]))", r"regexp_full_match({c}, '\\x([0-9a-fA-F]{2})*')")
        case "INTERVAL":
            return Fit(cast, f"coalesce(CAST({cast} AS VARCHAR) = {{c}}, false)")
        case "FOREIGN":
            return Fit("{c}")
    return None


_FIRST = {"TIMESTAMP": "TIMESTAMP '0001-01-01'", "TIMESTAMPTZ": "TIMESTAMPTZ '0001-01-01 00:00:00+00'"}
"""Of those whose year is written with no words."""


def _printed(cast: str, kind: str) -> str:
    """Printed it is the same, and is none of the words that are values, such as `inf` or `44-03-15 (BC)`.

    By what the value is and not by its last letter, which takes longer than the cast.
    """
    more = f" AND isfinite({cast})" if kind in ("DOUBLE", "FLOAT", *_FIRST) else ""
    more += f" AND {cast} >= {_FIRST[kind]}" if kind in _FIRST else ""
    return f"coalesce(CAST({cast} AS VARCHAR) = {{c}}{more}, false)"


def _same_float(cast: str, digits: int) -> str:
    """That a number's text survives: it is written out again exactly, or has so few digits that it always does."""
    few = rf"length(ltrim(regexp_replace({{c}}, '[-.]', '', 'g'), '0')) <= {digits}"
    # Of numbers with an exponent, only those that are written so.
    same = f"coalesce(CAST({cast} AS VARCHAR) IN ({{c}}, {{c}} || '.0') AND isfinite({cast}), false)"
    return f"(regexp_full_match({{c}}, '{NUMBER}') AND {few}) OR {same}"


_EXACT_IN_JSON = (
    "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER", "BIGINT", "DOUBLE", "VARCHAR",
)  # fmt: skip


def json_of(source: Type) -> str:
    """A nested value as JSON, in which all that JSON has no exact form for is text."""
    import duckdb

    made = _jsonable(duckdb.type(source.inner))
    return f"CAST(to_json(CAST({{c}} AS {made})) AS VARCHAR)"


def _jsonable(kind: object) -> str:
    from duckdb.sqltypes import DuckDBPyType

    assert isinstance(kind, DuckDBPyType)
    if kind.id in ("list", "array"):
        return f"{_jsonable(kind.children[0][1])}[]"
    if kind.id == "struct":
        quoted = ((name.replace('"', '""'), child) for name, child in kind.children)
        return "STRUCT(" + ", ".join(f'"{name}" {_jsonable(child)}' for name, child in quoted) + ")"
    if kind.id == "map":
        return f"MAP(VARCHAR, {_jsonable(kind.children[1][1])})"
    if kind.id == "union":
        members = ((name.replace('"', '""'), child) for name, child in kind.children[1:])
        return "UNION(" + ", ".join(f'"{name}" {_jsonable(child)}' for name, child in members) + ")"
    text = "DOUBLE" if str(kind) == "FLOAT" else str(kind)
    return text if text in _EXACT_IN_JSON else "VARCHAR"
