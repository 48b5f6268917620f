"""The rows of a destination as a source: a table or a query of PostgreSQL, MySQL, SQLite or DuckDB.

What a driver hands over exactly is taken as it is; all else is asked for as the server's own text, and read as its
type by DuckDB. Queries run read-only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from destui.connectors.base import Fault
from destui.connectors.files import look_at_file
from destui.connectors.phrases import mysql_identifier
from destui.domain.loads import Place, SourceSpec
from destui.loads.adbc import open_session, told
from destui.loads.engine import BATCH, Engine, identifier
from destui.loads.session import climb
from destui.loads.sources import Source, SourceColumn, check_names
from destui.loads.targets.base import split_name
from destui.loads.types import TEXT, TEXTUAL, Type, parse_type

if TYPE_CHECKING:
    import pyarrow as pa


def open_rows(engine: Engine, place: Place, spec: SourceSpec) -> Source:
    """Open a table or query. Raises Fault, StepFailed, or what the driver raises."""
    made = {"postgres": PostgresRows, "mysql": MysqlRows, "sqlite": SqliteRows, "duckdb": DuckdbRows}.get(place.type)
    if made is None:
        raise Fault("LOAD-TARGET", f"nothing is read out of {place.type}")
    source: Source = made(engine, place, spec)
    source.name = spec.text
    return source


class Streamed(Source):
    """Rows that come as Arrow batches, asked for anew at each reading."""

    def batches(self, most: int | None) -> pa.RecordBatchReader:
        """All rows, or the first `most`, with a column for each of `columns` in their order."""
        raise NotImplementedError

    _count = 0

    def relation(self, most: int | None = None) -> str:
        """See `Source.relation`: a reader can be read once, so that each has a name of its own."""
        Streamed._count += 1
        name = f"rows{Streamed._count}"
        self.engine.connection.register(name, self._counted(self.batches(most)))
        names = ", ".join(f"r{n}" for n in range(len(self.columns)))
        self._read = 0
        values = ", ".join(f"{column.sql} AS c{n}" for n, column in enumerate(self._raw))
        limit = "" if most is None else f" LIMIT {most}"
        return f"(SELECT {values} FROM {name} AS t({names}){limit})"

    def _counted(self, reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """The same batches: the engine, which reads them, does not know how many there are to come."""
        import pyarrow as pa

        def batches() -> Iterator[pa.RecordBatch]:
            for batch in reader:
                self._read += batch.num_rows
                yield batch

        return pa.RecordBatchReader.from_batches(reader.schema, batches())

    _raw: tuple[SourceColumn, ...] = ()
    _read = 0
    """Rows that the last reading has fetched."""

    def take(self, columns: Sequence[SourceColumn]) -> None:
        """Set the columns; their expressions are over `r0`, `r1`, … of the batches."""
        check_names([column.name for column in columns], "the source")
        self._raw = tuple(columns)
        self.columns = tuple(SourceColumn(c.name, c.type, f"c{n}") for n, c in enumerate(columns))
        self.engine.meter.share = lambda: self._read / self.total_rows if self.total_rows else 0.0


def in_brackets(query: str) -> str:
    """A query as what stands after FROM, also one that ends in a comment."""
    return f"({query}\n)"


def parsed(column: int, kind: Type) -> str:
    """A text of a server's as its type."""
    if kind.carrier == "VARCHAR":
        return f"r{column}"
    if kind.name in _DAYS:  # PostgreSQL writes the era last; there DuckDB overlooks it
        era = rf"regexp_replace(r{column}, '^(\S+)(.*) BC$', '\1 (BC)\2')"
        return f"CAST(CASE WHEN ends_with(r{column}, ' BC') THEN {era} ELSE r{column} END AS {kind.carrier})"
    return f"CAST(r{column} AS {kind.carrier})"


_DAYS = ("DATE", "TIMESTAMP", "TIMESTAMPTZ")


_PG_NATIVE = ("bool", "int2", "int4", "int8", "float4", "float8", "text", "varchar", "bpchar", "citext", "bytea",
              "interval")  # fmt: skip
"""What comes exactly in binary form. Days and times do not: what is infinite there turns into some day."""


