"""The rows of a load as what LOAD DATA reads, and how the driver is had to send them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from destui.connectors.base import Fault
from destui.connectors.phrases import mysql_identifier
from destui.domain.loads import Phase
from destui.loads.engine import Feed
from destui.loads.targets.base import Load
from destui.loads.targets.checks import check_kept

_PACKET = 1 << 20  # bytes
_ROWS_OF_INSERT = 1000
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\0": "\\0"}
"""What LOAD DATA takes for something else; the backslash first."""


def lines(load: Load) -> str:
    """The rows as the lines that LOAD DATA reads by default: tabs between values, backslashes before what
    is special."""
    values = []
    for a in load.assignments:
        name = f'"{a.column.name.replace(chr(34), chr(34) * 2)}"'
        if a.holds.name in ("VARCHAR", "JSON", "FOREIGN"):
            escaped = name
            for plain, written in _ESCAPES.items():
                escaped = f"replace({escaped}, chr({ord(plain)}), '{written}')"
            special = " OR ".join(f"contains({name}, chr({ord(plain)}))" for plain in _ESCAPES)  # far faster
            name = f"CASE WHEN {special} THEN {escaped} ELSE {name} END"
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


def ask(session: Any, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Run a statement; returns its rows. Raises Fault with the server's number."""
    with told(), session.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())


def is_there(session: Any, table: str) -> bool:
    """Whether the database has such a table. Raises Fault."""
    asked = "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s"
    return bool(ask(session, asked, table))


def change(session: Any, statement: str, *values: object) -> int:
    """Run a statement; returns the rows that it changed. Raises Fault with the server's number."""
    with told(), session.cursor() as cursor:
        return int(cursor.execute(statement, values or None))


def wait_long(session: Any) -> None:
    """Have the server wait for us for eight hours: what is at the other end of a load may take its time."""
    for name in ("wait_timeout", "net_read_timeout", "net_write_timeout"):
        with suppress(Fault):
            ask(session, f"SET SESSION {name} = 28800")


@contextmanager
def told() -> Iterator[None]:
    """The driver's errors as Faults with the server's number."""
    from pymysql import MySQLError

    from destui.connectors.mysql_protocol import fault

    try:
        yield
    except MySQLError as error:
        raise fault(error) from error


def send(session: Any, load: Load, table: str, warn: Callable[[str], None]) -> int:
    """Send the rows; returns how many. Raises Fault `LOAD-COUNT` where the server changed or left out any."""
    load.engine.meter.enter(Phase.LOAD)
    allowed = ask(session, "SELECT @@local_infile") == [(1,)]
    if allowed and (sending := sending_rows()):
        return _send_lines(session, load, table, sending)
    warn("The server does not allow LOAD DATA LOCAL: rows went by INSERT, several times slower.")
    return _send_rows(session, load, table)


def _send_lines(session: Any, load: Load, table: str, sending: Callable[[Callable[[Any], None]], Any]) -> int:
    names, sets = [], []
    for number, a in enumerate(load.assignments):
        name = mysql_identifier(a.column.name)
        is_blob = a.holds.name == "BLOB"
        names.append(f"@v{number}" if is_blob else name)
        sets += [f"{name} = UNHEX(@v{number})"] if is_blob else []
    statement = f"LOAD DATA LOCAL INFILE 'rows' INTO TABLE {table} CHARACTER SET utf8mb4 ({', '.join(names)})" + (
        f" SET {', '.join(sets)}" if sets else ""
    )
    with load.engine.feed(lines(load)) as feed:

        def send(connection: Any) -> None:
            for batch in feed.batches():
                for packet in packets(batch.column(0)):
                    connection.write_packet(packet)

        try:
            with sending(send):
                stored = change(session, statement)
        except Exception:
            feed.check()
            raise
        feed.check()
    _check(session, load, feed, stored)
    return feed.rows


_RULES = {"1062": "1062", "1263": "1048", "1048": "1048", "4025": "4025", "3819": "3819", "1452": "1452"}
"""Warnings of a LOAD DATA for a row that a rule of the table keeps out, and the error that an INSERT would have."""
_CHANGED = {"1264", "1265", "1292", "1366", "1406", "3140"}
"""Of a value that the server has changed: out of range, cut, no date, not of its characters, too long, no JSON."""
_AS_IT_IS = "a value of the source as it is"
_COLUMN = re.compile(r"for column [`']?(?:[^`']*`\.`)*(?P<column>[^`']+)[`']", re.IGNORECASE)


def _check(session: Any, load: Load, feed: Feed, stored: int) -> None:
    warnings = ask(session, "SHOW WARNINGS LIMIT 3")
    told = "; ".join(str(row[2]) for row in warnings)
    for _, code, words in warnings:
        if str(code) in _RULES:
            raise Fault(_RULES[str(code)], told)
        if str(code) in _CHANGED and (named := _COLUMN.search(str(words))):
            raise _refused(load, named["column"], told)
    if warnings:
        raise Fault("LOAD-COUNT", f"{feed.rows} rows were sent and {stored} stored. {told}", sent=str(feed.rows))
    check_kept(feed.rows, stored)


def _refused(load: Load, column: str, told: str) -> Fault:
    types = {a.column.name.lower(): a.column.declared for a in load.assignments}
    kind = types.get(column.lower(), "of another type")
    return Fault("LOAD-REFUSED", told, column=column, type=kind, table=load.plan.table, what=_AS_IT_IS)


def _send_rows(session: Any, load: Load, table: str) -> int:
    names = ", ".join(mysql_identifier(name) for name in load.columns)
    marks = ", ".join("UNHEX(%s)" if a.holds.name == "BLOB" else "%s" for a in load.assignments)
    stored = 0
    with load.engine.feed(load.select(), _ROWS_OF_INSERT) as feed, told(), session.cursor() as cursor:
        for batch in feed.batches():
            rows = list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
            stored += cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows) or 0
            if cursor.warning_count:
                _check(session, load, feed, stored)
    _check(session, load, feed, stored)
    return feed.rows
