"""Rows of DuckDB."""

from __future__ import annotations

from destui.domain.loads import Place, SourceSpec
from destui.loads.engine import Engine, identifier
from destui.loads.names import split_name
from destui.loads.rows.base import file_of, in_brackets
from destui.loads.sources import Source, SourceColumn, check_names
from destui.loads.types import carried, parse_type


class DuckdbRows(Source):
    """Rows of a DuckDB file, which the engine reads itself."""

    step = "read"

    def __init__(self, engine: Engine, place: Place, spec: SourceSpec) -> None:
        super().__init__(engine)
        path = file_of(place)
        engine.connection.execute(f"USE {engine.attach(path, 'origin', read_only=True)}")
        self._from = in_brackets(spec.query) if spec.query else ".".join(map(identifier, split_name(spec.table)))
        described = [
            (str(r[0]), parse_type(str(r[1]))) for r in engine.rows(f"DESCRIBE SELECT * FROM {self._from} AS q")
        ]
        check_names([name for name, _ in described], "the source")
        self.columns = tuple(
            SourceColumn(name, kind, carried(f"c{n}", kind)) for n, (name, kind) in enumerate(described)
        )
        if spec.table:
            self.total_rows = int(engine.rows(f"SELECT count(*) FROM {self._from}")[0][0])

    def relation(self, most: int | None = None) -> str:
        """See `Source.relation`."""
        names = ", ".join(f"c{n}" for n in range(len(self.columns)))
        limit = "" if most is None else f" LIMIT {most}"
        return f"(SELECT * FROM {self._from} AS t({names}){limit})"


ROWS = DuckdbRows
