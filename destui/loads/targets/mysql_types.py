"""Types of MySQL and MariaDB: what a column holds, and what a new one is declared as."""

from __future__ import annotations

import re

from destui.loads.types import TEXT, Type

_HOLDS = {
    "smallint": "SMALLINT", "mediumint": "INTEGER", "int": "INTEGER", "bigint": "BIGINT", "float": "FLOAT",
    "double": "DOUBLE", "date": "DATE", "json": "JSON", "uuid": "UUID",
}  # fmt: skip
NEW = {
    "BOOLEAN": "tinyint(1)", "TINYINT": "tinyint", "UTINYINT": "tinyint unsigned", "SMALLINT": "smallint",
    "USMALLINT": "smallint unsigned", "INTEGER": "int", "UINTEGER": "int unsigned", "BIGINT": "bigint",
    "UBIGINT": "bigint unsigned", "FLOAT": "float", "DOUBLE": "double", "DATE": "date", "TIME": "time(6)",
    "BLOB": "longblob",
}  # fmt: skip
JSON_TEXT = Type("VARCHAR", inner="json")
"""A text that has to be JSON."""
TEXTS = {"tinytext": 255, "text": 65_535, "mediumtext": 16_777_215, "longtext": 4_294_967_295}
BLOBS = {"tinyblob": 255, "blob": 65_535, "mediumblob": 16_777_215, "longblob": 4_294_967_295}


_ESCAPED = {"''": "'", "\\\\": "\\", r"\n": "\n", r"\r": "\r", r"\0": "\0"}
_MEMBER = re.compile(r"'((?:[^'\\]|''|\\.)*)'", re.DOTALL)


def members(declared: str) -> list[str]:
    """The words of an enumeration, by its row's COLUMN_TYPE."""
    return [re.sub(r"''|\\.", lambda m: _ESCAPED.get(m[0], m[0]), word) for word in _MEMBER.findall(declared)]


def held(
    declared: str, kind: str, length: int | None, precision: int | None, scale: int | None, digits: int | None
) -> Type | None:
    """What a column holds, by its row of information_schema.COLUMNS."""
    is_unsigned = "unsigned" in declared
    if declared == "tinyint(1)":
        return Type("FLAG")
    if kind == "tinyint":
        return Type("UTINYINT" if is_unsigned else "TINYINT")
    if kind in ("smallint", "mediumint", "int", "bigint"):
        name = _HOLDS[kind]
        return Type(f"U{name}" if is_unsigned else name, length=1 << 24 if kind == "mediumint" else None)
    if kind == "decimal":
        return Type("DECIMAL", min(38, precision or 10), scale or 0) if (scale or 0) <= 38 else None
    if kind in ("float", "double"):
        # With digits given, the server rounds to them.
        return Type(_HOLDS[kind]) if "(" not in declared else None
    if kind in ("datetime", "timestamp"):
        return Type("TIMESTAMP" if kind == "datetime" else "TIMESTAMPTZ", precision=digits or 0)
    if kind == "time":
        return Type("TIME", precision=digits or 0)
    if kind in ("varchar", "char"):
        return Type("VARCHAR", length=length, inner=kind)
    if kind in TEXTS:  # of these the server itself tells what is too long
        return TEXT
    if kind in ("varbinary", *BLOBS):
        return Type("BLOB", length=length)
    if kind == "enum":
        return Type("FOREIGN", inner=declared, takes_text=True)
    if kind == "year":
        return Type("SMALLINT", inner="year")
    return Type(_HOLDS[kind]) if kind in _HOLDS else None