class PostgresRows(Streamed):
    """Rows of PostgreSQL, by ADBC's binary COPY."""

    step = "read"

    def __init__(self, engine: Engine, place: Place, spec: SourceSpec) -> None:
        from destui.loads.targets.postgres_types import held

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
        result = self._session.execute(f"SELECT * FROM {self._from} AS q LIMIT 0".encode()).pgresult
        described = [(result.fname(n).decode(), result.ftype(n), result.fmod(n)) for n in range(result.nfields)]
        columns = []
        for n, (name, oid, typmod) in enumerate(described):
            type_name, kind, typmod = self._base(oid, typmod)
            holds = held(type_name, kind, typmod) or Type("FOREIGN", inner=type_name)
            is_native = (type_name in _PG_NATIVE and holds.name != "FOREIGN") or holds.name == "NESTED"
            if holds.name == "FOREIGN":
                holds = Type("FOREIGN", inner=type_name)
            value = f"r{n}" if is_native else parsed(n, plain(holds))
            if holds.name == "NESTED":
                value = f"CASE WHEN flat{n} THEN r{n} ELSE error('destui-array {n + 1}') END"
            columns.append(SourceColumn(name, plain(holds), value))
        self.take(columns)
        self._picked = ", ".join(
            identifier(name)
            if (column.sql == f"r{n}" and column.type.carrier != "VARCHAR") or column.type.name == "NESTED"
            or oid in _PG_TEXTS
            else f"{identifier(name)}::text"
            for n, ((name, oid, _), column) in enumerate(zip(described, columns, strict=True))
        )  # fmt: skip
        # Of an array the binary form brings the elements, and neither its dimensions nor where it begins.
        for n, column in enumerate(columns):
            if column.type.name == "NESTED":
                array = identifier(column.name)
                self._picked += f", coalesce(array_ndims({array}) = 1 AND array_lower({array}, 1) = 1, true) AS flat{n}"
        if spec.table:
            self._measure(parts)
        with self._climb.parameters() as parameters:
            self._adbc = open_session(parameters)
        for statement in (
            "SET TimeZone = 'UTC'", "SET DateStyle = 'ISO'", "SET default_transaction_read_only = on", path,
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


def plain(kind: Type) -> Type:
    """A type without the limits of a column: they do not matter for what is in it already."""
    return Type(kind.name, kind.precision if kind.name == "DECIMAL" else None, kind.scale, inner=kind.inner)


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


def blocks(cursor: Any) -> Iterator[Sequence[Sequence[Any]]]:
    """What a cursor gives, by blocks of rows."""
    while block := cursor.fetchmany(BATCH):
        yield block


def arrow(kinds: Sequence[pa.DataType], rows: Iterator[Sequence[Sequence[Any]]]) -> pa.RecordBatchReader:
    """Blocks of rows as Arrow batches with columns `r0`, `r1`, …"""
    import pyarrow as pa

    schema = pa.schema([(f"r{n}", kind) for n, kind in enumerate(kinds)])

    def batches() -> Iterator[pa.RecordBatch]:
        for block in rows:
            columns = zip(*block, strict=True)
            arrays = [pa.array(values, kind) for values, kind in zip(columns, kinds, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


class SqliteRows(Streamed):
    """Rows of SQLite, whose values each have a type of their own: those of a whole column are looked through first."""

    step = "read"

    def __init__(self, engine: Engine, place: Place, spec: SourceSpec) -> None:
        import sqlite3

        super().__init__(engine)
        path = Path(str(place.fields["path"]))
        if look_at_file(path):
            raise Fault("LOAD-SOURCE-MISSING", f"{path}: no such file", file=str(path))
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
            kind, sql = _sqlite_type(n, kinds, declared.get(name, ""))
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


def _sqlite_type(n: int, found: dict[str, bool], declared: str) -> tuple[Type, str]:
    classes = {kind for kind in ("integer", "real", "text", "blob") if found[kind]}
    word = declared.upper().partition("(")[0].strip()
    if classes == {"integer"}:
        if word.startswith("BOOL") and not found["many"]:
            return Type("BOOLEAN"), f"(r{n} = 1)"
        if decimal := re.fullmatch(r"(?:DECIMAL|NUMERIC)\((\d+),\s*(\d+)\)", declared.upper()):
            return _decimal(n, int(decimal[1]), int(decimal[2]))
        return Type("BIGINT"), f"r{n}"
    if classes in ({"real"}, {"integer", "real"}) and not (found["integer"] and found["large"]):
        if decimal := re.fullmatch(r"(?:DECIMAL|NUMERIC)\((\d+),\s*(\d+)\)", declared.upper()):
            return _decimal(n, int(decimal[1]), int(decimal[2]))
        return Type("DOUBLE"), f"r{n}"
    if classes == {"blob"}:
        return Type("BLOB"), f"r{n}"
    if "blob" in classes:
        raise Fault("LOAD-TYPE", f"column {n + 1} holds both bytes and other values", column=str(n + 1))
    if classes == {"text"} and word in ("DATE", "TIME", "DATETIME", "TIMESTAMP", "TIMESTAMPTZ"):
        return TEXTUAL, f"r{n}"
    return TEXT, f"r{n}"


def _decimal(n: int, precision: int, scale: int) -> tuple[Type, str]:
    """A number of a column that is declared as decimal; one that has more digits than that is told."""
    kind = Type("DECIMAL", min(38, precision), scale)
    cast = f"TRY_CAST(r{n} AS {kind})"
    return kind, f"CASE WHEN r{n} IS NULL OR CAST({cast} AS DOUBLE) = r{n} THEN {cast} ELSE error('destui-decimal') END"


def _texts(block: Sequence[Sequence[Any]], mixed: Sequence[int]) -> list[list[Any]]:
    """Values of columns that hold several types as texts; a number as it is written out exactly."""
    rows = [list(row) for row in block]
    for row in rows:
        for n in mixed:
            if row[n] is not None and not isinstance(row[n], str):
                row[n] = repr(row[n])
    return rows


class DuckdbRows(Source):
    """Rows of a DuckDB file, which the engine reads itself."""

    step = "read"

    def __init__(self, engine: Engine, place: Place, spec: SourceSpec) -> None:
        super().__init__(engine)
        path = Path(str(place.fields["path"]))
        if look_at_file(path):
            raise Fault("LOAD-SOURCE-MISSING", f"{path}: no such file", file=str(path))
        engine.connection.execute(f"USE {engine.attach(path, 'origin', read_only=True)}")
        self._from = in_brackets(spec.query) if spec.query else ".".join(map(identifier, split_name(spec.table)))
        described = [
            (str(r[0]), parse_type(str(r[1]))) for r in engine.rows(f"DESCRIBE SELECT * FROM {self._from} AS q")
        ]
        check_names([name for name, _ in described], "the source")
        self.columns = tuple(SourceColumn(name, kind, f"c{n}") for n, (name, kind) in enumerate(described))
        if spec.table:
            self.total_rows = int(engine.rows(f"SELECT count(*) FROM {self._from}")[0][0])

    def relation(self, most: int | None = None) -> str:
        """See `Source.relation`."""
        names = ", ".join(f"c{n}" for n in range(len(self.columns)))
        limit = "" if most is None else f" LIMIT {most}"
        return f"(SELECT * FROM {self._from} AS t({names}){limit})"
