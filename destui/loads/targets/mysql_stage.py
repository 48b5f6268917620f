"""A table of a load's own in MySQL and MariaDB, from which its rows are merged into the one that is meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from destui.connectors.phrases import mysql_identifier
from destui.domain.loads import Mode
from destui.loads.targets.base import Assignment, Load
from destui.loads.targets.checks import KeyCheck
from destui.loads.targets.mysql_sending import ask, change
from destui.loads.targets.mysql_types import BLOBS, JSON_TEXT, TEXTS

_THERE = "_destui_there"


class Stage:
    """The table `name`, whose texts compare as those of `table` do."""

    def __init__(self, session: Any, load: Load, table: str, name: str) -> None:
        self._session, self._load, self._name = session, load, table
        self._table = mysql_identifier(table)
        self.quoted = mysql_identifier(name)
        self._names = ", ".join(map(mysql_identifier, load.columns))

    def _ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return ask(self._session, statement, *values)

    def _change(self, statement: str) -> int:
        return change(self._session, statement)

    def make(self) -> None:
        """Create it, with columns that the table is still to get."""
        load = self._load
        new = [f"{mysql_identifier(a.column.name)} {a.column.declared}" for a in load.assignments if a.is_new]
        known = [a for a in load.assignments if load.makes_table or not a.is_new]
        picked = ", ".join(mysql_identifier(a.column.name) for a in known)
        own = ", ".join([*(() if load.makes_table else new), f"{_THERE} tinyint NULL"])
        self._ask(f"CREATE TABLE {self.quoted} ({own}) ENGINE = InnoDB SELECT {picked} FROM {self._table} LIMIT 0")
        for key in load.plan.key:
            self._loosen(load.assigned(key))

    def _loosen(self, assignment: Assignment) -> None:
        """What a copied key takes besides is nothing of the copy's: NULL keys are told by the check."""
        name = mysql_identifier(assignment.column.name)
        charset = self._ask(
            "SELECT CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.COLUMNS"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND COLUMN_NAME = %s",
            self._name, assignment.column.name,
        )[0]  # fmt: skip
        declared = "longtext" if assignment.holds == JSON_TEXT else assignment.column.declared
        collation = f" CHARACTER SET {charset[0]} COLLATE {charset[1]}" if charset[0] else ""
        self._ask(f"ALTER TABLE {self.quoted} MODIFY {name} {declared}{collation} NULL")

    def check_keys(self, types: Mapping[str, str]) -> None:
        """Look for keys that are NULL or there twice, by an index without which a merge compares each row with each.

        `types`: of the table's columns. Raises Fault.
        """
        lengths = {a.column.name: a.holds for a in self._load.assignments}
        keys = []
        for key in self._load.keys:
            is_long = types.get(key, "longtext") in (*TEXTS, *BLOBS) and lengths[key].name in ("VARCHAR", "BLOB")
            keys.append(mysql_identifier(key) + ("(191)" if is_long or (lengths[key].length or 0) > 191 else ""))
        self._ask(f"CREATE INDEX _destui_key ON {self.quoted} ({', '.join(keys)})")
        KeyCheck(self._load, self.quoted, mysql_identifier, "{c}").run(self._ask)

    def move(self) -> None:
        """Put all rows into the table, in place of its own where that is the mode."""
        if self._load.plan.mode is Mode.REPLACE:
            self._change(f"DELETE FROM {self._table}")
        self._change(f"INSERT INTO {self._table} ({self._names}) {self._rows()}")

    def merge(self, *, plainly: bool) -> None:
        """Every row is set, not only those that differ: to a collation that folds capitals they may look the same.

        `plainly`: nobody but us can tell that a row was tried to be inserted before it was updated.
        """
        # Keys keep their spelling: tables that we are not shown may name them, and would be changed or cleared along.
        others = [mysql_identifier(name) for name in self._load.others]
        if plainly and others and self._is_by_key():  # in less than half of the time
            changes = ", ".join(f"{self._table}.{name} = s.{name}" for name in others)
            self._change(f"INSERT INTO {self._table} ({self._names}) {self._rows()} ON DUPLICATE KEY UPDATE {changes}")
            return
        same = " AND ".join(f"t.{name} = s.{name}" for name in map(mysql_identifier, self._load.keys))
        changes = ", ".join([*(f"t.{name} = s.{name}" for name in others), f"s.{_THERE} = 1"])
        # Only the stage is sure to have an index on the key: which of its rows are there is noted in it on the way.
        self._change(f"UPDATE {self._table} AS t JOIN {self.quoted} AS s ON {same} SET {changes}")
        self._change(f"INSERT INTO {self._table} ({self._names}) {self._rows()} WHERE s.{_THERE} IS NULL")

    def _rows(self) -> str:
        values = ", ".join(f"s.{mysql_identifier(name)}" for name in self._load.columns)
        return f"SELECT {values} FROM {self.quoted} AS s"

    def _is_by_key(self) -> bool:
        """The merge's key, whole, is the one thing that may not be twice in the table."""
        rows = self._ask(
            "SELECT INDEX_NAME, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND NON_UNIQUE = 0", self._name,
        )  # fmt: skip
        keys = {key.lower() for key in self._load.keys}
        return (
            len({index for index, _, _ in rows}) == 1
            and {str(column).lower() for _, column, _ in rows} == keys
            and not any(part for _, _, part in rows)
        )
