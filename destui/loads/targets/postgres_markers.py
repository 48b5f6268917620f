"""The table of markers in PostgreSQL, by which no run loads twice: whether it is there, and may be made and used."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from destui.connectors.base import Fault
from destui.connectors.phrases import sql_identifier
from destui.domain.loads import MARKERS
from destui.loads.targets.base import KEPT_DAYS, MARKER_RIGHTS

if TYPE_CHECKING:
    from psycopg import Connection


class Markers:
    """The markers in the schema `home` of a destination, as `user` sees them in a session that commits by itself."""

    def __init__(self, session: Connection[Any], home: str, user: str) -> None:
        self._session, self._home, self._user = session, home, user
        quoted = home.replace('"', '""')
        self.name = f'"{quoted}".{MARKERS}'
        """As a statement has it."""

    def make(self) -> None:
        """Make the table, unless it is there. Raises Fault `LOAD-MARKER` where it may not be made, or not be used."""
        from psycopg import errors

        if self._is_there():
            return
        try:
            self._session.execute(
                f"CREATE TABLE IF NOT EXISTS {self.name} (run_id text PRIMARY KEY, table_name text NOT NULL,"
                " rows bigint, loaded_at timestamptz NOT NULL DEFAULT now())".encode()
            )
        except errors.InsufficientPrivilege as error:
            raise self._not_made(str(error)) from error
        except (errors.UniqueViolation, errors.DuplicateTable):
            pass  # another load made it in this moment

    def may_be_made(self) -> None:
        """Raise Fault `LOAD-MARKER`, as `make` would, and change nothing."""
        asked = "SELECT has_schema_privilege(%s, 'CREATE')"
        if not self._is_there() and self._session.execute(asked, (self._home,)).fetchone() == (False,):
            raise self._not_made(f"permission denied for schema {self._home}")

    def prune(self) -> None:
        """Forget old ones, where nothing stands against it."""
        from psycopg import Error

        with suppress(Error):
            self._session.execute("SET lock_timeout = '1s'")
            self._session.execute(
                f"DELETE FROM {self.name} WHERE loaded_at < now() - interval '{KEPT_DAYS} days'".encode()
            )

    def _is_there(self) -> bool:
        asked = (
            "SELECT there IS NOT NULL, ARRAY(SELECT p FROM unnest('{SELECT,INSERT,UPDATE}'::text[]) AS p"
            " WHERE NOT has_table_privilege(there, p)) FROM (SELECT to_regclass(%s)) AS t(there)"
        )
        is_there, denied = self._session.execute(asked, (self.name,)).fetchone() or (False, [])
        if denied:
            raise Fault(
                "LOAD-MARKER", f"permission denied for table {MARKERS}", markers=self.name,
                used=f"used by {self._user}, who lacks {', '.join(denied)}",
                grant=f"GRANT {MARKER_RIGHTS} ON {self.name} TO {sql_identifier(self._user)};",
            )  # fmt: skip
        return bool(is_there)

    def _not_made(self, words: str) -> Fault:
        grant = f"GRANT USAGE, CREATE ON SCHEMA {sql_identifier(self._home)} TO {sql_identifier(self._user)};"
        return Fault("LOAD-MARKER", words, markers=self.name, grant=grant, used="made, and is not there")
