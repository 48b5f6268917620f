"""DuckDB: an analytical database that is one file on one host."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from destui.connectors.base import PATIENT, Climb, Connector, Fault, Run, StepResult, Warned
from destui.connectors.duckdb_errors import CATALOGUE
from destui.connectors.file_database import FileClimb, file_spec
from destui.connectors.files import look_at_file, note_place, sweep, told, write_nameless

SPEC = file_spec("duckdb", CATALOGUE, driver="duckdb")

# Without the first two, opening a file of SQLite's would fetch an extension from the network.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "threads": 1,
}

_BLOCK = 256 * 1024  # bytes by which a database file grows

_HOLDER = re.compile(r"\(PID (\d+)\)")


class _File(FileClimb):
    """DuckDB writes nothing before the commit that never comes, so that a kill leaves an existing file as it was. A
    file that is not there yet is made under the probe's name and loses it at once; the next run's sweep removes one
    that a kill left in between. The file is never opened but by DuckDB: to close it again would drop the locks that
    DuckDB holds on it for other checks in this process.
    """

    def _open(self) -> StepResult:
        mount = note_place(self._run, self._path)
        is_new = look_at_file(self._path)
        if not is_new and self._path.stat().st_size == 0:
            raise Fault("empty", f"{self._path} is empty")
        with suppress(PermissionError):  # a folder that may be written but not listed
            sweep(self._path.parent, self._run.token)
        target = self._path.with_name(f"{self._run.probe}.duckdb") if is_new else self._path
        try:
            self._run.retry(lambda: self._connect(target), _passing, PATIENT)
        finally:
            if is_new:
                target.unlink(missing_ok=True)
        if mount.is_network:
            return Warned(f"on {mount.kind}, where locks between hosts may fail")
        return told(mount, "a new file" if is_new else "")

    def _connect(self, target: Path) -> None:
        import duckdb

        self._hold(duckdb.connect(target, config=_CONFIG))
        # Otherwise closing would write into the file what others have left in its log.
        self._ask("PRAGMA disable_checkpoint_on_shutdown")
        self._run.detail["server"] = f"DuckDB {duckdb.__version__}"

    def _write(self) -> StepResult:
        super()._write()
        # What is never committed is never written: that there is room for it has to be tried beside the file.
        write_nameless(self._path.parent, _BLOCK)
        return None


def _passing(error: Exception) -> str | None:
    if "Conflicting lock is held" not in str(error):
        return None
    holder = _HOLDER.search(str(error))
    return f"locked by process {holder[1]}" if holder else "locked"


class _DuckDb(Connector):
    spec = SPEC
    catalogue = CATALOGUE

    def climb(self, run: Run) -> Climb:
        return _File(run)


CONNECTOR = _DuckDb()
