"""`python -m bench [loads] [--quick] [--write]`: measures everything or loads alone; with --write into
docs/performance.md."""

from __future__ import annotations

import os
import platform
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench import interface, loads, work

SIZES = [50, 10_000, 100_000]
TARGETS = ["", "1.25× (1.1× of own 50)", "1.25×", "2×", "9 ms", "20 ms", "1,200 B", "as bare", "", "as bare", "0"]
DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"


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


def of_interface_and_work(quick: bool) -> list[str]:
    """What a person sees and waits for."""
    sizes = SIZES[:1] if quick else SIZES
    figures = interface.measure(sizes, 5 if quick else 60)
    rows = [[*row, target] for row, target in zip(interface.report(figures), TARGETS[1:], strict=True)]
    return [
        table(["120×40, on a pty", "bare app, 50 rows", *(f"destui, {s:,}" for s in sizes), "to reach"], rows),
        table(["work", "measured", "to reach"], work.report(10 if quick else 60)),
    ]


def of_loads(quick: bool) -> list[str]:
    """What moves rows."""
    return [table(head, rows) for head, rows in loads.tables(quick)]


def write(section: str, text: str) -> None:
    """Put figures between their marks in the document."""
    begin, end = f"<!-- {section} -->", f"<!-- end of {section} -->"
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(begin)
    DOCUMENT.write_text(f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}", encoding="utf-8")


def main() -> None:
    """Measure, print, and write when asked to."""
    quick = "--quick" in sys.argv
    sections = {"figures": of_interface_and_work, "figures of loads": of_loads}
    if "loads" in sys.argv:
        del sections["figures"]
    for section, measure in sections.items():
        text = "\n\n".join([machine(), *measure(quick)])
        print(text)
        if "--write" in sys.argv:
            write(section, text)


if __name__ == "__main__":
    main()
