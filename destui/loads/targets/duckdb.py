"""Into DuckDB: the engine that reads also writes the file, in one transaction of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from destui.connectors.base import Fault
from destui.connectors.files import look_at_file
from destui.domain.loads import MARKERS, Mode, Phase
from destui.loads.engine import SourceFailed, identifier, literal
from destui.loads.names import named, split_name
from destui.loads.targets.base import (
    KEPT_DAYS,
    Load,
    TableColumn,
    Target,
    Written,
)
from destui.loads.targets.checks import KeyCheck
from destui.loads.types import TEXT, Type, parse_type

_STAGE = "temp._destui_stage"
_OLD, _NEW = "_destui_old", "_destui_new"
"""Aliases of the table and the stage, of which no column has the name: of a STRUCT it would come first."""
_KEPT_AS_TEXT = ("ENUM", "NUMBER", "FOREIGN", "NULL")


class DuckdbTarget(Target):
    """One load into a table of a DuckDB file."""

    folds_case = True

    def connect(self) -> None:
        """See `Target.connect`."""
        self._path = Path(os.path.realpath(str(self.plan.target.fields["path"])))
        self._is_new = look_at_file(self._path)
        parts = split_name(self.plan.table)
        if len(parts) > 2:
            raise Fault(
                "LOAD-TABLE-NAME", f"{self.plan.table} has more than a schema and a name", table=self.plan.table
            )
        self._schema, self._name = parts if len(parts) == 2 else ("main", parts[0])
        if self._is_new and self.engine.only_looks:  # a look makes no file
            self._file = "target"
            self.engine.rows(f"ATTACH ':memory:' AS {self._file}")
        else:
            self._file = self.engine.attach(self._path, "target", read_only=False)
        self._table = f"{self._file}.{identifier(self._schema)}.{identifier(self._name)}"
        self._markers = f"{self._file}.main.{MARKERS}"

    def columns(self) -> Sequence[TableColumn] | None:
        """See `Target.columns`."""
        where = f"database_name = {literal(self._file)} AND lower(schema_name) = lower({literal(self._schema)})"
        if not self.engine.rows(f"SELECT 1 FROM duckdb_schemas() WHERE {where}"):
            raise Fault("LOAD-TABLE-NAME", f"there is no schema {self._schema}", table=self.plan.table)
        name = f"lower({literal(self._name)})"
        if self.engine.rows(f"SELECT 1 FROM duckdb_views() WHERE {where} AND lower(view_name) = {name}"):
            raise Fault("LOAD-NOT-A-TABLE", f"{self.plan.table} is a view", table=self.plan.table)
        rows = self.engine.rows(
            "SELECT column_name, data_type, NOT is_nullable AND column_default IS NULL FROM duckdb_columns()"
            f" WHERE {where} AND lower(table_name) = {name} ORDER BY column_index"
        )
        return [TableColumn(name, kind, _held(kind), required) for name, kind, required in rows] or None

    def tables(self) -> list[str]:
        """See `Target.tables`."""
        rows = self.engine.rows(
            f"SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = {literal(self._file)}"
            " ORDER BY schema_name <> 'main', 1, 2"
        )
        return [named(t) if schema == "main" else named(schema, t) for schema, t in rows if t != MARKERS]

    def made(self, source: Type) -> tuple[str, Type]:
        """See `Target.made`."""
        if source.name in _KEPT_AS_TEXT or source.is_text:
            return "VARCHAR", TEXT
        return str(source), source

    def prepare(self) -> None:
        """See `Target.prepare`: it is made in the load's own transaction."""

    def loaded(self) -> int | None:
        """See `Target.loaded`."""
        there = f"database_name = {literal(self._file)} AND schema_name = 'main' AND table_name = {literal(MARKERS)}"
        if not self.engine.rows(f"SELECT 1 FROM duckdb_tables() WHERE {there}"):
            return None
        run = literal(self.plan.run_id)
        found = self.engine.rows(f"SELECT coalesce(rows, 0) FROM {self._markers} WHERE run_id = {run}")
        return int(found[0][0]) if found else None

    def write(self, load: Load) -> Written:
        """See `Target.write`."""
        self.step = "write"
        ask = self.engine.rows
        ask("BEGIN")
        ask(
            f"CREATE TABLE IF NOT EXISTS {self._markers} (run_id VARCHAR PRIMARY KEY, table_name VARCHAR NOT NULL,"
            " rows BIGINT, loaded_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'))"
        )
        run = literal(load.plan.run_id)
        if before := ask(f"SELECT coalesce(rows, 0) FROM {self._markers} WHERE run_id = {run}"):
            ask("ROLLBACK")
            return Written(int(before[0][0]), before=True)
        if load.makes_table:
            columns = ", ".join(f"{identifier(a.column.name)} {a.column.declared}" for a in load.assignments)
            ask(f"CREATE TABLE {self._table} ({columns})")
        for column in load.added:
            ask(f"ALTER TABLE {self._table} ADD COLUMN {identifier(column.name)} {column.declared}")
        rows = self._merge(load) if load.plan.mode is Mode.MERGE else self._put(load)
        self.engine.meter.enter(Phase.COMMIT)
        ask(
            f"INSERT INTO {self._markers} (run_id, table_name, rows) VALUES ({run}, {literal(load.plan.table)}, {rows})"
        )
        ask("COMMIT")
        return Written(rows)

    def _put(self, load: Load) -> int:
        if load.plan.mode is Mode.REPLACE and not load.makes_table:
            self.engine.rows(f"DELETE FROM {self._table}")
        names = ", ".join(map(identifier, load.columns))
        return self._reading(load, f"INSERT INTO {self._table} ({names}) {load.select()}")

    def _reading(self, load: Load, statement: str) -> int:
        """Run a statement that reads the source; returns its rows."""
        from destui.loads.failures import is_of_source

        self.engine.meter.enter(Phase.LOAD)
        try:
            result: list[tuple[Any, ...]] = self.engine.watched(
                lambda: self.engine.rows(statement), load.source.total_rows
            )
        except Exception as error:
            if is_of_source(error, load.source):
                raise SourceFailed(error) from error
            raise
        self.engine.meter.rows = int(result[0][0])
        return self.engine.meter.rows

    def _merge(self, load: Load) -> int:
        ask = self.engine.rows
        names = ", ".join(map(identifier, load.columns))
        # Of the table's own columns, whose collations tell by what two keys are the same.
        ask(f"CREATE OR REPLACE TEMPORARY TABLE _destui_stage AS SELECT {names} FROM {self._table} LIMIT 0")
        rows = self._reading(load, f"INSERT INTO {_STAGE} {load.select()}")
        self.engine.meter.enter(Phase.MERGE)
        KeyCheck(load, _STAGE, identifier, "CAST({c} AS VARCHAR)").run(ask)
        same = " AND ".join(f"{_OLD}.{name} = {_NEW}.{name}" for name in map(identifier, load.keys))
        if load.others:  # keys keep their spelling: DuckDB refuses to write one that another table names
            self._update(
                {identifier(a.column.name): a.holds for a in load.assignments if a.column.name in load.others}, same
            )
        ask(
            f"INSERT INTO {self._table} ({names}) SELECT {names} FROM {_STAGE} AS {_NEW}"
            f" WHERE NOT EXISTS (SELECT 1 FROM {self._table} AS {_OLD} WHERE {same})"
        )
        return rows

    def _update(self, columns: Mapping[str, Type], same: str) -> None:
        """Rows that are in the table already, where something in them changes."""

        def update(changes: str, where: str) -> None:
            self.engine.rows(
                f"UPDATE {self._table} AS {_OLD} SET {changes} FROM {_STAGE} AS {_NEW} WHERE {same} AND ({where})"
            )

        spans = {name: _differs(name, "CAST(", " AS VARCHAR)") for name, kind in columns.items() if _is_span(kind)}
        for name in (name for name in spans if columns[name].name == "INTERVAL"):
            # 30 days are 1 month to DuckDB, which writes nothing that is the same to it: at first something else.
            update(f"{name} = {_NEW}.{name} + INTERVAL 1 DAY", f"{_OLD}.{name} = {_NEW}.{name} AND {spans[name]}")
        # A text also changes where to its collation it is the same.
        differs = [_differs(n, "encode(", ")") if kind.is_text else _differs(n) for n, kind in columns.items()]
        update(", ".join(f"{n} = {_NEW}.{n}" for n in columns), " OR ".join([*differs, *spans.values()]))
        if spans:  # one within a STRUCT is written only with something else in it
            left = f"FROM {self._table} AS {_OLD}, {_STAGE} AS {_NEW} WHERE {same} AND ({' OR '.join(spans.values())})"
            if count := self.engine.rows(f"SELECT count(*) {left}")[0][0]:
                raise Fault("LOAD-COUNT", f"{count} rows keep an interval that is only as long as the source's")

    def undo(self) -> None:
        """See `Target.undo`."""
        self.engine.rows("ROLLBACK")

    def tidy(self) -> None:
        """See `Target.tidy`."""
        self.engine.rows(
            f"DELETE FROM {self._markers} WHERE loaded_at < now() AT TIME ZONE 'UTC' - INTERVAL {KEPT_DAYS} DAY"
        )

    def close(self) -> None:
        """See `Target.close`. A file that was made for nothing is removed again."""
        with suppress(Exception):
            self.undo()
        with suppress(Exception):
            if self._is_new and not self.engine.only_looks and self._is_empty():
                self._path.unlink()  # while it is locked: who comes next makes its own
        with suppress(Exception):
            self.engine.connection.execute("USE memory")
            self.engine.connection.execute(f"DETACH {self._file}")

    def _is_empty(self) -> bool:
        """Nothing was committed to the file."""
        of_file = f"database_name = {literal(self._file)} AND NOT internal"
        made = " UNION ALL ".join(
            f"SELECT 1 FROM duckdb_{kind}() WHERE {of_file}" for kind in ("tables", "views", "schemas")
        )
        return not self.engine.rows(made)


def _differs(name: str, before: str = "", behind: str = "") -> str:
    """A column, in an expression, is another one in the table."""
    old, new = (f"{before}{of}.{name}{behind}" for of in (_OLD, _NEW))
    return f"{old} IS DISTINCT FROM {new}"


def _is_span(kind: Type) -> bool:
    """An interval, or something nested that may hold one."""
    return "INTERVAL" in str(kind)


def _held(declared: str) -> Type:
    kind = parse_type(declared)
    return Type("FOREIGN", inner=declared, takes_text=True) if kind.name == "ENUM" else kind


TARGET = DuckdbTarget
