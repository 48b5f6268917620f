"""The interface beside the bare app: first rows, first key, memory, keys, pages, bytes."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from bench.seed import destui, environment, seed
from bench.terminal import Terminal, highlighted_line

DOWN, PAGE_DOWN = b"\x1b[B", b"\x1b[6~"
FIRST, SECOND = "destination-000000", "destination-000001"
KEYS, PAGES, STARTS = 200, 12, 9
EARLY = 0.06
"""Seconds after the start at which the first key is typed."""


@dataclass
class Figures:
    """What was measured of one program at one size."""

    first_rows: list[float] = field(default_factory=list)
    first_key: list[float] = field(default_factory=list)
    first_screen_bytes: list[int] = field(default_factory=list)
    memory: float = 0.0
    key: list[float] = field(default_factory=list)
    key_bytes: list[int] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    page_bytes: list[int] = field(default_factory=list)
    idle_bytes: int = 0

    @property
    def key_p99(self) -> float:
        """The 99th percentile of a key's answer, in seconds."""
        return quantiles(self.key, n=100)[-1]


def start(command: list[str], env: dict[str, str], figures: Figures) -> None:
    """One start with a key typed early: when the first rows were there, and when the key was answered."""
    terminal = Terminal(command, env)
    try:
        terminal.read(EARLY)
        terminal.send(DOWN)
        figures.first_rows.append(terminal.read_until(FIRST.encode()))
        terminal.settle()
        answered = terminal.when(lambda screen: highlighted_line(screen, SECOND))
        if answered is None:
            raise TimeoutError(f"the key typed at {EARLY} s was never answered")
        figures.first_key.append(answered)
    finally:
        terminal.close()


def use(command: list[str], env: dict[str, str], figures: Figures, idle: float) -> None:
    """One session: bytes of the first screen, memory, keys, pages, and what comes while nothing happens."""
    terminal = Terminal(command, env)
    try:
        terminal.read_until(FIRST.encode())
        terminal.settle(1.0)
        figures.first_screen_bytes.append(sum(len(data) for _, data in terminal.chunks))
        for _ in range(KEYS // 8):
            for _ in range(8):
                seconds, size = terminal.answer(DOWN)
                figures.key.append(seconds)
                figures.key_bytes.append(size)
            for _ in range(8):
                terminal.answer(b"\x1b[A")
        for _ in range(PAGES):
            seconds, size = terminal.answer(PAGE_DOWN, 0.1)
            if size > 500:  # at the end of a short table a page moves little
                figures.page.append(seconds)
                figures.page_bytes.append(size)
        figures.memory = terminal.memory_mb()
        terminal.settle(1.0)
        figures.idle_bytes = len(terminal.read(idle)) if idle else 0
    finally:
        terminal.close()


def measure(sizes: list[int], idle: float) -> dict[str, Figures]:
    """The bare app at 50 rows, then destui at each size; starts in turn, so that noise meets all alike."""
    with tempfile.TemporaryDirectory(prefix="destui-bench-") as base:
        programs = {"bare": ([sys.executable, "-m", "bench.bare"], environment(Path(base)))}
        for size in sizes:
            folder = Path(base) / str(size)
            seed(folder, size)
            programs[str(size)] = (destui(), environment(folder))
        figures = {name: Figures() for name in programs}
        for name, (command, env) in programs.items():
            start(command, env, Figures())  # warm
            use(command, env, figures[name], idle)
        # Fifty rows are little more than a page: what a whole page costs the bare app is seen with more.
        many = Figures()
        use([*programs["bare"][0], "1000"], programs["bare"][1], many, 0)
        figures["bare"].page, figures["bare"].page_bytes = many.page, many.page_bytes
        for _ in range(STARTS):
            for name, (command, env) in programs.items():
                start(command, env, figures[name])
        return figures


def report(figures: dict[str, Figures]) -> list[list[str]]:
    """Rows of the table: what, bare, then each size with its ratio to bare."""
    bare = figures["bare"]

    def ratio(title: str, unit: str, scale: float, value: str, digits: int = 0) -> list[str]:
        def of(f: Figures) -> float:
            found = getattr(f, value)
            return float(median(found)) if isinstance(found, list) else float(found)

        base = of(bare)
        cells = [f"{base * scale:.{digits}f} {unit}"]
        for name, f in figures.items():
            if name != "bare":
                cells.append(
                    f"{of(f) * scale:.{digits}f} {unit} ({of(f) / base:.2f}×)"
                    if base
                    else f"{of(f) * scale:.0f} {unit}"
                )
        return [title, *cells]

    return [
        ratio("first rows", "ms", 1000, "first_rows"),
        ratio("first key (typed at 60 ms) answered", "ms", 1000, "first_key"),
        ratio("memory", "MB", 1, "memory"),
        ratio("cursor key, median", "ms", 1000, "key", 1),
        ratio("cursor key, p99", "ms", 1000, "key_p99", 1),
        ratio("cursor key, bytes", "B", 1, "key_bytes"),
        ratio("page, bytes", "B", 1, "page_bytes"),
        ratio("page, median", "ms", 1000, "page", 1),
        ratio("first screen, bytes", "B", 1, "first_screen_bytes"),
        ratio("idle, bytes", "B", 1, "idle_bytes"),
    ]
