"""What a run reads from: files, or the rows of a destination, as something that DuckDB can select from."""

from __future__ import annotations

import glob
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from destui.connectors.base import Fault
from destui.domain.loads import FORMATS, FileOptions, LineProblem, LoadPlan
from destui.loads.engine import Engine, read_from
from destui.loads.types import Type, carried, parse_type


@dataclass(frozen=True)
class SourceColumn:
    """A column of a source: its name as the source has it, its type, and its value as an expression over `c0`, `c1`, …

    The expression gives the carrier of the type.
    """

    name: str
    type: Type
    sql: str


@dataclass(frozen=True)
class Misfit:
    """Where the first value stands that does not fit."""

    value: str
    file: str = ""
    line: int = 0
    row: int = 0


class Source(ABC):
    """An open source. Its errors are told by its own words, or by the destination's that it is."""

    columns: tuple[SourceColumn, ...] = ()
    total_bytes: int | None = None
    total_rows: int | None = None
    """As far as known; an estimate does."""
    rows_estimated: bool = False
    files: int = 0
    """How many files it is."""
    step: str = "open"
    """What it is doing, as a step of a check."""
    name: str = ""
    """As it is named in sentences."""
    encoding: str = "utf-8"
    facts: Mapping[str, str] = MappingProxyType({})

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._types: dict[bool, tuple[Type, ...]] = {}
        """As found by looking through the whole of it, or its beginning."""

    @abstractmethod
    def relation(self, most: int | None = None) -> str:
        """What stands after FROM for one reading of it, with columns `c0`, `c1`, …; the first `most` rows do."""

    def alone(self, column: int) -> str:
        """What stands after FROM for a reading of which one column is wanted, and of no other is anything looked at."""
        return self.relation()

    def types(self, whole: bool) -> tuple[Type, ...]:
        """The types that a new table gets. Text without types is looked through: all of it, or its beginning."""
        if whole in self._types:
            return self._types[whole]
        from destui.loads.detect import detect

        textual = [n for n, column in enumerate(self.columns) if column.type.name == "TEXTUAL"]
        found = detect(self, textual, whole) if textual else {}
        self._types[whole] = tuple(found.get(n, column.type) for n, column in enumerate(self.columns))
        return self._types[whole]

    def null_free(self, column: int) -> str:
        """The value of a text without a type that goes into a column that is not text."""
        return f"c{column}"

    def locate(self, column: int, ok: str) -> Misfit:
        """Find the first value of a column for which `ok`, an expression over it, is not true."""
        sql = f"FROM (SELECT row_number() OVER () AS n, c{column} AS v, {ok} AS ok FROM {self.relation()})"
        found = self.engine.rows(f"SELECT n, CAST(v AS VARCHAR) {sql} WHERE ok IS NOT TRUE AND v IS NOT NULL LIMIT 1")
        return Misfit(str(found[0][1]), row=int(found[0][0])) if found else Misfit("")

    def problems(self) -> list[LineProblem]:
        """What is wrong with it by line, for the preview."""
        return []

    def doubts(self) -> list[str]:
        """What may be meant otherwise than it was read: told with the end of a run."""
        return []

    def spool(self) -> None:
        """Read all of it into the run's own folder now: nothing is held open of what is about to be written."""
        self.engine.connection.execute(f"CREATE TEMP TABLE spooled AS SELECT * FROM {self.relation()}")

        def spooled(most: int | None = None) -> str:
            return "spooled" if most is None else f"(FROM spooled LIMIT {most})"

        self.relation = spooled  # type: ignore[method-assign]
        self.close()

    def rest(self) -> None:
        """All is read for now: end the transaction, which would be in the way of who changes the table that it read."""
        return

    def close(self) -> None:
        """Let go of what it holds."""
        return


def files_of(path: str, base: Path | None = None) -> list[Path]:
    """The files of a path or glob, sorted; below `base` where one is given, also by where symbolic links lead. Raises
    Fault where there is none."""
    spelled = Path(path).expanduser()
    if base is None and not spelled.is_absolute():
        raise Fault("LOAD-SOURCE-MISSING", f"{path}: not an absolute path", file=path)
    whole = Path(base or "/") / spelled
    if base is not None:  # before anything is looked for: what lies outside is nobody's to find out
        _stay_within(base, whole, Path(os.path.normpath(whole)), Path(os.path.normpath(base)))
    # A name may hold what is special in a glob: what is there as it is spelled is meant, also of the folders above.
    found = [whole]
    if glob.has_magic(str(whole)) and not whole.exists():
        there = next(folder for folder in whole.parents if folder == base or os.path.lexists(folder))
        pattern = Path(glob.escape(str(there))) / whole.relative_to(there)
        found = sorted(p for p in map(Path, glob.iglob(str(pattern), recursive=True)) if p.is_file())  # noqa: PTH207
    if not found or not found[0].exists():
        raise Fault("LOAD-SOURCE-MISSING", f"{whole}: no such file", file=str(whole))
    for file in found:
        if base is not None:
            _stay_within(base, file, file.resolve(), base.resolve())
        if file.is_dir():
            raise Fault("LOAD-SOURCE-FOLDER", f"{file}: is a folder", file=str(file))
        if not os.access(file, os.R_OK):
            raise Fault("LOAD-SOURCE-CLOSED", f"{file}: Permission denied", file=str(file))
    return found


