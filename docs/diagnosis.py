"""`python -m docs.diagnosis` writes docs/diagnosis.md: every entry of the catalogues, and how it is known.

An entry is *provoked* where a test names its code that makes a real server, file or folder fail so; all others are
*quoted* from documentation, source code and public threads.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from destui.connectors import load_entries, registry
from destui.connectors.catalogue import Entry
from destui.connectors.phrases import Phrases

PAGE = Path(__file__).with_name("diagnosis.md")
TESTS = Path(__file__).parents[1] / "tests" / "e2e"
SIMULATED = "acted out"
LOADS = "Load orders"

HEAD = """# What destui can tell apart

Every entry of the catalogues: its lasting code, the causes that fit (the likeliest first), what is said, what to do,
and the vendor's page to read. `<user>` and its like stand for the destination's own values.
`destui explain CODE` tells the same and more; `destui explain --type TYPE < message.txt` finds the entry for words
pasted from anywhere.

**Provoked**: a test makes a real server, file or folder fail so, in `tests/e2e`, mostly follows the fix to the letter,
and the check then passes. **Quoted**: the words come from documentation, source code and public threads. **Acted out**:
the simulator's own.

This page is made from the catalogues by `python -m docs.diagnosis`.
"""


def named_in_tests() -> set[str]:
    """What looks like a code of an entry in the texts of the tests on real servers, files and folders."""
    found: set[str] = set()
    for path in (*TESTS.glob("test_real_*.py"), *TESTS.glob("*_checks.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.update(re.findall(r"\b[A-Z]+(?:-[A-Z0-9]+)+\b", node.value))
    return found


def sections() -> dict[str, list[Entry]]:
    """The entries by the labels of the types that have them, those of one type alone first; at last those of loads."""
    types: dict[str, list[str]] = {}
    entries: dict[str, Entry] = {}
    for type_id in registry.type_ids():
        for entry in registry.catalogue(type_id).entries:
            types.setdefault(entry.code, []).append(type_id)
            entries[entry.code] = entry
    found: dict[tuple[str, ...], list[Entry]] = {}
    for code, owners in types.items():
        found.setdefault(tuple(owners), []).append(entries[code])
    by_types = sorted(found.items(), key=lambda item: (len(item[0]), item[0]))
    labels = {type_id: registry.catalogue(type_id).label for type_id in registry.type_ids()}
    named = {" and ".join(labels[type_id] for type_id in types): entries for types, entries in by_types}
    return {**named, LOADS: list(load_entries.ENTRIES)}


def how(entry: Entry, named: set[str]) -> str:
    """How an entry is known."""
    if entry.code.startswith("SIM-"):
        return SIMULATED
    return "provoked" if entry.code in named else "quoted"


def render() -> str:
    """The page."""
    named, parts = named_in_tests(), [HEAD]
    parts += [_counts(named), ""]
    for label, entries in sections().items():
        parts += [f"## {label}", ""]
        parts += ["| code | causes | what is said | what to do | read | known |", "|---|---|---|---|---|---|"]
        parts += [_row(entry, named) for entry in sorted(entries, key=lambda entry: entry.code)]
        parts.append("")
    return "\n".join(parts)


def _counts(named: set[str]) -> str:
    rows = ["| type | entries | provoked | quoted |", "|---|---|---|---|"]
    catalogues = [registry.catalogue(type_id) for type_id in registry.type_ids()]
    for label, entries in [*((c.label, c.entries) for c in catalogues), (LOADS, load_entries.ENTRIES)]:
        known = [how(entry, named) for entry in entries]
        rows.append(f"| {label} | {len(known)} | {known.count('provoked')} | {known.count('quoted')} |")
    return "\n".join(rows)


def _row(entry: Entry, named: set[str]) -> str:
    phrases = Phrases({})
    sentence, *lines = phrases.fill(entry.fix).split("\n")
    fix = "<br>".join([_text(sentence), *(f"`{_cell(line)}`" for line in lines)])
    said = _text(phrases.fill(entry.cause)) + (f"<br>*{_text(phrases.fill(entry.more))}*" if entry.more else "")
    causes = "<br>".join(entry.causes)
    return f"| {entry.code} | {causes} | {said} | {fix} | {_text(entry.reading)} | {how(entry, named)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _text(text: str) -> str:
    return _cell(text).replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_").replace("`", "\\`")


def unknown_codes(named: Iterable[str]) -> set[str]:
    """Codes of a catalogue's kind that the tests name and no catalogue has."""
    prefixes = {entry.code.partition("-")[0] for entries in sections().values() for entry in entries}
    known = {entry.code for entries in sections().values() for entry in entries}
    known |= {registry.catalogue(type_id).unknown_code for type_id in registry.type_ids()}
    return {code for code in named if code.partition("-")[0] in prefixes} - known


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
