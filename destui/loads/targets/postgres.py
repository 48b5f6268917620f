"""Into PostgreSQL: binary COPY, all in one transaction.

Rows go straight into the table where each type has a binary form that is exact; otherwise, and for merges and added
columns, into a temporary table first, from which the server casts and copies. Replace deletes and does not truncate:
readers go on seeing the old rows until the commit, also those whose snapshot is older.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from destui.connectors.base import Fault
from destui.connectors.phrases import sql_identifier
from destui.domain.loads import Mode, Phase
from destui.loads.names import named, split_name
from destui.loads.session import climb
from destui.loads.targets.base import (
    Assignment,
    Load,
    TableColumn,
    Target,
    Written,
)
from destui.loads.targets.checks import KeyCheck, check_kept
from destui.loads.targets.postgres_locks import MINUTES, TO_CHANGE, TO_INSERT, lock
from destui.loads.targets.postgres_markers import Markers
from destui.loads.targets.postgres_rights import look_at_rights, owns
from destui.loads.targets.postgres_types import (
    BINARY_INTERVAL,
    BITS,
    COLLATIONS,
    COLUMNS,
    ELEMENTS,
    FOREIGN,
    HANGS_ON,
    INSERTED,
    NEW,
    UNCOMPARED,
    held,
    held_as,
)
from destui.loads.types import EXACT, TEXT, Type

if TYPE_CHECKING:
    from psycopg import Connection

STAGE = "_destui_stage"


class PostgresTarget(Target):
    """One load into a PostgreSQL table."""

    quote = staticmethod(sql_identifier)
    is_apart = True
    longest_name = (63, "bytes")
    takes_zero = False

    def connect(self) -> None:
        """See `Target.connect`."""
        self._kinds: dict[str, str] = {}
        self._climb, facts = climb(self.plan.target, "sign in")
        self.facts.update(facts)
        self._session: Connection[Any] = self._climb.session
        self._facts_of_table()
        self._apply("SET TimeZone = 'UTC'")
        self._apply(f"SET lock_timeout = '{MINUTES}min'")
        self._apply("SET statement_timeout = 0")
        self._apply("SET idle_in_transaction_session_timeout = 0")
        # The server then notices within a second that we are gone, also in the middle of a merge.
        self._ask(
            "SELECT set_config(name, '1s', false) FROM pg_catalog.pg_settings"
            " WHERE name = 'client_connection_check_interval'"
        )

    def _facts_of_table(self) -> None:
        parts = split_name(self.plan.table)
        if len(parts) > 2:
            raise Fault(
                "LOAD-TABLE-NAME", f"{self.plan.table} has more than a schema and a name", table=self.plan.table
            )
        self._home = str(self.plan.target.fields.get("schema", "public"))
        self._schema, self._name = parts if len(parts) == 2 else (self._home, parts[0])
        self.check_length(self._name, "LOAD-TABLE-LONG")
        self._table = f"{_quoted(self._schema)}.{_quoted(self._name)}"
        self._markers = Markers(self._session, self._home, str(self.plan.target.fields["user"]))
        self.facts["schema"] = self._home

    def _apply(self, statement: str) -> int:
        """Run a statement; returns the rows that it changed."""
        return max(0, self._session.execute(statement.encode()).rowcount)

    def _ask(self, statement: str) -> list[tuple[Any, ...]]:
        return self._session.execute(statement.encode()).fetchall()

    def columns(self) -> Sequence[TableColumn] | None:
        """See `Target.columns`."""
        self.step = "open"
        if not self._session.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (self._schema,)).fetchone():
            self.facts["schema"] = self._schema
            code = "3F000" if self._schema == self._home else "LOAD-SCHEMA"  # the destination's own, or the order's
            raise Fault(code, f'schema "{self._schema}" does not exist', schema=self._schema)
        found = self._session.execute(
            "SELECT c.oid, c.relkind, row_security_active(c.oid) FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s",
            (self._schema, self._name),
        ).fetchone()
        if found is None:
            return None
        if found[1] not in ("r", "p"):
            raise Fault("LOAD-NOT-A-TABLE", f"{self.plan.table} is no table", table=self.plan.table)
        if found[2]:
            raise Fault("LOAD-ROW-SECURITY", f"row-level security is active on {self.plan.table}", table=self._table)
        rows = self._session.execute(COLUMNS, (found[0],)).fetchall()
        self._oid, self._kinds = found[0], {row[0]: row[2] for row in rows}
        return [TableColumn(r[0], r[1], held(r[2], r[3], r[4]), r[5], r[6]) for r in rows]

    def path(self) -> Sequence[str]:
        """See `Target.path`."""
        return self._schema, self._name

    def tables(self) -> list[str]:
        """See `Target.tables`: also the schemas, to go on from."""
        rows = self._session.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname NOT LIKE %s"
            " AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%%'"
            " AND has_schema_privilege(n.oid, 'USAGE') ORDER BY n.nspname <> %s, 1, 2 LIMIT 10000",
            ("\\_destui\\_%", self._home),
        ).fetchall()
        schemas = self._session.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname NOT IN ('pg_catalog', 'information_schema')"
            " AND nspname NOT LIKE 'pg\\_%%' AND has_schema_privilege(oid, 'USAGE') ORDER BY nspname <> %s, 1",
            (self._home,),
        ).fetchall()
        at_home = [named(name) for schema, name in rows if schema == self._home]
        return [*at_home, *(f"{named(schema)}." for (schema,) in schemas), *(named(*both) for both in rows)]

    def made(self, source: Type) -> tuple[str, Type]:
        """See `Target.made`."""
        if source.name in NEW:
            return NEW[source.name], held_as(source)
        match source.name:
            case "DECIMAL":
                return f"numeric({source.precision},{source.scale})", source
            case "UBIGINT":
                return "numeric(20,0)", Type("DECIMAL", 20)
            case "HUGEINT" | "UHUGEINT" | "NUMBER":
                return "numeric", EXACT
            case "TIMESTAMP" | "TIMESTAMP_S" | "TIMESTAMP_MS" | "TIMESTAMP_NS":
                return "timestamp", Type("TIMESTAMP")
            case "NESTED":
                element = source.inner.removesuffix("[]")
                if source.inner.endswith("[]") and element in ELEMENTS:
                    return f"{ELEMENTS[element]}[]", source
                return "jsonb", Type("JSON")
            case "FOREIGN" if source.inner in BITS:  # without a length it would be one bit
                return "bit varying", source
            case "FOREIGN" if source.inner in FOREIGN:
                return source.inner, source
        return "text", TEXT

    def refined(self, column: TableColumn, source: Type) -> Type | None:
        """See `Target.refined`: numbers of a known size go into `numeric` by their binary form."""
        if column.holds == EXACT and source.name == "DECIMAL":
            return source
        if column.holds == EXACT and source.is_integer and "HUGE" not in source.name:
            return Type("DECIMAL", 20)
        return column.holds

    def limit(self, holds: Type) -> str | None:
        """See `Target.limit`: what is infinite would become some day in the binary form."""
        if holds.name in ("DATE", "TIMESTAMP", "TIMESTAMPTZ"):
            return "isfinite({v})"
        if holds.inner in BITS and holds.length is not None:
            return f"length({{v}}) {'=' if holds.padded else '<='} {holds.length}"
        return None

    def stored(self, assignment: Assignment) -> str:
        """See `Target.stored`: the binary form that COPY takes, or text where there is none."""
        if _is_cast(assignment):
            return "CAST({v} AS VARCHAR)"
        kind = self._kind(assignment.column)
        if kind == "jsonb":
            return "chr(1) || {v}"  # the version of its form
        if kind == "uuid":
            return "unhex(replace(CAST({v} AS VARCHAR), '-', ''))"
        return BINARY_INTERVAL if assignment.holds.name == "INTERVAL" else "{v}"

    def _kind(self, column: TableColumn) -> str:
        """The server's name of a column's type; of a domain that of what it is made of."""
        return self._kinds.get(column.name, column.declared)

    def prepare(self) -> None:
        """See `Target.prepare`."""
        self.step = "create"
        self._markers.make()

    def loaded(self) -> int | None:
        """See `Target.loaded`."""
        self._apply("BEGIN")
        try:
            return self._mark()
        finally:
            self.undo()

    def may_prepare(self) -> None:
        """See `Target.may_prepare`."""
        self._markers.may_be_made()

    def may_write(self, load: Load) -> None:
        """See `Target.may_write`."""
        self.step = "create" if load.makes_table else "write"
        self.facts["schema"] = self._schema
        look_at_rights(self._session, load, self._schema, self._name, None if load.makes_table else self._oid)
        if load.added and not owns(self._session, self._oid):
            words, facts = f"must be owner of table {self._name}", self.lacking(load.added)
            raise Fault("LOAD-COLUMNS-RIGHT", words, table=self.plan.table, **facts)

    def write(self, load: Load) -> Written:
        """See `Target.write`."""
        self.step = "write"
        self._apply("BEGIN")
        if (before := self._mark()) is not None:
            return Written(before, before=True)
        self.step = "create" if load.makes_table else "write"
        if load.makes_table:
            columns = ", ".join(f"{_quoted(a.column.name)} {a.column.declared}" for a in load.assignments)
            self._apply(f"CREATE TABLE {self._table} ({columns})")
        self.step = "write"
        before = None if load.plan.mode is Mode.MERGE else self._inserted(load)
        casts = any(_is_cast(a) for a in load.assignments)
        if load.plan.mode is not Mode.MERGE and not casts and not load.added:
            if load.plan.mode is Mode.REPLACE and not load.makes_table:
                self._empty()
            elif not load.makes_table:
                self._lock(TO_INSERT)
            rows = self._copy(load, self._table, counts=before is None)
        else:
            rows = self._by_stage(load)
        if before is not None:
            check_kept(rows, min(rows, (self._inserted(load) or 0) - before))
        self.engine.meter.enter(Phase.COMMIT)
        self._apply(f"UPDATE {self._markers.name} SET rows = {rows} WHERE run_id = '{load.plan.run_id}'")
        self._apply("COMMIT")
        return Written(rows)

    def _inserted(self, load: Load) -> int | None:
        """The rows that this transaction has inserted so far, into whichever table a trigger has put them; None where
        none is there that could leave one out."""
        if load.makes_table:
            return None
        found = self._ask(INSERTED.format(oid=int(self._oid)))
        return int(found[0][0]) if found and found[0][0] is not None else None

    def _mark(self) -> int | None:
        """Mark the run in the transaction; where it is marked already, how many rows it loaded.

        A second try of a run waits here for a first one that is still ending.
        """
        table = self.plan.table.replace("'", "''")
        made = self._ask(
            f"INSERT INTO {self._markers.name} (run_id, table_name) VALUES ('{self.plan.run_id}', '{table}')"
            " ON CONFLICT DO NOTHING RETURNING run_id"
        )
        if made:
            return None
        rows = self._ask(f"SELECT coalesce(rows, 0) FROM {self._markers.name} WHERE run_id = '{self.plan.run_id}'")
        return int(rows[0][0]) if rows else 0

    def _empty(self) -> None:
        self._lock(TO_CHANGE)
        self._apply(f"DELETE FROM {self._table}")

    def _lock(self, mode: str) -> None:
        lock(self._session, self.engine.meter, self._table, mode)

    def _copy(self, load: Load, table: str, counts: bool = True) -> int:
        """Send all rows; returns how many. `counts`: the server tells how many of them it has put into the table, and
        not into others by a trigger."""
        from pgpq import ArrowToPostgresBinaryEncoder

        self.engine.meter.enter(Phase.LOAD)
        with self.engine.feed(load.select()) as feed, self._session.cursor() as cursor:
            encoder = ArrowToPostgresBinaryEncoder(feed.schema)
            names = ", ".join(map(_quoted, load.columns))
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT binary)".encode()) as copy:
                copy.write(encoder.write_header())
                for batch in feed.batches():
                    copy.write(encoder.write_batch(batch))
                copy.write(encoder.finish())
            if counts:
                check_kept(feed.rows, cursor.rowcount)
            return feed.rows

    def _by_stage(self, load: Load) -> int:
        self._collated = {} if load.makes_table else dict(self._session.execute(COLLATIONS, (self._oid,)).fetchall())
        columns = ", ".join(f"{_quoted(a.column.name)} {self._staged(a)}" for a in load.assignments)
        self._apply(f"CREATE TEMPORARY TABLE {STAGE} ({columns}) ON COMMIT DROP")
        rows = self._copy(load, STAGE)
        load.source.rest()
        self.engine.meter.enter(load.moving)
        for column in load.added:
            self._apply(f"ALTER TABLE {self._table} ADD COLUMN {_quoted(column.name)} {column.declared}")
        names = ", ".join(map(_quoted, load.columns))
        values = ", ".join(self._cast(a) for a in load.assignments)
        if load.plan.mode is Mode.MERGE:
            self._merge(load, names)
            return rows
        if load.plan.mode is Mode.REPLACE and not load.makes_table:
            self._empty()
        self._apply(f"INSERT INTO {self._table} ({names}) SELECT {values} FROM {STAGE} s")
        return rows

    def _staged(self, assignment: Assignment) -> str:
        """As a column of the stage, which tells by the table's own collation what is the same."""
        if _is_cast(assignment):
            return "text"
        collation = self._collated.get(assignment.column.name)
        return assignment.column.declared + (f" COLLATE {collation}" if collation else "")

    def _cast(self, assignment: Assignment) -> str:
        name = f"s.{_quoted(assignment.column.name)}"
        return f"CAST({name} AS {assignment.column.declared})" if _is_cast(assignment) else name

    def _merge(self, load: Load, names: str) -> None:
        casts = {a.column.name: self._cast(a) for a in load.assignments}
        quick = "count(*) = count(DISTINCT ({k})) AND coalesce(bool_and(({k}) IS NOT NULL), true)"
        KeyCheck(load, f"{STAGE} s", casts.__getitem__, "{c}::text", quick).run(self._ask)
        self._apply("SET LOCAL work_mem = '64MB'")
        self._apply(f"ANALYZE {STAGE}")
        self._lock(TO_CHANGE)
        same = " AND ".join(f"t.{_quoted(key)} = {casts[key]}" for key in load.keys)
        set_there = [*load.others, *self._respelled(load)]
        if set_there:
            compared = [self._compared(load, name, casts[name]) for name in set_there]
            differs = " OR ".join(f"{old} IS DISTINCT FROM {new}" for old, new in compared)
            if self._may_delete(load):  # a third faster; what was deleted is missing below
                self._apply(f"DELETE FROM {self._table} t USING {STAGE} s WHERE {same} AND ({differs})")
            else:
                changes = ", ".join(f"{_quoted(name)} = {casts[name]}" for name in set_there)
                self._apply(f"UPDATE {self._table} t SET {changes} FROM {STAGE} s WHERE {same} AND ({differs})")
        new = f"FROM {STAGE} s WHERE NOT EXISTS (SELECT FROM {self._table} t WHERE {same})"
        before = self._inserted(load)
        sent = self._ask(f"SELECT count(*) {new}")[0][0] if before is not None else 0
        self._apply(f"INSERT INTO {self._table} ({names}) SELECT {', '.join(casts.values())} {new}")
        if before is not None:
            check_kept(sent, min(sent, (self._inserted(load) or 0) - before))

    def _respelled(self, load: Load) -> list[str]:
        """Keys of texts that a collation may hold for the same, where no other table names them."""
        found = [name for name in load.respelled() if name in self._collated]
        asked = "SELECT 1 FROM pg_constraint WHERE confrelid = %s LIMIT 1"
        return [] if found and self._session.execute(asked, (self._oid,)).fetchall() else found

    def _may_delete(self, load: Load) -> bool:
        """A row that is deleted and inserted again is the same as one that is updated: the source has all columns, and
        nothing else looks at what is deleted."""
        if load.makes_table or set(self._kinds) - set(load.columns):
            return False
        return not self._session.execute(HANGS_ON, {"oid": self._oid}).fetchall()

    def _compared(self, load: Load, name: str, new: str) -> tuple[str, str]:
        assignment = next(a for a in load.assignments if a.column.name == name)
        kind = self._kind(assignment.column).partition("[")[0].removeprefix("_")
        as_text = "::text" if kind in UNCOMPARED and assignment.holds.name != "DECIMAL" else ""
        if name in self._collated:
            as_text = '::text COLLATE "C"'  # what is the same to a collation may be written in another way all the same
        return f"t.{_quoted(name)}{as_text}", f"({new}){as_text}"

    def undo(self) -> None:
        """See `Target.undo`."""
        self._apply("ROLLBACK")

    def tidy(self) -> None:
        """See `Target.tidy`."""
        self._markers.prune()

    def close(self) -> None:
        """See `Target.close`."""
        with suppress(Exception):
            self._session.close()


def _is_cast(assignment: Assignment) -> bool:
    """The value is sent as text, and the server casts it to the column's type."""
    holds = assignment.holds
    if holds.name not in ("NUMBER", "FOREIGN", "TIMETZ"):
        return False
    # The binary form of an enumeration's value is its name.
    return not holds.takes_text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


TARGET = PostgresTarget
