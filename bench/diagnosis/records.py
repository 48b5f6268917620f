"""The records: what they are made of, where they are kept and what makes one valid."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from destui.domain.causes import CAUSES
from destui.domain.check import CLEAN_UP

FOLDER = Path(__file__).parent
HALVES = ("open", "held")
TYPES = ("postgres", "mysql", "duckdb", "sqlite", "folder", "simulator")
STEPS = (
    "resolve", "reach", "tunnel", "encrypt", "sign in", "open", "create", "write", "read back", CLEAN_UP,
)  # fmt: skip


@dataclass(frozen=True)
class Record:
    """An error as it was met, and the truth about it."""

    type: str
    step: str
    exception: str | None
    code: str | None
    text: str
    causes: tuple[str, ...]
    """What really was wrong, first, and whatever else the same words are said for."""
    source: str
    """`provoked: ` and the server with its version, or `quoted: ` and the title of the page or thread."""

    @property
    def key(self) -> tuple[str | None, ...]:
        """What makes two records the same question."""
        return self.type, self.step, self.exception, self.code, self.text

    def faults(self) -> Iterator[str]:
        """What is wrong with the record itself, each as a sentence."""
        if self.type not in TYPES:
            yield f"no type {self.type}"
        if self.step not in STEPS:
            yield f"no step {self.step}"
        if not self.causes or set(self.causes) - CAUSES or len(set(self.causes)) < len(self.causes):
            yield f"causes {self.causes}"
        if "unknown" in self.causes and len(self.causes) > 1:
            yield "unknown stands alone"
        kind, _, where = self.source.partition(": ")
        if kind not in ("provoked", "quoted") or not where:
            yield f"source {self.source}"


def parse(line: str) -> Record:
    """A record of one line of JSON. Raises TypeError for a field too many or too few."""
    document = json.loads(line)
    return Record(**{**document, "causes": tuple(document["causes"])})


def line(record: Record) -> str:
    """The record as one line of JSON."""
    return json.dumps(asdict(record), ensure_ascii=False)


def load(half: str) -> list[Record]:
    """The records of one half."""
    # Not splitlines: a driver's words may hold line separators of other kinds.
    return [parse(text) for text in (FOLDER / f"{half}.jsonl").read_text(encoding="utf-8").split("\n") if text]


def save(half: str, records: Iterable[Record]) -> None:
    """Keep the records of one half."""
    (FOLDER / f"{half}.jsonl").write_text("".join(f"{line(r)}\n" for r in records), encoding="utf-8")
