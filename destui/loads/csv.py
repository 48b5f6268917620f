"""CSV: its dialect and names, types that cost no data, and where in a file something is wrong."""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

from destui.connectors.base import Fault
from destui.domain.loads import NULL_WORDS, FileOptions, LineProblem
from destui.loads.engine import Engine, literal, read_from
from destui.loads.sources import Misfit, Source, SourceColumn, check_names, packed, unpacking
from destui.loads.types import NUMBER, TEXTUAL

if TYPE_CHECKING:
    from _csv import Reader

_BLOCK = 1 << 20
_HEAD = 1 << 18  # bytes by which the dialect is found
_MOST_COUNTED = 5_000_000
"""Rows up to which a line's number is worth counting."""
_DELIMITERS = ",;\t|"
_LONGEST_LINE = 2 << 20  # bytes, as DuckDB has it: its buffers grow with it


def open_text(file: Path, options: FileOptions) -> IO[str]:
    """A file's text, unpacked and decoded; raises UnicodeDecodeError while it is read."""
    return io.TextIOWrapper(_opened(file, options), encoding=options.encoding, newline="")


def _opened(file: Path, options: FileOptions) -> io.BufferedReader:
    """A file's bytes, unpacked, without the mark at their beginning. Of an encoding that goes by its mark, such as
    utf-16, that is left to the encoding."""
    import pyarrow as pa

    raw = io.BufferedReader(pa.input_stream(str(file), compression=packed(options, file)))
    with suppress(UnicodeError):  # it has no such character
        mark = "\ufeff".encode(options.encoding)
        if raw.peek(len(mark)).startswith(mark):
            raw.read(len(mark))
    return raw


def wrong_options(options: FileOptions) -> Iterator[tuple[str, str]]:
    """By which options no CSV can be read, and what to do instead; an empty delimiter is still to be found out."""
    delimiter, quote = options.delimiter, options.quote
    if len(delimiter) > 1 or delimiter in ("\r", "\n", "\0"):
        yield "delimiter", "Give one character, such as ; or a tab, or leave it empty."
    if len(quote) > 1 or not quote.isascii() or quote in ("\r", "\n", "\0", " "):
        yield "quote", "Give one character of ASCII, such as ', or leave it empty where nothing is quoted."
    elif quote and quote == delimiter:
        yield "quote", "Give another character than the delimiter, or leave it empty where nothing is quoted."
    for word in options.null_words or ():
        if any(c and c in word for c in (delimiter, quote, "\r", "\n", "\0")):
            yield "null_words", f"Leave {word} out: a word for NULL holds neither the delimiter nor the quote."


_MARKS = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def likely_encoding(file: Path, options: FileOptions | None = None) -> str:
    """Of a file that is not in the encoding it is said to be in: which it may be, for the end of a sentence."""
    import pyarrow as pa

    first = b""
    if file.is_file():  # and no pipe, which nobody may write into any more
        with suppress(OSError), pa.input_stream(str(file), compression=packed(options or FileOptions(), file)) as raw:
            first = raw.read(4)
    found = next((name for mark, name in _MARKS.items() if first.startswith(mark)), "")
    zeros = [n % 2 for n, byte in enumerate(first) if not byte]
    if not found and zeros:
        wide = "utf-32" if len(zeros) > 2 else "utf-16"
        return f"{wide}-{'le' if zeros[0] else 'be'} probably, as it holds zero bytes and no mark"
    return f"{found}, as its first bytes say" if found else "often cp1252 where it comes from Windows"


def _values_in(header: Iterable[str]) -> list[str]:
    """What in a header looks like a value."""
    return [name for name in header if re.fullmatch(NUMBER, name)]


