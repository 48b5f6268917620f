"""What libpq's own trace of a sign-in tells beside the words: the SQLSTATE, and what the server knows of the role.

The trace goes into a stream in memory, made and freed here: psycopg's own `trace` never frees its stream.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

# Before the message (M), which may hold anything: the severity in the server's language, then in English, the code.
# The one in English (V) is missing before PostgreSQL 9.6, in Redshift and in some poolers.
_CODE = re.compile(rb'\tErrorResponse\t(?: S "(?P<severity>[^"]*)"| V "[^"]*")* C "(?P<code>[0-9A-Z]{5})"')
_ROUTINE = re.compile(rb' R "(?P<routine>\w+)" \\x00\s*$')
_KNOWN = re.compile(rb"\tAuthentication(?:SASLFinal|MD5Password)\b")


class Told:
    """What the server has told; all empty where the trace cannot be had, or libpq is too old (15) to put it there."""

    code = severity = routine = ""
    is_known = False
    """Whether the server has looked up the role's own password: then there is such a role."""

    def read(self, heard: bytearray) -> None:
        """Take it from a trace."""
        found = _CODE.search(heard)
        if found is None:
            return
        self.code = found["code"].decode()
        self.severity = (found["severity"] or b"").decode("utf-8", "replace")
        routine = _ROUTINE.search(heard, found.end())
        self.routine = routine["routine"].decode("ascii", "replace") if routine else ""
        self.is_known = _KNOWN.search(heard, 0, found.start()) is not None


@contextmanager
def trace(pgconn: Any) -> Iterator[Told]:
    """Listen to a connection, psycopg's PGconn; what was told is there when the block ends.

    The trace itself, which holds passwords, is overwritten then.
    """
    told = Told()
    calls = _calls()
    if calls is None or pgconn.pgconn_ptr is None:  # the words must do
        yield told
        return
    text, size, stream = calls.open()
    try:
        calls.trace(pgconn.pgconn_ptr, stream)
        try:
            yield told
        finally:
            calls.untrace(pgconn.pgconn_ptr)
    finally:
        heard = calls.close(stream, text, size)
        told.read(heard)
        heard[:] = bytes(len(heard))


class _Calls:
    """Functions of the C library and of the libpq that psycopg uses."""

    def __init__(self, libpq: Any) -> None:
        import ctypes

        self._c = ctypes
        libc = ctypes.CDLL(None)
        self._open, self._close, self._free = libc.open_memstream, libc.fclose, libc.free
        self.trace, self.untrace = libpq.PQtrace, libpq.PQuntrace
        self._open.restype = ctypes.c_void_p
        self._open.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        for call in (self._close, self._free, self.untrace):
            call.argtypes = [ctypes.c_void_p]
        self.trace.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        self._free.restype = self.trace.restype = self.untrace.restype = None

    def open(self) -> tuple[Any, Any, int]:
        """A stream in memory, with where its text and its size are once it is closed. Raises MemoryError."""
        text, size = self._c.c_void_p(), self._c.c_size_t()
        stream = self._open(self._c.byref(text), self._c.byref(size))
        if not stream:
            raise MemoryError("no memory for a trace")
        return text, size, stream

    def close(self, stream: int, text: Any, size: Any) -> bytearray:
        """End the stream; returns what was written to it, of which its own memory keeps nothing."""
        self._close(stream)
        if not text.value:
            return bytearray()
        heard = bytearray((self._c.c_char * size.value).from_address(text.value))
        self._c.memset(text.value, 0, size.value)
        self._free(text)
        return heard


@cache
def _calls() -> _Calls | None:
    if sys.platform != "linux":
        return None
    import ctypes

    try:
        return _Calls(ctypes.CDLL(_libpq()))
    except (OSError, AttributeError):
        return None


def _libpq() -> str:
    """The file by which psycopg's libpq is found. Raises OSError where there is none."""
    import psycopg

    # Symbols are looked up in a library and in what it is linked with: exactly what this one calls.
    file = getattr(sys.modules[psycopg.pq.PGconn.__module__], "__file__", None) or ""
    if file.endswith(".so"):
        return file
    with Path("/proc/self/maps").open(encoding="utf-8") as maps:  # of psycopg without a part in C
        for line in maps:
            path = line.split(maxsplit=5)[-1].strip()
            if path.rpartition("/")[2].startswith("libpq"):
                return path
    raise OSError("libpq is not loaded")
