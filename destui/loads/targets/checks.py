"""What a target looks for in the rows at hand, so that a load is whole and plain, or is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from destui.connectors.base import Fault
from destui.loads.targets.base import Load


def check_kept(sent: int, kept: int) -> None:
    """Raises Fault `LOAD-COUNT` where the target has stored other rows than it was sent."""
    if kept != sent:
        raise Fault("LOAD-COUNT", f"{sent} rows were sent and {kept} stored", sent=str(sent))


class KeyCheck:
    """Finds what makes a merge ambiguous in the rows that are to be merged, before any of them is."""

    def __init__(
        self, load: Load, stage: str, quote: Callable[[str], str], as_text: str, quick: str | None = None
    ) -> None:
        """`as_text` shows a key `{c}`; `quick`, of keys `{k}`, is true where a first look finds nothing wrong."""
        keys = [quote(key) for key in load.keys]
        self._load = load
        self._quick = quick and f"SELECT {quick.replace('{k}', ', '.join(keys))} FROM {stage}"
        self.nulls = f"SELECT count(*) FROM {stage} WHERE {' OR '.join(f'{key} IS NULL' for key in keys)}"
        shown = ", ".join(as_text.replace("{c}", key) for key in keys)
        self.doubles = f"SELECT {shown}, count(*) FROM {stage} GROUP BY {', '.join(keys)} HAVING count(*) > 1 LIMIT 3"

    def run(self, ask: Callable[[str], Sequence[Sequence[Any]]]) -> None:
        """Raises Fault `LOAD-KEY-NULL` or `LOAD-KEY-TWICE`, with up to three of the keys."""
        if self._quick and ask(self._quick)[0][0]:
            return
        names = ", ".join(self._load.plan.key)
        if nulls := int(ask(self.nulls)[0][0]):
            raise Fault(
                "LOAD-KEY-NULL",
                f"{nulls} {'row has' if nulls == 1 else 'rows have'} no {names}",
                columns=names,
                count=str(nulls),
            )
        if doubles := ask(self.doubles):
            told = "; ".join(f"{', '.join(map(str, row[:-1]))} ({row[-1]} times)" for row in doubles)
            raise Fault("LOAD-KEY-TWICE", f"more than one row has the same {names}: {told}", columns=names, keys=told)
