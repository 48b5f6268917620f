"""Rows of SQLite."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from destui.connectors.base import Fault
from destui.domain.loads import Place, SourceSpec
from destui.loads.engine import Engine, identifier
from destui.loads.rows.base import Streamed, arrow, blocks, file_of, in_brackets
from destui.loads.sources import SourceColumn
from destui.loads.types import TEXT, TEXTUAL, Type, fit

if TYPE_CHECKING:
    import pyarrow as pa


class SqliteRows(Streamed):
    """Rows of SQLite, whose values each have a type of their own: those of a whole column are looked through first."""

    step = "read"

    def __init__(self, engine: Engine, place: Place, spec: SourceSpec) -> None:
        import sqlite3

        super().__init__(engine)
        path = file_of(place)
        self._connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA query_only = ON")
        self._from = in_brackets(spec.query) if spec.query else identifier(spec.table)
        cursor = self._connection.execute(f"SELECT * FROM {self._from} LIMIT 0")
        names = [column[0] for column in cursor.description]
        declared: dict[str, str] = {}
        if spec.table:
            declared = {r[1]: r[2] for r in self._connection.execute(f"PRAGMA table_xinfo({identifier(spec.table)})")}
        self._connection.execute("BEGIN")  # one state of the file for all readings
        self._kinds = self._looked_through(names)
        columns = []
        for n, (name, kinds) in enumerate(zip(names, self._kinds, strict=True)):
            kind, sql = _sqlite_type(n, name, kinds, declared.get(name, ""))
            columns.append(SourceColumn(name, kind, sql))
        self.take(columns)

    def _looked_through(self, names: Sequence[str]) -> list[dict[str, bool]]:
        """Which storage classes each column has, and whether its whole numbers are all exact as doubles, or 0 and 1."""
        asked = []
        for name in map(identifier, names):
            asked += [f"max(typeof({name}) = '{kind}')" for kind in ("integer", "real", "text", "blob")]
            asked.append(
                f"max(typeof({name}) = 'integer' AND {name} NOT BETWEEN -9007199254740992 AND 9007199254740992)"
            )
            asked.append(f"max(typeof({name}) = 'integer' AND {name} NOT IN (0, 1))")
        row = self._connection.execute(f"SELECT count(*), {', '.join(asked)} FROM {self._from}").fetchone()
        self.total_rows = row[0]
        keys = ("integer", "real", "text", "blob", "large", "many")
        return [dict(zip(keys, map(bool, row[at : at + 6]), strict=True)) for at in range(1, len(row), 6)]

    def batches(self, most: int | None) -> pa.RecordBatchReader:
        """See `Streamed.batches`."""
        import pyarrow as pa

        cursor = self._connection.execute(f"SELECT * FROM {self._from}{'' if most is None else f' LIMIT {most}'}")
        kinds, mixed = [], []
        for n, found in enumerate(self._kinds):
            classes = [kind for kind in ("integer", "real", "text", "blob") if found[kind]]
            one = {"integer": pa.int64(), "real": pa.float64(), "text": pa.string(), "blob": pa.binary()}
            if classes == ["integer", "real"] and not found["large"]:
                kinds.append(pa.float64())
            elif len(classes) == 1:
                kinds.append(one[classes[0]])
            else:
                kinds.append(pa.string())
                mixed += [n] if classes else []
        return arrow(kinds, (_texts(block, mixed) for block in blocks(cursor)) if mixed else blocks(cursor))

    def close(self) -> None:
        """See `Source.close`."""
        with suppress(Exception):
            self._connection.close()


def _sqlite_type(n: int, name: str, found: dict[str, bool], declared: str) -> tuple[Type, str]:
    classes = {kind for kind in ("integer", "real", "text", "blob") if found[kind]}
    word = declared.upper().partition("(")[0].strip()
    if classes == {"integer"}:
        if word.startswith("BOOL") and not found["many"]:
            return Type("BOOLEAN"), f"(r{n} = 1)"
        if decimal := re.fullmatch(r"(?:DECIMAL|NUMERIC)\((\d+),\s*(\d+)\)", declared.upper()):
            return _decimal(n, "BIGINT", int(decimal[1]), int(decimal[2]))
        return Type("BIGINT"), f"r{n}"
    if classes in ({"real"}, {"integer", "real"}) and not (found["integer"] and found["large"]):
        if decimal := re.fullmatch(r"(?:DECIMAL|NUMERIC)\((\d+),\s*(\d+)\)", declared.upper()):
            return _decimal(n, "DOUBLE", int(decimal[1]), int(decimal[2]))
        return Type("DOUBLE"), f"r{n}"
    if classes == {"blob"}:
        return Type("BLOB"), f"r{n}"
    if "blob" in classes:
        raise Fault(
            "LOAD-EXACT", f"{name} holds both bytes and other values", column=name, file="the source",
            found="both bytes and other values",
            remedy=f"Load a query that brings one kind: CAST({identifier(name)} AS BLOB), or AS TEXT.",
        )  # fmt: skip
    if classes == {"text"} and word in ("DATE", "TIME", "DATETIME", "TIMESTAMP", "TIMESTAMPTZ"):
        return TEXTUAL, f"r{n}"
    return TEXT, f"r{n}"


def _decimal(n: int, stored: str, precision: int, scale: int) -> tuple[Type, str]:
    """A number of a column that is declared as decimal, stored as `stored`; one that has more digits is told."""
    kind = Type("DECIMAL", min(38, precision), scale)
    found = fit(Type(stored), kind)
    assert found is not None
    value = f"CASE WHEN {{c}} IS NULL OR {found.whole} THEN {found.value} ELSE error('destui-decimal {n}') END"
    return kind, value.replace("{c}", f"r{n}")


def _texts(block: Sequence[Sequence[Any]], mixed: Sequence[int]) -> list[list[Any]]:
    """Values of columns that hold several types as texts; a number as it is written out exactly."""
    rows = [list(row) for row in block]
    for row in rows:
        for n in mixed:
            if row[n] is not None and not isinstance(row[n], str):
                row[n] = repr(row[n])
    return rows


ROWS = SqliteRows
