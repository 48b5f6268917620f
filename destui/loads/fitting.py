"""How the columns of a source meet those of a table, where its beginning shows that a new one has to be text."""

from __future__ import annotations

from collections.abc import Sequence

from destui.loads.detect import SAMPLE, judged
from destui.loads.failures import reading
from destui.loads.matching import match
from destui.loads.sources import Source
from destui.loads.targets.base import Load, TableColumn, Target, read
from destui.loads.types import TEXT, Fit, Type


def fitted(source: Source, table: Sequence[TableColumn] | None, target: Target, types: Sequence[Type]) -> Load:
    """See `match`. A new column becomes text where a value of the beginning of files is beyond what the target takes,
    such as a day before its first one."""
    load = match(source, table, target, types)
    alike: dict[tuple[Type, Fit], list[int]] = {}
    for a in load.assignments:
        if source.files and a.is_new and a.source.type.name != "NESTED" and target.limit(a.holds) is not None:
            alike.setdefault((a.source.type, a.fit), []).append(a.number)
    with reading(source):
        beyond = {n for (_, fit), numbers in alike.items() for n in _beyond(load, numbers, fit)}
    if not beyond:
        return load
    return match(source, table, target, [TEXT if n in beyond else kind for n, kind in enumerate(types)])


def _beyond(load: Load, columns: Sequence[int], fit: Fit) -> list[int]:
    """Those of the columns, into which all values go in one way, that have a value that does not."""

    def value(column: int) -> str:
        return read(load.source, load.assignments[column])

    fits = f"bool_and(coalesce({fit.whole}, false)) FILTER ({{c}} IS NOT NULL)"
    found = judged(load.source, columns, [fits], load.source.relation(SAMPLE), value)
    return [n for n, _, all_fit in found if all_fit is False]
