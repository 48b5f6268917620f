"""`python -m bench.diagnosis.split < new.jsonl`: shares new records out between the two halves, type by type."""

from __future__ import annotations

import random
import re
import sys
from itertools import groupby

from bench.diagnosis.records import HALVES, Record, load, parse, save

SEED = 20240607
_VARYING = re.compile(r"/tmp/\S+?(?=[/\"'\s]|$)|user_\d+_\d+|\d{4,}")


def question(record: Record) -> tuple[str | None, ...]:
    """What the record asks, without ports, process ids and names of temporary folders."""
    return (*record.key[:-1], _VARYING.sub("#", record.text))


def share(records: list[Record], known: list[Record]) -> tuple[list[Record], list[Record]]:
    """Both halves of what is not known yet, of each type as many."""
    asked = {question(record): record for record in known}
    fresh = []
    for record in records:
        first = asked.setdefault(question(record), record)
        if first is record:
            fresh.append(record)
        elif set(first.causes) != set(record.causes):
            raise ValueError(f"the same words have other causes:\n{first}\n{record}")
    chance = random.Random(SEED)
    halves: tuple[list[Record], list[Record]] = ([], [])
    turn = 0
    for _, group in groupby(sorted(fresh, key=lambda record: record.type), key=lambda record: record.type):
        mixed = list(group)
        chance.shuffle(mixed)
        for record in mixed:
            halves[turn].append(record)
            turn = 1 - turn
    return halves


def main() -> None:
    """Add what is read to both files."""
    kept = {half: load(half) for half in HALVES}
    new = share([parse(line) for line in sys.stdin], [*kept["open"], *kept["held"]])
    for half, records in zip(HALVES, new, strict=True):
        save(half, [*kept[half], *records])
        print(f"{half}: {len(records)} new, {len(kept[half]) + len(records)} in all")


if __name__ == "__main__":
    main()
