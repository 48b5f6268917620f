"""Load orders and their runs, as people see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from destui.domain.destination import Status
from destui.domain.loads import FileOptions, Mode, Phase, SourceSpec, share_of

if TYPE_CHECKING:
    from destui.domain.check import Diagnosis

LOG_LINES = 200
"""Lines of a run's log that are kept."""


class OrderStatus(StrEnum):
    """Where a load order stands."""

    SCHEDULED = "scheduled"
    """It has not run yet, and waits for its time."""
    NEW = "not run"
    """The same of an order that is run by hand."""
    STOPPED = "stopped"
    """Somebody has stopped its last run; a schedule goes on."""
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"
    DONE = "done"
    WAITING = "waiting for connection"
    """A run waits until the destination, or the one that is read, is Active."""

    @property
    def label(self) -> str:
        """The words on the screen."""
        return self.value.capitalize()


class Missed(StrEnum):
    """What becomes of a time at which no worker was there, or the run before went on."""

    RUN = "run"
    """It is run once, as soon as it can be."""
    SKIP = "skip"


MANUAL = "manual"
"""How the schedule of an order that has none is told."""
QUEUED = "Queued"
"""How a run is told that waits for a file."""


class RunStage(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    WAITING = "waiting"
    """For a destination that is not Active, or for the vault; `waits_for` says for what."""
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def is_open(self) -> bool:
        """Still to be done, or being done."""
        return self in (RunStage.QUEUED, RunStage.WAITING, RunStage.RUNNING)


@dataclass(frozen=True)
class LoadTask:
    """What is loaded into which table, and how."""

    source: SourceSpec
    table: str
    mode: Mode
    key: tuple[str, ...] = ()
    add_columns: bool = False


@dataclass(frozen=True)
class LoadRun:
    """One execution of a load order. Rows and bytes are of the source."""

    id: str
    order_id: str
    destination_id: str
    state: RunStage
    by: str
    """Who asked for it; `schedule` where nobody did."""
    created_at: datetime
    due_at: datetime | None = None
    """Of a schedule: the time that it was due."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    attempt: int = 0
    phase: str = ""
    """What it does now: one of `domain.loads.Phase`."""
    rows: int = 0
    bytes: int = 0
    total_bytes: int | None = None
    rows_per_second: float = 0.0
    total_rows: int | None = None
    disk: int = 0
    """The most bytes that it has put aside on the way."""
    waits_for: str = ""
    """Why it does not go on, as a sentence."""
    columns_added: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    diagnosis: Diagnosis | None = None
    of_source: bool = False
    """The diagnosis is about the source."""
    task: LoadTask | None = None
    """What it loads, or has loaded, whatever the order says since; None: it has not begun."""
    log: tuple[str, ...] = ()
    """The last lines; only of a run that was read alone."""

    @property
    def share(self) -> float | None:
        """From 0 to 1, where the size is known."""
        return share_of(self.bytes, self.total_bytes, self.rows, self.total_rows)

    @property
    def waits_its_turn(self) -> bool:
        """Another load has the file that it would write to."""
        return self.state.is_open and self.phase == Phase.TURN

    def seconds(self, now: datetime) -> float:
        """How long it has run, or ran."""
        return ((self.finished_at or now) - self.started_at).total_seconds() if self.started_at else 0.0

    @property
    def pace(self) -> float:
        """Rows per second: while it runs since it began to load, afterwards in all of its time."""
        if self.finished_at is None or not (seconds := self.seconds(self.finished_at)):
            return self.rows_per_second
        return self.rows / seconds

    def seconds_left(self, now: datetime) -> float | None:
        """An estimate, where the size is known and something has been read."""
        if not self.state.is_open or not self.share:
            return None
        left = 1 / self.share - 1
        if self.rows and self.rows_per_second:  # connecting and looking took time too, and are done once
            return self.rows * left / self.rows_per_second
        return self.seconds(now) * left


@dataclass(frozen=True)
class RunPoint:
    """A run in a spark line."""

    state: RunStage
    rows: int


@dataclass(frozen=True)
class LoadOrder:
    """A standing order to load a source into a table of a destination."""

    id: str
    name: str
    destination_id: str
    destination: str
    """The destination's name."""
    destination_type: str
    destination_status: Status
    source: SourceSpec
    table: str
    mode: Mode
    status: OrderStatus
    key: tuple[str, ...] = ()
    source_id: str | None = None
    """The destination that is read, where the source is one."""
    add_columns: bool = False
    cron: str = ""
    """Empty: it is run by hand."""
    tz: str = "UTC"
    missed: Missed = Missed.RUN
    paused: bool = False
    next_run_at: datetime | None = None
    host: str = ""
    """The host that it is pinned to."""
    by: str = ""
    version: int = 1
    created_at: datetime | None = None
    updated_at: datetime | None = None
    run: LoadRun | None = None
    """The newest run, open or ended; without its log."""

    @property
    def running(self) -> LoadRun | None:
        """The run that is open."""
        return self.run if self.run is not None and self.run.state.is_open else None

    @property
    def task(self) -> LoadTask:
        """What its next run loads."""
        return LoadTask(self.source, self.table, self.mode, self.key, self.add_columns)

    @property
    def draft(self) -> OrderDraft:
        """What a form is filled in with to change it."""
        return OrderDraft(
            self.destination_id, self.name, self.source.text, self.table, self.mode, self.key, self.source.options,
            self.cron, self.tz, self.missed, self.add_columns, self.id, self.version,
        )  # fmt: skip


@dataclass(frozen=True)
class OrderDraft:
    """A load order as it is typed. `order_id` and `version` are of the one that it changes."""

    destination_id: str
    name: str
    source: str
    """A path or glob, `DESTINATION:TABLE` or `DESTINATION:select …`."""
    table: str
    mode: Mode = Mode.APPEND
    key: tuple[str, ...] = ()
    options: FileOptions = field(default_factory=FileOptions)
    cron: str = ""
    tz: str = ""
    """Empty: the one of this host."""
    missed: Missed = Missed.RUN
    add_columns: bool = False
    order_id: str | None = None
    version: int | None = None


def source_document(source: SourceSpec) -> dict[str, Any]:
    """A source as the store keeps it."""
    return asdict(source)


def source_of(raw: Mapping[str, Any], name: str | None = None) -> SourceSpec:
    """The source back; `name` is what the destination that it reads is called now."""
    words = raw["options"].get("null_words")
    options = FileOptions(**{**raw["options"], "null_words": None if words is None else tuple(words)})
    found = SourceSpec(**{**raw, "options": options})
    return replace(found, destination=name) if name is not None and found.destination else found
