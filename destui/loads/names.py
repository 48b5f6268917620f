"""Names of tables as an order writes them."""

from __future__ import annotations

import re

from destui.connectors.base import Fault
from destui.loads.engine import identifier


def split_name(name: str) -> list[str]:
    """A table's name in its parts: `schema.table`, with `"` around what holds a dot. Raises Fault."""
    parts = re.findall(r'"((?:[^"]|"")+)"(?:\.|$)|([^".]+)(?:\.|$)', name)
    found = [quoted.replace('""', '"') if quoted else plain.strip() for quoted, plain in parts]
    rebuilt = sum(len(q) + 2 if q else len(p) for q, p in parts) + len(parts) - 1
    if not found or not all(found) or rebuilt != len(name):
        raise Fault("LOAD-TABLE-NAME", f"{name} is not the name of a table", table=name)
    return found


def named(*parts: str) -> str:
    """The name of a table, or of its schema, by its parts, as `split_name` reads it."""
    return ".".join(part if re.fullmatch(r'[^".\s]([^".]*[^".\s])?', part) else identifier(part) for part in parts)
