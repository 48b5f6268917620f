"""`python -m bench [--quick] [--write]`: measures everything; with --write into docs/performance.md."""

from __future__ import annotations

import os
import platform
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench import interface, work

SIZES = [50, 10_000, 100_000]
TARGETS = ["", "1.25× (1.1× of own 50)", "1.25×", "2×", "9 ms", "20 ms", "1,200 B", "as bare", "", "as bare", "0"]
DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def machine() -> str:
    """What it was measured on."""
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    return (
        f"{os.cpu_count()} cores ({cpu[1] if cpu else platform.machine()}), "
        f"{int(memory[1]) / 2**20 if memory else 0:.0f} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"
    )


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Measure, print, and write when asked to."""
    quick = "--quick" in sys.argv
    sizes = SIZES[:1] if quick else SIZES
    figures = interface.measure(sizes, 5 if quick else 60)
    rows = [[*row, target] for row, target in zip(interface.report(figures), TARGETS[1:], strict=True)]
    text = "\n\n".join(
        [
            machine(),
            table(["120×40, on a pty", "bare app, 50 rows", *(f"destui, {s:,}" for s in sizes), "to reach"], rows),
            table(["work", "measured", "to reach"], work.report(10 if quick else 60)),
        ]
    )
    print(text)
    if "--write" in sys.argv:
        whole = DOCUMENT.read_text(encoding="utf-8")
        before, _, rest = whole.partition(BEGIN)
        DOCUMENT.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


main()
