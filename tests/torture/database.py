"""What a PostgreSQL server keeps of a store: the files of its database, a dump of it, and the write-ahead log."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.servers.postgres import SUPERUSER_PASSWORD, Postgres
from tests.servers.processes import find_binary

_RANGE = "SELECT restart_lsn - '0/0', pg_current_wal_lsn() - '0/0' FROM pg_replication_slots WHERE slot_name = '{slot}'"
_SEGMENTS = (
    "SELECT w.name FROM pg_ls_waldir() w, pg_replication_slots s WHERE slot_name = '{slot}' AND w.name"
    " BETWEEN pg_walfile_name(restart_lsn) AND pg_walfile_name(pg_current_wal_lsn()) ORDER BY w.name"
)


class Kept:
    """A store's database from now on; its server throws no log away until `end`."""

    def __init__(self, server: Postgres, database: str) -> None:
        self._server = server
        self._database = database
        self._run("SELECT pg_create_physical_replication_slot('{slot}', true)")

    def _run(self, statement: str) -> list[tuple[object, ...]]:
        return self._server.run(statement.format(slot=self._database), database="postgres")

    def end(self) -> None:
        """The server may forget the log."""
        self._run("SELECT pg_drop_replication_slot('{slot}')")

    def parts(self) -> Iterator[tuple[str, bytes]]:
        """(What it is, its bytes) of all that is kept, written to the files first."""
        self._run("CHECKPOINT")
        yield "a dump of the store", self._dump()
        yield from self._files()
        yield from self._log()

    def _dump(self) -> bytes:
        folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        program = find_binary("pg_dump", "postgresql", folders)
        words = self._server.connection_words(self._database)
        environment = {"PATH": os.environ["PATH"], "PGPASSWORD": SUPERUSER_PASSWORD}
        return subprocess.run([program, "-d", words], env=environment, check=True, capture_output=True).stdout

    def _files(self) -> Iterator[tuple[str, bytes]]:
        """Catalogues too: the statistics of a column hold its values."""
        ((number,),) = self._run("SELECT oid FROM pg_database WHERE datname = '{slot}'")
        for file in (self._server.folder / "data" / "base" / str(number)).iterdir():
            try:
                yield f"file {file.name} of the store's database", file.read_bytes()
            except FileNotFoundError:  # a table that was written anew meanwhile
                continue

    def _log(self) -> Iterator[tuple[str, bytes]]:
        """Of what was written since the store was made, and of nothing before it."""
        ((begin, end),) = self._run(_RANGE)
        ((size,),) = self._run("SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size'")
        segments = [str(name) for (name,) in self._run(_SEGMENTS)]
        for number, name in enumerate(segments):
            data = (self._server.folder / "data" / "pg_wal" / name).read_bytes()
            first = int(str(begin)) % int(str(size)) if number == 0 else 0
            last = int(str(end)) % int(str(size)) if number == len(segments) - 1 else len(data)
            yield f"the write-ahead log ({name})", data[first : last or len(data)]
