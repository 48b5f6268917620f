"""What a check's diagnosis gives to paste is whole, whatever way an entry was found; what tells causes apart can be
done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from destui.connectors import registry
from destui.connectors.base import Fault
from destui.connectors.catalogue import Entry
from destui.connectors.diagnosis import diagnose
from destui.connectors.words import pieces

FACTS = {
    "address": "192.0.2.9", "client": "192.0.2.1", "account_host": "%", "worker": "destui", "mount": "/srv",
}  # fmt: skip
"""What a ladder has found out by the end of its way, whatever fails."""

TO_DO = re.compile(
    r"`|\bSELECT\b|\bSHOW\b|\bPRAGMA\b|\bFROM\b|\bcheck\b|\bcurl\b|\blog\b|console|\btells?\b|\bsays? which\b|pg_\w+|"
    r"Field|field|fresh token|a minute old|client on|decoder|reason|shut\b|\bbehind\b|firewall|project|message names"
)


def ways(entry: Entry) -> Iterator[Any]:
    """Errors by which an entry may be found: each of its codes, classes and phrases."""
    yield from (Fault(code.replace("*", "000"), "no words that anybody knows") for code in entry.codes)
    yield from (type(name, (Exception,), {})("no words that anybody knows") for name in entry.exceptions)
    for phrase in entry.words:
        said = "".join(f"some {name}{text}" if name else f" {text}" for name, text in pieces(phrase))
        yield from (Fault(code, said) for code in (*entry.among, ""))


@pytest.mark.parametrize("type_id", registry.type_ids())
def test_no_placeholder_stands_in_a_line_to_paste(type_id: str) -> None:
    fields = {
        field.name: "1" if field.kind == "port" else f"the {field.name}" for field in registry.spec(type_id).fields
    }
    for entry in registry.catalogue(type_id).entries:
        for error in ways(entry):
            for step in entry.steps or ("sign in", "open", "create"):
                found = diagnose(type_id, step, error, fields, facts=FACTS)
                assert not re.search(r"<\w+>", "\n".join(found.fix_lines)), (entry.code, error, found.fix)


@pytest.mark.parametrize("type_id", registry.type_ids())
def test_what_tells_causes_apart_can_be_done_or_looked_at(type_id: str) -> None:
    for entry in registry.catalogue(type_id).entries:
        if len(entry.causes) > 1 and not entry.code.startswith("PG-"):
            assert TO_DO.search(entry.more), (entry.code, entry.more)
