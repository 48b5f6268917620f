"""Whether compressed files are whole: of a cut one DuckDB reads what there is, and says nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from destui.connectors.base import Fault

_BLOCK = 1 << 20
_EVERY = 0.25  # seconds between two tellings of the progress


class Unpacked:
    """The compressed files that are read, each unpacked to its end by a thread beside the reading.

    Of gzip a cut and any changed byte are found; of zstd a cut, and changes as far as the file has checksums.
    """

    def __init__(self, at_once: bool) -> None:
        """`at_once`: the thread begins as soon as the files are known, otherwise when it is asked for."""
        self.at_once = at_once
        self._files: Sequence[tuple[Path, str]] = ()
        self._error: Exception | None = None
        self._thread: threading.Thread | None = None
        self._given_up = threading.Event()

    def take(self, files: Sequence[tuple[Path, str]]) -> None:
        """The files, each with how it is compressed."""
        self._files = files
        if self.at_once:
            self._begin()

    def wrong(self, tell: Callable[[], None]) -> Exception | None:
        """Why one cannot be unpacked to its end, a Fault mostly. Waits until that is known, and calls `tell` meanwhile.
        Raises InterruptedError when it was given up."""
        self._begin()
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(_EVERY)
            tell()
        if self._given_up.is_set():
            raise InterruptedError("the files were not looked through")
        return self._error

    def give_up(self) -> None:
        """Whether they are whole is not wanted any more."""
        self._given_up.set()

    def _begin(self) -> None:
        if self._files and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="unpacking", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        try:
            for file, compression in self._files:
                self._unpack(file, compression)
        except Exception as error:
            self._error = error

    def _unpack(self, file: Path, compression: str) -> None:
        import pyarrow as pa

        try:
            if not file.stat().st_size:
                raise OSError("the file is empty")
            with pa.input_stream(str(file), compression=compression) as stream:
                while not self._given_up.is_set() and stream.read(_BLOCK):
                    pass
        except OSError as error:
            raise Fault("LOAD-PACKED", str(error), file=str(file)) from error
