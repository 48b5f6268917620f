"""Which types the texts of a column have: only those out of which every value is printed the same again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from destui.domain.loads import LineProblem
from destui.loads.types import NUMBER, TEXT, TEXTUAL, Type, fit

if TYPE_CHECKING:
    from destui.loads.sources import Source

SAMPLE = 5_000
"""Rows by which types are first guessed."""
_AT_ONCE = 200
"""Columns that are looked at by one statement, which is one for each value and not for each column:
planning one that names them all grows with the square of them."""
_AGGREGATES = 80
"""Aggregates of a statement that does name its columns, since of each it asks for few."""

_FEW = 40
"""Columns that are all looked at again with those that have no value in the beginning: it costs little more."""


def detect(source: Source, columns: Sequence[int], whole: bool) -> dict[int, Type]:
    """The types of columns without types, from the whole source or its beginning. One without any value is text."""
    evidence = {n: found for n, *found in judged(source, columns, _AGGREGATED, source.relation(SAMPLE))}
    empty = [n for n in columns if not evidence[n][0]]
    if empty and not whole and len(columns) > _FEW:
        evidence |= {n: found for n, *found in judged(source, empty, _AGGREGATED, source.relation())}
    kinds = {n: _verdict(count, dict(zip(_EVIDENCE, found, strict=True))) for n, (count, *found) in evidence.items()}
    if whole or (empty and len(columns) <= _FEW):
        # What does not hold for the beginning does not hold for all; without a single value anything may still come.
        held = {
            n: [k for k, holds in zip(_EVIDENCE, found, strict=True) if not count or holds not in (False, None)]
            for n, (count, *found) in evidence.items()
        }
        for some in _together(held):
            kinds |= _look_through(source, some)
    return {n: TEXT if kind.name == "NULL" else kind for n, kind in kinds.items()}


def judged(
    source: Source,
    columns: Sequence[int],
    aggregates: Sequence[str],
    relation: str,
    value: Callable[[int], str] | None = None,
) -> Iterator[tuple[Any, ...]]:
    """For each of the columns its number, how many values it has in the relation, and what the aggregates give over
    these, for which `{c}` stands. `value` gives a column's value as an expression, where it is not `null_free`."""
    asked = ", ".join(aggregates).replace("{c}", "v")
    for start in range(0, len(columns), _AT_ONCE):
        some = columns[start : start + _AT_ONCE]
        values = ", ".join(map(value or source.null_free, some))
        each = f"SELECT unnest([{', '.join(map(str, some))}]) AS n, unnest([{values}]) AS v FROM {relation}"
        found = {row[0]: row for row in source.engine.rows(f"SELECT n, count(v), {asked} FROM ({each}) GROUP BY n")}
        nothing = (0, *(None for _ in aggregates))  # there is no row at all
        yield from (found.get(n, (n, *nothing)) for n in some)


def _together(held: Mapping[int, Sequence[str]]) -> Iterator[dict[int, Sequence[str]]]:
    """As many of the columns as one statement can ask for, then the next: each is a reading of the whole source."""
    some: dict[int, Sequence[str]] = {}
    for n, kinds in held.items():
        if some and sum(1 + len(asked) for asked in (*some.values(), kinds)) > _AGGREGATES:
            yield some
            some = {}
        some[n] = kinds
    if some:
        yield some


def _look_through(source: Source, held: Mapping[int, Sequence[str]]) -> dict[int, Type]:
    """The types of columns by all of their values, of which only these kinds are asked for."""
    asked = [(n, kind) for n, kinds in held.items() for kind in kinds]
    selected = [f"count(v{n})" for n in held]
    selected += [_EVIDENCE[kind].replace("{c}", f"v{n}") for n, kind in asked]
    values = ", ".join(f"{source.null_free(n)} AS v{n}" for n in held)
    row = source.engine.rows(f"SELECT {', '.join(selected)} FROM (SELECT {values} FROM {source.relation()})")[0]
    evidence: dict[int, dict[str, Any]] = {n: {} for n in held}
    for (n, kind), value in zip(asked, row[len(held) :], strict=True):
        evidence[n][kind] = value
    return {n: _verdict(count, evidence[n]) for n, count in zip(held, row, strict=False)}


_POINT = r"-?(0|[1-9][0-9]*)\.[0-9]+"
_STAMP = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
_ZONES = r"(Z|\+00:00|\+00)"


def _each(kind: str) -> str:
    found = fit(TEXTUAL, Type(kind))
    assert found is not None
    return found.quick or found.ok or "true"


def _every(kind: str) -> str:
    return f"bool_and({_each(kind)}) FILTER ({{c}} IS NOT NULL)"


