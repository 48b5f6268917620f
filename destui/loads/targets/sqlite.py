"""Into SQLite: the standard library's module, one transaction that holds the write lock from its beginning.

SQLite has five kinds of values. A type that it has not is declared by its own name all the same and kept as the text
or number that stands for it exactly: days and times as ISO texts, decimals as numbers of at most 15 digits, which are
the digits that survive in its doubles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from destui.connectors.base import Fault
from destui.connectors.files import look_at_file
from destui.domain.loads import MARKERS, Mode, Phase
from destui.loads.engine import Feed, identifier
from destui.loads.targets.base import KEPT_DAYS, Assignment, Load, TableColumn, Target, Written
from destui.loads.targets.checks import KeyCheck, check_kept
from destui.loads.types import TEXT, Type

_WAIT = 30.0
"""Seconds that somebody else's write lock is waited for."""
_STAGE = "temp._destui_stage"
_DIGITS = 15
"""Decimal digits that a double keeps."""
_CACHE = 64_000  # KB
_MOST_PAGES = 0xFFFFFFFE  # of any SQLite file

_DECLARED = {
    "BOOLEAN": "BOOLEAN", "DATE": "DATE", "TIME": "TIME", "TIMESTAMP": "TIMESTAMP", "TIMESTAMP_S": "TIMESTAMP",
    "TIMESTAMP_MS": "TIMESTAMP", "TIMESTAMP_NS": "TIMESTAMP", "TIMESTAMPTZ": "TIMESTAMPTZ", "BLOB": "BLOB",
    "FLOAT": "REAL", "DOUBLE": "REAL",
}  # fmt: skip
_NAMED = {
    "DATE": "DATE", "TIME": "TIME", "DATETIME": "TIMESTAMP", "TIMESTAMP": "TIMESTAMP", "TIMESTAMPTZ": "TIMESTAMPTZ",
    "BOOLEAN": "BOOLEAN", "BOOL": "BOOLEAN", "JSON": "JSON", "UUID": "UUID",
}  # fmt: skip
_AS_TEXT = ("DATE", "TIME", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMPTZ")


def held(declared: str) -> Type | None:
    """What a column holds that is declared so; None: by its affinity it keeps numbers only where they are exact."""
    upper = declared.upper()
    word = upper.partition("(")[0].strip()
    if word in _NAMED:
        return Type(_NAMED[word])
    if decimal := re.fullmatch(r"(?:DECIMAL|NUMERIC)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)", upper):
        return Type("DECIMAL", min(38, int(decimal[1])), int(decimal[2] or 0))
    if "INT" in upper:
        return Type("BIGINT")
    if any(part in upper for part in ("CHAR", "CLOB", "TEXT")):
        return TEXT
    if "BLOB" in upper or not upper:
        return Type("BLOB")
    return Type("DOUBLE")


class SqliteTarget(Target):
    """One load into a table of an SQLite file."""

    folds_case = True
    _is_collated = False
    """A column of the table may have a collation of its own."""

    def connect(self) -> None:
        """See `Target.connect`."""
        import sqlite3

        self._path = Path(str(self.plan.target.fields["path"]))
        self._is_new = look_at_file(self._path)
        opened = ":memory:" if self._is_new and self.engine.only_looks else self._path  # a look makes no file
        self._table = identifier(self.plan.table)
        self._connection = sqlite3.connect(opened, timeout=_WAIT, isolation_level=None, check_same_thread=False)
        self._connection.execute(f"PRAGMA cache_size = -{_CACHE}")
        self._ask("SELECT count(*) FROM sqlite_master")

    def _ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, values).fetchall()

    def columns(self) -> Sequence[TableColumn] | None:
        """See `Target.columns`."""
        found = self._ask("SELECT type, sql FROM sqlite_master WHERE lower(name) = lower(?)", self.plan.table)
        if not found:
            return None
        if found[0][0] != "table" or "VIRTUAL" in found[0][1][:20].upper():
            raise Fault("LOAD-NOT-A-TABLE", f"{self.plan.table} is a {found[0][0]}", table=self.plan.table)
        self._is_collated = "collate" in found[0][1].lower()
        rows = self._ask(f"PRAGMA table_xinfo({self._table})")
        # A whole number that is alone the primary key is filled in by SQLite.
        alone = sum(1 for row in rows if row[5]) == 1
        return [
            TableColumn(
                name, declared or "of any type", held(declared), bool(not_null and default is None)
                and not (key and alone and declared.upper() == "INTEGER"), hidden in (2, 3),
            )
            for _, name, declared, not_null, default, key, hidden in rows
        ]  # fmt: skip

    def path(self) -> Sequence[str]:
        """See `Target.path`: it has no schemas."""
        return [self.plan.table]

    def tables(self) -> list[str]:
        """See `Target.tables`."""
        query = (
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1"
        )
        return [name for (name,) in self._ask(query) if name != MARKERS]

    def made(self, source: Type) -> tuple[str, Type]:
        """See `Target.made`."""
        if source.name in _DECLARED:
            holds = {"FLOAT": "DOUBLE"}.get(
                source.name, _DECLARED[source.name] if source.name in _AS_TEXT else source.name
            )
            return _DECLARED[source.name], Type(holds)
        if source.is_integer and source.name not in ("UBIGINT", "HUGEINT", "UHUGEINT"):
            return "INTEGER", Type("BIGINT")
        if (
            source.name == "DECIMAL"
            and (source.precision or 0) <= 18
            and max(source.scale, source.length or 0) <= _DIGITS
        ):
            return str(source), source
        return "TEXT", Type("JSON") if source.name == "NESTED" else TEXT

    def refined(self, column: TableColumn, source: Type) -> Type | None:
        """See `Target.refined`: a column of texts may hold days and times, one without a type anything."""
        if column.holds is None:
            return None
        if column.declared == "of any type":
            return TEXT if source.name == "TEXTUAL" else self.made(source)[1]
        if column.holds.is_text and source.name in _AS_TEXT:
            return self.made(source)[1]
        if column.holds.is_text and source.name == "NESTED":
            return Type("JSON")
        return column.holds

    def limit(self, holds: Type) -> str | None:
        """See `Target.limit`."""
        if holds.name in ("DOUBLE", "FLOAT"):
            return "NOT isnan({v})"  # it would become NULL
        if holds.name == "DECIMAL":
            return f"abs({{v}}) < {10 ** max(0, _DIGITS - holds.scale)}"
        if holds.name in ("DATE", "TIMESTAMP", "TIMESTAMPTZ"):
            return "year({v}) BETWEEN 1 AND 9999"
        if holds.name == "JSON":
            return "TRY_CAST({v} AS DOUBLE) IS NULL"  # declared as JSON it would become a number of its own
        return None

    def stored(self, assignment: Assignment) -> str:
        """See `Target.stored`."""
        match assignment.holds.name:
            case "BOOLEAN":
                return "CAST({v} AS BIGINT)"
            case "DECIMAL" | "FLOAT":
                return "CAST({v} AS DOUBLE)"
            case "TIMESTAMPTZ":
                return "CAST({v} AS VARCHAR) || ':00'"
            case "DATE" | "TIME" | "TIMESTAMP" | "UUID":
                return "CAST({v} AS VARCHAR)"
        return "{v}"

    def as_text(self, assignment: Assignment) -> bool:
        """See `Target.as_text`."""
        return assignment.holds.name in ("DATE", "TIME", "TIMESTAMP")

    def prepare(self) -> None:
        """See `Target.prepare`: it is made in the load's own transaction."""

    def loaded(self) -> int | None:
        """See `Target.loaded`."""
        self._ask("BEGIN IMMEDIATE")  # waits for a first try that is still ending
        try:
            return self._marked()
        finally:
            self._ask("ROLLBACK")

    def _marked(self) -> int | None:
        if not self._ask("SELECT 1 FROM sqlite_master WHERE name = ?", MARKERS):
            return None
        found = self._ask(f"SELECT coalesce(rows, 0) FROM {MARKERS} WHERE run_id = ?", self.plan.run_id)
        return int(found[0][0]) if found else None

    def write(self, load: Load) -> Written:
        """See `Target.write`."""
        self.step = "write"
        self._ask("BEGIN IMMEDIATE")
        self._ask(
            f"CREATE TABLE IF NOT EXISTS {MARKERS} (run_id TEXT PRIMARY KEY, table_name TEXT NOT NULL, rows INTEGER,"
            " loaded_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)"
        )
        if (before := self._marked()) is not None:
            self._ask("ROLLBACK")
            return Written(before, before=True)
        if load.makes_table:
            self._ask(f"CREATE TABLE {self._table} ({_declarations(load)})")
        for column in load.added:
            self._ask(f"ALTER TABLE {self._table} ADD COLUMN {identifier(column.name)} {column.declared}")
        rows = self._merge(load) if load.plan.mode is Mode.MERGE else self._put(load)
        self.engine.meter.enter(Phase.COMMIT)
        query = f"INSERT INTO {MARKERS} (run_id, table_name, rows) VALUES (?, ?, ?)"
        self._ask(query, load.plan.run_id, load.plan.table, rows)
        self._ask("COMMIT")
        return Written(rows)

    def _put(self, load: Load) -> int:
        if load.plan.mode is Mode.REPLACE:
            self._ask(f"DELETE FROM {self._table}")
        return self._insert(load, self._table)

    def _insert(self, load: Load, table: str) -> int:
        self.engine.meter.enter(Phase.LOAD)
        names = ", ".join(map(identifier, load.columns))
        marks = ", ".join("?" * len(load.columns))
        with self.engine.feed(load.select()) as feed:
            done = self._connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", _rows(feed))
            check_kept(feed.rows, done.rowcount)
            return feed.rows

    def _merge(self, load: Load) -> int:
        with self._putting_aside():
            self._ask(f"CREATE TABLE {_STAGE} ({_declarations(load)})")
            rows = self._insert(load, _STAGE)
            self.engine.meter.enter(Phase.MERGE)
            keys = ", ".join(map(identifier, load.keys))
            self._ask(f"CREATE INDEX temp._destui_keys ON _destui_stage ({keys})")
        stage = _STAGE
        if self._is_collated and not load.makes_table:
            # The first SELECT's columns bring the collations, which tell by what two keys are the same.
            stage = f"(SELECT {keys} FROM {self._table} WHERE 0 UNION ALL SELECT {keys} FROM {_STAGE})"
        KeyCheck(load, stage, identifier, "{c}").run(self._ask)
        same = " AND ".join(f"t.{name} = s.{name}" for name in map(identifier, load.keys))
        set_there = [*load.others, *(load.respelled() if self._is_collated else ())]
        if set_there:
            others = [identifier(name) for name in set_there]
            self._ask(
                f"UPDATE {self._table} AS t SET {', '.join(f'{name} = s.{name}' for name in others)} FROM {_STAGE} AS s"
                f" WHERE {same} AND ({' OR '.join(f't.{name} IS NOT s.{name} COLLATE BINARY' for name in others)})"
            )
        names = ", ".join(map(identifier, load.columns))
        values = ", ".join(f"s.{name}" for name in map(identifier, load.columns))
        new = f"FROM {_STAGE} AS s LEFT JOIN {self._table} AS t ON {same} WHERE t.{identifier(load.keys[0])} IS NULL"
        sent = self._ask(f"SELECT count(*) {new}")[0][0] if self._may_leave_out(load) else None
        done = self._connection.execute(f"INSERT INTO {self._table} ({names}) SELECT {values} {new}")
        if sent is not None:
            check_kept(sent, done.rowcount)
        self._ask(f"DROP TABLE {_STAGE}")
        return rows

    def _may_leave_out(self, load: Load) -> bool:
        """A trigger (`RAISE(IGNORE)`) or a conflict clause of the table may pass over a row without a word."""
        asked = "SELECT sql FROM sqlite_master WHERE lower(tbl_name) = lower(?) AND type IN ('table', 'trigger')"
        found = [str(sql).lower() for (sql,) in self._ask(asked, load.plan.table)]
        return any("ignore" in sql for sql in found)

    @contextmanager
    def _putting_aside(self) -> Iterator[None]:
        """Within what a run may put aside; the file itself grows as it must."""
        import sqlite3

        pages = self.engine.most_disk // self._ask("PRAGMA temp.page_size")[0][0]
        self._ask(f"PRAGMA temp.max_page_count = {min(max(pages, 1), _MOST_PAGES)}")
        try:
            yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname == "SQLITE_FULL":
                raise Fault("LOAD-TEMP", str(error)) from error
            raise

    def undo(self) -> None:
        """See `Target.undo`."""
        if self._connection.in_transaction:
            self._connection.rollback()

    def tidy(self) -> None:
        """See `Target.tidy`."""
        self._connection.execute("PRAGMA busy_timeout = 1000")
        self._ask(f"DELETE FROM {MARKERS} WHERE loaded_at < datetime('now', '-{KEPT_DAYS} days')")

    def abort(self) -> None:
        """See `Target.abort`."""
        self._connection.interrupt()

    def close(self) -> None:
        """See `Target.close`. A file that was made for nothing is removed again."""
        with suppress(Exception):
            self.undo()
        with suppress(Exception):
            self._connection.close()
            if self._is_new and not self.engine.only_looks and self._path.stat().st_size == 0:
                self._path.unlink()


def _declarations(load: Load) -> str:
    return ", ".join(
        identifier(a.column.name) + (f" {a.column.declared}" if a.column.declared != "of any type" else "")
        for a in load.assignments
    )


def _rows(feed: Feed) -> Iterator[tuple[Any, ...]]:
    for batch in feed.batches():
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


TARGET = SqliteTarget
