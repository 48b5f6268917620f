"""The rows of a destination as a source, one file a type: a table, or a query of PostgreSQL, MySQL, SQLite or DuckDB.

What a driver hands over exactly is taken as it is; all else is asked for as the server's own text, and read as its
type by DuckDB. Queries run read-only.
"""