def _is_utf8(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")
    except LookupError as error:
        raise Fault("LOAD-ENCODING-NAME", f"there is no encoding {encoding}", encoding=encoding) from error


class CsvFiles(Source):
    """CSV files as one source of text that has no types yet."""

    def __init__(self, engine: Engine, files: Sequence[Path], options: FileOptions) -> None:
        super().__init__(engine)
        self._files = files
        self._pipes = 0
        heads = [_head(file, options) for file in files]
        if not options.delimiter:
            options = replace(options, delimiter=_delimiter(heads[0], options))
        if wrong := next(wrong_options(options), None):
            raise Fault(
                "LOAD-DIALECT", f"the delimiter is {options.delimiter!r}, the quote {options.quote!r}",
                file=str(files[0]), option=wrong[0].replace("null_words", "NULL words"), remedy=wrong[1],
            )  # fmt: skip
        self.options = options
        names = [self._names(file, head) for file, head in zip(files, heads, strict=True)]
        for file, other in zip(files[1:], names[1:], strict=True):
            if sorted(other) != sorted(names[0]):
                raise Fault(
                    "LOAD-FILES-DIFFER", f"{file} has the columns {', '.join(other)}, and {files[0]} has "
                    f"{', '.join(names[0])}", file=str(file),
                )  # fmt: skip
        self._orders = [tuple(other.index(name) for name in names[0]) for other in names]
        self.columns = tuple(SourceColumn(name, TEXTUAL, f"c{n}") for n, name in enumerate(names[0]))
        lines = max(1, heads[0].count("\n"))
        written = round(sum(f.stat().st_size for f in files) * lines / max(1, len(heads[0].encode())))
        self.total_rows = max(1, written - len(files) * options.header)
        self.rows_estimated = True

    def _names(self, file: Path, head: str) -> list[str]:
        first: list[str] = next(_parsed(io.StringIO(head, newline=""), self.options), [])
        if not first:
            raise Fault("LOAD-SOURCE-EMPTY", f"{file} is empty", file=str(file))
        if not self.options.header:
            return [f"column{n}" for n in range(1, len(first) + 1)]
        if "\0" in "".join(first) and "zero bytes" in likely_encoding(file, self.options):
            raise _misencoded(file, self.options, UnicodeError("the header holds zero bytes"), 1)
        if head[0] in "\r\n":  # DuckDB would take it for the header, and the header for a row
            raise Fault("LOAD-HEADER-BLANK", f"the first line of {file} is blank", file=str(file))
        check_names(first, str(file))
        return first

    def relation(self, most: int | None = None) -> str:
        """Files of one order are read as one."""
        parts = []
        for order in dict.fromkeys(self._orders):
            files = [f for f, its in zip(self._files, self._orders, strict=True) if its == order]
            picked = ", ".join(f"s{n} AS c{place}" for place, n in enumerate(order))
            parts.append(f"SELECT {picked} FROM {self._read(files)}")
        limit = "" if most is None else f" LIMIT {most}"
        return f"({' UNION ALL '.join(parts)}{limit})"

    def _read(self, files: Sequence[Path]) -> str:
        options = self.options
        # A pipe is found by no pattern.
        paths = [read_from(f) if _is_utf8(options.encoding) else literal(self._pipe(f)) for f in files]
        compression = unpacking(options, files) if _is_utf8(options.encoding) else ""
        words = ", ".join(map(literal, ("", *(options.null_words or ()))))
        columns = ", ".join(f"'s{n}': 'VARCHAR'" for n in range(len(self.columns)))
        return (
            f"read_csv([{', '.join(paths)}], auto_detect = false, header = {options.header}, "
            f"delim = {literal(options.delimiter)}, quote = {literal(options.quote)}, "
            f"escape = {literal(options.quote)}, comment = '', nullstr = [{words}], allow_quoted_nulls = false, "
            f"columns = {{{columns}}}{compression}, hive_partitioning = false)"
        )

    def _pipe(self, file: Path) -> str:
        """A pipe that a thread writes the file into as UTF-8, for one reading."""
        self._pipes += 1
        path = self.engine.folder / f"text{self._pipes}"
        os.mkfifo(path, 0o600)

        def write() -> None:
            # Opened by whoever reads; one that has read enough closes it early.
            with suppress(BrokenPipeError), path.open("wb") as pipe:
                try:
                    for text in _decoded(file, self.options):
                        pipe.write(text.encode())
                except BrokenPipeError:
                    raise
                except Exception as error:
                    unread = Fault("LOAD-PACKED", str(error), file=str(file)) if isinstance(error, OSError) else None
                    self.engine.broken = unread or error
                    # The end must not look like the file's: a line that is wrong whichever columns are read.
                    values = [b"\xff"] * (len(self.columns) + 2)
                    pipe.write(b"\n" + self.options.delimiter.encode().join(values) + b"\n")

        threading.Thread(target=write, name="decoder", daemon=True).start()
        return str(path)

    def null_free(self, column: int) -> str:
        """The value of a column that is not text: without the words that stand for NULL there."""
        words = ", ".join(map(literal, ("", *(NULL_WORDS if self.options.null_words is None else ()))))
        return f"CASE WHEN c{column} IN ({words}) THEN NULL ELSE c{column} END"

    def locate(self, column: int, ok: str) -> Misfit:
        """See `Source.locate`: also the file and the line."""
        for file, order in zip(self._files, self._orders, strict=True):
            value = f"s{order[column]}"
            sql = f"SELECT row_number() OVER () AS n, {value} AS c{column} FROM {self._read([file])}"
            found = self.engine.rows(
                f"SELECT n, c{column} FROM ({sql}) WHERE ({ok}) IS NOT TRUE AND c{column} IS NOT NULL LIMIT 1"
            )
            if found:
                row = int(found[0][0])
                return Misfit(str(found[0][1]), str(file), self._line(file, row), row)
        return Misfit("")

    def _line(self, file: Path, row: int) -> int:
        """The line in which a row ends; 0 where counting would take too long."""
        if row > _MOST_COUNTED:
            return 0
        with open_text(file, self.options) as text:
            reader = _reader(text, self.options)
            rows = (r for r in reader if r or len(self.columns) == 1)
            for _ in islice(rows, row + self.options.header):
                pass
            return reader.line_num

    def doubts(self) -> list[str]:
        """See `Source.doubts`."""
        values = _values_in(c.name for c in self.columns) if self.options.header else []
        told = "The first line was taken for the header, and holds {}: if it is none, say so in the load order."
        return [told.format(values[0])] if values else []

    def problems(self) -> list[LineProblem]:
        """See `Source.problems`: of each file's beginning the rows that are ragged, and what cannot be decoded."""
        found = [problem for file in self._files[:20] for problem in islice(self._problems(file), 5)]
        return found[:20]

    def _problems(self, file: Path) -> Iterator[LineProblem]:
        wanted = len(self.columns)
        text = _head(file, replace(self.options, encoding=self.options.encoding), strict=False)
        if (line := _undecoded(file, self.options)) is not None:
            likely = likely_encoding(file, self.options)
            yield LineProblem(f"This is not {self.options.encoding}: set the encoding, {likely}.", str(file), line)
        reader = _reader(io.StringIO(text, newline=""), self.options)
        first = True
        for row in reader:
            if first and self.options.header:
                if _values_in(row):
                    yield LineProblem("The first line looks like values: there may be no header.", str(file), 1)
            elif row and len(row) != wanted:
                values = f"{len(row)} value{'s' if len(row) > 1 else ''}"
                yield LineProblem(f"This line has {values}, the header {wanted}.", str(file), reader.line_num)
            first = False


def _head(file: Path, options: FileOptions, strict: bool = True) -> str:
    """The first whole lines of a file."""
    try:
        with open_text(file, options) as text:
            if not strict:
                text.reconfigure(errors="replace")  # type: ignore[attr-defined]
            head = text.read(_HEAD)
    except UnicodeError as error:  # also of a file without the mark by which its encoding goes
        raise _misencoded(file, options, error, _undecoded(file, options) or 1) from error
    except LookupError as error:
        raise Fault("LOAD-ENCODING-NAME", str(error), encoding=options.encoding) from error
    except OSError as error:
        raise Fault("LOAD-PACKED", str(error), file=str(file)) from error
    if len(head) < _HEAD:
        return head
    return head[: head.rfind("\n") + 1] or head


def _decoded(file: Path, options: FileOptions) -> Iterator[str]:
    """A file's text, piece by piece. Raises Fault, which tells the line, or OSError."""
    decoder = codecs.getincrementaldecoder(options.encoding)()
    line = 1
    with _opened(file, options) as raw:
        is_end = False
        while not is_end:
            block = raw.read(_BLOCK)
            is_end = not block
            try:
                text = decoder.decode(block, is_end)
            except UnicodeDecodeError as error:
                line += error.object[: error.start].decode(error.encoding, "replace").count("\n")
                raise _misencoded(file, options, error, line) from error
            line += text.count("\n")
            yield text


def _misencoded(file: Path, options: FileOptions, error: UnicodeError, line: int) -> Fault:
    return Fault(
        "LOAD-ENCODING", str(error), file=str(file), line=str(line), encoding=options.encoding,
        likely=likely_encoding(file, options),
    )  # fmt: skip


def _undecoded(file: Path, options: FileOptions) -> int | None:
    """The first line of a file's beginning that is not in its encoding."""
    number = 0
    with open_text(file, options) as text:
        try:
            for number, _ in enumerate(islice(text, 10_000), 1):  # noqa: B007
                pass
        except UnicodeDecodeError as error:
            # Blocks are decoded ahead of lines: count on within what could still be decoded.
            whole = error.object[: error.start].decode(error.encoding, "replace")
            return number + whole.count("\n") + 1
        except UnicodeError:
            return 1
    return None


def _reader(text: IO[str], options: FileOptions) -> Reader:
    csv.field_size_limit(_LONGEST_LINE)
    if not options.quote:
        return csv.reader(text, delimiter=options.delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(text, delimiter=options.delimiter, quotechar=options.quote, doublequote=True)


def _parsed(text: IO[str], options: FileOptions) -> Iterator[list[str]]:
    return (row for row in _reader(text, options) if row)


def _delimiter(head: str, options: FileOptions) -> str:
    """The delimiter by which the first lines have the same number of values, and the most of them."""
    best, most = ",", 1
    for delimiter in _DELIMITERS.replace(options.quote or " ", ""):
        rows = list(islice(_parsed(io.StringIO(head, newline=""), replace(options, delimiter=delimiter)), 100))
        # The last may have been cut off.
        widths = {len(row) for row in rows[:-1] or rows}
        width = len(rows[0]) if rows else 1
        if width > most and (len(widths) == 1 or most == 1):
            best, most = delimiter, width
    return best
