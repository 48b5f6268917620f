"""What a preview has found out, in words: whether the table is there, how the source is read and how large it is."""

from __future__ import annotations

from destui.domain.loads import Preview
from destui.domain.units import count

_DELIMITERS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars", "": "whatever is found"}


def table_words(preview: Preview) -> str:
    """`new, made with 7 columns`; empty where nothing is known, because the look ended before it came to the table."""
    columns = count(len(preview.columns), "column")
    if preview.table_exists:
        return f"there already; {columns} of the source"
    return "" if preview.diagnosis is not None else f"new, made with {columns}"


def source_words(preview: Preview, *, is_file: bool) -> str:
    """`2 files, 48,210 rows, 3 MB; CSV, parted by semicolons, utf-8`."""
    return "; ".join(part for part in (preview.extent, _how(preview, is_file)) if part)


def found_words(preview: Preview, *, is_file: bool) -> str:
    """Both on one short line: `New table, 7 columns; CSV, commas, utf-8; 3 MB`."""
    columns = count(len(preview.columns), "column")
    table = f"Table is there; {columns}" if preview.table_exists else f"New table, {columns}"
    told = (table if table_words(preview) else "", _how(preview, is_file, parted=""), preview.extent)
    return "; ".join(part for part in told if part)


def _how(preview: Preview, is_file: bool, parted: str = "parted by ") -> str:
    if not (preview.files or is_file):
        return "read from a destination"
    found = preview.options
    told = {"csv": f"CSV, {parted}{_DELIMITERS.get(found.delimiter, found.delimiter)}, {found.encoding}"}
    return told.get(found.format, found.format.upper() or "PARQUET").replace("PARQUET", "Parquet")
