"""Types of PostgreSQL: what a column holds, and what a new one is declared as."""

from __future__ import annotations

from destui.loads.types import EXACT, TEXT, Type

_HOLDS = {
    "bool": Type("BOOLEAN"), "int2": Type("SMALLINT"), "int4": Type("INTEGER"), "int8": Type("BIGINT"),
    "float4": Type("FLOAT"), "float8": Type("DOUBLE"), "text": TEXT, "citext": TEXT, "date": Type("DATE"),
    "uuid": Type("UUID"), "json": Type("JSON"), "jsonb": Type("JSON"), "bytea": Type("BLOB"),
}  # fmt: skip
FOREIGN = ("inet", "cidr", "macaddr", "macaddr8", "bit", "varbit", "xml", "int4range", "int8range", "numrange",
            "daterange", "tsrange", "tstzrange", "point", "hstore", "ltree", "pg_lsn")  # fmt: skip
BITS = ("bit", "varbit")
"""Of these the server cuts what is too long, and fills up what is too short."""
NEW = {
    "BOOLEAN": "boolean", "TINYINT": "smallint", "UTINYINT": "smallint", "SMALLINT": "smallint",
    "USMALLINT": "integer", "INTEGER": "integer", "UINTEGER": "bigint", "BIGINT": "bigint",
    "FLOAT": "real", "DOUBLE": "double precision", "DATE": "date", "TIME": "time", "TIMETZ": "timetz",
    "TIMESTAMPTZ": "timestamptz", "INTERVAL": "interval", "UUID": "uuid", "BLOB": "bytea", "JSON": "jsonb",
}  # fmt: skip
ELEMENTS = {
    "BOOLEAN": "boolean", "SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint", "FLOAT": "real",
    "DOUBLE": "double precision", "VARCHAR": "text",
}  # fmt: skip
UNCOMPARED = ("json", "jsonb", "xml", "point", "citext", "interval", "numeric")
"""Types that have no equality, or one that overlooks what changed: 1 mon is 30 days to it, 1.0 is 1.00. Of `numeric`
only where no scale is declared, by which all values have the same."""

BINARY_INTERVAL = (
    "unhex(lpad(hex(hour({v}) * 3600000000 + minute({v}) * 60000000 + microsecond({v})), 16, '0')"
    " || lpad(hex(day({v}) & 4294967295), 8, '0') || lpad(hex((year({v}) * 12 + month({v})) & 4294967295), 8, '0'))"
)
"""The bytes of an interval `{v}` as COPY takes them: microseconds in eight, days and months in four each."""

COLUMNS = """
WITH RECURSIVE found AS (
    SELECT a.attnum, a.attname, format_type(a.atttypid, a.atttypmod) AS declared, a.atttypid AS type,
        a.atttypmod AS typmod, a.attnotnull AS is_required, a.atthasdef OR a.attidentity <> '' AS has_default,
        a.attgenerated <> '' OR a.attidentity = 'a' AS is_generated
    FROM pg_catalog.pg_attribute a WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
), base AS (
    SELECT found.*, t.typname, t.typtype, t.typbasetype, t.typtypmod, t.typnotnull, t.typdefault, t.typelem
    FROM found JOIN pg_catalog.pg_type t ON t.oid = found.type
    UNION ALL
    SELECT b.attnum, b.attname, b.declared, t.oid, b.typtypmod, b.is_required OR b.typnotnull,
        b.has_default OR b.typdefault IS NOT NULL, b.is_generated,
        t.typname, t.typtype, t.typbasetype, t.typtypmod, t.typnotnull, t.typdefault, t.typelem
    FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.typbasetype WHERE b.typtype = 'd'
)
SELECT attname, declared, typname, typtype, typmod, is_required AND NOT has_default, is_generated
FROM base WHERE typtype <> 'd' ORDER BY attnum
"""

COLLATIONS = """
SELECT a.attname, quote_ident(n.nspname) || '.' || quote_ident(c.collname)
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation
JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped AND c.collname <> 'default'
"""
"""The columns of a table that have a collation of their own."""

_TREE = """
WITH RECURSIVE tree AS (
    SELECT {oid}::oid AS oid UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON i.inhparent = tree.oid
)"""
"""A table and all below it: its partitions, and tables that inherit from it."""

HANGS_ON = f"""{_TREE.format(oid="%(oid)s")}
SELECT 1 FROM pg_catalog.pg_trigger t JOIN tree ON t.tgrelid = tree.oid WHERE NOT t.tgisinternal
UNION ALL SELECT 1 FROM pg_catalog.pg_constraint c JOIN tree ON c.confrelid = tree.oid
UNION ALL SELECT 1 FROM pg_catalog.pg_rewrite r JOIN tree ON r.ev_class = tree.oid
UNION ALL SELECT 1 FROM pg_catalog.pg_class c JOIN tree USING (oid) WHERE oid <> %(oid)s AND NOT c.relispartition
UNION ALL SELECT 1 WHERE NOT pg_catalog.has_table_privilege(%(oid)s::oid, 'DELETE') LIMIT 1
"""
"""A row where something looks at what is deleted, or it may not be: then it is not the same as to update."""

INSERTED = f"""{_TREE}
SELECT sum(n_tup_ins)::bigint FROM pg_catalog.pg_stat_xact_all_tables WHERE relid IN (SELECT oid FROM tree)
AND current_setting('track_counts')::boolean AND EXISTS (
    SELECT FROM pg_catalog.pg_trigger g JOIN tree ON g.tgrelid = tree.oid WHERE g.tgtype & 7 = 7 AND NOT g.tgisinternal
)
"""
"""Rows that a transaction has inserted into a table and those below it; NULL where there is no trigger that is called
for each row before it is inserted (bits 0, 1 and 2 of `tgtype`) and may leave it out."""


def held(name: str, kind: str, typmod: int) -> Type | None:
    """What a type of the server's holds; `kind` is its typtype."""
    if kind == "e":
        return Type("FOREIGN", inner=name, takes_text=True)
    if name in _HOLDS:
        return _HOLDS[name]
    if name in ("varchar", "bpchar"):
        return Type("VARCHAR", length=typmod - 4 if typmod >= 4 else None, padded=name == "bpchar")
    if name == "numeric":
        if typmod < 4:
            return EXACT
        precision, scale = (typmod - 4) >> 16, (typmod - 4) & 0x7FF
        return Type("DECIMAL", min(precision, 38), scale) if scale <= min(precision, 38) else None
    if name in ("time", "timetz", "timestamp", "timestamptz"):
        return Type(name.upper(), precision=typmod if typmod >= 0 else None)
    if name == "interval":
        return Type("INTERVAL") if typmod < 0 else None
    if name in BITS and typmod > 0:
        return Type("FOREIGN", inner=name, length=typmod, padded=name == "bit")
    if name in FOREIGN or kind == "r":
        return Type("FOREIGN", inner=name)
    if name.startswith("_") and (element := _HOLDS.get(name[1:])) is not None and element.name in ELEMENTS:
        return Type("NESTED", inner=f"{element.name}[]")
    return None


def held_as(source: Type) -> Type:
    """What a new column of `NEW` holds."""
    wider = {"TINYINT": "SMALLINT", "UTINYINT": "SMALLINT", "USMALLINT": "INTEGER", "UINTEGER": "BIGINT"}
    return Type(wider.get(source.name, source.name))
