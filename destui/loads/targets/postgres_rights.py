"""What a load needs to be allowed in PostgreSQL, asked for before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from destui.connectors.base import Fault
from destui.domain.loads import Mode
from destui.loads.targets.base import Load

if TYPE_CHECKING:
    from psycopg import Connection

NEEDED = {Mode.APPEND: "INSERT", Mode.REPLACE: "INSERT, DELETE", Mode.MERGE: "SELECT, INSERT, UPDATE, DELETE"}
"""A merge does without DELETE, but slower."""
_SCHEMA = "SELECT has_schema_privilege(%s, 'USAGE'), has_schema_privilege(%s, 'CREATE')"
_TABLE = """
SELECT (SELECT bool_and(has_column_privilege(c.oid, name, 'INSERT')) FROM unnest(%s::text[]) AS name),
    has_table_privilege(c.oid, 'DELETE'),
    has_any_column_privilege(c.oid, 'UPDATE'),
    (SELECT bool_and(has_column_privilege(c.oid, name, 'SELECT')) FROM unnest(%s::text[]) AS name)
FROM pg_class c WHERE c.oid = %s
"""
"""Rights to columns are enough where a table's are missing."""


def look_at_rights(session: Connection[Any], load: Load, schema: str, name: str, oid: int | None) -> None:
    """Raise Fault, as a run would be refused by the server, where a right is missing for certain; `oid` is that of the
    table where it is there."""
    usage, create = session.execute(_SCHEMA, (schema, schema)).fetchone() or (True, True)
    words = f"permission denied for schema {schema}"
    if oid is None:
        if not (usage and create):
            raise Fault("42501", words, schema=schema)
        return
    if not usage:
        raise Fault("LOAD-SCHEMA-RIGHT", words, schema=schema, table=load.plan.table)
    there = [a.column.name for a in load.assignments if not a.is_new]
    found = session.execute(_TABLE, (there, there, oid)).fetchone()
    if found is None:
        return  # dropped meanwhile
    insert, delete, update, select = found
    may = {
        Mode.APPEND: insert,
        Mode.REPLACE: insert and delete,
        Mode.MERGE: insert and select and (update or delete),
    }
    if may[load.plan.mode] is False:
        raise refused(load, f"permission denied for table {name}", schema, name)


def owns(session: Connection[Any], oid: int) -> bool:
    """Whether the user may change the table itself; also where it was dropped meanwhile, which the server tells."""
    found = session.execute("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = %s", (oid,)).fetchone()
    return found is None or bool(found[0])


def refused(load: Load, words: str, schema: str, name: str, **facts: str) -> Fault:
    """That a right to the table is missing, with all that the load needs."""
    facts = {"table": load.plan.table, **facts}
    return Fault("LOAD-TABLE-RIGHT", words, schema=schema, name=name, rights=NEEDED[load.plan.mode], **facts)
