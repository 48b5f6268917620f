"""The tables that loads into MySQL and MariaDB fill aside, and how loads wait for each other and for others."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from destui.connectors.base import Fault
from destui.connectors.phrases import mysql_identifier
from destui.domain.loads import MARKERS, LoadPlan
from destui.loads.targets.mysql_sending import ask, change, is_there

LOCK_SECONDS = 900
"""How long a load waits for another, and for who uses its table."""
_TIMEOUT = "1205"
_RENAME_SECONDS = 5
"""How long at a time: whoever begins to read meanwhile waits behind it."""
_PREFIX = "_destui_new_"
"""Of tables that a load fills before they count; one that a kill has left is dropped by a later load."""


class Aside:
    """One run's tables `new` and `old`, its locks, and what killed runs have left. `warn` takes sentences."""

    def __init__(self, session: Any, plan: LoadPlan, warn: Callable[[str], None]) -> None:
        self._session, self._plan, self._warn = session, plan, warn
        token = re.sub(r"[^A-Za-z0-9]", "", plan.run_id)[:32]
        self.new, self.old = f"{_PREFIX}{token}", f"{_PREFIX}{token}_old"

    def _ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return ask(self._session, statement, *values)

    def lock(self, table: str) -> None:
        """Take the run's locks, which end with the session; that of the table only where it is to be written.

        Where an earlier try of this run still has a session (a server does not notice a client that is gone while it
        works), that is ended: it has committed, or will not. Raises Fault.
        """
        own = f"run {self._plan.run_id}"
        if holder := self._ask("SELECT IS_USED_LOCK(%s)", self._token(own))[0][0]:
            with suppress(Fault):
                self._ask(f"KILL {holder}")
        for name in (own, *(() if self._plan.only_look else (table,)), self.new, self.old):
            if self._ask("SELECT GET_LOCK(%s, %s)", self._token(name), LOCK_SECONDS) != [(1,)]:
                raise Fault("1205", f"another load into {table} did not end within {LOCK_SECONDS} s")

    def _token(self, name: str) -> str:
        digest = hashlib.sha256(f"{self._plan.target.fields['database']}.{name}".encode()).hexdigest()
        return f"destui:{digest[:40]}"

    def sweep(self) -> None:
        """Drop what killed loads have left: whatever no session holds the lock of, and what is this run's own."""
        query = (
            "SELECT TABLE_NAME FROM information_schema.TABLES"
            " WHERE TABLE_SCHEMA = DATABASE() AND LEFT(TABLE_NAME, %s) = %s"
        )
        for (name,) in self._ask(query, len(_PREFIX), _PREFIX):
            if name == self.new:
                self.drop(name)
            elif self._ask("SELECT GET_LOCK(%s, 0)", self._token(name)) == [(1,)]:
                with self.trying():
                    self.drop(name)
                self._ask("DO RELEASE_LOCK(%s)", self._token(name))

    def drop(self, table: str) -> None:
        """Drop a table that a load filled aside, and before it the marker that would count once it is gone."""
        if not self.is_there(table):
            return
        for (run_id,) in self._ask(f"SELECT run_id FROM {MARKERS} WHERE table_name = %s", table):
            change(self._session, f"DELETE FROM {MARKERS} WHERE run_id = %s", run_id)
        self._ask("COMMIT")
        self._ask(f"DROP TABLE {mysql_identifier(table)}")

    def make_like(self, table: str) -> None:
        """Make the table `new`, like another one whose place it is to take: AUTO_INCREMENT goes on from where that one
        stands, as it would had its rows been deleted."""
        new = mysql_identifier(self.new)
        self._ask(f"CREATE TABLE {new} LIKE {mysql_identifier(table)}")
        with suppress(Fault):  # else MySQL shows what it was a day ago; MariaDB does not know this
            self._ask("SET SESSION information_schema_stats_expiry = 0")
        asked = (
            "SELECT AUTO_INCREMENT FROM information_schema.TABLES"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND AUTO_INCREMENT IS NOT NULL"
        )
        for (number,) in self._ask(asked, table):
            self._ask(f"ALTER TABLE {new} AUTO_INCREMENT = {int(number)}")

    def await_others(self, table: str, column: str, told: Callable[[], None]) -> None:
        """Wait for those who have a table locked, by a statement that changes nothing; `told` is called where that
        takes longer than a second. Whatever else stands against it the next statement will say. Raises Fault."""
        into = f"{mysql_identifier(table)} ({mysql_identifier(column)})"
        statement = f"INSERT INTO {into} SELECT NULL FROM DUAL WHERE 1 = 0"
        self.wait_at_most(1)
        try:
            self._ask(statement)
        except Fault as fault:
            if fault.code == _TIMEOUT:
                told()
                self.wait_at_most(LOCK_SECONDS)
                self._ask(statement)
        self.wait_at_most(LOCK_SECONDS)

    def exchange(self, table: str, told: Callable[[], None]) -> None:
        """Put `new` in the place of that table, which is `old` then. Waits for those who read, and lets through now and
        then those who came later; `told` is called where there are some. Raises Fault."""
        name, new, old = map(mysql_identifier, (table, self.new, self.old))
        ends_at = time.monotonic() + LOCK_SECONDS
        self.wait_at_most(_RENAME_SECONDS)
        while True:
            try:
                self._ask(f"RENAME TABLE {name} TO {old}, {new} TO {name}")
                return
            except Fault as fault:
                if fault.code != _TIMEOUT or time.monotonic() > ends_at:
                    raise
                told()

    def is_there(self, table: str) -> bool:
        """Whether the database has such a table."""
        return is_there(self._session, table)

    def wait_at_most(self, seconds: int, for_rows: str = "DEFAULT") -> None:
        """How long the next statements wait for locks: of tables, which may be a day by default, and of rows."""
        with suppress(Fault):
            self._ask(f"SET SESSION lock_wait_timeout = {seconds}, innodb_lock_wait_timeout = {for_rows}")

    @contextmanager
    def trying(self, warning: str = "") -> Iterator[None]:
        """What nothing depends on: it waits for nobody, and where it fails, that is a warning at most."""
        self.wait_at_most(1, "1")
        try:
            yield
        except Exception as error:
            if warning:
                self._warn(f"{warning} ({error})")
        self.wait_at_most(LOCK_SECONDS)