def _stamp(kind: str, zone: str) -> str:
    """All are of one shape: what stands between day and hour, the digits of a second, the zone."""
    shape = "substr({c}, 11, 1) || length({c}) || ends_with({c}, 'Z')"
    return (
        f"bool_and(regexp_full_match({{c}}, '{_STAMP}{zone}') AND TRY_CAST({{c}} AS {kind}) IS NOT NULL)"
        f" AND min({shape}) = max({shape})"
    )


_DIGIT = "substr(ltrim({c}, '-'), 1, 1) BETWEEN '0' AND '9'"
_WRITTEN = "CAST(TRY_CAST({c} AS DOUBLE) AS VARCHAR)"
_SIGNED = "{c} NOT IN ('-0', '-0.0')"
"""Not every target keeps the sign of a zero."""
_EVIDENCE = {
    "BOOLEAN": "bool_and({c} IN ('true', 'false'))",
    "BIGINT": _every("BIGINT"),
    # Numbers with a point, and as many digits after it in all: the digits after it, and all together.
    "DECIMAL": (
        f"CASE WHEN bool_and(regexp_full_match({{c}}, '{_POINT}') AND NOT regexp_full_match({{c}}, '-0\\.0+'))"
        " AND min(length({c}) - instr({c}, '.')) = max(length({c}) - instr({c}, '.'))"
        " THEN [max(length({c}) - instr({c}, '.')), max(length(replace({c}, '-', '')) - 1)] END"
    ),
    # Other numbers, whole ones among them written either all with a point or all without.
    "DOUBLE": f"bool_and(coalesce({_WRITTEN} = {{c}} AND {_DIGIT} AND {_SIGNED}, false)) FILTER ({{c}} IS NOT NULL)",
    "BARE": (
        f"bool_and(coalesce({_WRITTEN} IN ({{c}}, {{c}} || '.0') AND NOT ends_with({{c}}, '.0') AND {_DIGIT}"
        f" AND {_SIGNED}, false))"
        " FILTER ({c} IS NOT NULL)"
    ),
    "DATE": _every("DATE"),
    "TIMESTAMP": _stamp("TIMESTAMP", ""),
    "TIMESTAMPTZ": _stamp("TIMESTAMPTZ", _ZONES),
}
"""By what a column is judged, as aggregates over its values `{c}`."""
_AGGREGATED = [f"({each})" for each in _EVIDENCE.values()]


_NEARLY = {
    "whole number": _each("BIGINT"),
    "number": f"regexp_full_match({{c}}, '{NUMBER}') OR ({_WRITTEN} IN ({{c}}, {{c}} || '.0') AND {_DIGIT})",
    "date": _each("DATE"),
    "time": f"regexp_full_match({{c}}, '{_STAMP}{_ZONES}?') AND TRY_CAST({{c}} AS TIMESTAMPTZ) IS NOT NULL",
    "boolean": "{c} IN ('true', 'false')",
}
"""What nearly all values of a column may be that is text because of the others: true of such a value `{c}`."""
_FEWEST = 4
"""Values of a column from which on most of them say something."""


def oddities(source: Source, types: Sequence[Type]) -> list[LineProblem]:
    """For columns of which nearly all values of the beginning are of one kind, and which are text because of the
    others: the first of those. One in ten may be of another kind, or just one."""
    columns = [n for n, c in enumerate(source.columns) if c.type.name == "TEXTUAL" and types[n].is_text]
    unlike = [f"count({{c}}) FILTER (NOT coalesce({ok}, false))" for ok in _NEARLY.values()]
    found = []
    for n, count, *others in judged(source, columns, unlike, source.relation(SAMPLE)):
        few = {kind: odd for kind, odd in zip(_NEARLY, others, strict=True) if odd and odd <= max(1, count // 10)}
        if count >= _FEWEST and few:
            found.append(_first(source, n, min(few, key=lambda kind: few[kind])))
    return found


def _first(source: Source, column: int, kind: str) -> LineProblem:
    value = f"({source.null_free(column)})"
    misfit = source.locate(column, f"{value} IS NULL OR coalesce({_NEARLY[kind].replace('{c}', value)}, false)")
    shown = misfit.value if len(misfit.value) <= _SHOWN else f"{misfit.value[: _SHOWN - 1]}…"
    name = source.columns[column].name
    sentence = f"{shown} in column {name} is no {kind}, as nearly all others are: a new column becomes text."
    return LineProblem(sentence, misfit.file, misfit.line)


_SHOWN = 40
"""Characters of a value that are shown."""


def _verdict(count: int, evidence: Mapping[str, Any]) -> Type:
    if not count:
        return Type("NULL")
    if (decimal := evidence.get("DECIMAL")) and not evidence.get("BIGINT") and decimal[1] <= 38:
        return Type("DECIMAL", max(18, decimal[1]), decimal[0], length=decimal[1])
    kind = next((kind for kind in _EVIDENCE if kind != "DECIMAL" and evidence.get(kind)), "VARCHAR")
    return Type("DOUBLE" if kind == "BARE" else kind)
