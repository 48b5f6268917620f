"""What can go wrong with a load besides what can go wrong with its destination: data alone, for whoever explains it."""

from __future__ import annotations

from destui.connectors.catalogue import Entry

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "LOAD-EXTRA", ("driver_missing",),
        "Loads need packages that are not installed.",
        "Run this where destui is installed:\npip install 'destui[load]'",
        more="They are duckdb, pyarrow, ADBC and pgpq: what reads files and writes them into databases.",
    ),
    Entry(
        "LOAD-TARGET", ("config_invalid",),
        "There are no loads into this type of destination yet.",
        "Load into a destination of type postgres, mysql, sqlite, duckdb or folder.",
    ),
    Entry(
        "LOAD-SOURCE-MISSING", ("path_missing",),
        "There is no file {file} on the host that loads.",
        "Correct the path in the load order (it begins with /), or put the file there.",
        more="A glob such as /data/*.csv needs one file at least. A source may also be a table of a destination, "
        "written DESTINATION:TABLE; what begins with no destination's name is taken for a path.",
    ),
    Entry(
        "LOAD-SOURCE-FOLDER", ("path_wrong_kind",),
        "{file} is a folder.",
        "Name the files in it, for example by a glob:\n{file}/*.csv",
    ),
    Entry(
        "LOAD-SOURCE-OUTSIDE", ("config_invalid",),
        "{file} leads out of the connected folder {folder}.",
        "Name a file in the folder, or connect the folder that the file lies in.",
        more="A path with .., one that begins with / and a symbolic link all count by where they lead.",
    ),
    Entry(
        "LOAD-SOURCE-CLOSED", ("no_read_right",),
        "The worker's user may not read {file}.",
        "Run this on the host that loads, as root or as the owner of the file:\nchmod a+r {file:sh}",
    ),
    Entry(
        "LOAD-FORMAT", ("config_invalid",),
        "The format of {file} cannot be told by its name.",
        "Set the format in the load order: csv, jsonl or parquet.",
    ),
    Entry(
        "LOAD-SOURCE-EMPTY", ("config_invalid",),
        "{file} has no columns: it is empty.",
        "Look what makes the file; a CSV file needs its header at least.",
    ),
    Entry(
        "LOAD-HEADER-BLANK", ("config_invalid",),
        "The first line of {file} is blank; it has to be the header.",
        "Make the file anew without the blank lines at its beginning.",
    ),
    Entry(
        "LOAD-PACKED", ("file_corrupt",),
        "{file} cannot be unpacked to its end: it is cut off or damaged, has something behind its end, or is not "
        "compressed as its name says.",
        "Make or copy the file anew, or set the compression in the load order: gzip, zstd or none.",
    ),
    Entry(
        "LOAD-RAGGED", ("config_invalid",),
        "Line {line} of {file} has {found} values; the header has {wanted}.",
        "Mend the line; where a value holds the delimiter, it has to be quoted. Or set the delimiter and the quote in "
        "the load order.",
    ),
    Entry(
        "LOAD-QUOTE", ("config_invalid",),
        "A quote that line {line} of {file} opens is never closed as it should be.",
        "Mend the line: inside quotes, a quote is doubled. Or set another quote, or none, in the load order.",
    ),
    Entry(
        "LOAD-LINES", ("config_invalid",),
        "The file cannot be read as CSV: its lines end in different ways, or its quotes are mixed up.",
        "Make the file anew with one kind of line end, or set delimiter and quote in the load order.",
    ),
    Entry(
        "LOAD-DIALECT", ("config_invalid",),
        "{file} cannot be read with the {option} of the load order.",
        "{remedy}",
        more="The delimiter is found out where the load order names none.",
    ),
    Entry(
        "LOAD-LINE-LONG", ("config_invalid",),
        "Line {line} of {file} is longer than 2 MB.",
        "Look for a quote that is opened and never closed; otherwise shorten the line, or load Parquet.",
    ),
    Entry(
        "LOAD-ENCODING", ("config_invalid",),
        "Line {line} of {file} is not {encoding}.",
        "Set the encoding of the file in the load order: {likely}.",
        more="Files from Windows are often cp1252, or utf-16, whose first bytes say so.",
    ),
    Entry(
        "LOAD-ENCODING-NAME", ("config_invalid",),
        "There is no encoding {encoding}.",
        "Set one such as utf-8, cp1252, latin-1 or utf-16 in the load order.",
    ),
    Entry(
        "LOAD-ENCODING-JSON", ("config_invalid",),
        "JSON is read as UTF-8 only.",
        "Make the file anew in UTF-8; this does it:\niconv -f latin1 -t utf-8 {file:sh} > utf-8.jsonl",
    ),
    Entry(
        "LOAD-JSON", ("file_corrupt",),
        "Line {line} of {file} is {wrong}.",
        "Mend the line; each line of the file has to be one whole object, in which a key comes once.",
        more="It is no JSON, or an object with one key twice, of whose values only one would be read.",
    ),
    Entry(
        "LOAD-JSON-OBJECT", ("config_invalid",),
        "{place} is JSON, but no object, so that there are no columns.",
        "Make the file anew with one object a line.",
    ),
    Entry(
        "LOAD-JSON-DIGITS", ("config_invalid",),
        "{place} has a number of more digits than a double keeps; reading it would cut them.",
        "Have the source write such numbers as texts, in quotes.",
    ),
    Entry(
        "LOAD-PARQUET", ("file_corrupt",),
        "{file} is no Parquet file, or a damaged one.",
        "Make the file anew, or correct the source of the load order.",
    ),
    Entry(
        "LOAD-FILES-DIFFER", ("config_invalid",),
        "{file} has other columns than the files before it.",
        "Load files with different columns by different load orders.",
    ),
    Entry(
        "LOAD-COLUMN-NAMELESS", ("config_invalid",),
        "Column {column} of {file} has no name.",
        "Give it one in the header, or set that there is no header.",
    ),
    Entry(
        "LOAD-COLUMN-TWICE", ("config_invalid",),
        "{file} has two columns {column}, which the table cannot hold apart.",
        "Rename one of them in the source; a query can do it, by AS.",
    ),
    Entry(
        "LOAD-SCHEMA", ("schema_missing",),
        "The schema {schema} does not exist in database {database}.",
        "Run this in database {database} as its owner or a superuser, or correct the table of the load order:\n"
        "CREATE SCHEMA {schema:id};\nGRANT USAGE, CREATE ON SCHEMA {schema:id} TO {user:id};",
    ),
    Entry(
        "LOAD-COLUMN-LONG", ("config_invalid",),
        "The column {column} has a longer name than the {most} that the table {table} takes.",
        "Rename it in the source; a query can do it, by AS.",
    ),
    Entry(
        "LOAD-TABLE-LONG", ("config_invalid",),
        "The table {table} has a longer name than the {most} that this destination takes.",
        "Give it a shorter one.",
    ),
    Entry(
        "LOAD-TABLE-NAME", ("config_invalid",),
        "{table} is not the name of a table there.",
        "Give a table as NAME or SCHEMA.NAME, with double quotes around a name that holds a dot.",
    ),
    Entry(
        "LOAD-ROW-SECURITY", ("no_write_right",),
        "Row-level security of the table {table} is active for {user}: rows may be hidden from a load.",
        "Have an administrator exempt the user, or load into a table without policies:\n"
        "ALTER ROLE {user:id} BYPASSRLS;",
        more="A policy keeps rows from being seen or changed without a word; what a merge or replace leaves would be "
        "anybody's guess.",
    ),
    Entry(
        "LOAD-NOT-A-TABLE", ("config_invalid",),
        "{table} is a view or of another kind that is not loaded into.",
        "Load into a table.",
    ),
    Entry(
        "LOAD-TABLE-RIGHT", ("no_write_right",),
        "The user {user} lacks a right to the table {table} that this load needs.",
        "Run this as the owner of the table:\nGRANT {rights} ON {schema:id}.{name:id} TO {user:id};",
        more="Appending takes INSERT, replacing DELETE too, merging SELECT and UPDATE; with DELETE a merge is faster.",
    ),
    Entry(
        "LOAD-SCHEMA-RIGHT", ("no_write_right",),
        "The user {user} may not use the schema {schema}, in which the table {table} lies.",
        "Run this as the owner of the schema:\nGRANT USAGE ON SCHEMA {schema:id} TO {user:id};",
    ),
    Entry(
        "LOAD-COLUMNS", ("config_invalid",),
        "The table {table} lacks columns that the source has: {columns}.",
        "Let the load order add columns, or add them yourself:\n{alter}",
    ),
    Entry(
        "LOAD-COLUMNS-RIGHT", ("no_write_right",),
        "The user {user} does not own the table {table}, and so may not add what the source has: {columns}.",
        "Run this as the owner of the table:\n{alter}",
    ),
    Entry(
        "LOAD-COLUMN-CASE", ("config_invalid",),
        "The source calls {column} what is {alike} in the table {table}, where capitals tell columns apart.",
        "Call it {alike} in the source, or add a column {column} to the table yourself if it is another one.",
    ),
    Entry(
        "LOAD-COLUMNS-FILES", ("config_invalid",),
        "The files of the table {table} lack columns that the source has: {columns}.",
        "Let the load order add columns (--add-columns), or have the source leave them out.",
    ),
    Entry(
        "LOAD-REQUIRED", ("config_invalid",),
        "The table {table} needs a value in {columns}, for which the source has no column.",
        "Give the columns a default in the table, or have the source bring them.",
    ),
    Entry(
        "LOAD-COLUMN-CLOSED", ("config_invalid",),
        "Nothing can be loaded into the column {column}: it is {type}.",
        "Leave the column out of the source, or load into another table.",
    ),
    Entry(
        "LOAD-TYPE", ("config_invalid",),
        "The column {column} is {source_type} in the source and {type} in the table; values would change on the way.",
        "Change the column in the table, or have the source bring the table's type; a query can do it, by CAST.",
    ),
    Entry(
        "LOAD-VALUE", ("config_invalid",),
        "The value {quoted} of column {column} {where} does not fit into {type} without a loss.",
        "Mend the value in the source, or change the column in the table {table}.",
        more="Numbers with leading zeros, more digits than the column has, texts that are too long, days that do not "
        "exist: destui neither cuts nor rounds, and nothing has been written.",
    ),
    Entry(
        "LOAD-REFUSED", ("config_invalid",),
        "The column {column} of the table {table}, {type}, does not take {what}.",
        "Mend the value in the source, or change the column; the message tells what the server says of it.",
        more="Words that an enumeration has not, characters that the column's character set has not, addresses, ranges "
        "and the like that are none: the server refuses them, or would store something else. Nothing has been written.",
    ),
    Entry(
        "LOAD-REFUSED-ROW", ("config_invalid",),
        "The table {table} does not take a value of the source.",
        "Mend the value in the source, or change the column; the message tells what the server says of it.",
        more="The server has not said which column it is. Nothing has been written.",
    ),
    Entry(
        "LOAD-KEY-COLUMN", ("config_invalid",),
        "The key column {column} is missing from the source or the table; there are {columns}.",
        "Correct the key of the load order.",
    ),
    Entry(
        "LOAD-KEY-NULL", ("config_invalid",),
        "Rows of the source have no value in the key {columns}: {count} in all.",
        "Leave such rows out of the source, or merge by other columns.",
    ),
    Entry(
        "LOAD-KEY-TWICE", ("config_invalid",),
        "Rows of the source have the same {columns}: {keys}.",
        "Leave all but one of them out of the source, or merge by more columns.",
    ),
    Entry(
        "LOAD-MARKER", ("no_create_right",),
        "The table {markers}, by which no run loads twice, may not be {used}.",
        "Run this as the owner of the table, schema or database:\n{grant}",
        more="It holds a line a run: its id, the table, rows and time; lines older than 30 days are removed.",
    ),
    Entry(
        "LOAD-ENGINE", ("config_invalid",),
        "The table {table} is kept by {engine}, which has no transactions: a load that is cut short would stay half.",
        "Change the table, then run again:\nALTER TABLE {table:my} ENGINE = InnoDB;",
    ),
    Entry(
        "LOAD-COUNT", ("config_invalid",),
        "The target stored another number of rows than it was sent, or changed values; nothing of it was kept.",
        "Look for a trigger or rule on the table that leaves rows out, and load into a table without it.",
    ),
    Entry(
        "LOAD-WIDE", ("config_invalid",),
        "The source has more columns, or longer values in them, than a row of a table can have there.",
        "Load fewer columns: a query, or a file, with those that are needed, or each part into a table of its own.",
        codes=("54011", "54000", "1117", "1118", "1005"),
    ),
    Entry(
        "LOAD-UNIQUE", ("config_invalid",),
        "{row} has a key that is in the table already, or twice in the source.",
        "Merge by that key instead of appending, or leave such rows out of the source.",
        codes=("23505", "1062", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE"),
    ),
    Entry(
        "LOAD-NOT-NULL", ("config_invalid",),
        "{row} has no value in {column}, which needs one.",
        "Mend the source, or let the column be empty in the table.",
        codes=("23502", "1048", "SQLITE_CONSTRAINT_NOTNULL"),
    ),
    Entry(
        "LOAD-CONSTRAINT", ("config_invalid",),
        "{row} breaks {rule}.",
        "Mend the source, or the rule; the message names it.",
        codes=("23503", "23514", "23P01", "1452", "1451", "4025", "3819", "SQLITE_CONSTRAINT_CHECK",
               "SQLITE_CONSTRAINT_FOREIGNKEY", "SQLITE_CONSTRAINT_TRIGGER"),
        exceptions=("ConstraintException",),
    ),
    Entry(
        "LOAD-ZERO", ("config_invalid",),
        "{text} holds a zero byte, which the target does not take.",
        "Take it out of the source; a query can do it.",
        codes=("22021", "22P05"),
    ),
    Entry(
        "LOAD-NO-SUCH-TABLE", ("table_missing",),
        "The source's table or a column of its query does not exist.",
        "Correct the source of the load order.",
        codes=("42P01", "42703", "1146", "1054"), exceptions=("CatalogException", "BinderException"),
    ),
    Entry(
        "LOAD-READ", ("config_invalid",),
        "{unread} cannot be read without a loss.",
        "Leave it out of the source, or have it as text; a query can do either, the second by CAST.",
        exceptions=("ConversionException",),
        more="Days of zeros, times beyond a day, intervals of centuries, numbers beyond their column's declaration.",
    ),
    Entry(
        "LOAD-EXACT", ("config_invalid",),
        "Column {column} of {file} holds {found}; reading them would change them.",
        "{remedy}",
        more="Parquet: times with nanoseconds and a time zone, decimals of more than 38 digits. PostgreSQL: arrays of "
        "several dimensions, or whose first element is not number 1.",
    ),
    Entry(
        "LOAD-QUERY", ("config_invalid",),
        "The source's query cannot be run as it is written.",
        "Correct the query in the load order; it has to be one that reads rows.",
        codes=("42601", "1064"), exceptions=("ParserException",),
    ),
    Entry(
        "LOAD-TEMPORARY", ("no_create_right",),
        "The user {user} may not make temporary tables in {database}, which this load needs.",
        "Run this as the owner of the database:\nGRANT TEMPORARY ON DATABASE {database:id} TO {user:id};",
        codes=("42501",),
    ),
    Entry(
        "LOAD-FOLDER-FILES", ("config_invalid",),
        "The folder {folder} holds something that is not of the table: {file}.",
        "Move it elsewhere: replacing or merging the table would remove it.",
    ),
    Entry(
        "LOAD-MEMORY", ("quota_exceeded",),
        "The load needs more memory than a run may use.",
        "Load in smaller parts: fewer files at a time, or a query with a WHERE. Have JSON Lines of hundreds of columns "
        "written as CSV or Parquet.",
    ),
    Entry(
        "LOAD-TEMP", ("disk_full",),
        "The run had put aside {aside} in {runs} on the host that loads, and the disk there has no room for more.",
        "Free space there, or load in smaller parts.",
        more="Large merges and sorts are put aside in the run's own folder below destui's home; it is removed with the "
        "run.",
    ),
    Entry(
        "LOAD-KILLED", ("quota_exceeded",),
        "The load's process was killed by the system, most likely because memory ran out.",
        "Look in the host's system log; run the load when the host has more memory free:\ndmesg --level=err,warn",
        more="Nothing of the run has been kept in the table. A run itself stays under 600 MB.",
    ),
    Entry(
        "LOAD-CRASHED", ("unknown",),
        "The load's process ended by a fault of its own ({signal}).",
        "Run the load again; when it happens again, report what the worker's log says.",
    ),
    Entry(
        "LOAD-LOOK-LONG", ("query_timeout",),
        "The look at the source took too long and was given up.",
        "Save the order and run it: a run takes its time. Or name fewer files, or a query that is quicker to begin.",
    ),
    Entry(
        "LOAD-INTERNAL", ("unknown",),
        "destui itself failed in the middle of this load.",
        "Report what the message says, then run the load again.",
    ),
)  # fmt: skip
