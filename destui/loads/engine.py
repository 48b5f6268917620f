"""DuckDB as the reader of everything: bounded in memory and disk, and read ahead of those who write."""

from __future__ import annotations

import glob
import re
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from destui.connectors.base import Fault
from destui.loads.meter import EVERY, Meter
from destui.loads.unpacked import Unpacked

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

MEMORY = "240MB"
THREADS = 2
BATCH = 2_048
"""Rows of one batch: as many as DuckDB computes at once, since to put more together takes longer."""
CELLS = 640_000
"""Values of one batch at most."""
_WIDE = 200
"""Columns from which on DuckDB needs more memory, since it computes 2,048 rows of all of them at once."""
_MORE = 0.5
"""Megabytes that it is given for each column above."""
AHEAD = 48_000_000
"""Bytes that are read ahead; one batch may be wider."""
PIECE = 8_000_000
"""Bytes of one batch, about: targets take it as a whole."""
MOST_DISK = 0.8
"""Share of the free disk that one run may use on the way."""


_SETTINGS = {
    "TimeZone": "'UTC'",
    "enable_progress_bar": "true",
    "enable_progress_bar_print": "false",
    "progress_bar_time": "0",
}


def missing_extra() -> str | None:
    """The sentence that says what to install for loads; None where all is there. Imports nothing of it."""
    if all(map(_is_there, ("duckdb", "pyarrow", "adbc_driver_manager", "adbc_driver_postgresql", "pgpq"))):
        return None
    return "Loads need packages that are not installed: pip install 'destui[load]'"


def _is_there(name: str) -> bool:
    from importlib.util import find_spec

    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):  # something keeps it from being imported
        return False


def identifier(name: str) -> str:
    """A name as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as DuckDB takes it."""
    return "'" + text.replace("'", "''") + "'"


def read_from(file: Path | str) -> str:
    """A file's path as DuckDB's functions that read take it: by that name alone, whatever is special in a pattern."""
    name = str(file)
    return literal(name if "\\" in name else glob.escape(name))  # no pattern finds a name with a backslash


def raised(error: Exception) -> str:
    """What a query of ours has raised itself, by `error('destui-…')`; empty for any other error."""
    # Other errors quote the query, which holds the same words.
    found = re.search(r"Invalid Input Error: destui-([a-z]+(?: \d+)?)", str(error))
    return found[1] if found else ""


