"""Which column it is of which a value cannot be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from destui.connectors.base import Fault

if TYPE_CHECKING:
    from destui.loads.sources import Source

_CAST = re.compile(r"casting from source column [rcv](?P<number>\d+)\b")
_EXCERPT = re.compile(r"^(?P<begins>LINE \d+: )(?P<query>.*)\n(?P<blanks> *)\^", re.MULTILINE)
_NUMBERED = re.compile(r"\b[rcv](?P<number>\d+)\b")
_MOST_TRIED = 100
"""Columns of files that are read by themselves to find the one."""


def column_told(words: str, names: Sequence[str]) -> str:
    """The column, of these, that the engine's error names by its number, or stands behind its mark below the query;
    empty where there is none."""
    found = _CAST.search(words)
    if found is None and (excerpt := _EXCERPT.search(words)):
        found = _NUMBERED.search(excerpt["query"], max(0, len(excerpt["blanks"]) - len(excerpt["begins"])))
    number = int(found["number"]) if found else len(names)
    return names[number] if number < len(names) else ""


def value_of(column: str) -> str:
    """A value of the column at the beginning of a sentence."""
    return f"A value of column {column}"


def looked_for(fault: Fault, source: Source) -> Fault:
    """The same fault of reading files, with its column: each is read by itself until one fails."""
    columns = [n for n, column in enumerate(source.columns) if column.type.carrier != "VARCHAR"]
    if fault.code != "LOAD-READ" or "unread" in fault.facts or not source.files or len(columns) > _MOST_TRIED:
        return fault
    for n in columns:
        try:
            source.engine.rows(f"SELECT count(c{n}) FROM {source.alone(n)}")
        except Exception as error:
            if type(error).__name__ != "ConversionException":
                return fault  # it was stopped
            return Fault(fault.code, str(fault), **{**fault.facts, "unread": value_of(source.columns[n].name)})
    return fault