def _stay_within(folder: Path, file: Path, led: Path, border: Path) -> None:
    """Whoever may load from a folder may not read all else that the worker may. Raises Fault."""
    if not led.is_relative_to(border):
        raise Fault("LOAD-SOURCE-OUTSIDE", f"{file} leads to {led}", file=str(file), folder=str(folder))


_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
_FORMATS = {".csv": "csv", ".tsv": "csv", ".tab": "csv", ".txt": "csv", ".psv": "csv", ".jsonl": "jsonl",
            ".ndjson": "jsonl", ".json": "jsonl", ".parquet": "parquet", ".pq": "parquet"}  # fmt: skip


def find_out(options: FileOptions, file: Path) -> FileOptions:
    """Fill in what a file's name tells: its format, and the delimiter of a .tsv. Raises Fault."""
    suffixes = [suffix.lower() for suffix in file.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSIONS:
        suffixes.pop()
    last = suffixes[-1] if suffixes else ""
    kind = options.format or _FORMATS.get(last, "")
    if kind not in FORMATS:
        raise Fault("LOAD-FORMAT", f"{file}: of what format the file is cannot be told by its name", file=str(file))
    delimiter = options.delimiter or {".tsv": "\t", ".tab": "\t", ".psv": "|"}.get(last, "")
    return replace(options, format=kind, delimiter=delimiter)


def packed(options: FileOptions, file: Path) -> str | None:
    """How a file is compressed, by the options or its name; None: not at all."""
    found = options.compression or _COMPRESSIONS.get(file.suffix.lower(), "none")
    return None if found == "none" else found


def unpacking(options: FileOptions, files: Sequence[Path]) -> str:
    """The same as an option of DuckDB's, for files of one kind. For several kinds it goes by their names itself, of
    which it knows those in small letters."""
    kinds = {packed(options, file) for file in files}
    return f", compression = '{kinds.pop() or 'uncompressed'}'" if len(kinds) == 1 else ""


def open_source(engine: Engine, plan: LoadPlan) -> Source:
    """Open what a plan reads from. Raises Fault, or whatever the driver of a destination raises."""
    source = _opened(engine, plan)
    engine.widen(len(source.columns))
    return source


def _opened(engine: Engine, plan: LoadPlan) -> Source:
    if plan.source_place is None:
        return open_files(engine, files_of(plan.source.path), plan.source.options)
    if plan.source_place.type == "folder":
        base = Path(str(plan.source_place.fields["path"]))
        shape = str(plan.source_place.fields.get("format", "parquet"))
        name = plan.source.table or plan.source.path
        # A table is a folder of its own.
        below = f"{name}/*.{shape}" if (base / name).is_dir() else name
        return open_files(engine, files_of(below, base), plan.source.options)
    from destui.loads.rows.base import open_rows

    return open_rows(engine, plan.source_place, plan.source)


def open_files(engine: Engine, files: Sequence[Path], options: FileOptions) -> Source:
    """Open files as one source. Raises Fault."""
    from destui.loads.csv import CsvFiles
    from destui.loads.jsonl import JsonFiles

    found = find_out(options, files[0])
    if any(find_out(options, file).format != found.format for file in files):
        raise Fault("LOAD-FILES-DIFFER", "the files are not all of one format", file=str(files[-1]))
    shrunk = [(file, how) for file in files if (how := packed(found, file)) and found.format != "parquet"]
    engine.unpacked.take(shrunk)
    source: CsvFiles | JsonFiles | ParquetFiles
    if found.format == "csv":
        source = CsvFiles(engine, files, found)
    elif found.format == "jsonl":
        source = JsonFiles(engine, files, found)
    else:
        source = ParquetFiles(engine, files)
    source.name = str(files[0]) if len(files) == 1 else f"{files[0].parent} ({len(files)} files)"
    source.encoding = found.encoding
    source.files = len(files)
    if shrunk and source.rows_estimated:  # it was told from the bytes, of which there are more
        source.total_rows, source.rows_estimated = None, False
    source.total_bytes = sum(file.stat().st_size for file in files)
    return source


_NO_TYPE = '"NULL"'
"""What a column of Parquet is that has no type, as a type of the engine's."""


class ParquetFiles(Source):
    """Parquet, whose types are its own."""

    def __init__(self, engine: Engine, files: Sequence[Path]) -> None:
        super().__init__(engine)
        self._files = files
        schemas = [self._schema(file) for file in files]
        names = [name for name, _ in schemas[0]]
        shapes = [self._describe(file, schema) for file, schema in zip(files, schemas, strict=True)]
        self._kinds = dict(shapes[0])
        for file, shape in zip(files[1:], shapes[1:], strict=True):
            # Writers leave a column without a type where a file has no value of it: then any other has it.
            self._kinds |= {name: kind for name, kind in shape.items() if self._kinds.get(name) == _NO_TYPE}
            if shape.keys() != self._kinds.keys() or any(
                kind not in (self._kinds[name], _NO_TYPE) for name, kind in shape.items()
            ):
                raise Fault("LOAD-FILES-DIFFER", f"{file} has other columns or types than {files[0]}", file=str(file))
        self._layouts = [
            tuple(None if shape[name] == _NO_TYPE else list(shape).index(name) for name in names) for shape in shapes
        ]
        """For each file, where in it the columns stand; None where one has no type."""
        self.columns = tuple(
            SourceColumn(name, found, carried(f"c{n}", found))
            for n, name in enumerate(names)
            for found in (parse_type(self._kinds[name]),)
        )

    def _schema(self, file: Path) -> list[tuple[str, bool]]:
        """The columns, and whether one has no type: then it holds nothing."""
        import pyarrow as pa
        from pyarrow import parquet

        from destui.loads.exact import check_types, check_values

        try:
            with parquet.ParquetFile(file) as opened:
                self.total_rows = (self.total_rows or 0) + opened.metadata.num_rows
                found = [(field.name, pa.types.is_null(field.type)) for field in opened.schema_arrow]
                doubtful = check_types(file, opened)
                if doubtful and self.engine.unpacked.at_once:
                    check_values(file, doubtful)
        except (pa.ArrowException, OSError) as error:
            raise Fault("LOAD-PARQUET", str(error), file=str(file)) from error
        check_names([name for name, _ in found], str(file))
        return found

    def _describe(self, file: Path, schema: Sequence[tuple[str, bool]]) -> dict[str, str]:
        """The types by the names of the columns."""
        # The engine tells a type of its own for a column that has none.
        described = zip(self.engine.rows(f"DESCRIBE FROM {self._one(file)}"), schema, strict=True)
        return {name: _NO_TYPE if has_no_type else str(row[1]) for row, (name, has_no_type) in described}

    def _one(self, file: Path) -> str:
        return f"read_parquet({read_from(file)}, hive_partitioning = false)"

    def relation(self, most: int | None = None) -> str:
        """Files of one layout are read as one."""
        return self._reading(range(len(self.columns)), "" if most is None else f" LIMIT {most}")

    def alone(self, column: int) -> str:
        """See `Source.alone`: for a query the engine looks at what a file says of all the columns that it picks."""
        return self._reading([column], "")

    def _reading(self, columns: Sequence[int], limit: str) -> str:
        parts = []
        kinds = list(self._kinds.values())
        for layout in dict.fromkeys(self._layouts):
            files = [f for f, its in zip(self._files, self._layouts, strict=True) if its == layout]
            listed = ", ".join(map(read_from, files))
            names = ", ".join(f"s{n}" for n in range(len(layout)))
            values = [f"CAST(NULL AS {kind})" if n is None else f"s{n}" for n, kind in zip(layout, kinds, strict=True)]
            picked = ", ".join(f"{values[n]} AS c{n}" for n in columns)
            parts.append(f"SELECT {picked} FROM read_parquet([{listed}], hive_partitioning = false) AS t({names})")
        return f"({' UNION ALL '.join(parts)}{limit})"


def check_names(names: Sequence[str], where: str) -> None:
    """Refuse columns without a name or with the same one. Raises Fault."""
    if not names:
        raise Fault("LOAD-SOURCE-EMPTY", f"{where} has no columns", file=where)
    for number, name in enumerate(names, 1):
        if not name.strip():
            raise Fault(
                "LOAD-COLUMN-NAMELESS", f"column {number} of {where} has no name", file=where, column=str(number)
            )
        if "\0" in name:
            raise Fault(
                "LOAD-COLUMN-NAMELESS", f"the name of column {number} holds a zero byte", file=where, column=str(number)
            )
        if names.index(name) != number - 1:
            raise Fault("LOAD-COLUMN-TWICE", f"{where} has two columns {name}", file=where, column=name)


def text_of(value: Any) -> str | None:
    """A value as the preview shows it."""
    return None if value is None else str(value)
