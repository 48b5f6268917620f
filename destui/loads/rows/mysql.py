"""Rows of MySQL and MariaDB."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from destui.connectors.phrases import mysql_identifier
from destui.domain.loads import Place, SourceSpec
from destui.loads.engine import Engine
from destui.loads.names import split_name
from destui.loads.rows.base import Streamed, arrow, blocks, in_brackets, parsed
from destui.loads.session import climb
from destui.loads.sources import SourceColumn
from destui.loads.targets.mysql_sending import wait_long
from destui.loads.types import TEXT, Type

if TYPE_CHECKING:
    import pyarrow as pa


_MY_INTEGERS = {1: "TINYINT", 2: "SMALLINT", 9: "INTEGER", 3: "INTEGER", 8: "BIGINT", 13: "SMALLINT"}
_MY_TYPES = {4: "DOUBLE", 5: "DOUBLE", 10: "DATE", 14: "DATE", 11: "TIME", 12: "TIMESTAMP", 7: "TIMESTAMPTZ",
             245: "JSON"}  # fmt: skip
_UNSIGNED = 32
_BINARY_CHARSET = 63


class MysqlRows(Streamed):
    """Rows of MySQL or MariaDB, as the texts that the server sends."""

    step = "read"

    def __init__(self, engine: Engine, place: Place, spec: SourceSpec) -> None:
        from pymysql.cursors import SSCursor

        super().__init__(engine)
        self._climb, self.facts = climb(place, "open")
        self._session = self._climb.session
        # Everything comes as text then; DuckDB reads it as its type.
        self._session.decoders = {}
        self._ask("SET SESSION time_zone = '+00:00'")
        self._ask("SET SESSION TRANSACTION READ ONLY")
        wait_long(self._session)
        names = ".".join(map(mysql_identifier, split_name(spec.table))) if spec.table else ""
        self._from = in_brackets(spec.query) if spec.query else names
        with self._session.cursor(SSCursor) as cursor:
            self._run(cursor, f"SELECT * FROM {self._from} AS q LIMIT 0")
            fields = list(cursor._result.fields)
        kinds = [_mysql_type(field) for field in fields]
        self.take(
            [SourceColumn(f.name, k, _mysql_sql(n, k)) for n, (f, k) in enumerate(zip(fields, kinds, strict=True))]
        )
        # Of a FLOAT the server prints six digits, of a DOUBLE all.
        self._picked = ", ".join(
            f"CAST({mysql_identifier(f.name)} AS DOUBLE)" if f.type_code == 4
            else f"{mysql_identifier(f.name)} + 0" if f.type_code == 16 else mysql_identifier(f.name)
            for f in fields
        )  # fmt: skip
        self._binary = [kind.name == "BLOB" for kind in kinds]
        if spec.table:
            found = self._ask(
                "SELECT TABLE_ROWS, DATA_LENGTH FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
                " AND TABLE_NAME = %s", split_name(spec.table)[-1],
            )  # fmt: skip
            if found and found[0][0]:
                self.total_rows, self.total_bytes = map(int, found[0])
                self.rows_estimated = True
        self._cursor: Any = None

    def _ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._session.cursor() as cursor:
            self._run(cursor, statement, *values)
            return list(cursor.fetchall())

    def _run(self, cursor: Any, statement: str, *values: object) -> None:
        from pymysql import MySQLError

        from destui.connectors.mysql_protocol import fault

        try:
            cursor.execute(statement, values or None)
        except MySQLError as error:
            raise fault(error) from error

    def batches(self, most: int | None) -> pa.RecordBatchReader:
        """See `Streamed.batches`."""
        import pyarrow as pa
        from pymysql.cursors import SSCursor

        if self._cursor is not None:
            self._cursor.close()
        self._cursor = cursor = self._session.cursor(SSCursor)
        self._run(cursor, f"SELECT {self._picked} FROM {self._from} AS q{'' if most is None else f' LIMIT {most}'}")
        kinds = [pa.binary() if is_binary else pa.string() for is_binary in self._binary]
        return arrow(kinds, blocks(cursor))

    def close(self) -> None:
        """See `Source.close`."""
        with suppress(Exception):
            self._session._force_close()  # what is not read yet is not worth waiting for


def _mysql_type(field: Any) -> Type:
    code, is_unsigned = field.type_code, bool(field.flags & _UNSIGNED)
    if code in _MY_INTEGERS:
        name = _MY_INTEGERS[code]
        return Type(f"U{name}" if is_unsigned and code != 13 else name)
    if code in (0, 246):
        digits = field.length - (field.scale > 0) - (not is_unsigned)
        return Type("DECIMAL", digits, field.scale) if digits <= 38 else Type("NUMBER")
    if code == 16:
        return Type("UBIGINT")
    if code in _MY_TYPES:
        return Type(_MY_TYPES[code])
    if code == 6:
        return Type("NULL")
    return Type("BLOB") if field.charsetnr == _BINARY_CHARSET else TEXT


def _mysql_sql(column: int, kind: Type) -> str:
    return f"r{column}" if kind.name in ("BLOB", "NULL") else parsed(column, kind)


ROWS = MysqlRows
