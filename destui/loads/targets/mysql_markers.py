"""The table of markers in MySQL and MariaDB, by which no run loads twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from destui.connectors.base import Fault
from destui.connectors.phrases import mysql_identifier, mysql_string
from destui.domain.loads import MARKERS, Place
from destui.loads.targets.base import KEPT_DAYS, MARKER_RIGHTS
from destui.loads.targets.mysql_sending import ask, change, is_there

_DENIED = ("1142", "1044")


class Marker(NamedTuple):
    """What a run has loaded, and where it stood when it was marked."""

    rows: int
    table: str


class Markers:
    """The markers in the database of a destination. `facts` are those of its session."""

    def __init__(self, session: Any, place: Place, facts: Mapping[str, str]) -> None:
        self._session, self._place, self._facts = session, place, facts

    def _ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return ask(self._session, statement, *values)

    def make(self) -> None:
        """Make the table, unless it is there. Raises Fault `LOAD-MARKER` where it is, and may not be used."""
        if not self._is_there():
            self._ask(
                f"CREATE TABLE IF NOT EXISTS {MARKERS} (table_name VARCHAR(255) NOT NULL, `rows` BIGINT,"
                " run_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,"
                " loaded_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP) ENGINE = InnoDB CHARACTER SET utf8mb4"
            )

    def may_be_made(self) -> None:
        """Raise Fault `LOAD-MARKER`, as `make` would, and change nothing: by a table that no server makes, whose
        rights are looked at first."""
        if self._is_there():
            return
        with self.wanted():
            try:
                self._ask(f"CREATE TABLE {MARKERS} (id INT, id INT)")
            except Fault as fault:
                if fault.code != "1060":
                    raise

    @contextmanager
    def wanted(self) -> Iterator[None]:
        """What is refused here is refused because of the markers: told with the GRANT."""
        try:
            yield
        except Fault as fault:
            raise self._refused(fault, is_there=False) from fault

    def of(self, run_id: str) -> Marker | None:
        """The marker of a run."""
        rows = self._ask(f"SELECT COALESCE(`rows`, 0), table_name FROM {MARKERS} WHERE run_id = %s", run_id)
        return Marker(int(rows[0][0]), rows[0][1]) if rows else None

    def mark(self, run_id: str, table: str, rows: int) -> None:
        """Mark a run in the transaction."""
        asked = f"INSERT INTO {MARKERS} (run_id, table_name, `rows`) VALUES (%s, %s, %s)"
        change(self._session, asked, run_id, table, rows)

    def rename(self, run_id: str, table: str) -> None:
        """A run's rows now stand in this table."""
        change(self._session, f"UPDATE {MARKERS} SET table_name = %s WHERE run_id = %s", table, run_id)

    def prune(self) -> None:
        """Forget old ones."""
        change(self._session, f"DELETE FROM {MARKERS} WHERE loaded_at < NOW() - INTERVAL {KEPT_DAYS} DAY")

    def _is_there(self) -> bool:
        if not is_there(self._session, MARKERS):
            return False
        try:
            self._ask(f"INSERT INTO {MARKERS} (run_id, table_name) SELECT run_id, table_name FROM {MARKERS} LIMIT 0")
        except Fault as fault:
            raise self._refused(fault, is_there=True) from fault
        self._ask("ROLLBACK")
        return True

    def _refused(self, fault: Fault, *, is_there: bool) -> Fault:
        """What it means that the table could not be made, or not be used."""
        if fault.code not in _DENIED:
            return fault
        database = mysql_identifier(str(self._place.fields["database"]))
        user = str(self._place.fields["user"])
        markers, used = f"{database}.{MARKERS}", "made, and is not there"
        rights, granted = f"{MARKER_RIGHTS}, CREATE, DROP, ALTER, INDEX", f"{database}.*"
        if is_there:
            rights, granted, used = MARKER_RIGHTS, markers, f"used by {user}, who lacks SELECT or INSERT"
        account = f"{mysql_string(user)}@{mysql_string(self._facts.get('account_host', '%'))}"
        grant = f"GRANT {rights} ON {granted} TO {account};"
        return Fault("LOAD-MARKER", str(fault), markers=markers, used=used, grant=grant)
