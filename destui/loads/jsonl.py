"""JSON Lines: one object a line, whose keys are the columns."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from destui.connectors.base import Fault
from destui.domain.loads import FileOptions
from destui.loads.engine import Engine, literal, raised, read_from
from destui.loads.sources import Source, SourceColumn, check_names, unpacking
from destui.loads.types import EXACT, NUMBER, TEXT, Type, is_lax

_LONGEST = 4 << 20  # bytes of one object: buffers grow with it

# DuckDB makes doubles of numbers with a point or an exponent, and would cut them without a word. Those of which the
# double has other digits are refused; numbers inside texts are none.
_NUMBERS = (
    r"""regexp_extract_all(regexp_replace(json, '"(?:[^"\\]|\\.)*"', '', 'g'),"""
    r" '-?[0-9]+(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)')"
)
_DOUBLE = "CAST(TRY_CAST(t AS DOUBLE) AS VARCHAR)"
_DIGITS = "trim(regexp_replace({}, '[eE].*|[-.]', '', 'g'), '0')"
_CUT = (
    # At first what is quick to find: enough digits, or an exponent that may be too large or too small.
    "regexp_matches(json, '[0-9.]{16}|[0-9][eE][-+]?[0-9]{3}')"
    f" AND list_bool_and(list_transform({_NUMBERS}, lambda t: CASE WHEN {_DOUBLE} = t THEN true"
    f" ELSE {_DIGITS.format('t')} IS NOT DISTINCT FROM {_DIGITS.format(_DOUBLE)} END)) IS FALSE"
)
_SHAPES = (
    "coalesce(CAST(TRY_CAST({c} AS BIGINT) AS VARCHAR) = {c}, false)",
    "coalesce(CAST(TRY_CAST({c} AS DOUBLE) AS VARCHAR) IN ({c}, {c} || '.0'), false)",
    f"regexp_full_match({{c}}, '{NUMBER}')",
)
"""What numbers are written like that are whole, doubles, and exact at any size."""
_FIRST = 100
"""Objects by which the number of columns is reckoned."""
_NUMERIC = frozenset({"UBIGINT", "BIGINT", "DOUBLE", "HUGEINT", "UHUGEINT"})
_WRONG = {"object": "json_type(json) <> 'OBJECT'", "digits": _CUT}
_WRONG_AT_FIRST = {"lax": is_lax("json"), **_WRONG}
"""The same with what is looked for once."""


def _checked(wrong: Mapping[str, str]) -> str:
    """The object, where nothing of this is so."""
    raised_by = " ".join(f"WHEN {is_so} THEN error('destui-{what}')" for what, is_so in wrong.items())
    return f"CASE {raised_by} ELSE json END"


class JsonFiles(Source):
    """Files of JSON Lines as one source. All of it is looked through for its keys and their types."""

    def __init__(self, engine: Engine, files: Sequence[Path], options: FileOptions) -> None:
        super().__init__(engine)
        if options.encoding.lower().replace("_", "-") not in ("utf-8", "utf8", "utf-8-sig"):
            raise Fault("LOAD-ENCODING-JSON", "JSON is read as UTF-8 only", file=str(files[0]))
        self._files, self._options = files, options
        self._read = self._reading(files)
        engine.widen(self._width())
        try:
            found = self._names()
        except Exception as error:
            if (fault := self._found(error)) is None:
                raise
            raise fault from error
        names = list(found)
        check_names(names, str(files[0]))
        self._pointers = ", ".join(literal("/" + n.replace("~", "~0").replace("/", "~1")) for n in names)
        self._kinds, rows = self._looked_through(len(names))
        if rows != list(found.values()):
            self._check_keys()
        self.columns = tuple(SourceColumn(name, TEXT, f"c{n}") for n, name in enumerate(names))
        self.columns = tuple(
            SourceColumn(column.name, kind, column.sql)
            for column, kind in zip(self.columns, self._typed(), strict=True)
        )

    def _reading(self, files: Sequence[Path]) -> str:
        listed = ", ".join(map(read_from, files))
        return (
            f"read_json_objects([{listed}], format = 'newline_delimited', maximum_object_size = {_LONGEST}"
            f"{unpacking(self._options, files)})"
        )

    def _width(self) -> int:
        """How many keys the first objects have at most: for many all that follows needs more memory."""
        asked = f"SELECT max(len(json_keys(json))) FROM (SELECT json FROM {self._read} LIMIT {_FIRST})"
        import duckdb

        try:
            return int(self.engine.rows(asked)[0][0] or 0)
        except (duckdb.InterruptException, InterruptedError):
            raise
        except Exception:  # what is wrong with them is told by whoever reads them all
            return 0

    def _names(self) -> dict[str, int]:
        """The keys of all objects, in the order in which they first come, and how often each comes."""
        keyed = f"SELECT row_number() OVER () AS n, json_keys({_checked(_WRONG_AT_FIRST)}) AS keys FROM {self._read}"
        rows = self.engine.rows(
            "SELECT key, count(*), min(n), arg_min(place, n) FROM"
            f" (SELECT n, unnest(keys) AS key, unnest(range(len(keys))) AS place FROM ({keyed}))"
            " GROUP BY key ORDER BY 3, 4"
        )
        return {str(row[0]): int(row[1]) for row in rows}

    def _found(self, error: Exception) -> Fault | None:
        """What a query of ours has raised, with the line; None for any other error."""
        fault = json_fault(error)
        if (what := raised(error)) not in _WRONG_AT_FIRST or fault is None:
            return None
        for file in self._files:
            rows = self.engine.rows(
                f"SELECT n FROM (SELECT row_number() OVER () AS n, json FROM {self._reading([file])})"
                f" WHERE {_WRONG_AT_FIRST[what]} LIMIT 1"
            )
            if rows:
                line = str(_line_of(file, int(rows[0][0])))
                place = f"Line {line} of {file}"
                return Fault(
                    fault.code,
                    f"in line {line}: {fault}",
                    **{**fault.facts, "file": str(file), "line": line, "place": place},
                )
        return fault

    def _check_keys(self) -> None:
        """Find the line in which a key comes twice: of its values only one would be read. Raises Fault."""
        for file in self._files:
            keyed = f"SELECT row_number() OVER () AS n, json_keys(json) AS keys FROM {self._reading([file])}"
            twice = f"SELECT n, keys FROM ({keyed}) WHERE len(keys) > len(list_distinct(keys)) ORDER BY n LIMIT 1"
            for number, keys in self.engine.rows(twice):
                key, line = next(key for key in keys if keys.count(key) > 1), str(_line_of(file, number))
                said = f"the key {key} comes twice in line {line}"
                raise Fault(
                    "LOAD-JSON", said, file=str(file), line=line, wrong=f"an object that has the key {key} twice"
                )

    def _looked_through(self, count: int) -> tuple[list[frozenset[str]], list[int]]:
        """Which types of JSON the values of each column have, and how many rows have it."""
        types = f"SELECT json_type(json, [{self._pointers}]) AS x FROM {self._read}"
        # One row for each value: aggregates of each column by itself need megabytes apiece.
        each = f"SELECT unnest(range({count})) AS n, unnest(x) AS t FROM ({types})"
        found: list[dict[str | None, int]] = [{} for _ in range(count)]
        for number, kind, rows in self.engine.rows(f"SELECT n, t, count(*) FROM ({each}) GROUP BY n, t"):
            found[number][kind] = int(rows)
        self.total_rows = sum(found[0].values()) if found else 0
        kinds = [frozenset(kind for kind in one if kind not in (None, "NULL")) for one in found]
        return kinds, [sum(rows for kind, rows in one.items() if kind is not None) for one in found]

    def relation(self, most: int | None = None) -> str:
        """Texts without their quotes, all else as it is written."""
        objects = f"SELECT json_extract({_checked(_WRONG)}, [{self._pointers}]) AS x FROM {self._read}"
        picked = ", ".join(self._value(n, kind) for n, kind in enumerate(self._kinds))
        limit = "" if most is None else f" LIMIT {most}"
        return f"(SELECT {picked} FROM ({objects}{limit}))"

    @property
    def texts(self) -> set[str]:
        """The columns of which all values, of which there are some, are texts."""
        return {column.name for column, kinds in zip(self.columns, self._kinds, strict=True) if kinds == {"VARCHAR"}}

    def _value(self, number: int, kinds: frozenset[str]) -> str:
        found = f"x[{number + 1}]"
        value = f"({found} ->> '$')" if kinds == {"VARCHAR"} else f"CAST({found} AS VARCHAR)"
        if len(self.columns) == len(self._kinds):
            value = _as(value, self.columns[number].type)
        # JSON's own null, not the text.
        return f"CASE WHEN CAST({found} AS VARCHAR) = 'null' THEN NULL ELSE {value} END AS c{number}"

    def _typed(self) -> list[Type]:
        """The types of the columns. Numbers that are no doubles exactly stay as they are written."""
        from destui.loads.detect import judged

        wanted = [n for n, kinds in enumerate(self._kinds) if kinds and kinds <= _NUMERIC]
        shapes = [f"bool_and({shape}) FILTER ({{c}} IS NOT NULL)" for shape in _SHAPES]
        found = {n: holds for n, _, *holds in judged(self, wanted, shapes, self.relation(), lambda n: f"c{n}")}
        types = []
        for n, kinds in enumerate(self._kinds):
            if n in wanted:
                names = zip(found[n], (Type("BIGINT"), Type("DOUBLE"), EXACT), strict=True)
                types.append(next((kind for holds, kind in names if holds), Type("JSON")))
            else:
                named = {frozenset(): TEXT, frozenset({"VARCHAR"}): TEXT, frozenset({"BOOLEAN"}): Type("BOOLEAN")}
                types.append(named.get(kinds, Type("JSON")))
        return types


def _as(value: str, kind: Type) -> str:
    return f"CAST({value} AS {kind.carrier})" if kind.name in ("BIGINT", "DOUBLE", "BOOLEAN") else value


_MALFORMED = re.compile(r'Malformed JSON in file "(?P<file>.*)", at byte \d+ in line (?P<line>\d+): (?P<what>.*)')


def json_fault(error: Exception) -> Fault | None:
    """What DuckDB's words about a JSON file mean."""
    words = str(error)
    if found := _MALFORMED.search(words):
        code = "LOAD-ENCODING" if "UTF-8" in found["what"] else "LOAD-JSON"
        line = str(_broken_line(Path(found["file"]), int(found["line"])))
        said = words.splitlines()[0].replace(f" in line {found['line']}:", f" in line {line}:")
        likely = "it has to be utf-8, so make the file anew in that"
        more = {"encoding": "utf-8", "likely": likely, "wrong": "no JSON", "driver": "DuckDB"}
        return Fault(code, said, file=found["file"], line=line, **more)
    if raised(error) == "lax":
        wrong = "no JSON: a comma stands before a closing bracket, or a number is NaN or infinite"
        return Fault("LOAD-JSON", wrong, wrong=wrong)
    if raised(error) == "object":
        return Fault("LOAD-JSON-OBJECT", "a line holds something that is no object")
    if raised(error) == "digits":
        return Fault("LOAD-JSON-DIGITS", "a number has more digits than are kept")
    return None


_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5": "zstd"}
_MOST_COUNTED = 5_000_000
"""Lines up to which looking for the broken one takes seconds."""


def _opened(file: Path) -> io.BufferedReader:
    import pyarrow as pa

    with file.open("rb") as raw:
        compression = _PACKED.get(raw.read(2))
    return io.BufferedReader(pa.input_stream(str(file), compression=compression))


def _line_of(file: Path, wanted: int) -> int:
    """The line of an object by its number: DuckDB leaves blank lines out."""
    if wanted <= _MOST_COUNTED:
        with suppress(OSError), _opened(file) as text:
            lines = (number for number, line in enumerate(text, 1) if not line.isspace())
            return next(islice(lines, wanted - 1, None), wanted)
    return wanted


def _broken_line(file: Path, told: int) -> int:
    """The line that is broken. DuckDB leaves blank lines out, and mostly tells the one after it."""
    if told > _MOST_COUNTED:
        return told - 1
    with suppress(OSError), _opened(file) as text:
        objects = 0
        for number, line in enumerate(text, 1):
            objects += not line.isspace()
            if objects >= told - 1 and not line.isspace() and not _is_json(line):
                return number
            if objects > told:
                break
    return max(1, told - 1)


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line.decode())
    except ValueError:
        return False
    return True
