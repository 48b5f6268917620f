"""The marks, one cell each, and what stands for them where a terminal shows only ASCII."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from destui.domain.destination import Status

if TYPE_CHECKING:
    from destui.domain.check import CheckState, StepState
    from destui.domain.orders import OrderStatus, RunStage


@dataclass(frozen=True)
class Marks:
    """One set of marks. Beside each there is always a word."""

    active: str
    running: str
    error: str
    passed: str
    warned: str
    skipped: str
    waiting: str
    expand: str
    collapse: str
    delete: str
    selected: str
    up: str
    down: str
    path: str
    cut: str
    choice: str
    bar: str
    bar_end: str
    bar_start: str
    bars: str
    """Of a spark line, from low to high; empty where only numbers can be shown."""
    rule: str
    box: str
    """Corners and sides of the well: upper left, upper right, lower left, lower right, across, down."""

    def of_status(self, status: Status) -> str:
        """The mark of a destination's status."""
        return {Status.ACTIVE: self.active, Status.INITIALIZING: self.running, Status.ERROR: self.error}[status]

    def of_order(self, status: OrderStatus) -> str:
        """The mark of a load order's status."""
        return {
            "running": self.running, "failed": self.error, "done": self.passed, "paused": self.skipped,
            "stopped": self.skipped,
        }.get(status.value, self.waiting)  # fmt: skip

    def of_run(self, stage: RunStage) -> str:
        """The mark of a load run's stage."""
        return {
            "running": self.running, "failed": self.error, "done": self.passed, "stopped": self.skipped,
        }.get(stage.value, self.waiting)  # fmt: skip

    def of_step(self, state: StepState) -> str:
        """The mark of a step of a ladder."""
        return {
            "waiting": self.waiting, "running": self.running, "passed": self.passed, "failed": self.error,
            "skipped": self.skipped, "warned": self.warned,
        }[state.value]  # fmt: skip

    def of_check(self, state: CheckState) -> str:
        """The mark of a check's state."""
        return {
            "queued": self.running, "running": self.running, "passed": self.passed, "warned": self.warned,
            "failed": self.error, "cancelled": self.skipped,
        }[state.value]  # fmt: skip


UNICODE = Marks(
    active="•", running="»", error="✗", passed="✓", warned="!", skipped="−", waiting="·", expand="+", collapse="−",
    delete="×", selected="■", up="↑", down="↓", path="›", cut="…", choice="▾", bar="━", bar_end="╸",
    bar_start="╺", bars="▁▂▃▄▅▆▇█", rule="─",
    box="╭╮╰╯─│",
)  # fmt: skip
ASCII = Marks(
    active="*", running=">", error="x", passed="*", warned="!", skipped="-", waiting=".", expand="+", collapse="-",
    delete="x", selected="#", up="^", down="v", path="/", cut="~", choice="v", bar="=", bar_end="-",
    bar_start="-", bars="", rule="-",
    box="++++-|",
)  # fmt: skip


def wants_ascii(environment: Mapping[str, str]) -> bool:
    """DESTUI_ASCII decides; the Linux console, whose font lacks most marks, has it by default."""
    if given := environment.get("DESTUI_ASCII"):
        return given != "0"
    return environment.get("TERM") == "linux"
