"""The rows of a load as what LOAD DATA reads, and how the driver is had to send them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from destui.loads.targets.base import Load

_PACKET = 1 << 20  # bytes


def lines(load: Load) -> str:
    """The rows as the lines that LOAD DATA reads by default: tabs between values, backslashes before what
    is special."""
    values = []
    for a in load.assignments:
        name = f'"{a.column.name.replace(chr(34), chr(34) * 2)}"'
        if a.holds.name in ("VARCHAR", "JSON", "FOREIGN"):
            for plain, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\0", "\\0")):
                mark = f"chr({ord(plain)})"
                name = f"replace({name}, {mark}, '{escaped}')"
        values.append(f"coalesce({name}, '\\N')")
    return f"SELECT concat_ws(chr(9), {', '.join(values)}) || chr(10) AS line FROM ({load.select()})"


def packets(column: Any) -> Iterator[bytes]:
    """The bytes of a column of texts, one after the other, as they lie in memory."""
    offsets = memoryview(column.buffers()[1]).cast("B").cast("q" if str(column.type) == "large_string" else "i")
    start, end = offsets[column.offset], offsets[column.offset + len(column)]
    data = memoryview(column.buffers()[2] or b"")[start:end]
    for at in range(0, len(data), _PACKET):
        yield bytes(data[at : at + _PACKET])


def sending_rows() -> Callable[[Callable[[Any], None]], Any] | None:
    """How to have the driver send our rows when the server asks for a file, and never a file, whatever it asks for.

    None where the driver is of a version in which that cannot be done.
    """
    from pymysql import connections

    name = next((n for n in ("_send_local_file", "LoadLocalFile") if hasattr(connections, n)), None)
    if name is None:
        return None

    @contextmanager
    def sending(send: Callable[[Any], None]) -> Iterator[None]:
        class Sender:  # as the older driver has it
            def __init__(self, filename: str, connection: Any) -> None:
                self._connection = connection

            def send_data(self) -> None:
                send(self._connection)

        kept = getattr(connections, name)
        setattr(connections, name, Sender if name == "LoadLocalFile" else lambda _, connection: send(connection))
        try:
            yield
        finally:
            setattr(connections, name, kept)

    return sending
