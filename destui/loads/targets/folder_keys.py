"""Which keys of a merge are one in files of text, whose values have no types or types of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from destui.loads.types import EXACT, NUMBER, NUMBERS, TEXT, Type

_WHOLE = "-?(0|[1-9][0-9]*)"
_POWER = "coalesce(TRY_CAST(regexp_extract(p, 'e(.*)', 1) AS INTEGER), 0)"
_DOUBLE = "TRY_CAST({text} AS DOUBLE)"
_EXACT = (
    f"CASE WHEN regexp_matches(lower({{text}}), '[{{marks}}]') AND {_DOUBLE} = trunc({_DOUBLE})"
    f" THEN CAST(TRY_CAST({_DOUBLE} AS HUGEINT) AS VARCHAR) END"
)
# The digits with so many zeros around them that the point can be moved.
_ZEROS = f"repeat('0', abs({_POWER}))"
_LEFT = f"{_ZEROS} || regexp_extract(p, '^-?([0-9]+)', 1)"
_RIGHT = f"regexp_extract(p, '[.]([0-9]+)', 1) || {_ZEROS}"
_POINT = f"CAST(length({_LEFT}) + {_POWER} AS BIGINT)"
_MOVED = (
    f"CASE WHEN starts_with(p, '-') THEN '-' ELSE '' END || substr({_LEFT} || {_RIGHT}, 1, {_POINT})"
    f" || '.' || substr({_LEFT} || {_RIGHT}, {_POINT} + 1)"
)
_WRITTEN_OUT = (
    f"regexp_replace(regexp_replace(regexp_replace({_MOVED}, '^(-?)0+([0-9])', '\\1\\2'), '[.]?0*$', ''), '^-0$', '0')"
)


def by_value(text: str, marks: str = "e") -> str:
    """The text of a number as an expression that is the same for the same number, however it is written; any other
    text, such as `01`, stays as it is. By one of the marks a double is known: one that is whole has more digits than
    it is written with."""
    exact = f"lower(coalesce({_EXACT.replace('{text}', text).replace('{marks}', marks)}, {text}))"
    is_number = f"regexp_full_match(p, '{NUMBER}(e[-+]?[0-9]{{1,3}})?')"
    written = f"list_transform([{exact}], lambda p: CASE WHEN {is_number} THEN {_WRITTEN_OUT} END)[1]"
    # Most numbers are found out sooner.
    return (
        f"CASE WHEN regexp_full_match({text}, '-?[1-9][0-9]{{0,14}}([.]0)?') THEN split_part({text}, '.', 1)"
        f" WHEN regexp_full_match({text}, '{_WHOLE}[.][0-9]*[1-9]') THEN {text} ELSE coalesce({written}, {text}) END"
    )


def comparable(there: tuple[str, Type], coming: tuple[str, Type]) -> tuple[str, str]:
    """Two values and what their columns hold, as expressions that are equal where the keys are one: numbers by value,
    texts as they are, and a number and a text where it is printed so. JSON holds some of each."""
    if there[1].is_integer and coming[1].is_integer:
        return _printed(there[0]), _printed(coming[0])
    return _one(*there, coming[1]), _one(*coming, there[1])


def _one(value: str, kind: Type, other: Type) -> str:
    is_mixed = kind.name == "JSON"
    printed = _printed(value)
    if (is_mixed or kind.name in NUMBERS) and (other.name == "JSON" or other.name in NUMBERS):
        printed = by_value(printed, "e." if is_mixed else "e")
    return f"CASE json_type({value}) WHEN 'VARCHAR' THEN {value} ->> '$' ELSE {printed} END" if is_mixed else printed


def _printed(value: str) -> str:
    return f"CAST({value} AS VARCHAR)"


def written_as(ask: Callable[[str], Sequence[Sequence[Any]]], relation: str, column: str) -> Type:
    """What a column of texts is as a key: numbers only where each is written as numbers are printed and none in two
    ways, since `1` beside `1.0`, `1.10` or `01` may be names of something."""
    value = f"SELECT {column} AS v FROM {relation} WHERE {column} IS NOT NULL"
    printed = f"regexp_full_match(v, '{_WHOLE}([.]0)?') OR CAST(TRY_CAST(v AS DOUBLE) AS VARCHAR) = v"
    whole, number = ask(
        f"SELECT bool_and(regexp_full_match(v, '{_WHOLE}')), bool_and(coalesce({printed}, false)) FROM ({value})"
    )[0]
    if whole:
        return Type("BIGINT")
    if number and ask(f"SELECT count(DISTINCT v) = count(DISTINCT {by_value('v')}) FROM ({value})")[0][0]:
        return EXACT
    return TEXT
