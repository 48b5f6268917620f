"""Into MySQL and MariaDB: LOAD DATA LOCAL, whose lines the engine makes; rows by INSERT where the server forbids that.

LOAD DATA tells a value that it changed only by a warning, so that any warning undoes the load. Replacing fills a new
table and takes the old one's place by one RENAME, where nothing hangs on the old one; otherwise it deletes first, in
one transaction. A lock of the server's, by the table's name, lets loads into one table wait for each other.

A marker that names the new table counts as soon as there is no such table: so the RENAME itself is the commit. What
comes after a commit is tried, and told as a warning at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from destui.connectors.base import Fault
from destui.connectors.phrases import mysql_identifier, mysql_string
from destui.domain.loads import Mode, Phase
from destui.loads.engine import literal
from destui.loads.names import named, split_name
from destui.loads.session import climb
from destui.loads.targets.base import (
    Assignment,
    Load,
    TableColumn,
    Target,
    Written,
)
from destui.loads.targets.mysql_aside import LOCK_SECONDS, Aside
from destui.loads.targets.mysql_markers import Markers
from destui.loads.targets.mysql_sending import ask, change, send, wait_long
from destui.loads.targets.mysql_stage import Stage
from destui.loads.targets.mysql_types import JSON_TEXT, NEW, held, members
from destui.loads.types import EXACT, NUMBERS, TEXT, Type, is_json

_MADE_BY = "destui run "
"""In the comment of a table that a load has made, until it is filled."""
MARIADB = "MariaDB"
"""In the version of its servers."""
_TRANSACTIONAL = ("InnoDB", "ROCKSDB", "TokuDB", "ndbcluster", "XPAND")


class MysqlTarget(Target):
    """One load into a table of MySQL or MariaDB."""

    folds_case = is_apart = True
    longest_name = (64, "characters")
    quote = staticmethod(mysql_identifier)

    def connect(self) -> None:
        """See `Target.connect`."""

        def ready(made: Any) -> None:
            made.sends_rows = True

        self._climb, facts = climb(self.plan.target, "open", ready)
        self._session = self._climb.session
        self.facts.update(facts)
        parts = split_name(self.plan.table)
        if len(parts) > 1:
            raise Fault(
                "LOAD-TABLE-NAME",
                f"{self.plan.table}: name a table of the destination's database",
                table=self.plan.table,
            )
        self._name = parts[0]
        self.check_length(self._name, "LOAD-TABLE-LONG")
        self._table = mysql_identifier(self._name)
        self._made = self._has_locks = False
        self._types: dict[str, str] = {}
        self._warnings: list[str] = []
        self._aside = Aside(self._session, self.plan, self._warnings.append)
        self._markers = Markers(self._session, self.plan.target, self.facts)
        self._new, self._old = self._aside.new, self._aside.old
        self._ask("SET SESSION time_zone = '+00:00'")
        self._ask(
            "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
            "NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO'"
        )
        wait_long(self._session)
        self._ask("SET SESSION autocommit = 0")
        self._aside.wait_at_most(LOCK_SECONDS)

    def _ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return ask(self._session, statement, *values)

    def _change(self, statement: str, *values: object) -> int:
        return change(self._session, statement, *values)

    def _send(self, load: Load, table: str) -> int:
        return send(self._session, load, table, self._warnings.append)

    def columns(self) -> Sequence[TableColumn] | None:
        """See `Target.columns`."""
        found = self._ask(
            "SELECT TABLE_TYPE, ENGINE, TABLE_COMMENT FROM information_schema.TABLES"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s", self._name,
        )  # fmt: skip
        if not found:
            return None
        kind, engine, comment = found[0]
        if comment.startswith(_MADE_BY):
            if self._is_abandoned(comment):
                if self._has_locks:
                    self._ask(f"DROP TABLE {self._table}")
                return None
            if self._has_locks:
                with self._aside.trying():
                    self._ask(f"ALTER TABLE {self._table} COMMENT = ''")
        if kind != "BASE TABLE":
            raise Fault("LOAD-NOT-A-TABLE", f"{self.plan.table} is a {kind.lower()}", table=self.plan.table)
        if engine not in _TRANSACTIONAL:
            raise Fault(
                "LOAD-ENGINE", f"{self.plan.table} is kept by {engine}", table=self.plan.table, engine=str(engine)
            )
        rows = self._ask(
            "SELECT COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE,"
            " DATETIME_PRECISION, IS_NULLABLE = 'NO' AND COLUMN_DEFAULT IS NULL"
            " AND EXTRA NOT LIKE '%%auto_increment%%', EXTRA LIKE '%%GENERATED%%'"
            " AND EXTRA NOT LIKE '%%DEFAULT_GENERATED%%' FROM information_schema.COLUMNS"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s ORDER BY ORDINAL_POSITION", self._name,
        )  # fmt: skip
        self._types = {row[0]: row[2] for row in rows}
        as_json = self._of_json()
        return [
            TableColumn(r[0], "json", JSON_TEXT, bool(r[7]), bool(r[8]))
            if r[0] in as_json and r[2] == "longtext"
            else TableColumn(r[0], r[1], held(*r[1:7]), bool(r[7]), bool(r[8]))
            for r in rows
        ]

    @cached_property
    def _is_mariadb(self) -> bool:
        return MARIADB in self._ask("SELECT VERSION()")[0][0]

    def _of_json(self) -> set[str]:
        """Columns that MariaDB takes for texts, of which a rule of their own wants that they are JSON."""
        if not self._is_mariadb:
            return set()
        with suppress(Fault):  # the view is younger than some servers
            found = self._ask(
                "SELECT CONSTRAINT_NAME FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()"
                " AND TABLE_NAME = %s AND CHECK_CLAUSE = CONCAT('json_valid(`', CONSTRAINT_NAME, '`)')", self._name,
            )  # fmt: skip
            return {name for (name,) in found}
        return set()

    def path(self) -> Sequence[str]:
        """See `Target.path`."""
        return str(self.plan.target.fields["database"]), self._name

    def tables(self) -> list[str]:
        """See `Target.tables`."""
        rows = self._ask(
            "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
            " AND TABLE_TYPE = 'BASE TABLE' AND LEFT(TABLE_NAME, 8) <> '_destui_' ORDER BY 1"
        )
        return [named(name) for (name,) in rows]

    def made(self, source: Type) -> tuple[str, Type]:
        """See `Target.made`."""
        if source.name in NEW:
            return NEW[source.name], Type("FLAG" if source.name == "BOOLEAN" else source.name)
        match source.name:
            case "DECIMAL" if source.scale <= 30:
                return f"decimal({source.precision},{source.scale})", source
            case "HUGEINT" | "UHUGEINT":
                return "decimal(39,0)", EXACT
            case "TIMESTAMP" | "TIMESTAMP_S" | "TIMESTAMP_MS" | "TIMESTAMP_NS":
                return "datetime(6)", Type("TIMESTAMP")
            case "TIMESTAMPTZ":
                return "timestamp(6) NULL", source
            case "JSON" | "NESTED":
                return "json", Type("JSON")
        return "longtext", TEXT

    def refined(self, column: TableColumn, source: Type) -> Type | None:
        """See `Target.refined`: MariaDB keeps JSON as text."""
        if column.holds is not None and column.holds.is_text and source.name in ("JSON", "NESTED"):
            return Type("JSON")
        return column.holds

    def limit(self, holds: Type) -> str | None:
        """See `Target.limit`."""
        match holds.name:
            case "DOUBLE" | "FLOAT":
                return "isfinite({v})"
            case "SMALLINT" if holds.inner == "year":
                return "{v} BETWEEN 1901 AND 2155"
            case "DATE" | "TIMESTAMP":
                return "year({v}) BETWEEN 1000 AND 9999"
            case "TIMESTAMPTZ":
                return "{v} > TIMESTAMPTZ '1970-01-01 00:00:00+00' AND {v} < TIMESTAMPTZ '2038-01-19 03:14:07+00'"
            case "VARCHAR" if holds == JSON_TEXT:
                return is_json("{v}")
            case "VARCHAR" if holds.inner == "char":
                return "NOT ends_with({v}, ' ')"  # they are cut when it is read
            case "FOREIGN" if holds.inner.startswith("enum("):  # other capitals or blanks would be changed to its own
                return f"{{v}} IN ({', '.join(map(literal, members(holds.inner)))})"
            case "BLOB" if holds.length is not None:
                return f"octet_length({{v}}) <= {holds.length}"
            case "INTEGER" | "UINTEGER" if holds.length is not None:
                return "{v} BETWEEN -8388608 AND 8388607" if holds.name == "INTEGER" else "{v} < 16777216"
        return None

    def stored(self, assignment: Assignment) -> str:
        """See `Target.stored`: the value as LOAD DATA reads it, without its escapes."""
        match assignment.holds.name:
            case "BLOB":
                return "hex({v})"
            case "FLOAT":  # written as a double: shorter, the largest would be out of range
                return "CAST(CAST({v} AS DOUBLE) AS VARCHAR)"
            case "TIMESTAMPTZ":
                return "left(CAST({v} AS VARCHAR), -3)"  # in UTC, as is the session
        return "CAST({v} AS VARCHAR)"

    def as_text(self, assignment: Assignment) -> bool:
        """See `Target.as_text`."""
        return assignment.holds.name in (*NUMBERS, "DATE", "TIMESTAMP", "TIME")

    def prepare(self) -> None:
        """See `Target.prepare`."""
        self.step = "create"
        self._aside.lock(self._name)
        self._has_locks = True
        with self._markers.wanted():
            self._markers.make()
            self._aside.sweep()

    def may_prepare(self) -> None:
        """See `Target.may_prepare`."""
        self._markers.may_be_made()

    def write(self, load: Load) -> Written:
        """See `Target.write`."""
        self.step = "write"
        if (before := self.loaded()) is not None:
            return Written(before, before=True)
        self._await_others(load)
        if load.plan.mode is Mode.MERGE or load.added:
            rows = self._by_stage(load)
        elif load.plan.mode is Mode.REPLACE and not load.makes_table and not self._hangs_on():
            rows = self._replace(load)
        else:
            rows = self._put(load)
        return Written(rows, warnings=self._warnings)

    def loaded(self) -> int | None:
        """See `Target.loaded`."""
        # A new view of the table: a first try of this run may have committed while its lock was waited for.
        self._ask("COMMIT")
        found = self._markers.of(self.plan.run_id)
        if found is None or (found.table == self._new and self._aside.is_there(self._new)):
            return None
        return found.rows

    def _is_abandoned(self, comment: str) -> bool:
        """A table that a load made, and was killed before it had filled it."""
        if self._ask(f"SELECT 1 FROM {self._table} LIMIT 1"):
            return False
        return self._markers.of(comment.removeprefix(_MADE_BY)) is None

    def _hangs_on(self) -> bool:
        """Whether something hangs on the table itself, which a new one of its name would not have; or may do so."""
        if not self._sees_triggers():
            return True
        asked = (
            "SELECT 1 FROM information_schema.TRIGGERS"
            " WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = %s"
            " UNION ALL SELECT 1 FROM information_schema.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_NAME IS NOT NULL"
            " AND ((TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s)"
            " OR (REFERENCED_TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME = %s)) LIMIT 1"
        )
        return bool(self._ask(asked, self._name, self._name, self._name))

    def _sees_triggers(self) -> bool:
        """MySQL shows them to those only who may make some (its manual, The INFORMATION_SCHEMA TRIGGERS Table)."""
        if self._is_mariadb:
            return True
        asked = " UNION ALL ".join(
            f"SELECT 1 FROM information_schema.{view}_PRIVILEGES WHERE PRIVILEGE_TYPE = 'TRIGGER' AND GRANTEE ="
            f" CONCAT('\\'', REPLACE(CURRENT_USER(), '@', '\\'@\\''), '\\''){more}"
            for view, more in (("USER", ""), ("SCHEMA", " AND DATABASE() LIKE TABLE_SCHEMA"))
        )
        return bool(self._ask(asked))

    def _add(self, load: Load, table: str) -> None:
        for column in load.added:
            self._ask(f"ALTER TABLE {table} ADD COLUMN {mysql_identifier(column.name)} {column.declared}")

    def _put(self, load: Load) -> int:
        """Delete where that is asked for, and load, in one transaction."""
        if load.makes_table:
            self._create(load)
        if load.plan.mode is Mode.REPLACE:
            self._change(f"DELETE FROM {self._table}")
        rows = self._send(load, self._table)
        self._finish(rows, self.plan.table)
        self._uncomment(load)
        return rows

    def _await_others(self, load: Load) -> None:
        there = [a.column.name for a in load.assignments if not a.is_new]
        if there and not load.makes_table:
            with self.engine.meter.waiting() as told:
                self._aside.await_others(self._name, there[0], told)

    def _finish(self, rows: int, table: str) -> None:
        self.engine.meter.enter(Phase.COMMIT)
        self._markers.mark(self.plan.run_id, table, rows)
        self._ask("COMMIT")
        self._made = False

    def _uncomment(self, load: Load) -> None:
        if load.makes_table:
            done = f"ALTER TABLE {self._table} COMMENT = ''"
            with self._aside.trying(f"The new table keeps the comment that this run gave it; {done} takes it away"):
                self._ask(done)

    def _drop_after(self, table: str) -> None:
        with self._aside.trying(f"{table} could not be dropped; a later load tries again"):
            self._aside.drop(table)

    def _replace(self, load: Load) -> int:
        """A new table like the old one takes its place."""
        self._aside.make_like(self._name)
        rows = self._send(load, mysql_identifier(self._new))
        self._finish(rows, self._new)
        with self.engine.meter.waiting() as told:
            self._aside.exchange(self._name, told)
        with self._aside.trying():
            self._markers.rename(self.plan.run_id, self.plan.table)
            self._ask("COMMIT")
        self._drop_after(self._old)
        return rows

    def _create(self, load: Load) -> None:
        columns = ", ".join(f"{mysql_identifier(a.column.name)} {a.column.declared}" for a in load.assignments)
        comment = mysql_string(_MADE_BY + self.plan.run_id)
        self._ask(f"CREATE TABLE {self._table} ({columns}) ENGINE = InnoDB CHARACTER SET utf8mb4 COMMENT = {comment}")
        self._made = True

    def _by_stage(self, load: Load) -> int:
        """Fill a table of our own, and move its rows from there."""
        if load.makes_table:  # nothing to merge with: only the keys have to be looked at
            self._create(load)
        stage = Stage(self._session, load, self._name, self._new)
        stage.make()
        rows = self._send(load, stage.quoted)
        self._ask("COMMIT")
        self.engine.meter.enter(load.moving)
        if load.plan.mode is Mode.MERGE:
            stage.check_keys(self._types)
        self._await_others(load)
        self._add(load, self._table)
        if load.plan.mode is Mode.MERGE:
            stage.merge(plainly=not self._hangs_on())
        else:
            stage.move()
        self._finish(rows, self.plan.table)
        self._uncomment(load)
        self._drop_after(self._new)
        return rows

    def undo(self) -> None:
        """See `Target.undo`."""
        self._ask("ROLLBACK")
        self._aside.wait_at_most(LOCK_SECONDS)
        self._aside.drop(self._new)
        if self._made:
            self._made = False
            self._ask(f"DROP TABLE {self._table}")

    def tidy(self) -> None:
        """See `Target.tidy`."""
        self._aside.wait_at_most(1, "1")
        self._markers.prune()
        self._ask("COMMIT")

    def abort(self) -> None:
        """See `Target.abort`."""
        other, _ = climb(self.plan.target, "sign in")
        with other.session.cursor() as cursor:
            cursor.execute(f"KILL {self._session.thread_id()}")
        if self._has_locks:  # a table that the run has made is there: statements that make one commit
            after = MysqlTarget(self.engine, self.plan)
            try:
                after.connect()
                after.prepare()  # waits until the session has undone what it did
                after.columns()
            finally:
                after.close()

    def close(self) -> None:
        """See `Target.close`."""
        with suppress(Exception):
            self.undo()
        with suppress(Exception):
            self._session.close()


TARGET = MysqlTarget