class Engine:
    """One DuckDB in memory for one run; `folder` is the run's own, for what does not fit into memory."""

    def __init__(self, folder: Path, meter: Meter, is_run: bool = True) -> None:
        """`is_run`: all of the source is to be read, and not only its beginning."""
        import duckdb

        self.folder = folder
        self.only_looks = not is_run
        """Nothing is to be written."""
        self.unpacked = Unpacked(at_once=is_run)
        self._given_up = False
        self.broken: Exception | None = None
        """Why a file cannot be read, where a thread has found that out of which DuckDB knows nothing."""
        self.meter = meter
        self.most_disk = int(shutil.disk_usage(folder).free * MOST_DISK)
        """Bytes that may be put aside."""
        self.connection = duckdb.connect(
            config={
                "memory_limit": MEMORY, "threads": THREADS, "temp_directory": str(folder / "engine"),
                "autoinstall_known_extensions": False, "autoload_known_extensions": False,
            }
        )  # fmt: skip
        # Given to `connect` it shows, and bounds nothing.
        self.connection.execute(f"SET max_temp_directory_size = '{self.most_disk}B'")
        for name, value in _SETTINGS.items():
            self.connection.execute(f"SET {name} = {value}")
        meter.share = self.share
        self._threads = THREADS
        self._attached: dict[str, str] = {}

    def share(self) -> float:
        """How much of what runs is done, from 0 to 1."""
        return max(0.0, self.connection.query_progress() / 100)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Run one statement and fetch what it gives. Raises InterruptedError once it was given up."""
        if self._given_up:
            raise InterruptedError("nobody waits for it any more")
        return self.connection.execute(sql).fetchall()

    def widen(self, columns: int) -> None:
        """Make room for a source with so many columns: one thread, as each needs its own, and more memory."""
        if columns > _WIDE:
            self._threads = 1
            self.use_all_threads()
            most = int(MEMORY.removesuffix("MB")) + int(_MORE * (columns - _WIDE))
            self.connection.execute(f"SET memory_limit = '{most}MB'")

    def use_one_thread(self) -> None:
        """For a statement of which each thread needs much memory."""
        self.connection.execute("SET threads = 1")

    def use_all_threads(self) -> None:
        """After a `feed`, for what is to be read once more."""
        self.connection.execute(f"SET threads = {self._threads}")
        self.connection.execute("RESET streaming_buffer_size")

    def attach(self, path: Path, name: str, *, read_only: bool) -> str:
        """Open a DuckDB file beside it; the name that it goes by. One that is open already keeps its own."""
        import duckdb

        real = str(path.resolve())
        if real not in self._attached:
            option = " (READ_ONLY)" if read_only else ""
            for pause in (0.2, 0.4, 0.8, 1.6, 3.2, None):
                try:
                    self.connection.execute(f"ATTACH {literal(real)} AS {name}{option}")
                    break
                except duckdb.IOException as error:
                    if pause is None or "Conflicting lock" not in str(error):
                        raise
                    time.sleep(pause)  # another process has it open: nothing wakes us when it is done
            self._attached[real] = name
        return self._attached[real]

    def interrupt(self) -> None:
        """End what runs, from another thread."""
        self.unpacked.give_up()
        self.connection.interrupt()

    def give_up(self) -> None:
        """End what runs, from another thread, and begin nothing more: an interruption finds no more than the statement
        of its moment."""
        self._given_up = True
        self.interrupt()

    def watched(self, work: Callable[[], Any], whole: int | None = None) -> Any:
        """Do `work`, a statement that counts nothing by itself, and tell its progress meanwhile.

        `whole` is how many rows the source has, as far as that is known.
        """
        done = threading.Event()

        def watch() -> None:
            while not done.wait(EVERY):
                if whole:
                    self.meter.rows = int(whole * min(1.0, self.meter.share()))
                self.meter.tell()

        thread = threading.Thread(target=watch, name="progress", daemon=True)
        thread.start()
        try:
            return work()
        finally:
            done.set()
            thread.join()

    def check_unpacked(self) -> None:
        """Wait until all compressed files are known to be whole. Raises SourceFailed."""
        if (error := self.unpacked.wrong(self.meter.tell)) is not None:
            raise SourceFailed(error)

    def cause(self, error: Exception) -> Exception:
        """What is to be told of an error: where a file of the source cannot be read to its end, that."""
        if not isinstance(error, SourceFailed):
            return error
        found = self.broken
        # A preview unpacks all of a file only for an error of which nobody knows what it means.
        if found is None and (self.unpacked.at_once or not isinstance(error.error, Fault)):
            with suppress(InterruptedError):
                found = self.unpacked.wrong(self.meter.tell)
        return SourceFailed(found) if found is not None else error

    def feed(self, sql: str, batch: int = BATCH) -> Feed:
        """The rows of a SELECT, read ahead: by one thread, which is as fast as any target. More of them fill a buffer
        by fits and starts, and take the processor from the target, which waits for them after that."""
        self.use_one_thread()
        # One chunk, as it does not count the bytes of texts. To several threads too little would be a deadlock.
        self.connection.execute("SET streaming_buffer_size = '1KB'")
        return Feed(self.connection, sql, self.meter, batch)


class SourceFailed(Exception):
    """Reading the source went wrong while a target was writing; `error` is what."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class Feed:
    """The rows of a SELECT as Arrow batches. A thread reads ahead, so that reading and writing go on at once; when the
    `with` of a feed ends, nobody reads any more, and what is read can be read anew."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, sql: str, meter: Meter, batch: int) -> None:
        self.failure: Exception | None = None
        self.rows = 0
        self._meter = meter
        self._ahead: deque[pa.RecordBatch | None] = deque()
        self._bytes_ahead = 0
        self._changed = threading.Condition()
        self._given_up = False
        try:
            found = connection.sql(sql)
            self._reader = found.to_arrow_reader(max(1, min(batch, CELLS // len(found.columns))))
        except Exception as error:
            raise SourceFailed(error) from error
        self.schema: pa.Schema = self._reader.schema
        self._thread = threading.Thread(target=self._read, name="reader", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            for batch in self._reader:
                if not self._put(batch, batch.nbytes):
                    return
        except Exception as error:
            self.failure = error
        self._put(None, 0)

    def _put(self, batch: pa.RecordBatch | None, size: int) -> bool:
        """Wait for room, and add it; False where nobody takes it any more."""

        def may_go() -> bool:
            return self._bytes_ahead + size <= AHEAD or not self._ahead or self._given_up

        with self._changed:
            self._changed.wait_for(may_go)
            self._ahead.append(batch)
            self._bytes_ahead += size
            self._changed.notify()
            return not self._given_up

    def _take(self) -> pa.RecordBatch | None:
        with self._changed:
            self._changed.wait_for(lambda: self._ahead)
            if (batch := self._ahead.popleft()) is not None:
                self._bytes_ahead -= batch.nbytes
            self._changed.notify()
            return batch

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The batches, counted. Raises SourceFailed."""
        while (batch := self._take()) is not None:
            for piece in _pieces(batch):
                self.rows += piece.num_rows
                self._meter.add(piece.num_rows)
                yield piece
        self.check()

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._given_up = True
            self._ahead.clear()
            self._changed.notify()
        self._thread.join()

    def check(self) -> None:
        """Raise SourceFailed where reading failed: drivers tell it as their own error."""
        if self.failure is not None:
            raise SourceFailed(self.failure)


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """A batch in slices that are not much wider than may be."""
    rows = max(1, batch.num_rows * PIECE // max(batch.nbytes, 1))
    return (batch.slice(start, rows) for start in range(0, batch.num_rows, rows))


def too_big(error: Exception) -> Fault | None:
    """The Fault of an engine that ran out of what it was given."""
    if type(error).__name__ == "OutOfMemoryException":
        if "max_temp_directory_size" in str(error) or "No space left" in str(error):
            return Fault("LOAD-TEMP", str(error))
        return Fault("LOAD-MEMORY", str(error))
    return None
