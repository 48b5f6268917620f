"""`python -m bench.diagnosis [--list open|held]`: how many recorded errors are named right, by `destui explain`'s way.

`--list` prints what of one half is not named right. The half that is set aside stays unlisted while the catalogue is
worked on.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum

from bench.diagnosis.records import HALVES, TYPES, Record, load
from destui.connectors.diagnosis import explain_message
from destui.domain.check import Diagnosis


class Verdict(StrEnum):
    """What a diagnosis is worth, beside the truth."""

    RIGHT = "right"
    """The likeliest cause is true and none of the others is false; or nothing could be known, which was said."""
    PARTLY = "partly"
    """The likeliest cause is true, but false ones are named too."""
    UNNAMED = "unnamed"
    """Unknown, it was said, though a cause could be known."""
    GUESS = "guess"
    """The likeliest cause is false, or one was named where the words say nothing."""


def judge(given: Sequence[str], true: Iterable[str]) -> Verdict:
    """Compare the causes that were named, the likeliest first, with the true ones."""
    true = set(true)
    if given[0] in true:
        return Verdict.RIGHT if set(given) <= true else Verdict.PARTLY
    return Verdict.UNNAMED if tuple(given) == ("unknown",) else Verdict.GUESS


def explain(record: Record) -> Diagnosis:
    """As `destui explain --type … --step … --exception … --code …` does with the words on its standard input."""
    return explain_message(record.type, record.text, record.step, record.exception, record.code)


def verdicts(records: Iterable[Record]) -> Counter[Verdict]:
    """How many of each."""
    return Counter(judge(explain(record).causes, record.causes) for record in records)


def row(name: str, records: Sequence[Record]) -> str:
    """A line of the report: counts, then shares of all."""
    counts = verdicts(records)
    shares = "  ".join(f"{verdict} {counts[verdict]:3} {counts[verdict] / len(records):6.1%}" for verdict in Verdict)
    return f"{name:10} {len(records):4}  {shares}"


def report(half: str) -> list[str]:
    """The lines about one half: all of it, then type by type."""
    records = load(half)
    of_type = {type_id: [record for record in records if record.type == type_id] for type_id in TYPES}
    return [row(half, records), *(row(f"  {name}", some) for name, some in of_type.items() if some)]


def mismatches(half: str) -> list[str]:
    """What is not named right, each with the truth and what was said."""
    lines = []
    for record in load(half):
        said = explain(record)
        verdict = judge(said.causes, record.causes)
        if verdict is not Verdict.RIGHT:
            lines.append(
                f"{verdict}: {record.type}, {record.step}, {record.exception}, {record.code}\n"
                f"    true: {' '.join(record.causes)}; said: {' '.join(said.causes)} ({said.code})\n"
                f"    {record.text!r}"
            )
    return lines


def main() -> None:
    """Print the shares, and what was asked to be listed."""
    for half in HALVES:
        print("\n".join(report(half)))
    if "--list" in sys.argv:
        print("\n".join(mismatches(sys.argv[sys.argv.index("--list") + 1])))


if __name__ == "__main__":
    main()
