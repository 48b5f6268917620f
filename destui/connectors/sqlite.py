"""SQLite: a database that is one file on one host."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from destui.connectors.base import PATIENT, Climb, Connector, Run, StepResult
from destui.connectors.file_database import FileClimb, file_spec
from destui.connectors.files import look_at_file, note_place, sweep
from destui.connectors.sqlite_errors import CATALOGUE

SPEC = file_spec("sqlite", CATALOGUE)

_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")


class _File(FileClimb):
    """After a kill the next opening rolls the journal back. A file that is not there yet is not made: one beside it,
    under the probe's name, shows that it could be. The next run's sweep removes what a kill has left of that.
    """

    _stand_in: Path | None = None

    def _open(self) -> StepResult:
        import sqlite3

        note_place(self._run, self._path)
        if look_at_file(self._path):
            self._stand_in = self._path.with_name(f"{self._run.probe}.sqlite")
        with suppress(PermissionError):  # a folder that may be written but not listed
            sweep(self._path.parent, self._run.token)
        # The timeout is 0 because SQLite's own wait for a lock can be neither seen nor cut short; ours can.
        target = self._stand_in or self._path
        self._hold(sqlite3.connect(target, timeout=0, isolation_level=None, check_same_thread=False))
        # The first read is what finds that the file is no database.
        self._run.retry(lambda: self._ask("SELECT count(*) FROM sqlite_master"), _passing, PATIENT)
        self._run.detail["server"] = f"SQLite {sqlite3.sqlite_version}"
        return "a new file" if self._stand_in else None

    def _begin(self) -> None:
        # IMMEDIATE takes the write lock here, where its lack is told apart from all else.
        self._run.retry(lambda: self._ask("BEGIN IMMEDIATE"), _passing, PATIENT)

    def _leave(self) -> None:
        if self._stand_in is not None:
            self._stand_in.unlink(missing_ok=True)


def _passing(error: Exception) -> str | None:
    name = getattr(error, "sqlite_errorname", None) or ""
    return "locked" if name.startswith(_BUSY) else None


class _Sqlite(Connector):
    spec = SPEC
    catalogue = CATALOGUE

    def climb(self, run: Run) -> Climb:
        return _File(run)


CONNECTOR = _Sqlite()
