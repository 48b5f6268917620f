"""SQLite: a database that is one file on one host."""

from __future__ import annotations

from contextlib import suppress

from destui.connectors.base import PATIENT, Climb, Connector, Run, StepResult
from destui.connectors.file_database import FileClimb, file_spec
from destui.connectors.files import look_at_file, note_place
from destui.connectors.sqlite_errors import CATALOGUE

SPEC = file_spec("sqlite", CATALOGUE)

_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")


class _File(FileClimb):
    """After a kill the next opening rolls the journal back. A file that the run had to make is removed again while it
    is still empty, so that a check never leaves a database where there was none.
    """

    _made_file = False

    def _open(self) -> StepResult:
        import sqlite3

        note_place(self._run, self._path)
        self._made_file = look_at_file(self._path)
        # The timeout is 0 because SQLite's own wait for a lock can be neither seen nor cut short; ours can.
        self._hold(sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False))
        # The first read is what finds that the file is no database.
        self._run.retry(lambda: self._ask("SELECT count(*) FROM sqlite_master"), _passing, PATIENT)
        self._run.detail["server"] = f"SQLite {sqlite3.sqlite_version}"
        return "a new file" if self._made_file else None

    def _begin(self) -> None:
        # IMMEDIATE takes the write lock here, where its lack is told apart from all else.
        self._run.retry(lambda: self._ask("BEGIN IMMEDIATE"), _passing, PATIENT)

    def _leave(self) -> None:
        import sqlite3

        if self._made_file:
            with suppress(sqlite3.OperationalError):  # somebody has begun to use it: it stays
                self._remove_if_empty()

    def _remove_if_empty(self) -> None:
        self._ask("BEGIN EXCLUSIVE")
        if self._path.stat().st_size == 0:
            self._path.unlink()
        self._ask("ROLLBACK")


def _passing(error: Exception) -> str | None:
    name = getattr(error, "sqlite_errorname", None) or ""
    return "locked" if name.startswith(_BUSY) else None


class _Sqlite(Connector):
    spec = SPEC
    catalogue = CATALOGUE

    def climb(self, run: Run) -> Climb:
        return _File(run)


CONNECTOR = _Sqlite()
