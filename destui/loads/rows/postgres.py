"""Rows of PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from destui.domain.loads import Place, SourceSpec
from destui.loads.adbc import open_session, told
from destui.loads.engine import Engine, identifier
from destui.loads.names import split_name
from destui.loads.rows.base import Streamed, in_brackets, parsed, plain
from destui.loads.session import climb
from destui.loads.sources import SourceColumn
from destui.loads.types import Type

if TYPE_CHECKING:
    import pyarrow as pa


_INET = 869
"""Cast to text an address has a `/32` that the server itself does not write."""
_PG_NATIVE = ("bool", "int2", "int4", "int8", "float4", "float8", "text", "varchar", "bpchar", "citext", "bytea",
              "interval")  # fmt: skip
"""What comes exactly in binary form. Days and times do not: what is infinite there turns into some day."""


class PostgresRows(Streamed):
    """Rows of PostgreSQL, by ADBC's binary COPY."""

    step = "read"

    def __init__(self, engine: Engine, place: Place, spec: SourceSpec) -> None:
        super().__init__(engine)
        self._climb, self.facts = climb(place, "sign in")
        self._session = self._climb.session
        self._session.execute("SET default_transaction_read_only = on")
        home = str(place.fields.get("schema", "public"))
        path = f"SET search_path = {', '.join(map(identifier, dict.fromkeys((home, 'public'))))}"
        self._session.execute(path.encode())  # a query finds what a table's bare name finds
        parts = split_name(spec.table) if spec.table else []
        if len(parts) == 1:
            parts.insert(0, home)
        self._from = in_brackets(spec.query) if spec.query else ".".join(map(identifier, parts))
        self._describe()
        if spec.table:
            self._measure(parts)
        self._open(path)

    def _describe(self) -> None:
        """The columns, and how each is asked for."""
        result = self._session.execute(f"SELECT * FROM {self._from} AS q LIMIT 0".encode()).pgresult
        columns, picked, flat = [], [], []
        for n in range(result.nfields):
            name, oid = result.fname(n).decode(), result.ftype(n)
            column = self._column(n, name, *self._base(oid, result.fmod(n)))
            columns.append(column)
            is_nested = column.type.name == "NESTED"
            is_binary = column.sql == f"r{n}" and column.type.carrier != "VARCHAR"
            is_taken = is_binary or is_nested or oid in _PG_TEXTS
            as_text = f"abbrev({identifier(name)})" if oid == _INET else f"{identifier(name)}::text"
            picked.append(identifier(name) if is_taken else as_text)
            if is_nested:  # the binary form brings the elements, and neither the dimensions nor where they begin
                array = identifier(name)
                flat.append(f"coalesce(array_ndims({array}) = 1 AND array_lower({array}, 1) = 1, true) AS flat{n}")
        self.take(columns)
        self._picked = ", ".join((*picked, *flat))

    def _column(self, n: int, name: str, type_name: str, kind: str, typmod: int) -> SourceColumn:
        from destui.loads.targets.postgres_types import held

        holds = held(type_name, kind, typmod) or Type("FOREIGN", inner=type_name)
        is_native = (type_name in _PG_NATIVE and holds.name != "FOREIGN") or holds.name == "NESTED"
        if holds.name == "FOREIGN":
            holds = Type("FOREIGN", inner=type_name)
        value = f"r{n}" if is_native else parsed(n, plain(holds))
        if holds.name == "NESTED":
            value = f"CASE WHEN flat{n} THEN r{n} ELSE error('destui-array {n}') END"
        return SourceColumn(name, plain(holds), value)

    def _open(self, path: str) -> None:
        """The session that reads."""
        with self._climb.parameters() as parameters:
            self._adbc = open_session(parameters)
        for statement in (
            "SET TimeZone = 'UTC'", "SET DateStyle = 'ISO'", "SET default_transaction_read_only = on", path,
            # A target may take its time; and a second reading begins where the first one began.
            "SET statement_timeout = 0", "SET synchronize_seqscans = off",
        ):  # fmt: skip
            with self._adbc.cursor() as cursor:
                cursor.execute(statement)
        self._adbc.commit()
        self._cursor: Any = None

    def _base(self, oid: int, typmod: int) -> tuple[str, str, int]:
        """A type's name and kind; of a domain those of what it is made of."""
        query = "SELECT typname, typtype, typbasetype, typtypmod FROM pg_catalog.pg_type WHERE oid = %s"
        name, kind, base, modifier = self._session.execute(query, (oid,)).fetchone()
        return self._base(base, modifier) if kind == "d" else (name, kind, typmod)

    def _measure(self, parts: Sequence[str]) -> None:
        found = self._session.execute(
            "SELECT reltuples::bigint, pg_table_size(oid) FROM pg_class WHERE oid = to_regclass(%s)",
            (".".join(map(identifier, parts)),),
        ).fetchone()
        if found and found[0] > 0:
            self.total_rows, self.total_bytes = found
            self.rows_estimated = True

    def rest(self) -> None:
        """See `Source.rest`."""
        if self._cursor is not None:
            self._cursor.close()
            self._adbc.rollback()
            self._cursor = None

    def batches(self, most: int | None) -> pa.RecordBatchReader:
        """See `Streamed.batches`."""
        self.rest()
        self._cursor = self._adbc.cursor()
        limit = "" if most is None else f" LIMIT {most}"
        with told():
            self._cursor.execute(f"SELECT {self._picked} FROM {self._from} AS q{limit}")
            return self._cursor.fetch_record_batch()

    def close(self) -> None:
        """See `Source.close`."""
        with suppress(Exception):
            self._cursor.close()
        for held in (self._adbc, self._session):
            with suppress(Exception):
                held.close()


_PG_TEXTS = (25, 1043, 1042)
"""The types of text; `char(n)` loses its blanks when it is cast."""


ROWS = PostgresRows
