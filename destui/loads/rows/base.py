"""What sources among destinations have in common: rows that come as Arrow batches, and texts read as their types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from destui.connectors.base import Fault
from destui.connectors.files import look_at_file
from destui.domain.loads import Place, SourceSpec
from destui.loads.engine import BATCH, Engine
from destui.loads.sources import Source, SourceColumn, check_names
from destui.loads.types import Type

if TYPE_CHECKING:
    import pyarrow as pa


def open_rows(engine: Engine, place: Place, spec: SourceSpec) -> Source:
    """Open a table or query. Raises Fault, StepFailed, or what the driver raises."""
    from importlib import import_module

    if place.type not in ("postgres", "mysql", "sqlite", "duckdb"):
        raise Fault("LOAD-TARGET", f"nothing is read out of {place.type}")
    source: Source = import_module(f"destui.loads.rows.{place.type}").ROWS(engine, place, spec)
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
        # As a capsule it is read by the engine's own threads, as fast as these go on. A reader would be read by others,
        # far ahead of them, which go on after what the engine does has failed.
        self.engine.connection.register(name, self._counted(self.batches(most)).__arrow_c_stream__())
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


def file_of(place: Place) -> Path:
    """The database that is a file. Raises Fault where there is none."""
    path = Path(str(place.fields["path"]))
    if look_at_file(path):
        raise Fault("LOAD-SOURCE-MISSING", f"{path}: no such file", file=str(path))
    return path


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


def plain(kind: Type) -> Type:
    """A type without the limits of a column: they do not matter for what is in it already."""
    return Type(kind.name, kind.precision if kind.name == "DECIMAL" else None, kind.scale, inner=kind.inner)


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
